"""The hints of forms: each names a member of the model, and no form starts with what the model refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.model import StructureShape

from jupyter_sm_ext.checks.request_forms import checks, form_operations, put_in
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.requests.form_hints import FIRST_PAGE, Hint, Source
from jupyter_sm_ext.requests.form_schema import form_schema, label

HINTS = [(operation, hint) for operation, hints in FIRST_PAGE.items() for hint in hints]


def test_every_operation_has_a_first_page() -> None:
    assert FIRST_PAGE.keys() == form_operations().keys()


@pytest.mark.parametrize(("operation", "hint"), HINTS, ids=lambda each: getattr(each, "path", each))
def test_a_hint_is_a_member_of_the_model(operation: str, hint: Hint) -> None:
    for path in (hint.path, hint.when[0] if hint.when else hint.path):
        shape = get_model().operation(operation).input_shape
        for name in path.split("."):
            assert isinstance(shape, StructureShape)
            assert name in shape.members, f"{operation} has no {path}"
            shape = shape.members[name]
        if path == hint.path:
            continue
        assert shape is not None
        assert hint.when is not None
        assert hint.when[1] in shape.metadata["enum"]


@pytest.mark.parametrize("operation", FIRST_PAGE)
def test_literal_defaults_keep_the_constraints(operation: str) -> None:
    request: dict[str, object] = {}
    for hint in FIRST_PAGE[operation]:
        if hint.default is not None and not isinstance(hint.default, Source):
            put_in(request, hint.parts, hint.default)
    assert {each["message"] for each in checks(operation, request)} <= {"Required."}


@pytest.mark.parametrize("operation", FIRST_PAGE)
def test_structures_stand_by_name_and_are_there(operation: str) -> None:
    schema = form_schema(operation, frozenset(), "")
    waiting, seen = [schema, *schema["$defs"].values()], 0
    while waiting:
        found = waiting.pop()
        if not isinstance(found, dict):
            continue
        shape = found.get("x-shape")
        if shape:
            seen += 1
            assert schema["$defs"][shape]["properties"]
            assert "properties" not in found
        reference = found.get("$ref")
        if reference:
            assert "enum" in schema["$defs"][reference.removeprefix("#/$defs/")]
        waiting += [*found.get("properties", {}).values(), found.get("items"), found.get("additionalProperties")]
    assert seen


def test_what_is_chosen_from_a_list() -> None:
    schema = form_schema("CreateSpace", frozenset(), "SpaceName")
    assert schema["properties"]["DomainId"]["x-kind"] == "domains"
    assert "x-kind" not in schema["properties"]["SpaceName"], "it is a new name"
    owner = schema["$defs"]["OwnershipSettings"]["properties"]["OwnerUserProfileName"]
    assert owner["x-kind"] == "user-profiles"
    assert schema["$defs"]["AppInstanceType"]["x-instances"] == "AppInstanceType"


def descriptions(node: object) -> Iterator[str]:
    """Every text of help in a schema."""
    if isinstance(node, dict):
        if isinstance(node.get("description"), str):
            yield node["description"]
        for each in node.values():
            yield from descriptions(each)


def test_help_is_short_and_the_rest_is_there() -> None:
    found = form_schema("CreateTrainingJob", frozenset(), "TrainingJobName")["properties"]["HyperParameters"]
    assert found["x-more"].startswith(found["description"])
    assert max(len(text) for text in descriptions(form_schema("CreateDomain", frozenset(), "DomainName"))) <= 162
    assert len(found["description"]) < len(found["x-more"])
    assert "<" not in found["x-more"]


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("EbsVolumeSizeInGb", "EBS volume size in GB"),
        ("JupyterLabAppSettings", "JupyterLab app settings"),
        ("HyperParameters", "Hyperparameters"),
        ("LifecycleConfigArns", "Lifecycle config ARNs"),
        ("S3OutputPath", "S3 output path"),
        ("VpcId", "VPC ID"),
    ],
)
def test_a_member_as_words(member: str, words: str) -> None:
    assert label(member) == words
