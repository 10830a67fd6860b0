"""What runs, what it costs, and what is worth telling: from snapshots alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from jupyter_sm_ext.checks.prices import PriceList, Prices
from jupyter_sm_ext.errors import ThrottledError
from jupyter_sm_ext.resources import BY_KIND
from jupyter_sm_ext.watching.overview import Bests, Ended, PriceLists, ended, running
from jupyter_sm_ext.watching.studio_rows import Details, studio_rows

if TYPE_CHECKING:
    from jupyter_sm_ext.connections.connection import Connection
    from jupyter_sm_ext.studio import Studio

Json = dict[str, Any]
D = "d-aaaaaaaaaaaa"
LIST = {"connection": "aws:default:eu-west-1"}
PRICES = PriceList("USD", {"ml.trn1.2xlarge": 1.75, "ml.t3.medium": 0.25})


def app(owner: str, status: str = "InService", instance: str = "ml.trn1.2xlarge", **more: Any) -> Json:
    named = {"DomainId": D, "SpaceName": owner, "AppType": "JupyterLab", "AppName": "default"}
    return {**named, "Status": status, "CreationTime": 3.0, "ResourceSpec": {"InstanceType": instance}, **more}


def studio(*apps: Json, reason: str | None = None) -> Json:
    spaces = [
        {"DomainId": D, "SpaceName": name, "Status": "InService", "CreationTime": 1.0}
        for name in {each["SpaceName"]: None for each in apps if "SpaceName" in each}
    ]
    found: Json = {"spaces": spaces, "apps": list(apps)}
    keyed = {kind: {BY_KIND[kind].key_parts(item): item for item in items} for kind, items in found.items()}
    details = {("apps", key): Details(reason=reason) for key in keyed["apps"]} if reason else {}
    return {**LIST, "items": studio_rows(keyed, details)}


def job(kind: str, name: str, status: str, created: float = 10.0, **summary: Any) -> Json:
    listed = {"status": status, "created": created, "modified": created + 5, "summary": summary}
    return {"kind": kind, "key": [name], "name": name, **listed}


def jobs(*items: Json) -> Json:
    return {**LIST, "items": list(items)}


def test_running_apps_and_their_price() -> None:
    asked: list[str] = []

    def prices(app_type: str) -> PriceList:
        asked.append(app_type)
        return PRICES

    seen = studio(
        app("one"), app("two", instance="ml.t3.medium"), app("three", status="Pending"), app("four", "Deleted")
    )
    found, cost, message = running(seen, jobs(), prices)
    assert [(each["owner"], each["per_hour"]) for each in found] == [("one", 1.75), ("three", None), ("two", 0.25)]
    assert cost == {"per_hour": 2.0, "currency": "USD", "complete": True}
    assert (message, asked) == (None, ["JupyterLab"])


def test_a_price_that_nobody_knows_is_not_taken_for_nothing() -> None:
    both = studio(app("one"), app("two", instance="ml.new9.xlarge"))
    _, cost, _ = running(both, jobs(), lambda _: PRICES)
    assert cost == {"per_hour": 1.75, "currency": "USD", "complete": False}
    _, none, message = running(both, jobs(), lambda _: PriceList("USD", message="No prices: denied"))
    assert (none, message) == (None, "No prices: denied")


def test_a_price_list_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def per_hour(_: Prices, use: str, *, app_type: str) -> PriceList:
        asked.append(f"{use} {app_type}".strip())
        return PriceList("USD", message="no way to the Price List")

    monkeypatch.setattr(Prices, "per_hour", per_hour)
    lists = PriceLists()
    prices_of = [lists.of(cast("Connection", SimpleNamespace(id=name))) for name in ("aws:a:b", "aws:a:b", "aws:c:d")]
    assert {each("JupyterLab").message for each in prices_of} == {"no way to the Price List"}
    assert asked == ["AppInstanceType JupyterLab"] * 2
    asked.clear()
    for name in ("aws:a:b", "aws:a:b"):
        lists.of_training(cast("Connection", SimpleNamespace(id=name)))
    assert asked == ["TrainingInstanceType"]


def test_a_jupyter_server_on_system_costs_nothing_and_hides_no_price() -> None:
    server = app("", instance="system", UserProfileName="ana", AppType="JupyterServer")
    del server["SpaceName"]
    _, cost, _ = running(studio(app("one"), server), jobs(), lambda _: PRICES)
    assert cost == {"per_hour": 1.75, "currency": "USD", "complete": True}


def test_jobs_that_run() -> None:
    listed = jobs(
        job("training-jobs", "runs", "InProgress"),
        job("tuning-jobs", "done", "Completed"),
        job("compilation-jobs", "compiles", "STARTING"),
    )
    found, cost, _ = running(studio(), listed, lambda _: PRICES)
    assert [each["name"] for each in found] == ["runs", "compiles"]
    assert cost is None


def test_what_has_ended_newest_first() -> None:
    listed = jobs(
        job("training-jobs", "broke", "Failed", 20.0),
        job("compilation-jobs", "made", "COMPLETED", 30.0),
        job("training-jobs", "told-to-stop", "Stopped", 40.0),
        job("tuning-jobs", "runs", "InProgress", 50.0),
    )
    seen = studio(app("one"), app("bad", status="Failed"), reason="the image has no server")
    found = ended(seen, listed)
    assert [(each["name"], each["outcome"]) for each in found] == [
        ("made", "finished"),
        ("broke", "failed"),
        # Once, though its space is shown as failed too.
        ("default", "failed"),
    ]
    assert (found[-1]["owner"], found[-1]["text"]) == ("bad", "the image has no server")


def test_a_name_given_again_is_other_news() -> None:
    first, again = (ended(studio(), jobs(job("training-jobs", "a", "Failed", at)))[0]["id"] for at in (1.0, 99.0))
    assert first != again


class Describing:
    """A Studio that describes one tuning job, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.best: Json | None = None
        self.failure: ThrottledError | None = None

    def describe(self, kind: str, name: str) -> Json:
        self.asked += 1
        if self.failure:
            raise self.failure
        config = {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "accuracy"}}
        return {"HyperParameterTuningJobConfig": config, **({"BestTrainingJob": self.best} if self.best else {})}


def trial(name: str, value: float) -> Json:
    return {"TrainingJobName": name, "FinalHyperParameterTuningJobObjectiveMetric": {"Value": value}}


def test_best_trials_are_asked_for_only_when_the_list_has_news() -> None:
    service, bests = Describing(), Bests()

    def look(completed: int, status: str = "InProgress") -> list[Ended]:
        return bests.look(cast("Studio", service), jobs(job("tuning-jobs", "t", status, Completed=completed)))

    assert look(0) == []
    service.best = trial("t-001", 0.5)
    assert look(0) == []
    assert service.asked == 1
    [first] = look(1)
    assert (first["outcome"], first["text"]) == ("best", "accuracy = 0.5")
    service.best = trial("t-003", 0.75)
    service.failure = ThrottledError("slow down")
    # What was known stays until it can be asked again.
    assert look(3) == [first]
    service.failure = None
    [second] = look(3)
    assert second["id"] != first["id"]
    assert look(3, "Completed") == []
