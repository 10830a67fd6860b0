"""A job tried on this machine before it is started: once, on a sample of its data, not for long.

What fails here in seconds would fail there after minutes that cost money. The trial is a training job of the local
engine, so it finds all that it finds on SageMaker; of a tuning job it is one with the middle of each range.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path

from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.connections.connection import Choice, Connection, open_connection
from jupyter_sm_ext.errors import SageMakerError, ValidationError
from jupyter_sm_ext.launching.job_names import fresh_name
from jupyter_sm_ext.launching.launch import TRAINING, Plan, plan_training
from jupyter_sm_ext.launching.metric_formats import metric_regex, metrics_in
from jupyter_sm_ext.launching.options import JobOptions, TuningOptions
from jupyter_sm_ext.launching.ranges import Range
from jupyter_sm_ext.launching.sample import sample
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.snapshots import failure_of, figure

SECONDS = 300
"""So long a trial runs at most; what has not failed by then is taken to work."""

_LOG_LINES = 20
_DIGITS = 6
_LONGEST_NAME = 63
Tell = Callable[[str], None]


class TrialFailedError(SageMakerError):
    """The trial on this machine failed; nothing was started."""

    default_code = "TrialFailed"


def tried_here(plan: Plan, tell: Tell) -> Plan:
    """Run a planned job once on this machine; the plan comes back with the metrics that it printed.

    Parameters
    ----------
    plan : Plan
        Of the job.
    tell : callable
        Gets lines for the user.

    Raises
    ------
    TrialFailedError
        It failed, or a tuning job's objective was not among what it printed.
    SageMakerError
        It could not be run.
    """
    if plan.options.algorithm is not None:
        raise ValidationError(
            "--local runs a script; an algorithm is run by its own job only", hint="Leave out --local."
        )
    connection = _here(plan.connection)
    studio = Studio(connection)
    with tempfile.TemporaryDirectory(prefix="sm-sample-") as folder:
        data = {}
        for channel, location in plan.options.data.items():
            own = Path(folder, channel)
            own.mkdir()
            taken = sample(plan.connection, channel, location, own)
            data[channel] = str(taken.folder)
            tell(f"trial here: {taken.line}")
        name = fresh_name(f"trial-{Path(plan.script.name).stem}", _LONGEST_NAME)
        trial = plan_training(connection, plan.script, _trial_options(name, plan.options, data))
        trial.start(studio)
    tell(f"trial here: {trial.name} runs, at most {SECONDS // 60} minutes")
    try:
        described = studio.wait(TRAINING, trial.name)
    except BaseException:
        studio.stop(TRAINING, trial.name)
        raise
    status = described["TrainingJobStatus"]
    log = [event["message"] for event in studio.whole_log(trial.name)]
    if status == "Failed" or (status == "Stopped" and described["SecondaryStatus"] != "MaxRuntimeExceeded"):
        reason = failure_of(described) or "it was stopped"
        raise TrialFailedError(
            f"the trial on this machine failed, so nothing was started: {reason}",
            hint="\n".join(["The end of its log:", *log[-_LOG_LINES:]]),
        )
    found = metrics_in(log)
    values = {each["MetricName"]: each["Value"] for each in described.get("FinalMetricDataList", ())}
    if isinstance(plan.options, TuningOptions) and status == "Completed":
        _refuse_without(plan.options, values, found)
    printed = ", ".join(f"{name}={figure(value)}" for name, value in values.items())
    seconds = described.get("TrainingTimeInSeconds", 0)
    ended = f"completed in {seconds} s" if status == "Completed" else f"ran {SECONDS // 60} minutes without a failure"
    tell(f"trial here: {ended}{f', {printed}' if printed else ''}")
    return plan.with_metrics(found)


def middle(each: Range) -> object:
    """The value in the middle of a range, by its scale."""
    if each.kind == "Categorical":
        values = each.member["Values"]
        return values[0] if isinstance(values, list) else values
    low, high = float(str(each.member["MinValue"])), float(str(each.member["MaxValue"]))
    if each.member["ScalingType"] == "Logarithmic":
        value = math.sqrt(low * high)
    elif each.member["ScalingType"] == "ReverseLogarithmic":
        value = 1 - math.sqrt((1 - low) * (1 - high))
    else:
        value = (low + high) / 2
    return round(value) if each.kind == "Integer" else float(f"{value:.{_DIGITS}g}")


def _here(connection: Connection) -> Connection:
    return connection if connection.kind == "local" else open_connection(Choice(), connection.data_dir)


def _trial_options(name: str, options: JobOptions, data: dict[str, str]) -> JobOptions:
    fixed, metrics = dict(options.hyperparameters), dict(options.metrics)
    if isinstance(options, TuningOptions):
        fixed |= {each.name: middle(each) for each in options.ranges}
        metrics.setdefault(options.objective, None)
    return JobOptions(
        name=name,
        hyperparameters=fixed,
        data=data,
        metrics=metrics,
        include=options.include,
        imports=options.imports,
        requirements=options.requirements,
        yes=True,
        environment=options.environment,
        max_runtime=SECONDS,
    )


def _refuse_without(options: TuningOptions, values: dict[str, float], found: dict[str, str]) -> None:
    name = options.objective
    if name in values:
        return
    own = options.metrics.get(name)
    if own is None and name in found and found[name] != metric_regex(name):
        return  # in a format of its own, which the job is told
    near = meant(name, found)
    printed = f"It printed {', '.join(found)}." if found else f"Print it, for instance as {name}=0.5."
    raise TrialFailedError(
        f"the trial on this machine printed no value of the objective {name!r}, so nothing was started",
        hint=f"{printed} Did you mean --objective {near}?" if near else printed,
    )
