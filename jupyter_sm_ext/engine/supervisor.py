"""Run one attempt of a training job, whatever happens to the engine meanwhile.

``python -I -S supervisor.py ATTEMPT_DIR``: claims the attempt, stages its inputs, runs its command in a process group
of its own, ends it when asked to or when its time is over, stores what it left, and writes ``exit.json`` last of all.
Without an argument it forks one such process for each directory that stdin names: a start costs 2 ms then, not 40.

Standard library only, and little of it: every import here is paid for by every trial. Files of an attempt:

- ``spec.json``: what to do; complete before this program is started
- ``lock``: held (flock) for as long as this program lives
- ``started``: made once; an attempt that has it is never run again
- ``events.jsonl``: one line a phase: Downloading, Training, Script, (Stopping,) Uploading, Exit
- ``stop``, ``interrupt``: made by the engine: end the command; store no more than its checkpoints
- ``exit.json``: the result, complete or not there
- ``opt/ml``: what SageMaker calls ``/opt/ml``; gone after the end, as an instance's disk would be
- ``hosts/algo-2/opt/ml`` and so on: the same of further instances
- ``view``: where the command's view of the file system is put together, if it has its own (see supervisor_box.py)
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress

TYPE_CHECKING = False  # importing typing costs 4 ms
if TYPE_CHECKING:
    from typing import Any, NoReturn

if __package__:
    from jupyter_sm_ext.engine import supervisor_files as files
    from jupyter_sm_ext.engine.steady_clock import SteadyClock
    from jupyter_sm_ext.engine.supervisor_box import Box
    from jupyter_sm_ext.engine.supervisor_host import Host
    from jupyter_sm_ext.engine.supervisor_orphans import Orphans
else:  # run as a program, with neither site-packages nor this package
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    import supervisor_files as files  # type: ignore[import-not-found,no-redef]
    from steady_clock import SteadyClock  # type: ignore[import-not-found,no-redef]
    from supervisor_box import Box  # type: ignore[import-not-found,no-redef]
    from supervisor_host import Host  # type: ignore[import-not-found,no-redef]
    from supervisor_orphans import Orphans  # type: ignore[import-not-found,no-redef]

_SYNC_SECONDS = 10.0
_FULL_SECONDS = 0.5


def claim(directory: str) -> int | None:
    """Make the attempt this process's own; None if it is another's, or has been run.

    Returns
    -------
    int or None
        The descriptor that holds the lock: nobody else gets it until this process is gone.
    """
    lock = os.open(os.path.join(directory, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
    started = os.path.join(directory, "started")
    # The engine's look at the lock holds it for an instant, so one refusal means nothing.
    for _ in range(200):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if os.path.exists(started):
                return None
            time.sleep(0.01)
    else:
        return None
    if os.path.exists(started):
        return None
    try:
        files.write_durably(started, json.dumps({"pid": os.getpid(), "time": time.time()}).encode())
    except OSError:
        # It has not run: the engine starts another supervisor.
        os.unlink(started)
        raise
    return lock


class Supervisor:
    """One attempt, claimed.

    Parameters
    ----------
    directory : str
        The attempt's directory.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        with open(os.path.join(directory, "spec.json"), encoding="utf-8") as file:
            self.spec: dict[str, Any] = json.load(file)
        self.clock = SteadyClock()
        self.clock.keep_up_with(float(self.spec.get("made", 0.0)))
        # Instances are processes here: this program looks after those of all of them.
        self.hosts = [Host(directory, self.spec, part, self.clock) for part in (None, *self._others())]
        self.scratch = os.path.join(directory, "upload.part")
        self.deadline = time.monotonic() + float(self.spec["max_runtime"])
        self.ended_by: str | None = None
        self._orphans = Orphans()
        self._untold = b""
        self._events = os.open(os.path.join(directory, "events.jsonl"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _others(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.spec.get("others", [])
        return found

    def tell(self, event: str, **more: object) -> None:
        """Add a line to the events; on a full disk it comes with the next, and the job goes on meanwhile."""
        self._untold += json.dumps({"event": event, "time": self.clock.now(), **more}).encode() + b"\n"
        if files.append(self._events, self._untold):
            self._untold = b""

    def run(self) -> None:
        """All of it, from the claim to the result."""
        told, code = self.hosts[0], None  # the instance whose end is the job's
        error: str | None = None
        stored: list[str] = []
        try:
            self.tell("Downloading")
            try:
                self.stage()
                if self.must_end() is None:
                    self.tell("Training")
                    told = self.train()
                    code = told.code
            except (files.Problem, OSError) as problem:
                self._end()
                error = f"ClientError: {problem}"
            if self.ended_by != "interrupt":
                self.tell("Uploading")
            try:
                stored = self.upload(complete=code == 0)
            except OSError as problem:
                error = error or f"ClientError: Artifact upload failed: {problem}"
            for host in self.hosts:
                host.leave_cache()
            result = {
                "code": code,
                "ended_by": self.ended_by,
                "error": error,
                "failure": files.failure_text(os.path.join(told.base, "output", self.spec.get("words", "failure"))),
                "last_words": files.last_words(told.spec["log"]) if code else "",
                "stored": stored,
                "time": self.clock.now(),
            }
            self.leave_result(json.dumps(result).encode())
            self.tell("Exit")
            files.ring(self.spec.get("bell", ""))
        finally:
            self._end()
        self.clean()

    def leave_result(self, result: bytes) -> None:
        """Write ``exit.json``; if the disk is full, when there is room: what has run must not count as lost."""
        path = os.path.join(self.directory, "exit.json")
        while True:
            try:
                files.write_durably(path, result)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
            else:
                return
            self.clean()
            time.sleep(_FULL_SECONDS)

    def must_end(self) -> str | None:
        """Why the command must not go on: "stop", "interrupt" or the name of a limit; None if it may."""
        if self.ended_by is None:
            if os.path.exists(os.path.join(self.directory, "stop")):
                self.ended_by = "stop"
            elif os.path.exists(os.path.join(self.directory, "interrupt")):
                self.ended_by = "interrupt"
            elif time.monotonic() > self.deadline:
                self.ended_by = self.spec.get("limit", "max_runtime")
        return self.ended_by

    def stage(self) -> None:
        """Make ``opt/ml`` of every instance.

        Raises
        ------
        Problem
            Something that the job names is not there or cannot be read.
        """
        try:
            for host in self.hosts:
                if self.must_end() is None:
                    host.stage(self.must_end)
        except OSError as error:
            raise files.Problem(f"Data download failed: {error}") from error

    def save_checkpoints(self) -> None:
        """Bring the stored checkpoints up to date with those of every instance."""
        for host in self.hosts:
            host.save_checkpoints()

    def train(self) -> Host:
        """Run the command on every instance to its end, by itself or by us; the first that failed, or any.

        Raises
        ------
        Problem
            It cannot be started.
        """
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._leave)
        self._orphans.adopt()
        for host in self.hosts:
            host.open_log()
        self.hosts[0].check_requirements()
        box = Box(**self.spec["box"], several=len(self.hosts) > 1) if self.spec.get("box") else None
        try:
            for host in self.hosts:
                host.start(box)
                self.tell("Script", pid=host.group)
        except files.Problem:
            self._end()
            raise
        pipes = [pipe for host in self.hosts for pipe in host.pipes]
        for pipe in pipes:
            pipe.start()
        begun, kill_at = time.monotonic(), float("inf")
        sync_at = begun + _SYNC_SECONDS
        running, failed = list(self.hosts), None
        while True:
            for host in [host for host in running if not host.look()]:
                running.remove(host)
                failed = failed or (host if host.code else None)
            left = self._orphans.bury({host.group for host in running})
            if not running:
                break
            for problem in [pipe.problem for pipe in pipes if pipe.problem]:
                self._end()
                raise files.Problem(problem)
            now = time.monotonic()
            # One that fails ends all: the others would wait for it until their time is over.
            if kill_at == float("inf") and (self.must_end() is not None or failed):
                if self.ended_by not in (None, "interrupt"):
                    self.tell("Stopping", by=self.ended_by)
                kill_at = now + float(self.spec["grace"])
                self._signal(signal.SIGTERM)
            elif now > kill_at:
                self._signal(signal.SIGKILL)
            if now > sync_at:
                with suppress(OSError):  # a disk full now may not be later; the last round tells
                    self.save_checkpoints()
                sync_at = time.monotonic() + _SYNC_SECONDS
            # A long job's log needs no finer times, and one look a second costs a laptop nothing.
            if select.select([reader], [], [], min(1.0, max(0.02, (now - begun) / 1000)))[0]:
                os.read(reader, 4096)
        if left:
            files.end_group(0, self.directory)
        for host in self.hosts:
            files.finish_line(host.spec["log"])
        return failed or self.hosts[0]

    def _signal(self, number: int) -> None:
        for host in self.hosts:
            host.signal(number)

    def _end(self) -> None:
        """End whatever still runs."""
        if any(host.group for host in self.hosts):
            self._signal(signal.SIGKILL)
            files.end_group(0, self.directory)

    def _leave(self, *_: object) -> None:
        """The machine goes down: end the command and leave no result, as a host that is lost leaves none."""
        self._end()
        os._exit(1)

    def upload(self, *, complete: bool) -> list[str]:
        """Store the model and the other outputs; the names of those that were there.

        Parameters
        ----------
        complete : bool
            The command succeeded: then there is a model even if it is empty, as with SageMaker.

        Raises
        ------
        OSError
            They cannot be stored.
        """
        self.save_checkpoints()
        outputs, base = self.spec["outputs"], self.hosts[0].base
        stored: list[str] = []
        if self.ended_by == "interrupt":  # it will go on
            return stored
        for host in self.hosts:
            host.store(all_the_time=False)
        if outputs is None:
            return stored
        for name, folder, always in (("model", "model", complete), ("output", "output/data", False)):
            source = os.path.join(base, folder)
            for other in self.hosts[1:]:
                files.merge(os.path.join(other.base, folder), source)
            if not os.path.isdir(source) or not (always or os.listdir(source)):
                continue
            if not os.path.isdir(outputs["home"]):
                raise FileNotFoundError("the bucket of OutputDataConfig.S3OutputPath is gone")
            if outputs["compressed"]:
                files.pack(source, outputs[name], self.scratch)
            else:
                files.mirror(source, outputs[name], self.scratch, {})
            stored.append(name)
        return stored

    def clean(self) -> None:
        """Give back the disk space; an instance's disk does not outlive its job either."""
        import shutil

        os.chdir("/")
        for folder in ("opt", "hosts"):
            shutil.rmtree(os.path.join(self.directory, folder), ignore_errors=True)
        with suppress(FileNotFoundError):  # half of what there was no room for
            os.unlink(self.scratch)


def main(directory: str) -> None:
    """Run the attempt of a directory, unless it is or was another's."""
    directory = os.path.abspath(directory)
    if claim(directory) is not None:
        Supervisor(directory).run()


def serve() -> None:
    """Fork a supervisor for each directory (a JSON string a line) that stdin names, until it closes."""
    # What every supervisor would import, once for all of them.
    import gc
    import gzip  # noqa: F401
    import shutil  # noqa: F401
    import tarfile  # noqa: F401

    with suppress(ImportError):  # some Pythons are built without
        import ctypes  # noqa: F401

    gc.freeze()  # a collection would touch, and so copy, the memory that all of them share
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin.buffer:
        if os.fork() == 0:
            _become_supervisor(json.loads(line))


def _become_supervisor(directory: str) -> NoReturn:
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        errors = os.open(os.path.join(directory, "supervisor.err"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for descriptor, target in ((nothing, 0), (nothing, 1), (errors, 2)):
            os.dup2(descriptor, target)
        main(directory)
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        serve()
