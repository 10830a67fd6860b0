"""Inside a Studio space the extension knows its own domain, space and profile; outside it claims nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_jobs import running_engine

from jupyter_sm_ext.actions.lifecycle import Target, consequences
from jupyter_sm_ext.connections import own_space
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.snapshots import Watcher


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("here")) as running:
        yield running


def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **told: Any) -> None:
    file = tmp_path / "resource-metadata.json"
    file.write_text(json.dumps(told))
    monkeypatch.setenv(own_space.METADATA_VARIABLE, str(file))


def arn(studio: Studio, domain: str) -> str:
    region, account = studio.connection.region, studio.connection.account
    return f"arn:aws:sagemaker:{region}:{account}:app/{domain}/desk/jupyterlab/default"


def test_outside_studio_nothing_is_claimed(studio: Studio) -> None:
    assert own_space.find() is None
    assert studio.connection.as_dict()["here"] is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"ResourceArn": "arn:aws:sagemaker:eu-west-1:1:notebook-instance/mine"}', "\x00"]
)
def test_a_file_that_tells_of_no_app_is_none(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text(text)
    monkeypatch.setenv(own_space.METADATA_VARIABLE, str(tmp_path / "file"))
    assert own_space.find() is None


def test_in_a_space_its_domain_and_owner_are_the_defaults(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"AuthMode": "IAM", "DefaultUserSettings": {"ExecutionRole": studio.connection.role}}
    network = {"SubnetIds": ["subnet-0123456789abcdef0"], "VpcId": "vpc-0123456789abcdef0"}
    domain = studio.create("domains", {"DomainName": "second", **settings, **network})["DomainId"]
    studio.wait("domains", domain, timeout=30)
    for name in ("ana", "zoe"):
        studio.create("user-profiles", {"DomainId": domain, "UserProfileName": name})
    studio.wait("user-profiles", domain, "zoe", timeout=30)
    owner = {"OwnerUserProfileName": "zoe"}
    private = {"OwnershipSettings": owner, "SpaceSharingSettings": {"SharingType": "Private"}}
    studio.create("spaces", {"DomainId": domain, "SpaceName": "desk", **private})
    # Without the file the first domain and its first profile are taken.
    assert studio.connection.domain_id != domain

    own = {"AppType": "JupyterLab", "DomainId": domain, "SpaceName": "desk", "ResourceArn": arn(studio, domain)}
    write(tmp_path, monkeypatch, **own, ResourceName="default", AppImageVersion="")
    told = studio.connection.as_dict()
    assert told["here"] == {**own, "UserProfileName": None}
    assert (told["domain_id"], told["user_profile_name"]) == (domain, "zoe")

    watcher = Watcher(studio, "studio", ())
    watcher.look()
    assert [row["name"] for row in watcher.snapshot()["items"] if row["here"]] == ["desk"]
    for target in (Target("spaces", (domain, "desk")), Target("domains", (domain,))):
        assert consequences(studio, target).consequences[0].startswith("You are working in it")
    assert "You are" not in consequences(studio, Target("user-profiles", (domain, "ana"))).consequences[0]

    # Studio Classic: the file names the profile.
    classic = {**own, "AppType": "JupyterServer", "UserProfileName": "ana"}
    del classic["SpaceName"]
    write(tmp_path, monkeypatch, **classic)
    assert studio.connection.user_profile_name == "ana"
    watcher.look()
    assert [row["name"] for row in watcher.snapshot()["items"] if row["here"]] == ["ana"]


def test_another_connection_is_not_where_we_are(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = "arn:aws:sagemaker:eu-west-1:123456789012:app/d-1/desk/JupyterLab/default"
    write(tmp_path, monkeypatch, AppType="JupyterLab", DomainId="d-1", SpaceName="desk", ResourceArn=elsewhere)
    assert own_space.find() is not None
    assert studio.connection.here is None
    assert studio.connection.domain_id != "d-1"
    # Whose account it is cannot be told without credentials; that is no reason to fail.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    far = open_connection(Choice("aws", region="eu-west-1"), tmp_path)
    assert far.here is None
