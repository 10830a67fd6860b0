"""Studio from the sidebar: the whole life of a space by mouse, what outlives a reload, and a list that is denied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess
from faulty_aws import Fault, FaultyAWS
from lab_page import LabPage
from lab_server import LabServer, running_lab, until
from lab_studio import StudioTree
from playwright.sync_api import BrowserContext, Page, expect

import jupyter_sm_ext as sm

SCREENSHOTS = Path(__file__).parents[2] / "test-results"
THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")


def test_life_of_a_space_by_mouse(lab_page: LabPage) -> None:
    lab_page.open()
    studio, page = StudioTree(lab_page), lab_page.page
    studio.section.get_by_role("button", name="New").click()
    page.get_by_role("menuitem", name="New space").click()
    page.get_by_label("Space name").fill("neuron")
    lab_page.main().get_by_role("button", name="Create", exact=False).click()
    row = studio.space("neuron")
    expect(row).to_contain_text("Stopped", timeout=60_000)
    expect(row).to_contain_text("private")

    studio.choose(row, "Start…")
    lab_page.screenshot("start")
    studio.pick_instance("ml.trn1.2xlarge", "Start")
    expect(row).to_contain_text("Running on ml.trn1.2xlarge", timeout=60_000)

    studio.choose(row, "Change instance…")
    studio.pick_instance("ml.trn1.32xlarge", "Change instance")
    expect(row.get_by_role("progressbar")).to_be_visible()
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(f"changing, {theme}")
    expect(row).to_contain_text("Running on ml.trn1.32xlarge", timeout=60_000)
    expect(row.get_by_role("progressbar")).to_have_count(0)

    with page.context.expect_page() as caught:
        row.get_by_role("button", name="Open neuron").click()
    _is_a_lab(caught.value)

    studio.choose(row, "Stop…")
    studio.dialog.get_by_role("button", name="Stop", exact=True).click()
    expect(row).to_contain_text("Stopped", timeout=60_000)

    studio.choose(row, "Delete…")
    expect(studio.dialog).to_contain_text(str(lab_page.lab.data_dir))
    delete = studio.dialog.get_by_role("button", name="Delete", exact=True)
    expect(delete).to_be_disabled()
    lab_page.screenshot("delete")
    studio.dialog.get_by_role("textbox").fill("neuron")
    delete.click()
    expect(row).to_have_count(0, timeout=60_000)
    assert list(_studio(lab_page.lab).list("spaces")) == []


def test_tree_is_after_a_reload_as_it_was(lab_page: LabPage) -> None:
    lab_page.open()
    studio = StudioTree(lab_page)
    studio.item("User profiles, 1").locator(".jp-sm-twisty").click()
    expect(studio.item("User profiles, 1")).to_have_attribute("aria-expanded", "false")
    studio.filter.fill("local")
    studio.item("Domain local").click()
    # Lab writes its workspace with a delay; what an earlier test left in it is no answer.
    until(lambda: _kept(lab_page.lab).get("filter") == "local", "the filter is written")
    until(lambda: str(_kept(lab_page.lab).get("active")).startswith("domains/"), "the selection is written")
    assert False in _kept(lab_page.lab)["toggled"].values()
    lab_page.reload()
    studio = StudioTree(lab_page)
    expect(studio.filter).to_have_value("local")
    expect(studio.item("Domain local")).to_have_attribute("aria-selected", "true")
    studio.filter.press("Escape")
    expect(studio.item("User profiles, 1")).to_have_attribute("aria-expanded", "false")
    expect(studio.item("Spaces, 0")).to_have_attribute("aria-expanded", "true")


def test_what_is_new_is_made_where_one_says(lab_page: LabPage) -> None:
    lab_page.open()
    tree, page, service = StudioTree(lab_page), lab_page.page, _studio(lab_page.lab)
    domain = service.connection.domain_id
    for name in ("above", "below"):
        service.create("domains", {"DomainName": name, "AuthMode": "IAM", "DefaultUserSettings": {}})
    service.create("user-profiles", {"DomainId": domain, "UserProfileName": "ann"})
    for made in ("Domain above", "Domain below", "User profile ann"):
        expect(tree.item(made)).to_contain_text("Ready", timeout=60_000)
    tree.section.get_by_role("button", name="New").click()
    page.get_by_role("menuitem", name="New user profile").click()
    expect(tree.dialog).to_contain_text("In which domain?")
    # Not the first of the alphabet: the connection's own.
    expect(tree.dialog.get_by_role("combobox")).to_have_value(re.compile(f"^local .*{domain}"))
    tree.dialog.get_by_role("button", name="Cancel").click()

    tree.section.get_by_role("button", name="New").click()
    page.get_by_role("menuitem", name="New app").click()
    expect(tree.dialog).to_contain_text("Of which user profile?")
    which = tree.dialog.get_by_role("combobox")
    which.select_option(next(each for each in which.locator("option").all_inner_texts() if each.startswith("ann ")))
    tree.dialog.get_by_role("button", name="Ok").click()
    lab_page.main().get_by_role("button", name="Create", exact=True).click()
    until(lambda: [each for each in service.list("apps") if each.get("UserProfileName") == "ann"], "the app is made")


@pytest.fixture
def denying_aws(tmp_path: Path) -> Iterator[FaultyAWS]:
    """An AWS that does not let its user list spaces."""
    engine = EngineProcess(tmp_path / "engine").start()
    try:
        with FaultyAWS(engine.data_dir).serving() as aws:
            aws.deny("ListSpaces")
            yield aws
    finally:
        engine.close()


def test_a_denied_list_dims_one_branch(denying_aws: FaultyAWS, tmp_path: Path, context: BrowserContext) -> None:
    with running_lab(tmp_path / "lab", environment=denying_aws.environment) as lab:
        lab.data_dir.mkdir(exist_ok=True)
        (lab.data_dir / "connection.json").write_text('{"kind": "aws"}')
        window = LabPage(context.new_page(), lab, SCREENSHOTS / "test_a_denied_list_dims_one_branch")
        window.open()
        studio = StudioTree(window)
        note = studio.tree.get_by_role("treeitem", name="Spaces cannot be listed.")
        expect(note).to_contain_text("sagemaker:ListSpaces")
        expect(studio.item("Spaces, cannot be listed")).to_be_visible()
        expect(studio.item("User profile default")).to_contain_text("Ready")
        for theme in THEMES:
            window.theme(theme)
            window.screenshot(theme)

        # With the permission the branch is there at once when it is asked for.
        denying_aws.faults.clear()
        note.get_by_role("button", name="Retry").click()
        expect(studio.item("Spaces, 0")).to_be_visible(timeout=60_000)
        expect(note).to_have_count(0)


@pytest.mark.timeout(600)
def test_what_fails_alone_is_told_with_since_when(
    denying_aws: FaultyAWS, tmp_path: Path, context: BrowserContext
) -> None:
    denying_aws.faults.clear()
    environment = {**denying_aws.environment, "AWS_MAX_ATTEMPTS": "1"}
    trouble = Fault(500, "InternalFailure", "We encountered an internal error.")
    with running_lab(tmp_path / "lab", environment=environment) as lab:
        lab.data_dir.mkdir(exist_ok=True)
        (lab.data_dir / "connection.json").write_text('{"kind": "aws"}')
        window = LabPage(context.new_page(), lab, SCREENSHOTS / "test_what_fails_alone")
        window.open()
        studio = StudioTree(window)
        jobs = window.sidebar().get_by_role("region", name="Jobs")
        studio.choose(studio.item("Domain local"), "New space")
        window.main().get_by_label("Space name").fill("kept")
        window.main().get_by_role("button", name="Create", exact=True).click()
        expect(studio.space("kept")).to_be_visible(timeout=60_000)

        # One list of the tree, and what was seen of it.
        denying_aws.faults["ListSpaces"] = trouble
        note = studio.tree.get_by_role("treeitem", name="Spaces cannot be listed.")
        expect(note).to_contain_text(re.compile(r"internal error\. Last updated \d+ (s|m)"), timeout=90_000)
        expect(note).to_have_accessible_name(re.compile(r"Last updated: .+\. Press Enter"))
        expect(studio.space("kept")).to_be_visible()
        expect(studio.section.get_by_text("Last updated")).to_have_count(1)
        expect(jobs.get_by_text("Last updated")).to_have_count(0)
        for theme in THEMES:
            window.theme(theme)
            window.screenshot(f"spaces, {theme}")
            assert window.violations(".jp-sm-sidebar") == []
        denying_aws.faults.clear()
        note.get_by_role("button", name="Retry").click()
        expect(note).to_have_count(0, timeout=60_000)

        # The jobs, while the tree is well.
        denying_aws.faults["ListTrainingJobs"] = trouble
        expect(jobs).to_contain_text(re.compile(r"internal error\..*Last updated \d+ (s|m)"), timeout=90_000)
        expect(studio.section.get_by_text("Last updated")).to_have_count(0)
        window.screenshot("jobs")
        denying_aws.faults.clear()
        expect(jobs.get_by_text("Last updated")).to_have_count(0, timeout=90_000)


def _is_a_lab(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('.jp-Launcher')", timeout=60_000)
    assert page.evaluate("window.opener") is None
    page.close()


def _kept(lab: LabServer) -> dict[str, Any]:
    """What Lab has written of the tree."""
    data: dict[str, Any] = lab.get("lab/api/workspaces/default")["data"]
    return data.get("jupyter-sm-ext-tree:state") or {}


def _studio(lab: LabServer) -> sm.Studio:
    return sm.Studio(sm.connect("local", data_dir=lab.data_dir))
