"""CloudWatch's filter patterns, as far as they are plain terms."""

from __future__ import annotations

import re
from collections.abc import Callable

from jupyter_sm_ext.errors import ValidationError

_TERM = re.compile(r'([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))')


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a message fits a pattern: all terms are in it, or one of the ``?terms``, and none of the ``-terms``.

    Terms are case-sensitive; one in double quotes may hold spaces. ``?terms`` beside others do not count, as in
    CloudWatch (its user guide, "Filter pattern syntax").

    Raises
    ------
    ValidationError
        It is a pattern for JSON, for columns, or a regular expression (code InvalidParameterException).
    """
    text = pattern.strip()
    if text[:1] in ("{", "[", "%"):
        raise ValidationError(
            "filterPattern: the local engine takes plain terms only, no JSON, column or regular expression patterns.",
            code="InvalidParameterException",
        )
    terms: dict[str, list[str]] = {"": [], "?": [], "-": []}
    for sign, quoted, plain in _TERM.findall(text):
        terms[sign].append(plain or re.sub(r"\\(.)", r"\1", quoted))
    wanted, unwanted = terms[""], terms["-"]
    either = terms["?"] if not wanted and not unwanted else []

    def fits(message: str) -> bool:
        if any(term in message for term in unwanted) or not all(term in message for term in wanted):
            return False
        return not either or any(term in message for term in either)

    return fits
