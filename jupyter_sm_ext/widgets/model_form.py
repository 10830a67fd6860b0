"""A form of a Create or Update operation, made from the service's model, with what people fill in first on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from jupyter_sm_ext.checks.preflight import create, explained
from jupyter_sm_ext.checks.request_forms import checks, form_operations, get_in
from jupyter_sm_ext.checks.request_forms import form as form_of
from jupyter_sm_ext.connections.denied import DeniedDeed, denial_of_request
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.request_code import aws_command, boto3_code
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets.board import Board
from jupyter_sm_ext.widgets.deniable import DeniableButtons
from jupyter_sm_ext.widgets.form_fields import MISSING, Field, Path
from jupyter_sm_ext.widgets.form_groups import Fields, GroupField
from jupyter_sm_ext.widgets.form_names import Names
from jupyter_sm_ext.widgets.instance_picker import InstancePicker
from jupyter_sm_ext.widgets.pieces import heading
from jupyter_sm_ext.widgets.preflight_lines import PreflightLines
from jupyter_sm_ext.widgets.work import Work


class ModelForm(Board):
    """A form whose fields, limits and words are the service's own.

    Parameters
    ----------
    operation : str
        A Create or Update operation, such as ``CreateSpace``.
    initial : mapping, optional
        Members that are known already; for an update those that name the thing.
    studio : Studio, optional
        Whose; that of the current connection if not given.
    whole : bool
        Whether ``initial`` is a whole request, to which nothing is added.

    Raises
    ------
    UnknownOperationError
        There is no form of this operation.
    ValidationError
        The key of what is to be updated is not complete.
    SageMakerError
        What is to be updated cannot be described.
    """

    def __init__(
        self,
        operation: str,
        initial: Mapping[str, Any] | None = None,
        studio: Studio | None = None,
        *,
        whole: bool = False,
    ) -> None:
        super().__init__(studio)
        self.operation = operation
        self._given = dict(initial or {})
        self._form = form_of(self.studio, operation, self._given, whole=whole)
        self.row, self.verb = form_operations()[operation]
        self.names = Names(self.studio, lambda: self._entered)
        fields = Fields(self._form["schema"], self._on_change, self._new_picker, self.names.watch)
        self._fields = fields
        self._root = GroupField((), {**self._form["schema"], "title": "All settings"}, self._on_change, fields)
        self._root.enter(self._form["defaults"])
        self._first = [(hint, self._root.find(tuple(hint["path"]))) for hint in self._form["ui"]["first"]]
        self._kept: dict[Path, Any] = {}
        self._tried = False
        self._callbacks: list[Callable[[dict[str, Any]], None]] = []
        self._make_controls()
        self._draw()
        error = self._form["error"]
        if error:
            told = ("What the connection knows could not be filled in:", error["message"], error["hint"])
            self._tell(" ".join(filter(None, told)), "error")

    def _make_controls(self) -> None:
        ui = self._form["ui"]
        self._title = ipywidgets.HTML(heading(f"{ui['title']} · {self.studio.connection.label}"))
        self._deniable = DeniableButtons(self.studio.connection, self._button)
        self._submit = self._deniable.add(
            "Create" if self.verb == "create" else "Save", self.submit, self._denial, style="primary"
        )
        boto3 = self._button("As boto3", lambda: self._show_code(self.boto3), "Show this request as Python")
        command = self._button("As AWS CLI", lambda: self._show_code(self.command), "Show this request as a command")
        self._code = ipywidgets.Textarea(disabled=True, rows=10, layout={"width": "100%", "display": "none"})
        self._preflight = PreflightLines(self.studio.connection)
        first = ipywidgets.VBox([field.widget for _, field in self._first if field is not None])
        buttons = ipywidgets.HBox(
            [self._submit, self._deniable.insist, boto3, command], layout={"flex_flow": "row wrap"}
        )
        self._lay_out(self._title, first, self._root.widget, self._preflight, buttons, self._code)

    # For code

    @property
    def request(self) -> dict[str, Any]:
        """What was filled in, as the operation takes it."""
        found = self._entered
        if self.verb == "update":
            # What was not touched is not sent: the service refuses some members that it itself has given out.
            found = {name: value for name, value in found.items() if self._form["defaults"].get(name) != value}
        return {**{name: value for name, value in self._given.items() if name in self.row.key}, **found}

    @property
    def _entered(self) -> dict[str, Any]:
        entered = self._root.value
        return {} if entered is MISSING else dict(entered)

    def field(self, path: str) -> Field:
        """The field of a member, by its dotted path: ``SpaceSettings.AppType``.

        Raises
        ------
        ValidationError
            The operation has no such member.
        """
        found = self._root.find(tuple(path.split(".")))
        if found is None:
            raise ValidationError(f"{self.operation} has no member {path!r}", operation=self.operation)
        return found

    def fill(self, values: Mapping[str, Any]) -> None:
        """Fill in fields: values by dotted path; None clears.

        Raises
        ------
        ValidationError
            The operation has no such member.
        """
        fields = [(self.field(path), value) for path, value in values.items()]
        with self._fields.muted():
            for field, value in fields:
                field.enter(MISSING if value is None else value)
        self._on_change()

    def check(self) -> list[dict[str, Any]]:
        """What is wrong with the request, as the sidebar's forms tell it; it is shown at the fields, too."""
        self._tried = True
        return self._checked()

    def submit(self) -> Work:
        """Check what was filled in, and send it in a thread.

        Raises
        ------
        ValidationError
            Something is wrong with it; the fields tell what.
        ConflictError
            It is being sent already.
        """
        self._refuse_while_busy()
        wrong = self.check()
        if wrong:
            lines = "; ".join(f"{'.'.join(map(str, each['path']))}: {each['message']}" for each in wrong)
            raise ValidationError(f"{len(wrong)} to be mended: {lines}", operation=self.operation)
        request = self.request
        name = request.get(self.row.key[-1], self.row.noun)
        if self.verb == "create":
            return self._do(f"Create {name}", lambda _: create(self.studio, self.row.kind, request), self._on_sent)
        return self._do(f"Update {name}", lambda _: self._update(request), self._on_sent)

    def create(self) -> Work:
        """The same as `submit`, by the name that it has for most."""
        return self.submit()

    def _update(self, request: dict[str, Any]) -> dict[str, Any]:
        with explained(self.studio.connection, self.operation, request):
            return self.studio.call(self.operation, request)

    @property
    def boto3(self) -> str:
        """The request as Python."""
        return boto3_code(self.studio.connection, self.operation, self.request)

    @property
    def command(self) -> str:
        """The request as a command of the AWS command line."""
        return aws_command(self.studio.connection, self.operation, self.request)

    # What is done with it

    def _on_change(self) -> None:
        with self._drawing:
            self._draw()
        self.names.offer()
        self._checked()
        if self._code.layout.display != "none":
            self._code.layout.display = "none"

    def _checked(self) -> list[dict[str, Any]]:
        request = self.request
        wrong = checks(self.operation, request)
        # Nobody likes to be told that a field is required before they came to it.
        told = wrong if self._tried else [each for each in wrong if _entered(request, each["path"])]
        messages: dict[Path, list[str]] = {}
        for each in told:
            messages.setdefault(tuple(map(str, each["path"])), []).append(each["message"])
        with self._drawing:
            placed = self._root.show(messages)
            rest = [
                f"{'.'.join(path)}: {text}" for path, texts in messages.items() if path not in placed for text in texts
            ]
            self._tell("; ".join(rest), "error")
        if not wrong:
            self._preflight.ask(self.operation, request)
        return wrong

    def _show_code(self, text: str) -> None:
        self._code.value = text
        self._code.layout.display = ""

    def _new_picker(self, use: str) -> InstancePicker:
        return InstancePicker(use, studio=self.studio, rows=6)

    def on_done(self, call: Callable[[dict[str, Any]], None]) -> None:
        """Have a function called, in the thread that sent it, with what the service answered."""
        self._callbacks.append(call)

    def _on_sent(self, answer: dict[str, Any]) -> None:
        self._tell(f"{self.operation}: done", "ok")
        for call in self._callbacks:
            call(answer)

    # What it shows

    def _read(self) -> None:
        self._preflight.ask(self.operation, self.request)

    def _draw(self) -> None:
        with self._drawing, self._fields.muted():
            request = self._entered
            for hint, field in self._first:
                if field is not None and "when" in hint:
                    when = hint["when"]
                    self._place(field, get_in(request, when["path"]) == when["value"], hint.get("default", MISSING))
            self._submit.disabled = any(work.running for work in self.works)
            self._deniable.draw()

    def _denial(self, told: list[DeniedDeed]) -> DeniedDeed | None:
        return denial_of_request(told, self.operation, self.request)

    def _place(self, field: Field, wanted: bool, default: Any) -> None:
        """Show a field of the first page, or hide it and keep its value until it is shown again."""
        hidden = field.widget.layout.display == "none"
        if wanted and hidden:
            field.widget.layout.display = ""
            field.enter(self._kept.pop(field.path, default))
        elif not wanted and not hidden:
            field.widget.layout.display = "none"
            if field.value is not MISSING:
                self._kept[field.path] = field.value
                field.enter(MISSING)

    def __repr__(self) -> str:
        lines = [f"{self._form['ui']['title']} · {self.studio.connection.label}", self.command.strip()]
        wrong = [
            f"{'.'.join(map(str, each['path']))}: {each['message']}" for each in checks(self.operation, self.request)
        ]
        return "\n".join([*lines, *wrong, *([self.message] if self.message else [])])


def _entered(request: Mapping[str, Any], path: list[str | int]) -> bool:
    found: Any = request
    for part in path:
        if isinstance(found, Mapping):
            found = found.get(str(part), MISSING)
        elif isinstance(found, list) and isinstance(part, int) and part < len(found):
            found = found[part]
        else:
            return False
    return found is not MISSING


def form(operation: str, initial: Mapping[str, Any] | None = None, *, studio: Studio | None = None) -> ModelForm:
    """A form of a Create or Update operation: ``.request`` is what was filled in, ``.create()`` sends it.

    Parameters
    ----------
    operation : str
        Such as ``CreateSpace`` or ``UpdateDomain``.
    initial : mapping, optional
        Members that are known already; for an update those that name the thing.
    studio : Studio, optional
        Whose; that of the current connection if not given.

    Raises
    ------
    SageMakerError
        There is no such form, or what is to be updated cannot be described.
    """
    return ModelForm(operation, initial, studio)
