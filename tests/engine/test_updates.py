"""Updates of domains, user profiles and spaces: every member changes what it says and nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.model import MapShape, StructureShape
from local_engine_parts import Parts
from member_walk import Path, alone, at, leaves, sample

from jupyter_sm_ext.errors import ConflictError
from jupyter_sm_ext.model import get_model

Json = dict[str, Any]
NOUNS = ("Domain", "UserProfile", "Space")

# Refused, because no machine has an IAM Identity Center.
REFUSED = {("SingleSignOnUserIdentifier",), ("SingleSignOnUserValue",)}
# In the service, too, this one has one value only.
ONLY = {("JupyterServerAppSettings", "DefaultResourceSpec", "InstanceType"): "system", ("AuthMode",): "IAM"}
NAMES = {"DomainSettingsForUpdate": "DomainSettings"}
INNER_NAMES = {"RStudioServerProDomainSettingsForUpdate": "RStudioServerProDomainSettings"}


def only(path: Path) -> Any:
    return next((value for end, value in ONLY.items() if path[-len(end) :] == end), None)


def made_right(request: Json, path: Path = ()) -> Json:
    """A sample without what is refused, and with what has one value only."""
    for name in list(request):
        here = (*path, name)
        if here in REFUSED:
            del request[name]
        elif only(here) is not None:
            request[name] = only(here)
        elif isinstance(request[name], dict):
            made_right(request[name], here)
    return request


def shape(operation: str) -> StructureShape:
    found = get_model().operation(operation).input_shape
    assert found is not None
    return found


class Studio:
    """One domain, profile or space with every member set."""

    def __init__(self, parts: Parts, noun: str) -> None:
        self.parts, self.noun = parts, noun
        domain = str(parts.call("ListDomains")["Domains"][0]["DomainId"])
        keys = {"Domain": {}, "UserProfile": {"UserProfileName": "mine"}, "Space": {"SpaceName": "mine"}}
        self.key: Json = keys[noun]
        if noun != "Domain":
            self.key = {"DomainId": domain, **self.key}
        self.request = {**made_right(sample(shape(f"Create{noun}"))), **self.key}
        if noun == "Space":
            self.request["OwnershipSettings"] = {"OwnerUserProfileName": "default"}
        made = parts.call(f"Create{noun}", **self.request)
        if noun == "Domain":
            self.key = {"DomainId": made["DomainId"]}

    def describe(self) -> Json:
        return self.parts.call(f"Describe{self.noun}", **self.key)

    def settle(self) -> Json:
        self.parts.pass_time(1)
        found = self.describe()
        assert found["Status"] == "InService"
        return found

    def update(self, **request: Any) -> Json:
        return self.parts.call(f"Update{self.noun}", **self.key, **request)


@pytest.fixture(params=NOUNS)
def studio(parts: Parts, request: pytest.FixtureRequest) -> Studio:
    return Studio(parts, request.param)


def described_path(path: Path) -> Path:
    first, *rest = path
    if first not in NAMES:
        return path
    return (NAMES[first], INNER_NAMES.get(rest[0], rest[0]), *rest[1:])


def changed(before: Json, request: Json, of: StructureShape, prefix: Path = ()) -> Json:
    """What Describe must say after an update: the values in the request, and all else as it was."""
    wanted = copy.deepcopy(before)

    def put(part: Json, inner: StructureShape, path: Path) -> None:
        for name, value in part.items():
            member = inner.members[name]
            here = (*path, name)
            if isinstance(member, StructureShape):
                put(value, member, here)
                continue
            target, end = wanted, described_path(here)
            for step in end[:-1]:
                target = target.setdefault(step, {})
            if isinstance(member, MapShape):
                value = {**target.get(end[-1], {}), **value}
            target[end[-1]] = value

    put(request, of, prefix)
    return wanted


TIMES = ("LastModifiedTime", "Status")


def without_times(found: Json) -> Json:
    return {name: value for name, value in found.items() if name not in TIMES}


def test_every_member_of_update_changes_that_and_nothing_else(studio: Studio) -> None:
    operation = f"Update{studio.noun}"
    of = shape(operation)
    before = studio.settle()
    walked = 0
    for path, leaf in leaves(of):
        if path[0] in studio.key:
            continue
        value = only(path)
        request = alone(of, path, 1, sample(leaf, 1) if value is None else value)
        request = made_right({name: value for name, value in request.items() if name not in of.required_members})
        assert studio.update(**request)[f"{studio.noun}Arn"] == before[f"{studio.noun}Arn"]
        assert studio.describe()["Status"] == "Updating"
        after = studio.settle()
        assert without_times(after) == without_times(changed(before, request, of)), path
        assert at(after, described_path(path)) is not None
        assert after["LastModifiedTime"] > before["LastModifiedTime"]
        before = after
        walked += 1
    assert walked > {"Domain": 100, "UserProfile": 50, "Space": 20}[studio.noun]


def test_members_that_were_not_there_are_added(parts: Parts) -> None:
    domain = parts.call("ListDomains")["Domains"][0]["DomainId"]
    request = {"DomainId": domain, "UserProfileName": "default"}
    before = parts.call("DescribeUserProfile", **request)
    assert "UserSettings" not in before
    settings = {"SecurityGroups": ["sg-1"], "JupyterLabAppSettings": {"LifecycleConfigArns": []}}
    parts.call("UpdateUserProfile", **request, UserSettings=settings)
    assert parts.call("DescribeUserProfile", **request)["UserSettings"] == settings
    parts.pass_time(1)
    parts.call("UpdateUserProfile", **request, UserSettings={"SecurityGroups": []})
    found = parts.call("DescribeUserProfile", **request)["UserSettings"]
    assert found == {**settings, "SecurityGroups": []}


def test_an_update_of_nothing_is_an_update(studio: Studio) -> None:
    before = studio.settle()
    studio.update()
    assert without_times(studio.settle()) == without_times(before)


@pytest.mark.parametrize("status", ["Pending", "Updating", "Deleting"])
def test_an_update_waits_for_its_turn(studio: Studio, status: str) -> None:
    if status != "Pending":
        studio.settle()
    if status == "Updating":
        studio.update()
    elif status == "Deleting":
        studio.parts.call(f"Delete{studio.noun}", **studio.key)
    before = studio.describe()
    assert before["Status"] == status
    with pytest.raises(ConflictError, match=f"because it is in {status} status"):
        studio.update()
    assert studio.describe() == before
