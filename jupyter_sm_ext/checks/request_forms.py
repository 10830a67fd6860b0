"""Forms of the Create and Update operations: schema, first page, values to start with; and the check of the answers."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.errors import SageMakerError, UnknownOperationError, ValidationError
from jupyter_sm_ext.model import Violation, get_model
from jupyter_sm_ext.requests.fitting import fitting
from jupyter_sm_ext.requests.form_hints import FIRST_PAGE, Hint, Source
from jupyter_sm_ext.requests.form_schema import form_schema, label
from jupyter_sm_ext.resources import Resource, resources
from jupyter_sm_ext.studio import Studio

if TYPE_CHECKING:
    from botocore.model import Shape

_VERBS = ("create", "update")
_LOCAL_IMAGE = "local/python"


def form_operations() -> dict[str, tuple[Resource, str]]:
    """Row and verb of each operation that has a form."""
    return {row.operation(verb): (row, verb) for row in resources() for verb in _VERBS if verb in row.verbs}


def form(
    studio: Studio, operation: str, given: Mapping[str, Any] | None = None, *, whole: bool = False
) -> dict[str, Any]:
    """What is needed to draw a form.

    Parameters
    ----------
    studio : Studio
        The connection in use: it knows roles, buckets, domains.
    operation : str
        A Create or Update operation.
    given : mapping of str to object, optional
        Members that are known already; for an update the key.
    whole : bool
        Whether what is given is a whole request, to which nothing is added.

    Returns
    -------
    dict
        ``schema``, ``ui`` (``title``, ``verb``, ``kind``, ``key`` and ``first``, the fields of the first page),
        ``defaults``, a request to start with (that of an update is what Describe says), and ``error``: why some of
        what the connection knows is not in it, None if all is.

    Raises
    ------
    UnknownOperationError
        There is no form of this operation.
    ValidationError
        The key of what is to be updated is not complete.
    SageMakerError
        What is to be updated cannot be described.
    """
    found = form_operations().get(operation)
    if found is None:
        raise UnknownOperationError(f"there is no form of {operation[:256]}", operation=operation[:256])
    row, verb = found
    known = dict(given or {})
    fields, sources = FIRST_PAGE[operation], _Sources(studio, row, known.get("DomainId"))
    updates = verb == "update"
    if updates:
        missing = [name for name in row.key if not known.get(name)]
        if missing:
            raise ValidationError(f"{operation} needs {', '.join(missing)}", operation=operation)
        values = _described(studio, row, operation, {name: known[name] for name in row.key})
    elif whole:
        values = known
    else:
        values = {**_defaults(sources, fields), **known}
    name = label(row.noun)
    return {
        "schema": form_schema(operation, frozenset(row.key) if updates else frozenset(), row.key[-1]),
        "ui": {
            "title": f"{'Edit' if updates else 'New'} {name if name[1:2].isupper() else name[:1].lower() + name[1:]}",
            "verb": verb,
            "kind": row.kind,
            "key": list(row.key),
            "first": [_field(each) for each in fields],
        },
        "defaults": values,
        "error": sources.error and sources.error.as_dict(),
    }


def checks(operation: str, request: object) -> list[dict[str, Any]]:
    """Find what is wrong with a request, where, in words for people.

    Returns
    -------
    list of dict
        ``path`` (names and indices that lead to it in the request) and ``message``.

    Raises
    ------
    UnknownOperationError
        The service has no such operation.
    """
    model = get_model()
    shape = model.operation(operation).input_shape
    return [
        {"path": _path(shape, each.parts), "message": _words(each, _at(shape, each.parts))}
        for each in model.check(operation, request)
    ]


def _field(hint: Hint) -> dict[str, Any]:
    told: dict[str, Any] = {"path": list(hint.parts)}
    if hint.label is not None:
        told["label"] = hint.label
    if hint.when is not None:
        told["when"] = {"path": hint.when[0].split("."), "value": hint.when[1]}
        if hint.default is not None and not isinstance(hint.default, Source):
            told["default"] = hint.default
    return told


def _defaults(sources: _Sources, fields: tuple[Hint, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for hint in fields:
        if hint.when is not None and get_in(values, hint.when[0].split(".")) != hint.when[1]:
            continue
        value = sources.value(hint.default) if isinstance(hint.default, Source) else hint.default
        if value not in (None, []):
            put_in(values, hint.parts, value)
    return values


class _Sources:
    """Values of the connection, each asked for once, and left out if it cannot be had.

    Attributes
    ----------
    error : SageMakerError or None
        Why the first of those could not.
    """

    def __init__(self, studio: Studio, row: Resource, domain: str | None) -> None:
        self._studio = studio
        self._row = row
        self._domain = domain
        self.error: SageMakerError | None = None

    def value(self, source: Source) -> Any:
        try:
            return self._value(source)
        except SageMakerError as error:
            # A missing permission leaves one field empty; the form is of use without it.
            self.error = self.error or error
            return None

    def _value(self, source: Source) -> Any:
        connection = self._studio.connection
        if source is Source.NAME:
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self._row.noun).lower()
            return f"{words.replace('hyper-parameter-', '')}-{time.strftime('%y%m%d-%H%M%S')}"
        if source is Source.ROLE:
            return connection.role
        if source is Source.BUCKET:
            return f"s3://{connection.bucket}/"
        if source is Source.IMAGE:
            return _LOCAL_IMAGE if connection.kind == "local" else None
        domain = self._the_domain()
        if domain is None or source is Source.DOMAIN:
            return domain
        if source is Source.PROFILE and domain == connection.domain_id:
            return connection.user_profile_name  # in a Studio space, one's own
        if source is Source.PROFILE:
            page = self._studio.call("ListUserProfiles", {"DomainIdEquals": domain, "MaxResults": 1})
            return next((found["UserProfileName"] for found in page["UserProfiles"]), None)
        described = self._studio.describe("domains", domain)
        return described.get("VpcId" if source is Source.VPC else "SubnetIds")

    def _the_domain(self) -> str | None:
        if self._domain is None:
            self._domain = self._studio.connection.domain_id
        return self._domain


def _described(studio: Studio, row: Resource, operation: str, key: dict[str, str]) -> dict[str, Any]:
    described = studio.call(row.operation("describe"), key)
    shape = get_model().operation(operation).input_shape
    found: dict[str, Any] = fitting(shape, described)
    return {name: value for name, value in found.items() if name not in row.key}


def get_in(request: Mapping[str, Any], path: list[str] | tuple[str, ...]) -> Any:
    """The value at a path of members; None if there is none."""
    found: Any = request
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def put_in(request: dict[str, Any], path: list[str] | tuple[str, ...], value: Any) -> None:
    """Set the value at a path of members, making the structures that lead there."""
    *above, last = path
    for name in above:
        request = request.setdefault(name, {})
    request[last] = value


def _path(shape: Shape | None, parts: tuple[str, ...]) -> list[str | int]:
    """Names and indices of the request, from the names that the service's messages use."""
    return [name for name, _ in _steps(shape, parts)]


def _at(shape: Shape | None, parts: tuple[str, ...]) -> Shape | None:
    steps = _steps(shape, parts)
    return steps[-1][1] if steps else shape


def _steps(shape: Shape | None, parts: tuple[str, ...]) -> list[tuple[str | int, Shape | None]]:
    from botocore.model import ListShape, MapShape, StructureShape

    steps: list[tuple[str | int, Shape | None]] = []
    for part in parts:
        if isinstance(shape, StructureShape):
            name = next((each for each in shape.members if each[:1].lower() + each[1:] == part), part)
            shape = shape.members.get(name)
            steps.append((name, shape))
        elif isinstance(shape, (ListShape, MapShape)) and part == "member" and steps and steps[-1][1] is None:
            shape = shape.member if isinstance(shape, ListShape) else shape.value
            steps[-1] = (steps[-1][0], shape)
        elif isinstance(shape, ListShape):
            steps.append((int(part) - 1, None))
        else:
            steps.append((part, None))
    return steps


_SIZES = re.compile(r"Member must have (length|value) (less|greater) than or equal to (\S+)$")
_PATTERN = re.compile(r"Member must satisfy regular expression pattern: (.*)$", re.DOTALL)
_ENUM = re.compile(r"Member must satisfy enum value set: \[(.*)\]$", re.DOTALL)
_FEW = 8


def _words(violation: Violation, shape: Shape | None) -> str:
    """The service's constraint, as one says it beside a field."""
    text = violation.constraint
    if violation.value is None and text == "Member must not be null":
        return "Required."
    size = _SIZES.match(text)
    if size:
        most = "At most" if size[2] == "less" else "At least"
        things = {"string": "character", "blob": "byte"}.get(shape.type_name if shape else "string", "entry")
        if size[1] == "value":
            return f"{most} {size[3]}."
        plural = "" if size[3] == "1" else "s"
        return f"{most} {size[3]} {'entries' if plural and things == 'entry' else things + plural}."
    pattern = _PATTERN.match(text)
    if pattern:
        return f"Does not fit the pattern {pattern[1]}"
    enum = _ENUM.match(text)
    if enum:
        values = enum[1].split(", ")
        return f"One of: {enum[1]}." if len(values) <= _FEW else f"One of the {len(values)} values that are offered."
    return re.sub(r"^Member must", "Must", text) + "."
