"""Every List and every parameter it has: what comes back is what a reading of the parameters says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.model import StructureShape
from hypothesis import given, settings
from hypothesis import strategies as st
from local_engine_parts import START, Parts

from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.errors import SageMakerError, ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import resources

Json = dict[str, Any]
DOMAINS = ("d-aaaaaaaaaaaa", "d-bbbbbbbbbbbb")
COLORS = ("red", "green", "blue")
PLAN = "arn:aws:sagemaker:us-east-1:000000000000:training-plan/one"
TRIALS = "ListTrainingJobsForHyperParameterTuningJob"
TUNING = {
    "HyperParameterTuningJobConfig": {
        "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]},
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
    },
    "TrainingJobDefinition": {},
}
OPERATIONS = {row.operation("list"): (row.kind, row.summaries, row.key[-1], row.status) for row in resources()}
OPERATIONS[TRIALS] = ("training-jobs", "TrainingJobSummaries", "TrainingJobName", "TrainingJobStatus")


def shape(operation: str) -> StructureShape:
    found = get_model().operation(operation).input_shape
    assert found is not None
    return found


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Twenty-four of each kind, made in disorder, some at the same time."""
    made = Parts(Path(tmp_path_factory.mktemp("lists")) / "data")
    store = made.engine.store
    with store.transaction():
        store.database.execute("DELETE FROM records")
        for row in resources():
            for record in records(made, row.kind, row.key[-1], row.status):
                store.insert(record)
    yield made
    made.close()


def records(parts: Parts, kind: str, name_member: str, status_member: str) -> Iterator[Record]:
    dice = random.Random(kind)
    (row,) = (row for row in resources() if row.kind == kind)
    statuses = get_model().service.shape_for(
        {"Domain": "DomainStatus", "UserProfile": "UserProfileStatus", "Space": "SpaceStatus"}.get(
            row.noun, row.status if row.noun != "App" else "AppStatus"
        )
    )
    for number in dice.sample(range(24), 24):
        name = DOMAINS[number] if kind == "domains" and number < 2 else f"{COLORS[number % 3]}-{number:02d}"
        domain = DOMAINS[number % 2]
        body: Json = {
            name_member: name,
            status_member: statuses.metadata["enum"][number % len(statuses.metadata["enum"])],
            row.arn: parts.engine.arn(row, name),
            "CreationTime": START + dice.randrange(8),
            "LastModifiedTime": START + 100 + dice.randrange(8),
        }
        key, parent, objective = name, None, None
        if "DomainId" in row.key and kind != "domains":
            body["DomainId"], parent = domain, domain
            key = f"{domain}/{name}"
        if kind == "apps":
            word, owner = ("space", "SpaceName") if number % 4 else ("profile", "UserProfileName")
            body[owner] = f"owner-{number % 3}"
            key = f"{domain}/{word}/{body[owner]}/JupyterLab/{name}"
        if kind == "training-jobs":
            parent = "tuning" if number % 4 else None
            objective = dice.choice([None, 0.25, 0.5, 0.75])
            body["HyperParameters"] = {"x": "0.5"}
            if number % 5 == 0:
                body["WarmPoolStatus"] = {"Status": "Reused"}
            if number % 5 == 1:
                body["TrainingPlanArn"] = PLAN
        if kind == "tuning-jobs":
            body |= TUNING
            if number == 0:
                key = body[name_member] = "tuning"
        times = (body["CreationTime"], body["LastModifiedTime"])
        yield Record(
            kind, key, body[row.arn], *times, body[status_member], parent, number, objective, summary=body, body=body
        )


def walk(parts: Parts, operation: str, request: Json) -> list[str]:
    """Names from all pages."""
    _, member, name, _ = OPERATIONS[operation]
    names: list[str] = []
    request = dict(request)
    while True:
        found = parts.call(operation, **request)
        assert set(found) <= {member, "NextToken"}
        assert len(found[member]) <= request.get("MaxResults", 100)
        names += [row[name] for row in found[member]]
        if "NextToken" not in found:
            return names
        request["NextToken"] = found["NextToken"]


def expected(parts: Parts, operation: str, request: Json) -> list[str]:
    """The same, by the words of the API reference."""
    kind, _, name, status = OPERATIONS[operation]
    rows = parts.engine.store.find(kind)
    sort = request.get("SortBy", "Name" if "HyperParameterTuningJob" in operation else "CreationTime")
    wants = {
        "CreationTimeAfter": lambda row, value: row.created >= value,
        "CreationTimeBefore": lambda row, value: row.created < value,
        "LastModifiedTimeAfter": lambda row, value: row.modified >= value,
        "LastModifiedTimeBefore": lambda row, value: row.modified < value,
        "StatusEquals": lambda row, value: row.body[status] == value,
        "NameContains": lambda row, value: value in row.body[name],
        "SpaceNameContains": lambda row, value: value in row.body[name],
        "UserProfileNameContains": lambda row, value: value in row.body[name],
        "DomainIdEquals": lambda row, value: row.body["DomainId"] == value,
        "SpaceNameEquals": lambda row, value: row.body.get("SpaceName") == value,
        "UserProfileNameEquals": lambda row, value: row.body.get("UserProfileName") == value,
        "WarmPoolStatusEquals": lambda row, value: row.body.get("WarmPoolStatus", {}).get("Status") == value,
        "TrainingPlanArnEquals": lambda row, value: row.body.get("TrainingPlanArn") == value,
        "HyperParameterTuningJobName": lambda row, value: row.parent == value,
        "SortBy": lambda row, value: value != "FinalObjectiveMetricValue" or row.objective is not None,
    }
    for member, value in request.items():
        if member in wants:
            rows = [row for row in rows if wants[member](row, value)]
        else:
            assert member in ("SortOrder", "MaxResults"), member
    values = {
        "CreationTime": lambda row: row.created,
        "LastModifiedTime": lambda row: row.modified,
        "Name": lambda row: row.key,
        "Status": lambda row: row.body[status],
        "FinalObjectiveMetricValue": lambda row: row.objective,
    }
    rows.sort(key=lambda row: (values[sort](row), row.key), reverse=request.get("SortOrder") == "Descending")
    return [row.body[name] for row in rows]


def choices(operation: str) -> dict[str, list[Any]]:
    """Values to try for each parameter."""
    found: dict[str, list[Any]] = {}
    for name, member in shape(operation).members.items():
        if "enum" in member.metadata:
            found[name] = member.metadata["enum"]
        elif name.startswith(("CreationTime", "LastModifiedTime")):
            base = START if name.startswith("C") else START + 100
            found[name] = [base + 2, base + 3.5, base + 6]
        elif name.endswith("NameContains"):
            found[name] = ["red", "1", "owner-0", "nothing"]
        elif name != "NextToken":
            found[name] = {
                "MaxResults": [1, 2, 5, 24, 100],
                "DomainIdEquals": [*DOMAINS, "d-cccccccccccc"],
                "SpaceNameEquals": ["owner-0", "owner-9"],
                "UserProfileNameEquals": ["owner-0", "owner-9"],
                "TrainingPlanArnEquals": [PLAN, PLAN.replace("one", "two")],
                "HyperParameterTuningJobName": ["tuning"],
            }[name]
    return found


def had(parts: Parts, operation: str) -> bool:
    return operation in parts.service.operations("sagemaker")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_parameter_alone(many: Parts, operation: str) -> None:
    if not had(many, operation):
        with pytest.raises(SageMakerError, match=f"does not have {operation} yet"):
            many.call(operation)
        return
    required = {name: choices(operation)[name][0] for name in shape(operation).required_members}
    whole = walk(many, operation, required)
    assert whole == expected(many, operation, required)
    assert len(whole) == (18 if operation == TRIALS else 24)
    for name, values in choices(operation).items():
        answers = []
        for value in values:
            request = {**required, name: value}
            answers.append(walk(many, operation, request))
            assert answers[-1] == expected(many, operation, request), request
        # A parameter that never changes anything would be one that is ignored.
        if name not in ("MaxResults", *required) and len(values) > 1:
            assert any(answer != whole for answer in answers), name


@pytest.mark.parametrize("operation", OPERATIONS)
def test_parameters_together(many: Parts, operation: str) -> None:
    if not had(many, operation):
        return
    dice = random.Random(operation)
    tried = choices(operation)
    for _ in range(60):
        request = {
            name: dice.choice(values)
            for name, values in tried.items()
            if name in shape(operation).required_members or dice.random() < 0.4
        }
        if {"SpaceNameEquals", "UserProfileNameEquals"} <= request.keys():
            with pytest.raises(ValidationError, match="cannot both be set"):
                many.call(operation, **request)
            continue
        assert walk(many, operation, request) == expected(many, operation, request), request


@pytest.mark.parametrize("operation", OPERATIONS)
def test_tokens_of_another_list(many: Parts, operation: str) -> None:
    if not had(many, operation):
        return
    required = {name: choices(operation)[name][0] for name in shape(operation).required_members}
    for other in OPERATIONS:
        if other == operation or not had(many, other):
            continue
        needed = {name: choices(other)[name][0] for name in shape(other).required_members}
        token = many.call(other, **needed, MaxResults=3)["NextToken"]
        with pytest.raises(ValidationError, match="Invalid NextToken"):
            many.call(operation, **required, NextToken=token)
    good = many.call(operation, **required, MaxResults=3)["NextToken"]
    assert "NextToken" in many.call(operation, **required, NextToken=good, MaxResults=1)
    if "SortOrder" in shape(operation).members:
        with pytest.raises(ValidationError, match="Invalid NextToken"):
            many.call(operation, **required, NextToken=good, SortOrder="Descending")


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=15, deadline=None)
@given(token=st.one_of(st.text(min_size=1), st.from_regex(r"\A[A-Za-z0-9_-]{1,60}\Z")))
def test_tokens_of_nobodys_making(many: Parts, operation: str, token: str) -> None:
    if not had(many, operation):
        return
    required = {name: choices(operation)[name][0] for name in shape(operation).required_members}
    with pytest.raises(ValidationError):
        many.call(operation, **required, NextToken=token)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "wrong", [{"MaxResults": 0}, {"MaxResults": 101}, {"MaxResults": "5"}, {"SortBy": "Color"}, {"Colour": "red"}]
)
def test_parameters_that_are_none(many: Parts, operation: str, wrong: Json) -> None:
    if not had(many, operation):
        return
    required = {name: choices(operation)[name][0] for name in shape(operation).required_members}
    with pytest.raises(ValidationError, match="validation error"):
        many.call(operation, **required, **wrong)


def test_trials_of_a_tuning_job_that_is_not_there(many: Parts) -> None:
    with pytest.raises(SageMakerError, match="can't find a tuning job called gone") as caught:
        many.call(TRIALS, HyperParameterTuningJobName="gone")
    assert caught.value.code == "ResourceNotFound"
