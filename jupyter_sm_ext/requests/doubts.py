"""A call that may have been taken although it seems to have failed, and whether it was.

botocore sends a call again after a timeout or an error of the service. If the first was taken, the second is told that
the name is in use, or that what was to be deleted is not there. Neither is a failure. What gets its key from the
service is created with one call only: see `sessions`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from jupyter_sm_ext.errors import NEVER_HEARD, ClockError, NotFoundError, SageMakerError, UnreachableError
from jupyter_sm_ext.resources import Resource, resources

_SLACK = 2.0  # seconds: dates of answers have whole ones, and so have some times of creation
Answer = dict[str, Any]
Ask = Callable[[str, Answer], "tuple[Answer, str | None]"]


@dataclass(frozen=True)
class Doubt:
    """A call that changes something, from when it is made.

    Parameters
    ----------
    operation, request
        What was asked for.
    ask : callable
        Makes another call; gives its answer as on the wire, and the date that the answer has.
    """

    operation: str
    request: Mapping[str, Any]
    ask: Ask
    _began: float = field(default_factory=time.monotonic)

    def answer(self, error: SageMakerError) -> Answer | None:
        """What the call would have answered if it was taken all the same; None if the error is true."""
        if not _doubtful(error):
            return None
        for row in resources():
            for verb, look in (("create", self._created), ("delete", self._deleted), ("stop", self._stopped)):
                if verb in row.verbs and row.operation(verb) == self.operation:
                    return self._answer(row, look, error)
        return None

    def _answer(self, row: Resource, look: Callable[[Resource], Answer | None], error: SageMakerError) -> Answer | None:
        try:
            return look(row)
        except SageMakerError:
            unknown = f"Whether it was taken could not be found out: see whether the {row.noun} is there first."
            error.hint = f"{error.hint} {unknown}" if error.hint else unknown
            return None

    def _created(self, row: Resource) -> Answer | None:
        try:
            described, date = self._described(row)
        except NotFoundError:
            return None
        if not self._since(described.get("CreationTime"), date) or not _is(described, self.request):
            return None
        from jupyter_sm_ext.model import get_model

        shape: Any = get_model().operation(self.operation).output_shape
        return {name: described[name] for name in shape.members if name in described}

    def _deleted(self, row: Resource) -> Answer | None:
        try:
            described, _ = self._described(row)
        except NotFoundError:
            return {}
        return {} if str(described[row.status]).startswith("Delet") else None

    def _stopped(self, row: Resource) -> Answer | None:
        described, _ = self._described(row)
        status = str(described[row.status])
        return {} if status.upper() == "STOPPING" or status not in row.transitional else None

    def _described(self, row: Resource) -> tuple[Answer, str | None]:
        unknown = self.operation == row.operation("create") and row.names_itself
        key = self._found(row) if unknown else row.key_request(row.key_parts(self.request))
        return self.ask(row.operation("describe"), key)

    def _found(self, row: Resource) -> Answer:
        """The key of what has the name that was asked for: the id of a domain is the service's own."""
        name = f"{row.noun}Name"
        for summary in self._summaries(row):
            if summary.get(name) == self.request.get(name):
                return {member: summary[member] for member in row.key}
        raise NotFoundError(f"there is no {row.noun} {self.request.get(name)}")

    def _summaries(self, row: Resource) -> Iterator[Answer]:
        request: Answer = {"MaxResults": 100}
        while True:
            page, _ = self.ask(row.operation("list"), request)
            yield from page[row.summaries]
            if not page.get("NextToken"):
                return
            request["NextToken"] = page["NextToken"]

    def _since(self, created: object, date: str | None) -> bool:
        """Whether it was created since we asked, by the service's own clock; true where that cannot be told."""
        if date is None or not isinstance(created, (int, float)):
            return True
        now = parsedate_to_datetime(date).timestamp()
        return created >= now - (time.monotonic() - self._began) - _SLACK


def _doubtful(error: SageMakerError) -> bool:
    """Whether there was no answer, or one to another call than the first."""
    lost = isinstance(error, UnreachableError) and not isinstance(error, ClockError) and error.code not in NEVER_HEARD
    return lost or error.retries > 0


def _is(described: Answer, wanted: Mapping[str, Any]) -> bool:
    """Whether a description is that of what was asked for; tags, for one, are not in it."""
    return all(_has(described[name], value) for name, value in wanted.items() if name in described)


def _has(described: object, wanted: object) -> bool:
    if isinstance(wanted, Mapping) and isinstance(described, Mapping):
        return all(_has(described.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, (list, tuple)) and isinstance(described, list):
        return len(wanted) == len(described) and all(map(_has, described, wanted))
    return described == wanted
