"""botocore's service model put to use: every constraint of a request, checked before anything is done with it.

botocore's own client leaves out maximum, pattern, enum and map sizes; the service does not, and neither do we.
A shape is compiled into one function (`constraints`) the first time an operation needs it. JSON Schema is in `schema`,
OpenAPI in `openapi`.
"""

from __future__ import annotations

import datetime
import functools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.errors import UnknownOperationError, ValidationError
from jupyter_sm_ext.shapes import constraints
from jupyter_sm_ext.shapes.constraints import MAX_SHOWN, Check, Found, Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from botocore.model import OperationModel, ServiceModel, Shape

    from jupyter_sm_ext.shapes.endpoint import Endpoint

MAX_MESSAGE = 16_384


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with a request.

    Parameters
    ----------
    path : str
        Where, as the service writes it: ``resourceConfig.instanceType``, ``tags.1.member.key``.
    value : str or None
        What was there, cut to `MAX_SHOWN` characters; None if nothing was.
    constraint : str
        What it should have been, in the service's words.
    parts : tuple of str
        The names in the path, which may have dots themselves.
    """

    path: str
    value: str | None
    constraint: str
    parts: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        value = "null" if self.value is None else f"'{self.value}'"
        return f"Value {value} at '{self.path}' failed to satisfy constraint: {self.constraint}"


class Model:
    """The model of one AWS service.

    Parameters
    ----------
    service_model : botocore.model.ServiceModel
        As botocore's loader reads it.
    """

    def __init__(self, service_model: ServiceModel) -> None:
        self.service = service_model
        self._shapes: dict[str, Check] = {}
        self._inputs: dict[str, Check] = {}
        self._lock = threading.RLock()

    def operation(self, name: str) -> OperationModel:
        """Find botocore's model of an operation.

        Raises
        ------
        UnknownOperationError
            The service has no such operation.
        """
        from botocore.model import OperationNotFoundError

        try:
            return self.service.operation_model(name)
        except OperationNotFoundError:
            raise UnknownOperationError(
                f"{self.service.service_name} has no operation {_shown(name)}", operation=name[:MAX_SHOWN]
            ) from None

    def check(self, operation: str, request: object) -> list[Violation]:
        """Find everything that is wrong with a request.

        Parameters
        ----------
        operation : str
            AWS operation name.
        request : object
            Its parameters with AWS's member names; times as epoch seconds or datetime.

        Returns
        -------
        list of Violation
            At most about 50; empty if the service would take it.

        Raises
        ------
        UnknownOperationError
            The service has no such operation.
        """
        check = self._inputs.get(operation) or self._input(operation)
        found: list[Found] = []
        try:
            check(request, None, found)
        except RecursionError:
            return [Violation("request", None, "Member must not be nested that deeply")]
        return _violations(found)

    def validate(self, operation: str, request: object) -> None:
        """Refuse a request that the service would refuse.

        Raises
        ------
        ValidationError
            In the service's words, all violations in one message of at most `MAX_MESSAGE` characters.
        UnknownOperationError
            The service has no such operation.
        """
        violations = self.check(operation, request)
        if violations:
            raise ValidationError(_sentence(violations), operation=operation)

    def enum(self, shape_name: str) -> list[str]:
        """Values that a shape can have, in the model's order; empty if it is no enum.

        Raises
        ------
        KeyError
            The model has no such shape.
        """
        if shape_name not in self.service.shape_names:
            raise KeyError(shape_name)
        return list(self.service.shape_for(shape_name).metadata.get("enum", ()))

    def from_strings(self, operation: str, values: Mapping[str, Iterable[str]]) -> dict[str, Any]:
        """Turn the texts of a query string or command line into a request.

        Parameters
        ----------
        operation : str
            AWS operation name.
        values : mapping of str to iterable of str
            Texts by member name; a time is epoch seconds or ISO 8601, a boolean ``true`` or ``false``.

        Raises
        ------
        ValidationError
            An unknown member, one given twice, or a text that is no such number or time.
        """
        from botocore.model import ListShape

        shape = self.operation(operation).input_shape
        members = shape.members if shape is not None else {}
        request: dict[str, Any] = {}
        found: list[Found] = []
        for name, given in values.items():
            texts = list(given)
            member = members.get(name)
            if member is None:
                found.append(constraints.unknown_member(name, texts[0] if texts else "", None, members))
            elif isinstance(member, ListShape):
                request[name] = [
                    constraints.parsed(text, member.member, (None, constraints.lower_camel(name)), found)
                    for text in texts
                ]
            elif len(texts) != 1:
                found.append(Found((None, constraints.lower_camel(name)), texts, "Member must be given once"))
            else:
                request[name] = constraints.parsed(texts[0], member, (None, constraints.lower_camel(name)), found)
        if found:
            raise ValidationError(_sentence(_violations(found)), operation=operation)
        return request

    def json_schema(self, operation: str) -> dict[str, Any]:
        """JSON Schema (draft 2020-12) of an operation's request; see `schema.request_schema`."""
        from jupyter_sm_ext.shapes.schema import request_schema

        return request_schema(self, operation)

    def openapi(self, routes: Iterable[Endpoint], **document: Any) -> dict[str, Any]:
        """OpenAPI 3.1 document of REST routes whose bodies are this service's; see `openapi.openapi`."""
        from jupyter_sm_ext.shapes.openapi import openapi

        return openapi(self, routes, **document)

    def _input(self, operation: str) -> Check:
        shape = self.operation(operation).input_shape
        # A half-filled structure must not be seen by another thread.
        with self._lock:
            check = constraints.structure_check({}, (), False) if shape is None else self._compile(shape)
            self._inputs[operation] = check
        return check

    def _compile(self, shape: Shape) -> Check:
        from botocore.model import ListShape, MapShape, StructureShape

        known = self._shapes.get(shape.name)
        if known is not None:
            return known
        meta = shape.metadata
        check: Check
        if isinstance(shape, StructureShape):
            # Registered before its members are compiled: a shape may contain itself.
            members: dict[str, tuple[Check, str]] = {}
            check = constraints.structure_check(members, shape.required_members, shape.is_tagged_union)
            self._shapes[shape.name] = constraints.anything_check if shape.is_document_type else check
            for name, member in shape.members.items():
                members[name] = (self._compile(member), constraints.lower_camel(name))
            return self._shapes[shape.name]
        if isinstance(shape, ListShape):
            item = shape.member
            check = constraints.list_check(self._compile(item), meta, constraints.constraints_of(item))
        elif isinstance(shape, MapShape):
            key, value = shape.key, shape.value
            texts = constraints.constraints_of(key), constraints.constraints_of(value)
            check = constraints.map_check(self._compile(key), self._compile(value), meta, *texts)
        else:
            check = constraints.plain_check(shape.type_name, meta)
        self._shapes[shape.name] = check
        return check


@functools.cache
def get_model(service: str = "sagemaker") -> Model:
    """Get the model of a service, read once a process (about 60 ms for sagemaker)."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return Model(ServiceModel(Loader().load_service_model(service, "service-2"), service))


def _violations(found: Iterable[Found]) -> list[Violation]:
    return [
        Violation(
            _dotted(each.path),
            None if each.value is None else "***" if each.secret else _shown(each.value),
            each.constraint,
            _parts(each.path),
        )
        for each in found
    ]


def _dotted(path: Path) -> str:
    return ".".join(_parts(path)) or "request"


def _parts(path: Path) -> tuple[str, ...]:
    names: list[str] = []
    while path is not None:
        path, name = path
        names.append(name)
    return tuple(reversed(names))


def _sentence(violations: list[Violation]) -> str:
    text = "; ".join(map(str, violations))
    if len(text) > MAX_MESSAGE:
        text = text[:MAX_MESSAGE] + "..."
    count = len(violations)
    return f"{count} validation error{'' if count == 1 else 's'} detected: {text}"


def _shown(value: object, room: int = MAX_SHOWN) -> str:
    """As the service writes values (Java's toString), without ever building what will be cut."""
    half = room // 2  # so that a value that contains itself comes to an end
    if room < 4:
        text = "..."
    elif isinstance(value, str):
        text = value[: room + 1]
    elif isinstance(value, dict):
        text = _joined((f"{_shown(key, half)}={_shown(item, half)}" for key, item in value.items()), "{}", room)
    elif isinstance(value, (list, tuple)):
        text = _joined((_shown(item, half) for item in value), "[]", room)
    elif value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, datetime.datetime):
        text = value.isoformat()
    elif isinstance(value, int) and value.bit_length() > 4 * room:
        text = "a number of very many digits"  # Python refuses to write it out
    else:
        text = str(value)
    return text if len(text) <= room else text[: max(room - 3, 0)] + "..."


def _joined(parts: Iterable[str], brackets: str, room: int) -> str:
    text = ""
    for part in parts:
        text += ", " + part if text else part
        if len(text) > room:
            break
    return brackets[0] + text + brackets[1]
