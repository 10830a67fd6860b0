"""``python -m jupyter_sm_ext.engine --data-dir DIR``: start the local engine.

When it is ready it prints one line of JSON; from then on it only logs, to ``engine.log`` in its data directory. Exit
codes: 0 told to stop or idle, 2 cannot start, 3 another engine has the directory.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import logging.handlers
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_sm_ext.engine import boxes
from jupyter_sm_ext.engine.context import Settings
from jupyter_sm_ext.errors import EngineError

CANNOT_START = 2
LOCKED = 3
_LOG_BYTES = 2_000_000


def _parser() -> argparse.ArgumentParser:
    defaults = Settings()
    parser = argparse.ArgumentParser(
        prog="python -m jupyter_sm_ext.engine", description="SageMaker on this machine, on loopback only."
    )
    add = parser.add_argument
    add("--data-dir", type=Path, required=True, help="where it keeps everything; one engine a directory")
    add("--port", type=_port, help="TCP port; the one it had last, or a free one, if not given")
    add("--idle-seconds", type=_seconds, default=defaults.idle_seconds, help="leave after so long with nothing to do")
    add(
        "--stop-grace-seconds",
        type=_seconds,
        default=defaults.stop_grace_seconds,
        help="from SIGTERM to SIGKILL of a job",
    )
    add(
        "--studio-seconds", type=_seconds, default=defaults.studio_seconds, help="how long a domain or space is Pending"
    )
    add(
        "--namespaces",
        type=_namespaces,
        default=os.environ.get(boxes.VARIABLE, "auto"),
        metavar="|".join(boxes.CHOICES),
        help=f"whether jobs get their own {boxes.PLACE} and network where they can; {boxes.VARIABLE} if not given",
    )
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return value


def _namespaces(text: str) -> bool:
    if text not in boxes.CHOICES:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(boxes.CHOICES)}")
    return text == "auto"


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return value


def _log_to(path: Path) -> None:
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # They would write request lines, and botocore canonical requests: signatures have no place in a log.
    for name in ("tornado.general", "tornado.access", "botocore", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the engine; gives its exit code."""
    options = _parser().parse_args(arguments)
    # Everything it and its jobs write is the user's own.
    os.umask(0o077)
    try:
        return _run(options)
    except EngineError as error:
        sys.stderr.write(f"{error.message}\n")
        from jupyter_sm_ext.engine.home import LockedError

        return LOCKED if isinstance(error, LockedError) else CANNOT_START


def _run(options: Any) -> int:
    from jupyter_sm_ext.engine.home import Home

    home = Home(options.data_dir)
    try:
        # After the lock: the second engine of a directory is told so at once.
        from jupyter_sm_ext.engine import running

        identity = home.identity()
        listener = running.listen(options.port, identity.port)
        settings = Settings(
            idle_seconds=options.idle_seconds,
            stop_grace_seconds=options.stop_grace_seconds,
            studio_seconds=options.studio_seconds,
            namespaces=options.namespaces,
        )
        _log_to(home.path / "engine.log")
        engine = running.build(home, identity, settings=settings)
        identity.pid = os.getpid()
        try:
            asyncio.run(running.run(home, engine, identity, listener, ready=_say))
        except Exception:
            logging.getLogger(__name__).exception("the engine ends")
            raise
        finally:
            identity.pid = 0
            with contextlib.suppress(EngineError):  # the directory itself may be gone
                home.publish(identity)
            engine.store.close()
    finally:
        home.leave()
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
