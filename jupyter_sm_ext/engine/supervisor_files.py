"""What the supervisor does with files and processes. Standard library only, and little of it: see supervisor.py."""

from __future__ import annotations

import os
import signal
import stat
from contextlib import suppress

TYPE_CHECKING = False  # importing typing costs 4 ms
if TYPE_CHECKING:
    import tarfile
    from collections.abc import Iterator
    from typing import Any

MARKER = "JUPYTER_SM_ATTEMPT"
"""Environment variable of every process of an attempt: its directory. It tells them from others for certain."""

REASON_CHARACTERS = 1024
_TAIL_BYTES = 16384
_LINE_CHARACTERS = 500
_COPY_BYTES = 1 << 24


class Problem(Exception):  # noqa: N818 - it is told to the user, in a job's FailureReason
    """The attempt cannot go on, and the user can do something about it."""


def write_durably(path: str, data: bytes) -> None:
    """Make a file that stays through a power cut. One sync is what a trial can afford.

    Under its own name, so a reader may see half of it: what is written is JSON, and half of that is none.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append(descriptor: int, data: bytes) -> bool:
    """Add to a file as a whole, or not at all; False if the disk is full."""
    size = os.fstat(descriptor).st_size
    try:
        if os.write(descriptor, data) == len(data):
            return True
    except OSError:
        pass
    os.ftruncate(descriptor, size)
    return False


def ring(bell: str) -> None:
    """Tell the engine that there is something to see, if it listens (see bell.py)."""
    with suppress(OSError):
        descriptor = os.open(bell, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(descriptor, b"\0")
        finally:
            os.close(descriptor)


def sync_directory(path: str) -> None:
    """Make the names in a directory last through a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def files_under(home: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Path and name of each object below an S3 prefix, named as SageMaker names the files of a channel.

    A prefix that ends within a name ("train" for "train-a.csv") counts from that name on.
    """
    base = prefix if not prefix or prefix.endswith("/") else prefix + "/"
    above = prefix.rpartition("/")[0]
    # Such a prefix leads out of the bucket; keys that begin so are no files here (see objects.py).
    stack = [above] if not above or not {"", ".", ".."} & set(above.split("/")) else []
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(os.path.join(home, folder)) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            key = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if key.startswith(prefix) or prefix.startswith(f"{key}/"):
                    stack.append(key)
            elif entry.is_file(follow_symlinks=False) and key.startswith(prefix):
                yield entry.path, key[len(base) :] if key.startswith(base) else key[len(above) :].lstrip("/")


def files_of(channel: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Path and name of each object that a channel brings to an instance.

    Raises
    ------
    Problem
        They are listed in a manifest, and that is none.
    """
    if "manifest" in channel:
        found = iter(listed(**channel["manifest"]))
    else:
        found = iter(channel["files"] or files_under(channel["home"], channel["prefix"]))
    mine, count = channel.get("shard", (0, 1))
    for number, one in enumerate(found):
        if number % count == mine:
            yield one


def listed(path: str, uri: str, buckets: str) -> list[tuple[str, str]]:
    """Path and name of each object that a manifest names.

    Parameters
    ----------
    path, uri : str
        The manifest: a JSON list of an object with a "prefix" and of what follows the prefix in each object's URI.
    buckets : str
        The directory of all buckets.

    Raises
    ------
    Problem
        It is not such a list, or names what is not there.
    """
    import json

    try:
        with open(path, encoding="utf-8") as file:
            first, *names = json.load(file)
        scheme, _, place = first["prefix"].partition("://")
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Problem(f"Data download failed: the manifest {uri} cannot be read: {error!r}") from error
    bucket, _, prefix = place.partition("/")
    # What does not begin so is no bucket (see objects.py), but may be a directory: "..".
    if scheme != "s3" or not bucket[:1].isalnum() or not names or not all(isinstance(name, str) for name in names):
        raise Problem(f"Data download failed: the manifest {uri} is no list of a prefix and of names")
    found: dict[str, str] = {}
    home = os.path.join(os.path.realpath(buckets), bucket)
    for name in names:
        key = os.path.join(home, prefix + name)
        # No ".." and no link out of the bucket, in the object's path or in the name of the channel's file.
        inside = not {"", ".", ".."} & {*(prefix + name).split("/"), *name.strip("/").split("/")}
        if not inside or os.path.realpath(key) != key or not os.path.isfile(key):
            raise Problem(f"Data download failed: there is no object {first['prefix']}{name}, named in {uri}")
        found[name.strip("/")] = key
    return [(key, name) for name, key in found.items()]


def log_of(path: str, name: str) -> str:
    """The log, or its index, of an instance, from that of the first."""
    folder, _, file = path.rpartition("/")
    return os.path.join(folder, file.replace("algo-1-", f"{name}-", 1))


def merge(source: str, target: str) -> None:
    """Move what a directory holds to another, but for files that are there already."""
    for folder, _, names in os.walk(source):
        place = os.path.join(target, os.path.relpath(folder, source))
        try:
            os.makedirs(place, exist_ok=True)
        except OSError:  # a file of the other has that name
            continue
        for name in names:
            if not os.path.lexists(os.path.join(place, name)):
                os.rename(os.path.join(folder, name), os.path.join(place, name))


def copy_file(source: str, target: str) -> None:
    """Copy a file's bytes; where the file system can share them, it does."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(source, "rb") as reader, open(target, "wb") as writer:
        if hasattr(os, "copy_file_range"):
            try:
                while os.copy_file_range(reader.fileno(), writer.fileno(), _COPY_BYTES):
                    pass
            except OSError:
                # Not every file system takes the call. The plain way goes on from here, or meets the same trouble.
                reader.seek(0)
                writer.seek(0)
        while chunk := reader.read(_COPY_BYTES):
            writer.write(chunk)


def mirror(source: str, target: str, scratch: str, seen: dict[str, tuple[int, int]]) -> None:
    """Make the files below `target` those below `source`.

    Parameters
    ----------
    source, target : str
        Directories. Files of the target that never were in the source stay.
    scratch : str
        Where a file is while it is not complete, on the target's file system.
    seen : dict
        Size and time of what was copied before; brought up to date.
    """
    now: dict[str, tuple[int, int]] = {}
    for path, name in files_under(source, ""):
        try:
            found = os.stat(path)
            if seen.get(name) != (found.st_size, found.st_mtime_ns):
                copy_file(path, scratch)
                os.makedirs(os.path.dirname(os.path.join(target, name)), exist_ok=True)
                os.replace(scratch, os.path.join(target, name))
        except FileNotFoundError:  # the script replaced it under our hands: the next round has it
            continue
        now[name] = (found.st_size, found.st_mtime_ns)
    for name in seen.keys() - now.keys():
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(target, name))
    seen.clear()
    seen.update(now)


def snapshot(folder: str) -> dict[str, tuple[int, int]]:
    """Size and time of the files below a directory, as `mirror` remembers them."""
    found = {name: os.stat(path) for path, name in files_under(folder, "")}
    return {name: (state.st_size, state.st_mtime_ns) for name, state in found.items()}


def extract(path: str, uri: str, target: str) -> None:
    """Unpack the user's code.

    Raises
    ------
    Problem
        It is not there, or no archive that can be unpacked safely.
    """
    import tarfile
    import zlib

    try:
        with tarfile.open(path, "r:*") as archive:
            if hasattr(tarfile, "data_filter"):
                archive.extractall(target, filter="data")
            else:
                _extract_without_filter(archive, target)
    except FileNotFoundError as error:
        raise Problem(f"there is no object {uri}, the job's sagemaker_submit_directory") from error
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise Problem(f"cannot unpack {uri}, the job's sagemaker_submit_directory: {error}") from error


def _extract_without_filter(archive: tarfile.TarFile, target: str) -> None:
    """What the data filter does, for Python 3.11.2 of Debian 12, which has none; links are refused as a whole."""
    import tarfile

    root = os.path.realpath(target)
    for member in archive:
        place = os.path.realpath(os.path.join(root, member.name))
        if os.path.commonpath([root, place]) != root:
            raise tarfile.ExtractError(f"{member.name!r} would be extracted outside the directory")
        if not (member.isfile() or member.isdir()):
            raise tarfile.ExtractError(f"{member.name!r} is neither a file nor a directory")
        member.mode = (member.mode | 0o600 | (0o100 if member.isdir() else 0)) & 0o755
        member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
        archive.extract(member, root)


def pack(source: str, target: str, scratch: str) -> None:
    """Make a .tar.gz of what a directory holds, complete or not at all."""
    import tarfile

    # Level 1: it is read again on this machine, and weights hardly shrink at any level.
    with open(scratch, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
            for name in sorted(os.listdir(source)):
                archive.add(os.path.join(source, name), name, filter=_anonymous)
        file.flush()
        os.fsync(file.fileno())
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.replace(scratch, target)
    sync_directory(os.path.dirname(target))


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def finish_line(log: str) -> None:
    """End the last line of a log that will not grow any more: readers take complete lines only."""
    with suppress(OSError), open(log, "rb+") as file:  # it is not there, or the disk is full
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")


def last_words(log: str) -> str:
    """The line in which the last traceback of a log says what happened; without one, the log's last line."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    _, found, tail = text.rpartition("Traceback (most recent call last):")
    lines = [line for line in (tail if found else text).splitlines() if line.strip()]
    said = next((line for line in lines if found and not line[0].isspace()), lines[-1] if lines else "")
    return said.strip()[:_LINE_CHARACTERS]


def failure_text(path: str) -> str:
    """What the script wrote about its failure, as far as the service shows it."""
    try:
        # A pipe or a device here must not hold us for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return ""
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        return file.read(REASON_CHARACTERS * 4).decode("utf-8", "replace")[:REASON_CHARACTERS].strip()


def program_path(command: str, environment: dict[str, str], folder: str) -> str:
    """Find what a command names, as a shell in `folder` would.

    Raises
    ------
    Problem
        There is no such program.
    """
    if "/" in command:
        return os.path.join(folder, command)
    for part in environment.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, part, command)
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    raise Problem(f"no program is called {command!r} on this machine")


def signal_group(group: int, number: int) -> None:
    """Signal a process group, if it is still there."""
    with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
        os.killpg(group, number)


def end_group(group: int, directory: str) -> None:
    """End every process of an attempt: its group, if it is not 0, and what else carries the attempt's marker."""
    if group:
        signal_group(group, signal.SIGKILL)
    mark = f"{MARKER}={directory}".encode()
    try:
        numbers = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:  # macOS
        return
    for number in numbers:
        try:
            with open(f"/proc/{number}/environ", "rb") as file:
                if mark in file.read().split(b"\0"):
                    os.kill(int(number), signal.SIGKILL)
        except OSError:
            continue
