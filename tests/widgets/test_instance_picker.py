"""The instance picker, driven from Python: what it offers, how it filters, and what it says of prices."""

from __future__ import annotations

from pathlib import Path

import pytest

import jupyter_sm_ext as sm
from jupyter_sm_ext import paths
from jupyter_sm_ext.checks.prices import PriceList, Prices
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.offers import catalog
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets import InstancePicker

TRAINIUM = ["ml.trn1.2xlarge", "ml.trn1.32xlarge", "ml.trn1n.32xlarge"]
SECONDS = 30


@pytest.fixture
def picker() -> InstancePicker:
    return sm.instances()


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> InstancePicker:
    """A picker of a connection whose Price List has two prices."""
    prices = PriceList("USD", {"ml.t3.medium": 0.05, "ml.trn1.2xlarge": 1.3438}, "Prices of us-east-1.")
    monkeypatch.setattr(Prices, "per_hour", lambda self, use, *, app_type: prices)
    studio = Studio(open_connection(Choice("aws", region="us-east-1"), paths.data_dir()))
    made = sm.instances(studio=studio)
    made.show_prices()
    made.wait(SECONDS)
    return made


def names(picker: InstancePicker) -> list[str]:
    return [each.name for each in picker.items]


@pytest.mark.parametrize("use", ["AppInstanceType", "TrainingInstanceType", "TransformInstanceType"])
def test_offers_exactly_what_the_model_has(use: str) -> None:
    assert set(names(sm.instances(use))) == set(get_model().enum(use))


def test_filters_as_the_catalogue_does(picker: InstancePicker) -> None:
    assert [each.name for each in picker.filter(accelerator="trainium")] == TRAINIUM
    assert names(picker) == TRAINIUM
    assert [label for label, _ in picker._family.options] == ["any", "trn1", "trn1n"]
    picker.filter(accelerator="Trainium", min_memory_gib=100, sort="name")
    assert names(picker) == TRAINIUM[1:]
    picker.filter(search="g5 48x")
    assert names(picker) == ["ml.g5.48xlarge"]
    picker.filter()
    assert picker.items == catalog.instances("AppInstanceType")


def test_a_person_filters_and_chooses_with_the_controls(picker: InstancePicker) -> None:
    seen: list[str | None] = []
    picker.observe(lambda change: seen.append(change["new"]), "value")
    picker._accelerator.value = "Trainium"
    picker._memory.value = 64
    assert names(picker) == TRAINIUM[1:]
    picker._select.value = "ml.trn1.32xlarge"
    assert picker.value == "ml.trn1.32xlarge"
    # A filter that hides what is chosen does not unchoose it, and the list shows no other as chosen.
    picker._accelerator.value = "CPU"
    assert picker.value == "ml.trn1.32xlarge"
    assert picker._select.value is None
    picker._accelerator.value = ""
    assert picker._select.value == "ml.trn1.32xlarge"
    assert seen == ["ml.trn1.32xlarge"]


def test_a_family_that_does_not_fit_the_accelerator_is_let_go(picker: InstancePicker) -> None:
    picker._family.value = "g5"
    picker._accelerator.value = "Trainium"
    # An empty choice would be one without an index.
    assert (picker._family.value, picker._family.index) == ("", 0)
    assert names(picker) == TRAINIUM


def test_what_is_not_offered_is_refused_with_the_nearest(picker: InstancePicker) -> None:
    with pytest.raises(ValidationError, match=r"ml\.trn1\.2xlage") as caught:
        picker.select("ml.trn1.2xlage")
    assert caught.value.hint == "Did you mean ml.trn1.2xlarge?"
    assert picker.value is None
    picker.filter(accelerator="Trainium")
    with pytest.raises(ValidationError, match="tpu"):
        picker.filter(accelerator="tpu")
    assert names(picker) == TRAINIUM
    with pytest.raises(ValidationError, match="NoSuchType"):
        sm.instances("NoSuchType")
    with pytest.raises(ValidationError, match=r"ml\.p2000"):
        sm.instances(value="ml.p2000")


def test_on_this_machine_types_are_simulated_and_cost_nothing(picker: InstancePicker) -> None:
    bundle = picker._repr_mimebundle_()
    picker.wait(SECONDS)
    picker.filter(accelerator="Trainium")
    picker.select("ml.trn1.2xlarge")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert repr(picker).splitlines() == [
        "Instance type: ml.trn1.2xlarge",
        "TYPE               VCPUS   MEMORY  ACCELERATOR    ITS MEMORY",
        "ml.trn1.2xlarge        8   32 GiB  1 x Trainium       32 GiB",
        "ml.trn1.32xlarge     128  512 GiB  16 x Trainium     512 GiB",
        "ml.trn1n.32xlarge    128  512 GiB  16 x Trainium     512 GiB",
        "3 of 176 instance types. Each is simulated on this machine. This machine costs nothing.".replace(
            "176", str(len(get_model().enum("AppInstanceType")))
        ),
    ]
    assert picker._price.layout.display == "none"


def test_prices_filter_and_sort_and_none_is_guessed(priced: InstancePicker) -> None:
    assert names(priced) == [each.name for each in catalog.instance_types("AppInstanceType")]
    priced.filter(sort="price")
    assert names(priced)[:2] == ["ml.t3.medium", "ml.trn1.2xlarge"]
    priced.filter(max_per_hour=1)
    assert names(priced) == ["ml.t3.medium"]
    assert "$0.05" in repr(priced)
    priced.filter(search="ml.t3.large")
    assert "$" not in repr(priced)
    assert repr(priced).endswith("instance types. Prices of us-east-1.")
    assert priced._price.layout.display == ""


def test_several_choices_in_a_row_keep_the_last(picker: InstancePicker) -> None:
    for name in ("ml.t3.medium", "ml.g5.xlarge", "ml.trn1.2xlarge"):
        picker.select(name)
    assert (picker.value, picker._select.value) == ("ml.trn1.2xlarge", "ml.trn1.2xlarge")
    picker.value = None
    assert picker._select.value is None


def test_an_app_is_offered_what_its_type_can_run_on(picker: InstancePicker) -> None:
    picker.select("system")
    picker.for_app("KernelGateway")
    assert picker.value == "system"
    picker.for_app("JupyterLab")
    assert picker.value is None
    assert "system" not in names(picker)
    picker.for_app("JupyterServer")
    assert names(picker) == ["system"]
