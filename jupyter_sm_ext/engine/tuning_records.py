"""The shapes around a tuning job: its record, its row of the list, and the request each trial is launched with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import tuning_checks, tuning_trials, tuning_warm_start
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jupyter_sm_ext.engine.store import Record
    from jupyter_sm_ext.engine.tuning_plans import Plan
    from jupyter_sm_ext.engine.tuning_trials import Trial
    from jupyter_sm_ext.engine.tuning_warm_start import Inheritance

_ROW = resource("HyperParameterTuningJob")
_NAME = _ROW.key[0]
_SUMMARY = ("Strategy", "ResourceLimits")

Json = dict[str, Any]


def definition(plan: Plan) -> Json:
    """Give the definition of a plan as Describe has it: with the objective among the static hyperparameters.

    It has a ResourceConfig in any case: the SageMaker SDK sends HyperParameterTuningResourceConfig, and reads that.
    """
    static = plan.definition.get("StaticHyperParameters", {})
    return {
        **plan.definition,
        "StaticHyperParameters": {**static, tuning_checks.OBJECTIVE: plan.objective["MetricName"]},
        "ResourceConfig": tuning_checks.resources_of_trials(plan.definition),
    }


def training_request(definition: Json, name: str, tuned: Mapping[str, str]) -> Json:
    """Make a trial's CreateTrainingJob request from the TrainingJobDefinition."""
    renamed = {
        "StaticHyperParameters",
        "HyperParameterTuningResourceConfig",
        "DefinitionName",
        "TuningObjective",
        "HyperParameterRanges",
    }
    request = {member: value for member, value in definition.items() if member not in renamed}
    request["TrainingJobName"] = name
    request["HyperParameters"] = {**definition["StaticHyperParameters"], **tuned}
    request["ResourceConfig"] = tuning_checks.resources_of_trials(definition)
    if "CheckpointConfig" in definition:
        # Trials run side by side: each needs a place of its own.
        home = definition["CheckpointConfig"]["S3Uri"].rstrip("/")
        request["CheckpointConfig"] = {**definition["CheckpointConfig"], "S3Uri": f"{home}/{name}"}
    return request


def refresh(record: Record, trials: Iterable[Trial]) -> None:
    """Bring what follows from the trials up to date: the counters, in body and summary."""
    jobs, objectives = tuning_trials.counters(trials)
    record.body["TrainingJobStatusCounters"], record.body["ObjectiveStatusCounters"] = jobs, objectives
    summarize(record)


def summarize(record: Record) -> None:
    """Make the row of the list anew."""
    body, config = record.body, record.body["HyperParameterTuningJobConfig"]
    names = (_NAME, _ROW.arn, _ROW.status, "CreationTime", "HyperParameterTuningEndTime", "LastModifiedTime")
    record.summary = {name: body[name] for name in names if name in body}
    record.summary |= {name: config[name] for name in _SUMMARY}
    record.summary |= {name: body[name] for name in ("TrainingJobStatusCounters", "ObjectiveStatusCounters")}


def show_overall_best(record: Record, inheritance: Inheritance) -> None:
    """Bring OverallBestTrainingJob up to date, which only a warm start on the same data and algorithm has."""
    warm = record.body.get("WarmStartConfig")
    if warm is None or warm["WarmStartType"] != "IdenticalDataAndAlgorithm":
        return
    own = record.body.get("BestTrainingJob")
    own = None if own is None else {**own, "TuningJobName": record.key}
    objective = record.body["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    best = tuning_warm_start.better(inheritance.best, own, objective["Type"] == "Maximize")
    if best is not None:
        record.body["OverallBestTrainingJob"] = best
