"""What an algorithm brings to a job that names it, where the service leaves that to the client."""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.studio import Studio


def with_defaults(studio: Studio, request: dict[str, Any]) -> dict[str, Any]:
    """A request that names an algorithm, with that algorithm's defaults for what is not given.

    The SageMaker SDK does the same (``sagemaker/algorithm.py``): nobody else puts them in.

    Parameters
    ----------
    studio : Studio
        Where it goes.
    request : dict
        Of CreateTrainingJob or CreateHyperParameterTuningJob; one that names no algorithm comes back as it is.
    """
    definition = request.get("TrainingJobDefinition", request)
    name = definition["AlgorithmSpecification"].get("AlgorithmName")
    if name is None:
        return request
    member = "StaticHyperParameters" if definition is not request else "HyperParameters"
    ranges = (request.get("HyperParameterTuningJobConfig") or {}).get("ParameterRanges") or {}
    tuned = {each["Name"] for listed in ranges.values() for each in listed}
    supported = studio.describe("algorithms", name)["TrainingSpecification"].get("SupportedHyperParameters") or ()
    defaults = {
        each["Name"]: each["DefaultValue"]
        for each in supported
        if each.get("DefaultValue") is not None and each["Name"] not in tuned
    }
    whole = {**definition, member: {**defaults, **definition.get(member, {})}} if defaults else definition
    return whole if definition is request else {**request, "TrainingJobDefinition": whole}
