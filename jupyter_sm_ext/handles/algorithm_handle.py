"""Algorithms in Python: ``sm.algorithm(...)`` makes one of a script, and gives a handle to use it by."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Literal, overload

from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.handles.handles import JobFailedError, TrainingJob, TuningJob
from jupyter_sm_ext.handles.start import train, tune
from jupyter_sm_ext.launching.algorithm_plan import KIND, AlgorithmOptions, AlgorithmPlan, plan_algorithm
from jupyter_sm_ext.launching.options import keywords
from jupyter_sm_ext.launching.ranges import RangeSpec, make_range, parse_range
from jupyter_sm_ext.launching.source import Script
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.algorithm_text import algorithm_lines, failure_of_algorithm, hyperparameter_table


class Algorithm:
    """An algorithm on a connection.

    Parameters
    ----------
    name : str
        Of the algorithm.
    studio : Studio, optional
        Where it is; that of the current connection if not given.
    """

    def __init__(self, name: str, *, studio: Studio | None = None) -> None:
        self.name = name
        self.studio = studio or Studio(current())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        try:
            described = self.describe()
        except SageMakerError as error:
            # The last line of a cell must show something, also of an algorithm that is gone.
            return {"text/plain": f"{self!r}: {error.message}"}
        lines, table = algorithm_lines(described), hyperparameter_table(described)
        html = "".join(f"<div>{escape(line)}</div>" for line in lines)
        return {"text/plain": "\n".join([*lines, table.text()]), "text/html": html + table.html()}

    def describe(self) -> dict[str, Any]:
        """What the service says about it."""
        return self.studio.describe(KIND, self.name)

    @property
    def status(self) -> str:
        """The service's status, now: it can be used when it is Completed."""
        return str(self.describe()["AlgorithmStatus"])

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it has been validated.

        Parameters
        ----------
        timeout : float, optional
            Seconds; for ever if not given.

        Raises
        ------
        JobFailedError
            Its validation failed.
        TimeoutError
            It is still being validated after ``timeout``.
        """
        described = self.studio.wait(KIND, self.name, timeout=timeout)
        if described["AlgorithmStatus"] == "Failed":
            raise JobFailedError(f"{self.name} Failed: {failure_of_algorithm(described)}")

    def train(self, **options: Any) -> TrainingJob:
        """Start a training job with it; options as for `start.train`."""
        job: TrainingJob = train(None, algorithm=self.name, studio=self.studio, **options)
        return job

    def tune(self, *, ranges: Mapping[str, RangeSpec] | Sequence[str], **options: Any) -> TuningJob:
        """Start a tuning job with it; options as for `start.tune`."""
        job: TuningJob = tune(None, ranges=ranges, algorithm=self.name, studio=self.studio, **options)
        return job

    def delete(self) -> None:
        """Delete it; jobs that were made with it go on."""
        self.studio.delete(KIND, self.name)


@overload
def algorithm(
    name: str, script: str | os.PathLike[str], *, dry_run: Literal[True], studio: Studio | None = ..., **options: Any
) -> AlgorithmPlan: ...
@overload
def algorithm(
    name: str, script: str | os.PathLike[str] | None = ..., *, studio: Studio | None = ..., **options: Any
) -> Algorithm: ...
def algorithm(
    name: str,
    script: str | os.PathLike[str] | None = None,
    *,
    ranges: Mapping[str, RangeSpec] | Sequence[str] = (),
    dry_run: bool = False,
    quiet: bool = False,
    studio: Studio | None = None,
    **options: Any,
) -> Algorithm | AlgorithmPlan:
    """Make an algorithm of a script, or get at one that is there.

    Parameters
    ----------
    name : str
        Of the algorithm.
    script : str or path, optional
        A file, or the text of a script (if it has more than one line); none for an algorithm that is there.
    ranges : mapping or sequence
        Hyperparameters that can be tuned, as for `start.tune`.
    dry_run : bool
        Make nothing; what comes back shows the request and its boto3 code.
    quiet : bool
        Write nothing about what is packed and uploaded.
    studio : Studio, optional
        Where; that of the current connection if not given.
    **options
        Those of `algorithm_plan.AlgorithmOptions`.

    Raises
    ------
    SageMakerError
        Something is wrong with the request, or with the connection.
    """
    studio = studio or Studio(current())
    if script is None:
        if options or ranges or dry_run:
            raise TypeError("a new algorithm needs a script")
        return Algorithm(name, studio=studio)
    parsed = (
        [make_range(each, spec) for each, spec in ranges.items()]
        if isinstance(ranges, Mapping)
        else [parse_range(text) for text in ranges]
    )
    chosen = AlgorithmOptions(
        name=name, ranges=parsed, **keywords(AlgorithmOptions, options, "name", "ranges", "dry_run", "quiet", "studio")
    )
    text = Script(script) if isinstance(script, str) and "\n" in script else Script.read(script)
    plan = plan_algorithm(studio.connection, text, chosen)
    if dry_run:
        return plan
    tell: Callable[[str], Any] = (lambda _: None) if quiet else (lambda line: sys.stdout.write(f"{line}\n"))
    for line in plan.lines:
        tell(line)
    plan.start(studio)
    return Algorithm(name, studio=studio)
