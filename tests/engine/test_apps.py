"""What apps may be, and what is told of them; no app runs here."""

from __future__ import annotations

from typing import Any

import pytest
from apps_help import PROFILE, app, idle
from local_engine_parts import START, Parts
from sample_requests import private_space

from jupyter_sm_ext.engine.apps import rules, urls
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.model import get_model

DAY = 24 * 3600.0


@pytest.fixture
def domain_id(parts: Parts) -> str:
    found: str = parts.call("ListDomains")["Domains"][0]["DomainId"]
    return found


def add_space(parts: Parts, domain_id: str, **request: Any) -> None:
    parts.call("CreateSpace", DomainId=domain_id, **request)
    parts.pass_time(1)


def fail(parts: Parts, domain_id: str, name: str = "default") -> dict[str, Any]:
    """An app that is over without a process: of a type that no machine has."""
    key = {"DomainId": domain_id, **app("Canvas", name)}
    parts.call("CreateApp", **key)
    parts.ticker.round()
    return key


def test_an_app_that_cannot_run_here_says_why(parts: Parts, domain_id: str) -> None:
    for app_type in get_model().enum("AppType"):
        if app_type in rules.JUPYTER_TYPES:
            continue
        key = {"DomainId": domain_id, **app(app_type)}
        if app_type == "CodeEditor":
            add_space(parts, domain_id, **private_space("code", "CodeEditor"))
            key = {"DomainId": domain_id, **app(app_type, SpaceName="code")}
        parts.call("CreateApp", **key)
        assert parts.call("DescribeApp", **key)["Status"] == "Pending"
        parts.ticker.round()
        found = parts.call("DescribeApp", **key)
        assert found["Status"] == "Failed"
        assert "JupyterLab, JupyterServer and KernelGateway" in found["FailureReason"]
        with pytest.raises(ValidationError, match="previously failed and was automatically deleted"):
            parts.call("DeleteApp", **key)


def test_every_member_is_given_back(parts: Parts, domain_id: str) -> None:
    image = "arn:aws:sagemaker:us-east-1:000000000000:image/mine"
    add_space(parts, domain_id, **private_space())
    request = {
        "DomainId": domain_id,
        **app("JupyterLab", SpaceName="mine"),
        "ResourceSpec": {"InstanceType": "ml.trn1.2xlarge", "SageMakerImageArn": image},
        "RecoveryMode": True,
    }
    arn = parts.call("CreateApp", **request, Tags=[{"Key": "a", "Value": "b"}])["AppArn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:000000000000:app/{domain_id}/mine/jupyterlab/default"
    found = parts.call("DescribeApp", DomainId=domain_id, **app("JupyterLab", SpaceName="mine"))
    assert {name: found[name] for name in request} == request
    assert (found["Status"], found["CreationTime"], found["AppArn"]) == ("Pending", parts.clock.at, arn)
    (row,) = parts.call("ListApps")["Apps"]
    assert row == {name: found[name] for name in row}
    assert {"AppType", "AppName", "DomainId", "SpaceName", "Status", "CreationTime", "ResourceSpec"} == set(row)
    assert parts.call("ListTags", ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


@pytest.mark.parametrize(
    ("request_", "error", "words"),
    [
        ({"SpaceName": "mine"}, ValidationError, "cannot both be set"),
        ({"UserProfileName": None}, ValidationError, "Either UserProfileName or SpaceName"),
        ({"DomainId": "d-nowhere"}, NotFoundError, "Domain .*d-nowhere"),
        ({"UserProfileName": "nobody"}, NotFoundError, "UserProfile .*nobody"),
        ({"UserProfileName": None, "SpaceName": "nowhere"}, NotFoundError, "Space .*nowhere"),
        ({"AppType": "JupyterLab"}, ValidationError, r"Invalid AppType \[JupyterLab\]"),
        ({"UserProfileName": None, "SpaceName": "mine"}, ValidationError, "supports: JupyterLab"),
        ({"UserProfileName": None, "SpaceName": "classic", "AppType": "JupyterLab"}, ValidationError, "KernelGateway"),
        ({"AppType": "KernelGateway"}, ValidationError, "InstanceType must be set"),
        (
            {"ResourceSpec": {"InstanceType": "ml.t3.medium"}},
            ValidationError,
            "Invalid instance type 'ml.t3.medium' for JupyterServer App. Only 'system' instance type is supported",
        ),
        (
            {
                "UserProfileName": None,
                "SpaceName": "mine",
                "AppType": "JupyterLab",
                "ResourceSpec": {"InstanceType": "system"},
            },
            ValidationError,
            "Invalid instance type 'system' for JupyterLab",
        ),
        ({"ResourceSpec": {"InstanceType": "ml.t9.huge"}}, ValidationError, "enum value set"),
        (
            {
                "ResourceSpec": {
                    "LifecycleConfigArn": "arn:aws:sagemaker:us-east-1:1" + "0" * 11 + ":studio-lifecycle-config/x"
                }
            },
            ValidationError,
            "studio-lifecycle-config/x] does not exist",
        ),
        (
            {"ResourceSpec": {"TrainingPlanArn": "arn:aws:sagemaker:us-east-1:1" + "0" * 11 + ":training-plan/x"}},
            ValidationError,
            "training-plan/x] does not exist",
        ),
        ({"AppName": "no spaces"}, ValidationError, "regular expression"),
    ],
)
def test_what_is_refused(
    parts: Parts, domain_id: str, request_: dict[str, Any], error: type[SageMakerError], words: str
) -> None:
    add_space(parts, domain_id, **private_space())
    add_space(parts, domain_id, SpaceName="classic")
    request = {"DomainId": domain_id, **app("JupyterServer"), **request_}
    with pytest.raises(error, match=words):
        parts.call("CreateApp", **{name: value for name, value in request.items() if value is not None})
    assert parts.call("ListApps")["Apps"] == []


def test_an_owner_must_be_in_service(parts: Parts, domain_id: str) -> None:
    parts.call("CreateSpace", DomainId=domain_id, **private_space())
    with pytest.raises(ConflictError, match="Pending"):
        parts.call("CreateApp", DomainId=domain_id, **app("JupyterLab", SpaceName="mine"))


@pytest.mark.parametrize("operation", ["DescribeApp", "DeleteApp"])
def test_an_app_that_is_not_there(parts: Parts, domain_id: str, operation: str) -> None:
    with pytest.raises(NotFoundError, match="jupyterserver/default"):
        parts.call(operation, DomainId=domain_id, **app("JupyterServer"))
    with pytest.raises(ValidationError, match="Either"):
        parts.call(operation, DomainId=domain_id, AppType="JupyterServer", AppName="default")


def test_names_and_who_is_in_use(parts: Parts, domain_id: str) -> None:
    space = {"DomainId": domain_id, "SpaceName": "mine"}
    add_space(parts, domain_id, **private_space())
    parts.call("CreateApp", DomainId=domain_id, **app("JupyterLab", SpaceName="mine"))
    with pytest.raises(ConflictError, match="already exists") as caught:
        parts.call("CreateApp", DomainId=domain_id, **app("JupyterLab", SpaceName="mine"))
    assert caught.value.code == "ResourceInUse"
    with pytest.raises(ConflictError, match="already"):
        parts.call("CreateApp", DomainId=domain_id, **app("JupyterLab", "second", SpaceName="mine"))
    with pytest.raises(ConflictError, match=r"Unable to delete Space \[.*\] because App\(s\) are associated with it"):
        parts.call("DeleteSpace", **space)
    parts.call("CreateApp", DomainId=domain_id, **app("JupyterServer"))
    for name in ("a", "b"):
        parts.call(
            "CreateApp", DomainId=domain_id, **app("KernelGateway", name), ResourceSpec={"InstanceType": "system"}
        )
    found = parts.call("DescribeApp", DomainId=domain_id, **app("KernelGateway", "a"))
    assert found["ResourceSpec"]["InstanceType"] == "ml.t3.medium"
    # Those that never ran are gone with the next tick.
    keys = [("JupyterLab", "default", {"SpaceName": "mine"}), ("JupyterServer", "default", PROFILE)]
    keys += [("KernelGateway", name, PROFILE) for name in ("a", "b")]
    for app_type, name, owner in keys:
        parts.call("DeleteApp", DomainId=domain_id, **app(app_type, name, **owner))
    with pytest.raises(ConflictError, match="Deleting"):
        parts.call("DeleteApp", DomainId=domain_id, **app("JupyterServer"))
    with pytest.raises(ConflictError, match=r"App\(s\)"):
        parts.call("DeleteUserProfile", DomainId=domain_id, **PROFILE)
    parts.ticker.round()
    assert {row["Status"] for row in parts.call("ListApps")["Apps"]} == {"Deleted"}
    with pytest.raises(ValidationError, match="has already been deleted"):
        parts.call("DeleteApp", DomainId=domain_id, **app("JupyterServer"))
    parts.call("DeleteSpace", **space)
    parts.pass_time(1)
    parts.call("DeleteUserProfile", DomainId=domain_id, **PROFILE)


def test_a_profile_with_an_app_is_in_use(parts: Parts, domain_id: str) -> None:
    parts.call("CreateApp", DomainId=domain_id, **app("JupyterServer"))
    with pytest.raises(ConflictError, match=r"Unable to delete UserProfile \[.*\] because App\(s\) are associated"):
        parts.call("DeleteUserProfile", DomainId=domain_id, **PROFILE)
    parts.call("DeleteApp", DomainId=domain_id, **app("JupyterServer"))


def test_a_failed_app_is_no_hindrance(parts: Parts, domain_id: str) -> None:
    key = fail(parts, domain_id)
    parts.clock.at += 5
    parts.call("CreateApp", **key)
    found = parts.call("DescribeApp", **key)
    assert (found["Status"], found["CreationTime"], "FailureReason" in found) == ("Pending", START + 5, False)
    parts.ticker.round()
    parts.call("DeleteUserProfile", DomainId=domain_id, **PROFILE)


def test_what_is_over_fades_after_a_day(parts: Parts, domain_id: str) -> None:
    key = fail(parts, domain_id)
    parts.clock.at += 100
    parts.call("CreateApp", DomainId=domain_id, **app("JupyterServer"), Tags=[{"Key": "a", "Value": "b"}])
    parts.call("DeleteApp", DomainId=domain_id, **app("JupyterServer"))
    parts.ticker.round()
    parts.pass_time(DAY - 150)
    assert len(parts.call("ListApps")["Apps"]) == 2
    parts.pass_time(60)
    with pytest.raises(NotFoundError):
        parts.call("DescribeApp", **key)
    (left,) = parts.call("ListApps")["Apps"]
    assert (left["AppType"], left["Status"]) == ("JupyterServer", "Deleted")
    # Within the day it is the same app, started again; its tags are the new request's.
    parts.call("CreateApp", DomainId=domain_id, **app("JupyterServer"))
    (again,) = parts.call("ListApps")["Apps"]
    assert (again["Status"], again["CreationTime"]) == ("Pending", left["CreationTime"])
    parts.call("DeleteApp", DomainId=domain_id, **app("JupyterServer"))
    parts.ticker.round()
    parts.pass_time(DAY + 1)
    assert parts.call("ListApps")["Apps"] == []
    assert parts.ticker.round() is None


def test_lists_are_filtered_before_they_are_cut(parts: Parts, domain_id: str) -> None:
    for number in range(7):
        fail(parts, domain_id, f"canvas-{number}")
        parts.clock.at += 1
    add_space(parts, domain_id, SpaceName="classic")
    parts.call("CreateApp", DomainId=domain_id, **app("JupyterServer", SpaceName="classic"))

    def names(**request: Any) -> list[str]:
        return [row["AppName"] for row in parts.call("ListApps", **request)["Apps"]]

    assert names(SpaceNameEquals="classic", MaxResults=2) == ["default"]
    assert names(UserProfileNameEquals="default", DomainIdEquals=domain_id, MaxResults=100) == [
        f"canvas-{number}" for number in range(7)
    ]
    assert names(DomainIdEquals="d-somewhereels") == []
    first = parts.call("ListApps", UserProfileNameEquals="default", MaxResults=4, SortOrder="Descending")
    rest = parts.call(
        "ListApps",
        UserProfileNameEquals="default",
        MaxResults=4,
        SortOrder="Descending",
        NextToken=first["NextToken"],
    )
    assert [row["AppName"][-1] for row in first["Apps"] + rest["Apps"]] == list("6543210")
    assert "NextToken" not in rest
    with pytest.raises(ValidationError, match="cannot both be set"):
        names(SpaceNameEquals="classic", UserProfileNameEquals="default")


def owner(
    space: Any = None, profile: Any = None, users: Any = None, spaces: Any = None, *, private: bool = True
) -> Any:
    """An owner with these settings: a profile, or a space if it has settings."""

    def record(kind: str, key: str, **body: Any) -> Record:
        return Record(kind, key, key, 0.0, 0.0, "InService", body=body)

    domain = record("domains", "d", DefaultUserSettings=users or {}, DefaultSpaceSettings=spaces or {})
    holder = record("user-profiles", "d/me", UserSettings=profile or {})
    if space is None:
        return rules.Owner(domain, holder, holder)
    return rules.Owner(domain, record("spaces", "d/s", SpaceSettings=space), holder if private else None)


def spec(instance: str | None = None, **more: str) -> dict[str, Any]:
    found = {**more, **({"InstanceType": instance} if instance else {})}
    return {"KernelGatewayAppSettings": {"DefaultResourceSpec": found}}


@pytest.mark.parametrize(
    ("whose", "own", "instance"),
    [
        (owner(profile=spec("ml.m5.large"), users=spec("ml.c5.large")), "ml.trn1.2xlarge", "ml.trn1.2xlarge"),
        (owner(profile=spec("ml.m5.large"), users=spec("ml.c5.large")), None, "ml.m5.large"),
        (owner(users=spec("ml.c5.large"), spaces=spec("ml.r5.large")), None, "ml.c5.large"),
        (owner(spec("ml.p3.2xlarge"), spec("ml.m5.large"), spec("ml.c5.large")), None, "ml.p3.2xlarge"),
        (owner({}, spec("ml.m5.large"), spec("ml.c5.large"), spec("ml.r5.large")), None, "ml.m5.large"),
        (owner({}, spec("ml.m5.large"), spec("ml.c5.large"), spec("ml.r5.large"), private=False), None, "ml.r5.large"),
        (owner(profile=spec(None, LifecycleConfigArn="None"), users=spec("system")), None, "ml.t3.medium"),
    ],
)
def test_whose_resource_spec_holds(whose: rules.Owner, own: str | None, instance: str) -> None:
    request = {"AppType": "KernelGateway", "ResourceSpec": {"InstanceType": own} if own else {}}
    assert rules.resource_spec(whose, request) == {"InstanceType": instance}


@pytest.mark.parametrize(
    ("whose", "minutes"),
    [
        (owner({}), None),
        (owner(idle(60)), None),
        (owner({}, idle(120)), None),
        (owner({}, None, idle(120, LifecycleManagement="ENABLED")), 120),
        (owner({}, idle(90), idle(120, LifecycleManagement="ENABLED")), 90),
        (owner({}, idle(LifecycleManagement="DISABLED"), idle(120, LifecycleManagement="ENABLED")), None),
        (owner({}, idle(LifecycleManagement="ENABLED")), 10_080),
        (owner(idle(70), idle(90), idle(120, LifecycleManagement="ENABLED")), 70),
        (owner(idle(70), None, idle(120, LifecycleManagement="ENABLED", MinIdleTimeoutInMinutes=100)), 100),
        (owner(idle(9000), None, idle(120, LifecycleManagement="ENABLED", MaxIdleTimeoutInMinutes=600)), 600),
        (owner({}, None, idle(120, LifecycleManagement="ENABLED"), {}, private=False), None),
        (owner({}, None, {}, idle(150, LifecycleManagement="ENABLED"), private=False), 150),
    ],
)
def test_whose_idle_settings_hold(whose: rules.Owner, minutes: int | None) -> None:
    assert rules.idle_seconds(whose, "JupyterLab") == (None if minutes is None else minutes * 60)
    assert rules.idle_seconds(whose, "JupyterServer") is None


def test_every_app_has_a_host_of_its_own() -> None:
    def host(key: str) -> str:
        return urls.app_host(Record("apps", key, "", 0, 0, ""))

    keys = [
        "d-1/space/Mine/JupyterLab/default",
        "d-1/space/mine/JupyterLab/default",
        "d-1/profile/mine/JupyterServer/default",
        "d-2/space/mine/JupyterLab/default",
        "d-1/profile/mine/KernelGateway/a",
        "d-1/profile/mine/KernelGateway/b",
        f"d-1/space/{'x' * 63}/RStudioServerPro/{'y' * 63}",
    ]
    hosts = {host(key) for key in keys}
    assert len(hosts) == len(keys)
    for one in hosts:
        label, _, rest = one.partition(".")
        assert (rest, label, len(label) <= 63) == ("studio.localhost", label.lower(), True)
