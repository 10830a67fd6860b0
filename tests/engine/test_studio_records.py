"""Domains, user profiles and spaces: their states, and that nothing of a request is lost."""

from __future__ import annotations

from typing import Any

import pytest
from local_engine_parts import START, Parts

from jupyter_sm_ext.engine.studio_family import merged
from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.model import get_model

ROLE = "arn:aws:iam::000000000000:role/SageMakerLocalRole"
TRN1 = {"DefaultResourceSpec": {"InstanceType": "ml.trn1.32xlarge"}}
LAB = {"AppType": "JupyterLab", "JupyterLabAppSettings": TRN1}


@pytest.fixture
def domain_id(parts: Parts) -> str:
    return str(parts.call("ListDomains")["Domains"][0]["DomainId"])


def private_space(domain_id: str, name: str = "mine", **more: Any) -> dict[str, Any]:
    return {
        "DomainId": domain_id,
        "SpaceName": name,
        "SpaceSettings": {**LAB, "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 20}}},
        "OwnershipSettings": {"OwnerUserProfileName": "default"},
        "SpaceSharingSettings": {"SharingType": "Private"},
        "SpaceDisplayName": "Mine",
        **more,
    }


def test_a_space_gives_back_what_it_was_made_of(parts: Parts, domain_id: str) -> None:
    request = private_space(domain_id)
    made = parts.call("CreateSpace", **request)
    arn = f"arn:aws:sagemaker:us-east-1:000000000000:space/{domain_id}/mine"
    assert made == {"SpaceArn": arn}
    found = parts.call("DescribeSpace", DomainId=domain_id, SpaceName="mine")
    assert {name: found[name] for name in request} == request
    assert (found["Status"], found["CreationTime"], found["LastModifiedTime"]) == ("Pending", START, START)
    assert found["Url"].endswith("/jupyterlab/default")
    assert found["HomeEfsFileSystemUid"].isdigit()
    (row,) = parts.call("ListSpaces")["Spaces"]
    assert row["SpaceSettingsSummary"] == {
        "AppType": "JupyterLab",
        "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 20}},
    }
    assert row["SpaceSharingSettingsSummary"] == {"SharingType": "Private"}
    assert row["OwnershipSettingsSummary"] == {"OwnerUserProfileName": "default"}


@pytest.mark.parametrize("noun", ["Domain", "UserProfile", "Space"])
def test_an_answer_holds_only_what_the_model_knows(parts: Parts, domain_id: str, noun: str) -> None:
    parts.call("CreateSpace", **private_space(domain_id))
    request = {"DomainId": domain_id, "UserProfileName": "default", "SpaceName": "mine"}
    model = get_model()
    for verb in ("Describe", "List"):
        operation = model.operation(f"{verb}{noun}{'s' if verb == 'List' else ''}")
        assert operation.input_shape is not None
        assert operation.output_shape is not None
        known: Any = operation.output_shape.members
        wanted = {name: request[name] for name in operation.input_shape.required_members}
        answer = parts.call(operation.name, **wanted)
        if verb == "List":
            (member,) = [name for name in known if name != "NextToken"]
            known, (answer,) = known[member].member.members, answer[member]
        assert set(answer) <= set(known)


def test_states_follow_the_clock(parts: Parts, domain_id: str) -> None:
    def status() -> str:
        return str(parts.call("DescribeSpace", DomainId=domain_id, SpaceName="mine")["Status"])

    parts.call("CreateSpace", **private_space(domain_id))
    assert 0 < (parts.ticker.round() or 0) <= 0.5
    assert status() == "Pending"
    parts.pass_time(0.6)
    assert status() == "InService"
    parts.call("UpdateSpace", DomainId=domain_id, SpaceName="mine", SpaceDisplayName="Other")
    assert status() == "Updating"
    parts.pass_time(0.6)
    assert status() == "InService"
    assert parts.call("DeleteSpace", DomainId=domain_id, SpaceName="mine") == {}
    assert status() == "Deleting"
    parts.pass_time(0.6)
    with pytest.raises(NotFoundError, match="does not exist"):
        status()
    assert parts.ticker.round() is None
    parts.call("CreateSpace", **private_space(domain_id))


def test_a_change_moves_the_time_of_change(parts: Parts, domain_id: str) -> None:
    parts.call("CreateSpace", **private_space(domain_id))
    parts.pass_time(7)
    found = parts.call("DescribeSpace", DomainId=domain_id, SpaceName="mine")
    (row,) = parts.call("ListSpaces", SortBy="LastModifiedTime")["Spaces"]
    assert (found["CreationTime"], found["LastModifiedTime"]) == (START, START + 7)
    assert (row["Status"], row["LastModifiedTime"]) == ("InService", START + 7)


def test_a_domain_gives_back_what_it_was_made_of(parts: Parts) -> None:
    request = {
        "DomainName": "team",
        "AuthMode": "IAM",
        "DefaultUserSettings": {"ExecutionRole": ROLE, "JupyterLabAppSettings": TRN1},
        "DefaultSpaceSettings": {"ExecutionRole": ROLE},
        "SubnetIds": ["subnet-1"],
        "VpcId": "vpc-1",
        "AppNetworkAccessType": "VpcOnly",
        "DomainSettings": {"SecurityGroupIds": ["sg-1"]},
        "TagPropagation": "ENABLED",
    }
    made = parts.call("CreateDomain", **request, Tags=[{"Key": "a", "Value": "b"}])
    assert made["Url"] == f"https://{made['DomainId']}.studio.us-east-1.sagemaker.aws"
    found = parts.call("DescribeDomain", DomainId=made["DomainId"])
    assert {name: found[name] for name in request} == request
    assert found["Status"] == "Pending"
    assert found["HomeEfsFileSystemId"].startswith("fs-")
    assert parts.call("ListTags", ResourceArn=made["DomainArn"]) == {"Tags": [{"Key": "a", "Value": "b"}]}
    with pytest.raises(ConflictError, match="Pending"):
        parts.call("CreateSpace", DomainId=made["DomainId"], SpaceName="early")
    parts.pass_time(1)
    parts.call("CreateSpace", DomainId=made["DomainId"], SpaceName="in-time")


def test_a_domain_without_a_home_file_system(parts: Parts) -> None:
    made = parts.call(
        "CreateDomain",
        DomainName="bare",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": ROLE},
        HomeEfsFileSystemCreation="Disabled",
    )
    parts.pass_time(1)
    key = {"DomainId": made["DomainId"], "UserProfileName": "me"}
    parts.call("CreateUserProfile", **key)
    assert "HomeEfsFileSystemId" not in parts.call("DescribeDomain", DomainId=made["DomainId"])
    assert "HomeEfsFileSystemUid" not in parts.call("DescribeUserProfile", **key)


def test_an_update_changes_what_it_names(parts: Parts, domain_id: str) -> None:
    parts.call(
        "UpdateDomain",
        DomainId=domain_id,
        DefaultUserSettings={"JupyterLabAppSettings": TRN1},
        DomainSettingsForUpdate={"SecurityGroupIds": ["sg-2"]},
    )
    found = parts.call("DescribeDomain", DomainId=domain_id)
    assert found["DefaultUserSettings"] == {"ExecutionRole": ROLE, "JupyterLabAppSettings": TRN1}
    assert found["DomainSettings"] == {"SecurityGroupIds": ["sg-2"]}
    with pytest.raises(ConflictError, match="Updating"):
        parts.call("UpdateDomain", DomainId=domain_id)
    key = {"DomainId": domain_id, "UserProfileName": "default"}
    parts.call("UpdateUserProfile", **key, UserSettings={"SecurityGroups": ["sg-3"]})
    assert parts.call("DescribeUserProfile", **key)["UserSettings"] == {"SecurityGroups": ["sg-3"]}


def test_lists_of_a_settings_member_are_replaced() -> None:
    assert merged({"a": [1, 2], "b": {"c": 1, "d": 2}}, {"a": [3], "b": {"d": 4}}) == {"a": [3], "b": {"c": 1, "d": 4}}
    assert merged(None, {"a": 1}) == {"a": 1}


def test_the_order_of_deletion(parts: Parts, domain_id: str) -> None:
    profile = {"DomainId": domain_id, "UserProfileName": "default"}
    space = {"DomainId": domain_id, "SpaceName": "mine"}
    parts.call("CreateSpace", **private_space(domain_id))
    with pytest.raises(ConflictError, match=r"UserProfile\(s\) are associated with it"):
        parts.call("DeleteDomain", DomainId=domain_id)
    with pytest.raises(ConflictError, match=r"Space\(s\) are associated with it"):
        parts.call("DeleteUserProfile", **profile)
    with pytest.raises(ConflictError, match="Pending"):
        parts.call("DeleteSpace", **space)
    parts.pass_time(1)
    parts.call("DeleteSpace", **space)
    with pytest.raises(ConflictError, match="Deleting"):
        parts.call("DeleteSpace", **space)
    parts.pass_time(1)
    parts.call("DeleteUserProfile", **profile)
    parts.pass_time(1)
    parts.call("DeleteDomain", DomainId=domain_id, RetentionPolicy={"HomeEfsFileSystem": "Delete"})
    parts.pass_time(1)
    assert parts.call("ListDomains") == {"Domains": []}


def test_names_are_taken_once_a_domain(parts: Parts, domain_id: str) -> None:
    parts.call("CreateSpace", DomainId=domain_id, SpaceName="mine")
    with pytest.raises(ConflictError, match="already exists") as caught:
        parts.call("CreateSpace", DomainId=domain_id, SpaceName="mine")
    assert caught.value.code == "ResourceInUse"
    with pytest.raises(ConflictError, match="already exists"):
        parts.call("CreateUserProfile", DomainId=domain_id, UserProfileName="default")
    other = parts.call("CreateDomain", DomainName="local", AuthMode="IAM", DefaultUserSettings={"ExecutionRole": ROLE})
    parts.pass_time(1)
    parts.call("CreateSpace", DomainId=other["DomainId"], SpaceName="mine")


def test_lists_take_filters(parts: Parts, domain_id: str) -> None:
    for name in ("alpha", "beta", "alphabet"):
        parts.call("CreateSpace", DomainId=domain_id, SpaceName=name)
        parts.clock.at += 1

    def names(**request: Any) -> list[str]:
        return [row["SpaceName"] for row in parts.call("ListSpaces", **request)["Spaces"]]

    assert names() == ["alpha", "beta", "alphabet"]
    assert names(SpaceNameContains="alpha", SortOrder="Descending") == ["alphabet", "alpha"]
    assert names(SpaceNameContains=domain_id[2:]) == []
    assert names(DomainIdEquals=domain_id, MaxResults=2) == ["alpha", "beta"]
    assert names(DomainIdEquals="d-somewhereels") == []
    assert len(parts.call("ListUserProfiles", UserProfileNameContains="fau")["UserProfiles"]) == 1


@pytest.mark.parametrize(
    ("operation", "request_", "error", "words"),
    [
        ("DescribeDomain", {"DomainId": "d-nowhere"}, NotFoundError, "domain/d-nowhere"),
        ("CreateSpace", {"DomainId": "d-nowhere", "SpaceName": "x"}, NotFoundError, "d-nowhere"),
        ("CreateSpace", {"OwnershipSettings": {"OwnerUserProfileName": "x"}}, ValidationError, "together"),
        (
            "CreateSpace",
            {"OwnershipSettings": {"OwnerUserProfileName": "who"}, "SpaceSharingSettings": {"SharingType": "Shared"}},
            ValidationError,
            "who",
        ),
        ("CreateSpace", {"SpaceSettings": {"AppType": "Notepad"}}, ValidationError, "enum value set"),
        ("CreateSpace", {"SpaceName": "no spaces in it"}, ValidationError, "regular expression"),
        ("CreateSpace", {"Color": "red"}, ValidationError, "color|Color"),
        (
            "CreateSpace",
            {"SpaceSettings": {"JupyterServerAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.micro"}}}},
            ValidationError,
            "Invalid instance type 'ml.t3.micro' for JupyterServer App. Only 'system' instance type is supported",
        ),
        (
            "CreateSpace",
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
            ValidationError,
            "Duplicate",
        ),
        ("CreateSpace", {"Tags": [{"Key": "aws:a", "Value": "1"}]}, ValidationError, "aws:"),
        (
            "CreateDomain",
            {"DomainName": "x", "AuthMode": "SSO", "DefaultUserSettings": {}},
            ValidationError,
            "Identity Center",
        ),
        ("DescribeSpace", {"SpaceName": "gone"}, NotFoundError, "does not exist"),
        ("UpdateSpace", {"SpaceName": "gone"}, NotFoundError, "does not exist"),
        ("DeleteSpace", {"SpaceName": "gone"}, NotFoundError, "does not exist"),
        ("ListTags", {"ResourceArn": "arn:aws:sagemaker:us-east-1:000000000000:space/x/y"}, NotFoundError, "space/x/y"),
    ],
)
def test_what_is_refused(
    parts: Parts, domain_id: str, operation: str, request_: dict[str, Any], error: type[SageMakerError], words: str
) -> None:
    shape = get_model().operation(operation).input_shape
    assert shape is not None
    base = {"DomainId": domain_id, "SpaceName": "new"}
    request = {**{name: value for name, value in base.items() if name in shape.required_members}, **request_}
    before = parts.engine.store.database.total_changes
    with pytest.raises(error, match=words):
        parts.call(operation, **request)
    assert parts.engine.store.database.total_changes == before


def test_tags(parts: Parts, domain_id: str) -> None:
    arn = parts.call("CreateSpace", DomainId=domain_id, SpaceName="mine", Tags=[{"Key": "b", "Value": "1"}])["SpaceArn"]
    added = parts.call("AddTags", ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])
    assert added["Tags"] == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]
    parts.call("DeleteTags", ResourceArn=arn, TagKeys=["a", "nothing"])
    assert parts.call("ListTags", ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "3"}]
    with pytest.raises(ValidationError, match="50"):
        parts.call("AddTags", ResourceArn=arn, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
    assert len(parts.call("ListTags", ResourceArn=arn)["Tags"]) == 1
    parts.pass_time(1)
    parts.call("DeleteSpace", DomainId=domain_id, SpaceName="mine")
    parts.pass_time(1)
    parts.call("CreateSpace", DomainId=domain_id, SpaceName="mine")
    assert parts.call("ListTags", ResourceArn=arn)["Tags"] == []
