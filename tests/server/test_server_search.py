"""The search for jobs by a text, by REST: what fits, what can be written, and what is said of mistakes."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from local_jobs import GOOD

from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.handles.handles import TuningJob
from jupyter_sm_ext.handles.start import tune
from jupyter_sm_ext.studio import Studio

NAME = f"sought-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def job(engine_dir: Path) -> TuningJob:
    studio = Studio(Connections(str(engine_dir)).current())
    found = tune(
        GOOD, ranges={"x": (0.5, 2.0)}, objective="score", max_jobs=3, parallel=3, seed=1, name=NAME, studio=studio
    )
    found.wait(live=False)
    return found


async def search(api: Any, text: str, kind: str = "training", **more: str) -> dict[str, Any]:
    reply = await api("POST", "/job-search", {"kind": kind, "text": text, **more})
    assert reply.status == 200, reply.raw
    found: dict[str, Any] = reply.json
    return found


async def test_jobs_come_in_the_order_that_was_asked_for_with_what_the_search_is_about(
    api: Any, job: TuningJob
) -> None:
    text = f"name ~ {NAME} and Metrics.score exists and HyperParameters.x > 0.1"
    found = await search(api, text, sort="Metrics.score")
    assert found["columns"] == [
        {"name": "Metrics.score", "numeric": True},
        {"name": "HyperParameters.x", "numeric": False},
    ]
    assert found["token"] is None
    assert {(each["kind"], each["status"], *each["ways"]) for each in found["jobs"]} == {
        ("training-jobs", "Completed", "clone")
    }
    scores = [float(each["cells"][0]) for each in found["jobs"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    turned = await search(api, text, sort="Metrics.score:asc")
    assert [each["name"] for each in turned["jobs"]] == [each["name"] for each in reversed(found["jobs"])]


async def test_tuning_jobs_can_be_searched_for_too(api: Any, job: TuningJob) -> None:
    found = await search(api, f"name = {NAME}", "tuning")
    [told] = found["jobs"]
    assert (told["kind"], told["key"], told["status"]) == ("tuning-jobs", [NAME], "Completed")
    assert found["columns"] == []
    assert told["created"] == job.describe()["CreationTime"].timestamp()


async def test_pages_follow_each_other(api: Any, job: TuningJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_sm_ext.server.searching._PAGE", 2)
    first = await search(api, f"name ~ {NAME}")
    assert len(first["jobs"]) == 2
    second = await search(api, f"name ~ {NAME}", token=first["token"])
    assert second["token"] is None
    assert len({each["name"] for each in first["jobs"] + second["jobs"]}) == 3


async def test_a_mistake_is_told_with_the_nearest_that_would_do(api: Any) -> None:
    reply = await api("POST", "/job-search", {"kind": "training", "text": "HyperParameter.x = 1"})
    assert reply.status == 400
    assert "HyperParameter" in reply.json["message"]
    assert "HyperParameters" in reply.json["hint"]
    assert (await api("POST", "/job-search", {"kind": "compilation", "text": ""})).status == 400
    assert (await api("GET", "/job-search/compilation")).status == 404


async def test_the_words_have_what_jobs_have_and_can_be_written_as_they_are_told(api: Any, job: TuningJob) -> None:
    words = {each["name"]: each for each in (await api("GET", "/job-search/training")).json["properties"]}
    assert list(words)[:4] == ["name", "status", "created", "modified"]
    assert "Failed" in words["status"]["values"]
    assert "<" not in words["status"]["operators"]
    metric, parameter = words["Metrics.score"], words["HyperParameters.x"]
    assert "<" in metric["operators"]
    found = await search(api, f"name ~ {NAME} and HyperParameters.x = {parameter['values'][0]}")
    assert len(found["jobs"]) <= 1
    for word in (metric, parameter, words["status"]):
        for value in word["values"]:
            await search(api, f"{word['name']} = {value}")
