"""The conditions and ranges of HTTP (RFC 9110) as S3 reads them."""

from __future__ import annotations

import re
from email.utils import formatdate, parsedate_to_datetime
from typing import TYPE_CHECKING

from jupyter_sm_ext.errors import SageMakerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_sm_ext.engine.s3.objects import Stored

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def http_date(seconds: float) -> str:
    """Write epoch seconds as a header does."""
    return formatdate(int(seconds), usegmt=True)


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and length of the range a client wants; None for the whole, as for a header that makes no sense.

    Raises
    ------
    SageMakerError
        Nothing of the object is in it (code InvalidRange).
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
    if start > end:
        raise SageMakerError("The requested range is not satisfiable", code="InvalidRange")
    return start, end - start + 1


def check_conditions(headers: Mapping[str, str], stored: Stored, *, copy: bool = False) -> None:
    """Honour If-Match, If-None-Match, If-Modified-Since and If-Unmodified-Since.

    Parameters
    ----------
    copy : bool
        A copy is refused where a read would be told that nothing changed.

    Raises
    ------
    SageMakerError
        One does not hold (code PreconditionFailed or NotModified).
    """
    failed = SageMakerError("At least one of the pre-conditions you specified did not hold", code="PreconditionFailed")
    unchanged = failed if copy else SageMakerError("Not Modified", code="NotModified")
    changed = int(stored.modified)
    if (tags := headers.get("if-match")) is not None:
        if not _matches(tags, stored.etag):
            raise failed
    elif (before := _seconds(headers.get("if-unmodified-since"))) is not None and changed > before:
        raise failed
    if (tags := headers.get("if-none-match")) is not None:
        if _matches(tags, stored.etag):
            raise unchanged
    elif (since := _seconds(headers.get("if-modified-since"))) is not None and changed <= since:
        raise unchanged


def _matches(tags: str, etag: str) -> bool:
    return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/").strip('"') for tag in tags.split(","))


def _seconds(date: str | None) -> float | None:
    if date is None:
        return None
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:  # RFC 9110: a date that is none is as if it were not there
        return None
