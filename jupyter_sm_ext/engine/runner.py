"""Attempts of jobs as processes that outlive the engine: start them, look at them, take them up again."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from jupyter_sm_ext.engine import bell
from jupyter_sm_ext.engine.launcher import Launcher
from jupyter_sm_ext.engine.locks import held
from jupyter_sm_ext.engine.supervisor_files import MARKER, end_group, finish_line, log_of

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

_LOGGER = logging.getLogger(__name__)
_LAUNCHES = 3
_LAUNCH_SECONDS = 5.0
_LOOK_SECONDS = 0.5
_SAME_PROCESS_SECONDS = 5.0
_TOKEN_CHARACTERS = 8
_TIDY_SECONDS = 5.0

Json = dict[str, Any]


class Attempt:
    """One attempt of a job, as the engine sees it.

    Parameters
    ----------
    directory : Path
        Where it lives; prepared.
    launcher : Launcher
        Starts its supervisor.

    Attributes
    ----------
    ended : bool
        Its result is there: seen by `events` or by `lost`.
    logs : list of tuple of Path
        Log, and index of its times, of each instance.
    """

    def __init__(self, directory: Path, launcher: Launcher) -> None:
        self.directory = directory
        self._launcher = launcher
        spec = json.loads((directory / "spec.json").read_text(encoding="utf-8"))
        self.log, self.index = Path(spec["log"]), Path(spec["index"])
        others = [other["name"] for other in spec.get("others", [])]
        self.logs = [(self.log, self.index)]
        self.logs += [(Path(log_of(spec["log"], name)), Path(log_of(spec["index"], name))) for name in others]
        self.command: list[str] = spec["command"]
        self.launches = 0
        self.ended = False
        self._launched = float("-inf")
        self._offset = 0
        self._looked = 0.0
        self._stop_wanted = False
        self._script: tuple[int, float] | None = None

    def launch(self) -> None:
        """Have a supervisor started for it. Should there be one, the new one leaves at once.

        Raises
        ------
        OSError
            It cannot be started.
        """
        self.launches += 1
        self._launched = time.monotonic()
        self._launcher.launch(self.directory)

    def events(self) -> list[Json]:
        """What happened since the last call."""
        try:
            with (self.directory / "events.jsonl").open("rb") as file:
                if os.fstat(file.fileno()).st_size == self._offset:
                    return []
                file.seek(self._offset)
                lines = file.read()
        except FileNotFoundError:
            return []
        lines = lines[: lines.rfind(b"\n") + 1]
        self._offset += len(lines)
        found: list[Json] = [json.loads(line) for line in lines.splitlines()]
        for event in found:
            if event["event"] == "Script":
                self._script = (event["pid"], event["time"])
            self.ended = self.ended or event["event"] == "Exit"
        return found

    def result(self) -> Json | None:
        """How it ended; None while it has not."""
        return _read(self.directory / "exit.json")

    def lost(self) -> str | None:
        """Why it will never end by itself; None while it may. Starts its supervisor again if it never came up."""
        now = time.monotonic()
        if now < self._looked + _LOOK_SECONDS:
            return None
        self._looked = now
        if self._stop_wanted:
            self.stop()
        # Before the look at the lock: one that starts in between takes the lock first.
        started = (self.directory / "started").exists()
        if self.supervised():
            return None
        if self.result() is not None:
            self.ended = True
            return None
        if started:
            return "its supervising process ended without a result"
        if now < self._launched + _LAUNCH_SECONDS:
            return None
        try:
            if self.launches < _LAUNCHES:
                self.launch()
                return None
            said = self._launcher.complaint()
        except OSError as error:
            said = str(error)
        return f"its supervising process cannot be started: {said or 'no reason is known'}"

    def supervised(self) -> bool:
        """Whether a supervisor has it in hand now."""
        return held(self.directory / "lock")

    def stop(self) -> None:
        """Ask for its end; again with the next look at it if the disk is full."""
        self._stop_wanted = True
        with suppress(OSError):
            (self.directory / "stop").touch()
            self._stop_wanted = False

    def interrupt(self) -> None:
        """Ask for its end as if its instances were taken away: checkpoints are stored, and nothing else."""
        (self.directory / "interrupt").touch()

    def end_orphans(self) -> None:
        """End what a dead supervisor left running, and nothing else."""
        self.events()
        if self._script is not None and _is_from(*self._script):
            end_group(self._script[0], str(self.directory))
        for process in psutil.process_iter():
            # The marker holds where a pid may be another's by now, and before the pid was written down.
            with suppress(psutil.Error, OSError):
                if process.uids().real == os.getuid() and process.environ().get(MARKER) == str(self.directory):
                    process.kill()
        for log, _ in self.logs:
            finish_line(str(log))

    def finished(self) -> bool:
        """Whether its supervisor is gone, all its cleaning done."""
        return not self.supervised()


def _is_from(pid: int, at: float) -> bool:
    """Whether a process is the one that was started then, and leads a group."""
    try:
        return abs(psutil.Process(pid).create_time() - at) < _SAME_PROCESS_SECONDS and os.getpgid(pid) == pid
    except (psutil.Error, OSError):
        return False


class Runner:
    """The attempts of one engine.

    Parameters
    ----------
    engine : Engine
        Its context.
    home : Path, optional
        Attempts are below its ``jobs``, logs below its ``logs``; the engine's data directory if not given.
    """

    def __init__(self, engine: Engine, *, home: Path | None = None) -> None:
        home = home or engine.data_dir
        self.root = home / "jobs"
        self.logs = home / "logs"
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._bell = engine.data_dir / bell.NAME
        self._launcher = Launcher(home / "launcher.err")
        self._retired: list[Attempt] = []
        self._tidy_at = 0.0

    def directory(self, job: str, number: int, token: str) -> Path:
        """Where an attempt lives.

        Parameters
        ----------
        job : str
            The job's name.
        number : int
            From 1.
        token : str
            Tells this job from an earlier one with its name, which may not be cleaned away yet.
        """
        return self.root / job / f"{number}-{token[:_TOKEN_CHARACTERS]}"

    def is_prepared(self, directory: Path) -> bool:
        """Whether an attempt may have run already."""
        return _read(directory / "spec.json") is not None

    def start(self, directory: Path, spec: Callable[[], Json]) -> Attempt:
        """Start an attempt, or take it up if it was started before.

        Parameters
        ----------
        directory : Path
            Where it lives.
        spec : callable
            What the supervisor is to do, but for the log. Not called when taking up.

        Raises
        ------
        OSError
            It cannot be prepared or started.
        """
        # Renamed, so complete; but not synced, and a power cut can leave a name without its content.
        if not self.is_prepared(directory):
            log = self._new_log(directory.parent.name)
            files = {"log": log, "index": log.with_suffix(".idx"), "bell": self._bell}
            content = {**spec(), **{name: str(path) for name, path in files.items()}}
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = directory / "spec.json.part"
            fresh.touch(mode=0o600)
            fresh.write_text(json.dumps(content), encoding="utf-8")
            fresh.rename(directory / "spec.json")
        attempt = Attempt(directory, self._launcher)
        if not (directory / "started").exists():
            attempt.launch()
        return attempt

    def retire(self, attempt: Attempt) -> None:
        """Forget an attempt whose end is on record; its files go when its supervisor has."""
        self._retired.append(attempt)

    def sweep(self, unfinished: Callable[[str], bool]) -> None:
        """At the engine's start: remove what one that was killed had no time for.

        Parameters
        ----------
        unfinished : callable
            Whether the job of a name still needs its attempts.
        """
        for folder in self.root.iterdir():
            for directory in folder.iterdir():
                if unfinished(folder.name):
                    continue
                if not self.is_prepared(directory):
                    shutil.rmtree(directory, ignore_errors=True)
                else:
                    self.retire(Attempt(directory, self._launcher))
            with suppress(OSError):  # it is not empty
                folder.rmdir()

    def tidy(self, *, busy: bool = False) -> bool:
        """Remove the files of retired attempts; whether some have to wait.

        Parameters
        ----------
        busy : bool
            Others run or are about to: then only now and then, for they should not wait for this.
        """
        now = time.monotonic()
        if busy and now < self._tidy_at:
            return bool(self._retired)
        self._tidy_at = now + _TIDY_SECONDS
        for attempt in [attempt for attempt in self._retired if attempt.finished()]:
            self._retired.remove(attempt)
            shutil.rmtree(attempt.directory, ignore_errors=True)
            with suppress(OSError):  # another attempt is still in it
                attempt.directory.parent.rmdir()
        return bool(self._retired)

    def close(self) -> None:
        """Let go of what starts attempts; those that run go on."""
        self._launcher.close()

    def _new_log(self, job: str) -> Path:
        folder = self.logs / job
        # Their names tell their order, whatever the clock does.
        before = [int(path.stem.rpartition("-")[2]) for path in folder.glob("algo-1-*.log")]
        second = max([int(time.time()), *(one + 1 for one in before)])
        for path in (self.logs, folder):
            path.mkdir(exist_ok=True, mode=0o700)
        return folder / f"algo-1-{second}.log"


def _read(path: Path) -> Json | None:
    """A file's JSON; None if it is not there, or not yet complete."""
    try:
        found: Json = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found
