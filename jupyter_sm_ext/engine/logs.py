"""CloudWatch Logs, as much of it as reading a job's log takes: one group, a stream an attempt."""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.log_filter import matcher
from jupyter_sm_ext.engine.log_reader import Event, LogReader
from jupyter_sm_ext.errors import NotFoundError, ValidationError

GROUP = "/aws/sagemaker/TrainingJobs"
_PAGE_EVENTS, _PAGE_BYTES, _PAGE_STREAMS = 10_000, 1 << 20, 50
_PLACE = re.compile(r"([fb])/(\d{56})/s")

Json = dict[str, Any]


class Logs(Family):
    """The family of log groups, log streams and log events."""

    service: ClassVar[str] = "logs"

    def describe_log_groups(self, request: Request) -> Answer:
        """List the one group, once a job has run."""
        for member in ("accountIdentifiers", "includeLinkedAccounts", "logGroupIdentifiers"):
            if request.get(member):
                raise _invalid(f"{member}: the local engine has one account and one log group.")
        fits = request.get("logGroupClass", "STANDARD") == "STANDARD"
        fits = fits and GROUP.startswith(request.get("logGroupNamePrefix", ""))
        fits = fits and request.get("logGroupNamePattern", "").lower() in GROUP.lower()
        if not fits or not self._root.is_dir() or request.get("nextToken"):
            return {"logGroups": []}
        return {
            "logGroups": [
                {
                    "logGroupName": GROUP,
                    "creationTime": int(self._root.stat().st_ctime * 1000),
                    "metricFilterCount": 0,
                    "arn": f"{self._arn}:*",
                    "logGroupArn": self._arn,
                    "storedBytes": 0,
                    "logGroupClass": "STANDARD",
                }
            ]
        }

    def describe_log_streams(self, request: Request) -> Answer:
        """List streams by name, or by their last event."""
        self._check_group(request)
        prefix, by_time = request.get("logStreamNamePrefix", ""), request.get("orderBy") == "LastEventTime"
        if prefix and by_time:
            raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        names = self._streams(prefix)
        keys: list[list[Any]] = [[self._last_event(name) if by_time else 0, name] for name in names]
        keys.sort(reverse=bool(request.get("descending")))
        if request.get("nextToken"):
            after = _read_token(request["nextToken"], int, str)
            keys = [key for key in keys if (key < after if request.get("descending") else key > after)]
        limit = int(request.get("limit", _PAGE_STREAMS))
        page = keys[:limit]
        answer: Json = {"logStreams": [self._stream(name) for _, name in page]}
        # SageMaker's SDK asks for ever if the last page has a token.
        if len(keys) > limit:
            answer["nextToken"] = _write_token(page[-1])
        return answer

    def get_log_events(self, request: Request) -> Answer:
        """Read a page of a stream, on from either end."""
        self._check_group(request)
        reader = self._reader(request["logStreamName"])
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
        self._check_group(request)
        if request.get("startFromHead") is False:
            raise _invalid("startFromHead: the local engine filters from the oldest event on only.")
        fits = matcher(request.get("filterPattern", ""))
        names = request.get("logStreamNames")
        if names is not None and request.get("logStreamNamePrefix"):
            raise _invalid("logStreamNames and logStreamNamePrefix cannot both be given.")
        for name in names or ():
            self._path(name)
        begin, end = int(request.get("startTime", 0)), int(request.get("endTime", 1 << 62))
        after: list[Any] = [-1, "", -1]
        if request.get("nextToken"):
            after = _read_token(request["nextToken"], int, str, int)
        begin = max(begin, int(after[0]))
        streams = names if names is not None else self._streams(request.get("logStreamNamePrefix", ""))
        merged = heapq.merge(*(self._events(name, begin) for name in streams))
        limit, size = int(request.get("limit", _PAGE_EVENTS)), 0
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

    @property
    def _root(self) -> Path:
        return self.engine.data_dir / "logs"

    @property
    def _arn(self) -> str:
        return f"arn:aws:logs:{self.engine.region}:{self.engine.account}:log-group:{GROUP}"

    def _check_group(self, request: Request) -> None:
        name = request.get("logGroupName") or request.get("logGroupIdentifier")
        if name is None:
            raise _invalid("Either logGroupName or logGroupIdentifier is required.")
        if name.removesuffix(":*") not in (GROUP, self._arn) or not self._root.is_dir():
            raise NotFoundError("The specified log group does not exist.", code="ResourceNotFoundException")

    def _streams(self, prefix: str) -> list[str]:
        """Names of the streams that begin with a prefix, in their order."""
        job, slash, _ = prefix.partition("/")
        folders = [job] if slash else [entry.name for entry in os.scandir(self._root) if entry.name.startswith(prefix)]
        found = []
        for folder in folders:
            # A stream's name is given out by us; a client's prefix must not lead anywhere else.
            if folder in ("", ".", "..") or "\0" in folder:
                continue
            found += [f"{folder}/{path.stem}" for path in (self._root / folder).glob("*.log")]
        return sorted(name for name in found if name.startswith(prefix))

    def _path(self, stream: str) -> Path:
        path = self._root / f"{stream}.log"
        # No ".." and no link: only what `_streams` would find.
        parts = stream.split("/")
        if len(parts) != 2 or set(parts) & {"", ".", ".."} or "\0" in stream or not path.is_file():
            raise NotFoundError("The specified log stream does not exist.", code="ResourceNotFoundException")
        return path

    def _reader(self, stream: str) -> LogReader:
        return LogReader(self._path(stream))

    def _last_event(self, stream: str) -> int:
        return self._reader(stream).timeline.last or 0

    def _stream(self, name: str) -> Json:
        reader = self._reader(name)
        created = int(name.rpartition("-")[2]) * 1000
        found: Json = {
            "logStreamName": name,
            "creationTime": created,
            "arn": f"{self._arn}:log-stream:{name}",
            "storedBytes": 0,
        }
        first, last = reader.timeline.first, reader.timeline.last
        if first is not None and last is not None:
            found |= {"firstEventTimestamp": first, "lastEventTimestamp": last, "lastIngestionTime": last}
        return found

    def _events(self, name: str, begin: int) -> Iterator[tuple[int, str, int, Event]]:
        reader = self._reader(name)
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
