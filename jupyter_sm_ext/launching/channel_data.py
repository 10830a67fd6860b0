"""The data of a channel: where it will be in S3, and what has to be there.

Local data goes below a name made of its contents, so that the same data is uploaded once, whichever job asks for it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.files import collect, count_text, listed, size_text
from jupyter_sm_ext.launching.uploads import Stamp, Upload

FOLDER = "jupyter-sm-ext/data"
_BLOCK = 1 << 20
_DIGITS = 32  # of 64: 128 bits tell data apart, and keys stay readable


@dataclass(frozen=True)
class ChannelData:
    """Where a channel's data is.

    Parameters
    ----------
    uri : str
        Its S3 URI.
    uploads : list of Upload
        What has to be there.
    line : str
        The same for the user; empty if nothing is copied.
    """

    uri: str
    uploads: list[Upload] = field(default_factory=list)
    line: str = ""


def channel_data(channel: str, location: str, bucket: str, *, anything: bool = False) -> ChannelData:
    """Find the data of a channel.

    Parameters
    ----------
    channel : str
        Its name.
    location : str
        ``s3://`` URI, or a file or folder of this machine.
    bucket : str
        Where local data goes.
    anything : bool
        Whether it may be as big as it is.

    Raises
    ------
    ValidationError
        There is no such file or folder, nothing in it, or so much that it is probably not meant.
    """
    option = f"--data {channel}"
    if re.match(r"[a-z][a-z0-9]+://", location):
        if not re.match(r"s3://[^/]+", location):
            raise ValidationError(f"{option}: {location!r} is neither an s3:// URI nor a path")
        return ChannelData(location)
    root = Path(location).expanduser()
    found = collect(root, option, anything=anything)
    whole, stamps = hashlib.sha256(), {}
    for name, path in sorted(found.files.items()):
        try:
            stamps[name] = Stamp.of(path)
            own = _digest(path)
        except OSError as error:
            raise ValidationError(f"{option}: {path} cannot be read: {error.strerror}") from error
        whole.update(f"{len(name.encode())} {name} {own}\n".encode())
    prefix = f"{FOLDER}/{whole.hexdigest()[:_DIGITS]}/"
    uploads = [
        Upload(bucket, f"{prefix}{name}", path, prefix=prefix, stamp=stamps[name]) for name, path in found.files.items()
    ]
    without = f"; left out: {listed(found.left_out)}" if found.left_out else ""
    line = f"{option}: {location}, {count_text(len(uploads))}, {size_text(found.size)}{without}"
    return ChannelData(f"s3://{bucket}/{prefix}", uploads, line)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
