"""What can be chosen when a script is run as a job; one vocabulary for magics and Python."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.launching.ranges import Range

#: Words that a cell has for an option, and that Python takes too.
SHORT: Mapping[str, str] = {
    "instance": "instance_type",
    "count": "instance_count",
    "hp": "hyperparameters",
    "metric": "metrics",
    "env": "environment",
    "tag": "tags",
}


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """How a script is run.

    Parameters
    ----------
    name : str, optional
        Of the job; made from the script's name and the time if not given.
    hyperparameters : mapping of str to object
        Fixed ones; sent JSON-encoded, as the SageMaker SDK does.
    data : mapping of str to str
        Local file or folder, or ``s3://`` URI, by channel.
    metrics : mapping of str to str or None
        Regular expression by metric; None for the one that finds the common formats. None given: those that the
        script prints, as far as that can be read.
    include : sequence of path
        Files and folders that are put beside the script.
    imports : bool
        Put the modules of its own folder that the script imports beside it.
    requirements : str, path or sequence of them
        Requirements files, and requirements like ``numpy>=1.26``, that the job installs.
    yes : bool
        Folders that are big are meant.
    environment : mapping of str to str
        Environment variables of the job.
    image, algorithm, role : str, optional
        Training image; or, instead of image and script, name or ARN of an algorithm; ARN of the execution role. The
        connection's own if not given.
    instance_type : str, optional
        Simulated by the local engine.
    instance_count, volume_size : int
        Instances, and GB of storage each.
    spot : bool
        Use spot instances, which cost less and may be taken away.
    max_runtime, max_pending, max_wait : int, optional
        Seconds that one training job may run, may wait for capacity, and may take in all on spot instances.
    warm_pool : int, optional
        Seconds that its instances stay for the next job.
    output, checkpoints : str, optional
        ``s3://`` URI for what it makes, and for its checkpoints.
    tags : mapping of str to str
        Tags of the job.
    """

    name: str | None = None
    hyperparameters: Mapping[str, object] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, str | None] = field(default_factory=dict)
    include: Sequence[str | os.PathLike[str]] = ()
    imports: bool = True
    requirements: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = ()
    yes: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    algorithm: str | None = None
    role: str | None = None
    instance_type: str | None = None
    instance_count: int = 1
    volume_size: int = 30
    spot: bool = False
    max_runtime: int | None = None
    max_pending: int | None = None
    max_wait: int | None = None
    warm_pool: int | None = None
    output: str | None = None
    checkpoints: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TuningOptions(JobOptions):
    """How a script is tuned; see `JobOptions` for the rest.

    Parameters
    ----------
    objective : str
        Name of the metric to make best.
    ranges : sequence of Range
        What is tuned.
    minimize : bool
        Whether less is better.
    strategy : str
        One of the service's strategies.
    max_jobs : int, optional
        Training jobs in all; 10 if not given, all combinations of a grid.
    parallel : int
        Training jobs at a time.
    seed : int, optional
        Makes the proposals repeatable.
    early_stopping : bool
        Let SageMaker stop training jobs that do not look promising.
    max_tuning_time : int, optional
        Seconds that the whole tuning job may take.
    target : float, optional
        End when the objective is that good.
    not_improving : int, optional
        End when so many training jobs have brought nothing better.
    convergence : bool
        End when SageMaker sees that little is to be gained.
    min_resource, max_resource : int, optional
        Of Hyperband: epochs, or what else the script reports its objective by, of the shortest and the longest run.
    warm_start : sequence of str
        Tuning jobs to learn from.
    warm_start_type : str
        ``identical`` (same data and algorithm) or ``transfer``, or as AWS names them.
    """

    objective: str
    ranges: Sequence[Range] = ()
    minimize: bool = False
    strategy: str = "Bayesian"
    max_jobs: int | None = None
    parallel: int = 2
    seed: int | None = None
    early_stopping: bool = False
    max_tuning_time: int | None = None
    target: float | None = None
    not_improving: int | None = None
    convergence: bool = False
    min_resource: int | None = None
    max_resource: int | None = None
    warm_start: Sequence[str] = ()
    warm_start_type: str = "identical"


def keywords(kind: type[JobOptions], given: Mapping[str, Any], *others: str) -> dict[str, Any]:
    """Keyword arguments as the options that they are.

    Parameters
    ----------
    kind : type
        `JobOptions` or `TuningOptions`.
    given : mapping
        Keyword arguments of a call.
    *others : str
        What else the call takes, for the hint.

    Raises
    ------
    TypeError
        There is no such option, or one is given twice; the message tells the nearest.
    """
    known = [each.name for each in fields(kind)]
    found: dict[str, Any] = {}
    for word, value in given.items():
        name = SHORT.get(word, word)
        if name not in known:
            near = meant(word, [*known, *SHORT, *others])
            raise TypeError(f"there is no option {word!r}{f'; did you mean {near!r}?' if near else ''}")
        if name in found:
            raise TypeError(f"{name} is given twice")
        found[name] = value
    return found
