"""Files and folders of an app to this machine."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from jupyter_sm_ext.errors import ConflictError, SageMakerError, ValidationError
from jupyter_sm_ext.remote.app_files import (
    DIRECTORY,
    Moved,
    OnMove,
    joined,
    model_of,
    name_of,
    refuse_taken,
    remote_path,
)
from jupyter_sm_ext.remote.sign_in import AppSession

_DEEPEST = 50  # folders within folders; a link to a folder above it would never end


@dataclass(frozen=True)
class _Wanted:
    path: str
    target: Path
    size: int


@dataclass(frozen=True)
class Download:
    """Fetches files from one app.

    Parameters
    ----------
    app : AppSession
        Signed in there.
    force : bool
        Whether files that are here already are replaced.
    on_move : callable
        Told after each piece of a file.
    """

    app: AppSession
    force: bool
    on_move: OnMove

    async def run(self, sources: Sequence[str], to: str | os.PathLike[str]) -> list[Path]:
        """Fetch files, and folders with all that is in them but hidden files, which Jupyter does not show.

        Parameters
        ----------
        sources : sequence of str
            Paths on the app, below its root.
        to : path
            A folder of this machine, made if it is not there; for a single file, unless it ends with a slash, also its
            name here.

        Returns
        -------
        list of Path
            The files here.

        Raises
        ------
        ConflictError
            A file is here already, and ``force`` is not set; nothing was fetched.
        NotFoundError
            The app has no such file.
        ValidationError
            A path leads out of the app's root.
        """
        paths = [remote_path(source) for source in sources]
        models = [await model_of(self.app, path, content=False) for path in paths]
        place = _place_of(to)
        if len(paths) == 1 and models[0]["type"] != DIRECTORY and not (_is_folder(place) or str(to).endswith(os.sep)):
            plan = [_Wanted(paths[0], place, models[0].get("size") or 0)]
        else:
            plan = [
                wanted
                for path, model in zip(paths, models, strict=True)
                async for wanted in self._files_of(path, model, place, 0)
            ]
        self._check([wanted.target for wanted in plan])
        for wanted in plan:
            await self._fetch(wanted)
        return [wanted.target for wanted in plan]

    async def _files_of(self, path: str, model: dict[str, Any], to: Path, depth: int) -> AsyncIterator[_Wanted]:
        target = to / _plain(name_of(path)) if path else to
        if model["type"] != DIRECTORY:
            yield _Wanted(path, target, model.get("size") or 0)
            return
        if depth > _DEEPEST:
            raise ValidationError(f"{path}: more than {_DEEPEST} folders within folders")
        for item in (await model_of(self.app, path, content=True))["content"]:
            async for wanted in self._files_of(joined(path, _plain(item["name"])), item, target, depth + 1):
                yield wanted

    def _check(self, targets: Sequence[Path]) -> None:
        refuse_taken([str(file) for file in targets if file.exists() and not (self.force and file.is_file())], "here")
        if len(set(targets)) < len(targets):
            raise ValidationError("two of the files would have the same name here")

    async def _fetch(self, wanted: _Wanted) -> None:
        path, target, size = wanted.path, wanted.target, wanted.size
        try:
            beside, file = _open_beside(target)
            try:
                done = 0
                with file:
                    async for block in self.app.content(f"files/{quote(path)}"):
                        file.write(block)
                        done += len(block)
                        if done < size:
                            self.on_move(Moved(path, target, done, size))
                _place(beside, target, force=self.force)
            finally:
                _discard(beside)
        except FileExistsError as error:
            raise ConflictError(f"{target} is here already", hint="--force replaces it.") from error
        except OSError as error:
            raise SageMakerError(f"{target} cannot be written: {error.strerror}") from error
        self.on_move(Moved(path, target, done, done))


def _place_of(text: str | os.PathLike[str]) -> Path:
    return Path(text).expanduser()


def _is_folder(place: Path) -> bool:
    return place.is_dir()


def _open_beside(target: Path) -> tuple[Path, IO[bytes]]:
    """Open a file under a name that nobody has; it gets its own name when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    return beside, beside.open("xb")


def _place(beside: Path, target: Path, *, force: bool) -> None:
    if force:
        beside.replace(target)
        return
    try:
        # Unlike a rename it never replaces what has come meanwhile.
        target.hardlink_to(beside)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if target.exists():
            raise FileExistsError(target) from None
        beside.replace(target)


def _discard(beside: Path) -> None:
    beside.unlink(missing_ok=True)


def _plain(name: str) -> str:
    """A name as it is, if it can be one of a file here."""
    if name in ("", ".", "..") or "/" in name or "\0" in name or os.sep in name:
        raise ValidationError(f"the app has a file called {name!r}, which cannot be a file here")
    return name
