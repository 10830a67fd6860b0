"""Small pieces of HTML and text that the panels of this folder share."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.tables import Table

#: Style class of what is aligned in columns.
COLUMNS = "jupyter-sm-columns"
#: Style class of a button whose deed is denied.
DENIED = "jupyter-sm-denied"
_MONOSPACED = "var(--jp-code-font-family, monospace)"
# A select has no trait for its font, and its columns need one. Its description is for screen readers; people see the
# heads of the columns.
STYLE = (
    f"<style>.{COLUMNS}, .{COLUMNS} select {{ font-family: {_MONOSPACED}; font-size: var(--jp-code-font-size, 13px) }}"
    f" .{COLUMNS} select {{ overflow-x: auto }}"
    f" .{COLUMNS} .widget-label {{ position: absolute; width: 1px; height: 1px; overflow: hidden;"
    " clip-path: inset(50%); white-space: nowrap }"
    f" .{DENIED} {{ opacity: 0.6 }}</style>"
)
_COLOURS = {
    "error": "var(--jp-error-color1, #b3261e)",
    "warning": "var(--jp-warn-color1, #8a5a00)",
    "ok": "var(--jp-success-color1, #1b7f3b)",
    "quiet": "var(--jp-ui-font-color2, #616161)",
}
_NBSP = "\u00a0"
_WIDEST = 44


def lines_of(table: Table) -> tuple[str, list[str]]:
    """The heads of a table's columns, and a line for each row, all of them aligned; a cell that is too long is cut."""
    rows = [[_cut(cell) for cell in row] for row in table.rows]
    # Without rows a table has no heads; a list has them all the same.
    heads, *lines = Table(table.heads, rows or [table.heads], "", (), table.numbers).text().splitlines()
    return heads, lines[: len(rows)]


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


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
    """What went wrong, and what can be done about it; if a permission is missing, the statement that gives it."""
    hint = paragraph(error.hint, "quiet") if error.hint else ""
    return f'<div role="alert">{paragraph(error.message, "error")}{hint}</div>{statement_html(error.statement)}'


def statement_html(text: str | None) -> str:
    """A policy statement to be copied; one click selects all of it."""
    if text is None:
        return ""
    code = f'<pre style="user-select: all; font-family: {_MONOSPACED}; line-height: 1.3">{escape(text)}</pre>'
    return f"<details><summary>Policy statement</summary>{code}</details>"


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


def labelled(control: Any, label: str) -> Any:
    """Give a control that shows no description of its own a name for the mouse and for screen readers."""
    control.tooltip = label
    return control
