"""What a person does in JupyterLab, by role and text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from lab_server import until
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as NotInTime

if TYPE_CHECKING:
    from lab_server import LabServer

JOB_TAB = ".jp-sm-page > article"
_KERNEL_STATUS = "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"


class LabPage:
    """A browser window on a JupyterLab."""

    def __init__(self, page: Page, lab: LabServer, screenshots: Path) -> None:
        self.page = page
        self.lab = lab
        self._screenshots = screenshots

    def open(self, path: str = "lab") -> None:
        """Open JupyterLab with no tabs of an earlier visit."""
        self.page.goto(self.lab.url(path))
        self._wait_until_up()

    def reload(self) -> None:
        """Reload the page, as a person would: the tabs come back."""
        # Lab writes its workspace with a delay; a reload before that would open no tab again.
        self.page.wait_for_function("() => window.jupyterapp.shell.currentWidget")
        self.page.goto(self.page.url.split("?")[0])
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        self.page.wait_for_function("() => window.jupyterapp?.restored", timeout=60_000)
        self.page.evaluate("() => window.jupyterapp.restored")

    def command(self, name: str, **arguments: object) -> None:
        """Run a command of JupyterLab; do not wait for its end."""
        self.page.evaluate(
            "([name, args]) => { void window.jupyterapp.commands.execute(name, args); }", [name, arguments]
        )

    def open_notebook(self, name: str, place: str = "lab/tree") -> Locator:
        """Open a notebook with a kernel that is ready, and return it."""
        self.open(f"{place}/{name}")
        expect(self.page.locator(".jp-Notebook").first).to_be_visible(timeout=60_000)
        self.wait_for_kernel("idle")
        return self.page.locator(".jp-Notebook:visible")

    def wait_for_kernel(self, status: str, seconds: float = 60) -> None:
        """Wait until the kernel of the notebook in front is in this state."""
        self.page.wait_for_function(
            f"(wanted) => ({_KERNEL_STATUS})() === wanted", arg=status, timeout=seconds * 1000, polling=100
        )

    def kernel(self) -> str:
        """State of the kernel of the notebook in front."""
        return str(self.page.evaluate(_KERNEL_STATUS))

    def run_all(self) -> None:
        """Run all cells; do not wait for their end."""
        self.command("notebook:run-all-cells")

    def sidebar(self) -> Locator:
        """Open the SageMaker panel of the left bar."""
        panel = self.page.get_by_role("region", name="SageMaker", exact=True)
        if not panel.is_visible():
            self.page.get_by_role("tab", name=re.compile("^SageMaker")).click()
        expect(panel).to_be_visible()
        return panel

    def main(self) -> Locator:
        """The main area."""
        return self.page.locator("#jp-main-dock-panel")

    def theme(self, name: str) -> None:
        """Change JupyterLab's theme, and wait until it is drawn."""
        self.page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", name)
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def open_job(self, kind: str, name: str) -> JobView:
        """Open a job in a tab, and return its view when it is there."""
        self.command("jupyter-sm-ext:open", kind=kind, key=[name])
        # Not a panel of a notebook: a tab.
        view = JobView(self.main().locator(".jp-sm-page").get_by_role("article").filter(visible=True))
        expect(view.title).to_have_text(name, timeout=60_000)
        return view

    def violations(self, selector: str = JOB_TAB) -> list[str]:
        """What axe has against a part of the page; the view of a job in a tab, if no other is named."""
        # What fades in has no contrast yet; what shows that a job runs never ends.
        fading = "each.playState === 'running' && each.effect?.getComputedTiming().iterations !== Infinity"
        self.page.wait_for_function(f"() => !document.getAnimations().some(each => {fading})")
        found = Axe().run(self.page, context=selector).response["violations"]
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]

    def press_in_notice(self, text: str, button: str) -> None:
        """Press a button of a notification; a dialog that comes up closes their list, which is then opened again."""
        center = self.page.locator(".jp-Notification-Center")
        wanted = center.get_by_role("listitem").filter(has_text=text).get_by_role("button", name=button)

        def pressed() -> bool:
            try:
                if not center.is_visible():
                    self.page.locator(".jp-Notification-Status").click(timeout=5_000)
                wanted.click(timeout=5_000)
            except NotInTime:
                return False
            return True

        until(pressed, f"{button!r} is pressed")

    def screenshot(self, name: str) -> None:
        """Keep a picture of the window."""
        self._screenshots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._screenshots / f"{name}.png")


class JobView:
    """The view of a job, wherever it is drawn: in a cell, in a tab."""

    def __init__(self, node: Locator) -> None:
        self.node = node
        self.title = node.get_by_role("heading", level=2)
        self.status = node.locator("header").get_by_role("status")
        self.progress = node.get_by_role("progressbar", name="Trials")
        self.trials = node.get_by_role("table", name="Trials").locator("tbody tr[aria-rowindex]")
        self.stop = node.get_by_role("button", name="Stop", exact=True)

    def ended(self) -> int:
        """Trials that have ended, as the progress bar tells a screen reader."""
        return int(self.progress.get_attribute("aria-valuenow") or 0)

    def maximum(self) -> int:
        """Trials there will be at most."""
        return int(self.progress.get_attribute("aria-valuemax") or 0)

    def stop_job(self) -> None:
        """Press Stop, and say yes."""
        self.stop.click()
        self.node.get_by_role("button", name="Stop job").click()

    def plotted(self) -> bool:
        """Whether something is drawn on a chart."""
        return bool(
            self.node.locator("canvas").evaluate_all(
                "canvases => canvases.some(canvas => canvas.width > 0 && canvas.getContext('2d')"
                ".getImageData(0, 0, canvas.width, canvas.height).data.some(byte => byte !== 0))"
            )
        )
