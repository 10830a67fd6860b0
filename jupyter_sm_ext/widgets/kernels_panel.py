"""The panel of kernels on apps: choose where and on which instance, and have its kernels in this Jupyter."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets

from jupyter_sm_ext import remote
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.remote import KernelSpec
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table
from jupyter_sm_ext.watching.snapshots import Watcher
from jupyter_sm_ext.watching.studio_rows import KERNEL_GATEWAY, Row
from jupyter_sm_ext.widgets.board import Board
from jupyter_sm_ext.widgets.finding import find_row
from jupyter_sm_ext.widgets.instance_picker import InstancePicker
from jupyter_sm_ext.widgets.pieces import (
    COLUMNS,
    column_heads,
    heading,
    lines_of,
    paragraph,
    unbroken,
)
from jupyter_sm_ext.widgets.preflight_lines import PreflightLines
from jupyter_sm_ext.widgets.studio_actions import app_request, app_type_of
from jupyter_sm_ext.widgets.work import Work

_HEADS = ("Kernel", "Status", "Space or profile", "Name")
_NOTHING = "No kernels of apps in this Jupyter yet."
_ROWS = (2, 8)  # height of the list, in lines: at least, at most
_VERSION = ":image-version/"


class KernelsPanel(Board):
    """Kernels of apps in this Jupyter: those that are there, and what adds more.

    Parameters
    ----------
    domain : str, optional
        Id of the domain to choose from; all if not given.
    studio : Studio, optional
        Whose; that of the current connection if not given.
    """

    def __init__(self, domain: str | None = None, studio: Studio | None = None) -> None:
        super().__init__(studio)
        self.domain = domain
        self._watcher = Watcher(self.studio, "studio", ())
        self._places: list[Row] = []
        self._specs: list[KernelSpec] = []
        self._make_controls()
        self._draw()

    def _make_controls(self) -> None:
        title = ipywidgets.HTML(heading(self._name))
        head = ipywidgets.HBox([title, self._button("Refresh", self.refresh, "Look again now")])
        head.layout.align_items = "center"
        self._heads = ipywidgets.HTML()
        self._select = ipywidgets.Select(description="Kernels of apps in this Jupyter", layout={"width": "auto"})
        self._select.observe(lambda _: self._draw_if_chosen(), "value")
        table = ipywidgets.VBox([self._heads, self._select])
        table.add_class(COLUMNS)
        self._caption = ipywidgets.HTML()
        self._remove = self._button("Remove", lambda: self.remove(self._select.value), "Take it out of this Jupyter")
        wide = {"width": "auto", "max_width": "640px"}
        style = {"description_width": "110px"}
        self._place = ipywidgets.Dropdown(description="Where", style=style, layout=wide)
        self._image = ipywidgets.Text(
            description="Image ARN", placeholder="the usual one", continuous_update=False, style=style, layout=wide
        )
        self.picker = InstancePicker("AppInstanceType", studio=self.studio, rows=6)
        self.preflight = PreflightLines(self.studio.connection)
        self._add = self._button("Add kernels", self._on_add, style="primary")
        self._place.observe(lambda _: self._on_choice(), "value")
        self.picker.observe(lambda _: self._on_choice(), "value")
        new = ipywidgets.HTML(heading("Add the kernels of an app, which is started or moved if need be"))
        adding = (new, self._place, self._image, self.picker, self.preflight, self._add)
        self._lay_out(head, table, self._caption, self._remove, *adding)

    # For code

    @property
    def installed(self) -> list[KernelSpec]:
        """Kernels of this connection's apps that this Jupyter has."""
        connection = self.studio.connection
        return [spec for spec in remote.installed(connection.data_dir) if spec.connection == connection.id]

    def add(
        self, place: str | Sequence[str], instance: str | None = None, image: str | None = None, **options: Any
    ) -> Work:
        """Add the kernels of a space's or profile's app; the work's result are their kernelspecs.

        Parameters
        ----------
        place : str or sequence of str
            Name of a space or profile, or domain id and name.
        instance : str, optional
            Type of instance; what runs there already, or is usual there, if not given.
        image : str, optional
            ARN of a SageMaker image or of one of its versions; the usual one if not given.
        **options
            Further members of CreateApp and of its ResourceSpec.

        Raises
        ------
        NotFoundError
            There is no such space or profile.
        ValidationError
            Several have this name, or the instance type is not offered.
        ConflictError
            Others are being added.
        """
        return self._add_to(self._find(place), instance, image, options)

    def _add_to(self, row: Row, instance: str | None, image: str | None, options: dict[str, Any]) -> Work:
        self._refuse_while_busy()
        if instance is not None:
            self.picker.select(instance)
        target = Target(row["kind"], tuple(row["key"]))
        given = {**({"InstanceType": instance} if instance else {}), **_image_members(image), **options}
        where = f"{target.name} on {instance}" if instance else target.name
        return self._do(
            f"Add the kernels of {where}",
            lambda on_step: remote.add(self.studio, target, given, on_step),
            then=self._on_added,
        )

    def remove(self, name: str) -> None:
        """Take a kernel out of this Jupyter, by its name or what it is called for people; its app goes on.

        Raises
        ------
        NotFoundError
            There is no such kernel.
        """
        found = [spec.name for spec in self.installed if name in (spec.name, spec.display_name)]
        if not found:
            raise NotFoundError(
                f"this Jupyter has no kernel {name!r} of an app", hint="The panel's .installed lists those that it has."
            )
        remote.remove(found[0])
        self._tell(f"Removed {name}; its app goes on.")
        self.refresh()

    # What it shows

    @property
    def moving(self) -> bool:
        """Nothing here changes by itself: what is added tells its steps."""
        return False

    def _read(self) -> None:
        self._watcher.thing.hasten()
        self._watcher.look()
        rows = self._watcher.snapshot()["items"]
        kinds = ("spaces", "user-profiles")
        self._places = [row for row in rows if row["kind"] in kinds and self.domain in (None, row["domain"])]
        remote.sync(self.studio)
        if self._watcher.error is not None:
            raise self._watcher.error

    def _first_look(self) -> None:
        super()._first_look()
        self.picker.show_prices()

    def _draw(self) -> None:
        with self._setting():
            self._specs = self.installed
            heads, lines = lines_of(self._table())
            self._heads.value = column_heads(heads)
            chosen = self._select.value
            names = [spec.name for spec in self._specs]
            self._select.options = [(unbroken(line), name) for line, name in zip(lines, names, strict=True)]
            self._select.value = chosen if chosen in names else None
            self._select.rows = min(max(len(names), _ROWS[0]), _ROWS[1])
            self._remove.disabled = self._select.value is None
            self._caption.value = "" if names else paragraph(_NOTHING, "quiet")
            self._draw_places()
            self._add.disabled = self._place.value is None or any(work.running for work in self.works)

    def _draw_places(self) -> None:
        kept = self._place.value
        options = [(_told(row), _name_of(row)) for row in self._places]
        if tuple(options) != self._place.options:
            self._place.options = options
            keys = [key for _, key in options]
            # A space is where new Studio's kernels are; profiles come first in the list of rows.
            spaces = [key for key in keys if key[0] == "spaces"]
            self._place.value = kept if kept in keys else next(iter([*spaces, *keys]), None)
        self._offer_types()

    def _offer_types(self) -> None:
        row = self._place_row()
        if row is not None:
            self.picker.for_app(app_type_of(row) or KERNEL_GATEWAY)

    def _table(self) -> Table:
        rows = [(each.display_name, each.text, each.owner, each.name) for each in self._specs]
        return Table(_HEADS, rows, _NOTHING)

    @property
    def _name(self) -> str:
        return f"Kernels on instances · {self.studio.connection.label}"

    def __repr__(self) -> str:
        where = [f"Where: {', '.join(row['name'] for row in self._places)}"] if self._places else []
        told = [self.message] if self.message else []
        return "\n".join([self._name, self._table().text(), *where, *told])

    def _html(self) -> str:
        return f"<p>{escape(self._name)}</p>{self._table().html()}"

    # What is done with it

    def _find(self, place: str | Sequence[str]) -> Row:
        if not self._places:
            self.refresh()
        return find_row(self._places, place, "the spaces and profiles", "sm.spaces() creates a space.")

    def _on_add(self) -> None:
        row = self._place_row()
        if row is None:
            raise ValidationError("no space or profile is chosen", hint="sm.spaces() creates a space.")
        self._add_to(row, self.picker.value, self._image.value or None, {})

    def _place_row(self) -> Row | None:
        return next((row for row in self._places if _name_of(row) == self._place.value), None)

    def _on_added(self, added: list[KernelSpec]) -> None:
        names = ", ".join(spec.display_name for spec in added)
        self._tell(f"Added: {names}. To use one, click on the kernel's name in the notebook's toolbar.", "ok")

    def _on_choice(self) -> None:
        if self.is_setting:
            return
        self._offer_types()
        row = self._place_row()
        if row is not None and self.picker.value is not None:
            request = app_request(row, app_type_of(row) or KERNEL_GATEWAY, self.picker.value)
            self.preflight.ask("CreateApp", request)
        else:
            self.preflight.clear()

    def _draw_if_chosen(self) -> None:
        if not self.is_setting:
            self._draw()


def _name_of(row: Row) -> tuple[str, ...]:
    return (row["kind"], *row["key"])


def _told(row: Row) -> str:
    noun = "space" if row["kind"] == "spaces" else "profile"
    return f"{row['name']} ({noun} of {row['domain']}): {row['text']}"


def _image_members(image: str | None) -> dict[str, str]:
    if image is None:
        return {}
    return {"SageMakerImageVersionArn" if _VERSION in image else "SageMakerImageArn": image}


def kernels(domain: str | None = None, *, studio: Studio | None = None) -> KernelsPanel:
    """A panel of the kernels of apps: add those of an instance of your choice to this Jupyter.

    Parameters
    ----------
    domain : str, optional
        Id of the domain to choose from; all if not given.
    studio : Studio, optional
        Whose; that of the current connection if not given.
    """
    return KernelsPanel(domain, studio)
