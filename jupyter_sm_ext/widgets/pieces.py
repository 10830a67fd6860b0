"""Small pieces of HTML and text that the panels of this folder share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from jupyter_sm_ext.errors import SageMakerError

#: Style class of what is aligned in columns.
COLUMNS = "jupyter-sm-columns"
_MONOSPACED = "var(--jp-code-font-family, monospace)"
# A select has no trait for its font, and its columns need one. Its description is for screen readers; people see the
# heads of the columns.
STYLE = (
    f"<style>.{COLUMNS}, .{COLUMNS} select {{ font-family: {_MONOSPACED}; font-size: var(--jp-code-font-size, 13px) }}"
    f" .{COLUMNS} select {{ overflow-x: auto }}"
    f" .{COLUMNS} .widget-label {{ position: absolute; width: 1px; height: 1px; overflow: hidden;"
    " clip-path: inset(50%); white-space: nowrap }</style>"
)
_COLOURS = {
    "error": "var(--jp-error-color1, #b3261e)",
    "warning": "var(--jp-warn-color1, #8a5a00)",
    "ok": "var(--jp-success-color1, #1b7f3b)",
    "quiet": "var(--jp-ui-font-color2, #616161)",
}
_NBSP = "\u00a0"
_GAP = 2
_WIDEST = 44


def aligned(rows: Sequence[Sequence[str]], *, widest: int = _WIDEST) -> list[str]:
    """Lines whose cells stand below each other; a cell that is too long is cut."""
    if not rows:
        return []
    cut = [[_cut(cell, widest) for cell in row[:-1]] + [row[-1]] for row in rows]
    widths = [max(len(row[column]) for row in cut) for column in range(len(cut[0]))]
    return [
        (" " * _GAP).join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cut
    ]


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def unbroken(line: str) -> str:
    """A line whose spaces a browser keeps."""
    return line.replace(" ", _NBSP)


def heading(text: str) -> str:
    """The head of a panel."""
    return f'<div role="heading" aria-level="3" style="font-weight: 600; line-height: 1.6">{escape(text)}</div>'


def column_heads(line: str) -> str:
    """The heads of columns, above a select whose lines are aligned with them."""
    return f'<div style="padding-left: 3px; white-space: pre; color: {_COLOURS["quiet"]}">{escape(line)}</div>'


def paragraph(text: str, tone: str = "", *, role: str = "") -> str:
    """One paragraph of HTML; ``tone`` is error, warning, ok or quiet; ``role`` is told to screen readers."""
    colour = f' style="color: {_COLOURS[tone]}; line-height: 1.4"' if tone else ' style="line-height: 1.4"'
    said = f' role="{role}"' if role else ""
    return f"<div{said}{colour}>{escape(text)}</div>"


def error_html(error: SageMakerError) -> str:
    """What went wrong, and what can be done about it."""
    hint = paragraph(error.hint, "quiet") if error.hint else ""
    return f'<div role="alert">{paragraph(error.message, "error")}{hint}</div>'


def link(url: str, text: str) -> str:
    """A link that opens beside the notebook and tells the other side nothing of it."""
    colour = "color: var(--jp-content-link-color, #1565c0); text-decoration: underline"
    href = escape(url, quote=True)
    return f'<a href="{href}" target="_blank" rel="noopener noreferrer" style="{colour}">{escape(text)}</a>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values, as a list in two columns."""
    rows = "".join(
        f'<dt style="color: {_COLOURS["quiet"]}">{escape(name)}</dt>'
        f'<dd style="margin: 0; overflow-wrap: anywhere">{escape(value)}</dd>'
        for name, value in pairs
        if value
    )
    grid = "display: grid; grid-template-columns: max-content 1fr; gap: 0 16px; margin: 4px 0; line-height: 1.5"
    return f'<dl style="{grid}">{rows}</dl>' if rows else ""


def table_html(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """A still table, for where no widget is drawn."""
    head = "".join(f'<th style="text-align: left">{escape(cell)}</th>' for cell in heads)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align: left">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def labelled(control: Any, label: str) -> Any:
    """Give a control that shows no description of its own a name for the mouse and for screen readers."""
    control.tooltip = label
    return control
