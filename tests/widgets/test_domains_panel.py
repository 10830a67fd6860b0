"""The panel of domains, driven from Python, on a real engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from panel_help import SECONDS, domain_of, engine_with_apps, make_space

import jupyter_sm_ext as sm
from jupyter_sm_ext.errors import ConflictError, ValidationError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets import DomainsPanel

TRN = "ml.trn1.2xlarge"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with engine_with_apps(tmp_path_factory.mktemp("domains")) as running:
        yield running


@pytest.fixture
def panel(studio: Studio) -> Iterator[DomainsPanel]:
    made = sm.domains(studio=studio)
    yield made
    made.close()


def test_a_profile_and_its_app(panel: DomainsPanel, studio: Studio) -> None:
    domain = domain_of(studio)
    make_space(studio, "no-row-here")
    panel.refresh()
    assert [(row["kind"], row["name"]) for row in panel.rows] == [("domains", "local"), ("user-profiles", "default")]

    form = panel.new_profile()
    assert form.request == {"DomainId": domain, "UserProfileName": form.request["UserProfileName"]}
    form.fill({"UserProfileName": "ann"})
    form.create().wait(SECONDS)
    # What was made is selected, so that one can go on with it.
    assert panel.selected["key"] == [domain, "ann"]
    studio.wait("user-profiles", domain, "ann", timeout=SECONDS)
    panel.refresh()

    key = panel.start(TRN).wait(SECONDS)
    assert key[:4] == (domain, "profile", "ann", "KernelGateway")
    lines = repr(panel).splitlines()
    assert lines[1:5] == [
        "DOMAIN, PROFILE, APP  STATUS                      TYPE           ID",
        f"local                 Ready                       domain         {domain}",
        "  ann                 Running on ml.trn1.2xlarge  profile",
        "    ml-trn1-2xlarge   Running on ml.trn1.2xlarge  KernelGateway",
    ]
    # What a line stands below is shown with it.
    assert [row["name"] for row in panel.filter("gateway")] == ["local", "ann", "ml-trn1-2xlarge"]
    panel.filter("")
    panel.select("ml-trn1-2xlarge")
    assert not panel._buttons["stop"].disabled
    assert panel._buttons["open"].disabled
    with pytest.raises(ConflictError, match="cannot be opened now"):
        panel.open_page()

    panel.select("ann")
    assert panel.consequences().confirm == "ann"
    panel.delete().wait(SECONDS)
    assert [row["name"] for row in panel.rows] == ["local", "default"]


def test_an_app_is_made_by_the_form_for_the_selected_profile(panel: DomainsPanel, studio: Studio) -> None:
    domain = domain_of(studio)
    panel.select("default")
    form = panel.new_app()
    form.fill({"AppName": "gateway", "ResourceSpec.InstanceType": TRN})
    assert {name: form.request[name] for name in ("DomainId", "UserProfileName", "AppType")} == {
        "DomainId": domain,
        "UserProfileName": "default",
        "AppType": "KernelGateway",
    }
    form.create().wait(SECONDS)
    assert studio.wait("apps", *panel.selected["key"], timeout=SECONDS)["Status"] == "InService"
    panel.refresh()
    assert panel.selected["text"] == f"Running on {TRN}"
    panel.stop().wait(SECONDS)
    assert panel.selected is None


def test_the_form_of_a_domain(panel: DomainsPanel) -> None:
    form = panel.new_domain()
    form.fill({"DomainName": "not a name", "AuthMode": "Neither"})
    wrong = {".".join(each["path"]): each["message"] for each in form.check()}
    assert wrong["AuthMode"] == "One of: SSO, IAM."
    with pytest.raises(ValidationError, match="DomainName"):
        form.create()
    assert form.row.kind == "domains"


def test_nothing_is_selected_at_first(panel: DomainsPanel) -> None:
    panel.refresh()
    assert panel.selected is None
    assert all(button.disabled for button in panel._buttons.values())
    panel._buttons["delete"].disabled = False
    panel._buttons["delete"].click()
    assert panel.message.startswith("nothing is selected")


def test_a_name_that_several_have_is_asked_about(panel: DomainsPanel, studio: Studio) -> None:
    domain = domain_of(studio)
    # A profile and its app can have the same name.
    app = {"DomainId": domain, "UserProfileName": "default", "AppType": "KernelGateway", "AppName": "default"}
    studio.create("apps", {**app, "ResourceSpec": {"InstanceType": TRN}})
    panel.refresh()
    with pytest.raises(ValidationError, match=f"several are named 'default': {domain}/default, {domain}/profile"):
        panel.select("default")
    key = [domain, "profile", "default", "KernelGateway", "default"]
    assert panel.select(key)["key"] == key
    panel.settle(SECONDS)
    panel.stop().wait(SECONDS)
