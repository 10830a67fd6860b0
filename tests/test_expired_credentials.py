"""Expired credentials: nothing is asked with them, and all goes on by itself when the user has renewed them."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from faulty_aws import EXPIRED, FaultyAWS
from test_call_counts import run, until

from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.errors import CredentialsError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.hub import Change, Hub
from jupyter_sm_ext.watching.snapshots import Watcher

DOMAINS = {"kind": "domains", "key": []}


class User:
    """Somebody whose keys are in a file, as most people's are."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "credentials"

    def has(self, key: str) -> None:
        """Put keys into the file, and leave none beside it."""
        self.file.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = secret-{key}\n")


@pytest.fixture
def user(aws: FaultyAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    user = User(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(user.file))
    monkeypatch.setattr(AwsConnection, "pace", (0.01, 0.03))
    user.has("AKIDFIRST")
    return user


@pytest.fixture
def studio(user: User, data_dir: Path) -> Studio:
    return Studio(AwsConnection(Choice("aws"), data_dir))


def test_a_watch_asks_nothing_until_there_are_other_keys(
    aws: FaultyAWS, user: User, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: Counter[str] = Counter()
    renew = AwsConnection.renew

    def counted(connection: AwsConnection, generation: int, *, patient: bool = False) -> bool:
        searches["all"] += 1
        return renew(connection, generation, patient=patient)

    monkeypatch.setattr(AwsConnection, "renew", counted)

    async def scenario() -> None:
        changes: list[Change] = []
        hub = Hub(lambda: studio, changes.append)
        [before] = await hub.look("me", [DOMAINS])
        assert before["items"]
        aws.expired.add("AKIDFIRST")
        await until(lambda: isinstance(hub.error("aws:default:us-east-1", "domains"), CredentialsError))
        [paused] = await hub.look("me", [DOMAINS])
        assert paused["error"]["message"] == f"The AWS credentials of the profile default have expired: {EXPIRED}."
        assert paused["error"]["hint"] == (
            "Put new keys into it: `aws configure --profile default`. It goes on by itself then."
        )
        assert (paused["items"], paused["updated"] > 0) == (before["items"], True)

        asked, searched, told = aws.calls.total(), searches["all"], len(changes)
        await until(lambda: searches["all"] > searched + 5)
        for viewer in range(20):
            await hub.look(f"tab {viewer}", [DOMAINS])
        assert aws.calls.total() == asked
        assert len(changes) == told

        # Keys that are no better are tried once.
        aws.expired.add("AKIDSECOND")
        user.has("AKIDSECOND")
        await until(lambda: aws.calls.total() > asked)
        searched = searches["all"]
        await until(lambda: searches["all"] > searched + 5)
        assert aws.calls.total() == asked + 1

        user.has("AKIDTHIRD")
        await until(lambda: len(changes) > told)
        [after] = await hub.look("me", [DOMAINS])
        assert after["error"] is None
        assert after["items"] == before["items"]
        await hub.close()

    run(scenario)


def test_many_watches_all_go_on(aws: FaultyAWS, user: User, studio: Studio) -> None:
    kinds = ("domains", "user-profiles", "spaces", "apps", "training-jobs")

    async def scenario() -> None:
        hub = Hub(lambda: studio, lambda change: None)
        await hub.look("me", [{"kind": kind, "key": []} for kind in kinds])
        aws.expired.add("AKIDFIRST")

        def failing() -> int:
            return sum(hub.error("aws:default:us-east-1", kind) is not None for kind in kinds)

        await until(lambda: failing() == len(kinds))
        user.has("AKIDSECOND")
        await until(lambda: failing() == 0)
        await hub.close()

    run(scenario)


def test_a_call_uses_the_keys_that_are_there_now(aws: FaultyAWS, user: User, studio: Studio) -> None:
    assert studio.call("ListDomains")["Domains"]
    aws.expired.add("AKIDFIRST")
    with pytest.raises(CredentialsError, match="expired"):
        studio.call("ListDomains")
    assert studio.connection.as_dict()["state"] == "credentials"
    user.has("AKIDSECOND")
    assert studio.call("ListDomains")["Domains"]
    assert studio.connection.as_dict()["state"] == "ready"


def test_keys_that_were_missing_are_found(aws: FaultyAWS, user: User, studio: Studio) -> None:
    user.file.unlink()
    with pytest.raises(CredentialsError):
        studio.read("ListDomains")
    user.has("AKIDFIRST")
    assert studio.read("ListDomains")


def test_threads_that_find_new_keys_at_once_find_them_once(aws: FaultyAWS, user: User, studio: Studio) -> None:
    assert studio.call("ListDomains")
    aws.expired.add("AKIDFIRST")
    user.has("AKIDSECOND")
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(studio.call("ListDomains"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert studio.connection.generation == 1


def test_a_kernel_asks_nothing_either_until_there_are_other_keys(aws: FaultyAWS, user: User, studio: Studio) -> None:
    watcher = Watcher(studio, "domains", ())
    assert watcher.look_on()
    aws.expired.add("AKIDFIRST")
    watcher.look_on()
    asked = aws.calls.total()
    for _ in range(5):
        assert not watcher.look_on()
    assert (aws.calls.total(), watcher.expired) == (asked, True)
    user.has("AKIDSECOND")
    watcher.look_on()
    assert watcher.error is None
