"""What a resource family is: a class with one method an operation, and a tick that moves its state machines on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

Request = dict[str, Any]
"""Parameters of a call with AWS's member names, already checked against the service's model."""

Later = Callable[[], dict[str, Any]]
"""Works a response out in a thread, for that may take seconds: from files, and nothing that the loop's thread has."""

Answer = dict[str, Any] | str | Later
"""Its response in wire form (times are epoch seconds), or the same as JSON text, or what works it out."""


class Family:
    """Base of the families.

    An operation is a method with its name in snake case that takes a `Request` and returns an `Answer`:
    ``def create_training_job(self, request: Request) -> Answer``. It raises `errors.SageMakerError` with the service's
    code and words. Everything but a `Later` runs on the one thread of the event loop.

    Parameters
    ----------
    engine : Engine
        What it works with.
    """

    service: ClassVar[str] = "sagemaker"
    """botocore's name of the service it belongs to."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def tick(self) -> float | None:
        """Move on what changes by itself.

        Returns
        -------
        float or None
            Seconds until it wants to be asked again at the latest; None if nothing is under way.
        """
        return None

    def active(self) -> bool:
        """Whether work is under way that the engine must not leave alone, however long nobody asks."""
        return False
