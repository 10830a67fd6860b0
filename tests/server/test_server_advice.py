"""What a user is told before creating something: instance types and prices."""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.model import get_model


async def test_instance_types_are_those_of_the_model_with_what_they_have(api: Any) -> None:
    reply = await api("GET", "/instance-types")
    assert reply.status == 200
    assert (reply.json["use"], reply.json["note"]) == ("AppInstanceType", "simulated on this machine")
    assert {item["name"] for item in reply.json["items"]} == set(get_model().enum("AppInstanceType"))
    [trn1] = [item for item in reply.json["items"] if item["name"] == "ml.trn1.2xlarge"]
    assert trn1 == {
        "name": "ml.trn1.2xlarge",
        "vcpus": 8,
        "memory_gib": 32,
        "accelerator": {"kind": "Trainium", "name": "Trainium", "count": 1, "memory_gib": 32},
        "family": "trn1",
        "known": True,
    }
    training = await api("GET", "/instance-types", params={"use": "TrainingInstanceType"})
    assert {"ml.trn2.48xlarge"} <= {item["name"] for item in training.json["items"]}


async def test_a_use_that_there_is_not_is_refused(api: Any) -> None:
    reply = await api("GET", "/instance-types", params={"use": "TeapotType"})
    assert reply.status == 400
    assert "TeapotType" in reply.json["message"]
    assert "AppInstanceType" in reply.json["hint"]


async def test_this_machine_costs_nothing(api: Any) -> None:
    for params in ({}, {"use": "TrainingInstanceType"}, {"use": "AppInstanceType", "app_type": "CodeEditor"}):
        reply = await api("GET", "/prices", params=params)
        assert reply.json == {"currency": "USD", "per_hour": {}, "message": "This machine costs nothing."}
