"""Tags, Search, and boto3's paginators over every list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_backend import Backend, code_of, new_name

Json = dict[str, Any]
Maker = Callable[[Backend, str], object]


def _compilation(backend: Backend, name: str) -> None:
    backend.s3.put_object(Bucket=backend.bucket, Key="not/a/model.tar.gz", Body=b"")
    request = backend.compilation_request(f"s3://{backend.bucket}/not/a/model.tar.gz", CompilationJobName=name)
    backend.sagemaker.create_compilation_job(**request)
    backend.compiled(name)


def _training(backend: Backend, name: str) -> None:
    backend.train(name=name)
    backend.trained(name)


def _tuning(backend: Backend, name: str) -> None:
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    backend.tune(name=name, config=backend.tuning_config(ResourceLimits=limits))
    backend.tuned(name)


def _app_key(backend: Backend, name: str) -> Json:
    owner = {"DomainId": backend.domain_id, "UserProfileName": _owner(backend)}
    return {**owner, "AppType": "KernelGateway", "AppName": name}


def _app(backend: Backend, name: str) -> None:
    # It is deleted before its server is up: it stays in the list for a day.
    backend.sagemaker.create_app(**_app_key(backend, name), ResourceSpec={"InstanceType": "ml.t3.medium"})
    backend.sagemaker.delete_app(**_app_key(backend, name))
    backend.reaches("Deleted", "app", "Status", **_app_key(backend, name))


def _algorithm(backend: Backend, name: str) -> None:
    backend.sagemaker.create_algorithm(**backend.algorithm_request(AlgorithmName=name))
    backend.reaches("Completed", "algorithm", "AlgorithmStatus", AlgorithmName=name)


def _owner(backend: Backend) -> str:
    rows = backend.sagemaker.list_user_profiles(DomainIdEquals=backend.domain_id, UserProfileNameContains="owner")
    if rows["UserProfiles"]:
        return str(rows["UserProfiles"][0]["UserProfileName"])
    backend.sagemaker.create_user_profile(DomainId=backend.domain_id, UserProfileName="owner")
    backend.in_service("user_profile", DomainId=backend.domain_id, UserProfileName="owner")
    return "owner"


def _domain(backend: Backend, name: str) -> None:
    backend.sagemaker.create_domain(**backend.domain_request(DomainName=name))


def _profile(backend: Backend, name: str) -> None:
    backend.sagemaker.create_user_profile(DomainId=backend.domain_id, UserProfileName=name)


def _space(backend: Backend, name: str) -> None:
    backend.sagemaker.create_space(DomainId=backend.domain_id, SpaceName=name)


# Paginator, member of a row that names it, what makes one, members that find those of a stem.
LISTS: dict[str, tuple[str, Maker, Callable[[Backend, str], Json]]] = {
    "list_domains": ("DomainName", _domain, lambda backend, stem: {}),
    "list_user_profiles": ("UserProfileName", _profile, lambda backend, stem: {"UserProfileNameContains": stem}),
    "list_spaces": ("SpaceName", _space, lambda backend, stem: {"SpaceNameContains": stem}),
    "list_apps": ("AppName", _app, lambda backend, stem: {"UserProfileNameEquals": _owner(backend)}),
    "list_algorithms": ("AlgorithmName", _algorithm, lambda backend, stem: {"NameContains": stem}),
    "list_training_jobs": ("TrainingJobName", _training, lambda backend, stem: {"NameContains": stem}),
    "list_hyper_parameter_tuning_jobs": (
        "HyperParameterTuningJobName",
        _tuning,
        lambda backend, stem: {"NameContains": stem},
    ),
    "list_compilation_jobs": ("CompilationJobName", _compilation, lambda backend, stem: {"NameContains": stem}),
}


LACKS = pytest.mark.moto_differs("it lacks this list, or puts all on one page, or takes any NextToken")


@pytest.mark.parametrize(
    "operation", [pytest.param(name, marks=[] if name == "list_training_jobs" else [LACKS]) for name in LISTS]
)
def test_every_list_has_pages(backend: Backend, operation: str) -> None:
    member, make, filters = LISTS[operation]
    stem = new_name("p")[:8]
    names = [f"{stem}-{letter}" for letter in "cab"]
    for name in names:
        make(backend, name)
    found = filters(backend, stem)
    pages = list(backend.sagemaker.get_paginator(operation).paginate(**found, PaginationConfig={"PageSize": 1}))
    rows = [[row for value in page.values() if isinstance(value, list) for row in value] for page in pages]
    assert all(len(page) <= 1 for page in rows), "a page holds no more than was asked for"
    listed = [row[member] for page in rows for row in page if row[member].startswith(stem)]
    assert sorted(listed) == sorted(names)
    assert len(pages) >= 3
    wrong = getattr(backend.sagemaker, operation)
    assert code_of(lambda: wrong(NextToken="made-up"), backend.sagemaker) == "ValidationException"


@pytest.mark.moto_differs("Search knows few resources, and not these expressions")
def test_search(backend: Backend) -> None:
    stem = new_name("search")
    for letter, rate in (("a", "0.1"), ("b", "0.2"), ("c", "0.3")):
        backend.train(
            name=f"{stem}-{letter}",
            HyperParameters={"rate": rate},
            Tags=[{"Key": "stem", "Value": stem}, {"Key": "even", "Value": str(letter == "b")}],
        )
        backend.trained(f"{stem}-{letter}")

    def found(*filters: tuple[str, str, str], **more: Any) -> str:
        ours = [("Tags.stem", "Equals", stem), *filters]
        keys = ("Name", "Operator", "Value")
        pages = backend.sagemaker.get_paginator("search").paginate(
            Resource="TrainingJob",
            SearchExpression={"Filters": [dict(zip(keys, one, strict=True)) for one in ours], **more},
            SortBy="TrainingJobName",
            SortOrder="Ascending",
            PaginationConfig={"PageSize": 1},
        )
        return "".join(row["TrainingJob"]["TrainingJobName"][-1] for page in pages for row in page["Results"])

    assert found() == "abc"
    assert found(("HyperParameters.rate", "GreaterThan", "0.15")) == "bc"
    assert found(("Tags.even", "Equals", "True")) == "b"
    assert found(("Metrics.score", "Equals", "0.75"), ("TrainingJobStatus", "Equals", "Completed")) == "abc"
    assert found(("TrainingJobName", "Contains", "-c")) == "c"
    either = [{"Name": "TrainingJobName", "Operator": "Equals", "Value": f"{stem}-{letter}"} for letter in "ac"]
    assert found(SubExpressions=[{"Filters": either, "Operator": "Or"}]) == "ac"
    tuned = backend.tune()
    rows = backend.sagemaker.search(
        Resource="HyperParameterTuningJob",
        SearchExpression={
            "Filters": [{"Name": "HyperParameterTuningJobName", "Operator": "Equals", "Value": tuned}],
        },
    )["Results"]
    assert [row["HyperParameterTuningJob"]["HyperParameterTuningJobName"] for row in rows] == [tuned]
    backend.tuned(tuned)


def test_tags_that_jobs_are_made_with(backend: Backend) -> None:
    tags = [{"Key": "a", "Value": "1"}, {"Key": "équipe", "Value": "日本 5"}]
    training, tuning = backend.train(Tags=tags), backend.tune(Tags=tags)
    for arn in (backend.arn("training-job", training), backend.arn("hyper-parameter-tuning-job", tuning)):
        found = backend.sagemaker.list_tags(ResourceArn=arn)["Tags"]
        assert sorted(found, key=lambda tag: tag["Key"]) == tags
        backend.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
        assert backend.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags[1:]
    backend.trained(training)
    backend.tuned(tuning)


# What is tagged, what makes one, members that name it.
TAGGED: dict[str, tuple[Maker, Callable[[Backend, str], Json]]] = {
    "user_profile": (_profile, lambda on, name: {"DomainId": on.domain_id, "UserProfileName": name}),
    "space": (_space, lambda on, name: {"DomainId": on.domain_id, "SpaceName": name}),
    "app": (_app, _app_key),
    "algorithm": (_algorithm, lambda on, name: {"AlgorithmName": name}),
    "training_job": (_training, lambda on, name: {"TrainingJobName": name}),
    "hyper_parameter_tuning_job": (_tuning, lambda on, name: {"HyperParameterTuningJobName": name}),
    "compilation_job": (_compilation, lambda on, name: {"CompilationJobName": name}),
}


@pytest.mark.moto_differs("AddTags keeps the old value beside the new, ListTags fails where there are none")
@pytest.mark.parametrize("noun", TAGGED)
def test_tags(backend: Backend, noun: str) -> None:
    make, key = TAGGED[noun]
    name = new_name("tagged")[:20]
    make(backend, name)
    described = getattr(backend.sagemaker, f"describe_{noun}")(**key(backend, name))
    arn = described[f"{noun.title().replace('_', '')}Arn"]
    red, blue = {"Key": "team", "Value": "red"}, {"Key": "team", "Value": "blue"}
    more = {"Key": "équipe", "Value": "日本 5"}
    assert backend.sagemaker.list_tags(ResourceArn=arn)["Tags"] == []
    backend.sagemaker.add_tags(ResourceArn=arn, Tags=[red, more])
    backend.sagemaker.add_tags(ResourceArn=arn, Tags=[blue])
    pages = backend.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    tags = [tag for page in pages for tag in page["Tags"]]
    assert sorted(tags, key=lambda tag: tag["Key"]) == [blue, more]
    backend.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert backend.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [more]


@pytest.mark.moto_differs("tags of what is not there are no error")
def test_tags_of_what_is_not_there(backend: Backend) -> None:
    arn = backend.arn("training-job", "nobody")
    for call in (
        lambda: backend.sagemaker.list_tags(ResourceArn=arn),
        lambda: backend.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}]),
        lambda: backend.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"]),
    ):
        assert code_of(call, backend.sagemaker) in ("ResourceNotFound", "ValidationException")
