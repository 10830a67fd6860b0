"""What can be done with the selected row of a panel: by code, and by buttons that say what will happen first."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import ipywidgets

from jupyter_sm_ext import remote
from jupyter_sm_ext.actions import lifecycle
from jupyter_sm_ext.actions.lifecycle import Consequences, Target
from jupyter_sm_ext.actions.page_link import page_link
from jupyter_sm_ext.actions.steps import OnStep
from jupyter_sm_ext.connections.denied import DeniedDeed, denial_in
from jupyter_sm_ext.errors import ConflictError, ValidationError
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.studio_rows import JUPYTER_SERVER, KERNEL_GATEWAY, Row
from jupyter_sm_ext.widgets.deniable import DeniableButtons
from jupyter_sm_ext.widgets.drawers import ConfirmDrawer, Drawer, InstanceDrawer
from jupyter_sm_ext.widgets.instance_picker import InstancePicker
from jupyter_sm_ext.widgets.model_form import ModelForm
from jupyter_sm_ext.widgets.pieces import link
from jupyter_sm_ext.widgets.studio_panel import StudioPanel
from jupyter_sm_ext.widgets.work import Work

_LINK_SECONDS = 60.0  # the service forgets it after five minutes; nobody should find it in a saved notebook
_LABELS = {
    "start": "Start…",
    "stop": "Stop",
    "change-instance": "Change instance…",
    "open": "Open",
    "update": "Edit…",
    "delete": "Delete…",
}
_DONE = {
    "start": "started",
    "stop": "stopped",
    "change-instance": "moved to another instance",
    "open": "opened",
    "delete": "deleted",
}


class ActingPanel(StudioPanel):
    """A panel whose selected row can be started, stopped, moved, opened, edited and deleted.

    What cannot be done now is refused by the methods and greyed on the buttons, by the same word of `studio_rows`.
    """

    def __init__(self, domain: str | None = None, studio: Studio | None = None) -> None:
        super().__init__(domain, studio)
        self._busy: list[tuple[Target, str, Work]] = []
        self._drawer = ipywidgets.VBox()
        self._link = ipywidgets.HTML()
        handlers = {
            "start": self._on_start,
            "stop": self.stop,
            "change-instance": self._on_change_instance,
            "open": self.open_page,
            "update": self._on_edit,
            "delete": self._on_delete,
        }
        self._deniable = DeniableButtons(self.studio.connection, self._button)
        self._buttons = {
            name: self._deniable.add(_LABELS[name], handler, partial(self._denial, name))
            for name, handler in handlers.items()
        }
        head = ipywidgets.HBox([self._title, self._filter, self._refresh, *self._head_buttons()])
        head.layout = ipywidgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="0 8px")
        buttons = ipywidgets.HBox([*self._buttons.values(), self._deniable.insist], layout={"flex_flow": "row wrap"})
        self._lay_out(head, self._table, self._caption, self._details, buttons, self._link, self._drawer)
        self._draw()

    @abstractmethod
    def _head_buttons(self) -> list[Any]:
        """Buttons beside the filter: what can be created here."""

    # For code

    def start(self, instance: str | None = None, **options: Any) -> Work:
        """Start the selected row's app.

        Parameters
        ----------
        instance : str, optional
            Type of instance; that of the space's settings if not given.
        **options
            Further members of CreateApp and of its ResourceSpec.

        Raises
        ------
        ConflictError
            It cannot be started now, or something is under way with it.
        """
        given = {**({"InstanceType": instance} if instance else {}), **options}
        return self._act("start", "Start", lambda target, on_step: lifecycle.start(self.studio, target, given, on_step))

    def stop(self) -> Work:
        """Stop the selected row's apps.

        Raises
        ------
        ConflictError
            Nothing runs, or something is under way with it.
        """
        return self._act("stop", "Stop", lambda target, on_step: lifecycle.stop(self.studio, target, on_step))

    def change_instance(self, instance: str, **options: Any) -> Work:
        """Move the selected row to another type of instance: stop, update, start, wait.

        Raises
        ------
        ConflictError
            It has no instance that could be changed now, or something is under way with it.
        """
        given = {"InstanceType": instance, **options}
        return self._act(
            "change-instance",
            "Change the instance of",
            lambda target, on_step: lifecycle.change_instance(self.studio, target, given, on_step),
        )

    def delete(self, **options: Any) -> Work:
        """Delete the selected row and all that `consequences` tells, without asking again.

        Raises
        ------
        ConflictError
            It cannot be deleted now, or something is under way with it.
        """
        return self._act(
            "delete", "Delete", lambda target, on_step: lifecycle.delete(self.studio, target, options, on_step)
        )

    def consequences(self) -> Consequences:
        """What a deletion of the selected row takes with it.

        Raises
        ------
        SageMakerError
            Nothing is selected, or it cannot be described.
        """
        return lifecycle.consequences(self.studio, target_of(self._row()))

    def open_page(self) -> Work:
        """Get a link to the selected row's page.

        Beside a Jupyter server with our extension it is that server's, which never gets old; elsewhere a presigned
        URL, which is a key: it is good for one visit, and leaves the panel after a minute.

        Raises
        ------
        ConflictError
            It has no page now, or something is under way with it.
        """
        return self._act("open", "Open", lambda target, _: self._link_to(target), then=self._show_link)

    def _link_to(self, target: Target) -> str:
        path = page_link(self.studio, target)
        if path is None:
            return lifecycle.open_url(self.studio, target)
        lifecycle.open_request(self.studio, target)  # refuses what cannot be opened
        return path

    def edit(self) -> ModelForm:
        """A form of all that can be changed of the selected row.

        Raises
        ------
        SageMakerError
            Nothing is selected, or it cannot be described.
        """
        row = self._row()
        kind = resource(row["kind"])
        return self._open_form(kind.operation("update"), kind.key_request(tuple(row["key"])))

    def _act(self, action: str, verb: str, call: Any, then: Any = None) -> Work:
        row = self._row()
        target = target_of(row)
        under_way = self._under_way(target, action)
        if under_way is not None:
            raise ConflictError(f"{under_way.label} is still under way", code="ActionUnderWay")
        if action not in row["actions"]:
            # What is shown may be old, and a refusal should not be.
            self.refresh()
            row = self._row()
        if action not in row["actions"]:
            text = row["text"][:1].lower() + row["text"][1:]
            can = ", ".join(row["actions"])
            hint = f"What can be done with it now: {can}." if can else "Wait until it has settled."
            raise ConflictError(f"{target.name} is {text}: it cannot be {_DONE[action]} now", hint=hint)
        self._close_drawer()

        def act(on_step: OnStep) -> Any:
            try:
                return call(target, on_step)
            finally:
                # Kernels of an app that was stopped are not offered any longer.
                remote.sync(self.studio)

        work = self._do(f"{verb} {target.name}", act, then)
        self._busy = [each for each in self._busy if each[-1].running] + [(target, action, work)]
        self._draw()
        return work

    def _row(self) -> Row:
        row = self.selected
        if row is None:
            raise ValidationError("nothing is selected", hint="Choose a row of the list, or call .select(name).")
        return row

    # Drawers

    def _on_start(self) -> None:
        self._choose_instance("Start", self.start, needed=False)

    def _on_change_instance(self) -> None:
        self._choose_instance("Change", self.change_instance, needed=True)

    def _choose_instance(self, verb: str, act: Callable[[str], Work], *, needed: bool) -> None:
        row = self._row()
        app_type = app_type_of(row)
        button = self._button(verb, lambda: act(drawer.picker.value), style="primary")
        profile = " Without a type its JupyterServer starts; on a type a KernelGateway." if app_type is None else ""
        drawer = InstanceDrawer(
            f"{verb} {target_of(row).name}.{profile}",
            InstancePicker("AppInstanceType", studio=self.studio, rows=7, app_type=app_type or KERNEL_GATEWAY),
            lambda instance: app_request(row, app_type or KERNEL_GATEWAY, instance),
            button,
            self._close_drawer,
            needed=needed,
        )
        if row["instance"]:
            drawer.choose(row["instance"])
        self._open_drawer(drawer)

    def _on_delete(self) -> None:
        button = self._button("Delete", self.delete, style="danger")
        title = f"Delete {target_of(self._row()).name}?"
        self._open_drawer(ConfirmDrawer(title, self.consequences(), button, self._close_drawer))

    def _on_edit(self) -> None:
        self.edit()

    def _open_form(self, operation: str, initial: Mapping[str, Any]) -> ModelForm:
        form = ModelForm(operation, initial, self.studio)
        drawer = Drawer("", self._close_drawer)
        drawer.lay_out(form)
        form.on_done(lambda _: self._after_form(form))
        self._open_drawer(drawer)
        return form

    def _after_form(self, form: ModelForm) -> None:
        self._close_drawer()
        self._watcher.thing.hasten()
        # What was just made is what one goes on with; only the service knows the id of a new domain.
        if all(name in form.request for name in form.row.key):
            self._selected = (form.row.kind, *form.row.key_parts(form.request))
        self.refresh()

    def _open_drawer(self, drawer: Any) -> None:
        self._tell("")
        with self._drawing:
            self._drawer.children = (drawer,)

    def _close_drawer(self) -> None:
        with self._drawing:
            self._drawer.children = ()
            self._link.value = ""

    def _on_choice(self) -> None:
        self._close_drawer()
        self._deniable.withdraw()

    def _show_link(self, url: str) -> None:
        name = target_of(self._row()).name
        shown = link(url, f"Open {name} in a new tab")
        if url.startswith("/"):
            self._link.value = shown
            return
        self._link.value = f"{shown} (good for one visit, gone in a minute)"
        timer = threading.Timer(_LINK_SECONDS, self._forget_link, (self._link.value,))
        timer.daemon = True
        timer.start()

    def _forget_link(self, shown: str) -> None:
        with self._drawing:
            if self._link.value == shown:
                self._link.value = ""

    # Drawing

    def _read(self) -> None:
        if any(work.running for work in self.works):
            self._watcher.thing.hasten()
        super()._read()

    def _look_quietly(self) -> None:
        self._watcher.thing.hasten()
        super()._look_quietly()

    def _draw_selected(self, row: Row | None) -> None:
        super()._draw_selected(row)
        self._deniable.draw()
        for action, button in self._buttons.items():
            can = row is not None and action in row["actions"] and self._under_way(target_of(row), action) is None
            button.disabled = not can

    def _denial(self, action: str, told: list[DeniedDeed]) -> DeniedDeed | None:
        row = self.selected
        return None if row is None else denial_in(told, row["kind"], action, tuple(row["key"]))

    def _under_way(self, target: Target, action: str) -> Work | None:
        """What keeps an action from being begun: something done to the target, or around it, or in it."""
        for other, what, work in list(self._busy):
            # What hangs while it starts can be stopped; the start then ends.
            stops = action == "stop" and what == "start"
            if work.running and not stops and (other.contains(target) or target.contains(other)):
                return work
        return None


def target_of(row: Row) -> Target:
    """What an action on a row is done to."""
    return Target(row["kind"], tuple(row["key"]))


def app_type_of(row: Row) -> str | None:
    """Type of the app that a row starts; None where that depends on the instance."""
    return row["app_type"] or (None if row["kind"] == "user-profiles" else JUPYTER_SERVER)


def app_request(row: Row, app_type: str, instance: str) -> dict[str, Any]:
    """The CreateApp request that a start would send, for the checks before it."""
    owner = target_of(row).owner
    member = "SpaceName" if owner.kind == "spaces" else "UserProfileName"
    return {
        "DomainId": owner.key[0],
        member: owner.key[1],
        "AppType": app_type,
        "AppName": "default",
        "ResourceSpec": {"InstanceType": instance},
    }
