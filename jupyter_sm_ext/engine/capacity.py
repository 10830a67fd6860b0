"""Capacity: how many instances of a type there are, who has them, and who waits for one.

On this machine there are as many as anyone asks for, unless ``capacity.json`` in the data directory says otherwise,
from the moment it is written::

    {"ml.trn1.2xlarge": 1, "ml.p5.48xlarge": 0}

Quotas are another thing: what goes over a quota is refused, what finds no room waits.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.model import get_model

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

FILE = "capacity.json"
_LOGGER = logging.getLogger(__name__)


class Wanted(NamedTuple):
    """What somebody needs at once.

    Parameters
    ----------
    owner : str
        Who: an ARN.
    since : float
        Since when, in epoch seconds: the oldest goes first.
    instances : Counter
        How many instances of each type.
    """

    owner: str
    since: float
    instances: Counter[str]


class Capacity:
    """The instances of one engine. Who has some is known in memory only: families tell it anew when they adopt jobs.

    Parameters
    ----------
    engine : Engine
        Its context.
    """

    def __init__(self, engine: Engine) -> None:
        self._path = engine.data_dir / FILE
        self._read: tuple[tuple[int, int] | None, dict[str, int]] = (None, {})
        self._told = ""
        self._held: dict[str, Counter[str]] = {}
        self._used: Counter[str] = Counter()
        self._waiting: dict[str, Wanted] = {}

    def check(self) -> None:
        """Look at the file.

        Raises
        ------
        ValidationError
            It cannot be used.
        """
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp != self._read[0]:
                self._read = (stamp, _parse(json.loads(self._path.read_text(encoding="utf-8"))))
        except FileNotFoundError:
            self._read = (None, {})
        except (OSError, ValueError) as error:
            raise ValidationError(f"{FILE} in the engine's data directory cannot be used: {error}") from error

    def take(self, wanted: Wanted) -> bool:
        """Have instances, if there are some and nobody has waited for them longer; whether that is so.

        Whoever gets none is remembered as waiting, and asks again, or says `give_back`.
        """
        if wanted.owner in self._held:
            return True
        limits = self._limits()
        first = all(
            (other.since, other.owner) >= (wanted.since, wanted.owner)
            or not limits.keys() & other.instances.keys() & wanted.instances.keys()
            # One that asks for more than there is must not hold up the others for ever.
            or any(number > limits.get(kind, number) for kind, number in other.instances.items())
            for other in self._waiting.values()
        )
        room = all(
            self._used[kind] + number <= limits.get(kind, self._used[kind] + number)
            for kind, number in wanted.instances.items()
        )
        if not (first and room):
            self._waiting[wanted.owner] = wanted
            return False
        self.hold(wanted)
        return True

    def hold(self, wanted: Wanted) -> None:
        """Count what runs already, whether there is room for it or not."""
        self._waiting.pop(wanted.owner, None)
        if wanted.owner not in self._held:
            self._held[wanted.owner] = wanted.instances
            self._used += wanted.instances

    def give_back(self, owner: str) -> None:
        """Neither have nor want any more; nothing happens to one that did not."""
        self._waiting.pop(owner, None)
        self._used -= self._held.pop(owner, Counter())

    def _limits(self) -> dict[str, int]:
        """What the file says; if it cannot be used, what it said before."""
        try:
            self.check()
        except ValidationError as error:
            if str(error) != self._told:
                _LOGGER.warning("%s; what it said before holds", error)
            self._told = str(error)
        return self._read[1]


def _parse(given: object) -> dict[str, int]:
    if not isinstance(given, dict):
        raise ValueError("it must be an object with a number for each instance type")  # noqa: TRY004 - like any other
    types = set(get_model().enum("TrainingInstanceType"))
    for name, value in given.items():
        if name not in types:
            raise ValueError(f"there is no instance type {name!r} for training")
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name!r} must be a whole number, 0 or more")
    return given
