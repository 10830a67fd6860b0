"""What a snapshot of the hub says, in figures and in one line; and how to take one without a hub."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from jupyter_sm_ext.errors import NotFoundError, SageMakerError
from jupyter_sm_ext.pacing import Pace
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import local_time
from jupyter_sm_ext.watching.looks import CHILD, Seen, look_for

# What the sagemaker-training toolkit reports of a script: its last words between lines of no interest.
_TOOLKIT = re.compile(
    r'ExecuteUserScriptError:\s*(?:ExitCode \d+\s*)?ErrorMessage "(.*?)"?\s*(?:^(Command ".*))?\Z',
    re.DOTALL | re.MULTILINE,
)

Snapshot = Mapping[str, Any]
# Those that a view is made for, in the order in which a name is looked for.
WATCHED_JOBS = ("tuning-jobs", "training-jobs", "compilation-jobs")
_LONGEST_TUNING_NAME = 32


class Watcher(Seen):
    """Takes snapshots of one thing, one call after the other; for a kernel or a terminal, where no hub runs.

    Parameters
    ----------
    studio : Studio
        Whose thing it is.
    kind : str
        A resource's kind.
    key : tuple of str
        Which one.
    """

    def __init__(self, studio: Studio, kind: str, key: tuple[str, ...]) -> None:
        super().__init__(studio, look_for(kind, key))
        self._pace = Pace(*studio.connection.pace)

    @property
    def pause(self) -> float:
        """Seconds to wait before the next look."""
        return self._pace.pause

    def look(self) -> bool:
        """Look again; a failure is remembered, not raised. Returns whether anything changed."""
        self.credentials = self.studio.connection.generation
        try:
            changed = self.learn(self.thing.refresh(self.studio), None)
        except SageMakerError as error:
            changed = self.learn(False, error)
        self._pace.looked(changed=changed, failed=self.error is not None)
        return changed

    def look_on(self) -> bool:
        """Look again after a pause; not while the credentials have expired and there are no others."""
        if self.refused():
            self._pace.rested()
            return False
        return self.look()


def kept_of(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot for a notebook to keep: what is denied now is nothing of tomorrow's, nor of who reads it then."""
    return {name: value for name, value in snapshot.items() if name != "denied"}


def name_of(snapshot: Snapshot) -> str:
    """The name of the thing."""
    return "/".join(snapshot["key"])


def noun_of(snapshot: Snapshot) -> str:
    """What kind of thing it is, in words."""
    words = {"tuning-jobs": "Tuning job", "training-jobs": "Training job", "compilation-jobs": "Compilation job"}
    kind = str(snapshot["kind"])
    return words.get(kind) or kind.removesuffix("s").replace("-", " ").capitalize()


def objective_of(trial: Mapping[str, Any]) -> float | None:
    """The final objective of a training job summary, or of a list's row; None while there is none."""
    value = (trial.get("FinalHyperParameterTuningJobObjectiveMetric") or {}).get("Value")
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def number_of(trial: Mapping[str, Any]) -> int | None:
    """Which of the tuning job's training jobs it is, counted from 1."""
    found = CHILD.fullmatch(str(trial["TrainingJobName"]))
    return int(found[2]) if found else None


def trials_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The training jobs of a tuning job's snapshot, in the order of their numbers."""
    trials: list[dict[str, Any]] = list(snapshot.get("training_jobs") or ())
    return sorted(trials, key=lambda trial: (number_of(trial) or math.inf, trial["CreationTime"]))


def minimizes(snapshot: Snapshot) -> bool:
    """Whether less is better."""
    return _objective(snapshot).get("Type") == "Minimize"


def metric_of(snapshot: Snapshot) -> str:
    """Name of a tuning job's objective."""
    return str(_objective(snapshot).get("MetricName", "objective"))


def _objective(snapshot: Snapshot) -> Mapping[str, Any]:
    config = (snapshot.get("described") or {}).get("HyperParameterTuningJobConfig") or {}
    found: Mapping[str, Any] = config.get("HyperParameterTuningJobObjective") or {}
    return found


def best_of(snapshot: Snapshot) -> dict[str, Any] | None:
    """Summary of the best training job so far."""
    best: dict[str, Any] | None = (snapshot.get("described") or {}).get("BestTrainingJob")
    if best is not None and objective_of(best) is not None:
        return best
    done = [trial for trial in trials_of(snapshot) if objective_of(trial) is not None]
    choose = min if minimizes(snapshot) else max
    return choose(done, key=lambda trial: objective_of(trial) or 0.0, default=None)


def progress_of(snapshot: Snapshot) -> dict[str, int]:
    """A tuning job's counters: completed, running, failed, stopped, and the maximum it may start."""
    described = snapshot.get("described") or {}
    counters = described.get("TrainingJobStatusCounters") or {}
    return {
        "completed": int(counters.get("Completed", 0)),
        "running": int(counters.get("InProgress", 0)),
        "failed": int(counters.get("NonRetryableError", 0)) + int(counters.get("RetryableError", 0)),
        "stopped": int(counters.get("Stopped", 0)),
        "maximum": _maximum(described),
    }


def _maximum(described: Mapping[str, Any]) -> int:
    config = described.get("HyperParameterTuningJobConfig") or {}
    given = (config.get("ResourceLimits") or {}).get("MaxNumberOfTrainingJobs")
    if given is not None or config.get("Strategy") != "Grid":
        return int(given or 0)
    # A grid needs no number: there are as many training jobs as combinations.
    definitions = described.get("TrainingJobDefinitions") or ()
    grids = [each.get("HyperParameterRanges") or {} for each in definitions] or [config.get("ParameterRanges") or {}]
    return sum(math.prod(len(each["Values"]) for each in grid.get("CategoricalParameterRanges", ())) for grid in grids)


def seconds_of(snapshot: Snapshot) -> float | None:
    """How long it has run, or ran, in seconds."""
    described = snapshot.get("described") or {}
    start = described.get("CreationTime")
    ends = ("HyperParameterTuningEndTime", "TrainingEndTime", "CompilationEndTime")
    end = next((described[member] for member in ends if described.get(member)), None)
    if end is None and snapshot.get("terminal"):
        end = described.get("LastModifiedTime")
    end = end or snapshot.get("updated")
    return max(0.0, float(end) - float(start)) if start and end else None


def duration(seconds: float) -> str:
    """Seconds as people read them: 8 s, 2 min 05 s, 1 h 03 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def figure(value: float) -> str:
    """A metric's value in at most five digits."""
    return f"{value:.5g}"


def target_of(described: Mapping[str, Any]) -> str:
    """What a compilation job compiles for: a device, or a platform."""
    output = described["OutputConfig"]
    platform = output.get("TargetPlatform") or {}
    parts = (platform[member] for member in ("Os", "Arch", "Accelerator") if member in platform)
    return str(output.get("TargetDevice") or " ".join(parts))


def failure_of(described: Mapping[str, Any]) -> str | None:
    """Why it failed, in one line: for a script that raised, the last line of its traceback."""
    reason = _TOOLKIT.sub(_last_words, str(described.get("FailureReason") or "").strip())
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    if not lines:
        return None
    head = re.match(r"(\w+Error): ", reason)
    return f"{head[1]}: {lines[-1]}" if head and not lines[-1].startswith(head[0]) else lines[-1]


def _last_words(found: re.Match[str]) -> str:
    lines = [line.strip() for line in found[1].splitlines() if line.strip()]
    return lines[-1] if lines else str(found[2] or "the script said nothing")


def line_of(snapshot: Snapshot) -> str:
    """The snapshot in one line of text."""
    text = f"{noun_of(snapshot)} {name_of(snapshot)}: {snapshot.get('status') or 'not seen yet'}"
    described = snapshot.get("described") or {}
    if snapshot["kind"] == "tuning-jobs" and described:
        progress = progress_of(snapshot)
        text += f", {progress['completed']} of {progress['maximum']} completed"
        text += "".join(f", {progress[word]} {word}" for word in ("running", "failed", "stopped") if progress[word])
        best = best_of(snapshot)
        if best is not None:
            text += f", best {metric_of(snapshot)}={figure(objective_of(best) or 0.0)}"
    elif snapshot["kind"] == "training-jobs" and described:
        if described.get("SecondaryStatus") not in (None, snapshot.get("status")):
            text += f" ({described['SecondaryStatus']})"
        metrics = [f"{m['MetricName']}={figure(m['Value'])}" for m in described.get("FinalMetricDataList") or ()]
        text += "".join(f", {metric}" for metric in metrics)
    elif snapshot["kind"] == "compilation-jobs" and described:
        text += f", {(described.get('InputConfig') or {}).get('Framework', 'model')} for {target_of(described)}"
    reason = failure_of(described)
    if reason and snapshot.get("status") in resource(str(snapshot["kind"])).failed:
        text += f": {reason}"
    error = snapshot.get("error")
    if not error:
        return text
    stale = f" (as of {local_time(snapshot['updated'])})" if snapshot.get("updated") else ""
    return f"{text}{stale} - {error['message']}"


def find_job(studio: Studio, name: str) -> str:
    """The kind of the job with this name: a tuning job, or else a training job, or else a compilation job.

    Raises
    ------
    NotFoundError
        There is none.
    """
    for kind in WATCHED_JOBS:
        # A name that only a training job can have would be refused as malformed, not as missing.
        if kind == "tuning-jobs" and len(name) > _LONGEST_TUNING_NAME:
            continue
        try:
            studio.describe(kind, name)
        except NotFoundError:
            continue
        return kind
    raise NotFoundError(
        f"{studio.connection.label} has no tuning, training or compilation job named {name!r}",
        hint="The jobs there are: %sm jobs, or `jupyter sm jobs`.",
    )
