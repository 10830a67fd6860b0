"""Apps in a storm: each has one server or none, and its status says which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import crash_rounds as rounds
import psutil
import pytest
import tuning_help as tuning
from apps_help import app
from engine_process import EngineProcess
from test_apps_kills import servers

NewEngine = Callable[..., EngineProcess]
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path) -> Iterator[None]:
    yield
    for server in servers(tmp_path):
        server.kill()


def of_engine(engine: EngineProcess) -> list[psutil.Process]:
    return servers(engine.data_dir)


@pytest.mark.slow
def test_an_app_is_what_its_status_says(new_engine: NewEngine) -> None:
    engine = new_engine().start()
    client = tuning.client(engine)
    domain_id = client.list_domains()["Domains"][0]["DomainId"]
    resources = {"InstanceType": "ml.t3.medium"}

    def status(key: Json) -> str | None:
        # Those that are deleted stay in the list for a day: it has many pages.
        pages = client.get_paginator("list_apps").paginate(DomainIdEquals=domain_id, UserProfileNameEquals="default")
        found = [one["Status"] for page in pages for one in page["Apps"] if one["AppName"] == key["AppName"]]
        return found[0] if found else None

    def settled(key: Json) -> bool:
        found = status(key)
        return found in (None, "InService", "Failed", "Deleted") and len(of_engine(engine)) == (found == "InService")

    failed = 0
    for number in range(rounds.share(0.06)):
        with rounds.seeded(number) as dice:
            key = {"DomainId": domain_id, **app("KernelGateway", f"a{number}")}
            delete = dice.random() < 0.3
            with rounds.storm(engine, dice, ["engine", "engine", "app"], app=of_engine) as killed:
                made = rounds.attempt(client.create_app, **key, ResourceSpec=resources)
                deleted = made and delete and rounds.attempt(client.delete_app, **key)
            # One that was killed may be said to be in service until it is missed, and then has failed.
            rounds.patiently(lambda key=key: settled(key))
            found = status(key)
            assert found is not None or not made, f"{key} was acknowledged, and is lost"
            if deleted:
                assert found == "Deleted"
            elif not delete and not killed["app"]:
                assert found in (None, "InService")
            if found == "InService":
                client.delete_app(**key)
                rounds.patiently(lambda key=key: status(key) == "Deleted")
            rounds.patiently(lambda: not of_engine(engine))
            # What one that failed has said is kept for a day.
            failed += found == "Failed"
            rounds.patiently(lambda failed=failed: len(list((engine.data_dir / "apps").iterdir())) == failed)
