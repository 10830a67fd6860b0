"""Domains, user profiles, spaces and apps, as any client of SageMaker sees them."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest
from contract_backend import Backend, code_of, new_name
from engine_process import until

NO_PROFILES = "no user profiles, spaces and apps"


def test_a_domain(backend: Backend) -> None:
    request = backend.domain_request(Tags=[{"Key": "team", "Value": "red"}])
    arn = backend.sagemaker.create_domain(**request)["DomainArn"]
    key = {"DomainId": arn.rpartition("/")[2]}
    found = backend.in_service("domain", **key)
    del request["Tags"]
    assert {member: found[member] for member in request} == request
    assert found["DomainArn"] == arn
    rows = {row["DomainId"]: row for row in backend.sagemaker.list_domains()["Domains"]}
    assert rows[key["DomainId"]]["DomainName"] == request["DomainName"]
    assert backend.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "red"}]
    backend.sagemaker.delete_domain(**key, RetentionPolicy={"HomeEfsFileSystem": "Delete"})
    until(lambda: key["DomainId"] not in [row["DomainId"] for row in backend.sagemaker.list_domains()["Domains"]])


@pytest.mark.moto_differs("no DomainId in the response of CreateDomain, no UpdateDomain")
def test_a_domain_is_updated(backend: Backend) -> None:
    key = {"DomainId": backend.sagemaker.create_domain(**backend.domain_request())["DomainId"]}
    backend.in_service("domain", **key)
    settings = {"SecurityGroups": ["sg-0123456789"]}
    arn = backend.sagemaker.update_domain(**key, DefaultUserSettings=settings)["DomainArn"]
    found = backend.in_service("domain", **key)
    assert found["DefaultUserSettings"] == {"ExecutionRole": backend.role, **settings}
    assert found["LastModifiedTime"] > found["CreationTime"]
    assert found["DomainArn"] == arn
    backend.sagemaker.delete_domain(**key)
    backend.gone("domain", **key)


@pytest.mark.moto_differs(NO_PROFILES)
def test_a_user_profile(backend: Backend) -> None:
    settings = {"KernelGatewayAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.trn1n.32xlarge"}}}
    key = {"DomainId": backend.domain_id, "UserProfileName": backend.profile(UserSettings=settings)}
    found = backend.in_service("user_profile", **key)
    assert found["UserSettings"] == settings
    more = {"ExecutionRole": backend.role}
    arn = backend.sagemaker.update_user_profile(**key, UserSettings=more)["UserProfileArn"]
    found = backend.in_service("user_profile", **key)
    assert (found["UserProfileArn"], found["UserSettings"]) == (arn, {**settings, **more})
    rows = backend.sagemaker.list_user_profiles(
        DomainIdEquals=backend.domain_id, UserProfileNameContains=key["UserProfileName"]
    )["UserProfiles"]
    assert [(row["UserProfileName"], row["Status"]) for row in rows] == [(key["UserProfileName"], "InService")]
    with pytest.raises(backend.sagemaker.exceptions.ResourceInUse):
        backend.sagemaker.create_user_profile(**key)
    backend.sagemaker.delete_user_profile(**key)
    backend.gone("user_profile", **key)


@pytest.mark.moto_differs(NO_PROFILES)
def test_a_space(backend: Backend) -> None:
    settings = {"KernelGatewayAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.trn1.32xlarge"}}}
    key = {"DomainId": backend.domain_id, "SpaceName": backend.space(SpaceSettings=settings)}
    assert backend.in_service("space", **key)["SpaceSettings"] == settings
    more = {"JupyterServerAppSettings": {"DefaultResourceSpec": {"InstanceType": "system"}}}
    arn = backend.sagemaker.update_space(**key, SpaceSettings=more)["SpaceArn"]
    found = backend.in_service("space", **key)
    assert (found["SpaceArn"], found["SpaceSettings"]) == (arn, {**settings, **more})
    rows = backend.sagemaker.list_spaces(DomainIdEquals=backend.domain_id, SpaceNameContains=key["SpaceName"])["Spaces"]
    assert [(row["SpaceName"], row["Status"]) for row in rows] == [(key["SpaceName"], "InService")]
    with pytest.raises(backend.sagemaker.exceptions.ResourceInUse):
        backend.sagemaker.create_space(**key)
    backend.sagemaker.delete_space(**key)
    backend.gone("space", **key)


@pytest.mark.moto_differs(NO_PROFILES)
def test_what_is_in_use_is_not_deleted(backend: Backend) -> None:
    backend.space()
    with pytest.raises(backend.sagemaker.exceptions.ResourceInUse, match="associated with it"):
        backend.sagemaker.delete_domain(DomainId=backend.domain_id)


def _app(backend: Backend, app_type: str, name: str = "default") -> dict[str, Any]:
    return {
        "DomainId": backend.domain_id,
        "UserProfileName": backend.profile(),
        "AppType": app_type,
        "AppName": name,
    }


@pytest.mark.moto_differs(NO_PROFILES)
def test_an_app_is_opened_by_a_presigned_url(backend: Backend) -> None:
    key, sagemaker = _app(backend, "JupyterServer"), backend.sagemaker
    arn = sagemaker.create_app(**key)["AppArn"]
    profile = {name: key[name] for name in ("DomainId", "UserProfileName")}
    try:
        found = backend.in_service("app", **key)
        assert (found["AppArn"], found["ResourceSpec"]["InstanceType"]) == (arn, "system")
        assert {member: found[member] for member in key} == key
        (row,) = sagemaker.list_apps(DomainIdEquals=key["DomainId"], UserProfileNameEquals=key["UserProfileName"])[
            "Apps"
        ]
        assert (row["AppName"], row["AppType"], row["Status"]) == ("default", "JupyterServer", "InService")
        with pytest.raises(sagemaker.exceptions.ResourceInUse):
            sagemaker.create_app(**key)
        with pytest.raises(sagemaker.exceptions.ResourceInUse, match=r"App\(s\) are associated with it"):
            sagemaker.delete_user_profile(**profile)
        url = sagemaker.create_presigned_domain_url(**profile, ExpiresInSeconds=30)["AuthorizedUrl"]
        assert _opened(url) == 302
        assert _opened(url) in (401, 403), "it is good for one visit"
    finally:
        sagemaker.delete_app(**key)
    backend.reaches("Deleted", "app", "Status", **key)
    with pytest.raises(sagemaker.exceptions.ClientError, match="has already been deleted"):
        sagemaker.delete_app(**key)
    sagemaker.delete_user_profile(**profile)
    backend.gone("user_profile", **profile)


def _opened(url: str) -> int:
    """Status of a visit that follows no redirect; its host name is this machine, as browsers take it."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    head, _, rest = url.removeprefix("http://").partition("/")
    local = f"http://127.0.0.1:{head.rpartition(':')[2]}/{rest}"
    try:
        with urllib.request.build_opener(Stay).open(urllib.request.Request(local, headers={"Host": head})) as answer:
            return int(answer.status)
    except urllib.request.HTTPError as answer:
        with answer:
            return int(answer.code)


@pytest.mark.moto_differs(NO_PROFILES)
def test_an_app_that_cannot_run_here_fails(backend: Backend) -> None:
    key = _app(backend, "Canvas")
    backend.sagemaker.create_app(**key)
    assert "Canvas" in backend.reaches("Failed", "app", "Status", **key)["FailureReason"]
    profile = {name: key[name] for name in ("DomainId", "UserProfileName")}
    backend.sagemaker.delete_user_profile(**profile)


@pytest.mark.moto_differs(NO_PROFILES)
@pytest.mark.parametrize(
    "changes",
    [
        {"UserProfileName": None},
        {"SpaceName": "both"},
        {"ResourceSpec": {"InstanceType": "ml.t3.medium"}},
        {"AppType": "KernelGateway"},
        {"AppType": "JupyterLab"},
    ],
    ids=["no owner", "two owners", "an instance for JupyterServer", "no instance", "no space"],
)
def test_an_app_that_cannot_be(backend: Backend, changes: dict[str, Any]) -> None:
    request = {**_app(backend, "JupyterServer"), **changes}
    request = {member: value for member, value in request.items() if value is not None}
    assert code_of(lambda: backend.sagemaker.create_app(**request), backend.sagemaker) == "ValidationException"


@pytest.mark.moto_differs("ValidationException where the service has ResourceNotFound; no profiles, spaces and apps")
@pytest.mark.parametrize("verb", ["describe", "delete"])
@pytest.mark.parametrize("noun", ["domain", "user_profile", "space", "app"])
def test_not_found(backend: Backend, noun: str, verb: str) -> None:
    key = {"DomainId": "d-0123456789ab"}
    key |= {
        "domain": {},
        "user_profile": {"UserProfileName": "nobody"},
        "space": {"SpaceName": "nowhere"},
        "app": {"UserProfileName": "nobody", "AppType": "JupyterServer", "AppName": new_name("none")},
    }[noun]
    with pytest.raises(backend.sagemaker.exceptions.ResourceNotFound):
        getattr(backend.sagemaker, f"{verb}_{noun}")(**key)
