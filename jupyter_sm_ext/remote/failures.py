"""What a client is told when a request gets no answer from the far kernel: what happened, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.errors import NotFoundError, SageMakerError, UnreachableError

NAME = "RemoteKernelError"
_MIB = 1024**2


class FarKernelGoneError(NotFoundError):
    """The far kernel is gone for good: it, its server or its app was ended."""


class NotSpokenError(UnreachableError):
    """The app's server does not speak the protocol that we do."""


@dataclass(frozen=True)
class Failure:
    """Why a request failed.

    Parameters
    ----------
    what : str
        What happened.
    todo : str
        What the user can do about it.
    """

    what: str
    todo: str

    @property
    def reply(self) -> dict[str, Any]:
        """Content of an error reply."""
        text = f"{self.what} {self.todo}".strip()
        lines = [f"\x1b[0;31m{NAME}\x1b[0m: {self.what}", *([self.todo] if self.todo else [])]
        return {"status": "error", "ename": NAME, "evalue": text, "traceback": lines}

    @property
    def error(self) -> dict[str, Any]:
        """Content of an ``error`` message, which is what a notebook shows."""
        return {name: value for name, value in self.reply.items() if name != "status"}


def sentence(text: str) -> str:
    """A text that ends as a sentence does."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def of_error(error: SageMakerError, todo: str = "") -> Failure:
    """What an error of ours says."""
    return Failure(sentence(error.message), error.hint or todo)


def lost(*, seen: bool) -> Failure:
    """A request that was under way when the connection broke.

    Parameters
    ----------
    seen : bool
        Whether the far kernel was seen to begin with it.
    """
    if seen:
        return Failure(
            "The connection to the app broke while this ran, and its answer was lost.",
            "It has run; what it printed may be incomplete. Look at what it changed before you run it again.",
        )
    return Failure(
        "The connection to the app broke while this was sent to it.",
        "It has probably not run; make sure before you run it again.",
    )


def restarted() -> Failure:
    """The far kernel died and was started again by the app's server."""
    return Failure(
        "The kernel on the app was started again: it died, most often for want of memory, or was restarted there.",
        "Its variables are gone. Run the notebook's cells again, or choose an instance with more memory.",
    )


def too_long(waited: float, reason: str) -> Failure:
    """The app was not reachable for too long."""
    return Failure(
        f"The app did not answer for {waited:.0f} s ({reason}); it is still tried.",
        "What ran there may go on. Check the network and the app's status, then run this again.",
    )


def too_large(size: int, limit: int) -> Failure:
    """A message that the far server would answer by hanging up."""
    return Failure(
        f"This message has {size / _MIB:.1f} MiB, but the app's Jupyter Server takes {limit / _MIB:.0f} MiB at most.",
        "Send less at once, or upload a file (%sm upload). A lifecycle script can raise the limit: see remote kernels"
        " in the documentation.",
    )


def gone(error: FarKernelGoneError) -> Failure:
    """The far kernel is gone for good."""
    return of_error(error, "Start the app if it is stopped, then restart this kernel; its variables are gone.")


def not_started(error: SageMakerError) -> Failure:
    """There is no far kernel, and none could be started."""
    return of_error(error, "Then run this again.")
