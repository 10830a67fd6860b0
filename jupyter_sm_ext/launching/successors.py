"""Requests that follow from a job: the same again, a warm start from it, its best trial as a job of its own.

They are made from what Describe says, which is more than was asked for: what the service put in goes out again.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.checks.preflight import create
from jupyter_sm_ext.errors import ConflictError, SageMakerError, ValidationError
from jupyter_sm_ext.launching.job_names import fresh_name
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.requests.fitting import fitting
from jupyter_sm_ext.resources import Resource, resource
from jupyter_sm_ext.watching.job_ways import CLONE, PROMOTE, RETRY, WARM_START, WAYS, ways

if TYPE_CHECKING:
    from botocore.model import Shape

    from jupyter_sm_ext.studio import Studio

_TRAINING = resource("TrainingJob")
_MOST_PARENTS = 5  # of a warm start, by the API
_IDENTICAL = "IdenticalDataAndAlgorithm"
# Names of hyperparameters that the service adds to a tuning job's own.
_INJECTED = "_tuning_"
_AWS_TAG = "aws:"


@dataclass(frozen=True)
class Successor:
    """A request that follows from a job.

    Parameters
    ----------
    way : str
        How: one of `WAYS`.
    kind : str
        Of the new job.
    operation : str
        That creates it.
    request : dict
        Of that operation, with a name that is free.
    notes : list of str
        What could not be taken over, for people.
    """

    way: str
    kind: str
    operation: str
    request: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the new job."""
        return str(self.request[resource(self.kind).key[0]])

    def edited(self, changes: Mapping[str, Any], name: str | None = None) -> Successor:
        """The same with other values, as `changed` takes them, and with another name."""
        named = {} if name is None else {resource(self.kind).key[0]: name}
        return dataclasses.replace(self, request=changed(self.request, self.operation, {**changes, **named}))


def successor(studio: Studio, kind: str, name: str, way: str) -> Successor:
    """Make the request that follows from a job; nothing is created.

    Parameters
    ----------
    studio : Studio
        Where the job is.
    kind : str
        Of the job.
    name : str
        Of the job.
    way : str
        One of `WAYS`.

    Raises
    ------
    ConflictError
        The job cannot be followed in this way now.
    NotFoundError
        There is no such job.
    ValidationError
        There is no such way.
    """
    if way not in WAYS:
        raise ValidationError(f"there is no way {way!r} to follow a job", hint=f"There are: {', '.join(WAYS)}.")
    row = resource(kind)
    described = _describe(studio, row, name)
    if way not in ways(kind, described):
        raise ConflictError(_WHY_NOT[way].format(name=name, status=described[row.status]))
    if way == PROMOTE:
        return _promoted(studio, name, described)
    request, notes = _request(studio, row, described)
    if way == WARM_START:
        request["WarmStartConfig"] = _warm_start(name, described.get("WarmStartConfig"))
    return _named(row, way, request, notes, name)


def follow(
    studio: Studio, kind: str, name: str, way: str, changes: Mapping[str, Any], new_name: str | None
) -> Successor:
    """Make the request that follows from a job, change it, and start the new job; see `successor` and `changed`."""
    found = successor(studio, kind, name, way).edited(changes, new_name)
    create(studio, found.kind, found.request)
    return found


def as_created(studio: Studio, kind: str, name: str) -> Successor:
    """The request that would create this very job, under its own name.

    Raises
    ------
    NotFoundError
        There is no such job.
    """
    row = resource(kind)
    request, notes = _request(studio, row, _describe(studio, row, name))
    return Successor(CLONE, row.kind, row.operation("create"), request, notes)


def changed(request: Mapping[str, Any], operation: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """A request with other values at some of its members.

    Parameters
    ----------
    request : mapping
        It stays as it is.
    operation : str
        Whose request it is.
    changes : mapping of str to object
        Values by dotted member names, as in ``ResourceConfig.InstanceType``; None takes a member away.

    Raises
    ------
    ValidationError
        The operation has no such member.
    """
    made: dict[str, Any] = json.loads(json.dumps(request))
    for path, value in changes.items():
        _set(made, get_model().operation(operation).input_shape, path, value)
    return made


def _set(request: dict[str, Any], shape: Shape | None, path: str, value: Any) -> None:
    from botocore.model import MapShape, StructureShape

    parts = path.split(".")
    inner: Any = request
    for depth, part in enumerate(parts):
        known = shape.members if isinstance(shape, StructureShape) else None
        if known is None and not isinstance(shape, MapShape):
            raise ValidationError(f"{'.'.join(parts[:depth])} has no member {part!r}")
        if known is not None and part not in known:
            near = next((name for name in known if name.lower() == part.lower()), None)
            raise ValidationError(f"there is no member {path!r}", hint=f"Did you mean {near}?" if near else None)
        # What is in a map may have a dot in its name.
        last = depth == len(parts) - 1 or isinstance(shape, MapShape)
        name = ".".join(parts[depth:]) if isinstance(shape, MapShape) else part
        if last and value is None:
            inner.pop(name, None)
            return
        if last:
            inner[name] = value
            return
        inner = inner.setdefault(name, {})
        shape = known[part] if known is not None else None


_WHY_NOT = {
    RETRY: "{name} is {status}: only a job that failed or was stopped is tried again; clone it instead",
    WARM_START: "{name} is {status}: only a tuning job that has ended can be a parent of another one",
    PROMOTE: "{name} has no best training job (yet)",
}


def _describe(studio: Studio, row: Resource, name: str) -> dict[str, Any]:
    described: dict[str, Any] = studio.read_json(row.operation("describe"), {row.key[0]: name})
    return described


def _request(studio: Studio, row: Resource, described: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What created a job, as far as its description tells; and what it does not tell."""
    shape = get_model().operation(row.operation("create")).input_shape
    request: dict[str, Any] = _without_blanks(shape, fitting(shape, dict(described)))
    for holder, member in _hyperparameters(request):
        own = {name: value for name, value in holder[member].items() if not name.startswith(_INJECTED)}
        if own:
            holder[member] = own
        else:
            del holder[member]
    notes: list[str] = []
    try:
        found = studio.call("ListTags", {"ResourceArn": described[row.arn]})["Tags"]
    except SageMakerError as error:
        notes.append(f"Its tags could not be read: {error.message}")
    else:
        tags = [tag for tag in found if not tag["Key"].startswith(_AWS_TAG)]
        if tags:
            request["Tags"] = tags
    return request, notes


def _hyperparameters(request: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    one = request.get("TrainingJobDefinition")
    holders = [*([one] if one else []), *request.get("TrainingJobDefinitions", ())]
    found = [(holder, "StaticHyperParameters") for holder in holders] + [(request, "HyperParameters")]
    return [(holder, member) for holder, member in found if member in holder]


def _without_blanks(shape: Shape | None, value: Any) -> Any:
    """Without members that Describe gives as empty texts: they were not given."""
    from botocore.model import ListShape, StructureShape

    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_without_blanks(shape.member, item) for item in value]
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            name: _without_blanks(shape.members.get(name), item) for name, item in value.items() if item not in ("", [])
        }
    return value


def _warm_start(name: str, before: Mapping[str, Any] | None) -> dict[str, Any]:
    # A warm start does not reach to the parents' parents, so what they found is named again.
    older = [each["HyperParameterTuningJobName"] for each in (before or {}).get("ParentHyperParameterTuningJobs", ())]
    parents = [name, *(each for each in older if each != name)][:_MOST_PARENTS]
    return {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": each} for each in parents],
        "WarmStartType": (before or {}).get("WarmStartType", _IDENTICAL),
    }


def _promoted(studio: Studio, tuning_job: str, described: Mapping[str, Any]) -> Successor:
    best = str(described["BestTrainingJob"]["TrainingJobName"])
    request, notes = _request(studio, _TRAINING, _describe(studio, _TRAINING, best))
    return _named(_TRAINING, PROMOTE, request, notes, f"{tuning_job}-best")


def _named(row: Resource, way: str, request: dict[str, Any], notes: list[str], stem: str) -> Successor:
    operation = row.operation("create")
    shape = get_model().operation(operation).input_shape
    longest = int(shape.members[row.key[0]].metadata["max"]) if shape else 0
    name = fresh_name(stem, longest)
    return Successor(way, row.kind, operation, {**request, row.key[0]: name}, notes)
