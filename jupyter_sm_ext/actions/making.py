"""Whatever SageMaker keeps, made or changed by a request that is put together of what somebody gives and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import shorten
from typing import Any

from jupyter_sm_ext.actions.steps import OnStep, Progress, Tell, settled
from jupyter_sm_ext.actions.targets import Key
from jupyter_sm_ext.checks.app_instance import app_instance
from jupyter_sm_ext.checks.preflight import create, explained
from jupyter_sm_ext.checks.request_forms import checks, form, put_in
from jupyter_sm_ext.errors import SageMakerError, ValidationError
from jupyter_sm_ext.requests.member_values import Steps
from jupyter_sm_ext.resources import Resource, resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.algorithm_text import failure_of_algorithm
from jupyter_sm_ext.watching.snapshots import failure_of

_APP = resource("apps")
_MOST_WORDS = 300  # characters about one member

Json = dict[str, Any]
Members = Mapping[Steps, Any]


def words_of(row: Resource) -> str:
    """A kind in words: ``user profile``."""
    return row.kind.removesuffix("s").replace("-", " ")


def name_member(row: Resource) -> str:
    """The member of its Create request that names a new one, also where the service makes the key."""
    return f"{row.noun}Name" if row.names_itself else row.key[-1]


def create_request(studio: Studio, row: Resource, given: Json, members: Members) -> Json:
    """A request that begins as the form of it does.

    Parameters
    ----------
    studio : Studio
        The connection in use, which knows roles and domains.
    row : Resource
        The kind.
    given : dict
        Members that are taken as they are.
    members : mapping
        Values by the members that lead to them; beside these everything stays.

    Raises
    ------
    ValidationError
        SageMaker would not take it: what is wrong, by the members' names.
    """
    operation = row.operation("create")
    made = form(studio, operation, given)
    request: Json = made["defaults"]
    if row is _APP and "ResourceSpec" not in given:
        # Its space or profile may say on what it runs; the form's own is for when nothing does.
        alone = {name: value for name, value in request.items() if name != "ResourceSpec"}
        request = alone if app_instance(studio, alone) else request
    for steps, value in members.items():
        put_in(request, steps, value)
    check(operation, request, made["error"] and made["error"]["message"])
    return request


def update_request(studio: Studio, row: Resource, key: Key, given: Json, members: Members) -> Json:
    """The members that change, each of them whole: what is not said of one is as it is now.

    Parameters
    ----------
    studio : Studio
        Where it is.
    row, key : Resource, tuple of str
        What is changed.
    given, members : dict, mapping
        As for `create_request`.

    Raises
    ------
    ValidationError
        SageMaker would not take it, or nothing is to be changed.
    SageMakerError
        It cannot be described.
    """
    operation, names = row.operation("update"), row.key_request(key)
    if not given and not members:
        raise ValidationError(f"{key[-1]}: nothing is to be changed", code="Usage", hint="Say what: --Member VALUE.")
    now = form(studio, operation, names)["defaults"] if members else {}
    touched = {steps[0] for steps in members}
    changes = {**{name: value for name, value in now.items() if name in touched}, **given}
    for steps, value in members.items():
        put_in(changes, steps, value)
    check(operation, {**names, **changes})
    return changes


def check(operation: str, request: Json, doubt: str | None = None) -> None:
    """Refuse what SageMaker would refuse, before it is sent.

    Parameters
    ----------
    operation, request : str, dict
        What would be called.
    doubt : str, optional
        Why some values that would have been there are not.

    Raises
    ------
    ValidationError
        What is wrong, by the members' names.
    """
    wrong = [f"{'.'.join(map(str, each['path']))}: {_short(each['message'])}" for each in checks(operation, request)]
    if wrong:
        raise ValidationError(f"{operation}: {'; '.join(wrong)}", operation=operation, hint=doubt)


def make(studio: Studio, row: Resource, request: Json, on_step: OnStep) -> Key:
    """Make one, wait until it can be used (not for the end of a job), and return its key.

    Raises
    ------
    SageMakerError
        It is refused, or nothing has come of it.
    """
    if row.kind.endswith("-jobs"):
        create(studio, row.kind, request)
        return row.key_parts(request)
    name = _name(row, request)
    with Progress(on_step).step(f"Create the {words_of(row)} {name}") as tell:
        key = row.key_made(request, create(studio, row.kind, request))
        _wait(studio, row, key, f"{name} could not be created", tell)
    return key


def change(studio: Studio, row: Resource, key: Key, changes: Json, on_step: OnStep) -> None:
    """Update one, and wait until it can be used again.

    Raises
    ------
    SageMakerError
        It is refused, or nothing has come of it.
    """
    operation, request = row.operation("update"), {**row.key_request(key), **changes}
    with Progress(on_step).step(f"Update the {words_of(row)} {key[-1]}") as tell:
        with explained(studio.connection, operation, request):
            studio.call(operation, request)
        _wait(studio, row, key, f"{key[-1]} could not be updated", tell)


def _name(row: Resource, request: Json) -> str:
    """A name for people, of one whose key the service may make; an app's with its owner."""
    if row.names_itself:
        return str(request[name_member(row)])
    return "/".join(row.key_parts(request)[2 if row.owners else -1 :])


def _wait(studio: Studio, row: Resource, key: Key, otherwise: str, tell: Tell) -> None:
    described = settled(studio, row.kind, key, tell)
    if described is None:
        raise SageMakerError(f"{otherwise}: it is gone")
    if described[row.status] in row.failed:
        algorithm = "AlgorithmStatusDetails" in described
        why = failure_of_algorithm(described) if algorithm else failure_of(described)
        raise SageMakerError(f"{otherwise}: {why or described[row.status]}")


def _short(message: str) -> str:
    return shorten(message.partition(", it must be one of")[0].rstrip("."), _MOST_WORDS, placeholder=" …")
