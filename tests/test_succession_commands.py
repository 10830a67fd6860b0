"""Commands that follow a job by another one, as people type them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_jobs import BAD, GOOD, running_engine

from jupyter_sm_ext import cli
from jupyter_sm_ext.commands import commands
from jupyter_sm_ext.errors import SageMakerError, ValidationError
from jupyter_sm_ext.handles.start import train, tune
from jupyter_sm_ext.studio import Studio


class Spoken:
    """A surface that remembers what it was told."""

    prog = "%sm"
    terminal = False

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.watched: list[tuple[str, str]] = []
        self.forms: list[Any] = []

    def write(self, text: str) -> None:
        self.lines.append(text)

    def watch(self, studio: Studio, kind: str, name: str) -> None:
        self.watched.append((kind, name))

    def form(self, studio: Studio, wanted: Any) -> None:
        self.forms.append(wanted)


@pytest.fixture(scope="module")
def engine_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("succession")


@pytest.fixture(scope="module")
def studio(engine_dir: Path) -> Iterator[Studio]:
    with running_engine(engine_dir) as found:
        tune(
            GOOD, ranges={"x": (0.1, 1.0)}, objective="score", max_jobs=2, parallel=2, studio=found, name="tuned"
        ).wait(live=False)
        train(BAD, studio=found, name="failed")
        found.wait("training-jobs", "failed", timeout=60)
        yield found


@pytest.fixture(autouse=True)
def data_dir(engine_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Override: one engine for all tests of this file."""
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(engine_dir))
    return engine_dir


def typed(line: str) -> Spoken:
    surface = Spoken()
    commands.run(line.split(), surface)  # type: ignore[arg-type]
    return surface


def test_a_clone_is_shown_as_a_form_that_is_filled_in(studio: Studio) -> None:
    said = typed("clone tuned --set HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs=9")
    [form] = said.forms
    assert form.operation == "CreateHyperParameterTuningJob"
    limits = form.request["HyperParameterTuningJobConfig"]["ResourceLimits"]
    assert limits["MaxNumberOfTrainingJobs"] == 9
    assert said.watched == []


def test_it_is_started_with_another_name_and_instance(studio: Studio) -> None:
    said = typed("clone failed --name again --set ResourceConfig.InstanceType=ml.trn1.2xlarge --start")
    assert said.watched == [("training-jobs", "again")]
    assert studio.describe("training-jobs", "again")["ResourceConfig"]["InstanceType"] == "ml.trn1.2xlarge"


def test_what_failed_is_started_once_more(studio: Studio) -> None:
    said = typed("retry failed")
    [(kind, name)] = said.watched
    assert said.lines == [f"Started {name}."]
    assert studio.wait(kind, name, timeout=60)["TrainingJobStatus"] == "Failed"


def test_hyperparameters_stay_texts(studio: Studio) -> None:
    [form] = typed("promote tuned --set HyperParameters.x=0.5").forms
    assert form.request["HyperParameters"]["x"] == "0.5"


def test_a_warm_start_runs(studio: Studio) -> None:
    [(kind, name)] = typed("warm-start tuned --start").watched
    assert studio.wait(kind, name, timeout=60)["HyperParameterTuningJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("clone nothing", "no .* job named 'nothing'"),
        ("retry tuned", "tuned is Completed: only a job that failed"),
        ("clone failed --set x", "'x' is not MEMBER=VALUE"),
        ("clone failed --set Resource=1", "there is no member 'Resource'"),
    ],
)
def test_mistakes_are_told_in_one_line(studio: Studio, line: str, message: str) -> None:
    with pytest.raises(SageMakerError, match=message) as told:
        typed(line)
    assert "\n" not in told.value.message


def test_a_bad_value_is_refused_by_the_service_s_words(studio: Studio) -> None:
    with pytest.raises(ValidationError, match="valid min value: 1"):
        typed("clone failed --set StoppingCondition.MaxRuntimeInSeconds=0 --start")


def test_code_creates_the_job(studio: Studio) -> None:
    [code] = typed("code failed").lines
    assert 'TrainingJobName="failed"' in code
    [command] = typed("code failed --aws").lines
    assert "aws sagemaker create-training-job" in command


def test_a_terminal_writes_json(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["promote", "tuned", "--name", "best"]) == 0
    assert json.loads(capsys.readouterr().out)["TrainingJobName"] == "best"
