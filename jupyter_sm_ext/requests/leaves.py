"""The plain values of a request, each with what the model says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.model import get_model

if TYPE_CHECKING:
    from botocore.model import Shape


def leaves(operation: str, request: Mapping[str, Any]) -> Iterator[tuple[Shape, Any]]:
    """Every value of a request that has no parts, with its shape, in the model's order.

    What is not as the model has it (an unknown member, a text for a list) is passed over.

    Raises
    ------
    UnknownOperationError
        The service has no such operation.
    """
    shape = get_model().operation(operation).input_shape
    if shape is not None:
        yield from _leaves(shape, request)


def _leaves(shape: Shape, value: Any) -> Iterator[tuple[Shape, Any]]:
    from botocore.model import ListShape, MapShape, StructureShape

    if isinstance(shape, StructureShape):
        if isinstance(value, Mapping):
            for name, member in shape.members.items():
                if name in value:
                    yield from _leaves(member, value[name])
    elif isinstance(shape, ListShape):
        if isinstance(value, (list, tuple)):
            for item in value:
                yield from _leaves(shape.member, item)
    elif isinstance(shape, MapShape):
        if isinstance(value, Mapping):
            for item in value.values():
                yield from _leaves(shape.value, item)
    else:
        yield shape, value
