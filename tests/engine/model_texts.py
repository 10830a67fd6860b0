"""Texts that keep a pattern, made from the pattern itself: a new botocore may bring any."""

from __future__ import annotations

import functools
import importlib
import random
import re
import string
import sys
from collections.abc import Mapping
from typing import Any

from jupyter_sm_ext.shapes.constraints import compiled

_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
# Some of what a Unicode class has, as a set in Python's own syntax.
_CLASSES = {"L": "a-zA-Zéß", "N": "0-9", "Z": " ", "M": "\u0300", "S": "+=$", "P": ".:/@-"}
_CANDIDATES = string.ascii_letters + string.digits + "-_./: +=@é"
_NAMES = {"CATEGORY_DIGIT": "0", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " "}
_NAMES |= {"CATEGORY_NOT_DIGIT": "a", "CATEGORY_NOT_WORD": "-", "CATEGORY_NOT_SPACE": "a"}
_TRIES = 400
_DIFFERENT = 12


@functools.cache
def _tree(pattern: str) -> Any:
    text = compiled(pattern).pattern
    text = re.sub(r"\\p\{(\w)\w*\}", lambda found: _CLASSES[found[1]].replace("-]", r"\-]"), text)
    return _parser.parse(text.replace(".:/@-", r".:/@\-"))


def _one_of(parts: list[tuple[Any, Any]], dice: random.Random) -> str:
    """A character of a set."""
    if str(parts[0][0]) == "NEGATE":
        return dice.choice([one for one in _CANDIDATES if not any(_has(part, one) for part in parts[1:])])
    kind, value = dice.choice(parts)
    if str(kind) == "LITERAL":
        return chr(value)
    if str(kind) == "RANGE":
        return chr(dice.randint(value[0], min(value[1], value[0] + 40)))
    return _NAMES[str(value)]


def _has(part: tuple[Any, Any], one: str) -> bool:
    kind, value = str(part[0]), part[1]
    if kind == "LITERAL":
        return chr(value) == one
    if kind == "RANGE":
        return bool(value[0] <= ord(one) <= value[1])
    what = {"DIGIT": one.isdigit(), "WORD": one.isalnum() or one == "_", "SPACE": one.isspace()}
    return what[str(value).rpartition("_")[2]] != ("NOT" in str(value))


def _grown(tree: Any, dice: random.Random, more: int) -> str:
    made = ""
    for kind, value in tree:
        match str(kind):
            case "LITERAL":
                made += chr(value)
            case "NOT_LITERAL":
                made += next(one for one in "ab" if ord(one) != value)
            case "ANY":
                made += dice.choice(string.ascii_letters)
            case "IN":
                made += _one_of(value, dice)
            case "BRANCH":
                made += _grown(dice.choice(value[1]), dice, more)
            case "SUBPATTERN":
                made += _grown(value[-1], dice, more)
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = value
                for _ in range(dice.randint(least, max(least, min(int(most), least + more)))):
                    made += _grown(inner, dice, more)
            case "AT" | "ASSERT" | "ASSERT_NOT":
                pass  # whether it holds is seen in the whole
            case other:
                raise NotImplementedError(other)
    return made


def text_for(meta: Mapping[str, Any], dice: random.Random, least: int = 0, most: int = 250) -> str | None:
    """A text that keeps the constraints of a shape and has so many characters; None if none was found.

    Parameters
    ----------
    meta : mapping
        ``metadata`` of the shape.
    dice : Random
        Another gives another text, one of `_DIFFERENT`.
    least, most : int
        On top of what the shape says.
    """
    least, most = max(least, meta.get("min", 0)), min(most, meta.get("max", most))
    return _text(meta.get("pattern"), least, most, dice.randrange(_DIFFERENT))


@functools.cache
def _text(pattern: str | None, least: int, most: int, which: int) -> str | None:
    dice = random.Random(f"{pattern} {which}")
    if pattern is None:
        return "".join(dice.choices(string.ascii_letters, k=dice.randint(least, max(least, min(most, least + 9)))))
    whole, tree = compiled(pattern), _tree(pattern)
    for number in range(_TRIES):
        made = _grown(tree, dice, 1 + number // 8 if least < 64 else least * (number + 1) // 16)
        if least <= len(made) <= most and whole.fullmatch(made):
            return made
    return None
