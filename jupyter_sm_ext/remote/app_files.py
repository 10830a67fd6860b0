"""What both ways of a file, to an app and from it, have in common: the app's contents API, and what it may reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError
from jupyter_sm_ext.remote.sign_in import AppNotRunningError, AppSession

DIRECTORY = "directory"
_SHOWN = 3


@dataclass(frozen=True)
class Moved:
    """How far a file has come.

    Parameters
    ----------
    path : str
        On the app, below its root.
    local : Path
        On this machine.
    done, size : int
        Bytes; the same when it has arrived.
    """

    path: str
    local: Path
    done: int
    size: int


OnMove = Callable[[Moved], None]


async def model_of(app: AppSession, path: str, *, content: bool) -> dict[str, Any]:
    """What the app's contents API tells of a file or, with its content, of a folder.

    Raises
    ------
    NotFoundError
        It is not there.
    """
    params = {"content": "1", "type": DIRECTORY} if content else {"content": "0"}
    try:
        model: dict[str, Any] = await app.request("GET", contents_path(path), params=params)
    except NotFoundError as error:
        if not is_of_file(error):
            raise
        raise NotFoundError(f"the app has no file or folder {path!r}") from error
    return model


def is_of_file(error: NotFoundError) -> bool:
    """Whether a file is not there, rather than the app or its space."""
    return error.operation is None and not isinstance(error, AppNotRunningError)


def contents_path(path: str) -> str:
    """Where the contents API has a file."""
    return f"api/contents/{quote(path)}".rstrip("/")


def remote_path(text: str) -> str:
    """A path on an app as its contents API wants it, below the root of its Jupyter Server.

    Raises
    ------
    ValidationError
        It leads out of the root.
    """
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in text:
        raise ValidationError(f"{text!r} leads out of the app's own folder")
    return "/".join(parts)


def joined(folder: str, name: str) -> str:
    """Path of what is in a folder; the root's is empty."""
    return f"{folder}/{name}".lstrip("/")


def folder_of(path: str) -> str:
    """The folder that something is in."""
    above = str(PurePosixPath(path).parent)
    return "" if above == "." else above


def name_of(path: str) -> str:
    """Its last part."""
    return PurePosixPath(path).name


def refuse_taken(taken: Sequence[str], where: str) -> None:
    """Refuse to replace what is there already.

    Raises
    ------
    ConflictError
        Something is.
    """
    if taken:
        more = f" and {len(taken) - _SHOWN} more" if len(taken) > _SHOWN else ""
        verb = "are" if len(taken) > 1 else "is"
        raise ConflictError(
            f"{', '.join(taken[:_SHOWN])}{more} {verb} {where} already", hint="--force replaces files of the same name."
        )
