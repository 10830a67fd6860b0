"""Files and folders of this machine to an app."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.remote.app_files import (
    DIRECTORY,
    Moved,
    OnMove,
    contents_path,
    folder_of,
    is_of_file,
    joined,
    model_of,
    name_of,
    refuse_taken,
    remote_path,
)
from jupyter_sm_ext.remote.sign_in import AppSession

CHUNK = 4 * 1024**2
"""Bytes of a file in one request; more goes in several."""


@dataclass(frozen=True)
class Upload:
    """Sends files to one app.

    Parameters
    ----------
    app : AppSession
        Signed in there.
    force : bool
        Whether files that are there already are replaced.
    on_move : callable
        Told after each piece of a file.
    """

    app: AppSession
    force: bool
    on_move: OnMove
    #: Types of what is in each folder of the app, by name; None for a folder that is not there.
    _there: dict[str, dict[str, str] | None] = field(default_factory=dict)

    async def run(self, sources: Sequence[Path], to: str) -> list[str]:
        """Send files, and folders with all that is in them but hidden files, which Jupyter does not take.

        Parameters
        ----------
        sources : sequence of Path
            Files and folders of this machine.
        to : str
            A folder on the app, made if it is not there; for a single file also its name there.

        Returns
        -------
        list of str
            Paths of the files on the app.

        Raises
        ------
        ConflictError
            A file is there already, and ``force`` is not set; nothing was sent.
        ValidationError
            There is no such file here, or the path leads out of the app's root.
        SageMakerError
            What the app says.
        """
        folder = remote_path(to)
        plan = [pair for source in sources for pair in _files_of(source, folder)]
        named = len(sources) == 1 and len(plan) == 1 and plan[0][0] == sources[0] and bool(folder)
        if named and not to.endswith("/") and await self._type(folder) != DIRECTORY:
            plan = [(sources[0], folder)]
        await self._check([path for _, path in plan])
        for source, path in plan:
            await self._make(folder_of(path))
            await self._send(source, path, new=self._known(path) is None)
        return [path for _, path in plan]

    async def _check(self, paths: Sequence[str]) -> None:
        for path in paths:
            await self._learn(folder_of(path))
        kinds = {path: self._known(path) for path in paths}
        allowed = (None,) if not self.force else (None, "file", "notebook")
        refuse_taken([path for path, kind in kinds.items() if kind not in allowed], "on the app")
        [(path, times)] = Counter(paths).most_common(1) or [("", 0)]
        if times > 1:
            raise ValidationError(f"{times} of the files would be called {path} there")

    async def _learn(self, folder: str) -> None:
        """Learn what is in a folder of the app, and in those above it."""
        if folder in self._there:
            return
        if folder:
            await self._learn(folder_of(folder))
            kind = self._known(folder)
            if kind not in (None, DIRECTORY):
                raise ConflictError(f"{folder} is a file on the app, not a folder")
            if kind is None:
                self._there[folder] = None
                return
        listed = await model_of(self.app, folder, content=True)
        self._there[folder] = {item["name"]: item["type"] for item in listed["content"]}

    def _known(self, path: str) -> str | None:
        return (self._there.get(folder_of(path)) or {}).get(name_of(path))

    async def _type(self, path: str) -> str | None:
        try:
            return str((await model_of(self.app, path, content=False))["type"])
        except NotFoundError as error:
            if not is_of_file(error):
                raise
            return None

    async def _make(self, folder: str) -> None:
        if self._there[folder] is None:
            await self._make(folder_of(folder))
            await self.app.request("PUT", contents_path(folder), json={"type": DIRECTORY})
            self._there[folder] = {}

    async def _send(self, source: Path, path: str, *, new: bool) -> None:
        try:
            with source.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size <= CHUNK:
                    stored = await self._put(path, file.read(CHUNK + 1))
                else:
                    stored = await self._send_pieces(file, source, path, size, new=new)
        except OSError as error:
            raise ValidationError(f"{source} cannot be read: {error.strerror}") from error
        if stored != size:
            raise SageMakerError(f"{source} changed while it was sent: {size} bytes here, {stored} there")
        self.on_move(Moved(path, source, size, size))

    async def _send_pieces(self, file: IO[bytes], source: Path, path: str, size: int, *, new: bool) -> int:
        # Under another name until it is whole; what is to be replaced is written in place, for its links and rights.
        under = f"{path}.{secrets.token_hex(4)}.part" if new else path
        done = number = 0
        try:
            while True:
                piece = await asyncio.to_thread(file.read, CHUNK)
                done, number = done + len(piece), number + 1
                last = done >= size or not piece
                stored = await self._put(under, piece, chunk=-1 if last else number)
                if last:
                    break
                self.on_move(Moved(path, source, done, size))
            if new:
                await self.app.request("PATCH", contents_path(under), json={"path": path})
        except BaseException:
            if new:
                # Cut off or cancelled: a part is of no use to anybody.
                with suppress(SageMakerError):
                    await self.app.request("DELETE", contents_path(under))
            raise
        return stored

    async def _put(self, path: str, content: bytes, *, chunk: int | None = None) -> int:
        text = base64.b64encode(content).decode()
        body: dict[str, Any] = {"type": "file", "format": "base64", "name": name_of(path), "content": text}
        if chunk is not None:
            body["chunk"] = chunk
        return int((await self.app.request("PUT", contents_path(path), json=body))["size"])


def _files_of(source: Path, folder: str) -> Iterator[tuple[Path, str]]:
    """The files of a source, and where they go."""
    # Not `resolve`: what is a link keeps its own name; and not `name` alone, for "." and "..".
    top = joined(folder, source.absolute().name if source.name not in ("", "..") else source.resolve().name)
    if source.is_file():
        yield source, top
        return
    if not source.is_dir():
        raise ValidationError(f"there is no file or folder {source}")
    for directory, folders, names in os.walk(source):
        # Jupyter's contents API neither lists nor takes hidden files.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(directory, name)
            if not name.startswith(".") and file.is_file():
                yield file, joined(top, file.relative_to(source).as_posix())
