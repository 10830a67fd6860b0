"""Forms from the model: errors at the field, values that stay, code to copy, and what is made of it."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from lab_page import LabPage
from lab_server import LabServer
from playwright.sync_api import Locator, Request, expect

import jupyter_sm_ext as sm


@pytest.fixture(scope="module")
def studio(lab: LabServer) -> sm.Studio:
    """The connection of another kernel, or of a terminal, to the engine of that JupyterLab."""
    return sm.Studio(sm.connect("local", data_dir=lab.data_dir))


def form(lab_page: LabPage, operation: str, **initial: str) -> Locator:
    """Open a form."""
    lab_page.command("jupyter-sm-ext:create", operation=operation, initial=initial)
    return shown(lab_page)


def shown(lab_page: LabPage) -> Locator:
    found = lab_page.main().locator("form.jp-sm-modelForm:visible")
    expect(found.get_by_role("heading", level=2)).to_be_visible()
    return found


def field(found: Locator, name: str) -> Locator:
    return found.get_by_role("textbox", name=name, exact=True)


def choice(found: Locator, name: str) -> Locator:
    return found.get_by_role("combobox", name=name, exact=True)


def press(found: Locator, name: str) -> None:
    found.get_by_role("button", name=name, exact=True).click()


def serious(lab_page: LabPage) -> list[str]:
    """What axe finds in the form that keeps somebody from using it."""
    results = Axe().run(lab_page.page, context="form.jp-sm-modelForm")
    bad = [found for found in results.response["violations"] if found["impact"] in ("serious", "critical")]
    return [f"{found['id']}: {[node['html'] for node in found['nodes']][:3]}" for found in bad]


def test_a_space_from_wrong_to_made_and_edited(lab_page: LabPage, studio: sm.Studio) -> None:
    lab_page.open()
    found = form(lab_page, "CreateSpace")
    expect(found.get_by_role("heading", level=2)).to_have_text("New space")
    name = field(found, "Space name")
    expect(name).to_have_attribute("aria-required", "true")
    name.fill("no_such_name")
    name.blur()
    expect(name).to_have_accessible_description(
        "Does not fit the pattern [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62} The name of the space."
    )
    expect(name).to_have_attribute("aria-invalid", "true")
    choice(found, "App type").select_option("CodeEditor")
    field(found, "Instance type").fill("ml.trn1.2xlarge")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lab_page.theme(theme)
        lab_page.screenshot(f"an error at the field, {theme}")
    assert serious(lab_page) == []

    # Looking elsewhere, and coming back.
    lab_page.command("launcher:create")
    expect(found).to_be_hidden()
    lab_page.main().get_by_role("tab", name="New space").click()
    expect(name).to_have_value("no_such_name")
    lab_page.reload()
    lab_page.main().get_by_role("tab", name="New space").click()
    found = shown(lab_page)
    expect(found).to_contain_text("As you left it.")
    expect(field(found, "Space name")).to_have_value("no_such_name")
    expect(choice(found, "App type")).to_have_value("CodeEditor")
    expect(field(found, "Instance type")).to_have_value("ml.trn1.2xlarge")

    # Refused here, before the service is asked; the message leads to the field.
    press(found, "Create")
    expect(found.get_by_role("alert")).to_contain_text("SpaceName Does not fit")
    press(found, "SpaceName")
    expect(field(found, "Space name")).to_be_focused()
    field(found, "Space name").fill("made-by-form")
    expect(found.get_by_role("alert")).to_have_count(0)
    press(found, "Copy as boto3")
    code = found.get_by_role("region", name="Code for boto3")
    expect(code).to_contain_text('SpaceName="made-by-form"')
    lab_page.screenshot("ready to be made")
    press(found, "Create")
    expect(found).to_have_count(0)
    domain = studio.connection.domain_id
    assert domain is not None
    settings = studio.describe("spaces", domain, "made-by-form")["SpaceSettings"]
    assert settings["CodeEditorAppSettings"]["DefaultResourceSpec"]["InstanceType"] == "ml.trn1.2xlarge"
    assert "JupyterLabAppSettings" not in settings
    expect(lab_page.sidebar()).to_contain_text("made-by-form")

    # An edit starts from what is there, and sends what was changed.
    studio.wait("spaces", domain, "made-by-form")
    sent: list[Request] = []
    lab_page.page.on("request", lambda request: sent.append(request) if request.method == "PATCH" else None)
    found = form(lab_page, "UpdateSpace", DomainId=domain, SpaceName="made-by-form")
    expect(found.get_by_role("button", name="Save")).to_be_disabled()
    expect(field(found, "EBS volume size in GB")).to_have_value("5")
    field(found, "Space display name").fill("Made by a form")
    press(found, "Save")
    expect(found).to_have_count(0)
    assert [json.loads(request.post_data or "") for request in sent] == [
        {"DomainId": domain, "SpaceName": "made-by-form", "SpaceDisplayName": "Made by a form"}
    ]


def test_a_training_job_with_all_settings(lab_page: LabPage, studio: sm.Studio) -> None:
    lab_page.open()
    found = form(lab_page, "CreateTrainingJob")
    field(found, "Training job name").fill("from-the-form")
    press(found, "All settings")
    press(found, "Add to Hyperparameters")
    field(found, "Hyperparameters, Name 1").fill("epochs")
    field(found, "Hyperparameters, Value 1").fill("3")
    press(found, "Add to Tags")
    field(found, "Tags, Key 1").fill("team")
    field(found, "Tags, Value 1").fill("forms")
    expect(found.get_by_role("button", name="Add to Container entrypoint")).to_have_count(0)
    found.get_by_role("button", name="Algorithm specification").click()
    press(found, "Add to Container entrypoint")
    field(found, "Container entrypoint 1").fill("true")
    found.get_by_role("button", name="Retry strategy").click()
    attempts = field(found, "Maximum retry attempts")
    attempts.fill("many")
    attempts.blur()
    expect(attempts).to_have_accessible_description(re.compile("^Must be an integer"))
    attempts.fill("2")
    lab_page.screenshot("all settings")
    assert serious(lab_page) == []
    press(found, "Create")
    expect(lab_page.main().get_by_role("tab", name="from-the-form")).to_be_visible()
    job = studio.wait("training-jobs", "from-the-form", timeout=60)
    assert job["TrainingJobStatus"] == "Completed"
    assert job["HyperParameters"] == {"epochs": "3"}
    assert job["RetryStrategy"] == {"MaximumRetryAttempts": 2}
    assert studio.call("ListTags", {"ResourceArn": job["TrainingJobArn"]})["Tags"] == [
        {"Key": "team", "Value": "forms"}
    ]

    # What only the service knows is told on top, and the form stays.
    found = form(lab_page, "CreateTrainingJob")
    field(found, "Training job name").fill("from-the-form")
    press(found, "All settings")
    found.get_by_role("button", name="Algorithm specification").click()
    press(found, "Add to Container entrypoint")
    field(found, "Container entrypoint 1").fill("true")
    press(found, "Create")
    expect(found.get_by_role("alert")).to_contain_text("already exists")
    expect(found.get_by_role("button", name="Create", exact=True)).to_be_enabled()
