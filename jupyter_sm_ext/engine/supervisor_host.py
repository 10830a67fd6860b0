"""One instance of an attempt: its ``opt/ml``, its command, its log. Standard library only: see supervisor.py."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress

TYPE_CHECKING = False  # importing typing costs 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jupyter_sm_ext.engine.steady_clock import SteadyClock
    from jupyter_sm_ext.engine.supervisor_pipes import Pipe

if __package__:
    from jupyter_sm_ext.engine import supervisor_files as files
    from jupyter_sm_ext.engine.supervisor_box import Box
else:
    import supervisor_files as files  # type: ignore[import-not-found,no-redef]
    from supervisor_box import Box  # type: ignore[import-not-found,no-redef]

# Python ignores SIGPIPE and SIGXFSZ, a shell SIGINT and SIGQUIT of what it starts in the background, and what is
# ignored stays ignored in a child.
_DEFAULTS = [getattr(signal, f"SIG{name}") for name in ("PIPE", "XFSZ", "TERM", "INT", "QUIT", "HUP")]


def _pipe(folder: str, channel: dict[str, Any]) -> Pipe:
    # Here and not above: few jobs have one, and it brings threads.
    if __package__:
        from jupyter_sm_ext.engine.supervisor_pipes import Pipe
    else:
        from supervisor_pipes import Pipe  # type: ignore[import-not-found,no-redef]
    return Pipe(folder, channel)


class Host:
    """An instance.

    Parameters
    ----------
    directory : str
        The attempt's directory.
    spec : dict
        The attempt's spec.
    part : dict, optional
        What is different on this instance, if it is not the first: name, config, environment, channels, checkpoints.
    clock : SteadyClock
        Gives the times of its log.

    Attributes
    ----------
    group : int
        The process group of its command; 0 before and after.
    code : int or None
        The command's exit code, as a container's would be; None until it has ended.
    pipes : list of Pipe
        Its channels that are streams; none is fed yet.
    """

    def __init__(self, directory: str, spec: dict[str, Any], part: dict[str, Any] | None, clock: SteadyClock) -> None:
        self.directory = directory
        self._clock = clock
        self.spec = {**spec, **(part or {})}
        home = directory
        if part:
            home = os.path.join(directory, "hosts", part["name"])
            for kind in ("log", "index"):
                self.spec[kind] = files.log_of(spec[kind], part["name"])
        self.base = os.path.join(home, "opt", "ml")
        self._view = os.path.join(home, "view")
        self.source = os.path.join(self.base, "code")
        self.scratch = os.path.join(directory, "upload.part")
        self.group = 0
        self.code: int | None = None
        self.pipes: list[Pipe] = []
        self._log = self._index = -1
        self._size = 0
        self._checkpoints: dict[str, tuple[int, int]] = {}
        self._stored: dict[str, dict[str, tuple[int, int]]] = {local: {} for local in self._uploads()}

    def stage(self, must_end: Callable[[], str | None]) -> None:
        """Make ``opt/ml`` with configuration, code and data.

        Raises
        ------
        Problem
            Something that the job names is not there or cannot be read.
        OSError
            So is something of ours.
        """
        settings = os.path.join(self.base, self.spec.get("settings", "input/config"))
        for folder in ("code", "model", "output/data", "output/intermediate", "input/data", *self._uploads()):
            os.makedirs(os.path.join(self.base, folder), exist_ok=True)
        os.makedirs(settings, exist_ok=True)
        for name, content in self.spec["config"].items():
            with open(os.path.join(settings, name), "w", encoding="utf-8") as file:
                json.dump(content, file)
        if self.spec["source"]:
            files.extract(self.spec["source"]["path"], self.spec["source"]["uri"], self.source)
        self.take_cache()
        for channel in self.spec["channels"]:
            if channel.get("pipe"):
                self.pipes.append(_pipe(os.path.join(self.base, "input", "data"), channel))
                continue
            target = os.path.join(self.base, channel.get("place") or f"input/data/{channel['name']}")
            os.makedirs(target, exist_ok=True)
            for path, name in files.files_of(channel):
                if must_end() is not None:
                    return
                files.copy_file(path, os.path.join(target, name))
                if channel.get("read_only"):
                    os.chmod(os.path.join(target, name), 0o444)
        if self.spec["checkpoints"]:
            os.makedirs(self.spec["checkpoints"]["local"], exist_ok=True)
            local, remote = self.spec["checkpoints"]["local"], self.spec["checkpoints"]["remote"]
            files.mirror(remote, local, self.scratch, {})
            self._checkpoints = files.snapshot(local)

    def take_cache(self) -> None:
        """Find what the job before left in the cache of a warm pool, if there is a pool."""
        if self.spec.get("warm"):
            left, mine = self._cache()
            os.makedirs(os.path.dirname(mine), exist_ok=True)
            if os.path.isdir(left):
                os.rename(left, mine)
            else:
                os.makedirs(mine, exist_ok=True)

    def leave_cache(self) -> None:
        """Leave the cache for the next job, before anybody can know that this one is over."""
        if self.spec.get("warm"):
            left, mine = self._cache()
            with suppress(OSError):  # the script may have removed it; nobody relies on a cache
                os.makedirs(os.path.dirname(left), mode=0o700, exist_ok=True)
                os.rename(mine, left)

    def _cache(self) -> tuple[str, str]:
        left = os.path.join(self.spec["warm"], self.spec.get("name", "algo-1"))
        return left, os.path.join(self.base, "sagemaker", "warmpoolcache")

    def save_checkpoints(self) -> None:
        """Bring the stored checkpoints, and what else is stored all the time, up to date with the script's."""
        if self.spec["checkpoints"]:
            local, remote = self.spec["checkpoints"]["local"], self.spec["checkpoints"]["remote"]
            files.mirror(local, remote, self.scratch, self._checkpoints)
        self.store(all_the_time=True)

    def store(self, *, all_the_time: bool) -> None:
        """Store what is below the directories that are outputs one by one: those of all the time, or the others.

        Raises
        ------
        OSError
            They cannot be stored.
        """
        for local, upload in self._uploads().items():
            if upload["all_the_time"] == all_the_time:
                if not os.path.isdir(upload["home"]):
                    raise FileNotFoundError(f"the bucket of {upload['uri']} is gone")
                files.mirror(os.path.join(self.base, local), upload["remote"], self.scratch, self._stored[local])

    def _uploads(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.spec.get("uploads", {})
        return found

    def open_log(self) -> None:
        """Make the log and the index of its times."""
        os.makedirs(os.path.dirname(self.spec["log"]), exist_ok=True)
        self._log = os.open(self.spec["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._index = os.open(self.spec["index"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def check_requirements(self) -> None:
        """Ask the script's interpreter whether it has what a requirements.txt wants; its last line says what not.

        Raises
        ------
        Problem
            It has not.
        """
        path = os.path.join(self.source, "requirements.txt")
        if not self.spec["requirements"] or not os.path.exists(path):
            return
        if os.waitpid(self._spawn([*self.spec["requirements"], path]), 0)[1] != 0:
            with open(self.spec["log"], encoding="utf-8", errors="replace") as file:
                raise files.Problem((file.read().strip().splitlines() or ["requirements.txt cannot be checked"])[-1])

    def start(self, box: Box | None) -> None:
        """Start the command.

        Parameters
        ----------
        box : Box, optional
            What it is to see in place of the machine's own.

        Raises
        ------
        Problem
            It cannot be started.
        """
        if box is None:
            self.group = self._spawn(self.spec["command"])
        else:
            self.group = box.start(self.base, self._view, lambda: self._become(box.place))

    def look(self) -> bool:
        """See whether the command still runs, and note how far its log has grown."""
        if not self.group:
            return False
        found, status = os.waitpid(self.group, os.WNOHANG)
        if (grown := os.fstat(self._log).st_size) > self._size:
            # What lies before this offset was written by this time.
            now = int(self._clock.now() * 1000)
            if files.append(self._index, now.to_bytes(8, sys.byteorder) + grown.to_bytes(8, sys.byteorder)):
                self._size = grown
        if not found:
            return True
        files.signal_group(self.group, signal.SIGKILL)
        self.group = 0
        code = os.waitstatus_to_exitcode(status)
        self.code = code if code >= 0 else 128 - code
        return False

    def signal(self, number: int) -> None:
        """Signal the command and its children, if it runs."""
        if self.group:
            files.signal_group(self.group, number)

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in self.spec.get("inherits", ()) if name in os.environ}
        return {**inherited, **self.spec["environment"], files.MARKER: self.directory}

    def _become(self, place: str) -> None:
        """Turn this process, which has all signals blocked, into the command."""
        command: list[str] = self.spec["command"]
        os.chdir(os.path.join(place, "code"))
        path = files.program_path(command[0], self._environment(), os.getcwd())
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, target in ((nothing, 0), (self._log, 1), (self._log, 2)):
            os.dup2(descriptor, target)
        for number in _DEFAULTS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        try:
            os.execve(path, command, self._environment())  # noqa: S606 - a job's command is no shell's
        except OSError as error:
            raise files.Problem(f"cannot run {command[0]}: {error.strerror}") from error

    def _spawn(self, command: list[str]) -> int:
        environment = self._environment()
        path = files.program_path(command[0], environment, self.source)
        os.chdir(self.source)
        try:
            return os.posix_spawn(
                path,
                command,
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, self._log, 1),
                    (os.POSIX_SPAWN_DUP2, self._log, 2),
                ],
                setpgroup=0,
                setsigmask=[],
                setsigdef=_DEFAULTS,
            )
        except OSError as error:
            raise files.Problem(f"cannot run {command[0]}: {error.strerror}") from error
