"""The live panel of a job in a notebook cell.

Where the Jupyter server has our extension, the labextension draws the panel from the server's hub, so it lives on while
the kernel is busy, after a reload and after a restart; then it has no comm and does not poll. Elsewhere (VS Code, plain
Notebook) it is a widget that the kernel feeds, and so it is where the notebook has another connection than the server
(``%sm connect ... --here``), whose hub knows nothing of the job. Either way the cell keeps a still picture.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import traitlets
from anywidget import AnyWidget

from jupyter_sm_ext.connections.connection import current, is_shared
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.picture import render
from jupyter_sm_ext.watching.snapshots import Watcher, best_of, find_job, kept_of, line_of, progress_of, trials_of

MIME_TYPE = "application/vnd.jupyter-sm-ext.watch.v1+json"
WIDGET_MIME_TYPE = "application/vnd.jupyter.widget-view+json"
SERVER_VARIABLE = "JUPYTER_SM_EXT_SERVER"
"""``1`` in kernels of a server with our extension."""
NO_WIDGETS = "pictures"
"""Value of the variable where no widget can live, whatever the connection: on a page that is made of a notebook."""
_STATIC = Path(__file__).parent / "static"
_NOT_BUILT = """export default { render({ el }) {
  el.textContent = 'The live panel is not built: run `jlpm build` in labextension/, or install the wheel.';
} };"""


def _bundle(name: str, otherwise: str) -> Path | str:
    # A checkout whose front end is not built must still import; the panel itself then says what is missing.
    path = _STATIC / name
    return path if path.is_file() else otherwise


def drawn_by_server(studio: Studio) -> bool:
    """Whether the labextension draws the panels of a connection: the server has our extension, and the connection."""
    beside = os.environ.get(SERVER_VARIABLE)
    return beside == NO_WIDGETS or (beside == "1" and is_shared(studio.connection))


def for_labextension(studio: Studio) -> bool:
    """Whether a labextension that finds a panel may draw it, from its own server: not if that looks elsewhere."""
    return drawn_by_server(studio) or SERVER_VARIABLE not in os.environ


class Panel(AnyWidget):
    """A job, live: a widget whose traits code can read and observe.

    Parameters
    ----------
    kind : str
        A resource's kind, such as ``tuning-jobs``.
    *key : str
        Which one.
    studio : Studio, optional
        Whose; that of the current connection if not given.
    """

    status = traitlets.Unicode(None, allow_none=True, help="The service's status.")
    progress: traitlets.Dict[str, int] = traitlets.Dict(
        help="A tuning job's counters: completed, running, failed, stopped, maximum."
    )
    best: Any = traitlets.Dict(None, allow_none=True, help="Summary of the best training job so far.")
    trials: traitlets.List[Any] = traitlets.List(help="Summaries of a tuning job's training jobs, in order.")
    snapshot: traitlets.Dict[str, Any] = traitlets.Dict(help="All that was seen last.").tag(sync=True)

    _esm = _bundle("live.js", _NOT_BUILT)
    _css = _bundle("live.css", "")

    def __init__(self, kind: str, *key: str, studio: Studio | None = None, **options: Any) -> None:
        self.studio = studio or Studio(current())
        self._drawn_by_server = drawn_by_server(self.studio)
        self._looking = threading.Lock()
        self._polling: threading.Thread | None = None
        self._led = self._wants_looks = False
        self._closed = threading.Event()
        self.watcher = Watcher(self.studio, kind, key)
        super().__init__(**options)
        self.snapshot = self.watcher.snapshot()
        self.on_msg(self._on_message)

    def look(self) -> bool:
        """Look at the job now and bring the traits up to date. Returns whether anything changed."""
        return self._look(self.watcher.look)

    def look_on(self) -> bool:
        """The same after a pause: nothing is asked while the credentials have expired and there are no others."""
        return self._look(self.watcher.look_on)

    def _look(self, look: Callable[[], bool]) -> bool:
        with self._looking:
            changed = look()
            if changed:
                seen = self.watcher.snapshot()
                with self.hold_trait_notifications():
                    self.snapshot = seen
                    self.status = seen["status"]
                    self.progress = dict(progress_of(seen)) if seen["kind"] == "tuning-jobs" else {}
                    self.trials = trials_of(seen)
                    self.best = best_of(seen)
        return changed

    def observe(self, *arguments: Any, **options: Any) -> None:
        """Call a function when a trait changes; from then on the kernel looks by itself, in the background."""
        super().observe(*arguments, **options)
        if hasattr(self, "watcher"):
            self._poll()

    def open(self) -> None:
        """Open the widget's comm, where something is there that needs it."""
        if not self._drawn_by_server:
            super().open()

    @property
    def model_id(self) -> str:
        """Id of the widget's model; asked for when the panel is put into another widget."""
        if self.comm is None:
            super().open()
        return str(super().model_id)

    def close(self) -> None:
        """End the widget; the job goes on."""
        self._closed.set()
        super().close()

    def stop(self) -> None:
        """Ask the job to stop."""
        self.studio.stop(self.snapshot["kind"], *self.snapshot["key"])

    def __repr__(self) -> str:
        return line_of(self.snapshot)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if not self.snapshot["updated"] and self.snapshot["error"] is None:
            self.look()
        seen = kept_of(self.snapshot)
        watched = {name: seen[name] for name in ("connection", "kind", "key")}
        bundle: dict[str, Any] = {"text/html": render(seen), "text/plain": line_of(seen)}
        if for_labextension(self.studio):
            bundle[MIME_TYPE] = {**watched, "snapshot": seen}
        if not self._drawn_by_server:
            bundle[WIDGET_MIME_TYPE] = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
            self._poll()
        return bundle, {}

    def _on_message(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("type") != "stop":
            return
        try:
            self.stop()
        except SageMakerError as error:
            self.snapshot = {**self.snapshot, "error": error.as_dict()}

    @contextmanager
    def led(self) -> Iterator[None]:
        """Within, the caller looks, so the panel need not; afterwards it goes on by itself if somebody wants that."""
        self._led = True
        try:
            yield
        finally:
            self._led = False
            if self._wants_looks and not self.watcher.finished:
                self._poll()

    def _poll(self) -> None:
        self._wants_looks = True
        if self._led:
            return
        if self._polling is None or not self._polling.is_alive():
            self._polling = threading.Thread(target=self._poll_until_finished, name=f"watch {self!r}", daemon=True)
            self._polling.start()

    def _poll_until_finished(self) -> None:
        while not self._closed.is_set():
            self.look_on()
            if self.watcher.finished:
                return
            self._closed.wait(self.watcher.pause)


def watch(name: str, *, studio: Studio | None = None) -> Panel:
    """A live panel of the tuning, training or compilation job with this name.

    Raises
    ------
    NotFoundError
        There is no such job.
    """
    studio = studio or Studio(current())
    return Panel(find_job(studio, name), name, studio=studio)
