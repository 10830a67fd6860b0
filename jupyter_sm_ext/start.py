"""Start a job from a script, in Python: ``sm.train(...)`` and ``sm.tune(...)``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_sm_ext.connection import current
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.handles import TrainingJob, TuningJob
from jupyter_sm_ext.launch import plan_training, plan_tuning
from jupyter_sm_ext.options import JobOptions, TuningOptions
from jupyter_sm_ext.ranges import RangeSpec, make_range, parse_range
from jupyter_sm_ext.source import Script
from jupyter_sm_ext.studio import Studio


def train(script: str | os.PathLike[str], *, studio: Studio | None = None, **options: Any) -> TrainingJob:
    """Start a training job and return at once.

    Parameters
    ----------
    script : str or path
        A file, or the text of a script (if it has more than one line).
    studio : Studio, optional
        Where; that of the current connection if not given.
    **options
        Those of `options.JobOptions`.

    Raises
    ------
    SageMakerError
        Something is wrong with the request, or with the connection.
    """
    studio = studio or Studio(current())
    plan = plan_training(studio.connection, _script(script), JobOptions(**options))
    plan.start(studio)
    return TrainingJob(plan.name, studio=studio, request=plan.request)


def tune(
    script: str | os.PathLike[str],
    *,
    ranges: Mapping[str, RangeSpec] | Sequence[str],
    studio: Studio | None = None,
    **options: Any,
) -> TuningJob:
    """Start a hyperparameter tuning job and return at once.

    Parameters
    ----------
    script : str or path
        A file, or the text of a script (if it has more than one line).
    ranges : mapping or sequence
        ``{"lr": "1e-4..1e-1:log", "depth": (2, 8), "opt": ["adam", "sgd"]}``, or ``["lr=1e-4..1e-1:log", ...]``.
    studio : Studio, optional
        Where; that of the current connection if not given.
    **options
        Those of `options.TuningOptions`; ``objective`` is required.

    Raises
    ------
    SageMakerError
        Something is wrong with the request, or with the connection.
    """
    studio = studio or Studio(current())
    if isinstance(ranges, Mapping):
        parsed = [make_range(name, spec) for name, spec in ranges.items()]
    else:
        parsed = [parse_range(text) for text in ranges]
    plan = plan_tuning(studio.connection, _script(script), TuningOptions(ranges=parsed, **options))
    plan.start(studio)
    return TuningJob(plan.name, studio=studio, request=plan.request)


def _script(script: str | os.PathLike[str]) -> Script:
    if isinstance(script, str) and "\n" in script:
        return Script(script)
    if not isinstance(script, (str, os.PathLike)):
        raise ValidationError(f"a script is a path or text, not {type(script).__name__}")
    return Script.read(script)
