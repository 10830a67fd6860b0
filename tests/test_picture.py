"""The still picture of a snapshot: what it tells, and that nobody's names can break out of it."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from jupyter_sm_ext.watching import picture
from jupyter_sm_ext.watching.snapshots import duration, failure_of, line_of

EVIL = "<script>alert(1)</script>\"'&"


def trial(number: int, value: float | None, *, status: str = "Completed", **more: Any) -> dict[str, Any]:
    objective = {"Type": "Maximize", "MetricName": "acc", "Value": value}
    return {
        "TrainingJobName": f"tune-{number:03}-0123abcd",
        "CreationTime": 1000.0 + number,
        "TrainingStartTime": 1000.0 + number,
        "TrainingEndTime": 1006.0 + number,
        "TrainingJobStatus": status,
        "TunedHyperParameters": {"lr": "0.012345678901", "opt": "adam"},
        **({} if value is None else {"FinalHyperParameterTuningJobObjectiveMetric": objective}),
        **more,
    }


def tuning(trials: list[dict[str, Any]], *, kind: str = "Maximize", **more: Any) -> dict[str, Any]:
    described = {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": 1000.0,
        "HyperParameterTuningJobConfig": {
            "HyperParameterTuningJobObjective": {"Type": kind, "MetricName": "acc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 2},
        },
        "TrainingJobStatusCounters": {"Completed": 3, "InProgress": 2, "NonRetryableError": 1, "Stopped": 0},
        **more.pop("described", {}),
    }
    return {
        "label": "Local engine",
        "kind": "tuning-jobs",
        "key": ["tune"],
        "status": "InProgress",
        "terminal": False,
        "described": described,
        "training_jobs": trials,
        "updated": 1065.0,
        "error": None,
        **more,
    }


def drawn(snapshot: dict[str, Any]) -> tuple[str, ElementTree.Element]:
    html = picture.render(snapshot)
    # Everything is closed and quoted, so the strictest reader there is can read it.
    return html, ElementTree.fromstring(html)


def texts(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_completion_criteria_are_told() -> None:
    criteria = [
        {"name": "MaxRuntimeInSeconds", "at": 65.0, "of": 3600, "since": 1000.0, "met": False},
        {"name": "TargetObjectiveMetricValue", "at": None, "of": 0.99, "since": None, "met": False},
        {"name": "ConvergenceDetected", "at": None, "of": None, "since": None, "met": False},
    ]
    html, _ = drawn(tuning([trial(1, 0.5)], figures={"eta": None, "criteria": criteria}))
    assert (
        "Ends at: MaxRuntimeInSeconds 1 h 00 min (now 1 min 05 s) · TargetObjectiveMetricValue 0.99 (none yet) · "
        "ConvergenceDetected (not yet)" in html
    )


def test_a_tuning_job() -> None:
    trials = [trial(3, 0.7), trial(1, 0.5), trial(2, 0.9), trial(4, None, status="InProgress")]
    html, root = drawn(tuning(trials))
    told = texts(root)
    assert "Tuning job tune InProgress Local engine" in told
    assert "3 completed · 2 in progress · 1 failed · 0 stopped, of at most 12 training jobs" in told
    assert "running for 1 min 05 s" in told
    assert "Best acc = 0.9 (trial 2): lr=0.012346, opt=adam" in told
    rows = [[texts(cell) for cell in row] for row in root.findall(".//tbody/tr")]
    assert [row[:3] for row in rows] == [
        ["2", "Completed", "0.9"],
        ["3", "Completed", "0.7"],
        ["1", "Completed", "0.5"],
        ["4", "InProgress", ""],
    ]
    dots, steps = (path.get("d", "") for path in reversed(root.findall(".//path")))
    assert dots.count("h0") == 3
    assert steps.count("V") == 1
    assert "best so far, 0.9 at the end" in html


def test_less_can_be_better() -> None:
    _, root = drawn(tuning([trial(1, 0.5), trial(2, 0.9), trial(3, 0.1)], kind="Minimize"))
    assert [texts(row[0]) for row in root.findall(".//tbody/tr")] == ["3", "1", "2"]
    assert "Best acc = 0.1 (trial 3)" in texts(root)


def test_nothing_is_fetched_and_nothing_needs_a_style_sheet() -> None:
    html, root = drawn(tuning([trial(1, 0.5)]))
    assert not {element.tag for element in root.iter()} & {"script", "style", "link", "img", "iframe", "object"}
    assert not re.search(r"\b(class|on\w+|href|src)=|url\(|https?:", html)


def test_names_parameters_and_reasons_are_escaped() -> None:
    failed = trial(1, None, status="Failed", FailureReason=EVIL, TunedHyperParameters={EVIL: EVIL})
    snapshot = tuning(
        [failed, trial(2, 0.5, TunedHyperParameters={EVIL: EVIL})],
        key=[EVIL],
        label=EVIL,
        status=EVIL,
        error={"message": EVIL, "code": "x", "hint": EVIL},
        described={
            "FailureReason": EVIL,
            "HyperParameterTuningJobConfig": {"HyperParameterTuningJobObjective": {"MetricName": EVIL}},
        },
    )
    html, root = drawn(snapshot)
    assert "<script" not in html
    assert texts(root).count("<script>alert(1)</script>\"'&") >= 8


@pytest.mark.parametrize("values", [[0.5], [0.0, 0.0], [-1e-9, 1e9], [float("nan"), 0.5], [float("inf")]])
def test_any_values_make_a_drawable_plot(values: list[float]) -> None:
    html, _ = drawn(tuning([trial(number, value) for number, value in enumerate(values, 1)]))
    assert not re.search(r"\b(nan|inf)\b", html)


def test_many_trials_stay_small() -> None:
    html, root = drawn(tuning([trial(number, number / 10_000) for number in range(1, 10_001)]))
    assert len(root.findall(".//tbody/tr")) == picture.TOP_TRIALS
    assert "The best 10 of 10000 trials." in html
    assert len(html) < 400_000


def test_a_failed_training_job() -> None:
    described = {
        "TrainingJobName": "train",
        "TrainingJobStatus": "Failed",
        "SecondaryStatus": "Failed",
        "SecondaryStatusTransitions": [{"Status": "Failed", "StatusMessage": "Training job failed"}],
        "CreationTime": 1000.0,
        "TrainingEndTime": 1010.0,
        "FailureReason": "AlgorithmError: Traceback (most recent call last):\n  File x\nValueError: no, exit code: 1",
        "ResourceConfig": {"InstanceType": "ml.trn1.2xlarge"},
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/m.tar.gz"},
        "FinalMetricDataList": [{"MetricName": "loss", "Value": 0.25}],
    }
    snapshot = {
        "kind": "training-jobs",
        "key": ["train"],
        "label": "AWS default · us-east-1",
        "status": "Failed",
        "terminal": True,
        "described": described,
        "updated": 2000.0,
        "error": None,
    }
    _, root = drawn(snapshot)
    told = texts(root)
    for expected in ("Training job train Failed", "ValueError: no, exit code: 1", "took 10 s", "ml.trn1.2xlarge"):
        assert expected in told
    assert line_of(snapshot) == "Training job train: Failed, loss=0.25: AlgorithmError: ValueError: no, exit code: 1"


def compilation(status: str, **more: Any) -> dict[str, Any]:
    described = {
        "CompilationJobName": "net",
        "CompilationJobStatus": status,
        "CreationTime": 1000.0,
        "CompilationEndTime": 1007.0,
        "LastModifiedTime": 1009.0,
        "FailureReason": "",
        "InputConfig": {"S3Uri": "s3://b/net.tar.gz", "Framework": "ONNX"},
        "OutputConfig": {"S3OutputLocation": "s3://b/out", "TargetPlatform": {"Os": "LINUX", "Arch": "ARM64"}},
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/out/net-LINUX_ARM64.tar.gz"},
        **more.pop("described", {}),
    }
    return {
        "kind": "compilation-jobs",
        "key": ["net"],
        "label": "Local engine",
        "status": status,
        "terminal": True,
        "described": described,
        "updated": 2000.0,
        "error": None,
        **more,
    }


def test_a_compilation_job() -> None:
    snapshot = compilation("COMPLETED")
    html, root = drawn(snapshot)
    told = texts(root)
    for expected in ("Compilation job net COMPLETED", "took 7 s", "ONNX", "LINUX ARM64", "net-LINUX_ARM64.tar.gz"):
        assert expected in told
    assert picture._GREEN in html
    assert line_of(snapshot) == "Compilation job net: COMPLETED, ONNX for LINUX ARM64"


def test_a_failure_is_explained() -> None:
    reason = "ClientError: InputConfiguration: Unable to untar input model."
    meaning = {"text": "It is not packed <well>.", "advice": "Pack it again."}
    snapshot = compilation("FAILED", described={"FailureReason": reason}, meaning=meaning)
    html, root = drawn(snapshot)
    assert f"{reason} It is not packed <well>. Pack it again." in " ".join(texts(part) for part in root.findall("div"))
    assert picture._RED in html
    assert "net-LINUX_ARM64.tar.gz" not in html
    assert line_of(snapshot) == f"Compilation job net: FAILED, ONNX for LINUX ARM64: {reason}"


def test_before_the_first_look_and_other_kinds() -> None:
    nothing = {"kind": "tuning-jobs", "key": ["t"], "status": None, "described": None, "error": None}
    assert "Tuning job t not seen yet" in texts(drawn(nothing)[1])
    space = {"kind": "spaces", "key": ["d-1", "s"], "status": "InService", "described": {"SpaceName": "s"}}
    assert "Space d-1/s InService" in texts(drawn(space)[1])


def test_one_line() -> None:
    assert line_of(tuning([trial(1, 0.5), trial(2, 0.9)])) == (
        "Tuning job tune: InProgress, 3 of 12 completed, 2 running, 1 failed, best acc=0.9"
    )
    lost = {"message": "nobody answers", "code": "x", "hint": None}
    assert line_of(tuning([], error=lost)).endswith(" - nobody answers")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (65, "1 min 05 s"), (3600, "1 h 00 min"), (90061, "25 h 01 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


RAISED = """AlgorithmError: ExecuteUserScriptError:
ExitCode 1
ErrorMessage "Traceback:
KeyError: 'a'
"
Command "/usr/bin/python3 train.py --x 1", exit code: 1"""
SILENT = """AlgorithmError: ExecuteUserScriptError:
ExitCode 1
ErrorMessage ""
Command "x", exit code: 1"""


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (None, None),
        ("AlgorithmError: , exit code: 1", "AlgorithmError: , exit code: 1"),
        (
            "AlgorithmError: Traceback\n  x\nKeyError: 'a', exit code: 1\n",
            "AlgorithmError: KeyError: 'a', exit code: 1",
        ),
        ("one\ntwo", "two"),
        (RAISED, "AlgorithmError: KeyError: 'a'"),
        ("No job succeeded. The last one: " + RAISED, "No job succeeded. The last one: AlgorithmError: KeyError: 'a'"),
        (SILENT, 'AlgorithmError: Command "x", exit code: 1'),
        ('AlgorithmError: ExecuteUserScriptError:\nErrorMessage "cut off: a "word', 'AlgorithmError: cut off: a "word'),
    ],
)
def test_the_line_that_says_why(reason: str | None, line: str | None) -> None:
    assert failure_of({"FailureReason": reason}) == line


def test_wire_form_is_enough() -> None:
    snapshot = json.loads(json.dumps(tuning([trial(1, 0.5)])))
    assert "0.5" in picture.render(snapshot)
