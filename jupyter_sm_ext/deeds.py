"""What a button or a line of a menu does to a thing, and by which operation of SageMaker.

The verbs of a resource are deeds, by the operations of `resources`. Those of Studio that are put together of several
are told here with what they cannot do without; what else they call depends on how things are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_sm_ext.resources import Resource, resource, resources

Key = tuple[str, ...]

_VERBS = ("create", "update", "stop", "delete")
_APP = resource("App")
_OWNERS = {"space": "spaces", "profile": "user-profiles"}
_PAGE = "CreatePresignedDomainUrl"
# By the words of `studio_rows`, and of the actions' route.
_TOGETHER = (
    ("open", (*_OWNERS.values(), _APP.kind), _PAGE),
    ("start", (*_OWNERS.values(), _APP.kind), _APP.operation("create")),
    ("stop", (*_OWNERS.values(), _APP.kind), _APP.operation("delete")),
    ("change-instance", ("spaces",), resource("Space").operation("update")),
    ("change-instance", (_APP.kind,), _APP.operation("delete")),
    ("change-instance", (_APP.kind,), _APP.operation("create")),
)


@dataclass(frozen=True)
class Deed:
    """Something that can be done to things of a kind.

    Parameters
    ----------
    kind : str
        Of the things.
    name : str
        What is done: a verb of `resources`, or an action.
    operation : str
        What it cannot be done without.
    """

    kind: str
    name: str
    operation: str


def deeds() -> Iterator[Deed]:
    """All there are; one that needs several operations comes once for each."""
    for row in resources():
        for verb in _VERBS:
            if verb in row.verbs:
                yield Deed(row.kind, verb, row.operation(verb))
    for name, kinds, operation in _TOGETHER:
        for kind in kinds:
            yield Deed(kind, name, operation)


def row_of(operation: str) -> tuple[Resource, str] | None:
    """The resource that an operation is about, and the verb; None if it changes none.

    A link to a page is one to an app: of its owner's, whichever it is.
    """
    if operation == _PAGE:
        return _APP, "create"
    verbs = ((row, verb) for row in resources() for verb in _VERBS if verb in row.verbs)
    return next(((row, verb) for row, verb in verbs if row.operation(verb) == operation), None)


def within(row: Resource, place: Key, kind: str) -> Key | None:
    """What keys of another kind begin with in the same place; None if nothing of that kind is there.

    Parameters
    ----------
    row : Resource
        Of what the place is.
    place : tuple of str
        The first parts of its REST path: all of them for one thing, none for all things.
    kind : str
        The other kind.
    """
    if kind == row.kind or not place:
        return place
    if row is _APP and _OWNERS.get(place[1]) == kind:
        return (place[0], place[2])
    return None
