"""What a tuning job searches: one plan for each of its definitions of training jobs, and whose turn it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine.samplers import Range, parse_ranges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """One definition of training jobs.

    Parameters
    ----------
    definition : dict
        A HyperParameterTrainingJobDefinition.
    ranges : tuple of Range
        What is tuned.
    objective : dict
        HyperParameterTuningJobObjective.
    """

    definition: Json
    ranges: tuple[Range, ...]
    objective: dict[str, str]

    @property
    def name(self) -> str | None:
        """DefinitionName."""
        found: str | None = self.definition.get("DefinitionName")
        return found

    @property
    def tuned(self) -> list[str]:
        """Names of the hyperparameters that are tuned."""
        return [one.name for one in self.ranges]

    @property
    def maximize(self) -> bool:
        """Whether a greater objective is better."""
        return self.objective["Type"] == "Maximize"

    @property
    def combinations(self) -> float:
        """How many different trials there can be."""
        return math.prod(one.combinations for one in self.ranges)


def plans(job: Mapping[str, Any]) -> list[Plan]:
    """Plans of a tuning job.

    Parameters
    ----------
    job : mapping
        A CreateHyperParameterTuningJob request that was checked, or a Describe response.
    """
    config = job["HyperParameterTuningJobConfig"]
    if "TrainingJobDefinition" in job:
        ranges = parse_ranges(config.get("ParameterRanges", {}), "hyperParameterTuningJobConfig.parameterRanges")
        return [Plan(job["TrainingJobDefinition"], ranges, config["HyperParameterTuningJobObjective"])]
    return [
        Plan(
            definition,
            parse_ranges(
                definition["HyperParameterRanges"], f"trainingJobDefinitions.{number}.member.hyperParameterRanges"
            ),
            definition["TuningObjective"],
        )
        for number, definition in enumerate(job["TrainingJobDefinitions"], start=1)
    ]


class Turns:
    """Which plan makes which trial: each in its turn, without those that have no new trial to make.

    Follows from the plans alone, so that nothing about it has to be kept.

    Parameters
    ----------
    of : sequence of Plan
        Of one tuning job.
    """

    def __init__(self, of: Sequence[Plan]) -> None:
        self._most = [plan.combinations for plan in of]
        self._made = [0] * len(of)
        self._turns: list[tuple[int, int]] = []

    def place(self, number: int) -> tuple[int, int]:
        """Index of a trial's plan, and its number among the trials of that plan; numbers begin at 1."""
        while len(self._turns) < number:
            indices = range(len(self._most))
            willing = [index for index in indices if self._made[index] < self._most[index]] or indices
            index = min(willing, key=lambda index: (self._made[index], index))
            self._made[index] += 1
            self._turns.append((index, self._made[index]))
        return self._turns[number - 1]
