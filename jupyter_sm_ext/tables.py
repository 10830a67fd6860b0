"""Tables that read well as text in a terminal and as HTML in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from html import escape


@dataclass(frozen=True)
class Table:
    """Rows under heads.

    Parameters
    ----------
    heads : sequence of str
        One of each column.
    rows : sequence of sequence of str
        The cells.
    nothing : str
        What is said if there are no rows.
    notes : sequence of str
        Lines below it.
    numbers : sequence of str
        Heads of the columns whose cells are figures.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    nothing: str
    notes: Sequence[str] = ()
    numbers: Sequence[str] = ()

    def text(self) -> str:
        """As aligned columns."""
        if not self.rows:
            return "\n".join([self.nothing, *self.notes])
        lines = [[head.upper() for head in self.heads], *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.heads))]
        shown = ("  ".join(map(self._aligned, line, widths, self.heads)).rstrip() for line in lines)
        return "\n".join([*shown, *self.notes])

    def html(self) -> str:
        """As a table; whatever the cells hold is text."""
        if not self.rows:
            return "".join(f"<p>{escape(line)}</p>" for line in (self.nothing, *self.notes))
        heads = "".join(f'<th scope="col"{self._side(head)}>{escape(head)}</th>' for head in self.heads)
        rows = "".join(
            "<tr>"
            + "".join(f"<td{self._side(head)}>{escape(cell)}</td>" for head, cell in zip(self.heads, row, strict=True))
            + "</tr>"
            for row in self.rows
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{notes}"

    def _aligned(self, cell: str, width: int, head: str) -> str:
        return cell.rjust(width) if head in self.numbers else cell.ljust(width)

    def _side(self, head: str) -> str:
        # Only inline styles survive in a notebook that is not trusted, and on GitHub.
        return f' style="text-align: {"right" if head in self.numbers else "left"}"'


def local_time(epoch: float) -> str:
    """A time as people here read it."""
    return f"{datetime.fromtimestamp(epoch, timezone.utc).astimezone():%Y-%m-%d %H:%M:%S}"


def as_of(epoch: float) -> str:
    """Since when what is shown is out of date."""
    return f"What is shown is as of {local_time(epoch)}."
