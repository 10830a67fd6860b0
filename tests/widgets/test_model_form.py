"""Forms in a notebook, driven from Python: they hold every request, and say what is wrong where it is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sample_requests
from faulty_aws import FaultyAWS
from member_walk import sample
from panel_help import SECONDS, buttons, click, dimmed, domain_of, engine_with_apps, make_space, until

import jupyter_sm_ext as sm
from jupyter_sm_ext.checks.request_forms import checks, form_operations
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.errors import AccessDeniedError, ConflictError, UnknownOperationError, ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets.form_fields import Field
from jupyter_sm_ext.widgets.form_groups import GroupField, ListField

INSTANCE = "SpaceSettings.JupyterLabAppSettings.DefaultResourceSpec.InstanceType"
EDITORS = "SpaceSettings.CodeEditorAppSettings.DefaultResourceSpec.InstanceType"
WHOLE = {
    "CreateHyperParameterTuningJob": sample_requests.tuning(),
    "CreateTrainingJob": {
        **sample_requests.training(),
        "HyperParameters": {"epochs": "3", "config": '{\n "a": "b=c"\n}', "": " spaces "},
        "Environment": {"A": "x=y"},
        "EnableManagedSpotTraining": False,
    },
    **{
        f"Create{noun}": sample(get_model().operation(f"Create{noun}").input_shape)
        for noun in ("Domain", "UserProfile", "Space", "App")
    },
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with engine_with_apps(tmp_path_factory.mktemp("forms")) as running:
        yield running


def open_all(field: Field) -> int:
    """Open every structure and list there is, as somebody who looks at all; returns how many fields there are."""
    if isinstance(field, GroupField):
        field.widget.selected_index = 0
        return 1 + sum(map(open_all, field._members.values()))
    return 1 + (sum(map(open_all, field._items)) if isinstance(field, ListField) else 0)


@pytest.mark.parametrize("operation", [name for name in form_operations() if name.startswith("Create")])
def test_every_create_has_a_form_that_starts_as_the_sidebars(studio: Studio, operation: str) -> None:
    form = sm.form(operation, studio=studio)
    assert form.request == form._form["defaults"]
    assert [".".join(field.path) for _, field in form._first if field] == [
        ".".join(each["path"]) for each in form._form["ui"]["first"]
    ]
    assert form.check() == checks(operation, form.request)


@pytest.mark.parametrize("operation", WHOLE)
def test_whatever_is_entered_comes_out_as_it_was(studio: Studio, operation: str) -> None:
    form = sm.form(operation, studio=studio)
    with form._fields.muted():
        form._root.enter(WHOLE[operation])
    assert form.request == WHOLE[operation]
    # Now through the controls of every field.
    assert open_all(form._root) > len(WHOLE[operation])
    assert form.request == WHOLE[operation]


def test_what_is_wrong_is_said_at_the_field_in_the_words_of_the_sidebar(studio: Studio) -> None:
    form = sm.form("CreateSpace", studio=studio)
    name = form.field("SpaceName")
    name.control.value = "not a name!"
    (told,) = checks("CreateSpace", form.request)
    assert told["path"] == ["SpaceName"]
    assert told["message"] in name._error.value
    name.control.value = ""
    # That it is required is said to those who try, not while they fill in.
    assert name._error.value == ""
    assert form.check() == [{"path": ["SpaceName"], "message": "Required."}]
    assert "Required." in name._error.value
    with pytest.raises(ValidationError, match=r"1 to be mended: SpaceName: Required\."):
        form.create()
    # A button shows what code is told.
    form._submit.click()
    assert "SpaceName: Required." in form.message
    name.control.value = "a-name"
    assert name._error.value == ""
    assert form.message == ""


def test_what_is_wrong_in_a_part_that_nobody_opened_finds_its_place(studio: Studio) -> None:
    form = sm.form("CreateSpace", studio=studio)
    form.fill({"Tags": [{"Key": "k", "Value": "v"}, {"Key": ""}]})
    form.fill({"SpaceSettings.SpaceStorageSettings.EbsStorageSettings.EbsVolumeSizeInGb": "many"})
    wrong = {".".join(map(str, each["path"])): each["message"] for each in form.check()}
    size = "SpaceSettings.SpaceStorageSettings.EbsStorageSettings.EbsVolumeSizeInGb"
    assert wrong.keys() == {"Tags.1.Key", "Tags.1.Value", size}
    for path, message in wrong.items():
        assert message in form.field(path)._error.value
    assert "(to be mended)" in form._root.widget.titles[0]
    assert form.message == ""


def test_lists_grow_and_shrink(studio: Studio) -> None:
    form = sm.form("CreateSpace", studio=studio)
    tags: Any = form.field("Tags")
    for key in ("a", "b", "c"):
        tags.add({"Key": key, "Value": "1"})
    tags.remove(1)
    assert [each["Key"] for each in form.request["Tags"]] == ["a", "c"]
    form.field("Tags.1.Key").control.value = "d"
    assert form.request["Tags"][1] == {"Key": "d", "Value": "1"}
    form.fill({"Tags": None})
    assert "Tags" not in form.request


def test_fields_of_another_kind_of_app_wait_with_their_values(studio: Studio) -> None:
    form = sm.form("CreateSpace", studio=studio)
    form.fill({INSTANCE: "ml.trn1.2xlarge"})
    assert form.field(EDITORS).widget.layout.display == "none"
    form.field("SpaceSettings.AppType").control.value = "CodeEditor"
    settings = form.request["SpaceSettings"]
    assert "JupyterLabAppSettings" not in settings
    assert form.field(EDITORS).widget.layout.display == ""
    assert form.field(EDITORS).value == settings["CodeEditorAppSettings"]["DefaultResourceSpec"]["InstanceType"]
    form.field("SpaceSettings.AppType").control.value = "JupyterLab"
    assert "CodeEditorAppSettings" not in form.request["SpaceSettings"]
    assert form.field(INSTANCE).value == "ml.trn1.2xlarge"


def test_an_instance_is_chosen_by_what_it_has(studio: Studio) -> None:
    form = sm.form("CreateSpace", studio=studio)
    field: Any = form.field(INSTANCE)
    field.widget.children[1].value = True
    assert field._picker.value == field.value
    field._picker.filter(accelerator="Trainium")
    field._picker._select.value = "ml.trn1.32xlarge"
    assert form.request["SpaceSettings"]["JupyterLabAppSettings"]["DefaultResourceSpec"] == {
        "InstanceType": "ml.trn1.32xlarge"
    }
    checked = {each.check: each for each in form._preflight.wait(SECONDS)}
    assert checked["constraints"].state == "ok"


def test_what_is_sent_is_there_and_what_is_refused_is_told(studio: Studio) -> None:
    make_space(studio, "taken")
    form = sm.form("CreateSpace", studio=studio)
    form.fill({"SpaceName": "taken"})
    form._submit.click()
    with pytest.raises(ConflictError):
        form.wait(SECONDS)
    assert "taken" in form._progress.value
    assert not form._submit.disabled
    # What was filled in is kept.
    form.fill({"SpaceName": "free"})
    answers: list[dict[str, Any]] = []
    form.on_done(answers.append)
    form.create().wait(SECONDS)
    assert answers[0]["SpaceArn"].endswith("/free")
    assert studio.describe("spaces", domain_of(studio), "free")["SpaceSettings"]["AppType"] == "JupyterLab"


def test_an_update_sends_its_key_and_what_was_changed(studio: Studio) -> None:
    domain, name = make_space(studio, "changed")
    form = sm.form("UpdateSpace", {"DomainId": domain, "SpaceName": name}, studio=studio)
    assert form.request == {"DomainId": domain, "SpaceName": name}
    form.fill({"SpaceDisplayName": "Another"})
    form.submit().wait(SECONDS)
    assert studio.describe("spaces", domain, name)["SpaceDisplayName"] == "Another"
    with pytest.raises(ValidationError, match="UpdateSpace needs SpaceName"):
        sm.form("UpdateSpace", {"DomainId": domain}, studio=studio)


def test_names_of_what_is_there_are_offered(studio: Studio) -> None:
    domain = domain_of(studio)
    form = sm.form("CreateSpace", studio=studio)
    owner: Any = form.field("OwnershipSettings.OwnerUserProfileName")

    def offered() -> tuple[str, ...]:
        for thread in form.names.asking:
            thread.join(SECONDS)
        return tuple(owner.control.options)

    assert offered() == ("default",)
    assert form.field("DomainId").control.options == (domain,)
    # Profiles belong to a domain: of another there are others.
    form.field("DomainId").control.value = "d-another"
    assert offered() == ()
    form.field("DomainId").control.value = domain
    assert offered() == ("default",)
    # A new name is nobody's.
    assert not hasattr(form.field("SpaceName").control, "options")


def test_the_request_as_code(studio: Studio) -> None:
    form = sm.form("CreateSpace", studio=studio)
    form.fill({"SpaceName": "as-code", INSTANCE: "ml.trn1.2xlarge"})
    compile(form.boto3, "code", "exec")
    assert 'SpaceName="as-code"' in form.boto3
    assert "aws sagemaker create-space" in form.command
    assert "as-code" in repr(form)
    form._show_code(form.boto3)
    assert form._code.layout.display == ""
    # Code of what was there before is not left standing.
    form.field("SpaceName").control.value = "another"
    assert form._code.layout.display == "none"


def test_what_there_is_not_is_refused(studio: Studio) -> None:
    with pytest.raises(UnknownOperationError):
        sm.form("CreateHub", studio=studio)
    form = sm.form("CreateSpace", studio=studio)
    with pytest.raises(ValidationError, match="NoSuch"):
        form.fill({"SpaceName": "not-entered", "SpaceSettings.NoSuch": 1})
    assert form.request["SpaceName"] != "not-entered"


def test_a_forms_button_dims_when_its_operation_is_denied(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain, other = domain_of(studio), "d-of-somebody-else"
    arn = f"arn:aws:sagemaker:{studio.connection.region}:111122223333:space/{domain}/mine"
    with FaultyAWS(studio.connection.data_dir).serving() as aws:
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        form = sm.form("CreateSpace", {"DomainId": domain}, studio=Studio(open_connection(Choice("aws"), tmp_path)))
        form.fill({"SpaceName": "mine"})
        aws.deny("CreateSpace", arn)
        click(form, "Create")
        with pytest.raises(AccessDeniedError):
            form.wait(SECONDS)
        until(lambda: dimmed(form) == ["Create"], "the button dims")
        (button,) = [each for each in buttons(form) if each.description == "Create"]
        assert button.tooltip == "sagemaker:CreateSpace is denied to you"
        # In another domain nobody was refused anything.
        form.fill({"DomainId": other})
        assert (dimmed(form), button.tooltip) == ([], "Create")
        form.fill({"DomainId": domain})
        assert dimmed(form) == ["Create"]

        # Pressed, it tells why, and asks nobody.
        tries = aws.calls["CreateSpace"]
        click(form, "Create")
        assert form.message.startswith("sagemaker:CreateSpace is denied to you\n")
        assert "&quot;Action&quot;: &quot;sagemaker:CreateSpace&quot;" in form._notice.value
        assert aws.calls["CreateSpace"] == tries

        # Who insists is not held back; given the permission, it works, and nothing is dimmed any longer.
        click(form, "Try all the same")
        with pytest.raises(AccessDeniedError):
            form.wait(SECONDS)
        assert aws.calls["CreateSpace"] == tries + 1
        until(lambda: dimmed(form) == ["Create"] and not button.disabled, "it stays dimmed")
        click(form, "Create")
        aws.faults.clear()
        click(form, "Try all the same")
        form.wait(SECONDS)
        until(lambda: dimmed(form) == [], "what works is not dimmed")
        form.close()
