"""What can be chosen when a script is run as a job; one vocabulary for magics and Python."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_sm_ext.ranges import Range


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
        Regular expression by metric; None for one that finds ``name=value`` and ``name: value``.
    include : sequence of path
        Files and folders that are put beside the script.
    environment : mapping of str to str
        Environment variables of the job.
    image, role : str, optional
        Training image and ARN of the execution role; the connection's own if not given.
    instance_type : str
        Simulated by the local engine.
    instance_count, volume_size : int
        Instances, and GB of storage each.
    max_runtime, max_pending : int, optional
        Seconds that one training job may run, and may wait for capacity.
    """

    name: str | None = None
    hyperparameters: Mapping[str, object] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, str | None] = field(default_factory=dict)
    include: Sequence[str | os.PathLike[str]] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    role: str | None = None
    instance_type: str = "ml.m5.large"
    instance_count: int = 1
    volume_size: int = 30
    max_runtime: int | None = None
    max_pending: int | None = None


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
    max_jobs, parallel : int
        Training jobs in all, and at a time.
    seed : int, optional
        Makes the proposals repeatable.
    early_stopping : bool
        Let SageMaker stop training jobs that do not look promising.
    max_tuning_time : int, optional
        Seconds that the whole tuning job may take.
    """

    objective: str
    ranges: Sequence[Range] = ()
    minimize: bool = False
    strategy: str = "Bayesian"
    max_jobs: int = 10
    parallel: int = 2
    seed: int | None = None
    early_stopping: bool = False
    max_tuning_time: int | None = None
