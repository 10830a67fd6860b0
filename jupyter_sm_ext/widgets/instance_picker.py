"""The instance picker: every type that the model allows for a use, with what it has, filtered and sorted."""

from __future__ import annotations

from typing import Any

import ipywidgets
import traitlets

from jupyter_sm_ext.checks.instance_table import instance_table
from jupyter_sm_ext.checks.prices import DEFAULT_APP_TYPE, PriceList, Prices
from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.offers import catalog
from jupyter_sm_ext.offers.catalog import InstanceType
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table
from jupyter_sm_ext.widgets.board import Board
from jupyter_sm_ext.widgets.pieces import COLUMNS, column_heads, lines_of, paragraph, unbroken
from jupyter_sm_ext.widgets.work import Work

_ANY = ""  # None would show as an empty choice
_SORTS = {
    "as listed": "family",
    "name": "name",
    "vCPU": "vcpus",
    "memory": "memory",
    "accelerator memory": "accelerator",
    "price": "price",
}


class InstancePicker(Board):
    """Choose an instance type; ``value`` is the one that is chosen.

    Parameters
    ----------
    use : str
        The model's name of the list of types: ``AppInstanceType``, ``TrainingInstanceType``, ...
    value : str, optional
        Chosen at first.
    studio : Studio, optional
        Whose prices; that of the current connection if not given.
    rows : int
        Height of the list, in lines.
    app_type : str, optional
        For ``AppInstanceType``: what is to run on it, which decides what is offered, and the price.

    Raises
    ------
    ValidationError
        The model has no such list of types, or ``value`` is not in it.
    """

    value: Any = traitlets.Unicode(None, allow_none=True, help="The chosen instance type; None if none is.")

    def __init__(
        self,
        use: str = "AppInstanceType",
        value: str | None = None,
        studio: Studio | None = None,
        *,
        rows: int = 8,
        app_type: str | None = None,
    ) -> None:
        super().__init__(studio)
        self.use, self.app_type = use, app_type
        self._all = catalog.instance_types(use, app_type)
        self.items: list[InstanceType] = self._all
        self._prices: PriceList | None = None
        self._asked = False
        self._make_controls(rows)
        self._draw()
        self.observe(self._on_value, "value")
        if value is not None:
            self.select(value)

    def _make_controls(self, rows: int) -> None:
        def control(kind: Any, label: str, **options: Any) -> Any:
            made = kind(
                description=label,
                style={"description_width": "initial"},
                layout=ipywidgets.Layout(width="auto", min_width="150px"),
                **options,
            )
            made.observe(self._on_filter, "value")
            return made

        kinds = dict.fromkeys(each.accelerator.kind for each in self._all if each.accelerator)
        self._search = control(ipywidgets.Text, "Search")
        self._accelerator = control(
            ipywidgets.Dropdown, "Accelerator", options=[("any", _ANY), *((kind, kind) for kind in [*kinds, "CPU"])]
        )
        self._family = control(ipywidgets.Dropdown, "Family", options=[("any", _ANY)])
        self._memory = control(ipywidgets.BoundedFloatText, "Memory at least (GiB)", min=0, max=1e6)
        self._price = control(ipywidgets.BoundedFloatText, "Price at most (0: any)", min=0, max=1e6)
        self._sort = control(ipywidgets.Dropdown, "Sort by", options=list(_SORTS.items()))
        filters = (self._search, self._accelerator, self._family, self._memory, self._price, self._sort)
        self._heads = ipywidgets.HTML()
        self._select = ipywidgets.Select(description="Instance types", rows=rows, layout={"width": "auto"})
        self._select.observe(self._on_select, "value")
        self._caption = ipywidgets.HTML()
        table = ipywidgets.VBox([self._heads, self._select])
        table.add_class(COLUMNS)
        row = ipywidgets.HBox(filters, layout=ipywidgets.Layout(flex_flow="row wrap"))
        self._lay_out(row, table, self._caption)

    # For code

    def select(self, name: str) -> None:
        """Choose a type.

        Raises
        ------
        ValidationError
            It is not offered for this use.
        """
        if not self.offers(name):
            near = meant(name, [each.name for each in self._all])
            hint = f"Did you mean {near}?" if near else None
            raise ValidationError(f"{name!r} is no {self.use} that SageMaker has", hint=hint)
        self.value = name

    def offers(self, name: str) -> bool:
        """Whether there is a type of this name for this use."""
        return any(each.name == name for each in self._all)

    def filter(
        self,
        *,
        accelerator: str | None = None,
        family: str | None = None,
        min_memory_gib: float | None = None,
        search: str | None = None,
        max_per_hour: float | None = None,
        sort: str = "family",
    ) -> list[InstanceType]:
        """Show only the types that fit, as `catalog.instances` finds them; what is not given filters nothing.

        Raises
        ------
        ValidationError
            An unknown accelerator, family or order.
        """
        options: dict[str, Any] = {
            "accelerator": accelerator,
            "family": family,
            "min_memory_gib": min_memory_gib,
            "search": search,
            "max_per_hour": max_per_hour,
            "sort": sort,
        }
        self._found(**options)  # refuses before any control is changed
        with self._setting():
            kinds = {str(value).lower(): value for _, value in self._accelerator.options}
            self._accelerator.value = kinds[accelerator.lower()] if accelerator else _ANY
            self._offer_families()
            self._family.value = family.removeprefix("ml.").lower() if family else _ANY
            self._memory.value = min_memory_gib or 0
            self._price.value = max_per_hour or 0
            self._search.value = search or ""
            self._sort.value = sort
        self._draw()
        return self.items

    @property
    def table(self) -> Table:
        """The types that are shown, as ``%sm instances`` lists them."""
        return instance_table(self.items, self._prices, local=self.studio.connection.kind == "local")

    @property
    def caption(self) -> str:
        """How many types are shown, and what else is to be said of them."""
        notes = " ".join(self.table.notes)
        return f"{len(self.items)} of {len(self._all)} instance types. {notes}".rstrip()

    # What it shows

    def _found(self, **options: Any) -> list[InstanceType]:
        per_hour = self._prices.per_hour if self._prices else None
        return catalog.instances(self.use, app_type=self.app_type, per_hour=per_hour, **options)

    def _read(self) -> None:
        asked = None
        while self._prices is None or asked != self.app_type:
            # Somebody may choose another type of app meanwhile, and its prices are others.
            asked = self.app_type
            self._prices = Prices(self.studio.connection).per_hour(self.use, app_type=asked or DEFAULT_APP_TYPE)

    def for_app(self, app_type: str) -> None:
        """Offer what another type of app can run on; what is chosen stays so if that can."""
        if app_type == self.app_type:
            return
        self.app_type, self._prices = app_type, None
        self._all = catalog.instance_types(self.use, app_type)
        if self.value is not None and not self.offers(self.value):
            self.value = None
        self._draw()
        if self._asked:
            self.show_prices()

    def show_prices(self) -> None:
        """Ask for the prices in a thread: the types are there at once, a price list can take seconds."""
        self._asked = True
        if self._prices is None and not any(work.running for work in self.works):
            self._do("Prices", lambda _: self._read())

    def _first_look(self) -> None:
        self.show_prices()

    def _on_work(self, work: Work) -> None:
        if work.error is not None:
            self._tell_error(work.error)
        self._draw()

    def _offer_families(self) -> None:
        kept = self._family.value
        families = dict.fromkeys(each.family for each in self._found(accelerator=self._accelerator.value or None))
        self._family.options = [("any", _ANY), *((each, each) for each in families)]
        self._family.value = kept if kept in families else _ANY

    def _draw(self) -> None:
        with self._setting():
            self._offer_families()
            self.items = self._found(
                accelerator=self._accelerator.value or None,
                family=self._family.value or None,
                min_memory_gib=self._memory.value or None,
                search=self._search.value,
                max_per_hour=self._price.value or None,
                sort=self._sort.value,
            )
            heads, lines = lines_of(self.table)
            self._heads.value = column_heads(heads)
            names = [each.name for each in self.items]
            # What is chosen stays chosen though a filter hides it: only a click or code changes it.
            self._select.options = [(unbroken(line), name) for line, name in zip(lines, names, strict=True)]
            self._select.value = self.value if self.value in names else None
            chosen = f"Chosen: {self.value}. " if self.value else ""
            self._price.layout.display = "" if self._priced else "none"
            self._caption.value = paragraph(chosen + self.caption, "quiet", role="status")

    @property
    def _priced(self) -> bool:
        return self._prices is not None and bool(self._prices.per_hour)

    def __repr__(self) -> str:
        table = self.table
        text = Table(table.heads, table.rows, table.nothing, (), table.numbers).text()
        return "\n".join([f"Instance type: {self.value or 'none chosen'}", text, self.caption])

    # What is done with it

    def _on_filter(self, _: Any) -> None:
        if not self.is_setting:
            self._draw()

    def _on_select(self, change: Any) -> None:
        if not self.is_setting and change["new"] is not None:
            self.value = change["new"]

    def _on_value(self, _: Any) -> None:
        self._draw()


def instances(
    use: str = "AppInstanceType", value: str | None = None, *, studio: Studio | None = None
) -> InstancePicker:
    """A picker of instance types; ``.value`` is the chosen one.

    Parameters
    ----------
    use : str
        The model's name of the list of types: ``AppInstanceType``, ``TrainingInstanceType``, ...
    value : str, optional
        Chosen at first.
    studio : Studio, optional
        Whose prices; that of the current connection if not given.

    Raises
    ------
    ValidationError
        The model has no such list of types, or ``value`` is not in it.
    """
    return InstancePicker(use, value, studio)
