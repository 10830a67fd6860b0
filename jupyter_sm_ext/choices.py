"""A value that somebody typed, and the valid one that it stands for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from jupyter_sm_ext.errors import ValidationError

_FEW = 8  # so many values are listed; of more, the nearest are


def nearest(option: str, value: str, valid: Sequence[str]) -> str:
    """The valid value that is meant, whatever its case.

    Parameters
    ----------
    option : str
        What it was given for, as the user writes it.
    value : str
        What was given.
    valid : sequence of str
        What can be given.

    Raises
    ------
    ValidationError
        There is none; the message tells the nearest.
    """
    known = {each.lower(): each for each in valid}
    if value.lower() in known:
        return known[value.lower()]
    close = difflib.get_close_matches(value.lower(), known, n=3, cutoff=0.5)
    near = [known[each] for each in close] if len(valid) > _FEW else list(valid)
    hint = f"Did you mean {' or '.join(near)}?" if len(valid) > _FEW and near else f"It is one of: {', '.join(near)}."
    raise ValidationError(f"{option}: there is no {value!r}", hint=hint if near else None)


def meant(name: str, known: Iterable[str]) -> str | None:
    """The known name that is probably meant by one that is not known."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), None)
