"""Which trials of a tuning job are stopped before they end: one module for each rule.

A rule sees the values of the objective as the script printed them; the n-th value is that of epoch n. What it has to
remember of a trial is a short list of numbers, kept with the trial, so that it can be built anew from the records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from jupyter_sm_ext.engine.stoppers.hyperband import Hyperband, resources
from jupyter_sm_ext.engine.stoppers.median import Median

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Stopper", "new_stopper"]


class Stopper(Protocol):
    """Judges the trials of one search; they are known by their numbers."""

    def stops(self, number: int, values: Sequence[float]) -> bool:
        """Whether a running trial is to be stopped, now that it has printed these values."""

    def finish(self, number: int, values: Sequence[float], *, succeeded: bool) -> None:
        """Take in what a trial that is over has printed."""

    def note(self, number: int) -> list[float]:
        """What has to be kept of a trial."""

    def resume(self, number: int, note: Sequence[float]) -> None:
        """Take in what was kept of a trial."""


def new_stopper(
    config: Mapping[str, Any], definition: Mapping[str, Any], *, maximize: bool, seed: int
) -> Stopper | None:
    """Make what a HyperParameterTuningJobConfig asks for; None if it stops no trial.

    Parameters
    ----------
    config : mapping
        HyperParameterTuningJobConfig.
    definition : mapping
        HyperParameterTrainingJobDefinition.
    maximize : bool
        Whether a greater objective is better.
    seed : int
        Of the job.

    Raises
    ------
    ValidationError
        It is Hyperband without sensible resources.
    """
    if config["Strategy"] == "Hyperband":
        least, most = resources(config, definition.get("StaticHyperParameters", {}))
        return Hyperband(least, most, maximize=maximize, seed=seed)
    if config.get("TrainingJobEarlyStoppingType", "Off") == "Auto":
        return Median(maximize=maximize)
    return None
