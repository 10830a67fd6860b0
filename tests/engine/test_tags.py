"""Tags of every kind of resource, by ARN, from its creation to its end."""

from __future__ import annotations

from typing import Any

import pytest
from local_engine_parts import START, Parts

from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.resources import Resource, resources

A, B = {"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}


def put(parts: Parts, row: Resource, name: str = "it") -> str:
    """A resource of a kind; of one with owners the ARN says more than its key."""
    key = "/".join([*(f"part-{number}" for number in range(len(row.key) - 1)), name])
    arn = parts.engine.arn(row, f"{key}/whose" if row.owners else key)
    parts.engine.store.insert(Record(row.kind, key, arn, START, START, "InService", body={row.arn: arn}))
    return arn


@pytest.mark.parametrize("row", list(resources()), ids=lambda row: row.kind)
def test_every_kind_has_tags(parts: Parts, row: Resource) -> None:
    arn = put(parts, row)
    other = put(parts, row, "other")
    assert parts.call("ListTags", ResourceArn=arn) == {"Tags": []}
    assert parts.call("AddTags", ResourceArn=arn, Tags=[B, A]) == {"Tags": [A, B]}
    assert parts.call("AddTags", ResourceArn=arn, Tags=[{"Key": "a", "Value": ""}])["Tags"][0]["Value"] == ""
    assert parts.call("ListTags", ResourceArn=arn, MaxResults=50)["Tags"] == [{"Key": "a", "Value": ""}, B]
    assert parts.call("DeleteTags", ResourceArn=arn, TagKeys=["a", "never"]) == {}
    assert parts.call("ListTags", ResourceArn=arn) == {"Tags": [B]}
    assert parts.call("ListTags", ResourceArn=other) == {"Tags": []}


@pytest.mark.parametrize("operation", ["AddTags", "ListTags", "DeleteTags"])
@pytest.mark.parametrize(
    "change", [("us-east-1", "eu-west-1"), ("000000000000", "111111111111"), ("/it", "/gone"), ("space", "widget")]
)
def test_an_arn_of_nothing_here(parts: Parts, operation: str, change: tuple[str, str]) -> None:
    (row,) = (row for row in resources() if row.kind == "spaces")
    arn = put(parts, row).replace(*change)
    more: dict[str, Any] = {"AddTags": {"Tags": [A]}, "DeleteTags": {"TagKeys": ["a"]}}.get(operation, {})
    before = parts.engine.store.database.total_changes
    with pytest.raises(NotFoundError, match="does not exist") as caught:
        parts.call(operation, ResourceArn=arn, **more)
    assert caught.value.code == "ResourceNotFound"
    assert arn in caught.value.message
    assert parts.engine.store.database.total_changes == before


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([A, A], "Duplicate tag keys"),
        ([{"Key": "AWS:x", "Value": ""}], "aws:"),
        ([{"Key": "a" * 129, "Value": ""}], "less than or equal to 128"),
        ([{"Key": "a", "Value": "b" * 257}], "less than or equal to 256"),
        ([{"Key": "a$", "Value": ""}], "regular expression"),
        ([{"Key": f"k{number}", "Value": ""} for number in range(51)], "50"),
    ],
)
def test_tags_that_are_none(parts: Parts, tags: list[dict[str, str]], words: str) -> None:
    domain = parts.call("ListDomains")["Domains"][0]
    for operation, request in (
        ("AddTags", {"ResourceArn": domain["DomainArn"]}),
        ("CreateSpace", {"DomainId": domain["DomainId"], "SpaceName": "tagged"}),
    ):
        with pytest.raises(ValidationError, match=words):
            parts.call(operation, **request, Tags=tags)
    assert parts.call("ListTags", ResourceArn=domain["DomainArn"]) == {"Tags": []}
    assert parts.call("ListSpaces") == {"Spaces": []}


def test_there_is_one_page_of_tags(parts: Parts) -> None:
    arn = parts.call("ListDomains")["Domains"][0]["DomainArn"]
    parts.call("AddTags", ResourceArn=arn, Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)])
    assert len(parts.call("ListTags", ResourceArn=arn)["Tags"]) == 50
    with pytest.raises(ValidationError, match="Invalid NextToken"):
        parts.call("ListTags", ResourceArn=arn, NextToken="x")
    with pytest.raises(ValidationError, match="greater than or equal to 50"):
        parts.call("ListTags", ResourceArn=arn, MaxResults=10)


def test_a_new_thing_does_not_inherit_the_tags_of_an_old_one(parts: Parts) -> None:
    domain = parts.call("ListDomains")["Domains"][0]["DomainId"]
    request = {"DomainId": domain, "SpaceName": "mine"}
    arn = parts.call("CreateSpace", **request, Tags=[A])["SpaceArn"]
    parts.pass_time(1)
    parts.call("DeleteSpace", **request)
    # While it is going it can still be tagged.
    parts.call("AddTags", ResourceArn=arn, Tags=[B])
    parts.pass_time(1)
    with pytest.raises(NotFoundError):
        parts.call("ListTags", ResourceArn=arn)
    parts.call("CreateSpace", **request)
    assert parts.call("ListTags", ResourceArn=arn) == {"Tags": []}


def test_a_thing_and_its_tags_are_stored_together(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    domain = parts.call("ListDomains")["Domains"][0]["DomainId"]
    (tags,) = (family for family in parts.service.families if type(family).__name__ == "Tags")

    def fail(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(tags, "put", fail)
        with pytest.raises(OSError, match="no space"):
            parts.call("CreateSpace", DomainId=domain, SpaceName="mine", Tags=[A])
    assert parts.call("ListSpaces") == {"Spaces": []}
    assert parts.call("CreateSpace", DomainId=domain, SpaceName="mine", Tags=[A])["SpaceArn"].endswith("/mine")
