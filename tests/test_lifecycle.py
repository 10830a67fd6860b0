"""The life of spaces and apps, each move one action with steps, on an engine whose apps really run."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_aws import Fault, FaultyAWS
from local_jobs import running_engine

from jupyter_sm_ext.actions.lifecycle import Step, Target, change_instance, consequences, delete, open_url, start, stop
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import connect
from jupyter_sm_ext.errors import ConflictError, LimitError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.studio import Studio

TRN, BIG, NONE = "ml.trn1.2xlarge", "ml.trn1.32xlarge", "ml.p5.48xlarge"


class Steps(list[Step]):
    """What was told, and a shorter way to look at it."""

    def __call__(self, step: Step) -> None:
        self.append(step)

    @property
    def last(self) -> list[tuple[str, str]]:
        return list({step.text: (step.state, step.text) for step in self}.values())


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("life")) as running:
        quota = f"Studio JupyterLab Apps running on {NONE} instances"
        (running.connection.data_dir / "quotas.json").write_text(json.dumps({quota: 0}))
        yield running
        for domain in running.list("domains"):
            stop(running, Target("domains", (domain["DomainId"],)))


def new_space(studio: Studio, name: str, app_type: str = "JupyterLab", **more: Any) -> Target:
    domain = str(studio.connection.domain_id)
    request = {
        "DomainId": domain,
        "SpaceName": name,
        "SpaceSettings": {"AppType": app_type},
        "OwnershipSettings": {"OwnerUserProfileName": "default"},
        "SpaceSharingSettings": {"SharingType": "Private"},
        **more,
    }
    studio.create("spaces", request)
    return Target("spaces", (domain, name))


def instance_of(studio: Studio, target: Target) -> str:
    return str(studio.describe("apps", *target.key)["ResourceSpec"]["InstanceType"])


def test_the_life_of_a_space(studio: Studio, steps: Steps) -> None:
    # The space is still being made: a start waits for that.
    space = new_space(studio, "life")
    key = start(studio, space, {"InstanceType": TRN}, steps)
    app = Target("apps", key)
    assert key == (space.key[0], "space", "life", "JupyterLab", "default")
    assert steps.last == [("done", f"Start JupyterLab on {TRN}")]
    assert "Pending" in {step.detail for step in steps}
    assert instance_of(studio, app) == TRN

    created = studio.describe("apps", *key)["CreationTime"]
    assert start(studio, space) == key
    assert studio.describe("apps", *key)["CreationTime"] == created
    with pytest.raises(ConflictError, match=f"runs already, on {TRN}") as caught:
        start(studio, space, {"InstanceType": BIG})
    assert caught.value.hint == "Change its instance instead."

    assert "/auth?token=" in open_url(studio, space)
    assert "/auth?token=" in open_url(studio, app, "default")

    steps.clear()
    assert change_instance(studio, app, {"InstanceType": BIG}, steps) == key
    texts = [f"Check whether {BIG} can be had", f"Stop JupyterLab on {TRN}"]
    texts += [f"Set the space to {BIG}", f"Start JupyterLab on {BIG}"]
    assert [(step.state, step.text) for step in steps[:4]] == [("waiting", text) for text in texts]
    assert steps.last == [("done", text) for text in texts]
    assert instance_of(studio, app) == BIG

    # There is no quota for this one: it is not stopped for nothing.
    steps.clear()
    with pytest.raises(LimitError, match=f"Studio JupyterLab Apps running on {NONE} instances") as refused:
        change_instance(studio, space, {"InstanceType": NONE}, steps)
    assert (refused.value.hint or "").startswith("Nothing was changed: it still runs.")
    assert steps.last[0] == ("failed", f"Check whether {NONE} can be had")
    assert studio.describe("apps", *key)["Status"] == "InService"

    # Stopped, it is only set to another type; what costs is not started unasked.
    assert [stop(studio, space), stop(studio, space)] == [1, 0]
    assert change_instance(studio, space, {"InstanceType": TRN}) is None
    with pytest.raises(ConflictError, match="life is stopped"):
        open_url(studio, space)
    start(studio, space)
    assert instance_of(studio, app) == TRN

    told = consequences(studio, space)
    assert told.confirm == "life"
    assert told.consequences[0].startswith(f"JupyterLab on {TRN} is stopped")
    steps.clear()
    delete(studio, space, on_step=steps)
    assert steps.last == [("done", f"Stop JupyterLab on {TRN}"), ("done", "Delete the space life")]
    with pytest.raises(NotFoundError):
        studio.describe("spaces", *space.key)


def test_the_apps_of_a_profile(studio: Studio, steps: Steps) -> None:
    domain = str(studio.connection.domain_id)
    studio.create("user-profiles", {"DomainId": domain, "UserProfileName": "ana"})
    studio.wait("user-profiles", domain, "ana", timeout=30)
    profile = Target("user-profiles", (domain, "ana"))
    gateway = Target("apps", start(studio, profile, {"InstanceType": TRN}))
    assert gateway.key[3:] == ("KernelGateway", "ml-trn1-2xlarge")
    with pytest.raises(ValidationError, match="has no page"):
        open_url(studio, gateway)
    assert "/auth?token=" in open_url(studio, profile)
    with pytest.raises(ValidationError, match="a user profile has no instance of its own"):
        change_instance(studio, profile, {"InstanceType": BIG})
    assert change_instance(studio, gateway, {"InstanceType": BIG}, steps) == gateway.key
    assert steps.last[1:] == [("done", f"Stop KernelGateway on {TRN}"), ("done", f"Start KernelGateway on {BIG}")]
    # A space that the profile owns goes with it; somebody else's stays.
    sharing = {"SpaceSharingSettings": {"SharingType": "Shared"}}
    mine = new_space(studio, "of-ana", OwnershipSettings={"OwnerUserProfileName": "ana"}, **sharing)
    other = new_space(studio, "of-default")
    told = consequences(studio, profile)
    assert told.confirm == "ana"
    assert told.consequences[1] == "1 space is deleted: of-ana (shared)."
    studio.wait("spaces", *mine.key, timeout=30)
    steps.clear()
    delete(studio, profile, on_step=steps)
    assert steps.last == [
        ("done", f"Stop KernelGateway on {BIG}"),
        ("done", "Delete the space of-ana"),
        ("done", "Delete the user profile ana"),
    ]
    assert studio.describe("spaces", *other.key)["SpaceName"] == "of-default"
    with pytest.raises(NotFoundError):
        studio.describe("user-profiles", *profile.key)


def test_a_space_of_studio_classic_is_for_many_apps(studio: Studio) -> None:
    request = {"SpaceSettings": {}, "SpaceSharingSettings": {"SharingType": "Shared"}}
    space = new_space(studio, "classic", **request)
    with pytest.raises(ValidationError, match="a space of Studio Classic has no instance of its own"):
        change_instance(studio, space, {"InstanceType": BIG})
    # It can be opened before anything runs: Studio Classic starts its server then.
    assert "/auth?token=" in open_url(studio, space)
    key = start(studio, space, {"InstanceType": TRN})
    assert key[3:] == ("KernelGateway", "ml-trn1-2xlarge")
    assert stop(studio, space) == 1


def test_an_app_that_fails_tells_why_and_can_be_tried_again(studio: Studio, steps: Steps) -> None:
    space = new_space(studio, "editor", "CodeEditor")
    for _ in range(2):
        with pytest.raises(SageMakerError, match=r"CodeEditor/default of editor did not start: .*not installed") as why:
            start(studio, space, on_step=steps)
        assert why.value.code == "AppFailed"
    assert steps[-1] == Step("Start CodeEditor", "failed", why.value.message)
    # It failed by itself, so there is nothing to stop; it does not keep the space from being deleted.
    assert stop(studio, Target("apps", (*space.key[:1], "space", "editor", "CodeEditor", "default"))) == 0
    delete(studio, space)


@pytest.fixture
def far(studio: Studio, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Studio, FaultyAWS]]:
    """The same engine as an AWS with faults."""
    monkeypatch.setattr(AwsConnection, "pace", (0.05, 0.2))
    with FaultyAWS(studio.connection.data_dir).serving() as aws:
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        yield Studio(connect("aws", data_dir=data_dir)), aws


def test_trouble_on_the_way(studio: Studio, far: tuple[Studio, FaultyAWS], steps: Steps) -> None:
    there, aws = far
    space = new_space(studio, "patient")
    studio.wait("spaces", *space.key, timeout=30)
    told = threading.Event()

    def listen(step: Step) -> None:
        steps(step)
        if step.detail == "Pending" and not told.is_set():
            told.set()
            aws.throttle("DescribeApp", times=6)

    # Throttling and a cut network are told, and waited out.
    aws.throttle("CreateApp", times=1)
    key = start(there, space, {"InstanceType": TRN}, listen)
    assert any("Rate exceeded" in (step.detail or "") for step in steps)
    assert steps[-1].state == "done"

    # What nobody could know before: the space is put back, and the user is told how things are.
    aws.faults["CreateApp"] = Fault(code="ResourceLimitExceeded", message="The account-level service limit is 0.")
    steps.clear()
    with pytest.raises(LimitError, match=r"service limit is 0\.") as refused:
        change_instance(there, space, {"InstanceType": BIG}, steps)
    assert f"The space is stopped and set to {TRN} again; its files are kept." in (refused.value.hint or "")
    assert steps.last[-2:] == [("failed", f"Start JupyterLab on {BIG}"), ("done", f"Set the space back to {TRN}")]
    settings = studio.describe("spaces", *space.key)["SpaceSettings"]
    assert settings["JupyterLabAppSettings"]["DefaultResourceSpec"]["InstanceType"] == TRN
    assert stop(studio, Target("apps", key)) == 0

    # An option that the service would refuse in the end is refused before anything is gone.
    with pytest.raises(ValidationError, match="at 'retentionPolicy'"):
        delete(there, space, {"RetentionPolicy": {"HomeEfsFileSystem": "Delete"}})
    steps.clear()
    aws.throttle("DeleteSpace", times=2)
    delete(there, space, on_step=steps)
    assert [step.detail for step in steps].count("Rate exceeded; trying again") == 2
    with pytest.raises(NotFoundError):
        studio.describe("spaces", *space.key)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda studio, domain: start(studio, domain), "a domain has nothing to start"),
        (lambda studio, domain: open_url(studio, domain), "a domain has no page of its own"),
        (lambda studio, domain: change_instance(studio, domain, {}), "InstanceType is needed"),
        (lambda studio, domain: change_instance(studio, domain, {"AppName": "x"}), "AppName cannot be changed"),
        (lambda studio, domain: start(studio, domain, {"InstanceTyp": "x"}), "there is no option 'InstanceTyp'"),
        (lambda studio, domain: Target("spaces", ("x",)), "a Space is named by DomainId/SpaceName"),
        (lambda studio, domain: Target("castles", ("x",)), "no resource is called 'castles'"),
    ],
)
def test_what_cannot_be_is_said_plainly(studio: Studio, call: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        call(studio, Target("domains", (str(studio.connection.domain_id),)))


def test_who_contains_whom() -> None:
    domain, space = Target("domains", ("d-1",)), Target("spaces", ("d-1", "a"))
    app = Target("apps", ("d-1", "space", "a", "JupyterLab", "default"))
    assert domain.contains(space)
    assert domain.contains(app)
    assert space.contains(app)
    assert space.contains(space)
    assert not space.contains(domain)
    assert not Target("user-profiles", ("d-1", "a")).contains(app)
    assert not Target("spaces", ("d-1", "ab")).contains(app)
    assert (app.owner, app.name) == (space, "JupyterLab/default of a")
