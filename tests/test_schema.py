"""JSON Schemas of requests: complete, finite, in JavaScript's dialect, and of one mind with the check."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError as SchemaMismatch
from jsonschema.validators import extend
from sample_requests import CREATE_TRAINING, CREATE_TUNING, training, tuning

from jupyter_sm_ext.model import Model, get_model
from jupyter_sm_ext.shapes.schema import ecma_pattern, first_sentence, plain_text


@pytest.fixture(scope="module")
def model() -> Model:
    return get_model()


def _pattern(validator: Any, pattern: str, instance: object, schema: object) -> Any:
    # Schemas are for JavaScript, where \p is known; so it is to this validator.
    if isinstance(instance, str) and not regex.search(pattern.removesuffix("$") + r"\Z", instance):
        yield SchemaMismatch(f"{instance!r} does not match {pattern!r}")


SchemaValidator = extend(Draft202012Validator, {"pattern": _pattern})


def fits(model: Model, operation: str, request: object) -> bool:
    return bool(SchemaValidator(model.json_schema(operation)).is_valid(request))


def test_schemas_of_all_requests_are_schemas(model: Model) -> None:
    for operation in (CREATE_TRAINING, CREATE_TUNING, "CreateDomain", "CreateSpace", "Search", "ListTags"):
        schema = model.json_schema(operation)
        Draft202012Validator.check_schema(schema, format_checker=FormatChecker(formats=()))
        assert schema["title"] == operation
        assert not re.search(r"</?(p|code|li|a)\b", json.dumps(schema))
        assert json.dumps(schema) == json.dumps(model.json_schema(operation))


def test_a_schema_takes_what_the_check_takes(model: Model) -> None:
    assert fits(model, CREATE_TRAINING, training())
    assert fits(model, CREATE_TUNING, tuning())


LEAVES = st.sampled_from(
    [
        ("TrainingJobName", "a_b"),
        ("TrainingJobName", ""),
        ("TrainingJobName", "a\n"),
        ("RoleArn", 5),
        ("RoleArn", "arn"),
        ("Unknown", 1),
        ("HyperParameters", {"a": 1}),
        ("HyperParameters", {"k" * 300: "1"}),
        ("HyperParameters", {"a": "1"}),
        ("Tags", [{"Key": "k", "Value": "日本"}]),
        ("Tags", [{"Key": "<", "Value": "v"}]),
        ("StoppingCondition", {"MaxRuntimeInSeconds": 0}),
        ("StoppingCondition", {"MaxPendingTimeInSeconds": 2_419_201}),
        ("EnableNetworkIsolation", 1),
        ("ResourceConfig", {"InstanceType": "ml.t2.medium", "VolumeSizeInGB": 1}),
        ("ResourceConfig", {"InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}),
        ("VpcConfig", {"SecurityGroupIds": [], "Subnets": ["s"]}),
        ("RetryStrategy", {"MaximumRetryAttempts": 1}),
    ]
)


@given(st.lists(LEAVES, max_size=3))
@settings(max_examples=60, deadline=None)
def test_schema_and_check_agree(changes: list[tuple[str, Any]]) -> None:
    model = get_model()
    request = training(**dict(changes))
    assert fits(model, CREATE_TRAINING, request) == (model.check(CREATE_TRAINING, request) == [])


def test_a_recursive_shape_has_a_finite_schema(model: Model) -> None:
    expression = model.json_schema("Search")["$defs"]["SearchExpression"]
    assert expression["properties"]["SubExpressions"]["items"] == {"$ref": "#/$defs/SearchExpression"}


def test_an_operation_without_a_request_has_a_schema_that_takes_nothing() -> None:
    sts = get_model("sts")
    assert fits(sts, "GetCallerIdentity", {})
    assert not fits(sts, "GetCallerIdentity", {"x": 1})


def test_documentation_becomes_plain_text() -> None:
    html = "<p>Use <code>x &amp; y</code>.\n   See <a href='u'>this</a>.</p><ul><li><p>one</p></li><li>two</li></ul>"
    assert plain_text(html) == "Use x & y. See this.\n- one\n- two"
    assert plain_text("") == ""
    assert first_sentence("One. Two.") == "One."
    assert first_sentence("No stop") == "No stop"


@pytest.mark.parametrize(
    ("java", "ecma"),
    [
        (r"[a-z\-]*:\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+", r"^(?:[a-z\-]*:\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)$"),
        (r"[\w\:\@]+\-a\=", r"^(?:[\w:@]+-a=)$"),
        (r"([\p{L}_]*)${1,128}", r"^(?:([\p{L}_]*))$"),
        (r"arn:[\p{Alnum}\-]+", r"^(?:arn:[a-zA-Z0-9\-]+)$"),
    ],
)
def test_patterns_for_javascript(java: str, ecma: str) -> None:
    assert ecma_pattern(java) == ecma


@pytest.mark.skipif(
    shutil.which("node") is None, reason="JavaScript is judged by a JavaScript engine, where there is one"
)
def test_javascript_takes_every_pattern(model: Model) -> None:
    shapes = (model.service.shape_for(name) for name in model.service.shape_names)
    patterns = [ecma_pattern(shape.metadata["pattern"]) for shape in shapes if "pattern" in shape.metadata]
    script = "for (const p of JSON.parse(require('fs').readFileSync(0))) new RegExp(p, 'u')"
    subprocess.run(["node", "-e", script], input=json.dumps(patterns), text=True, check=True)
