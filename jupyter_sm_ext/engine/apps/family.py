"""Apps: Jupyter Servers that really run.

``Pending`` until the server answers, then ``InService``; ``Deleting`` until its processes are gone, then ``Deleted``,
describable for a day. A server that does not come up, or dies, is ``Failed`` with its last words.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_sm_ext.engine.apps import processes, rules, urls
from jupyter_sm_ext.engine.apps.portal import Portal
from jupyter_sm_ext.engine.apps.processes import AppProcess
from jupyter_sm_ext.engine.family import Answer, Request
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.engine.studio_family import StudioFamily, summarize
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.tags import Tags

_START_LOOK_SECONDS = 0.05
_LAUNCHES = 3
_REASON_CHARACTERS = 1024
_KEEP_SECONDS = 24 * 3600.0
_OVER = ("Deleted", "Failed")

_log = logging.getLogger(__name__)


@dataclass
class _Running:
    """An app that the engine has in hand; times are those of `time.monotonic`."""

    record: Record
    process: AppProcess | None = None
    launches: int = 0
    since: float = 0.0
    due: float = 0.0


class Apps(StudioFamily):
    """Operations on apps, and CreatePresignedDomainUrl.

    Parameters
    ----------
    engine : Engine
        What it works with.
    tags : Tags
        Where the tags of an app are kept as long as the app is.
    """

    noun: ClassVar[str] = "App"

    def __init__(self, engine: Engine, tags: Tags) -> None:
        super().__init__(engine)
        self._tags = tags
        self._root = engine.data_dir / "apps"
        self._running: dict[str, _Running] = {}
        self._adopted = False
        self._fade_at = 0.0
        self.portal = Portal(engine, self)

    def key(self, request: Mapping[str, Any]) -> str:
        """Key of the record that a request names."""
        word, name = rules.owner_word(request)
        return "/".join((request["DomainId"], word, name, request["AppType"], request["AppName"]))

    def arn(self, request: Mapping[str, Any]) -> str:
        """ARN of the app that a request names."""
        _, owner = rules.owner_word(request)
        parts = (request["DomainId"], owner, request["AppType"].lower(), request["AppName"])
        return self.engine.arn(self.row, parts)

    def create_app(self, request: Request) -> Answer:
        """Start an app.

        Raises
        ------
        NotFoundError
            There is no such domain, space or profile.
        ConflictError
            Its name is taken, or its owner is busy.
        ValidationError
            Its owner cannot have it, or no instance type is given anywhere.
        """
        return {"AppArn": self.add(request).arn}

    def add(self, request: Request) -> Record:
        """Start an app and give its record; raises what `create_app` raises."""
        store, now = self.engine.store, self.engine.now()
        rules.owner_word(request)
        with store.transaction():
            owner = rules.find_owner(store, self._domain(request["DomainId"]), request, self.engine.arn)
            rules.check_type(owner, request["AppType"])
            spec = rules.resource_spec(owner, request)
            key, arn = self.key(request), self.arn(request)
            before = store.get("apps", key)
            taken = before is not None and before.status not in _OVER
            if rules.is_only_one(owner, request["AppType"]):
                prefix = f"{owner.domain.key}/space/{owner.name}/"
                others = store.find("apps", prefix=prefix, statuses=rules.LIVE)
                if others and not taken:
                    raise ConflictError(f"Space [{owner.record.arn}] has App [{others[0].arn}] already.")
            if taken:
                raise ConflictError(f"App [{arn}] already exists.")
            self.engine.quotas.check_request("CreateApp", request, spec.get("InstanceType"))
            if before is not None:
                store.delete("apps", key)
                self._forget(before)
            body = {name: value for name, value in request.items() if name in self._described}
            body |= {"AppArn": arn, "ResourceSpec": spec, "CreationTime": now}
            if before is not None and before.status == "Deleted":
                # Within a day it counts as the same app, restarted (API reference, DescribeApp).
                body["CreationTime"] = before.body["CreationTime"]
            state = {"token": secrets.token_hex(8)}
            record = Record("apps", key, arn, body["CreationTime"], now, "Pending", owner.domain.key, None, None)
            record.body, record.state = body, state
            self._enter(record, "Pending")
            store.insert(record)
        self._running[key] = _Running(record, since=time.monotonic())
        return record

    def describe_app(self, request: Request) -> Answer:
        """Tell all about one."""
        text = self._describe(request)
        running = self._running.get(self.key(request))
        if running is None or running.record.status != "InService":
            return text
        body: dict[str, Any] = json.loads(text)
        body["LastHealthCheckTimestamp"] = running.record.state["looked"]
        body["LastUserActivityTimestamp"] = self._last_activity(running)
        return body

    def list_apps(self, request: Request) -> Answer:
        """A page of apps."""
        if request.get("UserProfileNameEquals") and request.get("SpaceNameEquals"):
            raise ValidationError("UserProfileNameEquals and SpaceNameEquals cannot both be set.")
        return self._list(request)

    def delete_app(self, request: Request) -> Answer:
        """Stop one; its kernels and terminals end with it, its files stay."""
        record = self.find(request)
        if record.status == "Deleted":
            raise ValidationError(f"App [{record.arn}] has already been deleted.")
        if record.status == "Failed":
            raise ValidationError(f"App [{record.arn}] previously failed and was automatically deleted.")
        if record.status == "Deleting":
            raise ConflictError(f"Unable to delete App [{record.arn}] because it is in Deleting status.")
        self._end(self._running.setdefault(record.key, _Running(record)))
        return {}

    def create_presigned_domain_url(self, request: Request) -> Answer:
        """A link that opens a space's or a profile's app, once."""
        return {"AuthorizedUrl": self.portal.issue(request)}

    def active(self) -> bool:
        """Whether apps run: somebody has to answer them, and to end them when they are idle."""
        return bool(self._running) or not self._adopted

    def process(self, record: Record) -> AppProcess | None:
        """The process of an app that is in service."""
        running = self._running.get(record.key)
        return None if running is None else running.process

    def tick(self) -> float | None:
        """Look after what runs, and let go of what was over a day ago."""
        self._adopt()
        waits = [self._fade()]
        for running in list(self._running.values()):
            left = running.due - time.monotonic()
            waits.append(left if left > 0 else self._look(running))
        return min((seconds for seconds in waits if seconds is not None), default=None)

    def _missing(self, request: Mapping[str, Any]) -> NotFoundError:
        return NotFoundError(f"App [{self.arn(request)}] does not exist.")

    def _adopt(self) -> None:
        """Once: take up what an earlier engine started."""
        if self._adopted:
            return
        kept = self.engine.store.find("apps", statuses=(*rules.LIVE, "Failed"))
        processes.sweep(self._root, frozenset(record.state["token"] for record in kept))
        for record in kept:
            if record.status != "Failed" and record.key not in self._running:
                self._running[record.key] = _Running(record, since=time.monotonic())
        self._adopted = True

    def _look(self, running: _Running) -> float | None:
        """Move one on; gives the seconds to the next look."""
        steps = {"Pending": self._start, "InService": self._watch, "Deleting": self._finish}
        wait = steps[running.record.status](running)
        running.due = time.monotonic() + (wait or 0.0)
        return wait

    def _start(self, running: _Running) -> float | None:
        record = running.record
        if record.body["AppType"] not in rules.JUPYTER_TYPES:
            return self._fail(running, rules.why_not_here(record.body["AppType"]))
        try:
            if running.process is None:
                kept = self.engine.store.get("apps", record.key)
                if kept is None or kept.state != record.state:
                    # What made it was taken back.
                    del self._running[record.key]
                    return None
                running.process = self._prepare(record)
            process = running.process
            if not process.alive():
                if process.started or running.launches >= _LAUNCHES:
                    said = process.complaint() or "it said nothing"
                    return self._fail(running, f"InternalServerError: the Jupyter Server did not start: {said}")
                running.launches += 1
                process.launch(processes.environment(self.engine, process, urls.variables(record)))
        except OSError as error:
            return self._fail(running, f"InternalServerError: the Jupyter Server cannot be started: {error}")
        if process.port() is None:
            if time.monotonic() - running.since < self.engine.settings.app_start_seconds:
                return _START_LOOK_SECONDS
            return self._fail(
                running,
                f"InternalServerError: the Jupyter Server did not answer within"
                f" {self.engine.settings.app_start_seconds:g} seconds: {process.complaint()}",
            )
        record.state |= {"in_service": self.engine.now(), "looked": self.engine.now()}
        self._enter(record, "InService")
        self.engine.store.save(record)
        return self.engine.settings.app_look_seconds

    def _prepare(self, record: Record) -> AppProcess:
        spec = urls.server_spec(self.engine.data_dir, record)
        if record.body.get("RecoveryMode"):
            # As in Studio: with a home that holds nothing which could keep the app from starting.
            spec["home"] = str(self._root / record.state["token"] / "home")
        look = self.engine.settings.app_look_seconds
        return processes.prepare(self._root, record.state["token"], spec, look_seconds=look)

    def _watch(self, running: _Running) -> float | None:
        record = running.record
        if running.process is None:
            running.process = AppProcess(self._root / record.state["token"])
        if not running.process.alive():
            said = running.process.complaint()
            return self._fail(running, f"InternalServerError: the Jupyter Server ended by itself: {said}")
        record.state["looked"] = now = self.engine.now()
        allowed = self._idle_seconds(record)
        if allowed is not None and now - self._last_activity(running) >= allowed:
            _log.info("%s was idle for %g s: it is stopped", record.arn, allowed)
            self._end(running)
            return 0.0
        return self.engine.settings.app_look_seconds

    def _idle_seconds(self, record: Record) -> float | None:
        body, store = record.body, self.engine.store
        domain = store.get("domains", body["DomainId"])
        if domain is None:
            return None
        return rules.idle_seconds(rules.find_owner(store, domain, body, self.engine.arn), body["AppType"])

    def _last_activity(self, running: _Running) -> float:
        used = running.process.last_activity() if running.process is not None else None
        return max(used or 0.0, float(running.record.state["in_service"]))

    def _end(self, running: _Running) -> None:
        """Begin with the end."""
        running.since, running.due = time.monotonic(), 0.0
        self._enter(running.record, "Deleting")
        self.engine.store.save(running.record)
        if running.process is not None:
            running.process.terminate()

    def _finish(self, running: _Running) -> float | None:
        record = running.record
        if running.process is None:
            running.process = AppProcess(self._root / record.state["token"])
            running.process.terminate()
        process = running.process
        if process.alive():
            if time.monotonic() - running.since > self.engine.settings.app_stop_seconds:
                process.kill()
            return _START_LOOK_SECONDS
        process.kill_leftovers()
        self._enter(record, "Deleted")
        self._over(running)
        process.remove()
        return None

    def _fail(self, running: _Running, reason: str) -> float | None:
        _log.warning("%s failed: %s", running.record.arn, reason)
        if running.process is not None:
            running.process.kill()
        running.record.body["FailureReason"] = reason[:_REASON_CHARACTERS]
        self._enter(running.record, "Failed")
        self._over(running)
        return None

    def _over(self, running: _Running) -> None:
        self.engine.store.save(running.record)
        del self._running[running.record.key]
        self._fade_at = min(self._fade_at, running.record.modified + _KEEP_SECONDS)

    def _fade(self) -> float | None:
        """Let go of what was over a day ago; gives the seconds to the next."""
        now = self.engine.now()
        if now >= self._fade_at:
            store, self._fade_at = self.engine.store, float("inf")
            for record in store.find("apps", statuses=_OVER, order_by="modified"):
                if now < record.modified + _KEEP_SECONDS:
                    self._fade_at = record.modified + _KEEP_SECONDS
                    break
                store.delete(record.kind, record.key)
                self._tags.drop(record.arn)
                self._forget(record)
        return self._fade_at - now if self._fade_at < float("inf") else None

    def _forget(self, record: Record) -> None:
        """Remove what is left of a failed app's process: its log."""
        AppProcess(self._root / record.state["token"]).remove()

    def _enter(self, record: Record, status: str) -> None:
        record.status = record.body["Status"] = status
        record.summary = summarize(record.body, self._summary)
