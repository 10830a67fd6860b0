"""Who changed what: one line a write, as JSON, without anything that was in it but names."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

AUDIT = "jupyter_sm_ext.audit"
_LONGEST = 256  # characters of a name; SageMaker's own are shorter
_MOST_PARTS = 8


@dataclass(frozen=True)
class Write:
    """What is told of a write.

    Parameters
    ----------
    user : str
        Name of the user, as the server's identity provider has it.
    operation : str
        AWS's name of it, or the operationId of ours.
    kind : str
        What it was done to, as in REST paths.
    key : sequence of str
        Which one, as far as the request says.
    connection : str, optional
        On which SageMaker; None if none was in use yet.
    status : int
        HTTP status of the answer.
    code : str, optional
        Why it was refused, if it was.
    """

    user: str
    operation: str
    kind: str
    key: Sequence[str]
    connection: str | None
    status: int
    code: str | None


class Audit:
    """The log of the writes of one server.

    It is a logger and not an event: Jupyter's events go to every page of the server, and whose pages they are is not
    for each other to know.

    Parameters
    ----------
    path : str
        File that the lines are added to, made for its owner alone; if empty they go to the server's log, unless the
        logger has handlers of its own by the server's `logging_config`.
    server_log : logging.Logger
        The server's.
    """

    def __init__(self, path: str, server_log: Any) -> None:
        self._log = logging.getLogger(AUDIT)
        self._server_log = server_log
        self._file: logging.Handler | None = None
        if self._log.level == logging.NOTSET:
            self._log.setLevel(logging.INFO)
        if path:
            file = Path(path)
            file.touch(mode=0o600)
            # It may be moved away by logrotate.
            self._file = WatchedFileHandler(file, encoding="utf-8")
            self._file.setFormatter(logging.Formatter("%(message)s"))
            self._log.addHandler(self._file)

    def tell(self, write: Write) -> None:
        """Add a line."""
        key = [part[:_LONGEST] for part in write.key[:_MOST_PARTS]]
        told = {"time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"), **asdict(write), "key": key}
        line = json.dumps(told)
        self._log.info("%s", line)
        if not self._log.handlers:
            self._server_log.info("%s %s", AUDIT, line)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._log.removeHandler(self._file)
            self._file.close()
            self._file = None


def names_in(asked: Mapping[str, Any], members: Sequence[str]) -> list[str]:
    """Values of these members of a request that are text; of a request nothing else is ever told."""
    return [value for name in members if isinstance(value := asked.get(name), str)]
