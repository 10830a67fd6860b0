"""Progress in a terminal, and where lines cannot be drawn anew."""

from __future__ import annotations

import io
from typing import Any

from jupyter_sm_ext.handles.progress_line import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def tuning(completed: int, failed: int = 0) -> dict[str, Any]:
    counters = {"Completed": completed, "InProgress": 1, "NonRetryableError": failed, "RetryableError": 0, "Stopped": 0}
    config = {
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 8},
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
    }
    described = {"TrainingJobStatusCounters": counters, "HyperParameterTuningJobConfig": config}
    return {"kind": "tuning-jobs", "key": ["t"], "status": "InProgress", "described": described, "training_jobs": []}


def test_a_terminal_has_one_line_with_a_bar() -> None:
    now = [0.0]
    terminal = Terminal()
    line = ProgressLine(terminal, lambda: now[0])
    line.update(tuning(0))
    now[0] = 65.0
    line.update(tuning(3, failed=1))
    line.finish()
    line.finish()
    drawn = terminal.getvalue().split("\r\x1b[K")[1:]
    assert drawn[0].startswith("░░░░░░░░░░░░░░░░░░░░ 0/8 Tuning job t: InProgress")
    assert drawn[-1].startswith("██████████░░░░░░░░░░ 4/8 Tuning job t: InProgress")
    assert terminal.getvalue().count("\n") == 1


def test_a_line_is_as_wide_as_the_terminal(monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    ProgressLine(terminal).update(tuning(1))
    [drawn] = terminal.getvalue().split("\r\x1b[K")[1:]
    assert len(drawn) == 39
    assert drawn.endswith("…")


def test_a_grid_is_as_long_as_its_combinations() -> None:
    snapshot = tuning(3)
    values = [{"Name": name, "Values": ["1", "2", "3"]} for name in ("lr", "depth")]
    grid = {"Strategy": "Grid", "ResourceLimits": {}, "ParameterRanges": {"CategoricalParameterRanges": values}}
    snapshot["described"]["HyperParameterTuningJobConfig"].update(grid)
    terminal = Terminal()
    ProgressLine(terminal).update(snapshot)
    assert "3/9 Tuning job t: InProgress, 3 of 9 completed" in terminal.getvalue()


def test_a_file_has_a_line_for_each_news() -> None:
    file = io.StringIO()
    line = ProgressLine(file)
    for snapshot in (tuning(0), tuning(0), tuning(1)):
        line.update(snapshot)
    line.finish()
    first, second = file.getvalue().splitlines()
    assert "0 of 8 completed" in first
    assert "1 of 8 completed" in second
    assert "\x1b" not in file.getvalue()
