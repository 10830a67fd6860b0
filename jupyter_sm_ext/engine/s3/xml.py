"""S3's XML: small pieces to write it, one function to read it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from jupyter_sm_ext.errors import ValidationError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def leaf(name: str, value: object) -> str:
    """Write an element with a text."""
    return f"<{name}>{escape(_NOT_XML.sub(chr(0xFFFD), str(value)))}</{name}>"


def branch(name: str, *children: str) -> str:
    """Write an element with elements."""
    return f"<{name}>{''.join(children)}</{name}>"


def document(name: str, *children: str, plain: bool = False) -> bytes:
    """Write a whole response; an error's is `plain`: it has no namespace."""
    namespace = "" if plain else f' xmlns="{_NAMESPACE}"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}{namespace}>{"".join(children)}</{name}>'.encode()


def timestamp(seconds: float) -> str:
    """Write epoch seconds as S3 does in XML."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def parse(body: bytes, name: str) -> Element:
    """Read a request's document, its namespace taken away.

    Raises
    ------
    ValidationError
        It is no such document (code MalformedXML).
    """
    try:
        # Signed by a user of this machine, small, and expat refuses to expand entities without end.
        root = ElementTree.fromstring(body)  # noqa: S314
    except ElementTree.ParseError:
        raise _malformed() from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if root.tag != name:
        raise _malformed()
    return root


def text(element: Element, name: str) -> str:
    """Text of a child that must be there.

    Raises
    ------
    ValidationError
        There is no such child (code MalformedXML).
    """
    found = element.findtext(name)
    if found is None:
        raise _malformed()
    return found


def _malformed() -> ValidationError:
    return ValidationError(
        "The XML you provided was not well-formed or did not validate against our published schema", code="MalformedXML"
    )
