"""The table of operations in the documentation is what the engine has, no more and no less."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ParamValidationError
from contract_backend import Backend, running_engine

from jupyter_sm_ext.resources import resources

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "operations.md"
ROW = re.compile(
    r"\| (?P<operation>\w+)(?: \((?P<service>[^)]+)\))? \| (?P<engine>\w+) \| (?P<tests>[^|]+) \|(?P<notes>.*)\|"
)
SERVICES = {
    "SageMaker": "sagemaker",
    "CloudWatch": "cloudwatch",
    "CloudWatch Logs": "logs",
    "Service Quotas": "service-quotas",
    "STS": "sts",
}
ABSENT = {
    "UnknownOperationException",
    "NotImplemented",
    "MethodNotAllowed",
    "400",  # of S3's operations that have a host name of their own
    "MissingAuthenticationToken",  # of STS's operations that are not signed
}


@cache
def rows() -> list[re.Match[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|---"))
    found = [ROW.fullmatch(line) for line in lines[start + 1 :]]
    assert all(found), f"not a row: {lines[start + 1 + found.index(None)]}"
    return [row for row in found if row]


def told(service: str) -> set[str]:
    return {row["operation"] for row in rows() if (row["service"] or "SageMaker") == service and row["engine"] == "yes"}


def minimal(shape: Any) -> Any:
    """The least that botocore sends for a shape."""
    kind = shape.type_name
    if kind == "structure":
        return {name: minimal(shape.members[name]) for name in shape.required_members}
    if kind == "string":
        return shape.enum[0] if shape.enum else "no-such-name"
    plain = {"list": list, "map": dict, "integer": int, "long": int, "boolean": bool, "blob": bytes, "timestamp": int}
    return [minimal(shape.member)] if kind == "list" else plain[kind]()


def answered(backend: Backend, service: str, *, with_members: bool) -> set[str]:
    """Operations of a service that the engine knows, whatever it thinks of the request."""
    config = Config(
        parameter_validation=with_members,
        inject_host_prefix=False,
        retries={"total_max_attempts": 1},
        s3={"addressing_style": "path"},
    )
    client = backend._session.client(service, endpoint_url=backend.endpoint_url, config=config)
    found = set()
    for name in client.meta.service_model.operation_names:
        shape = client.meta.service_model.operation_model(name).input_shape
        request = minimal(shape) if with_members and shape is not None else {}
        try:
            getattr(client, xform_name(name))(**request)
        except ParamValidationError:
            continue  # a union of what the engine has none of
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                continue
        found.add(name)
    client.close()
    return found


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One that nothing else looks at: it is asked for everything there is."""
    with running_engine(tmp_path_factory.mktemp("engine")) as made:
        yield made


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_is_what_the_engine_has(engine: Backend, service: str) -> None:
    assert answered(engine, SERVICES[service], with_members=False) == told(service)


def test_the_table_is_what_the_engine_has_of_s3(engine: Backend) -> None:
    assert answered(engine, "s3", with_members=True) == told("S3")


def test_every_operation_of_a_resource_is_there() -> None:
    wanted = {row.operation(verb) for row in resources() for verb in row.verbs}
    wanted |= {"AddTags", "ListTags", "DeleteTags", "Search", "CreatePresignedDomainUrl"}
    wanted |= {"ListTrainingJobsForHyperParameterTuningJob"}
    assert wanted <= {row["operation"] for row in rows() if not row["service"]}


def test_it_is_in_order() -> None:
    names = [f"{row['operation']} ({row['service']})" if row["service"] else row["operation"] for row in rows()]
    assert names == sorted(set(names))


def test_the_tests_it_names_are_there() -> None:
    there = {path.name for path in TESTS.rglob("test_*.py")}
    for row in rows():
        named = re.findall(r"`(?:tests/(?:\w+/)*)?(\w+\.py)`", row["tests"])
        assert named, f"{row['operation']} names no test"
        assert set(named) <= there, f"{row['operation']} names a test that is not there"
