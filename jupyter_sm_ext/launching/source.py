"""A training script: from a file, a text or a function."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_sm_ext.errors import ValidationError

DEFAULT_NAME = "script.py"


@dataclass(frozen=True)
class Script:
    """A training script.

    Parameters
    ----------
    text : str
        Its source.
    name : str
        Name of its file in the job.
    folder : Path
        Where its own modules are looked for: the working directory if it is from no file.
    prints : tuple of str
        Metrics that it is known to print, besides those that can be read in it.
    """

    text: str
    name: str = DEFAULT_NAME
    folder: Path = field(default=Path(), compare=False)
    prints: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Script:
        """Take the script from a file.

        Raises
        ------
        ValidationError
            It cannot be read.
        """
        file = Path(path).expanduser()
        try:
            return cls(file.read_text(encoding="utf-8"), file.name, file.parent)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ValidationError(f"the script {file} cannot be read: {reason}") from error

    @property
    def empty(self) -> bool:
        """Whether it says nothing: no line, or comments only."""
        return all(not line.strip() or line.lstrip().startswith("#") for line in self.text.splitlines())

    def check(self) -> None:
        """Refuse a script that this Python cannot read.

        Raises
        ------
        ValidationError
            It is empty, or has a syntax error; the message gives the line.
        """
        if not self.text.strip():
            raise ValidationError("the script is empty")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(self.text, self.name, "exec", dont_inherit=True)
        except SyntaxError as error:
            line = (error.text or "").strip()
            hint = "A job runs plain Python: no % or ! lines." if line[:1] in ("%", "!") else None
            raise ValidationError(f"{self.name}, line {error.lineno}: {error.msg}: {line}", hint=hint) from error
        except ValueError as error:
            raise ValidationError(f"{self.name}: {error}") from error
