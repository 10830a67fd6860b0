"""What starting a job gives back: a handle to wait on it, watch it, stop it, and get at what it made."""

from __future__ import annotations

import dataclasses
import os
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from jupyter_sm_ext.checks.prices import Prices
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import NotFoundError, SageMakerError
from jupyter_sm_ext.failures.failure_meanings import meaning_of
from jupyter_sm_ext.frames import pandas_module
from jupyter_sm_ext.handles.live_display import LiveDisplay, in_kernel
from jupyter_sm_ext.handles.progress_line import ProgressLine
from jupyter_sm_ext.launching.model_files import download_model
from jupyter_sm_ext.launching.successors import follow
from jupyter_sm_ext.quiet import Interrupted
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.costs import Cost, cost_of
from jupyter_sm_ext.watching.curves import whole_curves
from jupyter_sm_ext.watching.job_ways import CLONE, PROMOTE, RETRY, WARM_START
from jupyter_sm_ext.watching.snapshots import Watcher, failure_of, objective_of
from jupyter_sm_ext.watching.trial_rows import COLUMNS, kinds_of, rows_of, typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from typing_extensions import Self

    from jupyter_sm_ext.widgets import Comparison, Panel

J = TypeVar("J", bound="Job")
_HOPELESS = (400, 403, 404)


class JobFailedError(SageMakerError):
    """The job that was waited for ended as Failed."""

    default_code = "JobFailed"


class LogText(str):
    """A log; shown as the lines it has."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("..." if cycle else str(self))


class Job(ABC):
    """A job on a connection.

    Parameters
    ----------
    name : str
        Of the job.
    studio : Studio, optional
        Where it is; that of the current connection if not given.
    request : dict, optional
        With which it was created, if it was created here.
    """

    kind: ClassVar[str]

    def __init__(self, name: str, *, studio: Studio | None = None, request: dict[str, Any] | None = None) -> None:
        self.name = name
        self.studio = studio or Studio(current())
        self.request = request

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def describe(self) -> dict[str, Any]:
        """What the service says about it."""
        return self.studio.describe(self.kind, self.name)

    @property
    def status(self) -> str:
        """The service's status, now."""
        return str(self.describe()[resource(self.kind).status])

    def cost(self) -> Cost:
        """What it costs by on-demand prices, so far and in the end; see `jupyter_sm_ext.watching.costs`."""
        watcher = Watcher(self.studio, self.kind, (self.name,))
        watcher.look()
        if watcher.error is not None:
            raise watcher.error
        prices = Prices(self.studio.connection).per_hour("TrainingInstanceType")
        return cost_of(watcher.snapshot(), prices, time.time())

    def watch(self) -> Panel:
        """A live panel of it."""
        from jupyter_sm_ext.widgets import Panel

        return Panel(self.kind, self.name, studio=self.studio)

    def stop(self) -> None:
        """Ask it to stop."""
        self.studio.stop(self.kind, self.name)

    def clone(self, changes: Mapping[str, Any] | None = None, *, name: str | None = None) -> Self:
        """Start a job like it.

        Parameters
        ----------
        changes : mapping, optional
            Values by dotted member names: ``{"ResourceConfig.InstanceType": "ml.trn1.2xlarge"}``; None takes one away.
        name : str, optional
            Of the new job; one that is free if not given.

        Raises
        ------
        SageMakerError
            There is no such member, or the service refuses.
        """
        return self._follow(type(self), CLONE, changes, name)

    def retry(self) -> Self:
        """Start the same once more, under another name, if it failed or was stopped.

        Raises
        ------
        ConflictError
            It did not fail.
        """
        return self._follow(type(self), RETRY)

    def _follow(
        self, handle: type[J], way: str, changes: Mapping[str, Any] | None = None, name: str | None = None
    ) -> J:
        made = follow(self.studio, self.kind, self.name, way, changes or {}, name)
        return handle(made.name, studio=self.studio, request=made.request)

    def wait(self, timeout: float | None = None, *, live: bool = True) -> None:
        """Wait until it ends, with a live panel in a notebook or a line in a terminal; Ctrl-C leaves the job running.

        Parameters
        ----------
        timeout : float, optional
            Seconds; for ever if not given.
        live : bool
            Whether to show the panel or the line.

        Raises
        ------
        JobFailedError
            It ended as Failed.
        NotFoundError
            There is no such job.
        TimeoutError
            It still runs after ``timeout``.
        """
        panel = self.watch()
        display = LiveDisplay(panel if live else None)
        line = ProgressLine() if live and not in_kernel() else None
        try:
            with panel.led():
                self._wait(panel, display, line, None if timeout is None else time.monotonic() + timeout)
        except KeyboardInterrupt:
            raise Interrupted(
                f"Stopped waiting; the job {self.name} goes on. To wait again: .wait(); to end it: .stop()"
            ) from None
        except TimeoutError:
            raise TimeoutError(f"{self!r} is still {panel.status} after {timeout:g} s; it goes on") from None
        finally:
            display.finish()
            if line is not None:
                line.finish()
        if panel.watcher.error is not None:
            raise panel.watcher.error
        if panel.status in resource(self.kind).failed:
            reason = failure_of(panel.snapshot["described"]) or "the service gave no reason"
            meaning = meaning_of(self.kind, panel.snapshot["described"])
            advice = f"{meaning['advice']} " if meaning else ""
            raise JobFailedError(f"{self.name} {panel.status}: {reason}", hint=advice + self._failure_hint())

    def _wait(self, panel: Panel, display: LiveDisplay, line: ProgressLine | None, deadline: float | None) -> None:
        while True:
            changed = panel.look_on()
            display.update(changed)
            if line is not None:
                line.update(panel.snapshot)
            error = panel.watcher.error
            # Throttling, a cut network and expired credentials pass; the panel tells, and waiting goes on.
            if panel.watcher.finished or (error is not None and error.status in _HOPELESS):
                return
            pause = panel.watcher.pause
            if deadline is not None and time.monotonic() + pause > deadline:
                raise TimeoutError
            time.sleep(pause)

    @abstractmethod
    def _failure_hint(self) -> str: ...

    @abstractmethod
    def artifact(self, path: str | os.PathLike[str] = ".") -> Path:
        """Download the ``model.tar.gz`` that it made.

        Parameters
        ----------
        path : path
            The file to write, or a folder to put it into.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        NotFoundError
            It has made no model.
        """


class TrainingJob(Job):
    """A training job."""

    kind = "training-jobs"

    def logs(self) -> LogText:
        """What it has written so far."""
        return LogText("\n".join(event["message"] for event in self.studio.whole_log(self.name)))

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each metric."""
        return {each["MetricName"]: each["Value"] for each in self.describe().get("FinalMetricDataList", ())}

    @property
    def model_uri(self) -> str | None:
        """S3 URI of the model it made; None until then."""
        uri = (self.describe().get("ModelArtifacts") or {}).get("S3ModelArtifacts")
        return str(uri) if uri else None

    def artifact(self, path: str | os.PathLike[str] = ".") -> Path:
        """Download the ``model.tar.gz`` that it made; see `Job.artifact`."""
        return download_model(self.studio.connection, self.model_uri, path, repr(self))

    def dataframe(self) -> pd.DataFrame:
        """Each metric over time, read from the log with the job's own metric definitions."""
        pandas = pandas_module()
        rows = [
            (pandas.Timestamp(seconds, unit="s", tz="UTC"), name, value)
            for name, points in whole_curves(self.studio, self.name).items()
            for seconds, value in points
        ]
        rows.sort(key=lambda row: row[0])
        table: pd.DataFrame = pandas.DataFrame(rows, columns=["Time", "MetricName", "Value"])
        return table

    def _failure_hint(self) -> str:
        return f"Its log tells more: %sm logs {self.name}"


@dataclasses.dataclass(frozen=True)
class Best:
    """The best training job of a tuning job.

    Parameters
    ----------
    job : TrainingJob
        The job itself.
    metric : str
        Name of the objective.
    value : float
        What it reached.
    hyperparameters : dict
        What was tuned: int, float or str as the range was integer, continuous or categorical.
    model_uri : str or None
        S3 URI of its model.
    """

    job: TrainingJob
    metric: str
    value: float
    hyperparameters: dict[str, int | float | str]
    model_uri: str | None

    @property
    def name(self) -> str:
        """Name of the training job."""
        return self.job.name

    def artifact(self, path: str | os.PathLike[str] = ".") -> Path:
        """Download its ``model.tar.gz``; see `Job.artifact`."""
        return self.job.artifact(path)


class TuningJob(Job):
    """A hyperparameter tuning job."""

    kind = "tuning-jobs"

    def trials(self, **filters: Any) -> list[dict[str, Any]]:
        """Summaries of its training jobs; filters are AWS's member names."""
        return list(self.studio.trials(self.name, **filters))

    @property
    def best(self) -> Best | None:
        """The best training job so far; None while none has reached an objective."""
        described = self.describe()
        summary = described.get("BestTrainingJob") or {}
        value = objective_of(summary)
        if value is None:
            return None
        job = TrainingJob(summary["TrainingJobName"], studio=self.studio)
        return Best(
            job=job,
            metric=described["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"],
            value=value,
            hyperparameters=typed(summary.get("TunedHyperParameters") or {}, kinds_of(described)),
            model_uri=job.model_uri,
        )

    def artifact(self, path: str | os.PathLike[str] = ".") -> Path:
        """Download the ``model.tar.gz`` of its best training job; see `Job.artifact`."""
        best = self.best
        if best is None:
            raise NotFoundError(f"{self!r} has no best training job (yet)")
        return best.artifact(path)

    def logs(self, trial: int | str | None = None) -> LogText:
        """What one of its training jobs has written.

        Parameters
        ----------
        trial : int or str, optional
            Its number or name; the newest one if not given.

        Raises
        ------
        NotFoundError
            There is no such training job.
        """
        if isinstance(trial, str):
            return TrainingJob(trial, studio=self.studio).logs()
        summaries = self.trials(SortBy="CreationTime", SortOrder="Ascending")
        if trial is not None:
            summaries = [each for each in summaries if f"-{trial:03d}-" in each["TrainingJobName"][len(self.name) :]]
        if not summaries:
            raise NotFoundError(f"{self!r} has no training job {'yet' if trial is None else trial}")
        return TrainingJob(summaries[-1]["TrainingJobName"], studio=self.studio).logs()

    def dataframe(self) -> pd.DataFrame:
        """Its training jobs, best first: what was tuned, the objective and the times."""
        pandas = pandas_module()
        described = self.describe()
        rows = rows_of(described, self.trials())
        table: pd.DataFrame = pandas.DataFrame(rows, columns=[*kinds_of(described), *COLUMNS])
        table["FinalObjectiveValue"] = table["FinalObjectiveValue"].astype(float)
        return table

    def warm_start(self, changes: Mapping[str, Any] | None = None, *, name: str | None = None) -> TuningJob:
        """Start a tuning job that knows its trials, when it has ended; see `Job.clone`."""
        return self._follow(TuningJob, WARM_START, changes, name)

    def promote(self, changes: Mapping[str, Any] | None = None, *, name: str | None = None) -> TrainingJob:
        """Start a training job like its best trial; see `Job.clone`."""
        return self._follow(TrainingJob, PROMOTE, changes, name)

    def compare(self, *others: str | TuningJob) -> Comparison:
        """Itself and other tuning jobs in one plot, with a table of what each has come to."""
        from jupyter_sm_ext.widgets import Comparison

        names = (other if isinstance(other, str) else other.name for other in others)
        return Comparison(self.name, *names, studio=self.studio)

    def _failure_hint(self) -> str:
        return "What its training jobs wrote: .logs(), or .dataframe() for the list of them"
