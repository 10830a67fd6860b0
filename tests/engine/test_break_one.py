"""One constraint of a valid request broken: refused by name, whatever it is, and nothing is stored.

``JUPYTER_SM_TEST_BREAKS`` says how many constraints are broken at random.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from breaking import Break, breaks
from local_engine_parts import Parts
from member_scenes import SCENES
from model_paths import ELEMENT, VALUE, Path, present
from request_maker import Json, Maker
from some_requests import Requests

from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.model import get_model

CASES = int(os.environ.get("JUPYTER_SM_TEST_BREAKS", "2000"))
PARTS = 4
EACH = 10
"""Breaks of one request."""
SERVICES = {
    "sagemaker": "ValidationException",
    "logs": "InvalidParameterException",
    "service-quotas": "ValidationException",
}
KINDS = {"type", "required", "unknown", "enum", "pattern", "short", "long", "few", "many", "large", "bits", "null"}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    made = Parts(tmp_path_factory.mktemp("parts") / "data")
    yield made
    made.close()


def complaint(parts: Parts, service: str, operation: str, request: Json, one: Break) -> str | None:
    """What is wrong with the answer to a broken request; None if it is as it must be."""
    before = parts.engine.store.database.total_changes
    try:
        parts.service.call(service, operation, one.apply(request))
    except SageMakerError as error:
        named = any(f"at '{place}' failed to satisfy constraint" in error.message for place in one.places())
        if named and error.code == SERVICES[service] and parts.engine.store.database.total_changes == before:
            return None
        return f"{operation} {one!r:.400}: {error.code} {error.message:.400}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it would have been a 500
        return f"{operation} {one!r:.400}: {error!r:.400} {json.dumps(request):.2000}"
    return f"{operation} {one!r:.400}: taken"


def operations(parts: Parts, service: str) -> list[str]:
    """Those that the engine has and that take anything."""
    model = get_model(service)
    return sorted(name for name in parts.service.operations(service) if model.operation(name).input_shape.members)


@pytest.mark.parametrize("part", range(PARTS))
def test_one_broken_constraint_at_random(parts: Parts, part: int) -> None:
    dice = random.Random(part)
    names = [(service, name) for service in SERVICES for name in operations(parts, service)]
    # What makes and changes things has most of what can be wrong.
    weights = [6 if name.startswith(("Create", "Update", "Search")) else 1 for _, name in names]
    broken: Counter[str] = Counter()
    wrong: list[str] = []
    while sum(broken.values()) < CASES / PARTS:
        service, operation = dice.choices(names, weights)[0]
        model = get_model(service)
        shape = model.operation(operation).input_shape
        request = Requests(dice).of(shape)
        assert model.check(operation, request) == [], operation
        ways = list(breaks(shape, request, dice))
        for one in dice.sample(ways, min(EACH, len(ways))):
            broken[one.kind] += 1
            if found := complaint(parts, service, operation, request, one):
                wrong.append(found)
        assert len(wrong) < 20, wrong
    assert wrong == []
    assert CASES < 2000 or broken.keys() >= KINDS


@pytest.mark.parametrize("operation", SCENES)
def test_every_constraint_of_every_member_broken_once(parts: Parts, operation: str) -> None:
    """Over requests that the engine takes, with every member there is: what the member walk reaches is checked."""
    dice, seen, wrong = random.Random(operation), set[tuple[str, ...]](), []
    members: set[Path] = set()
    for rules in SCENES[operation]:
        maker = Maker(operation, rules)
        request = maker.request(0)
        there = {path for path in present(maker.shape, request) if path[-1][0] not in "{="}
        if there <= members:
            continue
        members |= there
        for one in breaks(maker.shape, request, dice):
            path = tuple(step if isinstance(step, str) else ELEMENT for step in one.steps)
            # What a member is wired to is seen by its type; the other constraints of a shape are the same everywhere.
            key = (one.kind, *path) if one.kind in ("type", "required") else (one.kind, one.shape)
            if key not in seen:
                seen.add(key)
                if found := complaint(parts, "sagemaker", operation, request, one):
                    wrong.append(found)
    assert wrong[:20] == []
    named = {path for path in members if VALUE not in path}
    assert {("type", *path) for path in named} <= seen


def test_a_job_of_no_instances_is_refused_though_the_model_allows_it(parts: Parts) -> None:
    request = Maker("CreateTrainingJob", SCENES["CreateTrainingJob"][0]).request(0)
    request["ResourceConfig"]["InstanceCount"] = 0
    with pytest.raises(SageMakerError, match="InstanceCount: a job needs at least one instance"):
        parts.call("CreateTrainingJob", **request)
