"""What a panel does in the background: a thread with steps, so that the kernel stays free for other cells."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from jupyter_sm_ext.actions.step_lines import StepLines
from jupyter_sm_ext.actions.steps import OnStep, Step
from jupyter_sm_ext.errors import SageMakerError

_log = logging.getLogger(__name__)


class Work:
    """An action under way.

    Parameters
    ----------
    label : str
        What is done, for people.
    action : callable
        Does it, in a thread; is given a function to report steps to.
    on_change : callable
        Called, in that thread, after each step and at the end.
    """

    def __init__(self, label: str, action: Callable[[OnStep], Any], on_change: Callable[[Work], None]) -> None:
        self.label = label
        self.status = "Running"
        self.steps: list[Step] = []
        self.lines = StepLines()
        self.error: SageMakerError | None = None
        self.result: Any = None
        self._action, self._on_change = action, on_change
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=label, daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        told = f"{self.label}: {self.status}"
        return f"{told} - {self.error.message}" if self.error else told

    @property
    def running(self) -> bool:
        """Whether it is not over yet."""
        return self.status == "Running"

    def wait(self, timeout: float | None = None) -> Any:
        """Wait until it is over; returns what it made.

        Parameters
        ----------
        timeout : float, optional
            Seconds; for ever if not given.

        Raises
        ------
        SageMakerError
            It failed.
        TimeoutError
            It still runs after ``timeout``; it goes on.
        """
        if not self._ended.wait(timeout):
            raise TimeoutError(f"{self.label} is still running after {timeout:g} s; it goes on")
        if self.error is not None:
            raise self.error
        return self.result

    def _step(self, step: Step) -> None:
        for index, known in enumerate(self.steps):
            if known.text == step.text:
                self.steps[index] = step
                break
        else:
            self.steps.append(step)
        if self.lines.take(step):
            self._on_change(self)

    def _run(self) -> None:
        try:
            self.result = self._action(self._step)
            self.status = "Succeeded"
        except SageMakerError as error:
            self.error, self.status = error, "Failed"
        except Exception as error:  # noqa: BLE001 - the thread's last frame
            # In a thread nobody would see it, and the panel would say "Running" for ever.
            _log.exception("%s failed", self.label)
            self.error = SageMakerError(
                f"{self.label}: unexpected {type(error).__name__}: {error}",
                code="Unexpected",
                hint="This is a fault of the extension; the kernel's log has its place.",
            )
            self.status = "Failed"
        finally:
            try:
                self._on_change(self)
            finally:
                self._ended.set()
