"""What the panels of spaces and of domains share: a list, a filter, what is selected, and all that is known of it."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import ipywidgets

from jupyter_sm_ext.errors import PASSING
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table, as_of, local_time
from jupyter_sm_ext.watching.snapshots import Watcher
from jupyter_sm_ext.watching.studio_rows import Row
from jupyter_sm_ext.widgets.board import Board
from jupyter_sm_ext.widgets.finding import find_row
from jupyter_sm_ext.widgets.pieces import (
    COLUMNS,
    column_heads,
    facts,
    heading,
    lines_of,
    paragraph,
    statement_html,
    unbroken,
)

_ROWS = (3, 12)  # height of the list, in lines: at least, at most


@dataclass(frozen=True)
class Entry:
    """A line of the list.

    Parameters
    ----------
    row : Row
        What it is about.
    above : tuple of Row
        What it stands below, from the top.
    """

    row: Row
    above: tuple[Row, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """Kind and key: what makes it that one."""
        return (self.row["kind"], *self.row["key"])


class StudioPanel(Board):
    """A list of domains, profiles, spaces or apps, and what is known of the selected one.

    Parameters
    ----------
    domain : str, optional
        Id of the domain to show; all if not given.
    studio : Studio, optional
        Whose; that of the current connection if not given.
    """

    title: ClassVar[str]
    heads: ClassVar[tuple[str, ...]]
    #: Kinds whose lists it needs: what is denied of these is told.
    kinds: ClassVar[tuple[str, ...]]

    def __init__(self, domain: str | None = None, studio: Studio | None = None) -> None:
        super().__init__(studio)
        self.domain = domain
        self._watcher = Watcher(self.studio, "studio", ())
        self._all: list[Row] = []
        self._selected: tuple[str, ...] | None = None
        self._make_list()

    def _make_list(self) -> None:
        self._title = ipywidgets.HTML(heading(self._name))
        self._filter = ipywidgets.Text(
            description="Filter", style={"description_width": "initial"}, layout=ipywidgets.Layout(width="220px")
        )
        self._filter.observe(self._on_filter, "value")
        self._refresh = self._button("Refresh", self._look_anew, "Look again now")
        self._heads = ipywidgets.HTML()
        self._select = ipywidgets.Select(description=self.title, layout={"width": "auto"})
        self._select.observe(self._on_select, "value")
        self._table = ipywidgets.VBox([self._heads, self._select])
        self._table.add_class(COLUMNS)
        self._caption = ipywidgets.HTML()
        self._details = ipywidgets.HTML()

    # What there is

    @abstractmethod
    def _entries(self) -> Iterator[Entry]:
        """Every line, before the filter."""

    @abstractmethod
    def _cells(self, entry: Entry) -> tuple[str, ...]:
        """The cells of a line."""

    @property
    def rows(self) -> list[Row]:
        """The rows that are shown now, as `studio_rows` gives them; read first if they never were."""
        self._read_once()
        return [entry.row for entry in self._shown_entries()]

    @property
    def selected(self) -> Row | None:
        """The selected row; None if there is none, or if it is gone."""
        return next((entry.row for entry in self._entries() if entry.name == self._selected), None)

    @property
    def moving(self) -> bool:
        """Whether something in it changes by itself, or is being changed from here."""
        return any(work.running for work in self.works) or any(_moves(row) for row in self._all)

    def _look_anew(self) -> None:
        # Whoever looks anew may have been given a permission meanwhile.
        self.studio.connection.denied.forget()
        self.refresh()

    def _read_once(self) -> None:
        if not self.looked:
            self.refresh()

    def _shown_entries(self) -> list[Entry]:
        words = self._filter.value.lower().split()
        entries = list(self._entries())
        fitting = {entry.name for entry in entries if _fits(" ".join(self._cells(entry)), words)}
        # What it stands below is shown with it, or nobody could tell where it belongs.
        for entry in entries:
            if entry.name in fitting:
                fitting |= {(row["kind"], *row["key"]) for row in entry.above}
        return [entry for entry in entries if entry.name in fitting]

    # For code

    def select(self, name: str | Sequence[str] | None) -> Row | None:
        """Select a row by its name, or by the parts of its key; None selects nothing.

        Raises
        ------
        NotFoundError
            There is none.
        ValidationError
            Several have this name.
        """
        if name is None:
            self._choose(None)
            return None
        self._read_once()
        rows = [entry.row for entry in self._entries()]
        row = find_row(rows, name, f"the {self.title.lower()} of {self.studio.connection.label}")
        self._choose((row["kind"], *row["key"]))
        return row

    def settle(self, timeout: float | None = None) -> Row | None:
        """Look until the selected row changes by itself no more, and return it; None if it is gone.

        Throttling, a cut network and expired credentials are told in the panel, and pass.

        Parameters
        ----------
        timeout : float, optional
            Seconds; for ever if not given.

        Raises
        ------
        SageMakerError
            It cannot be looked at.
        TimeoutError
            It still changes after ``timeout``.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            self.refresh()
            row, trouble = self.selected, self._watcher.error
            if trouble is not None and not isinstance(trouble, PASSING):
                raise trouble
            if trouble is None and (row is None or not _moves(row)):
                return row
            pause = self._watcher.pause
            if deadline is not None and time.monotonic() + pause > deadline:
                if trouble is not None or row is None:
                    raise trouble or TimeoutError
                raise TimeoutError(f"{row['name']} is still {row['text']} after {timeout:g} s")
            time.sleep(pause)

    def filter(self, text: str) -> list[Row]:
        """Show only the rows in which each word of a text is found."""
        self._filter.value = text
        return self.rows

    # Drawing

    def _read(self) -> None:
        self._watcher.look()
        seen = self._watcher.snapshot()
        self._all = [row for row in seen["items"] if self.domain in (None, row["domain"])]
        if self._watcher.error is not None:
            raise self._watcher.error

    def _refused(self) -> bool:
        return self._watcher.refused()

    def _draw(self) -> None:
        with self._setting():
            entries = self._shown_entries()
            heads, lines = lines_of(self._table_of(entries))
            self._heads.value = column_heads(heads)
            options = tuple((unbroken(line), entry.name) for line, entry in zip(lines, entries, strict=True))
            if options != self._select.options:
                self._select.options = options
            self._select.rows = min(max(len(entries), _ROWS[0]), _ROWS[1])
            names = [entry.name for entry in entries]
            self._select.value = self._selected if self._selected in names else None
            remarks = "".join(paragraph(text, tone) for text, tone in self._remarks(len(entries)))
            statements = "".join(statement_html(each["statement"]) for each in self._problems().values())
            self._caption.value = remarks + statements
            self._draw_selected(self.selected)

    def _draw_selected(self, row: Row | None) -> None:
        self._details.value = "" if row is None else facts(self._facts(row))

    def _remarks(self, shown: int) -> Iterator[tuple[str, str]]:
        count = self._count(shown)
        if count:
            yield count, "quiet"
        for kind, problem in self._problems().items():
            since = as_of(problem["updated"]) if problem["updated"] else ""
            told = (f"{kind}: {problem['message']}", problem["hint"], since)
            yield " ".join(filter(None, told)), "warning"

    def _problems(self) -> dict[str, Any]:
        """What keeps kinds of this panel from being listed."""
        branches = self._watcher.snapshot()["branches"].items()
        return {kind: problem for kind, problem in branches if problem is not None and kind in self.kinds}

    def _count(self, shown: int) -> str:
        total = sum(1 for _ in self._entries())
        if not self.looked:
            return "" if self.message else "Not read yet: .refresh() reads it."
        if not total:
            return f"No {self.title.lower()} yet."
        return "" if shown == total else f"{shown} of {total} are shown."

    def _facts(self, row: Row) -> Iterator[tuple[str, str]]:
        yield resource(row["kind"]).noun, row["name"]
        yield "Status", row["text"]
        yield "Reason", row["reason"] or ""
        yield "Instance", row["instance"] or ""
        yield "Type", row["app_type"] or ""
        yield "Owner", row["owner"] or ""
        yield "Sharing", row["sharing"] or ""
        yield "Domain", row["domain"]
        yield "Created", local_time(row["created"])
        if row["kind"] != "apps":
            yield "Apps", ", ".join(f"{app['app_type']}/{app['name']}: {app['text']}" for app in row["apps"])

    def _table_of(self, entries: list[Entry]) -> Table:
        remarks = [text for text, _ in self._remarks(len(entries))]
        return Table(self.heads, [self._cells(entry) for entry in entries], "", remarks)

    @property
    def _name(self) -> str:
        return f"{self.title} · {self.studio.connection.label}"

    def __repr__(self) -> str:
        told = [self.message] if self.message else []
        lines = [self._name, *self._table_of(self._shown_entries()).text().splitlines(), *told]
        return "\n".join(line for line in lines if line)

    def _html(self) -> str:
        return f"<p>{escape(self._name)}</p>{self._table_of(self._shown_entries()).html()}"

    # What is done with it

    def _choose(self, name: tuple[str, ...] | None) -> None:
        self._selected = name
        self._on_choice()
        with self._drawing:
            self._draw()

    def _on_choice(self) -> None:
        """Another row was selected: what was open for the one before does not hold."""

    def _on_filter(self, _: Any) -> None:
        with self._drawing:
            self._draw()

    def _on_select(self, change: Any) -> None:
        if not self.is_setting and change["new"] is not None:
            self._choose(change["new"])


def _fits(text: str, words: list[str]) -> bool:
    found = text.lower()
    return all(word in found for word in words)


def _moves(row: Row) -> bool:
    kind = resource(row["kind"])
    return row["summary"][kind.status] in kind.transitional or any(map(_moves, row["apps"]))
