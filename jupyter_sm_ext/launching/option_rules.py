"""What is wrong with the options of a job, told by the name of the option and with the nearest that would do.

What the service's model says, and what the service itself says of options that do not go together: all of it is asked
before anything is uploaded or created.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.options import JobOptions, TuningOptions
from jupyter_sm_ext.model import Violation, get_model
from jupyter_sm_ext.offers.local_limits import refused

A_DAY = 86_400
GRID, HYPERBAND = "Grid", "Hyperband"
#: From these hyperparameters Hyperband takes how long the longest run is (API reference, HyperbandStrategyConfig).
_EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
_RESERVED = "sagemaker_"
# Where a value stands in the request, and the option that it comes from; the first that fits.
_OPTIONS: Mapping[str, str] = {
    "instanceType": "--instance",
    "instanceCount": "--count",
    "volumeSizeInGB": "--volume-size",
    "keepAlivePeriodInSeconds": "--warm-pool",
    "maxPendingTimeInSeconds": "--max-pending",
    "maxWaitTimeInSeconds": "--max-wait",
    "resourceLimits.maxRuntimeInSeconds": "--max-tuning-time",
    "stoppingCondition.maxRuntimeInSeconds": "--max-runtime",
    "maxNumberOfTrainingJobsNotImproving": "--not-improving",
    "targetObjectiveMetricValue": "--target",
    "maxNumberOfTrainingJobs": "--max-jobs",
    "maxParallelTrainingJobs": "--parallel",
    "minResource": "--min-resource",
    "maxResource": "--max-resource",
    "parentHyperParameterTuningJobs": "--warm-start",
    "randomSeed": "--seed",
    "environment": "--env",
    "trainingImage": "--image",
    "algorithmName": "--algorithm",
    "roleArn": "--role",
    "checkpointConfig": "--checkpoints",
    "s3OutputPath": "--output",
    "channelName": "--data",
    "s3Uri": "--data",
    "inputDataConfig": "--data",
    "metricName": "--objective",
    "staticHyperParameters": "--hp",
    "hyperParameters": "--hp",
    "metricDefinitions": "--metric",
    "tags": "--tag",
}
_LIKE: Mapping[str, str] = {
    "--role": "an ARN like arn:aws:iam::123456789012:role/NAME",
    "--image": "an image like 123456789012.dkr.ecr.us-east-1.amazonaws.com/name:tag",
    "--algorithm": "the name of an algorithm, or its ARN",
    "--warm-start": "the name of a tuning job",
}
_BOUND = re.compile(r"Member must have (value|length) (less|greater) than or equal to (-?[\d.]+)")
_TIMES = ("--warm-pool", "--max-pending", "--max-wait", "--max-runtime", "--max-tuning-time")


def check_options(options: JobOptions, *, script: bool) -> None:
    """Refuse options that do not go together.

    Parameters
    ----------
    options : JobOptions
        Of the job.
    script : bool
        Whether there is a script.

    Raises
    ------
    ValidationError
        The first that does not.
    """
    for message, hint in _wrong(options, script):
        raise ValidationError(message, hint=hint)


def check_request(operation: str, request: dict[str, Any], *, local: bool) -> None:
    """Refuse a request that the service, or the local engine, would refuse by its values.

    Raises
    ------
    ValidationError
        All that is wrong by the service's model, or the first thing that the engine cannot do.
    """
    violations = get_model().check(operation, request)
    if violations:
        raise ValidationError("; ".join(dict.fromkeys(map(_told, violations))), operation=operation)
    for path, reason in refused(request.get("TrainingJobDefinition", request)) if local else ():
        dotted = ".".join(f"{part[:1].lower()}{part[1:]}" for part in path.split("."))
        raise ValidationError(f"{_option_of(dotted) or path}: {reason}", operation=operation)


def _wrong(options: JobOptions, script: bool) -> Iterator[tuple[str, str | None]]:
    if options.algorithm is not None:
        yield from _wrong_with_algorithm(options, script)
    runtime = A_DAY if options.max_runtime is None else options.max_runtime
    if options.max_wait is not None and not options.spot:
        yield "--max-wait is for spot instances", "Add --spot; the wait for others is bounded by --max-pending."
    if options.max_wait is not None and options.max_wait < runtime:
        yield (
            f"--max-wait: {options.max_wait} is less than --max-runtime, which it contains",
            f"The least is {runtime}{_time(runtime)}.",
        )
    if options.warm_pool and options.spot:
        yield "--warm-pool: spot instances are not kept for another job", "Leave out --warm-pool, or --spot."
    for option, uri in (("--output", options.output), ("--checkpoints", options.checkpoints)):
        if uri is not None and not re.match(r"s3://[^/]+", uri):
            yield f"{option}: {uri!r} is no S3 URI", "Write s3://bucket/prefix."
    for name in options.hyperparameters:
        if name.startswith(_RESERVED) and options.algorithm is None:
            yield f"--hp {name}: names that begin with {_RESERVED} belong to script mode", None
    for name in options.environment:
        if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name):
            near = re.sub(r"\W|^(?=\d)", "_", name, flags=re.ASCII)
            yield f"--env: {name!r} cannot name a variable: letters, digits and _", f"Try --env {near}=..."
    for name in options.data:
        if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
            near = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
            yield f"--data: {name!r} cannot name a channel: letters, digits, . _ and -", f"Try --data {near}=..."
    if isinstance(options, TuningOptions):
        yield from _wrong_with_tuning(options)


def _wrong_with_algorithm(options: JobOptions, script: bool) -> Iterator[tuple[str, str | None]]:
    given: dict[str, object] = {"--image": options.image, "--metric": options.metrics, "--include": options.include}
    given["--requirements"] = options.requirements
    if script:
        yield "--algorithm: an algorithm brings its own code", "Leave the script out, or leave out --algorithm."
    for option, value in given.items():
        if value:
            yield f"{option} does not go with --algorithm, which brings its own", f"Leave out {option}."


def _wrong_with_tuning(options: TuningOptions) -> Iterator[tuple[str, str | None]]:
    both = sorted({each.name for each in options.ranges} & set(options.hyperparameters))
    if both:
        yield f"{both[0]!r} is both tuned and fixed with --hp; give it once", None
    if not options.objective.strip():
        yield "--objective: a tuning job needs the name of the metric to make best", None
    if options.target is not None and not math.isfinite(options.target):
        yield f"--target: {options.target} is no finite number", None
    for option, value in (("--min-resource", options.min_resource), ("--max-resource", options.max_resource)):
        if value is not None and options.strategy != HYPERBAND:
            yield (
                f"{option} is for the strategy {HYPERBAND}, not for {options.strategy}",
                f"Add --strategy {HYPERBAND}.",
            )
    if options.strategy == HYPERBAND:
        yield from _wrong_with_hyperband(options)
    if options.strategy == GRID:
        yield from _wrong_with_grid(options)


def _wrong_with_hyperband(options: TuningOptions) -> Iterator[tuple[str, str | None]]:
    if options.early_stopping:
        yield f"--early-stopping: {HYPERBAND} stops training jobs itself", "Leave it out."
    low, high = options.min_resource, options.max_resource
    if low is not None and high is not None and low > high:
        yield f"--min-resource: {low} is more than --max-resource, {high}", f"The most is {high}."
    if high is None and not set(_EPOCHS) & set(options.hyperparameters):
        yield (
            f"--max-resource: {HYPERBAND} needs to know how many epochs the longest run has",
            "Add --max-resource N, or --hp epochs=N if the script takes it.",
        )


def _wrong_with_grid(options: TuningOptions) -> Iterator[tuple[str, str | None]]:
    for each in options.ranges:
        if each.kind != "Categorical":
            low, high = each.member["MinValue"], each.member["MaxValue"]
            yield (
                f"range {each.name!r}: the strategy {GRID} takes lists of values only",
                f"Write the values to try: {each.name}={low}|{high}.",
            )
    values = [each.member["Values"] for each in options.ranges]
    total = math.prod(len(each) for each in values if isinstance(each, list))
    if options.ranges and options.max_jobs not in (None, total):
        yield (
            f"--max-jobs: a grid of these ranges has {total} training jobs, not {options.max_jobs}",
            f"Leave it out, or give {total}.",
        )


def _told(violation: Violation) -> str:
    option = _option_of(violation.path)
    if option is None:
        return str(violation)
    bound = _BOUND.fullmatch(violation.constraint)
    if bound is None:
        like = _LIKE.get(option)
        if like is not None and "pattern" in violation.constraint:
            return f"{option}: {violation.value!r} is not {like}"
        return f"{option}: {violation}"
    what, way, limit = bound.groups()
    time = _time(float(limit)) if option in _TIMES else ""
    nearest = f"the {'most' if way == 'less' else 'least'} is {limit}{time}"
    if what == "length" and str(violation.value)[:1] in "[{":
        return f"{option}: there are too {'many' if way == 'less' else 'few'}; {nearest}"
    if what == "length":
        return f"{option}: {violation.value!r} is too {'long' if way == 'less' else 'short'}; {nearest}"
    return f"{option}: {violation.value} is too {'much' if way == 'less' else 'little'}; {nearest}"


def _option_of(path: str) -> str | None:
    return next((option for part, option in _OPTIONS.items() if f".{part}." in f".{path}."), None)


def _time(seconds: float) -> str:
    """Seconds, if many, as they can be written; empty if they read well as they are."""
    for unit, length in (("d", A_DAY), ("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f" ({seconds / length:g}{unit})"
    return ""
