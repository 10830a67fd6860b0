"""What a CreateAlgorithm request must be besides what the model says: the service's rules, and our limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import training_checks
from jupyter_sm_ext.engine.algorithms import use, values
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.metric_lines import MetricLines

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

_TRAINING, _INFERENCE, _VALIDATION = "TrainingSpecification", "InferenceSpecification", "ValidationSpecification"

Json = dict[str, Any]


def check(engine: Engine, request: Json, arn: str) -> None:
    """Refuse a request that cannot become an algorithm.

    Parameters
    ----------
    engine : Engine
        Its context.
    request : dict
        CreateAlgorithm's members.
    arn : str
        What it will be called.

    Raises
    ------
    ValidationError
        The first thing that is wrong with it, or what of it the local engine does not do.
    """
    if request.get("CertifyForMarketplace"):
        raise _cannot("CertifyForMarketplace", "it has no Marketplace")
    _training(request[_TRAINING])
    _inference(request.get(_INFERENCE))
    for profile in request.get(_VALIDATION, {}).get("ValidationProfiles", []):
        if "TransformJobDefinition" in profile:
            raise _cannot(f"{_VALIDATION}.ValidationProfiles.TransformJobDefinition", "it has no transform jobs")
        job = validation_job(request, profile, arn, f"{profile['ProfileName']}-00000000"[-63:])
        try:
            training_checks.check(engine, job)
        except ValidationError as error:
            where = f"{_VALIDATION}: the profile {profile['ProfileName']} is not valid: "
            raise ValidationError(f"{where}{error.message}", code=error.code) from error


def validation_job(described: Json, profile: Json, arn: str, name: str) -> Json:
    """Make the CreateTrainingJob request of a validation profile, with all that the algorithm brings.

    Parameters
    ----------
    described : dict
        The algorithm, or its request.
    profile : dict
        One of its ValidationProfiles.
    arn, name : str
        The algorithm's ARN and the job's name.

    Raises
    ------
    ValidationError
        The algorithm does not allow what its own profile asks for.
    """
    definition = profile["TrainingJobDefinition"]
    request = {member: value for member, value in definition.items() if member != "TrainingInputMode"}
    request |= {
        "TrainingJobName": name,
        "RoleArn": described[_VALIDATION]["ValidationRole"],
        "AlgorithmSpecification": {"TrainingInputMode": definition["TrainingInputMode"]},
    }
    return use.apply(arn, described[_TRAINING], request)


def _training(specification: Json) -> None:
    if "AdditionalS3DataSource" in specification:
        raise _cannot(f"{_TRAINING}.AdditionalS3DataSource", "an algorithm has no data of its own here")
    at = f"{_TRAINING}.SupportedHyperParameters"
    hyperparameters = specification.get("SupportedHyperParameters", [])
    values.check_specifications(hyperparameters, at)
    definitions = specification.get("MetricDefinitions", [])
    MetricLines(definitions)
    _unique([one["Name"] for one in definitions], f"{_TRAINING}.MetricDefinitions: the metric name")
    _unique(
        [one["Name"] for one in specification["TrainingChannels"]], f"{_TRAINING}.TrainingChannels: the channel name"
    )
    if not specification["SupportedTrainingInstanceTypes"]:
        raise ValidationError(f"{_TRAINING}.SupportedTrainingInstanceTypes must have at least one instance type.")
    metrics = {one["Name"] for one in definitions}
    objectives = specification.get("SupportedTuningJobObjectiveMetrics", [])
    for one in objectives:
        if one["MetricName"] not in metrics:
            raise ValidationError(
                f"{_TRAINING}.SupportedTuningJobObjectiveMetrics: the metric {one['MetricName']} is not in "
                "MetricDefinitions."
            )
    if objectives and not any(one.get("IsTunable") for one in hyperparameters):
        raise ValidationError(
            f"{at} must have a tunable hyperparameter, as SupportedTuningJobObjectiveMetrics are specified."
        )


def _inference(specification: Json | None) -> None:
    if specification is None:
        return
    types = ("SupportedTransformInstanceTypes", "SupportedRealtimeInferenceInstanceTypes")
    if not any(specification.get(member) for member in types):
        raise ValidationError(f"{_INFERENCE} needs {' or '.join(types)}: the algorithm has no versions.")
    for container in specification["Containers"]:
        if "Image" not in container:
            raise ValidationError(f"{_INFERENCE}.Containers: a container needs an Image.")
        if "ModelDataUrl" in container and "ModelDataSource" in container:
            raise ValidationError(f"{_INFERENCE}.Containers: specify either ModelDataUrl or ModelDataSource.")


def _unique(names: list[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValidationError(f"{what} {name} must be unique.")


def _cannot(member: str, reason: str) -> ValidationError:
    return ValidationError(f"{member}: the local engine cannot do this: {reason}.")
