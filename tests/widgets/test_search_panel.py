"""The search of a notebook, as code and as clicks, on a real engine with jobs that have run; and in a kernel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas
import pytest
from jupyter_client.manager import start_new_kernel
from local_jobs import GOOD, running_engine
from panel_help import SECONDS, buttons, click

import jupyter_sm_ext as sm
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.handles.start import train
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets import SearchPanel
from jupyter_sm_ext.widgets.live import MIME_TYPE, SERVER_VARIABLE

FITS = "Metrics.score < 0.6 and Tags.team = red"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("search")) as running:
        jobs = []
        for name, x, team in (("low", 0.1, "red"), ("middle", 0.5, "red"), ("high", 0.9, "red"), ("blue", 0.1, "blue")):
            options = {"name": name, "hyperparameters": {"x": x}, "tags": {"team": team}, "metrics": {"score": None}}
            jobs.append(train(GOOD, studio=running, quiet=True, **options))
        for job in jobs:
            job.wait(timeout=SECONDS, live=False)
        yield running


@pytest.fixture
def panel(studio: Studio) -> Iterator[SearchPanel]:
    made = sm.search(FITS, sort="Metrics.score:asc", studio=studio)
    yield made
    made.close()


def names(panel: SearchPanel) -> list[str]:
    return [name for _, name in panel._select.options]


def test_what_is_found_by_code(panel: SearchPanel) -> None:
    assert [record["TrainingJobName"] for record in panel.records] == ["low", "middle"]
    frame = panel.dataframe()
    assert list(frame.columns) == ["Name", "Status", "Created", "Metrics.score", "Tags.team"]
    assert frame["Metrics.score"].tolist() == pytest.approx([0.1, 0.5])
    assert isinstance(frame["Created"][0], pandas.Timestamp)
    assert frame["Tags.team"].tolist() == ["red", "red"]
    bundle = panel._repr_mimebundle_()
    assert "low     Completed" in bundle["text/plain"]
    assert '<td style="text-align: right">0.1</td>' in bundle["text/html"]

    with pytest.raises(NotFoundError) as caught:
        panel.watch("midle")
    assert caught.value.hint == "Did you mean middle?"
    assert panel.watch("middle").status == "Completed"
    assert "middle" in panel._job.outputs[0]["data"]["text/plain"]
    assert [each["TrainingJobName"] for each in panel.search("HyperParameters.x = 0.9")] == ["high"]
    # The panel of a job that was found by another search is gone with it.
    assert panel._job.outputs == ()


def test_what_is_found_by_clicks(panel: SearchPanel) -> None:
    panel._repr_mimebundle_()
    assert names(panel) == ["low", "middle"]
    (watch,) = [each for each in buttons(panel) if each.description == "Watch"]
    assert watch.disabled
    panel._select.value = "low"
    click(panel, "Watch")
    assert "low" in panel._job.outputs[0]["data"]["text/plain"]

    panel._text.value = "score < 0.2"
    assert panel.message.startswith("training jobs have no property 'score'\nDid you mean Metrics.score or")
    with pytest.raises(ValidationError, match="no property 'score'"):
        panel.dataframe()
    assert names(panel) == ["low", "middle"]
    panel._text.value = "Tags.team = green"
    assert (names(panel), panel.message) == ([], "")
    assert "no training jobs fit" in panel._caption.value
    panel._sort.value = ""
    panel._kind.value = "tuning"
    assert "no tuning jobs fit" in repr(panel)


def test_more(panel: SearchPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_sm_ext.widgets.search_panel._PAGE", 3)
    panel.search("")
    assert len(names(panel)) == 3
    assert "3 jobs; there are more." in panel._caption.value
    click(panel, "More")
    assert sorted(names(panel)) == ["blue", "high", "low", "middle"]
    assert "More" not in [each.description for each in buttons(panel) if each.layout.display != "none"]


def test_a_cell_shows_it(studio: Studio) -> None:
    environment = {**os.environ, "JUPYTER_SM_DATA_DIR": str(Path(studio.connection.data_dir)), SERVER_VARIABLE: "1"}
    manager, client = start_new_kernel(kernel_name="python3", env=environment)
    try:
        shown: list[dict[str, str]] = []

        def on_output(message: dict[str, dict[str, dict[str, str]]]) -> None:
            shown.append(message["content"].get("data", {}))

        client.execute_interactive(
            f"import jupyter_sm_ext as sm; panel = sm.search({FITS!r}); panel", timeout=SECONDS, output_hook=on_output
        )
        (bundle,) = [each for each in shown if "text/html" in each]
        assert "application/vnd.jupyter.widget-view+json" in bundle
        assert "middle" in bundle["text/html"]
        reply = client.execute_interactive(
            f"panel.watch('low'); assert {MIME_TYPE!r} in panel._job.outputs[0]['data']",
            timeout=SECONDS,
        )
        assert reply["content"]["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy(0)
