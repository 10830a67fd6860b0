"""Whether anything is left of what a supervisor started: on Linux it becomes the parent of all that loses its own.

Standard library only, and little of it: see supervisor.py. A look at the variables of every process of the machine
tells the same anywhere, but costs milliseconds that each trial would pay.
"""

from __future__ import annotations

import os

_CHILD_SUBREAPER = 36  # <linux/prctl.h>


class Orphans:
    """Descendants of this process whose own parents have ended.

    Attributes
    ----------
    ours : bool
        Whether they become our children.
    """

    def __init__(self) -> None:
        self.ours = False

    def adopt(self) -> None:
        """Become the parent of those to come, where that can be had."""
        try:
            import ctypes

            self.ours = ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
        except (ImportError, OSError, AttributeError):  # built without, or not Linux
            return

    def bury(self, known: set[int]) -> bool:
        """Take note of those that have ended; whether any process may be left.

        Parameters
        ----------
        known : set of int
            Children that somebody else waits for.
        """
        if not self.ours:
            return True
        try:
            while True:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if ended is None or ended.si_pid in known:
                    return True
                os.waitpid(ended.si_pid, 0)
        except ChildProcessError:
            return False
