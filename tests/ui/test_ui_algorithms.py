"""Algorithms in the panel: listed, opened, trained with, deleted."""

from __future__ import annotations

import re

import pytest
from lab_page import LabPage
from lab_server import LabServer
from playwright.sync_api import expect

import jupyter_sm_ext as sm

SCRIPT = 'print("accuracy=0.5")\n'


@pytest.fixture(scope="module", autouse=True)
def algorithms(lab: LabServer) -> None:
    """One that has been validated, of two hyperparameters and a channel."""
    studio = sm.Studio(sm.connect("local", data_dir=lab.data_dir))
    data = lab.work / "numbers"
    data.mkdir()
    (data / "numbers.csv").write_text("1,2\n")
    sm.algorithm(
        "forest",
        SCRIPT,
        studio=studio,
        ranges={"depth": (2, 12)},
        hp={"depth": 8},
        data={"train": str(data)},
        objective="accuracy",
    )
    studio.wait("algorithms", "forest", timeout=120)


def test_an_algorithm_is_read_trained_with_and_deleted(lab_page: LabPage) -> None:
    page = lab_page.page
    lab_page.open()
    section = lab_page.sidebar().get_by_role("region", name="Algorithms")
    row = section.get_by_role("listitem").filter(has_text="forest")
    # Folded at first: who has none is not asked for any.
    expect(row).to_have_count(0)
    section.get_by_role("button", name="Algorithms").click()
    expect(row).to_contain_text("Completed")

    row.get_by_role("button", name=re.compile("^forest")).click()
    view = lab_page.main().get_by_role("article")
    expect(view.get_by_role("heading", level=2)).to_have_text("forest")
    depth = view.get_by_role("table", name="Hyperparameters").get_by_role("row").filter(has_text="depth")
    expect(depth).to_contain_text("2 … 12")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lab_page.theme(theme)
        lab_page.screenshot(theme)
        assert lab_page.violations() == []
        assert lab_page.violations(".jp-sm-algorithms") == []

    view.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menuitem", name="Train with this…").click()
    form = lab_page.main().get_by_role("form", name="Training with forest")
    expect(form).to_contain_text("Say where the data is: train.")
    expect(form.locator("input").and_(page.locator("[value='depth']"))).to_be_visible()
    form.get_by_text("boto3", exact=False).first.click()
    expect(form).to_contain_text("forest")

    row.get_by_role("button", name="Actions of forest").click()
    page.get_by_role("menuitem", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(section).to_contain_text("No algorithms.")
