"""The live panel: what it puts into a cell, when it looks by itself, and when it needs no comm."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext import paths
from jupyter_sm_ext.connections.denied import DeniedOperations
from jupyter_sm_ext.errors import NotFoundError, SageMakerError, UnreachableError
from jupyter_sm_ext.widgets import live
from jupyter_sm_ext.widgets.live import MIME_TYPE, NO_WIDGETS, SERVER_VARIABLE, WIDGET_MIME_TYPE, Panel


class Connection:
    """Only what a panel asks of one."""

    id = "local"
    label = "Local engine"
    kind = "local"

    @property
    def data_dir(self) -> Path:
        return paths.data_dir()

    pace = (0.01, 0.02)
    generation = 0
    denied = DeniedOperations(lambda: 0)

    def renew(self, generation: int) -> bool:
        return False


class Script:
    """A Studio whose service answers from a list, the last answer for ever."""

    connection = Connection()

    def __init__(self, *answers: dict[str, Any] | SageMakerError) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.stopped: list[tuple[str, ...]] = []

    def read_json(self, operation: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        if operation.startswith("List"):
            return {"TrainingJobSummaries": TRIALS}
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, SageMakerError):
            raise answer
        return answer

    def stop(self, kind: str, *key: str) -> None:
        if key == ("t-over",):
            raise SageMakerError("it is over")
        self.stopped.append((kind, *key))


TRIALS = [
    {
        "TrainingJobName": f"t-{number:03}-0123abcd",
        "TrainingJobStatus": "Completed",
        "CreationTime": number,
        "TunedHyperParameters": {"x": "1"},
        "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "acc", "Value": number / 10},
    }
    for number in (2, 1)
]


def tuning(status: str, completed: int = 0) -> dict[str, Any]:
    return {
        "HyperParameterTuningJobName": "t",
        "HyperParameterTuningJobStatus": status,
        "CreationTime": 0.0,
        "HyperParameterTuningJobConfig": {
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "acc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2},
        },
        "TrainingJobStatusCounters": {"Completed": completed, "InProgress": 2 - completed},
    }


Make = Callable[..., tuple[Panel, Script]]


@pytest.fixture
def make() -> Any:
    panels: list[Panel] = []

    def make(*answers: dict[str, Any] | SageMakerError, name: str = "t") -> tuple[Panel, Script]:
        script = Script(*answers)
        panels.append(Panel("tuning-jobs", name, studio=script))  # type: ignore[arg-type]
        return panels[-1], script

    yield make
    for panel in panels:
        panel.close()


@pytest.fixture
def by_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SERVER_VARIABLE, "1")


@pytest.mark.usefixtures("by_server")
def test_where_a_server_draws_it_there_is_no_widget_and_no_polling(make: Make) -> None:
    panel, script = make(tuning("InProgress", 1))
    bundle, _ = panel._repr_mimebundle_()
    assert set(bundle) == {MIME_TYPE, "text/html", "text/plain"}
    assert bundle[MIME_TYPE] == {
        "connection": "local",
        "kind": "tuning-jobs",
        "key": ["t"],
        "snapshot": {name: value for name, value in panel.snapshot.items() if name != "denied"},
    }
    assert bundle["text/plain"] == "Tuning job t: InProgress, 1 of 2 completed, 1 running, best acc=0.2"
    assert "<svg" in bundle["text/html"]
    panel._repr_mimebundle_()
    assert script.asked == 1
    assert panel.comm is None
    assert panel._polling is None


def test_elsewhere_it_is_a_widget_that_the_kernel_feeds_to_the_end(make: Make) -> None:
    panel, _ = make(tuning("InProgress"), tuning("InProgress", 1), tuning("Completed", 2))
    bundle, _ = panel._repr_mimebundle_()
    assert bundle[WIDGET_MIME_TYPE]["model_id"] == panel.model_id
    assert panel._polling is not None
    panel._polling.join(30)
    assert not panel._polling.is_alive()
    assert panel.status == "Completed"
    assert panel.snapshot["terminal"]


@pytest.mark.usefixtures("by_server")
@pytest.mark.usefixtures("by_server")
def test_of_another_engine_than_the_servers_it_is_a_widget_alone(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Both engines are called the local one; the server would draw a job of its own that has the same name.
    monkeypatch.setattr(Connection, "data_dir", tmp_path / "another")
    panel, _ = make(tuning("InProgress"), tuning("Completed", 2))
    bundle, _ = panel._repr_mimebundle_()
    assert set(bundle) == {WIDGET_MIME_TYPE, "text/html", "text/plain"}
    assert panel._polling is not None
    panel._polling.join(30)
    assert panel.status == "Completed"
    monkeypatch.setenv(SERVER_VARIABLE, NO_WIDGETS)
    panel, _ = make(tuning("Completed", 2))
    assert set(panel._repr_mimebundle_()[0]) == {MIME_TYPE, "text/html", "text/plain"}


def test_observing_a_trait_makes_the_kernel_look(make: Make) -> None:
    panel, _ = make(tuning("InProgress"), tuning("InProgress", 1), tuning("Stopped", 2))
    seen: list[str] = []
    over = threading.Event()

    def note(change: Any) -> None:
        seen.append(change["new"])
        if change["new"] == "Stopped":
            over.set()

    panel.observe(note, "status")
    assert over.wait(30)
    assert seen == ["InProgress", "Stopped"]
    assert panel.progress == {"completed": 2, "running": 0, "failed": 0, "stopped": 0, "maximum": 2}
    assert [each["TrainingJobName"] for each in panel.trials] == ["t-001-0123abcd", "t-002-0123abcd"]
    assert panel.best["TrainingJobName"] == "t-002-0123abcd"


@pytest.mark.usefixtures("by_server")
def test_inside_another_widget_it_gets_a_model(make: Make) -> None:
    from ipywidgets import VBox

    panel, _ = make(tuning("Completed", 2))
    box = VBox([panel])
    assert box.get_state("children")["children"] == [f"IPY_MODEL_{panel.model_id}"]
    box.close()


def test_while_it_is_led_it_does_not_look_by_itself(make: Make) -> None:
    panel, script = make(tuning("InProgress"), tuning("Completed", 2))
    with panel.led():
        panel._repr_mimebundle_()
        assert panel._polling is None
        assert script.asked == 1
    assert panel._polling is not None
    panel._polling.join(30)
    assert panel.status == "Completed"
    with panel.led():
        panel._repr_mimebundle_()
    assert not panel._polling.is_alive()


def test_a_fault_is_shown_and_heals(make: Make) -> None:
    panel, _ = make(tuning("InProgress"), UnreachableError("nobody answers", hint="Wait."), tuning("Completed", 2))
    panel.look()
    panel.look()
    told = {"message": "nobody answers", "code": "Unreachable", "hint": "Wait.", "statement": None}
    assert panel.snapshot["error"] == told
    assert panel.status == "InProgress"
    assert repr(panel).endswith("- nobody answers")
    assert not panel.watcher.finished
    panel.look()
    assert panel.snapshot["error"] is None
    assert panel.watcher.finished


def test_a_job_that_is_gone_ends_the_looking(make: Make) -> None:
    panel, _ = make(NotFoundError("no such job"))
    bundle, _ = panel._repr_mimebundle_()
    assert "no such job" in bundle["text/html"]
    assert panel._polling is not None
    panel._polling.join(30)
    assert not panel._polling.is_alive()


def test_its_stop_button(make: Make) -> None:
    panel, script = make(tuning("InProgress"))
    panel._handle_custom_msg({"type": "stop", "key": ["t"]}, [])
    panel._handle_custom_msg({"type": "something else"}, [])
    assert script.stopped == [("tuning-jobs", "t")]
    over, _ = make(tuning("Completed"), name="t-over")
    over._handle_custom_msg({"type": "stop"}, [])
    assert over.snapshot["error"]["message"] == "it is over"


def test_a_front_end_that_is_not_built_says_so_when_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(live, "_STATIC", tmp_path)
    assert live._bundle("live.js", "otherwise") == "otherwise"
    assert "jlpm build" in live._NOT_BUILT
    (tmp_path / "live.js").write_text("export default {}")
    assert live._bundle("live.js", "otherwise") == tmp_path / "live.js"
