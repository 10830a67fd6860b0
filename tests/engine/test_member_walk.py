"""Every member and every value of an enum of the 20 operations: taken, checked and given back, or refused by name.

What there is comes from botocore's model, what may be refused from ``docs/refused.md``; nothing else is listed.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape
from local_engine_parts import Parts
from member_scenes import ALGORITHM, PARENT, SCENES
from model_paths import ELEMENT, Path, lost, paths, present, request_shape, written
from refused_members import Refusal, elements, refusals
from request_maker import OMIT, Json, Maker

from jupyter_sm_ext.engine.domains import Domains
from jupyter_sm_ext.engine.spaces import Spaces
from jupyter_sm_ext.engine.user_profiles import UserProfiles
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.resources import resource

CREATED = (
    "Algorithm",
    "App",
    "CompilationJob",
    "Domain",
    "HyperParameterTuningJob",
    "Space",
    "TrainingJob",
    "UserProfile",
)
UPDATED = ("Domain", "Space", "UserProfile")
KEYS = {"App": "AppName", "Domain": "DomainName"}
NOT_DESCRIBED = {"SessionChainingConfig"}
"""Taken by the service, which has no such member in what it describes."""
RENAMED = {
    "DomainSettingsForUpdate": "DomainSettings",
    "RStudioServerProDomainSettingsForUpdate": "RStudioServerProDomainSettings",
}
ENOUGH = 6
"""Turns of a scene that bring nothing new, and it is over."""
LEAST_PATHS = 9_000
"""Of all there is, so that a walk through nothing does not pass."""


class Walk:
    """One engine, and what of an operation's requests it has taken and given back."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.reached: set[Path] = set()
        self.described: set[Path] = set()
        self.wrong: list[str] = []
        self.settle()
        self.domain = str(parts.call("ListDomains")["Domains"][0]["DomainId"])
        for name in ("manifest", "model.tar.gz"):
            file = parts.engine.objects.path(parts.engine.bucket, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"[]")

    def one_that_is_over(self, noun: str, name: str, status: str, **rules: Any) -> None:
        """Put something on record that others are made from."""
        row = resource(noun)
        operation = row.operation("create")
        request = Maker(operation, {**SCENES[operation][0], **rules}).request(0)
        self.parts.call(operation, **{**request, row.key[-1]: name})
        record = self.parts.engine.store.get(row.kind, name)
        assert record is not None
        record.status = record.body[row.status] = status
        self.parts.engine.store.save(record)

    def key(self, noun: str, name: str) -> Json:
        of_domain = {"DomainId": self.domain} if noun in ("App", "Space", "UserProfile") else {}
        return {**of_domain, KEYS.get(noun, f"{noun}Name"): name}

    def before(self, noun: str, request: Json) -> None:
        """What must be there before a request is sent."""
        if noun != "App":
            return
        if request["AppType"] == "KernelGateway" and request["ResourceSpec"]["InstanceType"] == "system":
            # It gets a medium instance by that word.
            request["AppType"] = "JupyterServer"
        if "SpaceName" in request:
            request["SpaceName"] = f"space-{request['AppName']}"
            settings = {"AppType": request["AppType"]}
            sharing = {
                "OwnershipSettings": {"OwnerUserProfileName": "default"},
                "SpaceSharingSettings": {"SharingType": "Private"},
            }
            names = {"DomainId": self.domain, "SpaceName": request["SpaceName"]}
            self.parts.call("CreateSpace", **names, SpaceSettings=settings, **sharing)
            self.settle()

    def settle(self) -> None:
        """Put domains, profiles and spaces into service; apps and jobs do not begin."""
        self.parts.clock.at += 1
        for family in self.parts.service.families:
            if isinstance(family, (Domains, Spaces, UserProfiles)):
                family.tick()

    def describe(self, noun: str, request: Mapping[str, Any], made: Mapping[str, Any]) -> Json:
        """What Describe and ListTags say of something."""
        shape = request_shape(f"Describe{noun}")
        key = {name: value for name, value in {**request, **made}.items() if name in shape.members}
        found = self.parts.call(f"Describe{noun}", **key)
        self.described |= set(present(shape, key))
        return {**found, "Tags": self.parts.call("ListTags", ResourceArn=made[f"{noun}Arn"])["Tags"]}

    def create(self, noun: str, maker: Maker, name: str, turn: int) -> None:
        request = {**maker.request(turn), **self.key(noun, name)}
        self.before(noun, request)
        if set(present(maker.shape, request)) <= self.reached:
            return
        try:
            made = self.parts.call(maker.operation, **request)
            found = self.describe(noun, request, made)
        except SageMakerError as error:
            self.wrong.append(f"{name}: {error.message}")
        else:
            self.see(maker.shape, request, found)

    def see(self, shape: StructureShape, request: Json, found: Json) -> None:
        given = {name: value for name, value in request.items() if name not in NOT_DESCRIBED}
        gone = list(lost(given, found))
        self.wrong += gone
        if not gone:
            self.reached |= set(present(shape, request))

    def finish(self, operation: str) -> None:
        """Whether all that there is was reached or is refused."""
        everything = set(paths(request_shape(operation)))
        refused = {path for path in everything if any(one.holds(path) for one in refusals(operation))}
        assert self.wrong[:10] == []
        assert sorted(map(written, everything - self.reached - refused)) == []
        both = {path for path in self.reached & refused if not is_conditional(operation, path)}
        assert sorted(map(written, both)) == [], "docs/refused.md says that these are refused, and they are taken"


def is_conditional(operation: str, path: Path) -> bool:
    return any(one.conditional for one in refusals(operation) if one.holds(path))


@pytest.fixture
def walk(parts: Parts) -> Walk:
    made = Walk(parts)
    tuned = {"HyperParameterTuningJobObjective.Type": "Maximize"}
    made.one_that_is_over("HyperParameterTuningJob", PARENT, "Completed", **tuned)
    plain = {
        "SupportedTrainingInstanceTypes": ["ml.m5.large"],
        "TrainingSpecification.SupportedHyperParameters": [],
        "SupportedTuningJobObjectiveMetrics": OMIT,
        "ValidationSpecification": OMIT,
    }
    made.one_that_is_over("Algorithm", ALGORITHM, "Completed", **plain)
    return made


def test_there_is_something_to_walk_through() -> None:
    operations = [f"{verb}{noun}" for noun in CREATED for verb in ("Create", "Describe")]
    operations += [*(f"Update{noun}" for noun in UPDATED), "Search"]
    assert len(operations) == 20
    assert sum(1 for operation in operations for _ in paths(request_shape(operation))) > LEAST_PATHS


@pytest.mark.parametrize("noun", CREATED)
def test_create_and_describe(walk: Walk, noun: str) -> None:
    operation = f"Create{noun}"
    for number, rules in enumerate(SCENES[operation]):
        maker, idle = Maker(operation, rules), 0
        for turn in range(maker.turns()):
            before = len(walk.reached)
            walk.create(noun, maker, f"walk-{number}-{turn}", turn)
            idle = 0 if len(walk.reached) > before else idle + 1
            if idle > ENOUGH:
                break
    walk.finish(operation)
    assert walk.described == set(paths(request_shape(f"Describe{noun}")))


def renamed(request: Any) -> Any:
    """The changes of an update, as Describe calls them."""
    if not isinstance(request, dict):
        return request
    return {RENAMED.get(name, name): renamed(value) for name, value in request.items()}


@pytest.mark.parametrize("noun", UPDATED)
def test_update(walk: Walk, noun: str) -> None:
    create, update = Maker(f"Create{noun}", SCENES[f"Create{noun}"][0]), Maker(f"Update{noun}", {})
    request = {**create.request(0), **walk.key(noun, "walk")}
    made = walk.parts.call(f"Create{noun}", **request)
    walk.settle()
    for turn in range(1, update.turns() + 1):
        own = {name: value for name, value in {**request, **made}.items() if name in resource(noun).key}
        changes = {**update.request(turn), **own}
        walk.parts.call(f"Update{noun}", **changes)
        walk.settle()
        walk.see(update.shape, changes, as_named(changes, walk.describe(noun, own, made)))
    walk.finish(f"Update{noun}")


def as_named(changes: Any, found: Any) -> Any:
    """What Describe says, with the names that an update has."""
    if not isinstance(changes, dict) or not isinstance(found, dict):
        return found
    named = {name: as_named(value, found.get(RENAMED.get(name, name))) for name, value in changes.items()}
    return {**found, **{name: value for name, value in named.items() if value is not None}}


def with_value(shape: Shape, whole: Any, path: Path, value: Any) -> Any:
    """A request with another value at a path."""
    if not path:
        return value
    step, *rest = path
    if step == ELEMENT:
        assert isinstance(shape, ListShape)
        return [with_value(shape.member, whole[0] if whole else {}, tuple(rest), value)]
    assert isinstance(shape, StructureShape)
    return {**(whole or {}), step: with_value(shape.members[step], (whole or {}).get(step), tuple(rest), value)}


def refused_values(maker: Maker, one: Refusal, path: Path) -> Iterator[Any]:
    """All that is refused of a member."""
    if one.values is None:
        # Of some ARNs the text None is one, and means that there is none.
        yield next(value for turn in range(30) if (value := maker.value(path, turn)) != "None")
    elif one.values == {"true"}:
        yield True
    else:
        ends = {way[-1][1:] for way in paths(maker.shape) if way[:-1] == path and way[-1].startswith("=")}
        yield from sorted(value for value in ends if one.refuses(value))


def scene_for(makers: Mapping[Maker, set[Path]], path: Path) -> Maker:
    """The one whose requests have most of what leads to a member."""
    return max(makers, key=lambda maker: sum(path[:end] in makers[maker] for end in range(len(path) + 1)))


@pytest.mark.parametrize("operation", [operation for operation in SCENES if refusals(operation)])
def test_what_is_refused_is_refused_by_name_and_nothing_is_kept(walk: Walk, operation: str) -> None:
    noun = operation.removeprefix("Create").removeprefix("Update")
    own = walk.key(noun, "refused")
    if operation.startswith("Update"):
        create = f"Create{noun}"
        made = walk.parts.call(create, **{**Maker(create, SCENES[create][0]).request(0), **own})
        walk.settle()
        own = {name: {**own, **made}[name] for name in resource(noun).key}
    everything = list(paths(request_shape(operation)))
    makers = {Maker(operation, rules): set[Path]() for rules in SCENES[operation]}
    for maker, there in makers.items():
        there.update(present(maker.shape, maker.request(0)))
    wrong: list[str] = []
    numbers = itertools.count()
    for one in refusals(operation):
        for path in filter(one.is_at, everything):
            maker = scene_for(makers, path)
            for value in refused_values(maker, one, path):
                if operation.startswith("Create"):
                    own = walk.key(noun, f"refused-{next(numbers)}")
                request = with_value(maker.shape, copy.deepcopy({**maker.request(0), **own}), path, value)
                walk.before(noun, request)
                wrong += complaints(walk.parts, operation, request, path, one)
    assert wrong == []


def complaints(parts: Parts, operation: str, request: Json, path: Path, one: Refusal) -> Iterator[str]:
    """What is wrong with how a request is refused."""
    what, before = written(path), parts.engine.store.database.total_changes
    try:
        parts.call(operation, **request)
    except SageMakerError as error:
        if parts.engine.store.database.total_changes != before:
            yield f"{what} is refused, and something is kept"
        words = error.message.lower().replace(" ", "")
        named = any(step.lower().removesuffix("arn") in words for step in elements(path)[-2:])
        if not named or error.code != "ValidationException":
            yield f"{what} is refused without its name: {error.message}"
    else:
        if not one.conditional:
            yield f"{what} is taken"


def test_every_row_of_the_table_is_about_something() -> None:
    idle = [
        (one.operation, one.member)
        for operation in {*SCENES, "Search"}
        for one in refusals(operation)
        if not any(map(one.is_at, paths(request_shape(operation)))) and one.exact
    ]
    assert idle == []


def test_a_parent_without_a_name_is_refused(walk: Walk) -> None:
    """The model does not require it."""
    operation = "CreateHyperParameterTuningJob"
    warm = {"WarmStartType": "TransferLearning", "ParentHyperParameterTuningJobs": [{}]}
    with pytest.raises(SageMakerError, match="ParentHyperParameterTuningJobs: each needs a HyperParameterTuningJobN"):
        walk.parts.call(operation, **Maker(operation, SCENES[operation][0]).request(0), WarmStartConfig=warm)


OPERATORS = ("Equals", "NotEquals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")


def searches() -> Iterator[tuple[Json, bool]]:
    """Requests of Search, each with whether it finds the job of two instances."""
    count = "ResourceConfig.InstanceCount"
    for operator, value, found in (
        *zip(OPERATORS, ("2", "3", "1", "2", "3", "2"), (True,) * 6, strict=True),
        ("Exists", None, True),
        ("NotExists", None, False),
    ):
        one = {"Name": count, "Operator": operator, **({"Value": value} if value else {})}
        nested = {**one, "Name": "InputDataConfig.ChannelName"}
        nested |= {"Value": "train"} if value else {}
        if operator in ("Equals", "NotEquals", "Exists", "NotExists"):
            inside = [{"NestedPropertyName": "InputDataConfig", "Filters": [nested]}]
            yield {"SearchExpression": {"NestedFilters": inside}}, operator in ("Equals", "Exists")
        yield {"SearchExpression": {"Filters": [one]}}, found
        yield {"SearchExpression": {"SubExpressions": [{"Filters": [one]}], "Operator": "Or"}}, found
    for operator in OPERATORS[2:]:
        begun = {"Name": "SecondaryStatusTransitions.StartTime", "Operator": operator, "Value": "2000-01-01T00:00:00Z"}
        inside = [{"NestedPropertyName": "SecondaryStatusTransitions", "Filters": [begun]}]
        yield {"SearchExpression": {"NestedFilters": inside}}, operator.startswith("Greater")
    name = "TrainingJobName"
    for operator, value in (("Contains", "wal"), ("In", "one, walk")):
        yield {"SearchExpression": {"Filters": [{"Name": name, "Operator": operator, "Value": value}]}}, True
        nested = {"Name": "InputDataConfig.ChannelName", "Operator": operator, "Value": "train"}
        inside = [{"NestedPropertyName": "InputDataConfig", "Filters": [nested]}]
        yield {"SearchExpression": {"NestedFilters": inside, "Operator": "And"}}, True
    channels = [{"Name": "InputDataConfig.DataSource.S3DataSource.S3Uri", "Operator": "Exists"}]
    yield (
        {"SearchExpression": {"NestedFilters": [{"NestedPropertyName": "InputDataConfig", "Filters": channels}]}},
        True,
    )
    rest = {"SortBy": "CreationTime", "MaxResults": 1, "CrossAccountFilterOption": "SameAccount"}
    yield {**rest, "SortOrder": "Descending"}, True
    yield {**rest, "SortOrder": "Ascending"}, False


def test_search(walk: Walk) -> None:
    create = "CreateTrainingJob"
    for name, count in (("first", 1), ("walk", 2)):
        request = {**Maker(create, {**SCENES[create][0], "ResourceConfig.InstanceCount": count}).request(0)}
        walk.parts.call(create, **{**request, "TrainingJobName": name})
        walk.parts.clock.at += 1
    shape, wrong = request_shape("Search"), []
    for more, found in searches():
        request = {"Resource": "TrainingJob", **more}
        answer = walk.parts.call("Search", **request)
        names = [result["TrainingJob"]["TrainingJobName"] for result in answer["Results"]]
        if ("walk" in names) != found:
            wrong.append(f"{more} finds {names}")
        walk.reached |= set(present(shape, request))
    assert wrong == []
    page = {"Resource": "TrainingJob", "MaxResults": 1}
    page["NextToken"] = walk.parts.call("Search", **page)["NextToken"]
    assert len(walk.parts.call("Search", **page)["Results"]) == 1
    tuning = {"Resource": "HyperParameterTuningJob"}
    assert len(walk.parts.call("Search", **tuning)["Results"]) == 1
    for request in (page, tuning):
        walk.reached |= set(present(shape, request))
    walk.finish("Search")
