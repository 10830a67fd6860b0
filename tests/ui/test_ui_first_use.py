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
    for offer in ("Quickstart", "New space", "Connect AWS"):
        expect(sidebar.get_by_role("button", name=offer)).to_be_visible()
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


def test_new_space_on_trainium(lab_page: LabPage) -> None:
    lab_page.open()
    sidebar = lab_page.sidebar()
    sidebar.get_by_role("button", name="New space").click()
    form = sidebar.get_by_role("form", name="New space")
    instance = form.get_by_label("Instance type")
    expect(instance).to_be_enabled()
    types = instance.locator("option").all_text_contents()
    assert {"ml.t3.medium", "ml.g5.xlarge", "ml.trn1.2xlarge", "ml.trn1.32xlarge"} <= set(types)
    name = form.get_by_label("Name")
    name.fill("neuron")
    instance.select_option("ml.trn1.32xlarge")
    lab_page.screenshot("form")
    form.get_by_role("button", name="Create space").click()

    spaces = sidebar.get_by_role("region", name="Spaces")
    expect(spaces.get_by_role("listitem").filter(has_text="neuron")).to_contain_text("In service")
    domain = lab_page.lab.get("jupyter-sm-ext/connection")["domain_id"]
    space = lab_page.lab.get(f"jupyter-sm-ext/spaces/{domain}/neuron")
    settings = space["SpaceSettings"]["JupyterLabAppSettings"]["DefaultResourceSpec"]
    assert settings["InstanceType"] == "ml.trn1.32xlarge"

    # The same name again: the reason is said, and what was typed stays.
    spaces.get_by_role("button", name="New space").click()
    name.fill("neuron")
    form.get_by_role("button", name="Create space").click()
    expect(form.get_by_role("alert")).to_contain_text("neuron")
    expect(name).to_have_value("neuron")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab_page.theme(theme)
        lab_page.screenshot(f"spaces, {theme}")
