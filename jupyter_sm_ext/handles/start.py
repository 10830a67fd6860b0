"""Start a job from a script, in Python: ``sm.train(...)`` and ``sm.tune(...)``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, overload

from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.handles.handles import TrainingJob, TuningJob
from jupyter_sm_ext.launching.advice import advice
from jupyter_sm_ext.launching.function_source import check_arguments, function_script
from jupyter_sm_ext.launching.launch import Plan, plan_training, plan_tuning
from jupyter_sm_ext.launching.local_trial import tried_here
from jupyter_sm_ext.launching.options import JobOptions, TuningOptions, keywords
from jupyter_sm_ext.launching.ranges import Range, RangeSpec, make_range, parse_range
from jupyter_sm_ext.launching.source import Script
from jupyter_sm_ext.studio import Studio

Source = str | os.PathLike[str] | Callable[..., Any] | None
Tell = Callable[[str], None]
_CALL = ("local", "dry_run", "quiet", "studio", "ranges")


@overload
def train(script: Source = ..., *, dry_run: Literal[True], studio: Studio | None = ..., **options: Any) -> Plan: ...
@overload
def train(script: Source = ..., *, studio: Studio | None = ..., **options: Any) -> TrainingJob: ...
def train(
    script: Source = None,
    *,
    local: bool = False,
    dry_run: bool = False,
    quiet: bool = False,
    studio: Studio | None = None,
    **options: Any,
) -> TrainingJob | Plan:
    """Start a training job and return at once.

    Parameters
    ----------
    script : str, path or function
        A file, the text of a script (if it has more than one line), or a function whose arguments are the
        hyperparameters; none for an algorithm.
    local : bool
        First run it once on this machine with a sample of the data; if that fails, nothing is started.
    dry_run : bool
        Start nothing; what comes back shows the request and its boto3 code.
    quiet : bool
        Write nothing about what is packed and uploaded.
    studio : Studio, optional
        Where; that of the current connection if not given.
    **options
        Those of `options.JobOptions`, and the words that a cell has for them.

    Raises
    ------
    SageMakerError
        Something is wrong with the request, or with the connection.
    """
    studio = studio or Studio(current())
    chosen = JobOptions(**_plain(keywords(JobOptions, options, *_CALL)))
    plan = plan_training(studio.connection, _script(script, chosen), chosen)
    if dry_run:
        return plan
    plan = begin(plan, studio, tell=_nothing if quiet else _write, local=local)
    return TrainingJob(plan.name, studio=studio, request=plan.request)


@overload
def tune(
    script: Source = ...,
    *,
    ranges: Mapping[str, RangeSpec] | Sequence[str],
    dry_run: Literal[True],
    studio: Studio | None = ...,
    **options: Any,
) -> Plan: ...
@overload
def tune(
    script: Source = ...,
    *,
    ranges: Mapping[str, RangeSpec] | Sequence[str],
    studio: Studio | None = ...,
    **options: Any,
) -> TuningJob: ...
def tune(
    script: Source = None,
    *,
    ranges: Mapping[str, RangeSpec] | Sequence[str],
    local: bool = False,
    dry_run: bool = False,
    quiet: bool = False,
    studio: Studio | None = None,
    **options: Any,
) -> TuningJob | Plan:
    """Start a hyperparameter tuning job and return at once.

    Parameters
    ----------
    script : str, path or function
        As for `train`.
    ranges : mapping or sequence
        ``{"lr": "1e-4..1e-1:log", "depth": (2, 8), "opt": ["adam", "sgd"]}``, or ``["lr=1e-4..1e-1:log", ...]``.
    local, dry_run, quiet : bool
        As for `train`.
    studio : Studio, optional
        Where; that of the current connection if not given.
    **options
        Those of `options.TuningOptions`, and the words that a cell has for them; ``objective`` is required.

    Raises
    ------
    SageMakerError
        Something is wrong with the request, or with the connection.
    """
    studio = studio or Studio(current())
    given = _plain(keywords(TuningOptions, options, *_CALL))
    chosen = TuningOptions(ranges=_ranges(ranges), **given)
    plan = plan_tuning(studio.connection, _script(script, chosen), chosen)
    if dry_run:
        return plan
    plan = begin(plan, studio, tell=_nothing if quiet else _write, local=local)
    return TuningJob(plan.name, studio=studio, request=plan.request)


def begin(plan: Plan, studio: Studio, *, tell: Tell, local: bool) -> Plan:
    """Start what is planned, and tell what is packed, what could be spared, and how a trial went.

    Parameters
    ----------
    plan : Plan
        Of the job.
    studio : Studio
        Where.
    tell : callable
        Gets lines for the user.
    local : bool
        Whether to try it on this machine first.

    Raises
    ------
    SageMakerError
        The trial failed, the service refused, or it could not be reached.
    """
    for line in plan.lines:
        tell(line)
    if local:
        plan = tried_here(plan, tell)
    for line in advice(plan):
        tell(f"advice: {line}")
    for line in plan.start(studio):
        tell(line)
    return plan


def _script(given: Source, options: JobOptions) -> Script:
    if given is None:
        if options.algorithm is None:
            raise ValidationError("a job needs a script, or algorithm='NAME'")
        return Script("")
    if isinstance(given, str) and "\n" in given:
        return Script(given)
    if isinstance(given, (str, os.PathLike)):
        return Script.read(given)
    if not callable(given):
        raise ValidationError(f"a script is a path, text or a function, not {type(given).__name__}")
    script = function_script(given)
    tuned = [each.name for each in options.ranges] if isinstance(options, TuningOptions) else []
    check_arguments(given, [*options.hyperparameters, *tuned], options.data)
    return script


def _ranges(given: Mapping[str, RangeSpec] | Sequence[str]) -> list[Range]:
    if isinstance(given, Mapping):
        return [make_range(name, spec) for name, spec in given.items()]
    return [parse_range(text) for text in ([given] if isinstance(given, str) else given)]


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """Where several may be given, one may be given by itself."""
    found = dict(options)
    for name in ("warm_start", "include"):
        if isinstance(found.get(name), (str, os.PathLike)):
            found[name] = [found[name]]
    metrics = found.get("metrics")
    if metrics is not None and not isinstance(metrics, Mapping):
        found["metrics"] = dict.fromkeys([metrics] if isinstance(metrics, str) else metrics)
    if isinstance(found.get("data"), (str, os.PathLike)):
        found["data"] = {"train": found["data"]}
    if "data" in found:
        found["data"] = {channel: os.fspath(location) for channel, location in found["data"].items()}
    return found


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _nothing(_: str) -> None:
    """Where nobody wants to know."""
