"""Tuning jobs beside each other: their best so far, their picture and table, from a notebook and from a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_jobs import GOOD, running_engine

from jupyter_sm_ext import cli
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.handles.handles import TuningJob
from jupyter_sm_ext.handles.start import tune
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching import comparison
from jupyter_sm_ext.watching.comparison_picture import render_comparison
from jupyter_sm_ext.widgets import MIME_TYPE, compare


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("comparison")) as running:
        yield running


@pytest.fixture(scope="module")
def jobs(studio: Studio) -> list[TuningJob]:
    """Two that aim at the same."""
    made = [
        tune(
            GOOD,
            name=name,
            ranges={"x": (low, low + 0.25), "depth": (2, 4)},
            objective="score",
            strategy="Random",
            seed=3,
            max_jobs=3,
            studio=studio,
        )
        for name, low in (("low", 0.1), ("high", 0.6))
    ]
    for job in made:
        job.wait(timeout=60, live=False)
    return made


def trial(number: int, value: float | None, *, end: float | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "TrainingJobName": f"job-{number:03d}-0123abcd",
        "TrainingJobStatus": "Completed",
        "CreationTime": 100.0 + number,
        "TunedHyperParameters": {"lr": "0.123456789", "opt": "<b>"},
    }
    if value is not None:
        found["FinalHyperParameterTuningJobObjectiveMetric"] = {"MetricName": "loss", "Value": value}
    if end is not None:
        found["TrainingEndTime"] = 100.0 + end
    return found


def seen(name: str, trials: list[dict[str, Any]], *, metric: str = "loss", lowest: bool = True) -> dict[str, Any]:
    return {
        "connection": "local",
        "label": "Local engine",
        "kind": "tuning-jobs",
        "key": [name],
        "status": "InProgress",
        "terminal": False,
        "described": {
            "CreationTime": 100.0,
            "HyperParameterTuningJobStatus": "InProgress",
            "HyperParameterTuningJobConfig": {
                "Strategy": "Bayesian",
                "HyperParameterTuningJobObjective": {
                    "Type": "Minimize" if lowest else "Maximize",
                    "MetricName": metric,
                },
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 9},
            },
            "TrainingJobStatusCounters": {"Completed": len(trials), "NonRetryableError": 1},
        },
        "training_jobs": trials,
        "updated": 165.0,
        "error": None,
    }


# The second took longest, the third failed, the fifth still runs.
TRIALS = [
    trial(1, 0.9, end=10),
    trial(2, 0.5, end=60),
    trial(3, None, end=20),
    trial(4, 0.7, end=30),
    trial(5, None, end=None),
    trial(6, 0.8, end=40),
]


def test_the_best_so_far_by_number_and_by_time() -> None:
    snapshot = seen("a", TRIALS)
    assert [(step.number, step.best) for step in comparison.steps(snapshot)] == [
        (1, 0.9),
        (2, 0.5),
        (4, 0.5),
        (6, 0.5),
    ]
    by_time = comparison.steps(snapshot, by_time=True)
    assert [(step.seconds, step.best) for step in by_time] == [(10, 0.9), (30, 0.7), (40, 0.7), (60, 0.5)]
    most = comparison.steps(seen("a", TRIALS, lowest=False))
    assert [step.best for step in most] == [0.9, 0.9, 0.9, 0.9]


def test_what_a_notebook_keeps_draws_the_same_curves() -> None:
    many = [trial(number, abs(number - 300) / 300, end=number * 1.5) for number in range(1, 501)]
    snapshot = seen("a", [*many, *TRIALS[2:3]])
    kept = comparison.condensed(snapshot)
    for by_time in (False, True):
        whole = {step.best: step for step in reversed(comparison.steps(snapshot, by_time=by_time))}
        assert whole == {step.best: step for step in reversed(comparison.steps(kept, by_time=by_time))}
    falling = seen("b", [trial(number, float(number), end=number) for number in range(1, 501)])
    assert len(comparison.condensed(falling)["training_jobs"]) == 2
    assert kept["described"] == snapshot["described"]


def test_different_aims_are_told_and_drawn_apart() -> None:
    same = [seen("a", TRIALS), seen("b", TRIALS[:1])]
    assert comparison.difference(same) is None
    assert render_comparison(same).count("<svg viewBox") == 1
    other = [*same, seen("c", TRIALS, metric="acc", lowest=False)]
    told = comparison.difference(other)
    assert told is not None
    assert "lowest loss (a, b); highest acc (c)" in told
    html = render_comparison(other)
    assert html.count("<svg viewBox") == 2
    assert "do not aim at the same" in html
    assert "do not aim at the same" in comparison.table(other).text()


def test_the_picture_escapes_and_tells_in_words() -> None:
    html = render_comparison([seen("a", TRIALS), seen("b", [])])
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert 'aria-label="Best loss so far by trial; at the end: a 0.5"' in html
    assert "No trial has reported loss yet." in render_comparison([seen("a", []), seen("b", [])])


def test_the_table_has_one_row_a_job() -> None:
    table = comparison.table([seen("a", TRIALS), seen("b", [])])
    assert table.heads == ("Job", "Status", "Objective", "Best", "Trials", "Strategy", "Elapsed", "lr", "opt")
    assert table.rows[0] == (
        *("a", "InProgress", "Minimize loss", "0.5", "7/9", "Bayesian", "1 min 05 s"),
        *("0.12346", "<b>"),
    )
    assert table.rows[1][3:5] == ("", "1/9")


@pytest.mark.parametrize("names", [[], ["a"], ["a", "a"], [str(number) for number in range(9)]])
def test_too_few_and_too_many_are_refused(names: list[str]) -> None:
    with pytest.raises(ValidationError, match="cannot be compared"):
        comparison.checked(names)


def test_compare_from_a_notebook(studio: Studio, jobs: list[TuningJob]) -> None:
    found = compare("low", "high", studio=studio)
    table = found.dataframe()
    assert list(table.columns) == list(comparison.COLUMNS)
    assert len(table) == 6
    best = table.groupby("HyperParameterTuningJobName")["BestObjectiveValue"].max()
    assert best.to_dict() == {job.name: pytest.approx(job.best and job.best.value) for job in jobs}
    for _, own in table.groupby("HyperParameterTuningJobName"):
        assert own["BestObjectiveValue"].tolist() == own["FinalObjectiveValue"].cummax().tolist()
    bundle = found._repr_mimebundle_()
    panel = bundle[MIME_TYPE]
    assert (panel["kind"], panel["key"]) == ("comparison", ["low", "high"])
    assert [each["key"] for each in panel["snapshots"]] == [["low"], ["high"]]
    assert "<svg viewBox" in bundle["text/html"]
    assert re.search(r"^low +Completed +Maximize score +0\.\d+ +3/3 +Random", bundle["text/plain"], re.MULTILINE)
    assert jobs[0].compare(jobs[1]).names == ["low", "high"]
    assert jobs[0].compare("high").names == ["low", "high"]
    assert not found.look()


def test_a_job_that_is_not_there_is_told(studio: Studio, jobs: list[TuningJob]) -> None:
    with pytest.raises(NotFoundError, match="no tuning job named 'nobody'"):
        compare("low", "nobody", studio=studio)
    with pytest.raises(NotFoundError, match="no tuning job named"):
        compare("low", jobs[0].trials()[0]["TrainingJobName"][:32], studio=studio)


def test_compare_in_a_terminal(
    studio: Studio,
    jobs: list[TuningJob],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data_dir = Path(str(studio.connection.data_dir))
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(data_dir))
    assert cli.main(["compare", *(job.name for job in jobs)]) == 0
    text = capsys.readouterr().out
    heads, *lines = [line.split() for line in text.splitlines()]
    assert heads[:7] == ["JOB", "STATUS", "OBJECTIVE", "BEST", "TRIALS", "STRATEGY", "ELAPSED"]
    assert [line[:2] for line in lines] == [["low", "Completed"], ["high", "Completed"]]
    assert cli.main(["compare", "low"]) != 0
    assert "1 tuning job cannot be compared" in capsys.readouterr().err
