"""The table of ``docs/refused.md``: which members and values the engine refuses."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File

from model_paths import ELEMENT, Path, written

PAGE = File(__file__).parents[2] / "docs" / "refused.md"
_ROW = re.compile(r"\| (?P<operations>[^|]+) \| (?P<members>[^|]+) \| (?P<value>[^|]+) \| (?P<why>[^|]+) \|")
# Where the members of a training job are, in other requests too.
_TRAINING = {
    "CreateTrainingJob": ("",),
    "CreateHyperParameterTuningJob": ("TrainingJobDefinition.", "TrainingJobDefinitions[]."),
    "CreateAlgorithm": ("ValidationSpecification.ValidationProfiles[].TrainingJobDefinition.",),
}


@dataclass(frozen=True)
class Refusal:
    """One member that an operation refuses, or some values of it."""

    operation: str
    member: str
    values: frozenset[str] | None = None
    but: bool = False
    conditional: bool = False  # on the machine: there is no telling here
    exact: bool = True  # of this operation itself, not of one whose requests have parts of another's

    def is_at(self, path: Path) -> bool:
        """Whether a path is the member's own."""
        if self.member.startswith("*"):
            return written(path).endswith(self.member[1:])
        return written(path) == self.member

    def refuses(self, value: str) -> bool:
        return self.values is None or (value in self.values) != self.but

    def holds(self, path: Path) -> bool:
        """Whether it refuses what is at a path."""
        for end in range(1, len(path) + 1):
            if self.is_at(path[:end]):
                rest = path[end:]
                return self.values is None or (bool(rest) and self.refuses(rest[0].removeprefix("=")))
        return False


@functools.cache
def refusals(operation: str) -> tuple[Refusal, ...]:
    """Those of an operation."""
    return tuple(one for one in _read() if one.operation == operation)


def _read() -> Iterator[Refusal]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for line in lines[lines.index("|---|---|---|---|") + 1 :]:
        if not line:
            return
        row = _ROW.fullmatch(line)
        assert row, f"not a row: {line}"
        quoted = frozenset(re.findall("`([^`]+)`", row["value"]))
        assert quoted or row["value"] == "any", row["value"]
        for operation in row["operations"].split(", "):
            for member in re.findall("`([^`]+)`", row["members"]):
                places = _TRAINING if operation == "CreateTrainingJob" else {operation: ("",)}
                for of, prefixes in places.items():
                    for prefix in prefixes:
                        yield Refusal(
                            of,
                            prefix + member,
                            quoted or None,
                            but=row["value"].startswith("all but"),
                            conditional=row["why"].startswith("Where "),
                            exact=of == operation,
                        )


def elements(path: Path) -> Path:
    """A path without the steps into lists."""
    return tuple(step for step in path if step != ELEMENT)
