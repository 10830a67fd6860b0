"""What follows from a job, by its Actions button: a clone, another try, a warm start, its best trial, code, a file."""

from __future__ import annotations

import re

import pytest
from lab_notebook import SCRIPT
from lab_page import JobView, LabPage
from lab_server import LabServer
from playwright.sync_api import Locator, expect

import jupyter_sm_ext as sm

THEMES = ("JupyterLab Light", "JupyterLab Dark")
BROKEN = "raise ValueError('no such column')\n"


@pytest.fixture(scope="module")
def studio(lab: LabServer) -> sm.Studio:
    return sm.Studio(sm.connect("local", data_dir=lab.data_dir))


@pytest.fixture(scope="module")
def tuned(studio: sm.Studio) -> sm.TuningJob:
    job = sm.tune(
        SCRIPT.format(epochs=1),
        studio=studio,
        name="tuned",
        ranges={"width": (0.0, 1.0)},
        objective="validation:accuracy",
        max_jobs=3,
        parallel=3,
    )
    studio.wait("tuning-jobs", job.name, timeout=120)
    return job


def act(window: LabPage, view: JobView, what: str) -> None:
    view.node.get_by_role("button", name="Actions", exact=True).first.click()
    window.page.get_by_role("menuitem", name=what).click()


def form(window: LabPage, title: str) -> Locator:
    found = window.main().get_by_role("form", name=title)
    expect(found).to_be_visible()
    return found


def test_a_clone_is_edited_and_started(lab_page: LabPage, studio: sm.Studio, tuned: sm.TuningJob) -> None:
    lab_page.open()
    view = lab_page.open_job("tuning-jobs", tuned.name)
    view.node.get_by_role("button", name="Actions", exact=True).click()
    menu = lab_page.page.get_by_role("menu")
    expect(menu.get_by_role("menuitem", name="Clone and edit…")).to_be_visible()
    # It has not failed: there is nothing to try again.
    expect(menu.get_by_role("menuitem", name="Try again…")).to_have_count(0)
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(f"menu, {theme}")
    menu.get_by_role("menuitem", name="Clone and edit…").click()
    clone = form(lab_page, "Clone of tuned")
    name = clone.get_by_label("Name").first
    expect(name).to_have_value(re.compile("^tuned-"))
    name.fill("tuned-twice")
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(f"form, {theme}")
    clone.get_by_role("button", name="Create", exact=True).click()
    again = JobView(lab_page.main().get_by_role("article").filter(has_text="tuned-twice"))
    expect(again.status).to_have_text("Completed", timeout=120_000)
    first, second = (studio.describe("tuning-jobs", each) for each in ("tuned", "tuned-twice"))
    assert second["TrainingJobDefinition"] == first["TrainingJobDefinition"]
    assert second["HyperParameterTuningJobConfig"] == first["HyperParameterTuningJobConfig"]


def test_by_keyboard_to_the_best_trial(lab_page: LabPage, studio: sm.Studio, tuned: sm.TuningJob) -> None:
    lab_page.open()
    view = lab_page.open_job("tuning-jobs", tuned.name)
    actions = view.node.get_by_role("button", name="Actions", exact=True)
    actions.focus()
    lab_page.page.keyboard.press("Enter")
    expect(lab_page.page.get_by_role("menu")).to_be_visible()
    lab_page.page.keyboard.press("Escape")
    expect(actions).to_be_focused()
    act(lab_page, view, "Train with the best trial…")
    best = form(lab_page, "Best trial of tuned")
    best.get_by_label("Name").first.fill("the-best")
    best.get_by_role("button", name="Create", exact=True).click()
    trained = JobView(lab_page.main().get_by_role("article").filter(has_text="the-best"))
    expect(trained.status).to_have_text("Completed", timeout=120_000)
    found = tuned.best
    assert found is not None
    width = studio.describe("training-jobs", "the-best")["HyperParameters"]["width"]
    assert float(width) == pytest.approx(found.hyperparameters["width"])


def test_a_warm_start_names_its_parent(lab_page: LabPage, studio: sm.Studio, tuned: sm.TuningJob) -> None:
    lab_page.open()
    act(lab_page, lab_page.open_job("tuning-jobs", tuned.name), "Warm start from this…")
    warm = form(lab_page, "Warm start from tuned")
    warm.get_by_label("Name").first.fill("warm")
    warm.get_by_role("button", name="Create", exact=True).click()
    expect(lab_page.main().get_by_role("article").filter(has_text="warm")).to_be_visible()
    config = studio.describe("tuning-jobs", "warm")["WarmStartConfig"]
    assert config["ParentHyperParameterTuningJobs"] == [{"HyperParameterTuningJobName": "tuned"}]


def test_what_failed_is_tried_again(lab_page: LabPage, studio: sm.Studio) -> None:
    sm.train(BROKEN, studio=studio, name="broken")
    studio.wait("training-jobs", "broken", timeout=60)
    lab_page.open()
    act(lab_page, lab_page.open_job("training-jobs", "broken"), "Try again…")
    dialog = lab_page.page.get_by_role("dialog")
    expect(dialog).to_contain_text("as a new job named broken-")
    lab_page.screenshot("dialog")
    dialog.get_by_role("button", name="Start it").click()
    again = lab_page.main().get_by_role("heading", name=re.compile("^broken-"), level=2)
    expect(again).to_be_visible()
    studio.wait("training-jobs", again.inner_text(), timeout=60)


def test_trials_are_saved_as_a_file(lab_page: LabPage, tuned: sm.TuningJob) -> None:
    lab_page.open()
    view = lab_page.open_job("tuning-jobs", tuned.name)
    with lab_page.page.expect_download() as saved:
        act(lab_page, view, "Save as CSV")
    assert saved.value.suggested_filename == "tuned-trials.csv"
    lines = saved.value.path().read_text().splitlines()
    assert lines[0].startswith("width,TrainingJobName,TrainingJobStatus,FinalObjectiveValue")
    assert len(lines) == 4


def test_a_job_is_copied_as_code(lab_page: LabPage, tuned: sm.TuningJob) -> None:
    page = lab_page.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab_page.open()
    view = lab_page.open_job("tuning-jobs", tuned.name)
    for what, words in (
        ("Copy as boto3", 'HyperParameterTuningJobName="tuned"'),
        ("Copy as AWS CLI", "aws sagemaker create-hyper-parameter-tuning-job"),
        ("Copy code for a DataFrame", 'sm.TuningJob("tuned").dataframe()'),
    ):
        act(lab_page, view, what)
        page.wait_for_function(
            "(words) => navigator.clipboard.readText().then(text => text.includes(words))", arg=words
        )
