"""CloudWatch Logs, as much of it as reading a job's log takes: a group for each kind of job, a stream an attempt."""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.log_filter import matcher
from jupyter_sm_ext.engine.log_reader import Event, LogReader
from jupyter_sm_ext.engine.plain_jobs import folder_of
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.resources import resource

_PAGE_EVENTS, _PAGE_BYTES, _PAGE_STREAMS = 10_000, 1 << 20, 50
_PLACE = re.compile(r"([fb])/(\d{56})/s")

Json = dict[str, Any]


@dataclass(frozen=True)
class _Group:
    """A log group: its name, its ARN, the directory of its logs, and whether each of its streams is one file there."""

    name: str
    arn: str
    root: Path
    flat: bool

    def streams(self, prefix: str) -> list[str]:
        """Names of the streams that begin with a prefix, in their order."""
        if self.flat:
            return sorted(path.stem for path in self.root.glob("*.log") if path.stem.startswith(prefix))
        job, slash, _ = prefix.partition("/")
        folders = [job] if slash else [entry.name for entry in os.scandir(self.root) if entry.name.startswith(prefix)]
        found = []
        for folder in folders:
            # A stream's name is given out by us; a client's prefix must not lead anywhere else.
            if folder in ("", ".", "..") or "\0" in folder:
                continue
            found += [f"{folder}/{path.stem}" for path in (self.root / folder).glob("*.log")]
        return sorted(name for name in found if name.startswith(prefix))

    def path(self, stream: str) -> Path:
        """The log of a stream.

        Raises
        ------
        NotFoundError
            There is no such stream.
        """
        path = self.root / f"{stream}.log"
        # No ".." and no link: only what `streams` would find.
        parts = stream.split("/")
        if (
            len(parts) != (1 if self.flat else 2)
            or set(parts) & {"", ".", ".."}
            or "\0" in stream
            or not path.is_file()
        ):
            raise NotFoundError("The specified log stream does not exist.", code="ResourceNotFoundException")
        return path


class Logs(Family):
    """The family of log groups, log streams and log events."""

    service: ClassVar[str] = "logs"

    def describe_log_groups(self, request: Request) -> Answer:
        """List the groups of those kinds of jobs that have run."""
        for member in ("accountIdentifiers", "includeLinkedAccounts", "logGroupIdentifiers"):
            if request.get(member):
                raise _invalid(f"{member}: the local engine has one account and finds groups by their name.")
        if request.get("logGroupClass", "STANDARD") != "STANDARD":
            return {"logGroups": []}
        prefix, pattern = request.get("logGroupNamePrefix", ""), request.get("logGroupNamePattern", "").lower()
        found: list[Json] = [
            {
                "logGroupName": group.name,
                "creationTime": int(group.root.stat().st_ctime * 1000),
                "metricFilterCount": 0,
                "arn": f"{group.arn}:*",
                "logGroupArn": group.arn,
                "storedBytes": 0,
                "logGroupClass": "STANDARD",
            }
            for group in self._groups()
            if group.root.is_dir() and group.name.startswith(prefix) and pattern in group.name.lower()
        ]
        if request.get("nextToken"):
            (after,) = _read_token(request["nextToken"], str)
            found = [group for group in found if group["logGroupName"] > after]
        limit = int(request.get("limit", _PAGE_STREAMS))
        answer: Json = {"logGroups": found[:limit]}
        if len(found) > limit:
            answer["nextToken"] = _write_token([found[limit - 1]["logGroupName"]])
        return answer

    def describe_log_streams(self, request: Request) -> Answer:
        """List streams by name, or by their last event."""
        group = self._group(request)
        prefix, by_time = request.get("logStreamNamePrefix", ""), request.get("orderBy") == "LastEventTime"
        if prefix and by_time:
            raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        names = group.streams(prefix)
        keys: list[list[Any]] = [[_last_event(LogReader(group.path(name))) if by_time else 0, name] for name in names]
        keys.sort(reverse=bool(request.get("descending")))
        if request.get("nextToken"):
            after = _read_token(request["nextToken"], int, str)
            keys = [key for key in keys if (key < after if request.get("descending") else key > after)]
        limit = int(request.get("limit", _PAGE_STREAMS))
        page = keys[:limit]
        answer: Json = {"logStreams": [_stream(group, name) for _, name in page]}
        # SageMaker's SDK asks for ever if the last page has a token.
        if len(keys) > limit:
            answer["nextToken"] = _write_token(page[-1])
        return answer

    def get_log_events(self, request: Request) -> Answer:
        """Read a page of a stream, on from either end."""
        reader = LogReader(self._group(request).path(request["logStreamName"]))
        begin, end = int(request.get("startTime", 0)), int(request.get("endTime", 1 << 62))
        limit = int(request.get("limit", _PAGE_EVENTS))
        forward = bool(request.get("startFromHead"))
        place = 0 if forward else reader.end
        if request.get("nextToken"):
            found = _PLACE.fullmatch(request["nextToken"])
            if found is None:
                raise _invalid("The specified nextToken is invalid.")
            forward, place = found[1] == "f", int(found[2])
        if forward:
            place = max(place, reader.since(begin)) if begin else place
            events = _page(reader.forward(place), begin, end, limit)
        else:
            events = _page(reader.backward(place), begin, end, limit, backward=True)[::-1]
        first, last = (events[0].start, events[-1].end) if events else (place, place)
        return {
            "events": [
                {"timestamp": event.time, "message": event.message, "ingestionTime": event.time} for event in events
            ],
            "nextForwardToken": f"f/{last:056d}/s",
            "nextBackwardToken": f"b/{first:056d}/s",
        }

    def filter_log_events(self, request: Request) -> Answer:
        """Read events of several streams, in the order of their times."""
        group = self._group(request)
        if request.get("startFromHead") is False:
            raise _invalid("startFromHead: the local engine filters from the oldest event on only.")
        fits = matcher(request.get("filterPattern", ""))
        names = request.get("logStreamNames")
        if names is not None and request.get("logStreamNamePrefix"):
            raise _invalid("logStreamNames and logStreamNamePrefix cannot both be given.")
        for name in names or ():
            group.path(name)
        begin, end = int(request.get("startTime", 0)), int(request.get("endTime", 1 << 62))
        after: list[Any] = [-1, "", -1]
        if request.get("nextToken"):
            after = _read_token(request["nextToken"], int, str, int)
        begin = max(begin, int(after[0]))
        streams = names if names is not None else group.streams(request.get("logStreamNamePrefix", ""))
        limit = int(request.get("limit", _PAGE_EVENTS))
        return partial(_filtered, group, streams, fits, after, begin, end, limit)

    def _groups(self) -> list[_Group]:
        """The groups there can be, by name."""
        home = self.engine.data_dir

        def group(noun: str, root: Path, *, flat: bool = False) -> _Group:
            name = str(resource(noun).logs)
            arn = f"arn:aws:logs:{self.engine.region}:{self.engine.account}:log-group:{name}"
            return _Group(name, arn, root / "logs", flat)

        return [
            group("CompilationJob", home / folder_of(resource("CompilationJob")), flat=True),
            group("ProcessingJob", home / folder_of(resource("ProcessingJob"))),
            group("TrainingJob", home),
        ]

    def _group(self, request: Request) -> _Group:
        name = request.get("logGroupName") or request.get("logGroupIdentifier")
        if name is None:
            raise _invalid("Either logGroupName or logGroupIdentifier is required.")
        for group in self._groups():
            if name.removesuffix(":*") in (group.name, group.arn) and group.root.is_dir():
                return group
        raise NotFoundError("The specified log group does not exist.", code="ResourceNotFoundException")


def _last_event(reader: LogReader) -> int:
    return reader.timeline.last or 0


def _stream(group: _Group, name: str) -> Json:
    path = group.path(name)
    first, last = (timeline := LogReader(path).timeline).first, timeline.last
    # A training job's stream has the time in its name; any other began with its first event.
    created = first or int(path.stat().st_ctime * 1000) if group.flat else int(name.rpartition("-")[2]) * 1000
    found: Json = {
        "logStreamName": name,
        "creationTime": created,
        "arn": f"{group.arn}:log-stream:{name}",
        "storedBytes": 0,
    }
    if first is not None and last is not None:
        found |= {"firstEventTimestamp": first, "lastEventTimestamp": last, "lastIngestionTime": last}
    return found


def _filtered(
    group: _Group,
    streams: Sequence[str],
    fits: Callable[[str], bool],
    after: list[Any],
    begin: int,
    end: int,
    limit: int,
) -> Json:
    """The page of events that fit and come after one (time, stream, place); logs may have millions that do not."""
    merged = heapq.merge(*(_events(group, name, begin) for name in streams))
    size = 0
    shown: list[Json] = []
    answer: Json = {"events": shown, "searchedLogStreams": []}
    last = after
    for time, name, start, event in merged:
        if time >= end:
            break
        if [time, name, start] <= after or not fits(event.message):
            continue
        size += event.size
        if len(shown) == limit or size > _PAGE_BYTES:
            answer["nextToken"] = _write_token(last)
            break
        last = [time, name, start]
        number = int.from_bytes(hashlib.blake2b(f"{name}:{start}".encode(), digest_size=23).digest(), "big")
        shown.append(
            {
                "logStreamName": name,
                "timestamp": time,
                "message": event.message,
                "ingestionTime": time,
                "eventId": f"{number:056d}",
            }
        )
    return answer


def _events(group: _Group, name: str, begin: int) -> Iterator[tuple[int, str, int, Event]]:
    reader = LogReader(group.path(name))
    for event in reader.forward(reader.since(begin)):
        if event.time >= begin:
            yield event.time, name, event.start, event


def _page(events: Iterator[Event], begin: int, end: int, limit: int, *, backward: bool = False) -> list[Event]:
    """Events of a time that fit in a page."""
    found: list[Event] = []
    size = 0
    for event in events:
        if event.time < begin if backward else event.time >= end:
            break
        if not begin <= event.time < end:
            continue
        size += event.size
        if len(found) == limit or size > _PAGE_BYTES:
            break
        found.append(event)
    return found


def _write_token(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _read_token(token: str, *types: type) -> list[Any]:
    try:
        place = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, list) or [type(part) for part in place] != list(types):
        raise _invalid("The specified nextToken is invalid.")
    return place


def _invalid(message: str) -> ValidationError:
    return ValidationError(message, code="InvalidParameterException")
