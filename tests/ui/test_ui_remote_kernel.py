"""A notebook of this Jupyter on an app's instance: taken there in one go, with widgets, and told when the app stops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from lab_page import LabPage
from lab_server import LabServer, running_lab
from playwright.sync_api import Locator, expect
from sample_requests import private_space

import jupyter_sm_ext as sm
from jupyter_sm_ext import remote
from jupyter_sm_ext.actions import lifecycle
from jupyter_sm_ext.actions.targets import Target

WHERE = "import os; print('in', os.environ['SAGEMAKER_SPACE_NAME'], os.getcwd())"
SLIDER = "import ipywidgets; slider = ipywidgets.IntSlider(3, description='far'); slider"
# Noise, which does not get smaller: 600 x 600 pixels of 3 bytes.
PICTURE = """\
import os, struct, zlib
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
rows = b"".join(b"\\0" + os.urandom(1800) for _ in range(600))
head = struct.pack(">IIBBBBB", 600, 600, 8, 2, 0, 0, 0)
png = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")
assert len(png) > 1024**2
ipywidgets.Image(value=png)"""
KERNEL = "Python 3 - ml.trn1.2xlarge (mine)"


def new_space(lab: LabServer) -> tuple[sm.Studio, Target]:
    studio = sm.Studio(sm.connect("local", data_dir=lab.data_dir))
    domain = studio.connection.domain_id
    assert domain is not None
    studio.create("spaces", {"DomainId": domain, **private_space()})
    studio.wait("spaces", domain, "mine", timeout=60)
    return studio, Target("spaces", (domain, "mine"))


def write(folder: Path, kernel: str, *cells: str) -> str:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
    nbformat.write(notebook, folder / "mine.ipynb")
    return "mine.ipynb"


class Here:
    """The item of the notebook's toolbar that tells where it runs."""

    def __init__(self, page: LabPage) -> None:
        self.node = page.page.locator(".jp-sm-where:visible")
        self.button = self.node.get_by_role("button")

    def says(self, text: str, seconds: float = 60) -> None:
        expect(self.button).to_have_text(text, timeout=seconds * 1000)


def output(notebook: Locator, cell: int) -> Locator:
    return notebook.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output")


def test_from_a_local_kernel_to_trn1_and_back_again(lab_page: LabPage) -> None:
    page = lab_page.page
    studio, space = new_space(lab_page.lab)
    notebook = lab_page.open_notebook(write(lab_page.lab.work, "python3", WHERE, SLIDER, "slider.value", PICTURE))
    here = Here(lab_page)
    expect(here.node).to_have_attribute("data-state", "here")

    # One press, and a choice.
    here.button.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Space or profile")).to_contain_text("mine — Stopped")
    dialog.get_by_role("searchbox", name="Search instance types").fill("trn1.2x")
    dialog.get_by_role("row").filter(has_text="ml.trn1.2xlarge").click()
    for theme in ("Light", "Dark"):
        lab_page.theme(f"JupyterLab {theme}")
        lab_page.screenshot(f"choose, {theme}")
    dialog.get_by_role("button", name="Run here").click()
    here.says("ml.trn1.2xlarge · mine")
    assert "working directory" in (here.button.get_attribute("title") or "")
    lab_page.wait_for_kernel("idle")
    lab_page.run_all()

    # It is the far process, with its files.
    root = lab_page.lab.data_dir / "spaces" / space.key[0] / "mine"
    expect(output(notebook, 0)).to_have_text(f"in mine {root}")
    # A widget of it, both ways, and one that is large.
    handle = output(notebook, 1).get_by_role("slider")
    expect(handle).to_have_attribute("aria-valuetext", "3")
    picture = output(notebook, 3).locator("img")
    expect(picture).to_be_visible()
    page.wait_for_function("(image) => image.naturalWidth === 600", arg=picture.element_handle())
    handle.focus()
    page.keyboard.press("ArrowRight")
    third = notebook.locator(".jp-CodeCell").nth(2)
    third.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(output(notebook, 2)).to_have_text("4")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("slider.value = 42")
    page.keyboard.press("Control+Enter")
    expect(handle).to_have_attribute("aria-valuetext", "42")
    for theme in ("Dark", "Light"):
        lab_page.theme(f"JupyterLab {theme}")
        lab_page.screenshot(f"on trn1, {theme}")

    # Jupyter's own places have it: the launcher and the kernel picker.
    lab_page.command("launcher:create")
    cards = page.locator(".jp-LauncherCard").filter(has_text=KERNEL)
    expect(cards).to_have_count(2)
    lab_page.screenshot("launcher")
    lab_page.main().get_by_role("tab", name="mine.ipynb").click()
    lab_page.command("notebook:change-kernel")
    picker = dialog.get_by_role("combobox")
    expect(picker.locator("option", has_text=KERNEL).first).to_be_attached()
    dialog.get_by_role("button", name="No Kernel").or_(dialog.get_by_role("button", name="Cancel")).first.click()

    # From the tree of the sidebar: the app runs, so there is nothing to ask.
    row = lab_page.sidebar().get_by_role("treeitem", name="mine").filter(has_text="Running on ml.trn1.2xlarge")
    row.click(button="right")
    menu = page.get_by_role("menu").filter(has_text="Add its kernels…")
    expect(menu.get_by_role("menuitem", name="Run notebook here…")).to_be_visible()
    lab_page.screenshot("menu")
    menu.get_by_role("menuitem", name="Add its kernels…").click()
    center = page.locator(".jp-Notification-Center")
    page.locator(".jp-Notification-Status").click()
    expect(center.get_by_role("listitem").filter(has_text=f"Added: {KERNEL}")).to_be_visible(timeout=30_000)
    page.keyboard.press("Escape")

    # Jupyter's own word on a kernel that ends comes when it likes.
    restarting = page.get_by_role("dialog", name="Kernel Restarting")
    page.add_locator_handler(restarting, lambda: restarting.get_by_role("button", name="Ok").click())
    # Stopped as a person stops it: gone from them at once, and said so.
    lab_page.command("jupyter-sm-ext:stop-space", kind="spaces", key=list(space.key))
    dialog.get_by_role("button", name="Stop", exact=True).click()
    here.says("mine is stopped")
    lab_page.main().get_by_role("tab", name="Launcher").click()
    expect(cards).to_have_count(0)
    lab_page.main().get_by_role("tab", name="mine.ipynb").click()
    studio.wait("apps", *space.key[:1], "space", "mine", "JupyterLab", "default", timeout=60)
    page.locator(".jp-Notification-Status").click()
    note = center.get_by_role("listitem").filter(has_text="does not run any more")
    expect(note).to_contain_text("mine.ipynb: its kernel on ml.trn1.2xlarge is gone")
    lab_page.screenshot("stopped")
    # And one press brings both back, on the instance that it was on, when the stop has had its last step.
    expect(lab_page.sidebar().get_by_role("treeitem", name="mine").get_by_role("progressbar")).to_have_count(0)
    lab_page.press_in_notice("does not run any more", "Start it again")
    here.says("ml.trn1.2xlarge · mine")


@pytest.fixture
def classic(tmp_path: Path) -> Iterator[LabServer]:
    with running_lab(tmp_path / "notebook7", "notebook") as server:
        yield server


def test_what_stopped_before_in_notebook_7(
    classic: LabServer, lab_page: LabPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab_page.lab = classic
    studio, space = new_space(classic)
    monkeypatch.setenv("JUPYTER_DATA_DIR", classic.environment()["JUPYTER_DATA_DIR"])
    [kernel] = remote.add(studio, space, {"InstanceType": "ml.trn1.2xlarge"})
    lifecycle.stop(studio, space)
    assert remote.sync(studio)
    lab_page.open(f"notebooks/{write(classic.work, kernel.name, WHERE)}")
    notebook, here = lab_page.page.locator(".jp-Notebook"), Here(lab_page)
    # Jupyter asks for another kernel, and cannot tell why.
    lab_page.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click(timeout=60_000)
    told = lab_page.page.get_by_role("alert").filter(has_text="mine.ipynb was last on " + KERNEL)
    expect(told).to_contain_text("whose app is stopped")
    lab_page.screenshot("stopped")
    told.get_by_role("button", name="Start it again").click()
    here.says("ml.trn1.2xlarge · mine")
    lab_page.wait_for_kernel("idle")
    lab_page.run_all()
    expect(output(notebook, 0)).to_contain_text("in mine ")
    lab_page.screenshot("running")
