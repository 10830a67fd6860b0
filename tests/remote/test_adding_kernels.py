"""From apps to kernelspecs and back, on an engine whose apps really run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from apps_running import domain_of, new_space, stop_app
from faulty_aws import Fault, FaultyAWS
from jupyter_client.kernelspec import KernelSpecManager

from jupyter_sm_ext import remote
from jupyter_sm_ext.actions import lifecycle
from jupyter_sm_ext.actions.steps import Step
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import connect
from jupyter_sm_ext.errors import AccessDeniedError, ConflictError, NotFoundError, ValidationError
from jupyter_sm_ext.studio import Studio

TRN1 = {"InstanceType": "ml.trn1.2xlarge"}


@pytest.fixture(autouse=True)
def own_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


@pytest.fixture
def space(far_studio: Studio, request: pytest.FixtureRequest) -> Iterator[Target]:
    """A space of the test's own, without an app at first."""
    name = request.node.name.replace("_", "-").removeprefix("test-")[:60]
    target = Target("spaces", (new_space(far_studio, name), name))
    yield target
    with suppress(ConflictError, NotFoundError):  # the test did it itself
        lifecycle.delete(far_studio, target)


def offered() -> dict[str, Any]:
    """Display names of what any Jupyter client offers of ours."""
    return {
        name: told["spec"]["display_name"]
        for name, told in KernelSpecManager().get_all_specs().items()
        if name.startswith("sm-")
    }


def test_a_stopped_space_gets_an_app_and_its_kernels(far_studio: Studio, space: Target) -> None:
    steps: list[Step] = []
    [kernel] = remote.add(far_studio, space, TRN1, steps.append)
    assert kernel.app_key == (*space.key[:1], "space", space.key[1], "JupyterLab", "default")
    assert offered() == {kernel.name: f"Python 3 - ml.trn1.2xlarge ({space.name})"}
    described = far_studio.describe("apps", *kernel.app_key)
    assert (described["Status"], described["ResourceSpec"]["InstanceType"]) == ("InService", "ml.trn1.2xlarge")
    texts = list(dict.fromkeys(step.text for step in steps))
    assert texts == [
        "Start JupyterLab on ml.trn1.2xlarge",
        f"Read the kernels of {space.name}",
        "Add them to this Jupyter",
    ]
    assert [step.state for step in steps if step.text == texts[-1]] == ["running", "done"]
    found = KernelSpecManager().get_kernel_spec(kernel.name)
    drawn = (Path(found.resource_dir) / "logo-svg.svg").read_text()
    assert drawn.count("data:image/svg+xml;base64,") == 2, "the kernel's own logo, and our mark"

    # Again: nothing is started, nothing changes.
    before = described["CreationTime"]
    assert remote.add(far_studio, space) == [kernel]
    assert far_studio.describe("apps", *kernel.app_key)["CreationTime"] == before

    # On another instance: one action, the same kernel.
    steps.clear()
    [moved] = remote.add(far_studio, space, {"InstanceType": "ml.t3.medium"}, steps.append)
    assert moved.name == kernel.name
    assert offered() == {kernel.name: f"Python 3 - ml.t3.medium ({space.name})"}
    assert any(step.text.startswith("Stop") for step in steps)


def test_what_stops_is_parked_and_what_starts_is_back(far_studio: Studio, space: Target) -> None:
    [kernel] = remote.add(far_studio, space, TRN1)
    assert remote.sync(far_studio) is False
    far_studio.delete("apps", *kernel.app_key)
    # At once, though it takes a while until the app is gone.
    assert remote.sync(far_studio) is True
    assert offered() == {}
    [known] = remote.installed(far_studio.connection.data_dir)
    assert (known.name, known.state) == (kernel.name, "stopped")
    far_studio.wait("apps", *kernel.app_key, timeout=60)
    assert remote.sync(far_studio) is False
    # Started elsewhere, on another instance.
    lifecycle.start(far_studio, space, {"InstanceType": "ml.m5.large"})
    assert remote.sync(far_studio) is True
    assert offered() == {kernel.name: f"Python 3 - ml.m5.large ({space.name})"}
    # Kernels of a space that is gone are forgotten.
    stop_app(far_studio, "/".join(kernel.app_key))
    far_studio.delete("spaces", *space.key)
    assert remote.sync(far_studio) is True
    assert remote.installed(far_studio.connection.data_dir) == []


def test_a_profile_has_an_app_for_each_instance(far_studio: Studio) -> None:
    profile = Target("user-profiles", (domain_of(far_studio), "default"))
    [first] = remote.add(far_studio, profile, TRN1)
    [second] = remote.add(far_studio, profile, {"InstanceType": "ml.t3.medium"})
    try:
        assert [kernel.app_key[3:] for kernel in (first, second)] == [
            ("KernelGateway", "ml-trn1-2xlarge"),
            ("KernelGateway", "ml-t3-medium"),
        ]
        names = {"Python 3 - ml.trn1.2xlarge (default)", "Python 3 - ml.t3.medium (default)"}
        assert set(offered().values()) == names
        assert remote.add(far_studio, profile, TRN1) == [first]
        assert remote.add(far_studio, Target("apps", second.app_key)) == [second]
        assert set(offered().values()) == names
    finally:
        lifecycle.stop(far_studio, profile)


def test_what_has_no_kernels_is_refused_before_anything_starts(far_studio: Studio) -> None:
    domain = domain_of(far_studio)
    with pytest.raises(NotFoundError):
        remote.add(far_studio, Target("spaces", (domain, "nowhere")))
    with pytest.raises(ValidationError, match="no kernels"):
        remote.add(far_studio, Target("apps", (domain, "profile", "default", "Canvas", "default")))
    with pytest.raises(ValidationError, match="a domain has no kernels"):
        remote.add(far_studio, Target("domains", (domain,)))
    with pytest.raises(ValidationError, match="InstanceTyp"):
        remote.add(far_studio, Target("user-profiles", (domain, "default")), {"InstanceTyp": "ml.t3.medium"})
    assert offered() == {}


def test_looking_starts_no_engine(tmp_path: Path) -> None:
    import jupyter_sm_ext as sm
    from jupyter_sm_ext.connections.connection import Choice, open_connection
    from jupyter_sm_ext.remote import specs

    directory = tmp_path / "elsewhere"
    key = ("d-123456789012", "space", "one", "JupyterLab", "default")
    spec = specs.KernelSpec(
        connection="local", data_dir=directory, app_key=key, kernel="python3", title="Python 3", language="python"
    )
    specs.write(spec)
    assert remote.sync(sm.Studio(open_connection(Choice(), directory))) is False
    assert not directory.exists()
    assert set(offered()) == {spec.name}


@pytest.fixture
def aws(far_studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[FaultyAWS, Studio]]:
    """The same apps by a connection to AWS, which has faults."""
    with FaultyAWS(far_studio.connection.data_dir).serving() as faulty:
        for name, value in faulty.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(AwsConnection, "pace", (0.1, 0.5))
        yield faulty, Studio(connect("aws", data_dir=tmp_path / "aws"))


def test_by_a_connection_to_aws(aws: tuple[FaultyAWS, Studio], far_app: str) -> None:
    faulty, studio = aws
    key = tuple(far_app.split("/"))
    target = Target("spaces", (key[0], key[2]))
    faulty.deny("CreatePresignedDomainUrl")
    with pytest.raises(AccessDeniedError, match="sagemaker:CreatePresignedDomainUrl"):
        remote.add(studio, target)
    assert offered() == {}
    faulty.faults.clear()
    [kernel] = remote.add(studio, target)
    assert kernel.connection == studio.connection.id
    assert set(offered()) == {kernel.name}
    # What cannot be found out stays as it is.
    for fault in (Fault(400, "ThrottlingException", "Rate exceeded"), Fault(dropped=True)):
        faulty.faults["DescribeApp"] = fault
        assert remote.sync(studio) is False
    assert set(offered()) == {kernel.name}
    assert [each.name for each in remote.installed(studio.connection.data_dir)] == [kernel.name]
    with pytest.raises(ValidationError, match="no URL of a KernelGateway app"):
        remote.add(studio, Target("user-profiles", (key[0], "default")), TRN1)
