"""Studio by keyboard alone, with a quota of 0, an app that fails, and 500 spaces; and what axe has against it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from lab_page import LabPage
from lab_server import LabServer, until
from lab_studio import StudioTree
from playwright.sync_api import Locator, Page, expect

import jupyter_sm_ext as sm
from jupyter_sm_ext.errors import LimitError

THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")
ZERO = "Studio JupyterLab Apps running on ml.trn1.2xlarge instances"
MANY = 500


@pytest.fixture(scope="module")
def studio(lab: LabServer) -> sm.Studio:
    return sm.Studio(sm.connect("local", data_dir=lab.data_dir))


def make_space(studio: sm.Studio, name: str, app_type: str = "JupyterLab") -> tuple[str, str]:
    connection = studio.connection
    request: dict[str, Any] = {
        "DomainId": connection.domain_id,
        "SpaceName": name,
        "SpaceSettings": {"AppType": app_type},
        "OwnershipSettings": {"OwnerUserProfileName": connection.user_profile_name},
        "SpaceSharingSettings": {"SharingType": "Private"},
    }
    studio.create("spaces", request)
    return str(connection.domain_id), name


def serious(page: Page, within: str) -> list[str]:
    """What axe finds serious or critical in a part of the page."""
    found = Axe().run(page, context={"include": [[within]]}).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def test_life_of_a_space_by_keyboard_alone(lab_page: LabPage, studio: sm.Studio) -> None:
    lab_page.open()
    tree, page = StudioTree(lab_page), lab_page.page
    press = page.keyboard.press
    lab_page.command("jupyter-sm-ext:new-space")  # by the palette, whose keys are Lab's own
    name = page.get_by_label("Space name")
    expect(name).to_be_visible()
    name.focus()
    press("ControlOrMeta+A")  # it begins with a name of its own
    page.keyboard.type("typed")
    _tab_to(page, lab_page.main().get_by_role("button", name="Create", exact=False))
    press("Enter")
    row = tree.space("typed")
    expect(row).to_contain_text("Stopped", timeout=60_000)

    _tab_to(page, tree.filter, start=tree.section.get_by_role("button", name="New"))
    press("Tab")
    press("Home")
    page.keyboard.type("typed")  # typeahead
    expect(tree.tree).to_be_focused()
    expect(row).to_have_attribute("aria-selected", "true")
    press("Enter")
    expect(tree.dialog).to_be_visible()
    search = tree.dialog.get_by_role("searchbox")
    _tab_to(page, search)
    page.keyboard.type("ml.trn1.2xlarge")
    expect(tree.dialog.get_by_text("1 of ")).to_be_visible()
    press("Enter")
    _tab_to(page, tree.dialog.get_by_role("button", name="Start", exact=True))
    press("Enter")
    expect(row).to_contain_text("Running on ml.trn1.2xlarge", timeout=60_000)

    expect(row.get_by_role("progressbar")).to_have_count(0, timeout=60_000)  # until then it can't be stopped
    expect(tree.tree).to_be_focused()
    press("Shift+F10")
    _menu_to(page, "Stop…")
    _tab_to(page, tree.dialog.get_by_role("button", name="Stop", exact=True))
    press("Enter")
    expect(row).to_contain_text("Stopped", timeout=60_000)
    expect(row.get_by_role("progressbar")).to_have_count(0, timeout=60_000)
    expect(tree.tree).to_be_focused()
    press("Delete")
    _tab_to(page, tree.dialog.get_by_role("textbox"))
    page.keyboard.type("typed")
    _tab_to(page, tree.dialog.get_by_role("button", name="Delete", exact=True))
    press("Enter")
    expect(row).to_have_count(0, timeout=60_000)


def test_a_quota_of_0_is_told_before_and_after(lab_page: LabPage, studio: sm.Studio) -> None:
    _, name = make_space(studio, "without-quota")
    quotas = lab_page.lab.data_dir / "quotas.json"
    quotas.write_text(json.dumps({ZERO: 0}))
    try:
        lab_page.open()
        tree = StudioTree(lab_page)
        tree.choose(tree.space(name), "Start…")
        search = tree.dialog.get_by_role("searchbox")
        search.fill("ml.trn1.2xlarge")
        expect(tree.dialog.get_by_text("1 of ")).to_be_visible()
        search.press("Enter")
        before = tree.dialog.get_by_role("region", name="Before it starts")
        expect(before).to_contain_text(ZERO)
        expect(before).to_contain_text("It would be refused")
        for theme in THEMES:
            lab_page.theme(theme)
            lab_page.screenshot(theme)
        assert serious(lab_page.page, ".jp-Dialog") == []
        # It is a warning, never a lock; the service has the last word, and it is explained.
        tree.dialog.get_by_role("button", name="Start", exact=True).click()
        expect(tree.space(name)).to_contain_text(ZERO, timeout=60_000)
        with pytest.raises(LimitError):
            studio.create("apps", {**_app(studio, name), "ResourceSpec": {"InstanceType": "ml.trn1.2xlarge"}})
    finally:
        quotas.unlink()


def test_an_app_that_fails_says_why(lab_page: LabPage, studio: sm.Studio) -> None:
    # The engine has no Code Editor.
    _, name = make_space(studio, "broken", "CodeEditor")
    lab_page.open()
    tree = StudioTree(lab_page)
    tree.choose(tree.space(name), "Start…")
    tree.pick_instance("ml.t3.large", "Start")
    expect(tree.space(name)).to_contain_text("Failed: ", timeout=60_000)
    expect(tree.space(name)).to_contain_text("Code Editor")
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(theme)
    assert serious(lab_page.page, "#jupyter-sm-ext-sidebar") == []


def test_500_spaces(lab_page: LabPage, studio: sm.Studio) -> None:
    for number in range(MANY):
        make_space(studio, f"many-{number:03}")
    lab_page.open()
    tree = StudioTree(lab_page)
    expect(tree.item(f"Spaces, {len(list(studio.list('spaces')))}")).to_be_visible(timeout=30_000)
    # Only what is in sight is in the document.
    assert tree.tree.get_by_role("treeitem").count() < 80
    lab_page.screenshot("500 spaces")
    tree.filter.fill("many-499")
    expect(tree.space("many-499")).to_be_visible()
    tree.filter.press("Escape")
    tree.item("Domain local").click()
    lab_page.page.keyboard.press("End")
    until(lambda: tree.item("User profile default").is_visible(), "the end of the tree is in sight")
    assert serious(lab_page.page, "#jupyter-sm-ext-sidebar") == []


def _app(studio: sm.Studio, space: str) -> dict[str, Any]:
    return {
        "DomainId": studio.connection.domain_id,
        "SpaceName": space,
        "AppType": "JupyterLab",
        "AppName": "default",
    }


def _tab_to(page: Page, wanted: Locator, start: Locator | None = None) -> None:
    """Press Tab until something has the focus."""
    if start is not None:
        start.focus()
    passed = []
    for _ in range(80):
        if wanted.evaluate("node => node === document.activeElement"):
            return
        passed.append(page.evaluate("() => document.activeElement?.outerHTML.slice(0, 90)"))
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}, but to {passed}")


def _menu_to(page: Page, item: str) -> None:
    """Go down an open menu to an item, and choose it."""
    wanted = page.get_by_role("menuitem", name=item)
    expect(wanted).to_be_visible()
    for _ in range(20):
        if "lm-mod-active" in (wanted.get_attribute("class") or ""):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
