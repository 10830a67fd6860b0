"""The policy of each feature: fresh, as IAM takes them, and for every operation that the code calls."""

from __future__ import annotations

import ast
import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from policy_words import features_of, needs_policy

import jupyter_sm_ext
from jupyter_sm_ext.checks.policies import FEATURES, WATCH, Feature, Place, policy
from jupyter_sm_ext.failures.denials import ELSEWHERE, action_of
from jupyter_sm_ext.resources import resources

ROOT = Path(__file__).parents[1]
PACKAGE = Path(jupyter_sm_ext.__file__).parent
MOST = 6_144  # characters of a managed policy, without white space
ARN = re.compile(r"\*|arn:(aws|aws-cn|aws-us-gov):[a-z0-9-]+:[\w*-]*:(\*|\d{12})?:[^\s]+")
# Methods of boto3's own that call operations of another name.
TRANSFERS = {
    "upload_fileobj": ("PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"),
    "download_file": ("HeadObject", "GetObject"),
}
TABLES = ("policies.py", "denials.py", "doctor_calls.py")  # name operations of others
ABORTED = {"AbortMultipartUpload"}  # by what uploads in parts, when it breaks off
SERVICES = ("sagemaker", *sorted(set(ELSEWHERE.values())))


@pytest.fixture(scope="module")
def operations() -> dict[str, str]:
    """Every operation of the services that we call, by the name of its method; of SageMaker and by AWS's name, too."""
    found: dict[str, str] = {}
    session = boto3.Session(region_name="us-east-1")
    for service in SERVICES:
        model = session._session.get_service_model(service)
        found |= {xform_name(name): name for name in model.operation_names}
        if service in ("sagemaker", "logs"):
            found |= {name: name for name in model.operation_names}
    return found


def called(operations: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Operations that the code names, and where: methods of clients, paginators and AWS's names in strings."""
    verbs = {verb for row in resources() for verb in row.verbs}
    for path in sorted(PACKAGE.rglob("*.py")):
        where = path.relative_to(PACKAGE)
        if where.parts[0] in ("engine", "labextension") or where.name in TABLES:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                method = node.func.attr
                names += TRANSFERS.get(method, ())
                texts = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
                if method in operations and "_" in method and not ast.unparse(node.func).startswith("optuna."):
                    names.append(operations[method])
                if method == "get_paginator":
                    names += [operations[str(text)] for text in texts[:1]]
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in operations:
                names += [operations[node.value]] if "_" not in node.value else []
            for name in names:
                yield name, f"{where}:{node.lineno}"
    for row in resources():
        for verb in verbs & row.verbs:
            yield row.operation(verb), "resources.py"


def test_every_operation_that_the_code_calls_has_its_feature(operations: dict[str, str]) -> None:
    found: dict[str, str] = {}
    for name, where in called(operations):
        found.setdefault(name, where)
    assert len(found) > 50
    missing = {name: where for name, where in found.items() if needs_policy(name) and not features_of(name)}
    assert missing == {}, "give them a feature in policies.py"
    told = {name for feature in FEATURES for name in feature.operations}
    assert told - found.keys() - ABORTED == set(), "nothing calls them any more: take them out of policies.py"
    elsewhere = {name for name in found if name in ELSEWHERE}
    assert set(ELSEWHERE) - elsewhere - ABORTED == set()


def test_the_reader_of_the_code_sees_a_new_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new.py").write_text('client.put_bucket_policy(Bucket="x")\nstudio.call("CreateModel", {})\n')
    monkeypatch.setattr("test_policies.PACKAGE", tmp_path)
    known = {"put_bucket_policy": "PutBucketPolicy", "CreateModel": "CreateModel"}
    found = {name for name, where in called(known) if where.startswith("new.py")}
    assert found == {"PutBucketPolicy", "CreateModel"}
    assert not any(features_of(name) for name in found)


def test_the_files_are_fresh() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "make_policies.py"))["documents"]()
    there = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "iam").glob("*.json")}
    assert there == made, "run nox -s policies"


def test_the_page_tells_of_each() -> None:
    page = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
    told = re.findall(r"\| \[`(\w+)`\]\(iam/(\w+)\.json\) \| ([^|]+) \|", page)
    assert told == [(each.name, each.name, each.text) for each in FEATURES]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
@pytest.mark.parametrize(
    "place", [Place(), Place("aws-cn", "cn-north-1", "111122223333", "data", "arn:aws-cn:iam::111122223333:role/jobs")]
)
def test_iam_takes_it(feature: Feature, place: Place) -> None:
    made = policy(feature, place)
    assert made.keys() == {"Version", "Statement"}
    assert made["Version"] == "2012-10-17"
    assert len(json.dumps(made, separators=(",", ":"))) <= MOST
    for each in made["Statement"]:
        assert {"Effect", "Action", "Resource"} <= each.keys() <= {"Effect", "Action", "Resource", "Condition"}
        assert each["Effect"] == "Allow"
        actions, about = listed(each["Action"]), listed(each["Resource"])
        assert actions
        assert about
        assert all(re.fullmatch(r"[a-z0-9-]+:[A-Z]\w+", action) for action in actions)
        assert all(ARN.fullmatch(arn) for arn in about), about
        assert all(arn == "*" or arn.startswith(f"arn:{place.partition}:") for arn in about)
        for operator, keys in each.get("Condition", {}).items():
            assert operator == "StringEquals"
            assert all(re.fullmatch(r"iam:\w+", key) for key in keys)
        # Whoever may hand over any role to any service may do everything.
        assert "iam:PassRole" not in actions or "Condition" in each


def test_no_policy_allows_more_than_is_called() -> None:
    for feature in FEATURES:
        actions = {action for each in policy(feature)["Statement"] for action in listed(each["Action"])}
        needed = {action_of(name) for name in feature.operations}
        extra = {"sagemaker:AddTags", "iam:PassRole", "iam:CreateServiceLinkedRole"}
        assert needed <= actions <= needed | extra
    assert not any(action.split(":")[1].startswith(("Create", "Update", "Delete", "Put")) for action in watched())


def test_roles_are_handed_over_where_a_request_can_name_one() -> None:
    with_roles = {each.name for each in FEATURES if "iam:PassRole" in json.dumps(policy(each))}
    assert with_roles == {"jobs", "administrators"}


def watched() -> set[str]:
    return {action for each in policy(WATCH)["Statement"] for action in listed(each["Action"])}


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value
