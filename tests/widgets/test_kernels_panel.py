"""The panel of kernels, driven from Python: an app's kernels come into this Jupyter, and go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from panel_help import SECONDS, engine_with_apps, make_space

import jupyter_sm_ext as sm
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.errors import NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets import KernelsPanel

TRN = "ml.trn1.2xlarge"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with engine_with_apps(tmp_path_factory.mktemp("kernels")) as running:
        yield running


@pytest.fixture
def panel(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KernelsPanel]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    made = sm.kernels(studio=studio)
    yield made
    made.close()


def offered() -> dict[str, str]:
    """Kernels that Jupyter offers, by display name."""
    specs = KernelSpecManager().get_all_specs().values()
    return {each["spec"]["display_name"]: json.dumps(each["spec"]) for each in specs}


def test_kernels_of_a_space_come_and_go(panel: KernelsPanel, studio: Studio) -> None:
    make_space(studio, "trn")
    panel._repr_mimebundle_()
    assert "No kernels of apps in this Jupyter yet." in repr(panel)
    # As somebody would with the controls: the space is offered first, then an instance, then the button.
    assert panel._place.value[0] == "spaces"
    assert not panel.picker.offers("system")
    panel.picker._accelerator.value = "Trainium"
    panel.picker._select.value = TRN
    checks = {each.check: each for each in panel.preflight.wait(SECONDS)}
    assert f"Studio JupyterLab Apps running on {TRN} instances" in checks["quota"].message
    panel._add.click()
    assert panel._add.disabled
    (work,) = panel.works
    (spec, *_) = work.wait(SECONDS)
    assert {step.state for step in work.steps} == {"done"}
    assert spec.display_name == f"Python 3 - {TRN} (trn)"
    assert spec.display_name in offered()
    assert f"{spec.display_name}  Ready on {TRN}" in repr(panel)
    assert spec.display_name in panel.message
    assert not panel._add.disabled

    # Another instance: the app is moved, and the same kernel is on that one.
    (moved, *_) = panel.add("trn", "ml.t3.medium").wait(SECONDS)
    assert moved.name == spec.name
    assert [each.display_name for each in panel.installed] == ["Python 3 - ml.t3.medium (trn)"]

    # Stopped from the other panel, it is no longer offered, but still known.
    spaces = sm.spaces(studio=studio)
    spaces.select("trn")
    spaces.stop().wait(SECONDS)
    assert "Python 3 - ml.t3.medium (trn)" not in offered()
    panel.refresh()
    assert "Stopped: its app does not run" in repr(panel)

    panel._select.value = moved.name
    panel._remove.click()
    assert panel.installed == []
    assert panel.message.startswith("Removed")
    assert panel._remove.disabled


def test_what_cannot_be_done_is_told(panel: KernelsPanel, studio: Studio) -> None:
    make_space(studio, "one")
    with pytest.raises(NotFoundError) as caught:
        panel.add("on")
    assert caught.value.hint == "Did you mean one?"
    with pytest.raises(ValidationError, match=r"ml\.none"):
        panel.add("one", "ml.none")
    with pytest.raises(NotFoundError, match="nothing"):
        panel.remove("nothing")
    assert panel.works == []
    work = panel.add("one", image="arn:aws:sagemaker:us-east-1:000000000000:image/no such")
    with pytest.raises(SageMakerError):
        work.wait(SECONDS)
    assert 'role="alert"' in panel._progress.value
    assert panel.installed == []


def test_without_an_answer_the_panel_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    panel = sm.kernels(studio=Studio(open_connection(Choice("aws", region="us-east-1"), tmp_path)))
    panel.refresh()
    assert "http://127.0.0.1:9" in panel.message
    assert panel._add.disabled
