"""Actions of several steps: what is told of each, and how something that changes by itself is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from jupyter_sm_ext.errors import PASSING, NotFoundError, SageMakerError, ThrottledError
from jupyter_sm_ext.pacing import Pace
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio

PATIENCE = 3600.0  # seconds; an app that needs longer than that to start or stop is stuck

State = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True)
class Step:
    """One step of an action; told again, with the same text, whenever it has moved on.

    Parameters
    ----------
    text : str
        What is done.
    state : {"waiting", "running", "done", "failed"}
        How far it is; those to come are told as waiting.
    detail : str, optional
        The service's status, or why it takes so long, or why it failed.
    """

    text: str
    state: State
    detail: str | None = None


OnStep = Callable[[Step], None]
#: Tells a detail of the step that is under way.
Tell = Callable[["str | None"], None]


class Progress:
    """Tells the steps of one action.

    Parameters
    ----------
    on_step : callable, optional
        Who is told, in the thread that works.
    """

    def __init__(self, on_step: OnStep | None = None) -> None:
        self._on_step = on_step

    def plan(self, *texts: str) -> None:
        """Tell what is to come."""
        for text in texts:
            self._tell(Step(text, "waiting"))

    @contextmanager
    def step(self, text: str) -> Iterator[Tell]:
        """Do a step; gives a function that tells a detail of it."""
        self._tell(Step(text, "running"))
        try:
            yield lambda detail: self._tell(Step(text, "running", detail))
        except KeyboardInterrupt:
            self._tell(Step(text, "running", "no longer waited for; it goes on by itself"))
            raise
        except BaseException as error:
            self._tell(Step(text, "failed", error.message if isinstance(error, SageMakerError) else None))
            raise
        self._tell(Step(text, "done"))

    def _tell(self, step: Step) -> None:
        if self._on_step is not None:
            self._on_step(step)


T = TypeVar("T")


def insisted(studio: Studio, call: Callable[[], T], tell: Tell, patience: float = PATIENCE) -> T:
    """Call as often as it takes while the service only says that it is called too often.

    Raises
    ------
    SageMakerError
        Whatever else it says; or that, still, when patience is at its end.
    """
    pace, deadline = Pace(*studio.connection.pace), time.monotonic() + patience
    while True:
        try:
            return call()
        except ThrottledError as error:
            if time.monotonic() > deadline:
                raise
            tell(_again(error))
        pace.failed()
        time.sleep(pace.pause)


def settled(
    studio: Studio, kind: str, key: tuple[str, ...], tell: Tell, patience: float = PATIENCE
) -> dict[str, Any] | None:
    """Wait until one does not change by itself any more.

    A throttled call, a cut network and expired credentials are told and waited out.

    Parameters
    ----------
    studio : Studio
        Where it is.
    kind, key : str, tuple of str
        Which one.
    tell : callable
        Told its status, and what keeps us from it.
    patience : float
        Seconds.

    Returns
    -------
    dict or None
        Its description; None if it is gone.

    Raises
    ------
    SageMakerError
        It cannot be described, or nothing has come of it in time.
    """
    row = resource(kind)
    pace, deadline = Pace(*studio.connection.pace), time.monotonic() + patience
    last, told = "", None
    while True:
        trouble: SageMakerError | None = None
        try:
            described = studio.describe(kind, *key)
            last = detail = str(described[row.status])
            if last not in row.transitional:
                return described
        except NotFoundError:
            return None
        except PASSING as error:
            trouble, detail = error, _again(error)
        pace.looked(changed=detail != told, failed=trouble is not None)
        if detail != told:
            tell(detail)
            told = detail
        if time.monotonic() > deadline:
            if trouble is not None:
                raise trouble
            name = f"{row.noun} {'/'.join(key)}"
            raise SageMakerError(
                f"{name} is still {last} after {patience / 60:.0f} minutes",
                code="StillBusy",
                hint="It goes on by itself; look again later, or delete it.",
            )
        time.sleep(pace.pause)


def _again(error: SageMakerError) -> str:
    return f"{error.message.rstrip('.')}; trying again"
