"""Keys that S3 takes and a file system would not, or not all at once."""

from __future__ import annotations

ODD_KEYS = [
    "a/b",
    "a",
    "a/",
    "a/b/c",
    "/",
    "//x",
    "..",
    "../../escape",
    "a/../b",
    "a/./b",
    ".hidden/.file",
    "x" * 300,
    "long/" + "y" * 1019,
    "space and +plus&<tag>.txt",
    "ü/日本語/🙂.txt",
    "\x01control",
    "percent%2Fslash",
    "new\nline",
]
