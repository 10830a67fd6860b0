"""The sidebar on the first day: nothing there yet, and what to do about it."""

from __future__ import annotations

from lab_page import LabPage
from playwright.sync_api import expect


def test_empty_sidebar_says_where_it_is_and_what_to_do(lab_page: LabPage) -> None:
    lab_page.open()
    sidebar = lab_page.sidebar()
    connection = sidebar.get_by_role("region", name="Connection")
    expect(connection).to_contain_text("Local engine")
    expect(connection).to_contain_text("Simulated on this machine; costs nothing.")
    for offer in ("Quickstart", "New", "Connect AWS"):
        expect(sidebar.get_by_role("button", name=offer, exact=True)).to_be_visible()
    expect(sidebar.get_by_role("tree")).to_contain_text("No spaces.")
    lab_page.screenshot("empty")

    sidebar.get_by_role("button", name="Connect AWS").click()
    form = sidebar.get_by_role("form", name="Switch connection")
    form.get_by_role("radio", name="AWS").check()
    expect(form.get_by_label("Profile")).to_be_visible()
    expect(form.get_by_label("Region")).to_be_visible()
    expect(form).to_contain_text("cost money")
    connection.get_by_role("button", name="Close").click()
    # To look at the form is not to switch.
    assert lab_page.lab.get("jupyter-sm-ext/connection")["kind"] == "local"

    sidebar.get_by_role("button", name="Quickstart").click()
    expect(lab_page.main().get_by_role("tab", name="01_quickstart.ipynb")).to_be_visible()
