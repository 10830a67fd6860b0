"""The logos of a kernel on an app: those that it has there, with a small mark of ours; drawn by nobody else."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

_IMAGES = Path(__file__).parent / "images"
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 512 * 1024
_SIZES = ("logo-32x32", "logo-64x64")
SVG = "logo-svg"
WANTED = (*_SIZES, SVG)
"""What kernelspecs call their logos."""


def logos(found: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a kernelspec's logos, by name.

    Parameters
    ----------
    found : mapping of str to bytes
        What the kernel has on its app, by the names of `WANTED`; what is no picture is left out.
    """
    usable = {name: content for name, content in found.items() if len(content) <= _LARGEST}
    files = {}
    for name in _SIZES:
        content = usable.get(name, b"")
        files[f"{name}.png"] = content if content.startswith(_PNG) else (_IMAGES / f"{name}.png").read_bytes()
    files[f"{SVG}.svg"] = _marked(usable).encode()
    return files


def _marked(usable: Mapping[str, bytes]) -> str:
    mark = (_IMAGES / "mark.svg").read_bytes()
    vector, bitmap = usable.get(SVG, b""), usable.get("logo-64x64", b"")
    if b"<svg" in vector:
        picture = _inline("svg+xml", vector)
    elif bitmap.startswith(_PNG):
        picture = _inline("png", bitmap)
    else:
        return mark.decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">'
        f'<image href="{picture}" width="56" height="56"/>'
        f'<image href="{_inline("svg+xml", mark)}" x="36" y="36" width="28" height="28"/></svg>\n'
    )


def _inline(kind: str, content: bytes) -> str:
    # As an image within an image, whatever scripts a strange SVG holds are never run.
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
