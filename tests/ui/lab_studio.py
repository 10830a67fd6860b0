"""The Studio tree of the SageMaker panel, as a person uses it."""

from __future__ import annotations

import re

from lab_page import LabPage
from playwright.sync_api import Locator, expect


class StudioTree:
    """The tree of domains, user profiles, spaces and apps in the panel of a window."""

    def __init__(self, window: LabPage) -> None:
        self.page = window.page
        self.section = window.sidebar().get_by_role("region", name="Studio")
        self.tree = self.section.get_by_role("tree")
        self.filter = self.section.get_by_role("searchbox")
        self.dialog = self.page.get_by_role("dialog")
        expect(self.tree).to_be_visible()

    def item(self, name: str) -> Locator:
        """A line, by the beginning of what a screen reader says: ``Space one``, ``Spaces``, ``Domain local``."""
        return self.tree.get_by_role("treeitem", name=re.compile(rf"^{re.escape(name)}(,|$)"))

    def space(self, name: str) -> Locator:
        """The line of a space."""
        return self.item(f"Space {name}")

    def choose(self, row: Locator, action: str) -> None:
        """Open the menu of a row by its button, and choose from it, when nothing is under way there."""
        expect(row.get_by_role("progressbar")).to_have_count(0, timeout=60_000)
        row.get_by_role("button", name=re.compile("^Actions of ")).click()
        self.page.get_by_role("menuitem", name=action).click()

    def pick_instance(self, found_by: str, accept: str) -> None:
        """In the dialog, search for the one instance type that fits, and accept it."""
        search = self.dialog.get_by_role("searchbox")
        search.fill(found_by)
        expect(self.dialog.get_by_text("1 of ")).to_be_visible()
        search.press("Enter")
        expect(self.dialog.get_by_role("region", name="Before it starts")).to_contain_text(found_by)
        self.dialog.get_by_role("button", name=accept, exact=True).click()
        expect(self.dialog).to_have_count(0)
