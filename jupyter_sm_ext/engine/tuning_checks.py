"""What a CreateHyperParameterTuningJob must be besides what the model says, and what the local engine lacks yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine.samplers import Range
from jupyter_sm_ext.engine.stoppers.hyperband import resources
from jupyter_sm_ext.engine.tuning_plans import Plan, plans
from jupyter_sm_ext.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MODEL_BASED = ("Bayesian", "Random")
"""Strategies that go by what was tried before, be it to learn from it or not to try it again."""
OBJECTIVE = "_tuning_objective_metric"
MOST_TRIALS = 750
"""Without MaxNumberOfTrainingJobs: the service's own limit."""
_MOST_HYPERPARAMETERS = 100
_MOST_RANGES = 30
_ON = "CompleteOnConvergence"
_MOST_VARIABLES = 48


def check(request: Mapping[str, Any]) -> list[Plan]:
    """Check a request that keeps the model's constraints; gives what is to be searched.

    Raises
    ------
    ValidationError
        It contradicts itself, or asks for something the engine does not have yet.
    """
    _refuse_what_is_missing(request)
    config, several = request["HyperParameterTuningJobConfig"], request.get("TrainingJobDefinitions")
    if len(request.keys() & {"TrainingJobDefinition", "TrainingJobDefinitions"}) != 1:
        raise ValidationError("Exactly one of TrainingJobDefinition and TrainingJobDefinitions is required.")
    if several is None:
        _check_one(config, request["TrainingJobDefinition"])
    else:
        _check_several(request, several)
    found = plans(request)
    for plan in found:
        _check_objective(plan)
        _check_names(plan.ranges, plan.definition.get("StaticHyperParameters", {}))
        if config["Strategy"] == "Hyperband":
            resources(config, plan.definition.get("StaticHyperParameters", {}))
    _check_number(config, found)
    return found


def _refuse_what_is_missing(request: Mapping[str, Any]) -> None:
    config = request["HyperParameterTuningJobConfig"]
    strategy = config["Strategy"]
    if strategy != "Hyperband" and "StrategyConfig" in config:
        raise ValidationError("StrategyConfig is only supported when Strategy is Hyperband.")
    if strategy == "Hyperband" and config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
        raise ValidationError(
            "TrainingJobEarlyStoppingType must be Off when Strategy is Hyperband, which stops training jobs itself."
        )
    if "WarmStartConfig" in request and "TrainingJobDefinitions" in request:
        raise _missing("WarmStartConfig with TrainingJobDefinitions")
    if "WarmStartConfig" in request and strategy not in MODEL_BASED:
        raise ValidationError(
            f"WarmStartConfig is only supported when Strategy is {' or '.join(MODEL_BASED)}: what {strategy} tries "
            "does not depend on what was tried before."
        )


def _check_one(config: Mapping[str, Any], definition: Mapping[str, Any]) -> None:
    for name in ("TuningObjective", "HyperParameterRanges"):
        if name in definition:
            raise ValidationError(
                f"TrainingJobDefinition.{name} is only supported in TrainingJobDefinitions. Give it in "
                "HyperParameterTuningJobConfig."
            )
    if "HyperParameterTuningJobObjective" not in config:
        raise ValidationError("HyperParameterTuningJobConfig.HyperParameterTuningJobObjective is required.")
    _check_resources(definition)


def _check_several(request: Mapping[str, Any], definitions: Sequence[Mapping[str, Any]]) -> None:
    config = request["HyperParameterTuningJobConfig"]
    for name in ("HyperParameterTuningJobObjective", "ParameterRanges"):
        if name in config:
            raise ValidationError(
                f"HyperParameterTuningJobConfig.{name} is only supported with TrainingJobDefinition. Give it in each "
                "of TrainingJobDefinitions."
            )
    for name in ("DefinitionName", "TuningObjective", "HyperParameterRanges"):
        if not all(name in definition for definition in definitions):
            raise ValidationError(f"{name} is required in each of TrainingJobDefinitions.")
    names = [definition["DefinitionName"] for definition in definitions]
    if len(set(names)) != len(names):
        raise ValidationError("Each of TrainingJobDefinitions must have a DefinitionName of its own.")
    if len({definition["TuningObjective"]["Type"] for definition in definitions}) != 1:
        raise ValidationError(
            "TuningObjective.Type must be the same in all of TrainingJobDefinitions: the best of their training jobs "
            "could not be told otherwise."
        )
    # Limits of one are those of all together (API reference, HyperParameterTrainingJobDefinition).
    for kind in ("Integer", "Continuous", "Categorical"):
        member = f"{kind}ParameterRanges"
        if sum(len(one["HyperParameterRanges"].get(member, ())) for one in definitions) > _MOST_RANGES:
            raise ValidationError(
                f"At most {_MOST_RANGES} {member} are allowed in all TrainingJobDefinitions together."
            )
    if sum(len(one.get("Environment", ())) for one in definitions) > _MOST_VARIABLES:
        raise ValidationError(
            f"At most {_MOST_VARIABLES} environment variables are allowed in all TrainingJobDefinitions together."
        )
    for definition in definitions:
        _check_resources(definition)


def resources_of_trials(definition: Mapping[str, Any]) -> dict[str, Any]:
    """ResourceConfig of a definition's training jobs, whichever of the two members it has."""
    return dict(definition.get("HyperParameterTuningResourceConfig") or definition["ResourceConfig"])


def _check_resources(definition: Mapping[str, Any]) -> None:
    given = [name for name in ("ResourceConfig", "HyperParameterTuningResourceConfig") if name in definition]
    # Describe gives both, and what it gives can be sent again.
    both = len(given) == 2 and definition[given[0]] == definition[given[1]]
    if len(given) != 1 and not both:
        raise ValidationError(
            "Exactly one of TrainingJobDefinition.ResourceConfig and "
            "TrainingJobDefinition.HyperParameterTuningResourceConfig is required."
        )
    for name in ("AllocationStrategy", "InstanceConfigs"):
        if name in definition.get("HyperParameterTuningResourceConfig", {}):
            raise _missing(f"HyperParameterTuningResourceConfig.{name}")


def _check_objective(plan: Plan) -> None:
    metrics = plan.definition["AlgorithmSpecification"].get("MetricDefinitions", ())
    if not any(metric["Name"] == plan.objective["MetricName"] for metric in metrics):
        raise ValidationError(
            "A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric "
            "definitions."
        )


def _check_names(ranges: tuple[Range, ...], static: Mapping[str, str]) -> None:
    both = [one.name for one in ranges if one.name in static]
    if both:
        raise ValidationError(
            f"A hyperparameter is either static or tuned, not both: {', '.join(both)}. Take it out of "
            "StaticHyperParameters or out of ParameterRanges."
        )
    if any(one.name == OBJECTIVE for one in ranges) or OBJECTIVE in static:
        raise ValidationError(f"The hyperparameter {OBJECTIVE} is set by the service.")
    if len(ranges) + len(static) >= _MOST_HYPERPARAMETERS:
        raise ValidationError(
            f"At most {_MOST_HYPERPARAMETERS} hyperparameters, static, tuned and {OBJECTIVE} together, are allowed."
        )


def _check_grid(limits: Mapping[str, Any], of: Sequence[Plan]) -> None:
    others = [one.name for plan in of for one in plan.ranges if one.kind != "Categorical"]
    if others:
        raise ValidationError(
            f"Only categorical parameter ranges are supported when Strategy is Grid: {', '.join(others)}. List the "
            "values to try in CategoricalParameterRanges."
        )
    total, most = int(combinations(of)), limits.get("MaxNumberOfTrainingJobs")
    if total > MOST_TRIALS:
        raise ValidationError(
            f"The total number of hyperparameter combinations for the provided ranges [{total}] must be equal or less "
            f"than [{MOST_TRIALS}] when Strategy is Grid."
        )
    if most is not None and most != total:
        raise ValidationError(
            "The total number of hyperparameter combinations for the provided ranges "
            f"[{total}] must be equal to the value of MaxNumberOfJobs, [{most}], when Strategy is Grid. Leave "
            "MaxNumberOfTrainingJobs out to try all combinations."
        )


def _check_number(config: Mapping[str, Any], of: Sequence[Plan]) -> None:
    limits, criteria = config["ResourceLimits"], config.get("TuningJobCompletionCriteria", {})
    if config["Strategy"] == "Grid":
        _check_grid(limits, of)
        return
    most = limits.get("MaxNumberOfTrainingJobs")
    ends = criteria.keys() & {"TargetObjectiveMetricValue", "BestObjectiveNotImproving"}
    ends |= {"ConvergenceDetected"} if criteria.get("ConvergenceDetected", {}).get(_ON) == "Enabled" else set()
    if most is None and "MaxRuntimeInSeconds" not in limits and not ends:
        raise ValidationError(
            "ResourceLimits.MaxNumberOfTrainingJobs is required unless MaxRuntimeInSeconds or a completion criterion "
            "ends the tuning job."
        )
    total = combinations(of)
    if most is not None and total < most:
        raise ValidationError(
            "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter "
            f"combinations for the provided ranges [{float(total)}] must be equal or greater than the value of "
            f"MaxNumberOfJobs, [{most}]. Provide additional ranges."
        )


def combinations(of: Sequence[Plan]) -> float:
    """How many different trials there can be."""
    return sum(plan.combinations for plan in of)


def most_trials(config: Mapping[str, Any], of: Sequence[Plan], inherited: int = 0) -> int:
    """How many trials are made if nothing ends the tuning job earlier; those of parent tuning jobs count too."""
    most = config["ResourceLimits"].get("MaxNumberOfTrainingJobs", MOST_TRIALS - inherited)
    return int(min(most, combinations(of)))


def _missing(what: str) -> ValidationError:
    return ValidationError(f"The local engine does not have {what} yet.")
