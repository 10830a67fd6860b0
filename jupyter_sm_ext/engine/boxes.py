"""Whether jobs can have an ``/opt/ml`` and a network of their own on this machine: tried when the engine starts."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from functools import cached_property
from typing import Any

from jupyter_sm_ext.engine import supervisor_box
from jupyter_sm_ext.errors import ValidationError

PLACE = "/opt/ml"
VARIABLE = "JUPYTER_SM_NAMESPACES"
"""Environment variable that says whether to try: what ``--namespaces`` says otherwise."""
CHOICES = ("auto", "off")
_PATIENCE_SECONDS = 10.0
_LOGGER = logging.getLogger(__name__)

Json = dict[str, Any]


class Boxes:
    """What jobs can have of their own here.

    Parameters
    ----------
    wanted : bool
        Whether to try; if not, they see the machine's own.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self._wanted = wanted
        self._probe: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """Begin to try, so that nobody has to wait for the answer later."""
        if not (self._wanted and sys.platform == "linux") or self._probe is not None:
            return
        self._probe = subprocess.Popen(
            [sys.executable, "-I", "-S", supervisor_box.__file__, PLACE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def spec(self, *, isolated: bool) -> Json | None:
        """What a supervisor needs to know to make one (see `supervisor_box.Box`); None if the machine's own are seen.

        Parameters
        ----------
        isolated : bool
            Whether the job is to have no network.
        """
        if self._found["as_user"] is None:
            return None
        return {"place": PLACE, "as_user": self._found["as_user"], "isolated": isolated}

    @property
    def no_isolation(self) -> str | None:
        """Why no job can be cut off from the network here; None if it can."""
        return None if self._found["isolated"] else str(self._found["reason"])

    def check(self, member: str, *, isolated: bool) -> None:
        """Refuse to cut a job off from the network where that cannot be done.

        Raises
        ------
        ValidationError
            It is wanted by this member, and cannot be done.
        """
        if isolated and self.no_isolation is not None:
            raise ValidationError(
                f"{member}: the local engine cannot cut a job off from the network on this machine: {self.no_isolation}"
            )

    @property
    def told(self) -> str:
        """What jobs have here, in words."""
        if self._found["as_user"] is None:
            return f"jobs find their directory by $SAGEMAKER_BASE_DIR, not at {PLACE}: {self._found['reason']}"
        if not self._found["isolated"]:
            return f"each job has its own {PLACE}; none can be isolated from the network: {self._found['reason']}"
        return f"each job has its own {PLACE}; those with EnableNetworkIsolation have no network"

    @cached_property
    def _found(self) -> Json:
        none: Json = {"as_user": None, "isolated": False}
        if not self._wanted:
            return {**none, "reason": f"the engine was started with namespaces off (--namespaces, {VARIABLE})"}
        if sys.platform != "linux":
            return {**none, "reason": "only Linux has namespaces"}
        self.begin()
        assert self._probe is not None
        try:
            said, _ = self._probe.communicate(timeout=_PATIENCE_SECONDS)
            found: Json = json.loads(said)
        except subprocess.TimeoutExpired:
            self._probe.kill()
            self._probe.communicate()
            found = {**none, "reason": f"this machine did not make one within {_PATIENCE_SECONDS:g} s"}
        except ValueError:
            found = {**none, "reason": (said.strip().splitlines() or ["the attempt said nothing"])[-1]}
        if found["reason"]:
            _LOGGER.warning("namespaces: %s", found["reason"])
        return found
