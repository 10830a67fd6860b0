"""The part of a description that a request may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.model import Shape

_FOR_UPDATE = "ForUpdate"


def fitting(shape: Shape | None, value: Any) -> Any:
    """The members of a response that a request has too, by the names that the request gives them.

    Parameters
    ----------
    shape : Shape or None
        Of the request, or of a part of it.
    value : object
        The same part of the response.
    """
    from botocore.model import ListShape, StructureShape

    if isinstance(shape, ListShape) and isinstance(value, list):
        return [fitting(shape.member, item) for item in value]
    if not isinstance(shape, StructureShape) or not isinstance(value, dict):
        return value
    found = {}
    for name, member in shape.members.items():
        given = value.get(name, value.get(name.removesuffix(_FOR_UPDATE)))
        if given is not None:
            found[name] = fitting(member, given)
    return found
