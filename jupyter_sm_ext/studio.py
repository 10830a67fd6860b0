"""The verbs over a connection: what every surface calls, and the one place where it meets the service."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import (
    NEVER_HEARD,
    PASSING,
    AccessDeniedError,
    NotFoundError,
    SageMakerError,
    UnreachableError,
    ValidationError,
    translate,
)
from jupyter_sm_ext.pacing import Pace
from jupyter_sm_ext.requests.doubts import Doubt
from jupyter_sm_ext.resources import TRIALS, Resource, resource

READS = ("Describe", "List", "Get", "Search")
"""What the names of operations begin with that change nothing, so that they may be asked twice."""
_PAGE = 100
MOST_EVENTS = 10_000
"""So many events of a log are read at once, and few more: a log of a million lines must not fill the memory."""


@dataclass(frozen=True)
class LogPage:
    """Log events, oldest first, and where to go on.

    Parameters
    ----------
    events : list of dict
        ``timestamp`` (milliseconds since the epoch), ``message`` and ``stream``.
    token : str or None
        Give it to the next call to get only what is new; None if there is no log yet.
    more : bool
        Whether there is more already: a page of a long log is cut at about `MOST_EVENTS`.
    """

    events: list[dict[str, Any]]
    token: str | None
    more: bool = False


class Studio:
    """SageMaker's verbs, with requests and responses as AWS names them.

    Resources are named by AWS noun (``TrainingJob``) or kind (``training-jobs``). Every method raises
    `SageMakerError` and its children only.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def call(self, operation: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call an operation of SageMaker by its AWS name."""
        answer: dict[str, Any] = self._call("sagemaker", operation, request or {})
        answer.pop("ResponseMetadata", None)
        return answer

    def read(self, operation: str, request: dict[str, Any] | None = None) -> bytes:
        """Call an operation and hand on the service's own JSON, unparsed: times are epoch seconds."""
        body: bytes = self._call("sagemaker", operation, request or {}, raw=True)["Raw"]
        return body or b"{}"

    def read_json(self, operation: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call an operation and return what `read` hands on, parsed once."""
        answer: dict[str, Any] = self._call("sagemaker", operation, request or {}, raw=True)["Parsed"]
        return answer

    def _call(self, service: str, operation: str, request: dict[str, Any], *, raw: bool = False) -> Any:
        denied = self.connection.denied
        try:
            answer = self._answer(service, operation, request, raw=raw)
        except AccessDeniedError as error:
            denied.note(operation, request, error)
            raise
        denied.worked(operation, request)
        return answer

    def _answer(self, service: str, operation: str, request: dict[str, Any], *, raw: bool) -> Any:
        if operation.startswith(READS):
            return self._sent(service, operation, request, raw=raw)
        doubt = Doubt(operation, request, self._ask)
        try:
            return self._sent(service, operation, request, raw=raw)
        except SageMakerError as error:
            answer = doubt.answer(error)
            if answer is None:
                raise
            return {"Raw": json.dumps(answer).encode(), "Parsed": answer} if raw else answer

    def _ask(self, operation: str, request: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
        """An answer as on the wire, and its date."""
        answer = self._call("sagemaker", operation, request, raw=True)
        return answer["Parsed"], answer["ResponseMetadata"]["HTTPHeaders"].get("date")

    def _sent(self, service: str, operation: str, request: dict[str, Any], *, raw: bool) -> Any:
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        def once() -> Any:
            client = self.connection.client(service, raw=raw)
            method = getattr(client, xform_name(operation), None)
            if method is None:
                raise ValidationError(f"this botocore knows no operation {operation}", operation=operation)
            try:
                return method(**request)
            except (BotoCoreError, ClientError, ResponseParserError) as error:
                raise translate(error, operation) from error

        try:
            return self.connection.renewing(once)
        except UnreachableError as error:
            # A refused connection was never heard; anything else may have been, so only a read is asked twice.
            never_heard = error.code in NEVER_HEARD
            if self.connection.kind != "local" or not (never_heard or operation.startswith(READS)):
                raise
            self.connection.ensure()
            return once()

    def create(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        """Create one; returns what the Create operation answers."""
        return self.call(_operation(kind, "create"), request)

    def describe(self, kind: str, *key: str) -> dict[str, Any]:
        """Describe the one with this key."""
        return self.call(_operation(kind, "describe"), resource(kind).key_request(key))

    def update(self, kind: str, *key: str, **changes: Any) -> dict[str, Any]:
        """Update the one with this key."""
        return self.call(_operation(kind, "update"), {**resource(kind).key_request(key), **changes})

    def delete(self, kind: str, *key: str) -> None:
        """Delete the one with this key."""
        self.call(_operation(kind, "delete"), resource(kind).key_request(key))

    def stop(self, kind: str, *key: str) -> None:
        """Ask the job with this key to stop."""
        self.call(_operation(kind, "stop"), resource(kind).key_request(key))

    def page(self, kind: str, **filters: Any) -> dict[str, Any]:
        """One page of a list; filters are AWS's member names."""
        return self.call(_operation(kind, "list"), filters)

    def list(self, kind: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """Every summary of a list, page after page."""
        return self._pages(_operation(kind, "list"), resource(kind).summaries, filters)

    def trials(self, tuning_job: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """The training jobs of a tuning job."""
        request = {"HyperParameterTuningJobName": tuning_job, **filters}
        return self._pages(TRIALS, "TrainingJobSummaries", request)

    def _pages(self, operation: str, member: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        request = {"MaxResults": _PAGE, **request}
        while True:
            page = self.call(operation, request)
            yield from page[member]
            if not page.get("NextToken"):
                return
            request["NextToken"] = page["NextToken"]

    def wait(
        self,
        kind: str,
        *key: str,
        timeout: float | None = None,
        on_look: Callable[[dict[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        """Wait until nothing changes by itself any more.

        Throttling, a cut network and expired credentials pass, unless there never was an answer.

        Parameters
        ----------
        timeout : float, optional
            Seconds; for ever if not given.
        on_look : callable, optional
            Called with each description.

        Returns
        -------
        dict
            The last description.

        Raises
        ------
        TimeoutError
            It still changes after ``timeout``.
        """
        row = resource(kind)
        deadline = None if timeout is None else time.monotonic() + timeout
        pace = Pace(*self.connection.pace)
        seen: Any = None
        while True:
            trouble: SageMakerError | None = None
            try:
                described = self.describe(kind, *key)
            except PASSING as error:
                if seen is None:
                    raise
                trouble = error
                pace.failed()
            else:
                if on_look is not None:
                    on_look(described)
                if described[row.status] not in row.transitional:
                    return described
                pace.looked(changed=described != seen, failed=False)
                seen = described
            seconds = pace.pause
            if deadline is not None and time.monotonic() + seconds > deadline:
                name = f"{row.noun} {'/'.join(key)}"
                raise TimeoutError(f"{name} is still {seen[row.status]} after {timeout:g} s") from trouble
            time.sleep(seconds)

    def logs(self, job: str, token: str | None = None, kind: str = "training-jobs") -> LogPage:
        """What a job has logged since the token of the page before.

        Parameters
        ----------
        job : str
            Its name.
        token : str, optional
            Of the page before.
        kind : str
            Which kind of job; one that has logs of its own.

        Raises
        ------
        NotFoundError
            There is no such job.
        ValidationError
            The token is not one of ours, or such jobs have no logs.
        """
        group = _row(kind).logs
        if group is None:
            raise ValidationError(f"a {_row(kind).noun} has no log of its own")
        cursors = _read_token(token)
        events: list[dict[str, Any]] = []
        more = False
        try:
            streams = self._streams(group, job)
        except UnreachableError as error:
            if error.code not in NEVER_HEARD:
                raise
            message = f"CloudWatch Logs, where the logs are, cannot be reached from here: {error.message}"
            raise UnreachableError(message, code=error.code, operation=error.operation, hint=error.hint) from error
        except NotFoundError:
            # No log group yet; but a job that does not exist must not look like one that has said nothing.
            self.describe(kind, job)
            return LogPage([], token)
        for stream in streams:
            if len(events) >= MOST_EVENTS:
                more = True
                break
            request = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
            while True:
                cursor = cursors.get(stream)
                page = self._call("logs", "GetLogEvents", {**request, **({"nextToken": cursor} if cursor else {})})
                events += [
                    {"timestamp": event["timestamp"], "message": event["message"], "stream": stream}
                    for event in page["events"]
                ]
                cursors[stream] = page["nextForwardToken"]
                if cursors[stream] == cursor or not page["events"]:
                    break
                if len(events) >= MOST_EVENTS:
                    more = True
                    break
        if not streams:
            self.describe(kind, job)
        events.sort(key=lambda event: event["timestamp"])
        return LogPage(events, _write_token(cursors) if cursors else None, more)

    def whole_log(self, job: str, kind: str = "training-jobs") -> Iterator[dict[str, Any]]:
        """Every log event of a job so far; raises what `logs` raises."""
        for page in self.log_pages(job, kind):
            yield from page.events

    def log_pages(self, job: str, kind: str = "training-jobs") -> Iterator[LogPage]:
        """The log of a job so far, page by page; raises what `logs` raises."""
        page = self.logs(job, kind=kind)
        yield page
        while page.more:
            page = self.logs(job, page.token, kind)
            yield page

    def _streams(self, group: str, job: str) -> Sequence[str]:
        request = {"logGroupName": group, "logStreamNamePrefix": job}
        streams: list[str] = []
        while True:
            page = self._call("logs", "DescribeLogStreams", request)
            names = (stream["logStreamName"] for stream in page["logStreams"])
            # The prefix is that of other jobs, too.
            streams += [name for name in names if name == job or name.startswith(f"{job}/")]
            if not page.get("nextToken"):
                return streams
            request["nextToken"] = page["nextToken"]


def _operation(kind: str, verb: str) -> str:
    try:
        return _row(kind).operation(verb)
    except KeyError as error:
        raise ValidationError(f"SageMaker has no operation to {verb} a {_row(kind).noun}") from error


def _row(kind: str) -> Resource:
    try:
        return resource(kind)
    except KeyError as error:
        raise ValidationError(str(error.args[0])) from error


def _read_token(token: str | None) -> dict[str, str]:
    if not token:
        return {}
    try:
        cursors = json.loads(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise ValidationError("the log token is not one that was given out") from error
    if not isinstance(cursors, dict):
        raise ValidationError("the log token is not one that was given out")
    return cursors


def _write_token(cursors: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(cursors).encode()).decode()
