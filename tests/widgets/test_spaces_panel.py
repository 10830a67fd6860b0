"""The panel of spaces, driven from Python as code and as clicks, on a real engine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from faulty_aws import Fault, FaultyAWS
from panel_help import SECONDS, buttons, click, dimmed, engine_with_apps, make_space, until

import jupyter_sm_ext as sm
from jupyter_sm_ext.actions.page_link import BASE_URL_VARIABLE
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.connections.own_space import METADATA_VARIABLE
from jupyter_sm_ext.errors import AccessDeniedError, ConflictError, LimitError, NotFoundError, ValidationError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets import SpacesPanel

TRN = "ml.trn1.2xlarge"
ALL_THE_SAME = "Try all the same"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with engine_with_apps(tmp_path_factory.mktemp("spaces")) as running:
        yield running


@pytest.fixture
def panel(studio: Studio) -> Iterator[SpacesPanel]:
    made = sm.spaces(studio=studio)
    yield made
    made.close()


def test_the_life_of_a_space_by_code(panel: SpacesPanel, studio: Studio) -> None:
    panel.refresh()
    form = panel.new()
    form.fill({"SpaceName": "by-code"})
    form.create().wait(SECONDS)
    # What was made is selected.
    assert panel.settle(SECONDS)["text"] == "Stopped"
    assert panel.selected["name"] == "by-code"

    work = panel.start(TRN)
    with pytest.raises(ConflictError, match="Start by-code is still under way"):
        panel.delete()
    work.wait(SECONDS)
    assert [(step.text, step.state) for step in work.steps] == [(f"Start JupyterLab on {TRN}", "done")]
    assert panel.selected["text"] == f"Running on {TRN}"
    assert "by-code  Running on ml.trn1.2xlarge  JupyterLab" in repr(panel)

    url = panel.open_page().wait(SECONDS)
    assert url.startswith("http://")
    assert url.replace("&", "&amp;") in panel._link.value

    work = panel.change_instance("ml.t3.medium")
    work.wait(SECONDS)
    assert {step.state for step in work.steps} == {"done"}
    assert work.steps[-1].text == "Start JupyterLab on ml.t3.medium"
    assert panel.selected["text"] == "Running on ml.t3.medium"
    assert panel._link.value == ""

    panel.stop().wait(SECONDS)
    assert panel.selected["text"] == "Stopped"
    with pytest.raises(ConflictError, match="by-code is stopped: it cannot be stopped now"):
        panel.stop()

    panel.delete().wait(SECONDS)
    assert panel.selected is None
    with pytest.raises(NotFoundError):
        panel.select("by-code")


def test_the_life_of_a_space_by_clicks(panel: SpacesPanel, studio: Studio) -> None:
    make_space(studio, "by-clicks")
    make_space(studio, "another")
    panel._repr_mimebundle_()
    panel._select.value = ("spaces", panel.rows[0]["domain"], "by-clicks")
    assert panel.selected["name"] == "by-clicks"
    click(panel, "Start…")
    (drawer,) = panel._drawer.children
    drawer.picker._accelerator.value = "Trainium"
    drawer.picker._select.value = TRN
    checks = {each.check: each for each in drawer.preflight.wait(SECONDS)}
    assert checks["quota"].state == "ok"
    assert f"Studio JupyterLab Apps running on {TRN} instances" in checks["quota"].message
    assert "Studio JupyterLab Apps running on" in drawer.preflight.value
    click(panel, f"Start on {TRN}")
    # Nothing else can be done with it meanwhile, but with another.
    assert panel._buttons["start"].disabled
    assert panel._buttons["delete"].disabled
    panel.select("another")
    assert not panel._buttons["start"].disabled
    panel.wait(SECONDS)
    assert "Start by-clicks: done" in panel._progress.value

    panel.select("by-clicks")
    assert panel.selected["text"] == f"Running on {TRN}"
    click(panel, "Delete…")
    assert any(TRN in text for text in panel._drawer.children[0].consequences.consequences)
    button = panel._drawer.children[0].button
    assert button.disabled
    panel._drawer.children[0]._typed.value = "by-click"
    assert button.disabled
    panel._drawer.children[0]._typed.value = "by-clicks"
    click(panel, "Delete")
    panel.wait(SECONDS)
    panel.refresh()
    assert [row["name"] for row in panel.rows] == ["another"]
    panel.select("another")
    click(panel, "Delete…")
    click(panel, "Cancel")
    assert panel._drawer.children == ()


def test_what_is_starting_can_be_stopped(panel: SpacesPanel, studio: Studio) -> None:
    make_space(studio, "hanging")
    panel.refresh()
    panel.select("hanging")
    start = panel.start(TRN)
    until(lambda: panel.refresh() or "stop" in panel.selected["actions"], "its app is there")
    panel.stop().wait(SECONDS)
    with suppress(ConflictError):
        start.wait(SECONDS)
    assert panel.settle(SECONDS)["text"] == "Stopped"


def test_a_link_beside_a_server_of_ours_is_no_key(
    panel: SpacesPanel, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain, _ = make_space(studio, "linked")
    panel.refresh()
    panel.select("linked")
    with pytest.raises(ConflictError, match="linked is stopped: it cannot be opened now"):
        panel.open_page()
    panel.start().wait(SECONDS)
    monkeypatch.setenv(BASE_URL_VARIABLE, "/user/me/")
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))
    assert panel.open_page().wait(SECONDS) == f"/user/me/jupyter-sm-ext/open/spaces/{domain}/linked"
    assert "gone in a minute" not in panel._link.value
    panel.stop().wait(SECONDS)


def test_a_quota_of_zero_is_told_before_and_after(panel: SpacesPanel, studio: Studio) -> None:
    make_space(studio, "no-quota")
    line = "Studio JupyterLab Apps running on ml.g5.xlarge instances"
    quotas = studio.connection.data_dir / "quotas.json"
    quotas.write_text(json.dumps({line: 0}))
    panel.refresh()
    panel.select("no-quota")
    click(panel, "Start…")
    (drawer,) = panel._drawer.children
    drawer.picker.select("ml.g5.xlarge")
    worst = drawer.preflight.wait(SECONDS)[0]
    assert (worst.check, worst.state) == ("quota", "blocked")
    assert line in worst.message
    # A check is advice; what is tried all the same fails in the panel, with the same line.
    click(panel, "Start on ml.g5.xlarge")
    with pytest.raises(LimitError, match=r"ml\.g5\.xlarge"):
        panel.wait(SECONDS)
    quotas.unlink()
    assert "ml.g5.xlarge" in panel._progress.value
    assert 'role="alert"' in panel._progress.value
    assert "Traceback" not in panel._progress.value
    assert panel.selected["text"] == "Stopped"


def test_filter_and_selection(panel: SpacesPanel, studio: Studio) -> None:
    for name in ("red", "green", "greenish"):
        make_space(studio, f"list-{name}")
    panel.refresh()
    assert [row["name"] for row in panel.filter("LIST green")] == ["list-green", "list-greenish"]
    panel.select("list-green")
    panel.filter("red")
    # What is selected stays so, though the filter hides it.
    assert panel.selected["name"] == "list-green"
    assert panel._select.value is None
    assert panel.filter("nothing like it") == []
    assert "0 of " in repr(panel)
    panel.filter("")
    assert panel._select.value[-1] == "list-green"
    with pytest.raises(NotFoundError) as caught:
        panel.select("list-gren")
    assert caught.value.hint == "Did you mean list-green?"
    assert panel.select(panel.selected["key"])["name"] == "list-green"
    panel.select(None)
    with pytest.raises(ValidationError, match="nothing is selected"):
        panel.start()
    assert sm.spaces("d-elsewhere", studio=studio).rows == []


def test_edit_sends_what_was_changed(panel: SpacesPanel, studio: Studio) -> None:
    key = make_space(studio, "edited")
    panel.refresh()
    panel.select("edited")
    click(panel, "Edit…")
    form = panel._drawer.children[0].children[0]
    form.fill({"SpaceDisplayName": "Renamed"})
    assert form.request == {"DomainId": key[0], "SpaceName": "edited", "SpaceDisplayName": "Renamed"}
    click(panel, "Save")
    form.wait(SECONDS)
    assert studio.describe("spaces", *key)["SpaceDisplayName"] == "Renamed"
    assert panel._drawer.children == ()


def test_only_a_panel_that_is_shown_looks_by_itself_and_only_while_something_moves(
    panel: SpacesPanel, studio: Studio
) -> None:
    domain, _ = make_space(studio, "moving")
    bundle = panel._repr_mimebundle_()
    assert panel._poller is None
    assert bundle["text/plain"] == repr(panel)
    assert "<td" in bundle["text/html"]
    assert "moving" in bundle["text/html"]
    # Started elsewhere; a look finds it on its way, and from then on the panel follows by itself to the end.
    app = {"DomainId": domain, "SpaceName": "moving", "AppType": "JupyterLab", "AppName": "default"}
    studio.create("apps", app)
    hidden = sm.spaces(studio=studio)
    hidden.refresh()
    assert hidden.moving
    assert hidden._poller is None
    panel.refresh()
    assert panel._poller is not None
    panel.select("moving")
    until(lambda: panel.selected["state"] == "running", "the panel follows")
    panel._poller.join(SECONDS)
    assert not panel._poller.is_alive()


def test_what_is_denied_dims_one_branch(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_space(studio, "beside")
    with FaultyAWS(studio.connection.data_dir).serving() as aws:
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        aws.deny("ListApps")
        far = Studio(open_connection(Choice("aws"), tmp_path))
        panel = sm.spaces(studio=far)
        panel.refresh()
        assert "beside" in [row["name"] for row in panel.rows]
        assert "sagemaker:ListApps" in repr(panel)
        assert "&quot;Action&quot;: &quot;sagemaker:ListApps&quot;" in panel._caption.value
        del aws.faults["ListApps"]
        aws.faults["*"] = Fault(400, "ExpiredTokenException", "The security token included in the request is expired")
        panel.refresh()
        assert "expired" in panel.message
        assert "Set new keys in the environment" in panel.message
        assert "beside" in repr(panel)
        aws.faults.clear()
        panel.refresh()
        assert panel.message == ""
        assert "sagemaker:ListApps" not in repr(panel)
        # What fails alone keeps what was seen, and tells since when it is out of date.
        aws.faults["ListSpaces"] = Fault(500, "InternalFailure", "We encountered an internal error.")
        panel.refresh()
        assert "beside" in [row["name"] for row in panel.rows]
        assert re.search(r"spaces: We encountered an internal error\. .*as of \d{4}-\d\d-\d\d", repr(panel))
        panel.close()


def test_a_button_dims_when_what_it_is_for_is_denied_and_no_other(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_space(studio, "guarded")
    with FaultyAWS(studio.connection.data_dir).serving() as aws:
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(AwsConnection, "pace", (0.05, 0.2))
        panel = sm.spaces(studio=Studio(open_connection(Choice("aws"), tmp_path)))
        panel.refresh()
        panel.select("guarded")

        aws.deny("DeleteSpace")
        assert dimmed(panel) == []
        with pytest.raises(AccessDeniedError):
            panel.delete().wait(SECONDS)
        until(lambda: dimmed(panel) == ["Delete…"], "the button dims")
        (button,) = [each for each in buttons(panel) if each.description == "Delete…"]
        (insist,) = [each for each in buttons(panel) if each.description == ALL_THE_SAME]
        assert insist.layout.display == "none"
        assert button.tooltip == "sagemaker:DeleteSpace is denied to you"
        # Pressed, it tells why, and asks nobody.
        tries = aws.calls["DeleteSpace"]
        click(panel, "Delete…")
        assert panel.message.startswith("sagemaker:DeleteSpace is denied to you\n")
        assert "&quot;Action&quot;: &quot;sagemaker:DeleteSpace&quot;" in panel._notice.value
        assert aws.calls["DeleteSpace"] == tries
        # Who insists comes as far as before.
        click(panel, ALL_THE_SAME)
        panel._drawer.children[0]._typed.value = "guarded"
        click(panel, "Delete")
        with pytest.raises(AccessDeniedError):
            panel.wait(SECONDS)
        assert aws.calls["DeleteSpace"] == tries + 1
        until(lambda: not button.disabled, "it can be pressed again")
        click(panel, "Delete…")
        assert insist.layout.display == ""
        panel.select(None)
        # What was refused was to be done to what was selected.
        assert insist.layout.display == "none"
        panel.select("guarded")

        aws.faults.clear()
        click(panel, "Refresh")
        assert (dimmed(panel), button.tooltip) == ([], "Delete…")
        panel.delete().wait(SECONDS)

        # What cannot be created is dimmed at the head of the panel.
        aws.deny("CreateSpace")
        form = panel.new()
        domain = str(studio.connection.domain_id)
        form.fill({"DomainId": domain, "SpaceName": "never"})
        with pytest.raises(AccessDeniedError):
            form.create().wait(SECONDS)
        panel.select(None)
        assert dimmed(panel) == ["New space…"]
        panel.close()


def test_the_space_that_the_kernel_runs_in_is_marked(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain, name = make_space(studio, "mine")
    connection = studio.connection
    app = f"arn:aws:sagemaker:{connection.region}:{connection.account}:app/{domain}/{name}/JupyterLab/default"
    told = {
        "AppType": "JupyterLab",
        "DomainId": domain,
        "SpaceName": name,
        "ResourceArn": app,
    }
    (tmp_path / "metadata.json").write_text(json.dumps(told))
    monkeypatch.setenv(METADATA_VARIABLE, str(tmp_path / "metadata.json"))
    panel = sm.spaces(studio=Studio(open_connection(Choice(), connection.data_dir)))
    panel.refresh()
    marked = [line for line in repr(panel).splitlines() if "(this space)" in line]
    assert len(marked) == 1
    assert marked[0].startswith("mine (this space)")
    panel.close()


def test_what_was_not_read_is_not_said_to_be_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    panel = sm.spaces(studio=Studio(open_connection(Choice("aws", region="us-east-1"), tmp_path)))
    assert ".refresh()" in repr(panel)
    bundle = panel._repr_mimebundle_()
    assert "127.0.0.1:9" in bundle["text/plain"]
    assert "No spaces yet" not in bundle["text/plain"]
    panel.close()
