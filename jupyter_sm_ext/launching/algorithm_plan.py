"""A script becomes an algorithm: what it takes and measures on record, its code with it, and one run of it as proof.

An algorithm is a training job that has been packed: it is planned as one, so that code, data and metrics are found and
checked in the same way, and that same job is its validation profile.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_sm_ext.checks.preflight import create
from jupyter_sm_ext.choices import nearest
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError
from jupyter_sm_ext.launching.job_names import fresh_name
from jupyter_sm_ext.launching.launch import plan_training
from jupyter_sm_ext.launching.options import JobOptions
from jupyter_sm_ext.launching.ranges import Range
from jupyter_sm_ext.launching.request_code import request_text
from jupyter_sm_ext.launching.source import Script
from jupyter_sm_ext.launching.uploads import Upload, send
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio

KIND = "algorithms"
PROFILE = "validation"
_LONGEST = 63
_SCRIPT_MODE = "sagemaker_"
_SPECIFICATION = "{}ParameterRangeSpecification"


@dataclass(frozen=True, kw_only=True)
class AlgorithmOptions(JobOptions):
    """What an algorithm is; see `JobOptions` for the rest, which is also how its validation runs.

    Parameters
    ----------
    ranges : sequence of Range
        Hyperparameters that can be tuned, and how far; one that has no fixed value, too, must be given to each job.
    objective : str, optional
        Metric by which it can be tuned.
    minimize : bool
        Whether less of it is better.
    description : str, optional
        For people.
    instances : sequence of str
        Instance types that it may run on, besides the one of its validation.
    validate : bool
        Whether SageMaker runs it once before it can be used.
    """

    ranges: Sequence[Range] = ()
    objective: str | None = None
    minimize: bool = False
    description: str | None = None
    instances: Sequence[str] = ()
    validate: bool = True


@dataclass(frozen=True)
class AlgorithmPlan:
    """An algorithm that is checked and ready to be created; shown as its request and the code for it.

    Parameters
    ----------
    name : str
        Of the algorithm.
    request : dict
        Of CreateAlgorithm.
    uploads : list of Upload
        What has to be there first.
    lines : list of str
        What is packed and uploaded, for the user.
    connection : Connection
        Where it goes.
    """

    name: str
    request: dict[str, Any]
    uploads: list[Upload]
    lines: list[str]
    connection: Connection = field(repr=False)

    def __repr__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The exact request as JSON, and as boto3 code."""
        return request_text(self.connection, resource(KIND).operation("create"), self.request)

    def start(self, studio: Studio) -> None:
        """Upload what is needed and create it.

        Raises
        ------
        ConflictError
            The name is taken; nothing was uploaded.
        SageMakerError
            The service refused, or could not be reached.
        """
        studio.connection.ensure()
        found = described_algorithm(studio, self.name)
        if found is not None:
            raise ConflictError(
                f"an algorithm named {self.name!r} already exists ({found['AlgorithmStatus']})",
                hint="Choose another name, or delete that one: it cannot be changed.",
            )
        send(studio.connection, self.uploads)
        create(studio, KIND, self.request)


def described_algorithm(studio: Studio, name: str) -> dict[str, Any] | None:
    """What the service says of an algorithm; None if there is none of that name."""
    try:
        return studio.describe(KIND, name)
    except NotFoundError:
        return None


def plan_algorithm(connection: Connection, script: Script, options: AlgorithmOptions) -> AlgorithmPlan:
    """Plan an algorithm.

    Parameters
    ----------
    connection : Connection
        Where it goes.
    script : Script
        What it runs.
    options : AlgorithmOptions
        The rest; a name is required, and data to validate it on.

    Raises
    ------
    ValidationError
        What is wrong, by the name of the option.
    """
    name = options.name or ""
    if options.algorithm is not None:
        raise ValidationError("--algorithm: an algorithm is made of a script, not of another algorithm")
    if options.validate and not options.data:
        raise ValidationError(
            "--data: SageMaker validates an algorithm with a training job, which needs a channel of data",
            hint="Add --data train=PATH, or --no-validation.",
        )
    # The code of an algorithm must stay as it is: under the name of a job, another job would replace it.
    packed = plan_training(connection, script, dataclasses.replace(options, name=fresh_name(name, _LONGEST)))
    job = packed.request
    specification = _specification(options, job)
    request = {
        "AlgorithmName": name,
        **({"AlgorithmDescription": options.description} if options.description else {}),
        "TrainingSpecification": specification,
        **({"ValidationSpecification": _validation(job, specification)} if options.validate else {}),
        **({"Tags": job["Tags"]} if "Tags" in job else {}),
    }
    operation = resource(KIND).operation("create")
    violations = get_model().check(operation, request)
    if violations:
        raise ValidationError("; ".join(map(str, violations)), operation=operation)
    return AlgorithmPlan(name, request, packed.uploads, packed.lines, connection)


def _specification(options: AlgorithmOptions, job: Mapping[str, Any]) -> dict[str, Any]:
    instance = job["ResourceConfig"]["InstanceType"]
    known = get_model().enum("TrainingInstanceType")
    others = [nearest("--instances", each, known) for each in options.instances]
    algorithm = job["AlgorithmSpecification"]
    metrics = algorithm.get("MetricDefinitions", [])
    found = {
        "TrainingImage": algorithm["TrainingImage"],
        "SupportedHyperParameters": list(_hyperparameters(options, job["HyperParameters"])),
        "SupportedTrainingInstanceTypes": list(dict.fromkeys([instance, *others])),
        "SupportsDistributedTraining": options.instance_count > 1,
        "TrainingChannels": _channels(job),
        **({"MetricDefinitions": metrics} if metrics else {}),
    }
    if options.objective is not None:
        names = [each["Name"] for each in metrics]
        if options.objective not in names:
            hint = f"It measures {', '.join(names)}." if names else None
            raise ValidationError(f"--objective: {options.objective!r} is no metric of it; add --metric", hint=hint)
        kind = "Minimize" if options.minimize else "Maximize"
        found["SupportedTuningJobObjectiveMetrics"] = [{"Type": kind, "MetricName": options.objective}]
        if not options.ranges:
            raise ValidationError("--objective: an algorithm that can be tuned needs a --range")
    return found


def _channels(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [each["ChannelName"] for each in job.get("InputDataConfig", ())]
    # The service wants one at least; a script that reads none may be given one.
    shape = {"SupportedContentTypes": [], "SupportedInputModes": ["File"]}
    return [{"Name": name, "IsRequired": name in names, **shape} for name in names or ["train"]]


def _hyperparameters(options: AlgorithmOptions, given: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    fixed = dict(options.hyperparameters)
    for each in options.ranges:
        bounds = {name: value for name, value in each.member.items() if name in ("MinValue", "MaxValue", "Values")}
        default = {"DefaultValue": _text(fixed.pop(each.name))} if each.name in fixed else {"IsRequired": True}
        yield {
            "Name": each.name,
            "Type": each.kind,
            "Range": {_SPECIFICATION.format(each.kind): bounds},
            "IsTunable": True,
            **default,
        }
    for name, value in fixed.items():
        yield {"Name": name, "Type": _type(value), "IsTunable": False, "DefaultValue": _text(value)}
    for name, text in given.items():
        if name.startswith(_SCRIPT_MODE):
            yield {"Name": name, "Type": "FreeText", "IsTunable": False, "DefaultValue": text}


def _validation(job: Mapping[str, Any], specification: Mapping[str, Any]) -> dict[str, Any]:
    definition = {
        "TrainingInputMode": "File",
        "HyperParameters": {each["Name"]: _sample(each) for each in specification["SupportedHyperParameters"]},
        **{name: job[name] for name in ("InputDataConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition")},
    }
    profile = {"ProfileName": PROFILE, "TrainingJobDefinition": definition}
    return {"ValidationRole": job["RoleArn"], "ValidationProfiles": [profile]}


def _sample(hyperparameter: Mapping[str, Any]) -> str:
    """A value to validate with: the default, else the first that is allowed."""
    if "DefaultValue" in hyperparameter:
        return str(hyperparameter["DefaultValue"])
    [bounds] = hyperparameter["Range"].values()
    return str(bounds["Values"][0] if "Values" in bounds else bounds["MinValue"])


def _type(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "FreeText"
    return "Integer" if isinstance(value, int) else "Continuous"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
