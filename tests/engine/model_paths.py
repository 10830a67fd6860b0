"""Every path of a request shape: its members, the elements of its lists and maps, and each value of its enums."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from jupyter_sm_ext.model import get_model

Path = tuple[str, ...]
ELEMENT, KEY, VALUE = "[]", "{key}", "{}"


def operation(name: str) -> OperationModel:
    return get_model().operation(name)


def request_shape(name: str) -> StructureShape:
    """Shape of the requests of an operation."""
    found = operation(name).input_shape
    assert found is not None
    return found


def written(path: Path) -> str:
    """``InputDataConfig[].ChannelName``; a value of an enum comes after a ``=``."""
    return ".".join(path).replace(f".{ELEMENT}", ELEMENT).replace(f".{VALUE}", VALUE).replace(".=", "=")


def paths(shape: Shape, path: Path = (), above: tuple[str, ...] = ()) -> Iterator[Path]:
    """All that a value of a shape can have; a shape in itself is gone into once."""
    if shape.name in above:
        return
    above = (*above, shape.name)
    if path:
        yield path
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield from paths(member, (*path, name), above)
    elif isinstance(shape, ListShape):
        yield from paths(shape.member, (*path, ELEMENT), above)
    elif isinstance(shape, MapShape):
        yield from paths(shape.key, (*path, KEY), above)
        yield from paths(shape.value, (*path, VALUE), above)
    else:
        for value in shape.metadata.get("enum", ()):
            yield (*path, f"={value}")


def present(shape: Shape, value: Any, path: Path = (), above: tuple[str, ...] = ()) -> Iterator[Path]:
    """Those of `paths` that a value has; what is inside a shape in itself counts where it is first."""
    if shape.name in above:
        return
    above = (*above, shape.name)
    if path:
        yield path
    if isinstance(shape, StructureShape):
        for name, item in value.items():
            yield from present(shape.members[name], item, (*path, name), above)
    elif isinstance(shape, ListShape):
        for item in value:
            yield from present(shape.member, item, (*path, ELEMENT), above)
    elif isinstance(shape, MapShape):
        for name, item in value.items():
            yield from present(shape.key, name, (*path, KEY), above)
            yield from present(shape.value, item, (*path, VALUE), above)
    elif "enum" in shape.metadata:
        yield (*path, f"={value}")


def lost(given: Any, found: Any, path: Path = ()) -> Iterator[str]:
    """Where an answer has not what was given; it may have more members, and more hyperparameters, than that."""
    if isinstance(given, dict) and isinstance(found, dict):
        for name, item in given.items():
            if name in found:
                yield from lost(item, found[name], (*path, name))
            else:
                yield f"{written((*path, name))} is not given back"
    elif isinstance(given, list) and isinstance(found, list) and len(given) == len(found):
        for one, other in zip(given, found, strict=True):
            yield from lost(one, other, (*path, ELEMENT))
    elif given != found or isinstance(given, bool) != isinstance(found, bool):
        yield f"{written(path)} is given back as {found!r:.80}, not as {given!r:.80}"
