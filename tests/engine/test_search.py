"""Search: what a filter means on every type of property, and how expressions nest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, StructureShape
from hypothesis import given, settings
from hypothesis import strategies as st
from local_engine_parts import START, Parts
from search_help import Json, found, put_three

from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.model import get_model


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Three training jobs, an hour from one to the next; nobody here changes them."""
    made = Parts(tmp_path_factory.mktemp("search") / "data")
    put_three(made)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("name", "operator", "value", "wanted"),
    [
        # texts
        ("TrainingJobName", None, "beta", "b"),
        ("TrainingJobName", "Equals", "Beta", ""),
        ("TrainingJobStatus", "NotEquals", "Failed", "ag"),
        ("TrainingJobStatus", "In", "Failed, InProgress", "bg"),
        ("ResourceConfig.InstanceType", "Contains", "ml.", "abg"),
        ("ResourceConfig.InstanceType", "Contains", "g5", "b"),
        ("FailureReason", "Exists", None, "b"),
        ("FailureReason", "NotExists", None, "ag"),
        ("FailureReason", "NotEquals", "x", "abg"),
        ("ResourceConfig", "Exists", None, "abg"),
        ("InputDataConfig", "NotExists", None, "g"),
        # numbers
        ("ResourceConfig.InstanceCount", "Equals", "2", "b"),
        ("ResourceConfig.InstanceCount", "Equals", "2.0", "b"),
        ("ResourceConfig.InstanceCount", "GreaterThan", "1", "bg"),
        ("ResourceConfig.InstanceCount", "GreaterThanOrEqualTo", "1", "abg"),
        ("ResourceConfig.InstanceCount", "LessThan", "2", "a"),
        ("ResourceConfig.InstanceCount", "LessThanOrEqualTo", "2", "ab"),
        ("ResourceConfig.InstanceCount", "NotEquals", "4", "ab"),
        ("Metrics.acc", "GreaterThan", "0.3", "a"),
        ("Metrics.acc", "LessThan", "1e0", "ag"),
        ("Metrics.val:f1.macro", "Exists", None, "a"),
        ("Metrics.acc", "NotExists", None, "b"),
        ("FinalMetricDataList.Value", "Equals", "0.5", "a"),
        # Booleans
        ("EnableManagedSpotTraining", "Equals", "true", "b"),
        ("EnableManagedSpotTraining", "Equals", "False", "a"),
        ("EnableManagedSpotTraining", "NotEquals", "true", "ag"),
        # times
        ("CreationTime", "GreaterThan", "2023-11-14T22:13:20", "bg"),
        ("CreationTime", "GreaterThanOrEqualTo", "2023-11-14T22:13:20Z", "abg"),
        ("CreationTime", "LessThan", "2023-11-15T00:13:20+01:00", "a"),
        ("LastModifiedTime", "Equals", "2023-11-15T00:13:20", "g"),
        ("TrainingEndTime", "GreaterThan", "2023-11-14", "a"),
        ("FinalMetricDataList.Timestamp", "LessThanOrEqualTo", "2023-11-14T22:13:20", "ag"),
        # hyperparameters: texts that may be numbers
        ("HyperParameters.lr", "LessThan", "0.6", "a"),
        ("HyperParameters.lr", "Equals", "0.50", "a"),
        ("HyperParameters.lr", "Equals", "5", "b"),
        ("HyperParameters.lr", "GreaterThan", "5", ""),
        ("HyperParameters.lr", "GreaterThan", "5.0", "b"),
        ("HyperParameters.opt", "GreaterThan", "0", ""),
        ("HyperParameters.opt", "Equals", "adam", "a"),
        ("HyperParameters.opt", "In", "sgd,rmsprop", "b"),
        ("HyperParameters.opt", "Contains", "dam", "a"),
        ("HyperParameters.quoted", "Equals", '"sgd"', "a"),
        ("HyperParameters.layers.1", "Equals", "8", "a"),
        ("HyperParameters.lr", "NotEquals", "0.5", "bg"),
        # lists: any one of them
        ("InputDataConfig.ChannelName", "Equals", "test", "a"),
        ("InputDataConfig.ChannelName", "NotEquals", "test", "bg"),
        ("InputDataConfig.DataSource.S3DataSource.S3Uri", "Contains", "dogs", "ab"),
        ("InputDataConfig.DataSource.S3DataSource.AttributeNames", "Equals", "b", "b"),
        # tags
        ("Tags.team", "Equals", "red", "a"),
        ("Tags.team", "NotEquals", "red", "bg"),
        ("Tags.team", "In", "red,blue", "ab"),
        ("Tags.cost.center", "Exists", None, "a"),
        ("Tags.team", "NotExists", None, "g"),
        ("Tags", "Exists", None, "ab"),
        ("Tags", "NotExists", None, "g"),
    ],
)
def test_operators(three: Parts, name: str, operator: str | None, value: str | None, wanted: str) -> None:
    assert found(three, (name, operator, value)) == wanted


@pytest.mark.parametrize(
    ("name", "operator", "value", "words"),
    [
        ("Colour", "Equals", "red", "Unknown property name: Colour"),
        ("ResourceConfig.Colour", "Exists", None, "Unknown property name"),
        ("TrainingJobName.x", "Exists", None, "Unknown property name"),
        ("HyperParameters.", "Exists", None, "Unknown property name"),
        ("TrainingJobName.", "Exists", None, "Unknown property name"),
        ("Tags.", "Exists", None, "Unknown property name"),
        ("Metrics.", "Exists", None, "Unknown property name"),
        ("Tags", "Equals", "red", "no single value"),
        ("Metrics", "Exists", None, "Unknown property name"),
        ("TrainingJobName", "GreaterThan", "a", "not supported for the text property"),
        ("Tags.team", "LessThan", "a", "not supported for the text property"),
        ("EnableManagedSpotTraining", "LessThan", "true", "not supported for the Boolean property"),
        ("EnableManagedSpotTraining", "Equals", "maybe", "true or false"),
        ("ResourceConfig.InstanceCount", "Contains", "1", "not supported for the numeric property"),
        ("CreationTime", "In", "2023-11-14", "not supported for the timestamp property"),
        ("ResourceConfig", "Equals", "x", "no single value"),
        ("HyperParameters", "Contains", "lr", "no single value"),
        ("ResourceConfig.InstanceCount", "Equals", "two", "integer or floating-point decimal, not 'two'"),
        ("ResourceConfig.InstanceCount", "Equals", "nan", "integer or floating-point"),
        ("ResourceConfig.InstanceCount", "Equals", "1e999", "integer or floating-point"),
        ("HyperParameters.lr", "GreaterThan", "adam", "integer or floating-point"),
        ("CreationTime", "LessThan", "yesterday", "ISO 8601"),
        ("CreationTime", "LessThan", "1700000000", "ISO 8601"),
        ("TrainingJobName", "Equals", None, "needs a Value"),
        ("TrainingJobName", "Like", "a", "enum value set"),
    ],
)
def test_a_filter_that_does_not_fit_is_refused(
    three: Parts, name: str, operator: str, value: str | None, words: str
) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        found(three, (name, operator, value))
    assert caught.value.code == "ValidationException"


def nested(name: str, **equals: str) -> Json:
    filters = [{"Name": f"{name}.{key.replace('__', '.')}", "Value": value} for key, value in equals.items()]
    return {"NestedPropertyName": name, "Filters": filters}


def test_a_nested_filter_wants_one_element_that_satisfies_all(three: Parts) -> None:
    uri = "DataSource__S3DataSource__S3Uri"
    both = {"ChannelName": "train", uri: "s3://bucket/dogs/train"}
    assert found(three, NestedFilters=[nested("InputDataConfig", **both)]) == "b"
    # The same as two plain filters: one channel has the name, another the prefix.
    mixed = {"ChannelName": "train", uri: "s3://bucket/dogs/test"}
    assert found(three, NestedFilters=[nested("InputDataConfig", **mixed)]) == ""
    plain = [(f"InputDataConfig.{name.replace('__', '.')}", "Equals", value) for name, value in mixed.items()]
    assert found(three, *plain) == "a"
    metrics = nested("FinalMetricDataList", MetricName="acc", Value="0.25")
    assert found(three, NestedFilters=[metrics, nested("InputDataConfig", ChannelName="x")], Operator="Or") == "g"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ({"NestedFilters": [nested("ResourceConfig", InstanceType="x")]}, "list of structures"),
        ({"NestedFilters": [nested("Tags", Key="x")]}, "list of structures"),
        ({"NestedFilters": [nested("Nothing", Key="x")]}, "list of structures"),
        ({"NestedFilters": [nested("HyperParameters", lr="x")]}, "list of structures"),
        ({"NestedFilters": [nested("InputDataConfig", Colour="x")]}, "Unknown property name"),
        (
            {"NestedFilters": [{"NestedPropertyName": "InputDataConfig", "Filters": [{"Name": "TrainingJobName"}]}]},
            "not on the nested property",
        ),
        ({}, "at least one"),
        ({"Operator": "Or"}, "at least one"),
        ({"SubExpressions": [{}]}, "at least one"),
        ({"Filters": []}, "greater than or equal to 1"),
        ({"Filters": [{"Name": "TrainingJobName", "Operator": "Exists"}] * 21}, "less than or equal to 20"),
    ],
)
def test_an_expression_that_is_none_is_refused(three: Parts, expression: Json, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        three.call("Search", Resource="TrainingJob", SearchExpression=expression)


def test_limits(three: Parts) -> None:
    exists = {"Name": "TrainingJobName", "Operator": "Exists"}
    part = {"Filters": [exists] * 15}
    fits = {"Filters": [exists] * 17, "SubExpressions": [part, part]}  # 17 + 2 + 30 = 49
    assert found(three, **fits) == "abg"
    fits["NestedFilters"] = [nested("InputDataConfig", ChannelName="train")]
    with pytest.raises(ValidationError, match=r"at most 50 .* has 51"):
        found(three, **fits)
    contains = ("TrainingJobName", "Contains", "a")
    with pytest.raises(ValidationError, match=r"^'CONTAINS' operator usage limit of 1 exceeded\.$"):
        found(three, contains, contains)
    deep = {"Filters": [{"Name": "TrainingJobName", "Operator": "Contains", "Value": "a"}]}
    with pytest.raises(ValidationError, match="'CONTAINS' operator usage limit"):
        found(three, contains, SubExpressions=[deep])


_LEAVES = st.sampled_from(
    [
        ({"Name": "TrainingJobStatus", "Value": "Completed"}, {"alpha"}),
        ({"Name": "ResourceConfig.InstanceCount", "Operator": "GreaterThan", "Value": "1"}, {"beta", "gamma"}),
        ({"Name": "Metrics.acc", "Operator": "Exists"}, {"alpha", "gamma"}),
        ({"Name": "Tags.team", "Operator": "NotExists"}, {"gamma"}),
        ({"Name": "TrainingJobName", "Value": "nobody"}, set()),
    ]
)
_TREES = st.recursive(
    st.tuples(st.lists(_LEAVES, min_size=1, max_size=3), st.just([]), st.sampled_from(["And", "Or", None])),
    lambda inner: st.tuples(
        st.lists(_LEAVES, max_size=2), st.lists(inner, min_size=1, max_size=3), st.sampled_from(["And", "Or", None])
    ),
    max_leaves=6,
)


def meaning(tree: Any) -> tuple[Json, set[str]]:
    """A tree as an expression, and what satisfies it."""
    leaves, inner, operator = tree
    parts = [meaning(one) for one in inner]
    sets = [wanted for _, wanted in [*leaves, *parts]]
    expression: Json = {"Operator": operator} if operator else {}
    if leaves:
        expression["Filters"] = [one for one, _ in leaves]
    if parts:
        expression["SubExpressions"] = [one for one, _ in parts]
    return expression, set.union(*sets) if operator == "Or" else set.intersection(*sets)


@settings(max_examples=80, deadline=None)
@given(tree=_TREES)
def test_and_or_and_subexpressions(three: Parts, tree: Any) -> None:
    expression, wanted = meaning(tree)
    assert found(three, **expression) == "".join(sorted(name[0] for name in wanted))


def test_a_record_has_the_members_of_its_shape(three: Parts) -> None:
    (row,) = three.call(
        "Search",
        Resource="TrainingJob",
        SearchExpression={"Filters": [{"Name": "TrainingJobName", "Value": "alpha"}]},
    )["Results"]
    described = three.call("DescribeTrainingJob", TrainingJobName="alpha")
    tags = [{"Key": "cost.center", "Value": "7"}, {"Key": "team", "Value": "red"}]
    assert row == {"TrainingJob": {**described, "Tags": tags}}


@pytest.mark.parametrize(
    ("noun", "operation"),
    [("TrainingJob", "DescribeTrainingJob"), ("HyperParameterTuningJob", "DescribeHyperParameterTuningJob")],
)
def test_every_member_of_the_shape_is_given_back(parts: Parts, noun: str, operation: str) -> None:
    model = get_model().service
    record: Any = model.shape_for("SearchRecord")
    shape, described = record.members[noun], model.operation_model(operation).output_shape
    body = example(described)
    kind = {"TrainingJob": "training-jobs"}.get(noun, "tuning-jobs")
    parts.engine.store.insert(Record(kind, "x", parts.engine.arn(kind, "x"), START, START, "Completed", body=body))
    (row,) = parts.call("Search", Resource=noun, SortBy="CreationTime")["Results"]
    assert list(row) == [noun]
    assert set(row[noun]) == set(shape.members)
    assert row[noun].pop("Tags") == []
    assert all(body[name] == value for name, value in row[noun].items())


def example(shape: Any, depth: int = 0) -> Any:
    """Something of a shape, with all its members."""
    if isinstance(shape, StructureShape):
        return {name: example(member, depth + 1) for name, member in shape.members.items()} if depth < 9 else {}
    if isinstance(shape, ListShape):
        return [example(shape.member, depth + 1)]
    if shape.type_name == "map":
        return {"key": "value"}
    return {"string": "text", "boolean": True, "timestamp": START}.get(shape.type_name, 1)


def test_tuning_jobs_are_found(parts: Parts) -> None:
    for name, best in {"one": 0.5, "two": 0.75}.items():
        body = {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobConfig": {
                "Strategy": "Bayesian",
                "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "lr", "MinValue": "0", "MaxValue": "1"}]},
            },
            "BestTrainingJob": {
                "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "acc", "Value": best},
                "TunedHyperParameters": {"lr": str(best)},
            },
            "TrainingJobDefinition": {"StaticHyperParameters": {"epochs": "3"}},
            "LastModifiedTime": START,
        }
        arn = parts.engine.arn("HyperParameterTuningJob", name)
        parts.engine.store.insert(Record("tuning-jobs", name, arn, START, START, "Completed", body=body))

    def hits(name: str, operator: str, value: str) -> list[str]:
        expression = {"Filters": [{"Name": name, "Operator": operator, "Value": value}]}
        answer = parts.call("Search", Resource="HyperParameterTuningJob", SearchExpression=expression)
        return [row["HyperParameterTuningJob"]["HyperParameterTuningJobName"] for row in answer["Results"]]

    best = "BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value"
    assert hits(best, "GreaterThan", "0.6") == ["two"]
    assert hits("BestTrainingJob.TunedHyperParameters.lr", "LessThan", "0.6") == ["one"]
    assert hits("TrainingJobDefinition.StaticHyperParameters.epochs", "GreaterThan", "2") == ["two", "one"]
    ranges = "HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges.Name"
    assert hits(ranges, "Equals", "lr") == ["two", "one"]
    with pytest.raises(ValidationError, match="Unknown property name: Metrics"):
        hits("Metrics.acc", "Exists", "x")
