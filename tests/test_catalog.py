"""The catalogue: all that the model names is there or is listed as unknown, and it can be searched."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_sm_ext.errors import UnknownOperationError, ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.offers import catalog
from jupyter_sm_ext.offers.catalog import Accelerator, InstanceType
from jupyter_sm_ext.resources import resources

SCRIPT = Path(__file__).parents[1] / "scripts" / "make_instances.py"
OPERATIONS = [row.operation(verb) for row in resources() for verb in row.verbs]


@pytest.mark.parametrize("use", ["AppInstanceType", "TrainingInstanceType", *catalog.uses()])
def test_every_value_of_every_enum_has_a_row_or_is_listed_as_unknown(use: str) -> None:
    found = catalog.instance_types(use)
    assert sorted(each.name for each in found) == sorted(get_model().enum(use))
    for each in found:
        if each.known:
            assert each.vcpus
            assert each.memory_gib
            assert each.name not in catalog.unknown()
        else:
            assert (each.vcpus, each.memory_gib, each.accelerator) == (None, None, None)
            assert catalog.unknown()[each.name]


def test_what_is_listed_as_unknown_is_named_somewhere() -> None:
    named = {name for use in catalog.uses() for name in get_model().enum(use)}
    assert set(catalog.unknown()) <= named


def test_every_enum_that_our_operations_reach_is_a_use() -> None:
    reached = {use for operation in OPERATIONS for use in catalog._uses_of(operation)}
    assert reached >= {
        *("AppInstanceType", "TrainingInstanceType", "TransformInstanceType"),
        *("ProcessingInstanceType", "ProductionVariantInstanceType"),
    }
    assert reached <= set(catalog.uses())


@pytest.mark.skipif(not SCRIPT.exists(), reason="no checkout")
def test_it_is_what_its_sources_say() -> None:
    pytest.importorskip("moto")
    from importlib import metadata

    made_with = json.loads((Path(catalog.__file__).parents[1] / "data" / "instances.json").read_text())["sources"]
    if any(metadata.version(name) != made_with[name] for name in ("moto", "botocore")):
        pytest.skip("another moto or botocore may rightly say more")
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_trainium_is_offered_exactly_where_the_api_has_it() -> None:
    apps = ["ml.trn1.2xlarge", "ml.trn1.32xlarge", "ml.trn1n.32xlarge"]
    assert [each.name for each in catalog.instances(accelerator="trainium")] == apps
    for use in catalog.uses():
        found = {each.name for each in catalog.instances(use, accelerator="Trainium")}
        assert found == {name for name in get_model().enum(use) if name.startswith("ml.trn")}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ml.trn1.2xlarge", InstanceType("", 8, 32, Accelerator("Trainium", "Trainium", 1, 32), "trn1", True)),
        ("ml.trn1n.32xlarge", InstanceType("", 128, 512, Accelerator("Trainium", "Trainium", 16, 512), "trn1n", True)),
        ("ml.trn2.48xlarge", InstanceType("", 192, 2048, Accelerator("Trainium", "Trainium2", 16, 1536), "trn2", True)),
        ("ml.inf2.xlarge", InstanceType("", 4, 16, Accelerator("Inferentia", "Inferentia2", 1, 32), "inf2", True)),
        ("ml.p3.16xlarge", InstanceType("", 64, 488, Accelerator("GPU", "NVIDIA V100", 8, 128), "p3", True)),
        ("ml.t3.medium", InstanceType("", 2, 4, None, "t3", True)),
        ("system", InstanceType("", None, None, None, "system", False)),
        ("ml.m99.huge", InstanceType("", None, None, None, "m99", False)),
    ],
)
def test_what_a_type_has(name: str, expected: InstanceType) -> None:
    found = catalog.instance_type(name)
    assert found.name == name
    assert (found.vcpus, found.memory_gib, found.accelerator) == (
        expected.vcpus,
        expected.memory_gib,
        expected.accelerator,
    )
    assert (found.family, found.known) == (expected.family, expected.known)


def test_accelerators_are_of_the_kinds_that_can_be_asked_for() -> None:
    kinds = {
        each.accelerator.kind for use in catalog.uses() for each in catalog.instance_types(use) if each.accelerator
    }
    assert kinds == set(catalog.KINDS) - {"CPU"}


def names(**wanted: object) -> list[str]:
    return [each.name for each in catalog.instances("AppInstanceType", **wanted)]  # type: ignore[arg-type]


def test_they_are_in_the_order_in_which_people_look_for_them() -> None:
    found = names()
    assert found[:5] == ["system", "ml.t3.micro", "ml.t3.small", "ml.t3.medium", "ml.t3.large"]
    assert found.index("ml.m5.8xlarge") < found.index("ml.m5.12xlarge") < found.index("ml.trn1.2xlarge")
    assert found[-1] == "ml.geospatial.interactive"


def test_types_are_those_that_the_type_of_app_can_run_on() -> None:
    assert names(app_type="JupyterServer") == ["system"]
    assert names(app_type="KernelGateway") == names()
    for app_type in ("JupyterLab", "CodeEditor"):
        assert names(app_type=app_type) == names()[1:]


def test_filters_go_together() -> None:
    assert names(accelerator="GPU", family="ml.g5", min_memory_gib=200)[0] == "ml.g5.16xlarge"
    assert names(search="T4 12xlarge") == ["ml.g4dn.12xlarge"]
    assert names(search="nothing like it") == []
    assert names(accelerator="inferentia") == []
    assert "system" not in names(accelerator="cpu")
    assert "system" not in names(min_memory_gib=0)
    per_hour = {"ml.t3.medium": 0.05, "ml.m5.large": 0.115, "ml.trn1.2xlarge": 1.5}
    assert names(per_hour=per_hour, max_per_hour=1) == ["ml.t3.medium", "ml.m5.large"]


def test_what_is_unknown_comes_last() -> None:
    per_hour = {"ml.trn1.2xlarge": 1.5, "ml.t3.medium": 0.05}
    assert names(sort="price", per_hour=per_hour)[:2] == ["ml.t3.medium", "ml.trn1.2xlarge"]
    assert names(sort="vcpus")[-2:] == ["system", "ml.geospatial.interactive"]
    assert names(sort="memory")[0] == "ml.t3.micro"
    assert names(sort="accelerator")[0] == "ml.g4dn.xlarge"
    assert names(sort="name")[:2] == ["ml.c5.2xlarge", "ml.c5.4xlarge"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"use": "AppType"}, "no list of instance types named 'AppType'"),
        ({"use": "Nothing"}, "no list of instance types named 'Nothing'"),
        ({"accelerator": "TPU"}, "accelerator 'TPU'"),
        ({"family": "trn9"}, "family 'trn9'"),
        ({"sort": "colour"}, "not sorted by 'colour'"),
    ],
)
def test_a_wish_that_cannot_be_understood_is_refused(wanted: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        catalog.instances(**wanted)  # type: ignore[arg-type]
    assert caught.value.hint


@pytest.mark.parametrize(
    ("operation", "request_", "use"),
    [
        ("CreateApp", {}, "AppInstanceType"),
        ("UpdateSpace", {}, "AppInstanceType"),
        ("CreateTrainingJob", {"ResourceConfig": {"InstanceType": "ml.m5.large"}}, "TrainingInstanceType"),
        ("CreateTrainingJob", {"DebugRuleConfigurations": [{"InstanceType": "ml.m5.large"}]}, "ProcessingInstanceType"),
        ("CreateHyperParameterTuningJob", {}, "TrainingInstanceType"),
        ("CreateCompilationJob", {}, None),
        ("DescribeApp", {}, None),
    ],
)
def test_the_use_of_an_operation(operation: str, request_: dict[str, object], use: str | None) -> None:
    assert catalog.use_of(operation, request_) == use


def test_every_type_that_a_request_names_is_found() -> None:
    groups = [{"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.trn1.32xlarge"}, {"InstanceType": 3}, "?"]
    found = list(catalog.requested("CreateTrainingJob", {"ResourceConfig": {"InstanceGroups": groups}, "Tags": None}))
    assert found == [("TrainingInstanceType", "ml.m5.large"), ("TrainingInstanceType", "ml.trn1.32xlarge")]
    with pytest.raises(UnknownOperationError):
        catalog.use_of("MakeCoffee")
