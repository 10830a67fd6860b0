"""argparse for people in a notebook: nothing exits, help is text, a mistake is one clear line."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

from jupyter_sm_ext.errors import ValidationError

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


class HelpWanted(Exception):  # noqa: N818 - it is a wish, not an error
    """``--help`` was given; the text is its argument."""


class _Help(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        raise HelpWanted(parser.format_help().rstrip())


class _Readable(argparse.RawDescriptionHelpFormatter):
    """Help with a command and its text on one line."""

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        # argparse indents commands, and does not count that when it makes room for the longest.
        if isinstance(action, argparse._SubParsersAction):
            self._action_max_length += self._indent_increment


class Parser(argparse.ArgumentParser):
    """An argument parser that raises `HelpWanted` and `ValidationError` and never ends the process."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", _Readable)
        super().__init__(**options, add_help=False, allow_abbrev=False)
        # Python 3.14 colours its help, which a notebook's cell would show as escapes.
        self.color = False
        self.add_argument("-h", "--help", action=_Help, nargs=0, help="show this help")

    #: Puts in what a line leaves out, before it is read.
    expand: Callable[[list[str]], list[str]] | None = None

    def parse_known_args(  # type: ignore[override] # argparse has overloads for namespaces of other types
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Read a line."""
        words = list(sys.argv[1:] if args is None else args)
        return super().parse_known_args(words if self.expand is None else self.expand(words), namespace)

    def error(self, message: str) -> NoReturn:
        """A mistake on the line.

        Raises
        ------
        ValidationError
            Always.
        """
        raise ValidationError(f"{self.prog}: {message}", code="Usage", hint=f"{self.prog} --help tells more.")


def seconds(text: str) -> int:
    """A duration as people write it, ``90``, ``90s``, ``10m``, ``2h`` or ``1d``, in seconds."""
    found = re.fullmatch(r"(\d+) *([a-z]*)", text.strip().lower())
    if found is None or found[2] not in _UNITS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration; write 90s, 10m, 2h or 1d")
    return int(found[1]) * _UNITS[found[2]]


def pair(text: str) -> tuple[str, str]:
    """``name=value``."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not name=value")
    return name.strip(), value


def name_or_pair(text: str) -> tuple[str, str | None]:
    """``name`` or ``name=value``."""
    name, equals, value = text.partition("=")
    if not name.strip() or (equals and not value):
        raise argparse.ArgumentTypeError(f"{text!r} is not name or name=value")
    return name.strip(), value if equals else None


def names(text: str) -> list[str]:
    """Names with commas between them."""
    found = [name.strip() for name in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r} is not one name or several with commas between them")
    return found


def identifier(text: str) -> str:
    """The name of a Python variable."""
    if not text.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} cannot be the name of a variable")
    return text


def scalar(text: str) -> object:
    """A number or true/false as such, anything else as text."""
    if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?|true|false", text):
        return json.loads(text)
    return text


def mapping(
    parser: Parser, option: str, pairs: Iterable[tuple[str, Any]], convert: Callable[[Any], Any]
) -> dict[str, Any]:
    """Pairs as a mapping.

    Raises
    ------
    ValidationError
        A name is given twice.
    """
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            parser.error(f"{option} {name} is given twice")
        found[name] = convert(value)
    return found
