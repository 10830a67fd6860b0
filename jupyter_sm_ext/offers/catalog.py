"""Instance types: what each has, and where SageMaker takes it.

Which types an operation takes is botocore's word, so that a newer botocore offers newer types. What a type has is
read from ``data/instances.json``, which ``nox -s instances`` makes (``docs/instances.md`` tells from what); a type
that is not in it is shown as unknown, never guessed at.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.requests.leaves import leaves

if TYPE_CHECKING:
    from botocore.model import Shape

SIMULATED = "simulated on this machine"
"""What every type is on the local engine."""

KINDS = ("CPU", "Trainium", "Inferentia", "GPU", "Gaudi")
"""What can be asked for as an accelerator; CPU is a type with none."""

SYSTEM = "system"
"""The type that is none: what AWS chooses for an app."""

_SUFFIX = "InstanceType"
_WITHOUT_SYSTEM = ("JupyterLab", "CodeEditor")
#: Families in the order in which people look for them: general, compute, memory, storage, then accelerators.
_LETTERS = ("system", "t", "m", "c", "r", "i", "trn", "inf", "g", "gr", "p", "dl")


@dataclass(frozen=True)
class Accelerator:
    """What an instance has besides its CPUs.

    Parameters
    ----------
    kind : str
        One of `KINDS`, but not ``CPU``.
    name : str
        Its maker's word, as in ``NVIDIA A10G`` or ``Trainium2``.
    count : int
        How many there are.
    memory_gib : float
        Memory of all of them together, in GiB.
    """

    kind: str
    name: str
    count: int
    memory_gib: float


@dataclass(frozen=True)
class InstanceType:
    """One type of instance.

    Parameters
    ----------
    name : str
        As AWS writes it: ``ml.trn1.2xlarge``.
    vcpus : int or None
        How many virtual CPUs; None if unknown.
    memory_gib : float or None
        Memory in GiB; None if unknown.
    accelerator : Accelerator or None
        None if it has none, or if that is unknown.
    family : str
        ``trn1`` of ``ml.trn1.2xlarge``.
    known : bool
        Whether the catalogue knows what it has.
    """

    name: str
    vcpus: int | None
    memory_gib: float | None
    accelerator: Accelerator | None
    family: str
    known: bool


def instance_types(use: str = "AppInstanceType", app_type: str | None = None) -> list[InstanceType]:
    """Every type that an enum of the service's model has, in the order in which people look for them.

    Parameters
    ----------
    use : str
        Name of the enum: ``AppInstanceType``, ``TrainingInstanceType``, ``TransformInstanceType``, ...
    app_type : str, optional
        For ``AppInstanceType``: only those that this type of app can run on. JupyterServer takes ``system`` only, which
        JupyterLab and Code Editor do not take (the service's own refusals).

    Raises
    ------
    ValidationError
        The model has no such list of instance types.
    """
    found = _types(use)
    if app_type == "JupyterServer":
        return [each for each in found if each.name == SYSTEM]
    return [each for each in found if each.name != SYSTEM or app_type not in _WITHOUT_SYSTEM]


@functools.cache
def uses() -> tuple[str, ...]:
    """Names of all enums of instance types that the service's model has."""
    model = get_model()
    return tuple(name for name in model.service.shape_names if name.endswith(_SUFFIX) and model.enum(name))


@functools.cache
def instance_type(name: str) -> InstanceType:
    """What there is to say of a type, whether the service has one of that name or not."""
    plain = name.removeprefix("ml.")
    family = plain.split(".")[0]
    row = _rows().get(plain)
    if row is None:
        return InstanceType(name, None, None, None, family, known=False)
    accelerator = Accelerator(**row["accelerator"]) if row["accelerator"] else None
    return InstanceType(name, row["vcpus"], row["memory_gib"], accelerator, family, known=True)


@functools.cache
def unknown() -> Mapping[str, str]:
    """Types of which nothing is known although somebody looked, and why that is so."""
    reasons: Mapping[str, str] = _data()["unknown"]
    return reasons


def dated() -> str:
    """Day on which the catalogue was made, as in ``2026-11-23``."""
    return str(_data()["date"])


def instances(
    use: str = "AppInstanceType",
    *,
    app_type: str | None = None,
    accelerator: str | None = None,
    family: str | None = None,
    min_memory_gib: float | None = None,
    search: str | None = None,
    per_hour: Mapping[str, float] | None = None,
    max_per_hour: float | None = None,
    sort: str = "family",
) -> list[InstanceType]:
    """The types that fit all that is asked.

    Parameters
    ----------
    use, app_type : str
        As in `instance_types`.
    accelerator : str, optional
        One of `KINDS`, in any case of letters.
    family : str, optional
        As in `InstanceType`, with or without ``ml.``.
    min_memory_gib : float, optional
        Memory in GiB, not that of the accelerators; types of which it is unknown do not fit.
    search : str, optional
        Words that are each found in the name or the accelerator.
    per_hour : mapping of str to float, optional
        Prices by type, for ``max_per_hour`` and the order by price.
    max_per_hour : float, optional
        Dearest that fits; types without a price do not.
    sort : {"family", "name", "vcpus", "memory", "accelerator", "price"}
        Order; what is unknown comes last.

    Raises
    ------
    ValidationError
        An unknown use, accelerator, family or order.
    """
    prices = per_hour or {}
    found = instance_types(use, app_type)
    if accelerator is not None:
        kind = _choice("accelerator", accelerator, KINDS)
        found = [each for each in found if each.known and _kind(each) == kind]
    if family is not None:
        chosen = _choice("family", family.removeprefix("ml."), list(dict.fromkeys(each.family for each in found)))
        found = [each for each in found if each.family == chosen]
    if min_memory_gib is not None:
        found = [each for each in found if each.memory_gib is not None and each.memory_gib >= min_memory_gib]
    if max_per_hour is not None:
        found = [each for each in found if prices.get(each.name, float("inf")) <= max_per_hour]
    words = (search or "").lower().split()
    found = [each for each in found if all(word in _text(each) for word in words)]
    return _sorted(found, sort, prices)


def use_of(operation: str, request: Mapping[str, Any] | None = None) -> str | None:
    """Which enum the instance types of an operation come from.

    Parameters
    ----------
    operation : str
        AWS operation name.
    request : mapping, optional
        Its parameters: of several enums, the one whose member is set.

    Returns
    -------
    str or None
        None if the operation takes no instance type.

    Raises
    ------
    UnknownOperationError
        The service has no such operation.
    """
    return next((use for use, _ in requested(operation, request or {})), None) or next(iter(_uses_of(operation)), None)


def requested(operation: str, request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every instance type that a request names, each with the enum it is of, in the model's order.

    Raises
    ------
    UnknownOperationError
        The service has no such operation.
    """
    for shape, value in leaves(operation, request):
        if _is_use(shape) and isinstance(value, str):
            yield shape.name, value


@functools.cache
def _types(use: str) -> tuple[InstanceType, ...]:
    if use not in uses():
        raise ValidationError(
            f"SageMaker has no list of instance types named {use!r}", hint=f"There are: {', '.join(uses())}."
        )
    return tuple(sorted(map(instance_type, get_model().enum(use)), key=_place))


@functools.cache
def _uses_of(operation: str) -> tuple[str, ...]:
    shape = get_model().operation(operation).input_shape
    found: dict[str, None] = {}
    if shape is not None:
        _collect(shape, found, set())
    return tuple(found)


def _collect(shape: Shape, found: dict[str, None], seen: set[str]) -> None:
    from botocore.model import ListShape, MapShape, StructureShape

    if isinstance(shape, StructureShape):
        if shape.name not in seen:
            seen.add(shape.name)
            for member in shape.members.values():
                _collect(member, found, seen)
    elif isinstance(shape, ListShape):
        _collect(shape.member, found, seen)
    elif isinstance(shape, MapShape):
        _collect(shape.value, found, seen)
    elif _is_use(shape):
        found[shape.name] = None


def _is_use(shape: Shape) -> bool:
    return shape.name.endswith(_SUFFIX) and "enum" in shape.metadata


@functools.cache
def _data() -> dict[str, Any]:
    text = (resources.files("jupyter_sm_ext") / "data" / "instances.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _rows() -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = _data()["instances"]
    return rows


def _place(each: InstanceType) -> tuple[Any, ...]:
    letters = re.match(r"[a-z]*", each.family)
    word = letters[0] if letters else ""
    place = _LETTERS.index(word) if word in _LETTERS else len(_LETTERS)
    return (place, _natural(each.family), each.vcpus or 0, each.memory_gib or 0, _natural(each.name))


def _natural(text: str) -> list[tuple[int, str]]:
    """So that ``m10`` comes after ``m9``."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|\D+", text)]


def _kind(each: InstanceType) -> str:
    return each.accelerator.kind if each.accelerator else "CPU"


def _text(each: InstanceType) -> str:
    kind = f"{_kind(each)} {each.accelerator.name if each.accelerator else ''}" if each.known else ""
    return f"{each.name} {kind}".lower()


def _choice(what: str, given: str, valid: Sequence[str]) -> str:
    exact = {each.lower(): each for each in valid}.get(given.lower())
    if exact is None:
        hint = f"It is one of: {', '.join(valid)}."
        raise ValidationError(f"no instance type here has the {what} {given!r}", hint=hint)
    return exact


def _sorted(found: list[InstanceType], sort: str, prices: Mapping[str, float]) -> list[InstanceType]:
    keys: dict[str, Callable[[InstanceType], Any]] = {
        "name": lambda each: _natural(each.name),
        "vcpus": lambda each: _last(each.vcpus),
        "memory": lambda each: _last(each.memory_gib),
        "accelerator": lambda each: _last(each.accelerator.memory_gib if each.accelerator else None),
        "price": lambda each: _last(prices.get(each.name)),
    }
    if sort == "family":
        return found  # as they are
    if sort not in keys:
        hint = f"It is one of: family, {', '.join(keys)}."
        raise ValidationError(f"instance types are not sorted by {sort!r}", hint=hint)
    return sorted(found, key=keys[sort])


def _last(number: float | None) -> tuple[bool, float]:
    return (number is None, number or 0)
