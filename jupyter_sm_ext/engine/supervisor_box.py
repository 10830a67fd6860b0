"""An ``/opt/ml`` of one's own, and a network of one's own, by Linux namespaces.

Standard library only, and little of it: see supervisor.py.
The process that is to become a job's command makes them for itself before it does, so there is no process in between:
pid, process group, signals and exit code are the command's, and its files are the user's. What unshare or bubblewrap
would put between ends by the first SIGTERM, and with it the time that a script has to save its state.

``python -I -S supervisor_box.py`` tries it and says, as JSON, what can be had (see `boxes`).
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

TYPE_CHECKING = False  # importing typing costs 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

if __package__:
    from jupyter_sm_ext.engine import supervisor_files as files
else:
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    import supervisor_files as files  # type: ignore[import-not-found,no-redef]

# From <sched.h>, <sys/mount.h> and <linux/if.h>.
_NEW_MOUNTS, _NEW_USER, _NEW_NETWORK = 0x20000, 0x10000000, 0x40000000
_BIND, _MOVE, _RECURSIVE, _SLAVE, _DETACH = 0x1000, 0x2000, 0x4000, 0x80000, 2
_SET_INTERFACE_FLAGS, _INTERFACE_IS_UP = 0x8914, 0x1
# Sockets in the file system are no part of the network; those that resolve names or run things for others would be a
# way round it.
_WAYS_OUT = ("systemd/resolve", "nscd", "dbus", "avahi-daemon", "user", "docker.sock", "containerd", "podman")


class Box:
    """What the instances of an attempt see in place of the machine's own.

    Parameters
    ----------
    place : str
        Where each finds its directory: ``/opt/ml``.
    as_user : bool
        Whether it takes a namespace of users, in which everybody may do this, to do it; an administrator needs none.
    isolated : bool
        Whether they have no network but a loopback interface of their own, one for all of them: the service lets
        instances of an isolated job talk to each other and to nobody else.
    several : bool
        Whether there is more than one.
    """

    def __init__(self, place: str, *, as_user: bool, isolated: bool, several: bool = False) -> None:
        self.place = place
        self._as_user = as_user
        self._isolated = isolated
        self._several = several
        self._shared: list[tuple[int, int]] = []

    def start(self, base: str, view: str, become: Callable[[], object]) -> int:
        """Start a process that sees `base` in its place, and leads a process group; gives its pid.

        Parameters
        ----------
        base : str
            Its directory.
        view : str
            An empty directory, or the name of one to be made, for the time of making this.
        become : callable
            What the process is to do then; all signals are blocked. It does not come back, or it fails.

        Raises
        ------
        Problem
            It cannot be done, or `become` failed.
        """
        # A signal that ends us now would not find the process that is not yet known to anybody.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            return self._start(base, view, become)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _start(self, base: str, view: str, become: Callable[[], object]) -> int:
        said, say = os.pipe()
        go, let = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._child(base, view, become, say=say, go=go, close=(said, let))
        os.close(say)
        os.close(go)
        try:
            words = os.read(said, 1)
            if words == b"\0":  # it has its namespaces, and waits until we have seen them
                self._keep(pid)
                os.write(let, b"\0")
                words = os.read(said, 1)
            while more := os.read(said, 4096):
                words += more
        finally:
            os.close(said)
            os.close(let)
        if words:
            os.waitpid(pid, 0)
            raise files.Problem(words.decode("utf-8", "replace"))
        return pid

    def _child(
        self, base: str, view: str, become: Callable[[], object], *, say: int, go: int, close: tuple[int, int]
    ) -> None:
        try:
            for descriptor in close:
                os.close(descriptor)
            os.setpgid(0, 0)
            try:
                self._enter(base, view)
            except (OSError, ImportError) as error:
                raise files.Problem(f"cannot make {self.place} for the job: {error}") from error
            if self._isolated and self._several and not self._shared:
                os.write(say, b"\0")
                os.read(go, 1)
            become()
        except files.Problem as problem:
            os.write(say, str(problem).encode())
        except BaseException as error:  # noqa: BLE001 - it is told, and this process ends here
            os.write(say, repr(error).encode())
        finally:
            os._exit(127)

    def _keep(self, pid: int) -> None:
        """Hold on to the namespaces of the first instance, for the others to join."""
        for name, kind in (("user", _NEW_USER), ("net", _NEW_NETWORK)):
            if name == "net" or self._as_user:
                self._shared.append((os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY), kind))

    def _enter(self, base: str, view: str) -> None:
        """Make the namespaces of this process, or join those that are there, and put things in their places."""
        system = _System()
        os.makedirs(view, exist_ok=True)
        for descriptor, kind in self._shared:
            system.join(descriptor, kind)
        wanted = _NEW_MOUNTS
        if not self._shared:
            wanted |= (_NEW_USER if self._as_user else 0) | (_NEW_NETWORK if self._isolated else 0)
        user, group = os.getuid(), os.getgid()
        system.unshare(wanted)
        if wanted & _NEW_USER:
            # To themselves: who runs the job is who started it, and its files are theirs.
            for name, text in (
                ("setgroups", "deny"),
                ("uid_map", f"{user} {user} 1"),
                ("gid_map", f"{group} {group} 1"),
            ):
                with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                    file.write(text)
        # What is mounted outside still comes in, as it must where directories are mounted on demand; nothing goes out.
        system.mount(None, "/", _RECURSIVE | _SLAVE)
        _put(system, base, self.place, view)
        if self._isolated:
            _close_ways_out(system)
            if wanted & _NEW_NETWORK:
                _bring_loopback_up()


class _System:
    """Calls of the system that Python 3.10 has no names for."""

    def __init__(self) -> None:
        import ctypes

        self._ctypes = ctypes
        self._library = ctypes.CDLL(None, use_errno=True)

    def unshare(self, kinds: int) -> None:
        self._check(self._library.unshare(kinds), "unshare")

    def join(self, descriptor: int, kind: int) -> None:
        self._check(self._library.setns(descriptor, kind), "setns")

    def mount(self, source: str | None, target: str, flags: int, *, kind: str | None = None) -> None:
        texts = [text if text is None else os.fsencode(text) for text in (source, target, kind)]
        words = b"mode=755" if kind else None
        done = self._library.mount(texts[0], texts[1], texts[2], self._ctypes.c_ulong(flags), words)
        self._check(done, f"mount {target}")

    def unmount(self, target: str) -> None:
        self._check(self._library.umount2(os.fsencode(target), _DETACH), f"umount {target}")

    def _check(self, done: int, what: str) -> None:
        if done != 0:
            number = self._ctypes.get_errno()
            raise OSError(number, f"{what}: {os.strerror(number)}")


def _put(system: _System, base: str, place: str, view: str) -> None:
    """Make a directory be found at a place that may not exist, and that we may not be allowed to make."""
    if os.path.isdir(place):
        system.mount(base, place, _BIND | _RECURSIVE)
        return
    above = os.path.dirname(place)
    while not os.path.isdir(above):
        above = os.path.dirname(above)
    above = os.path.realpath(above)
    # In memory, all that is there now, and the place besides. It goes on top of what it shows.
    system.mount("tmpfs", view, 0, kind="tmpfs")
    with os.scandir(above) as found:
        entries = list(found)
    for entry in entries:
        target = os.path.join(view, entry.name)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
            continue
        if entry.is_dir():
            os.mkdir(target)
        else:
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600))
        system.mount(entry.path, target, _BIND | _RECURSIVE)
    inner = os.path.join(view, os.path.relpath(place, above))
    os.makedirs(inner)
    system.mount(base, inner, _BIND | _RECURSIVE)
    os.chdir(view)
    system.mount(".", above, _MOVE)
    if above == "/":
        os.chroot(".")
    os.chdir("/")
    with suppress(OSError):  # it was copied with what it lies in, or it was not
        system.unmount(view)


def _close_ways_out(system: _System) -> None:
    for folder in dict.fromkeys(map(os.path.realpath, ("/run", "/var/run"))):
        for name in _WAYS_OUT:
            path = os.path.join(folder, name)
            if os.path.isdir(path):
                system.mount("tmpfs", path, 0, kind="tmpfs")
            elif os.path.exists(path):
                system.mount(os.devnull, path, _BIND)


def _bring_loopback_up() -> None:
    import fcntl
    import socket
    import struct

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_INTERFACE_FLAGS, struct.pack("16sh22x", b"lo", _INTERFACE_IS_UP))


def probe(place: str) -> dict[str, Any]:
    """Try what can be had here, by having it.

    Parameters
    ----------
    place : str
        The directory that jobs are to have.

    Returns
    -------
    dict
        ``as_user``: with a namespace of users or without, or None if neither goes; ``isolated``: whether a network of
        one's own goes too; ``reason``: why not, where one does not.
    """
    import tempfile

    found: dict[str, Any] = {"as_user": None, "isolated": False, "reason": ""}
    with tempfile.TemporaryDirectory() as folder:
        base, view = os.path.join(folder, "base"), os.path.join(folder, "view")
        os.mkdir(base)

        def become() -> None:
            os.close(os.open(os.path.join(place, "seen"), os.O_WRONLY | os.O_CREAT, 0o600))
            os._exit(0)

        for isolated in (False, True):
            for as_user in (False, True) if found["as_user"] is None else (found["as_user"],):
                try:
                    os.waitpid(Box(place, as_user=as_user, isolated=isolated).start(base, view, become), 0)
                    os.unlink(os.path.join(base, "seen"))
                except (files.Problem, OSError) as problem:
                    found["reason"] = str(problem)
                    continue
                found |= {"as_user": as_user, "isolated": isolated, "reason": ""}
                break
            if found["as_user"] is None:
                break
    return found


if __name__ == "__main__":
    import json

    sys.stdout.write(json.dumps(probe(sys.argv[1])))
