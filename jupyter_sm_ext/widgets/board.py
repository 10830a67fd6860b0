"""What the panels stand on: they read, act in the background, and say themselves what went wrong."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets

from jupyter_sm_ext.actions.steps import OnStep
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import PASSING, ConflictError, SageMakerError
from jupyter_sm_ext.pacing import Pace
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import as_of
from jupyter_sm_ext.widgets.pieces import STYLE, error_html, paragraph
from jupyter_sm_ext.widgets.work import Work


class Board(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """A panel of plain controls, which code can use as well as a mouse.

    What a control does, a method does: a method raises what goes wrong, a control shows it. Actions run in threads;
    everything that is drawn is drawn under one lock.

    Parameters
    ----------
    studio : Studio, optional
        Whose; that of the current connection if not given.
    """

    def __init__(self, studio: Studio | None = None) -> None:
        self.studio = studio or Studio(current())
        self.works: list[Work] = []
        self._drawing = threading.RLock()
        self._displayed = False
        self._closed = threading.Event()
        self._news = threading.Event()
        self._poller: threading.Thread | None = None
        self._notice = ipywidgets.HTML()
        self._progress = ipywidgets.HTML()
        super().__init__(layout=ipywidgets.Layout(width="100%", overflow="visible"))

    def _lay_out(self, *children: Any) -> None:
        """Put the controls in place, with the room for messages below the first."""
        first, *rest = children
        self.children = (ipywidgets.HTML(STYLE), first, self._notice, *rest, self._progress)

    # What a panel is

    @abstractmethod
    def _read(self) -> None:
        """Ask the service anew; may block, and raise SageMakerError."""

    @abstractmethod
    def _draw(self) -> None:
        """Bring the controls up to date with what was read."""

    @property
    def moving(self) -> bool:
        """Whether something changes by itself, so that looking again is of use."""
        return False

    @abstractmethod
    def __repr__(self) -> str:
        """What it shows, for a terminal."""

    def _html(self) -> str | None:
        """What it shows, still, for where no widget is drawn."""
        return None

    # Reading

    def refresh(self) -> None:
        """Look again now; what goes wrong is shown in the panel."""
        self._look()
        self._poll()

    def _look(self) -> None:
        try:
            self._read()
        except SageMakerError as error:
            self._unread = error
            self._tell_error(error, as_of(self._read_at) if self.looked else None)
        else:
            self._read_at = time.time()
            if self._unread is not None:
                self._unread = None
                self._tell("")
        with self._drawing:
            self._draw()

    @property
    def looked(self) -> bool:
        """Whether it was read at all: before that, nothing there is not the same as nothing known."""
        return self._read_at > 0

    _unread: SageMakerError | None = None  # why the last look failed, which is the message then
    _read_at = 0.0

    @property
    def _restless(self) -> bool:
        """Whether to look again by itself: something moves, or the last look failed of what passes."""
        return self.moving or isinstance(self._unread, PASSING)

    def _refused(self) -> bool:
        """Whether it is of no use to ask, for the credentials have expired and there are no others; may block."""
        return False

    def _poll(self) -> None:
        if not self._displayed or self._closed.is_set() or not self._restless:
            return
        if self._poller is None or not self._poller.is_alive():
            self._poller = threading.Thread(target=self._poll_while_restless, name="SageMaker panel", daemon=True)
            self._poller.start()

    def _poll_while_restless(self) -> None:
        pace = Pace(*self.studio.connection.pace)
        while self._restless and not self._closed.is_set():
            woken = self._news.wait(pace.pause)
            self._news.clear()
            if self._closed.is_set():
                return
            if not woken and self._refused():
                pace.rested()
                continue
            before = repr(self)
            self._look()
            pace.looked(changed=woken or repr(self) != before, failed=self._unread is not None)

    # Acting

    def _do(self, label: str, action: Callable[[OnStep], Any], then: Callable[[Any], None] | None = None) -> Work:
        """Begin an action in a thread; when it is over, ``then`` gets its result and the panel looks again."""
        self._tell("")

        def act(on_step: OnStep) -> Any:
            try:
                result = action(on_step)
            finally:
                self._look_quietly()
            if then is not None:
                with self._drawing:
                    then(result)
            return result

        self.works = [work for work in self.works if work.running]
        work = Work(label, act, self._on_work)
        self.works.append(work)
        with self._drawing:
            self._draw()
        self._poll()
        return work

    def _refuse_while_busy(self) -> None:
        """A second click may be on its way while the first one is acted upon.

        Raises
        ------
        ConflictError
            Something is under way.
        """
        for work in self.works:
            if work.running:
                raise ConflictError(f"{work.label} is still under way", code="ActionUnderWay")

    def _look_quietly(self) -> None:
        # What the action itself says matters more than a read that fails after it.
        try:
            self._read()
        except SageMakerError:
            return
        self._read_at = time.time()
        with self._drawing:
            self._draw()

    def _on_work(self, work: Work) -> None:
        self._news.set()
        with self._drawing:
            self._progress.value = progress_html(work)
            self._draw()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until everything that was begun here is over.

        Raises
        ------
        SageMakerError
            One of them failed.
        TimeoutError
            It still runs after ``timeout`` seconds.
        """
        for work in list(self.works):
            work.wait(timeout)

    # Drawing

    @contextmanager
    def _setting(self) -> Iterator[None]:
        """Within, controls are set by code, not by somebody who chooses: their observers look at `is_setting`."""
        with self._drawing:
            before, self._setter = self._setter, threading.get_ident()
            try:
                yield
            finally:
                self._setter = before

    _setter: int | None = None

    @property
    def is_setting(self) -> bool:
        """Whether this thread is drawing."""
        return self._setter == threading.get_ident()

    # Saying

    @property
    def message(self) -> str:
        """What the panel says in its line for messages, as text; empty if nothing."""
        return self._message

    _message = ""

    def _tell(self, text: str, tone: str = "quiet") -> None:
        with self._drawing:
            self._message = text
            self._notice.value = paragraph(text, tone, role="status") if text else ""

    def _tell_error(self, error: SageMakerError, remark: str | None = None) -> None:
        with self._drawing:
            self._message = "\n".join(filter(None, (error.message, error.hint, remark)))
            self._notice.value = error_html(error) + (paragraph(remark, "quiet") if remark else "")

    @contextmanager
    def _shown(self) -> Iterator[None]:
        """What goes wrong within is shown in the panel, not raised."""
        try:
            yield
        except SageMakerError as error:
            self._tell_error(error)

    def _button(self, text: str, action: Callable[[], Any], tooltip: str = "", style: str = "") -> Any:
        """A button that does what a method does, and shows what goes wrong."""
        button = ipywidgets.Button(description=text, tooltip=tooltip or text, button_style=style)
        button.layout.width, button.layout.align_self = "auto", "flex-start"

        def on_click(_: Any) -> None:
            with self._shown():
                action()

        button.on_click(on_click)
        return button

    # Being shown

    def _repr_mimebundle_(self, **options: Any) -> Any:
        self._displayed = True
        self._first_look()
        bundle = super()._repr_mimebundle_(**options)
        bundle["text/plain"] = repr(self)
        still = self._html()
        if still is not None:
            bundle["text/html"] = still
        self._poll()
        return bundle

    def _first_look(self) -> None:
        """Read what was never read: `__init__` asks the service nothing."""
        self.refresh()

    def close(self) -> None:
        """End the panel; what it began goes on."""
        self._closed.set()
        self._news.set()
        super().close()


def progress_html(work: Work) -> str:
    """An action and its steps."""
    head = paragraph(f"{work.label}: {_STATES[work.status]}", "error" if work.error else "", role="status")
    return head + work.lines.html() + (error_html(work.error) if work.error else "")


_STATES = {"Running": "under way", "Succeeded": "done", "Failed": "failed"}
