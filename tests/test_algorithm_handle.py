"""Algorithms by Python and by command: validated by a real run, used by training and tuning jobs, told and deleted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from local_jobs import running_engine, script

import jupyter_sm_ext as sm
from jupyter_sm_ext import cli
from jupyter_sm_ext.connections import connection as connections
from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.errors import ConflictError, ValidationError
from jupyter_sm_ext.handles.handles import JobFailedError
from jupyter_sm_ext.launching.algorithm_defaults import with_defaults
from jupyter_sm_ext.launching.uploads import send
from jupyter_sm_ext.studio import Studio

Command = Callable[..., tuple[int, str, str]]

#: Scores the closeness of ``x`` to what its data says.
NEAR = script(
    """
    import argparse, os
    parser = argparse.ArgumentParser()
    parser.add_argument("-x", "--x", type=float)
    parser.add_argument("--depth", type=int)
    parser.add_argument("--loss")
    arguments = parser.parse_args()
    wanted = float(open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "wanted.txt")).read())
    print("loss", arguments.loss, "depth", arguments.depth)
    print(f"score={1 - abs(arguments.x - wanted):.4f}", flush=True)
    with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w") as file:
        file.write(str(arguments.x))
    """
)
RANGES = {"x": (0.0, 1.0), "loss": ["l1", "l2"]}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("algorithms")) as running:
        yield running


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "wanted.txt").write_text("0.5")
    return folder


def make(studio: Studio, name: str, data: Path, text: str = NEAR, **options: Any) -> sm.Algorithm:
    known: dict[str, Any] = {"ranges": RANGES, "hp": {"x": 0.25, "depth": 3}, "objective": "score", **options}
    return sm.algorithm(name, text, data={"train": str(data)}, studio=studio, quiet=True, **known)


@pytest.fixture(scope="module")
def near(studio: Studio, data: Path) -> sm.Algorithm:
    made = make(studio, "near", data, description="How near x is", instances=["ML.trn1.2xlarge"])
    made.wait(timeout=120)
    return made


@pytest.fixture
def command(studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
        code = cli.main(words)
        written = capsys.readouterr()
        return code, written.out, written.err

    return command


def test_it_is_validated_by_a_real_run(near: sm.Algorithm, studio: Studio) -> None:
    described = near.describe()
    assert near.status == "Completed"
    [validation] = described["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert validation == {"Name": "validation", "Status": "Completed"}
    [job] = [each for each in studio.list("training-jobs") if each["TrainingJobName"].startswith("near-validation")]
    assert "loss l1 depth 3" in sm.TrainingJob(job["TrainingJobName"], studio=studio).logs()
    specification = described["TrainingSpecification"]
    assert specification["SupportedTrainingInstanceTypes"] == ["ml.m5.large", "ml.trn1.2xlarge"]
    assert specification["SupportedTuningJobObjectiveMetrics"] == [{"Type": "Maximize", "MetricName": "score"}]
    found = {each["Name"]: each for each in specification["SupportedHyperParameters"]}
    assert found["x"] == {
        "Name": "x",
        "Type": "Continuous",
        "Range": {"ContinuousParameterRangeSpecification": {"MinValue": "0.0", "MaxValue": "1.0"}},
        "IsTunable": True,
        "DefaultValue": "0.25",
    }
    assert (found["loss"]["Type"], found["loss"]["IsRequired"]) == ("Categorical", True)
    assert (found["depth"]["Type"], found["depth"]["DefaultValue"]) == ("Integer", "3")
    assert found["sagemaker_program"]["DefaultValue"] == '"script.py"'


def test_jobs_are_made_by_its_name(near: sm.Algorithm, data: Path) -> None:
    job = near.train(hp={"loss": "l2"}, data={"train": str(data)}, quiet=True)
    job.wait(timeout=120, live=False)
    assert "loss l2 depth 3" in job.logs()
    assert job.metrics == {"score": 0.75}
    tuned = near.tune(
        ranges={"x": (0.4, 0.6)},
        objective="score",
        hp={"loss": "l1"},
        data={"train": str(data)},
        max_jobs=2,
        quiet=True,
    )
    tuned.wait(timeout=120, live=False)
    assert tuned.best is not None
    assert tuned.best.value >= 0.9


def test_its_defaults_are_sent_for_services_that_put_none_in(near: sm.Algorithm, studio: Studio) -> None:
    given = {"AlgorithmSpecification": {"AlgorithmName": "near"}, "HyperParameters": {"x": "0.5"}}
    whole = with_defaults(studio, given)["HyperParameters"]
    assert (whole["x"], whole["depth"], whole["sagemaker_program"]) == ("0.5", "3", '"script.py"')
    config = {"ParameterRanges": {"ContinuousParameterRanges": [{"Name": "x"}]}}
    tuning = {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": {"AlgorithmSpecification": {}}}
    assert with_defaults(studio, tuning) is tuning
    tuning["TrainingJobDefinition"] = {"AlgorithmSpecification": {"AlgorithmName": "near"}}
    static = with_defaults(studio, tuning)["TrainingJobDefinition"]["StaticHyperParameters"]
    assert "x" not in static
    assert static["depth"] == "3"


def test_a_run_that_fails_is_told(studio: Studio, data: Path) -> None:
    made = make(studio, "broken", data, "import sys\nprint('score=1')\nsys.exit('no such thing')\n")
    with pytest.raises(JobFailedError, match=r"(?s)broken Failed: .*no such thing"):
        made.wait(timeout=120)
    made.delete()


def test_what_cannot_be_one_is_told_before_anything_is_uploaded(studio: Studio, data: Path, near: sm.Algorithm) -> None:
    with pytest.raises(ValidationError, match="--data: SageMaker validates"):
        sm.algorithm("bare", NEAR, studio=studio)
    with pytest.raises(ValidationError, match="'accuracy' is no metric of it") as caught:
        make(studio, "bad", data, objective="accuracy")
    assert caught.value.hint == "It measures score."
    with pytest.raises(ValidationError, match="needs a --range"):
        make(studio, "bad", data, ranges=())
    with pytest.raises(ConflictError, match=r"an algorithm named 'near' already exists \(Completed\)"):
        make(studio, "near", data)
    with pytest.raises(TypeError, match="needs a script"):
        sm.algorithm("near", description="x", studio=studio)
    with pytest.raises(TypeError, match="did you mean 'description'"):
        make(studio, "bad", data, descriptio="x")


def test_by_form(studio: Studio, data: Path) -> None:
    plan = sm.algorithm("by-form", NEAR, data={"train": str(data)}, hp={"x": 0.5}, dry_run=True, studio=studio)
    assert "create_algorithm(" in repr(plan)
    assert list(studio.list("algorithms", NameContains="by-form")) == []
    send(studio.connection, plan.uploads)
    form = sm.form("CreateAlgorithm", studio=studio)
    form.fill(plan.request)
    assert form.check() == []
    form.create().wait()
    made = sm.algorithm("by-form", studio=studio)
    made.wait(timeout=120)
    assert made.status == "Completed"
    made.delete()


def test_by_command(command: Command, near: sm.Algorithm, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "near.py"
    path.write_text(NEAR)
    words = ("algorithm", "by-command", str(path), "--data", f"train={data}", "--range", "x=0..1.0")
    options = ("--hp", "x=0.5", "--hp", "loss=l1", "--hp", "depth=2", "--objective", "score", "--description", "Mine")
    code, out, _ = command(*words, *options, "--dry-run")
    assert code == 0
    assert json.loads(out.partition("\n\n")[0])["AlgorithmName"] == "by-command"
    assert "create_algorithm(" in out
    code, out, err = command(*words, *options)
    assert code == 0, err
    assert "✓ Validate by-command" in out
    assert "by-command can be used: %%sm_train --algorithm by-command" in out
    listed = command("algorithms")[1].splitlines()
    assert [line.split()[:2] for line in listed[1:3]] == [["by-command", "Completed"], ["near", "Completed"]]
    assert "no such algorithms" in command("algorithms", "--name", "nothing")[1]
    told = command("algorithm", "by-command")[1]
    # A cell that ends with its handle shows the same.
    shown = sm.algorithm("by-command", studio=near.studio)._repr_mimebundle_()
    assert shown["text/plain"].rstrip() == told.rstrip()
    assert "<div>validation: Completed</div>" in shown["text/html"]
    assert told.startswith("by-command: Completed\nMine\nvalidation: Completed\nimage local/python\n")
    assert "channels train\nmetrics score\nobjective Maximize score\n" in told
    assert "sagemaker_program" not in told
    assert command("delete", "by-command")[1] == "by-command: deleted\n"
    assert "does not exist" in sm.algorithm("by-command", studio=near.studio)._repr_mimebundle_()["text/plain"]
    code, _, err = command("algorithm", "by-command")
    assert code == 1
    assert "does not exist" in err
