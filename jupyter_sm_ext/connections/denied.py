"""What IAM has denied lately on one connection, so that nobody is offered it again and again.

A denial is remembered until the operation works, the credentials are others, somebody wants to try again, or some
minutes have passed: policies are mended, and nobody tells us.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from jupyter_sm_ext.deeds import Key, deeds, row_of, within
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.failures.denials import action_of
from jupyter_sm_ext.resources import Resource

_KEEP = 300.0  # seconds
_MOST = 100
_OF_PATTERNS = frozenset("*?")


class DeniedDeed(TypedDict):
    """Something that cannot be done to things of a kind whose keys begin with ``key``.

    ``request`` has the members that a request of the operation has then. Without an ``action`` it is not IAM that
    stands before it, but whoever runs the Jupyter server.
    """

    kind: str
    deed: str
    key: list[str]
    operation: str
    request: dict[str, str]
    action: str | None
    statement: str | None


#: What is told to who may only look: nothing can be done to anything.
ONLY_LOOKING = DeniedDeed(kind="*", deed="*", key=[], operation="*", request={}, action=None, statement=None)


@dataclass(frozen=True)
class _Denied:
    row: Resource
    place: Key
    action: str
    statement: str | None
    generation: int
    until: float


class DeniedOperations:
    """The operations that were denied; safe to share between threads.

    Parameters
    ----------
    generation : callable
        Counts the credentials that are used: what others were denied says nothing of these.
    keep : float
        Seconds for which a denial is believed.
    """

    def __init__(self, generation: Callable[[], int], keep: float = _KEEP) -> None:
        self._generation = generation
        self._keep = keep
        self._lock = threading.Lock()
        self._denied: dict[tuple[str, Key], _Denied] = {}

    def note(self, operation: str, request: Mapping[str, Any], error: SageMakerError) -> None:
        """Remember a refusal, if IAM denied the operation itself: not, say, the role that its request hands over."""
        denial, about = error.denial, row_of(operation)
        if denial is None or about is None or not denial.told or denial.action != action_of(operation):
            return
        row, verb = about
        named = not _OF_PATTERNS & set(denial.resource)
        place = _place(row, verb, request) if named else ()
        made = _Denied(row, place, denial.action, error.statement, self._generation(), time.monotonic() + self._keep)
        with self._lock:
            # The newest are at the end.
            self._denied.pop((operation, place), None)
            self._denied[operation, place] = made
            for oldest in list(self._denied)[:-_MOST]:
                del self._denied[oldest]

    def worked(self, operation: str, request: Mapping[str, Any]) -> None:
        """Forget what was denied of an operation that has worked, here or everywhere."""
        about = row_of(operation) if self._denied else None
        if about is None:
            return
        place = _place(*about, request)
        with self._lock:
            for name in [name for name in self._denied if name[0] == operation and place[: len(name[1])] == name[1]]:
                del self._denied[name]

    def forget(self) -> None:
        """Somebody wants to try again."""
        with self._lock:
            self._denied.clear()

    def told(self) -> list[DeniedDeed]:
        """What cannot be done now, as far as is known."""
        if not self._denied:
            return []
        now, generation = time.monotonic(), self._generation()
        with self._lock:
            self._denied = {
                name: denied
                for name, denied in self._denied.items()
                if denied.until > now and denied.generation == generation
            }
            known = list(self._denied.items())
        return [deed for (operation, _), denied in known for deed in _deeds(operation, denied)]


def denial_in(told: list[DeniedDeed], kind: str, deed: str, key: Key) -> DeniedDeed | None:
    """Why something cannot be done to a thing; None if nothing is known against it."""
    for each in told:
        if (each["kind"], each["deed"]) == (kind, deed) and list(key[: len(each["key"])]) == each["key"]:
            return each
    return None


def denial_of_request(told: list[DeniedDeed], operation: str, request: Mapping[str, Any]) -> DeniedDeed | None:
    """Why a request cannot be sent; None if nothing is known against it."""
    for each in told:
        if each["operation"] == operation and each["request"].items() <= request.items():
            return each
    return None


def _deeds(operation: str, denied: _Denied) -> Iterator[DeniedDeed]:
    for deed in deeds():
        key = within(denied.row, denied.place, deed.kind) if deed.operation == operation else None
        if key is not None:
            yield DeniedDeed(
                kind=deed.kind,
                deed=deed.name,
                key=list(key),
                operation=operation,
                request=denied.row.members(denied.place),
                action=denied.action,
                statement=denied.statement,
            )


def _place(row: Resource, verb: str, request: Mapping[str, Any]) -> Key:
    """The key that a request names; of what is made only where, for its own name is a new one."""
    try:
        parts = row.key_parts({**dict.fromkeys(row.key, ""), **request})
    except ValueError:
        return ()  # of nobody's: the service would have refused it anyhow
    if verb != "create":
        return parts
    return parts[:3] if row.owners else parts[:-1]
