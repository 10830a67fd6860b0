"""The search of a notebook: a text, what it finds, and a live panel of whichever job is selected."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from jupyter_sm_ext.errors import CredentialsError, NotFoundError
from jupyter_sm_ext.frames import pandas_module
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table
from jupyter_sm_ext.watching.job_lists import SEARCHED_KINDS
from jupyter_sm_ext.watching.job_search import JobSearch, job_search
from jupyter_sm_ext.widgets.board import Board
from jupyter_sm_ext.widgets.finding import find_name
from jupyter_sm_ext.widgets.live import Panel
from jupyter_sm_ext.widgets.pieces import COLUMNS, column_heads, heading, lines_of, paragraph, unbroken

if TYPE_CHECKING:
    import pandas as pd

_TITLE = "Search"
_PLACEHOLDER = "Metrics.loss < 0.2 and Tags.team = red"
_ROWS = (3, 12)  # height of the list, in lines: at least, at most
_PAGE = 20


class SearchPanel(Board):
    """Jobs that fit a text, as ``%sm search`` finds them.

    Parameters
    ----------
    expression : str
        What they must be; all if it is empty.
    kind : str
        Of job: ``training`` or ``tuning``.
    sort : str, optional
        A property, most first; ``PROPERTY:asc`` for least first.
    studio : Studio, optional
        Where; that of the current connection if not given.
    """

    def __init__(
        self, expression: str = "", kind: str = "training", sort: str | None = None, studio: Studio | None = None
    ) -> None:
        super().__init__(studio)
        # What is shown; the controls may say something else already, or something that cannot be understood.
        self._answered = job_search("", kind)
        self._records: list[dict[str, Any]] = []
        self._token: str | None = None
        self._generation = self.studio.connection.generation
        self._reading = threading.RLock()
        self._make_controls()
        self._fill(expression, kind, sort)
        self._draw()

    def _make_controls(self) -> None:
        def control(kind: Any, label: str, width: str, **options: Any) -> Any:
            layout = ipywidgets.Layout(width=width, min_width="150px")
            made = kind(description=label, style={"description_width": "initial"}, layout=layout, **options)
            made.observe(self._on_control, "value")
            return made

        late = {"continuous_update": False}
        self._text = control(ipywidgets.Text, "Find", "45%", placeholder=_PLACEHOLDER, **late)
        self._kind = control(ipywidgets.Dropdown, "Kind", "auto", options=list(SEARCHED_KINDS))
        self._sort = control(ipywidgets.Text, "Sort by", "200px", placeholder="created", **late)
        again = self._button("Search", self.refresh, "Search now")
        self._heads = ipywidgets.HTML()
        self._select = ipywidgets.Select(description="Jobs that were found", layout={"width": "auto"})
        self._select.observe(self._on_select, "value")
        table = ipywidgets.VBox([self._heads, self._select])
        table.add_class(COLUMNS)
        self._caption = ipywidgets.HTML()
        self._watch = self._button("Watch", self.watch, "Show the selected job, live")
        self._more = self._button("More", self.more, "Show those after these")
        self._job = ipywidgets.Output()
        row = ipywidgets.HBox(
            [self._text, self._kind, self._sort, again], layout=ipywidgets.Layout(flex_flow="row wrap")
        )
        title = ipywidgets.HTML(heading(self._name))
        self._lay_out(
            ipywidgets.VBox([title, row]), table, self._caption, ipywidgets.HBox([self._watch, self._more]), self._job
        )

    # For code

    def search(self, expression: str = "", *, kind: str = "training", sort: str | None = None) -> list[dict[str, Any]]:
        """Search for something else, and return the first records, as AWS describes them.

        Parameters
        ----------
        expression : str
            What the jobs must be; all if it is empty.
        kind : str
            Of job: ``training`` or ``tuning``.
        sort : str, optional
            A property, most first; ``PROPERTY:asc`` for least first.

        Raises
        ------
        SageMakerError
            The text cannot be understood, or there is no answer.
        """
        job_search(expression, kind, sort)  # refuses before any control is changed
        self._fill(expression, kind, sort)
        return self._looked_up()

    def more(self) -> list[dict[str, Any]]:
        """Show the next jobs as well, and return all that are shown.

        Raises
        ------
        SageMakerError
            There is no answer.
        """
        with self._reading:
            self._read_once()
            if self._token is not None:
                found, self._token = self._answered.page(self.studio, self._token, _PAGE)
                self._records = [*self._records, *found]
        self._draw()
        return list(self._records)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The jobs that are shown, as AWS describes them; searched for first if they never were.

        Raises
        ------
        SageMakerError
            The text cannot be understood, or there is no answer.
        """
        self._read_once()
        return list(self._records)

    @property
    def selected(self) -> str | None:
        """Name of the selected job; None if none is."""
        found: str | None = self._select.value
        return found

    def select(self, name: str) -> None:
        """Select one of the jobs that are shown.

        Raises
        ------
        NotFoundError
            It is not among them.
        """
        self._read_once()
        self._select.value = find_name(self._names(), name, "the jobs that were found")

    def watch(self, name: str | None = None) -> Panel:
        """Show a live panel of a job below the list, and return it.

        Parameters
        ----------
        name : str, optional
            Of a job that is shown; the selected one if not given.

        Raises
        ------
        NotFoundError
            There is none of that name, or none is selected.
        """
        if name is not None:
            self.select(name)
        elif self.selected is None:
            raise NotFoundError("no job is selected")
        panel = Panel(self._answered.row.kind, str(self.selected), studio=self.studio)
        data, metadata = panel._repr_mimebundle_()
        self._job.outputs = ({"output_type": "display_data", "data": data, "metadata": metadata},)
        return panel

    @property
    def table(self) -> Table:
        """What is shown, as ``%sm search`` shows it."""
        return self._answered.table(self._records, self.studio.connection.label, list(self._notes()))

    def dataframe(self) -> pd.DataFrame:
        """The jobs that are shown, a row each, with numbers and times as such.

        Raises
        ------
        SageMakerError
            pandas is not installed, or what `records` raises.
        """
        pandas = pandas_module()
        rows = [self._answered.values(record) for record in self.records]
        found: pd.DataFrame = pandas.DataFrame(rows, columns=list(self._answered.columns))
        return found

    # What it shows

    def _fill(self, expression: str, kind: str, sort: str | None) -> None:
        with self._setting():
            self._text.value, self._kind.value, self._sort.value = expression, kind, sort or ""

    def _read(self) -> None:
        with self._reading:
            self._generation = self.studio.connection.generation
            wanted: JobSearch = job_search(self._text.value, self._kind.value, self._sort.value.strip() or None)
            self._records, self._token = wanted.page(self.studio, size=_PAGE)
            if wanted != self._answered:
                self._answered, self._job.outputs = wanted, ()

    def _refused(self) -> bool:
        expired = isinstance(self._unread, CredentialsError) and self._unread.lasting
        return expired and not self.studio.connection.renew(self._generation, patient=True)

    def _looked_up(self) -> list[dict[str, Any]]:
        self.refresh()
        if self._unread is not None:
            raise self._unread
        return list(self._records)

    def _read_once(self) -> None:
        if not self.looked or self._unread is not None:
            self._looked_up()

    def _names(self) -> list[str]:
        return [str(record[self._answered.row.key[0]]) for record in self._records]

    def _notes(self) -> Iterator[str]:
        if not self.looked:
            yield "Not read yet: .refresh() reads it."
        elif self._records:
            more = "; there are more" if self._token is not None else ""
            yield f"{len(self._records)} {'jobs' if len(self._records) > 1 else 'job'}{more}."

    def _draw(self) -> None:
        with self._setting():
            table = self.table
            heads, lines = lines_of(table)
            kept, names = self._select.value, self._names()
            self._heads.value = column_heads(heads) if names else ""
            self._select.options = [(unbroken(line), name) for line, name in zip(lines, names, strict=True)]
            self._select.rows = min(max(len(names), _ROWS[0]), _ROWS[1])
            self._select.value = kept if kept in names else None
            told = table.notes if names or not self.looked else [table.nothing]
            self._caption.value = paragraph(" ".join(told), "quiet", role="status")
            self._more.layout.display = "" if self._token is not None else "none"
            self._watch.disabled = self._select.value is None

    @property
    def _name(self) -> str:
        return f"{_TITLE} · {self.studio.connection.label}"

    @property
    def _head(self) -> str:
        return f"{self._name} · {self._kind.value}: {self._text.value or 'all'}"

    def __repr__(self) -> str:
        return "\n".join(filter(None, (self._head, self.table.text(), self.message)))

    def _html(self) -> str:
        message = f"<p>{escape(self.message)}</p>" if self.message else ""
        return f"<p>{escape(self._head)}</p>{self.table.html()}{message}"

    # What is done with it

    def _on_control(self, _: Any) -> None:
        if not self.is_setting:
            self.refresh()

    def _on_select(self, _: Any) -> None:
        if not self.is_setting:
            with self._drawing:
                self._watch.disabled = self._select.value is None


def search(
    expression: str = "", *, kind: str = "training", sort: str | None = None, studio: Studio | None = None
) -> SearchPanel:
    """A panel of the jobs that fit a text, such as ``Metrics.loss < 0.2 and Tags.team = red``.

    Parameters
    ----------
    expression : str
        What they must be, as for ``%sm search``; all if it is empty.
    kind : str
        Of job: ``training`` or ``tuning``.
    sort : str, optional
        A property, most first; ``PROPERTY:asc`` for least first.
    studio : Studio, optional
        Where; that of the current connection if not given.

    Raises
    ------
    ValidationError
        There is no search for such a kind.
    """
    return SearchPanel(expression, kind, sort, studio)
