"""Jobs made by the name of an algorithm: what the algorithm brings, and what it allows.

`training` and `tuning` are what those who make jobs call; a request that names no algorithm comes back as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import container
from jupyter_sm_ext.engine.algorithms import values
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.store import Record

_ROW = resource("Algorithm")
_OBJECTIVE = "_tuning_objective_metric"
_ANY = ("", "*", "*/*")

Json = dict[str, Any]


def arn_of(engine: Engine, name: str) -> str:
    """ARN of an algorithm that a request names, by its name or by that ARN."""
    return name if name.startswith("arn:") else engine.arn(_ROW, name)


def missing(arn: str) -> ValidationError:
    """The service's words for an algorithm that is not there."""
    return ValidationError(f"Algorithm {arn} does not exist.")


def training(engine: Engine, request: Json) -> Json:
    """Make of a CreateTrainingJob request that names an algorithm one that has all its job needs.

    Raises
    ------
    ValidationError
        There is no such algorithm, it cannot be used (yet), or it does not allow the request.
    """
    record = _named(engine, request["AlgorithmSpecification"])
    return request if record is None else apply(record.arn, record.body["TrainingSpecification"], request)


def tuning(engine: Engine, request: Json) -> Json:
    """Make of a CreateHyperParameterTuningJob request whose definitions name algorithms one with all its trials need.

    Raises
    ------
    ValidationError
        There is no such algorithm, it cannot be used (yet), or it does not allow what is asked for.
    """
    config, found = request["HyperParameterTuningJobConfig"], dict(request)
    if len(request.keys() & {"TrainingJobDefinition", "TrainingJobDefinitions"}) != 1:
        return request  # a contradiction, which `tuning_checks` tells
    if "TrainingJobDefinition" in request:
        found["TrainingJobDefinition"] = _definition(engine, request["TrainingJobDefinition"], config)
    if "TrainingJobDefinitions" in request:
        found["TrainingJobDefinitions"] = [
            _definition(engine, one, config) for one in request["TrainingJobDefinitions"]
        ]
    return found


def _definition(engine: Engine, definition: Json, config: Json) -> Json:
    record = _named(engine, definition["AlgorithmSpecification"])
    if record is None:
        return definition
    ranges: Json = definition.get("HyperParameterRanges") or config.get("ParameterRanges") or {}
    objective = definition.get("TuningObjective", config.get("HyperParameterTuningJobObjective"))
    arn, specification = record.arn, record.body["TrainingSpecification"]
    tuned = values.check_tuned(specification.get("SupportedHyperParameters", []), ranges, arn)
    supported = specification.get("SupportedTuningJobObjectiveMetrics")
    if supported and objective is not None:
        wanted = {member: objective[member] for member in ("Type", "MetricName")}
        if wanted not in supported:
            listed = ", ".join(f"{one['Type']} {one['MetricName']}" for one in supported)
            raise ValidationError(
                f"HyperParameterTuningJobObjective: {wanted['Type']} {wanted['MetricName']} is not supported by the "
                f"algorithm {arn}. It supports: {listed}."
            )
    return apply(arn, specification, definition, static="StaticHyperParameters", tuned=tuned)


def _named(engine: Engine, algorithm: Json) -> Record | None:
    """The algorithm that an AlgorithmSpecification names; None if it names none."""
    if "AlgorithmName" not in algorithm:
        return None
    if "TrainingImage" in algorithm:
        raise ValidationError(
            "AlgorithmSpecification.AlgorithmName: specify either AlgorithmName or TrainingImage, not both of them."
        )
    if algorithm.get("MetricDefinitions"):
        raise ValidationError(
            "AlgorithmSpecification.MetricDefinitions: you can't override the metric definitions of an algorithm. "
            "Please retry your request without specifying metric definitions."
        )
    arn = arn_of(engine, algorithm["AlgorithmName"])
    record = engine.store.get(_ROW.kind, arn.rpartition("/")[2])
    if record is None or record.arn != arn:
        raise missing(arn)
    if record.status != "Completed":
        raise ValidationError(f"Algorithm {arn} cannot be used: it is in {record.status} status.")
    return record


def apply(
    arn: str,
    specification: Json,
    request: Json,
    *,
    static: str = "HyperParameters",
    tuned: set[str] | None = None,
) -> Json:
    """Check a request against a TrainingSpecification, and give it what that brings.

    Parameters
    ----------
    arn : str
        The algorithm's.
    specification : dict
        Its TrainingSpecification.
    request : dict
        A CreateTrainingJob request or a training job definition.
    static : str
        The member with the hyperparameters that are not tuned.
    tuned : set of str, optional
        Names of those that are.

    Raises
    ------
    ValidationError
        The algorithm does not allow it.
    """
    _check_instances(arn, specification, request)
    _check_channels(arn, specification, request)
    algorithm = {**request["AlgorithmSpecification"], "AlgorithmName": arn}
    if algorithm.get("ContainerEntrypoint") and not container.is_local(specification["TrainingImage"]):
        raise ValidationError(
            "AlgorithmSpecification.ContainerEntrypoint: the local engine cannot do this: the algorithm's image is "
            f"not {container.LOCAL_IMAGE}."
        )
    if "MetricDefinitions" in specification:
        algorithm["MetricDefinitions"] = specification["MetricDefinitions"]
    own = request.get(static, {})
    given = {name: text for name, text in own.items() if name != _OBJECTIVE}
    found = values.check_given(specification.get("SupportedHyperParameters", []), given, tuned or set(), arn, static)
    found |= {name: text for name, text in own.items() if name == _OBJECTIVE}
    return {**request, "AlgorithmSpecification": algorithm, **({static: found} if found or static in request else {})}


def _check_instances(arn: str, specification: Json, request: Json) -> None:
    config = request.get("ResourceConfig", {})
    tuning_config = request.get("HyperParameterTuningResourceConfig", {})
    wanted = [config, tuning_config, *config.get("InstanceGroups", []), *tuning_config.get("InstanceConfigs", [])]
    supported = specification["SupportedTrainingInstanceTypes"]
    for one in wanted:
        kind = one.get("InstanceType")
        if kind is not None and kind not in supported:
            raise ValidationError(
                f"ResourceConfig.InstanceType: the instance type {kind} is not supported by the algorithm {arn}. "
                f"It supports: {', '.join(supported)}."
            )
    if specification.get("SupportsDistributedTraining", False):
        return
    groups = config.get("InstanceGroups", [])
    if any(one.get("InstanceCount", 1) > 1 for one in wanted) or len(groups) > 1:
        raise ValidationError(
            f"ResourceConfig.InstanceCount must be 1: the algorithm {arn} does not support distributed training."
        )


def _check_channels(arn: str, specification: Json, request: Json) -> None:
    known = {one["Name"]: one for one in specification["TrainingChannels"]}
    given = {one["ChannelName"]: one for one in request.get("InputDataConfig", [])}
    for name, one in known.items():
        if one.get("IsRequired") and name not in given:
            raise ValidationError(f"InputDataConfig: the channel {name} is required by the algorithm {arn}.")
    for name, channel in given.items():
        if name not in known:
            raise ValidationError(
                f"InputDataConfig: the channel {name} is not supported by the algorithm {arn}. It supports: "
                f"{', '.join(known)}."
            )
        allowed = known[name]
        mode = channel.get("InputMode") or request["AlgorithmSpecification"]["TrainingInputMode"]
        checks = (
            ("InputMode", mode, allowed["SupportedInputModes"]),
            ("ContentType", channel.get("ContentType"), allowed["SupportedContentTypes"]),
            (
                "CompressionType",
                channel.get("CompressionType"),
                ["None", *allowed.get("SupportedCompressionTypes", [])],
            ),
        )
        for member, value, supported in checks:
            # An algorithm that lists no content types takes any.
            if value is None or value in supported or not supported or any(one in _ANY for one in supported):
                continue
            raise ValidationError(
                f"InputDataConfig: the {member} {value} of the channel {name} is not supported by the algorithm "
                f"{arn}. It supports: {', '.join(supported)}."
            )
