"""When an app was last used, as Studio judges it, written where the engine looks.

Studio's images tell the newest ``last_activity`` of the kernels that have a *session*, and of the terminals
(jupyter-activity-monitor-extension); whether a kernel is busy does not count, nor a kernel without a session.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from tornado.ioloop import PeriodicCallback

from jupyter_sm_ext.engine.apps.files import write_json


class Activity:
    """Looks at a Jupyter Server now and then, until it ends or its directory is gone.

    Parameters
    ----------
    app : ServerApp
        The server.
    file : Path
        Where to write.
    seconds : float
        Between two looks.
    """

    def __init__(self, app: Any, file: Path, seconds: float) -> None:
        self._app = app
        self._file = file
        self._last = 0.0
        self._callback = PeriodicCallback(self._look, seconds * 1000)

    def start(self) -> None:
        """Begin."""
        self._callback.start()

    async def _look(self) -> None:
        if not self._file.parent.exists():
            # Nobody can reach or end this app any more.
            self._callback.stop()
            self._app.stop()
            return
        sessions = await self._app.session_manager.list_sessions()
        terminals = self._app.web_app.settings.get("terminal_manager")
        used = [session["kernel"] for session in sessions if session.get("kernel")]
        used += terminals.list() if terminals is not None else []
        last = max((seconds_of(one["last_activity"]) for one in used), default=0.0)
        if last > self._last:
            self._last = last
            write_json(self._file, {"last_activity": last})


def seconds_of(time: str) -> float:
    """Epoch seconds of a time as Jupyter's REST API writes it."""
    # Python 3.10 does not read the "Z".
    return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
