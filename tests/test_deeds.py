"""What each deed cannot be done without, held to what it calls: that is denied, and it is told of the deed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faulty_aws import FaultyAWS
from sample_requests import private_space

from jupyter_sm_ext.actions.lifecycle import Target, change_instance, delete, open_url, start, stop
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import connect
from jupyter_sm_ext.connections.denied import denial_in
from jupyter_sm_ext.deeds import deeds
from jupyter_sm_ext.errors import AccessDeniedError
from jupyter_sm_ext.resources import resources
from jupyter_sm_ext.studio import Studio

TRN, BIG = "ml.trn1.2xlarge", "ml.trn1.32xlarge"
VERBS = {"create", "update", "stop", "delete"}


@pytest.fixture
def studio(aws: FaultyAWS, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    monkeypatch.setattr(AwsConnection, "pace", (0.05, 0.2))
    found = Studio(connect("aws", data_dir=data_dir))
    yield found
    aws.faults.clear()
    for domain in found.list("domains"):
        stop(found, Target("domains", (domain["DomainId"],)))


@pytest.fixture
def space(studio: Studio) -> Target:
    domain = str(studio.connection.domain_id)
    made = Target("spaces", (domain, "denied"))
    studio.create("spaces", {"DomainId": domain, **private_space(made.name)})
    studio.wait("spaces", *made.key, timeout=30)
    return made


def test_what_a_deed_needs_is_what_it_calls(aws: FaultyAWS, studio: Studio, space: Target) -> None:
    profile = Target("user-profiles", (space.key[0], "default"))
    own = Target("apps", (*space.key[:1], "space", space.key[1], "JupyterLab", "default"))
    tested: set[tuple[str, str, str]] = set()

    def refused(target: Target, deed: str, operation: str, call: Callable[[], object]) -> None:
        aws.deny(operation)
        with pytest.raises(AccessDeniedError, match=operation):
            call()
        told = studio.connection.denied.told()
        found = denial_in(told, target.kind, deed, target.key)
        assert found is not None, (target.kind, deed)
        assert found["operation"] == operation
        # Whatever else cannot be done for it needs the same.
        assert {each["operation"] for each in told} == {operation}
        del aws.faults[operation]
        studio.connection.denied.forget()
        tested.add((target.kind, deed, operation))

    # Nothing runs yet.
    for target in (space, profile, own):
        refused(target, "start", "CreateApp", lambda target=target: start(studio, target, {"InstanceType": TRN}))  # type: ignore[misc]
    # What runs in a profile can be stopped by it, moved, and opened.
    gateway = Target("apps", start(studio, profile, {"InstanceType": TRN}))
    start(studio, space)
    start(studio, profile)
    for target in (space, profile, own):
        refused(target, "stop", "DeleteApp", lambda target=target: stop(studio, target))  # type: ignore[misc]
        refused(target, "open", "CreatePresignedDomainUrl", lambda target=target: open_url(studio, target))  # type: ignore[misc]
    moved = {"InstanceType": BIG}
    refused(gateway, "change-instance", "DeleteApp", lambda: change_instance(studio, gateway, moved))
    refused(gateway, "change-instance", "CreateApp", lambda: change_instance(studio, gateway, moved))
    stop(studio, space)
    refused(space, "change-instance", "UpdateSpace", lambda: change_instance(studio, space, moved))
    refused(space, "delete", "DeleteSpace", lambda: delete(studio, space))

    together = {(deed.kind, deed.name, deed.operation) for deed in deeds()}
    verbs = {(row.kind, verb, row.operation(verb)) for row in resources() for verb in row.verbs & VERBS}
    assert together - verbs == tested - verbs

    # Allowed again, it works, and is not denied any longer.
    aws.deny("DeleteSpace")
    with pytest.raises(AccessDeniedError):
        delete(studio, space)
    assert studio.connection.denied.told() != []
    del aws.faults["DeleteSpace"]
    delete(studio, space)
    assert studio.connection.denied.told() == []
