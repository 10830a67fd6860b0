"""The row or name that somebody means, among those that a panel has read."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.watching.studio_rows import Row


def find_row(rows: Sequence[Row], name: str | Sequence[str], among: str, otherwise: str | None = None) -> Row:
    """The row of a name, or of the parts of a key.

    Parameters
    ----------
    rows : sequence of Row
        Those that are known.
    name : str or sequence of str
        A name, or a key.
    among : str
        What they are, in words.
    otherwise : str, optional
        The hint where no name is near.

    Raises
    ------
    NotFoundError
        None has it; the hint tells the nearest name.
    ValidationError
        Several have it; the message tells their keys.
    """
    found = [row for row in rows if name == row["name"] or list(name) == row["key"]]
    if len(found) == 1:
        return found[0]
    if found:
        keys = ", ".join("/".join(row["key"]) for row in found)
        raise ValidationError(f"several are named {name!r}: {keys}", hint="Give the parts of the key, as a list.")
    raise _nothing(name, [row["name"] for row in rows], among, otherwise)


def find_name(names: Sequence[str], name: str, among: str) -> str:
    """The same where there are names alone, each of them once.

    Raises
    ------
    NotFoundError
        It is none of them; the hint tells the nearest.
    """
    if name not in names:
        raise _nothing(name, names, among)
    return name


def _nothing(
    name: str | Sequence[str], names: Sequence[str], among: str, otherwise: str | None = None
) -> NotFoundError:
    near = meant(str(name), names)
    hint = f"Did you mean {near}?" if near else otherwise
    return NotFoundError(f"there is no {name!r} among {among}", hint=hint)
