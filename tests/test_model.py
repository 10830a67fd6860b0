"""The constraint check: what is refused, in which words, and how much of it is told."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import pytest
from sample_requests import CREATE_TRAINING, CREATE_TUNING, training, tuning

from jupyter_sm_ext.errors import UnknownOperationError, ValidationError
from jupyter_sm_ext.model import MAX_MESSAGE, Model, get_model
from jupyter_sm_ext.shapes.constraints import LAST_SECOND, MAX_SHOWN, MAX_VIOLATIONS, compiled


@pytest.fixture(scope="module")
def model() -> Model:
    return get_model()


def told(model: Model, operation: str, request: object) -> list[str]:
    return [str(violation) for violation in model.check(operation, request)]


def test_what_the_service_takes_is_taken(model: Model) -> None:
    assert model.check(CREATE_TRAINING, training()) == []
    assert model.check(CREATE_TUNING, tuning()) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"TrainingJobName": None},
            "Value null at 'trainingJobName' failed to satisfy constraint: Member must not be null",
        ),
        (
            {"TrainingJobName": "a_b"},
            (
                "Value 'a_b' at 'trainingJobName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
            ),
        ),
        (
            {"OutputDataConfig": {"S3OutputPath": "s3://b", "CompressionType": "ZIP"}},
            (
                "Value 'ZIP' at 'outputDataConfig.compressionType' failed to satisfy constraint: "
                "Member must satisfy enum value set: [GZIP, NONE]"
            ),
        ),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 0}},
            (
                "Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: "
                "Member must have value greater than or equal to 1"
            ),
        ),
        (
            {"RetryStrategy": {"MaximumRetryAttempts": 31}},
            (
                "Value '31' at 'retryStrategy.maximumRetryAttempts' failed to satisfy constraint: "
                "Member must have value less than or equal to 30"
            ),
        ),
        (
            {"HyperParameters": {"a": "x" * 2501}},
            (
                "Map value must satisfy constraint: [Member must have length less than or equal to 2500, "
                "Member must have length greater than or equal to 0, "
                "Member must satisfy regular expression pattern: .*]"
            ),
        ),
        (
            {"HyperParameters": {"k" * 257: "1"}},
            (
                "Map keys must satisfy constraint: [Member must have length less than or equal to 256, "
                "Member must have length greater than or equal to 0, "
                "Member must satisfy regular expression pattern: .*]"
            ),
        ),
        (
            {"HyperParameters": {str(number): "1" for number in range(101)}},
            "Member must have length less than or equal to 100",
        ),
        (
            {"VpcConfig": {"SecurityGroupIds": ["?"], "Subnets": ["a"]}},
            (
                "Value '[?]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: "
                "Member must satisfy constraint: "
                "[Member must have length less than or equal to 32, "
                "Member must have length greater than or equal to 0, "
                "Member must satisfy regular expression pattern: [-0-9a-zA-Z]+]"
            ),
        ),
        (
            {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "", "Value": "b"}]},
            (
                "Value '' at 'tags.2.member.key' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ),
        ),
        (
            {"Tags": [None]},
            "Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null",
        ),
        (
            {"TrainingJobNam": "x"},
            (
                "Value 'x' at 'trainingJobNam' failed to satisfy constraint: "
                "Member is unknown (did you mean TrainingJobName?), "
                "it must be one of [TrainingJobName, HyperParameters,"
            ),
        ),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": "60"}},
            (
                "Value '60' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: "
                "Member must be an integer"
            ),
        ),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": True}}, "Value 'true' at"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 2**31}}, "Member must be an integer of 32 bits"),
        ({"EnableNetworkIsolation": "true"}, "Member must be a boolean"),
        (
            {"HyperParameters": []},
            "Value '[]' at 'hyperParameters' failed to satisfy constraint: Member must be an obj",
        ),
        ({"HyperParameters": {"epochs": 3}}, "at 'hyperParameters.epochs.member' failed to satisfy constraint: Mem"),
        ({"Tags": {}}, "Value '{}' at 'tags' failed to satisfy constraint: Member must be a list"),
        ({"Environment": {"A": None}}, "Value null at 'environment.A.member' failed to satisfy constraint"),
    ],
)
def test_each_constraint_is_told_as_the_service_tells_it(model: Model, changes: dict[str, Any], expected: str) -> None:
    found = told(model, CREATE_TRAINING, training(**changes))
    assert len(found) == 1
    assert expected in found[0]


def test_all_that_is_wrong_is_told_at_once(model: Model) -> None:
    request = training(TrainingJobName="a b" * 30, RoleArn=5)
    with pytest.raises(ValidationError) as caught:
        model.validate(CREATE_TRAINING, request)
    message = caught.value.message
    assert message.startswith("3 validation errors detected: Value 'a ba b")
    assert message.count("; Value '") == 2
    assert "Member must have length less than or equal to 63" in message
    assert "Value '5' at 'roleArn'" in message
    assert caught.value.operation == CREATE_TRAINING


def test_one_is_told_in_the_singular(model: Model) -> None:
    with pytest.raises(ValidationError, match=r"^1 validation error detected: Value null at 'trainingJobName'"):
        model.validate("DescribeTrainingJob", {})


def test_a_union_takes_exactly_one_member(model: Model) -> None:
    request = {"DomainId": "d-abcdefghijkl", "SpaceName": "s", "SpaceSettings": {"CustomFileSystems": [{}]}}
    [nothing] = told(model, "CreateSpace", request)
    assert "at 'spaceSettings.customFileSystems.1.member' failed to satisfy" in nothing
    assert "Member must have exactly one of [EFSFileSystem, FSxLustreFileSystem" in nothing
    efs = {"EFSFileSystem": {"FileSystemId": "fs-0123456789abcdef0"}}
    lustre = {"FSxLustreFileSystem": {"FileSystemId": "fs-0123456789abcdef0"}}
    request["SpaceSettings"] = {"CustomFileSystems": [efs | lustre]}
    [both] = told(model, "CreateSpace", request)
    assert "exactly one of" in both
    request["SpaceSettings"] = {"CustomFileSystems": [{**efs, "FSxLustreFileSystem": None}]}
    assert model.check("CreateSpace", request) == []


@pytest.mark.parametrize("time", [0, 1.5, LAST_SECOND, datetime.datetime.now(datetime.timezone.utc)])
def test_times_are_epoch_seconds_or_datetime(model: Model, time: object) -> None:
    assert model.check("ListTrainingJobs", {"CreationTimeAfter": time}) == []


@pytest.mark.parametrize("time", [-1, LAST_SECOND + 1, float("nan"), float("inf"), True, "2026-01-01", [1]])
def test_other_times_are_refused(model: Model, time: object) -> None:
    [found] = told(model, "ListTrainingJobs", {"CreationTimeAfter": time})
    assert "Member must be a time in seconds since 1970" in found


@pytest.mark.parametrize("number", [float("nan"), float("-inf"), "1", False])
def test_floats_are_finite_numbers(model: Model, number: object) -> None:
    request = tuning()
    objective = {"TargetObjectiveMetricValue": number}
    request["HyperParameterTuningJobConfig"]["TuningJobCompletionCriteria"] = objective
    [found] = told(model, CREATE_TUNING, request)
    assert "targetObjectiveMetricValue' failed to satisfy constraint: Member must be a" in found


def test_patterns_mean_what_java_means() -> None:
    assert compiled(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*").fullmatch("équipe 日本")
    assert not compiled(r"\d+").fullmatch("٣")
    assert not compiled(r"[\p{Alnum}\-]+").fullmatch("é")
    surrogates = compiled(r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*")
    assert surrogates.fullmatch("smile 😀")
    assert not surrogates.fullmatch("\x01")


def test_a_pattern_is_not_matched_in_part(model: Model) -> None:
    assert told(model, "DescribeTrainingJob", {"TrainingJobName": "good\nbad"})
    assert told(model, "DescribeTrainingJob", {"TrainingJobName": "good\n"})


def test_every_pattern_and_every_shape_of_the_model_can_be_compiled(model: Model) -> None:
    count = 0
    for name in model.service.shape_names:
        pattern = model.service.shape_for(name).metadata.get("pattern")
        if pattern is not None:
            compiled(pattern).fullmatch("x")
            count += 1
    assert count > 400
    assert all(isinstance(model.check(name, {}), list) for name in model.service.operation_names)


@pytest.mark.parametrize("service", ["sts", "logs", "s3"])
def test_other_services_can_be_checked_too(service: str) -> None:
    other = get_model(service)
    assert all(isinstance(other.check(name, {}), list) for name in other.service.operation_names)


@pytest.mark.parametrize(("body", "right"), [(b"abc", True), ("YWJj", True), ("not base64!", False), (5, False)])
def test_blobs_are_bytes_or_base64(body: object, right: bool) -> None:
    found = get_model("lambda").check("Invoke", {"FunctionName": "f", "Payload": body})
    assert (found == []) is right


def test_an_unknown_operation_is_refused(model: Model) -> None:
    with pytest.raises(UnknownOperationError, match="sagemaker has no operation DescribeNothing"):
        model.check("DescribeNothing", {})
    with pytest.raises(UnknownOperationError) as caught:
        model.validate("x" * 10_000, {})
    assert len(caught.value.message) < 500


@pytest.mark.parametrize("request_", [[], "x", None, 5])
def test_a_request_is_an_object(model: Model, request_: object) -> None:
    with pytest.raises(ValidationError, match="at 'request' failed to satisfy constraint: Member must be an object"):
        model.validate("ListTrainingJobs", request_)


def test_what_is_secret_is_not_repeated(model: Model) -> None:
    secret = "hunter2" * 1000
    config = {"ClientId": "a", "ClientSecret": secret, "Issuer": "https://a"}
    found = model.check("CreateWorkforce", {"WorkforceName": "a", "OidcConfig": config})
    assert [violation.path for violation in found if violation.value == "***"] == ["oidcConfig.clientSecret"]
    assert "hunter2" not in "".join(map(str, found))


@pytest.mark.parametrize(
    "huge",
    [
        {"TrainingJobName": "x" * 10_000_000},
        {"HyperParameters": {str(number): "v" * 10_000 for number in range(1_000)}},
        {"Tags": [{"Key": ""}] * 100_000},
        {f"Unknown{number}": 1 for number in range(10_000)},
        {"RoleArn": [[["x" * 10_000] * 1_000] * 1_000]},
        {"StoppingCondition": {"MaxRuntimeInSeconds": 10**5_000}},
    ],
    ids=["long", "map", "list", "members", "nested", "digits"],
)
def test_a_huge_request_makes_no_huge_message(model: Model, huge: dict[str, Any]) -> None:
    request = training(**huge)
    assert len(model.check(CREATE_TRAINING, request)) <= 2 * MAX_VIOLATIONS
    assert all(len(each.value or "") <= MAX_SHOWN for each in model.check(CREATE_TRAINING, request))
    with pytest.raises(ValidationError) as caught:
        model.validate(CREATE_TRAINING, request)
    assert len(caught.value.message) <= MAX_MESSAGE + 100


def test_a_recursive_shape_comes_to_an_end(model: Model) -> None:
    leaf = {"Filters": [{"Name": "TrainingJobName", "Operator": "Equals", "Value": "x"}]}
    search = {"Resource": "TrainingJob", "SearchExpression": {"SubExpressions": [{"SubExpressions": [leaf]}]}}
    assert model.check("Search", search) == []
    leaf["Filters"][0]["Operator"] = "Is"
    [found] = told(model, "Search", search)
    where = "searchExpression.subExpressions.1.member.subExpressions.1.member.filters.1.member.operator"
    assert where in found


def test_a_request_that_contains_itself_is_refused(model: Model) -> None:
    endless: dict[str, Any] = {}
    endless["SubExpressions"] = [endless]
    [found] = told(model, "Search", {"Resource": "TrainingJob", "SearchExpression": endless})
    assert "Member must not be nested that deeply" in found
    looped: dict[str, Any] = {}
    looped["Unknown"] = looped
    assert len(told(model, "ListTrainingJobs", looped)[0]) < 1_000


def test_many_threads_may_be_first() -> None:
    model = Model(get_model().service)
    results: list[list[Any]] = []
    start = threading.Barrier(8)

    def check() -> None:
        start.wait()
        results.append(model.check(CREATE_TUNING, tuning()))

    threads = [threading.Thread(target=check) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[]] * 8


def test_enum_values_come_in_the_models_order(model: Model) -> None:
    types = model.enum("TrainingInstanceType")
    assert types[0] == "ml.m4.xlarge"
    assert {"ml.trn1.2xlarge", "ml.trn1.32xlarge", "ml.trn1n.32xlarge"} <= set(types)
    assert model.enum("TrainingJobName") == []
    with pytest.raises(KeyError):
        model.enum("NoSuchShape")


def test_texts_become_what_they_stand_for(model: Model) -> None:
    texts = {
        "MaxResults": ["5"],
        "CreationTimeAfter": ["2026-01-01T00:00:00Z"],
        "LastModifiedTimeAfter": ["1767225600.5"],
        "StatusEquals": ["Failed"],
    }
    assert model.from_strings("ListTrainingJobs", texts) == {
        "MaxResults": 5,
        "CreationTimeAfter": 1767225600.0,
        "LastModifiedTimeAfter": 1767225600.5,
        "StatusEquals": "Failed",
    }
    assert model.from_strings("DescribeTrainingJob", {}) == {}
    arns = {"StartArns": ["a", "b"], "IncludeEdges": ["true"]}
    assert model.from_strings("QueryLineage", arns) == {"StartArns": ["a", "b"], "IncludeEdges": True}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            {"MaxResults": ["five"]},
            "Value 'five' at 'maxResults' failed to satisfy constraint: Member must be a number",
        ),
        (
            {"MaxResults": ["1", "2"]},
            "Value '[1, 2]' at 'maxResults' failed to satisfy constraint: Member must be give",
        ),
        ({"Status": ["Failed"]}, "Member is unknown (did you mean StatusEquals?)"),
        ({"CreationTimeAfter": ["yesterday"]}, "Member must be a time (seconds since 1970 or ISO 8601)"),
        ({"CreationTimeAfter": ["nan"]}, "Member must be a time"),
        ({"CreationTimeAfter": ["-1"]}, "Member must be a time"),
    ],
)
def test_other_texts_are_refused(model: Model, texts: dict[str, list[str]], expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        model.from_strings("ListTrainingJobs", texts)
    assert expected in caught.value.message


def test_texts_that_no_query_string_can_hold(model: Model) -> None:
    with pytest.raises(ValidationError) as caught:
        model.from_strings("QueryLineage", {"IncludeEdges": ["yes"], "Filters": ["{}"]})
    assert "Value 'yes' at 'includeEdges' failed to satisfy constraint: Member must be true or false" in str(
        caught.value
    )
    assert "at 'filters' failed to satisfy constraint: Member is a structure and can't be" in str(caught.value)
