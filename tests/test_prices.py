"""Prices: by the Price List's own protocol, without doubt or not at all, and asked once a day."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_services import FakeServices, product

from jupyter_sm_ext.checks import kept_answers, prices
from jupyter_sm_ext.checks.prices import PriceList, Prices
from jupyter_sm_ext.connections.connection import Choice, Connection, open_connection


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServices]:
    with FakeServices().serving() as fake:
        keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_MAX_ATTEMPTS": "1"}
        for name, value in {**fake.environment, **keys}.items():
            monkeypatch.setenv(name, value)
        yield fake


def aws(data_dir: Path, region: str = "us-east-1") -> Connection:
    return open_connection(Choice("aws", region=region), data_dir)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1.61, "USD", "$1.61"),
        (1234.5, "USD", "$1,234.50"),
        (0.0464, "USD", "$0.0464"),
        (0.115, "USD", "$0.115"),
        (0.4, "USD", "$0.40"),
        (0.5, "CNY", "¥0.50"),
        (3.0, "EUR", "EUR 3.00"),
    ],
)
def test_amounts_are_written_as_people_do(amount: float, currency: str, text: str) -> None:
    assert prices.money(amount, currency) == text


def test_this_machine_costs_nothing(data_dir: Path) -> None:
    local = open_connection(Choice(), data_dir)
    assert Prices(local).per_hour("TrainingInstanceType") == PriceList("USD", {}, "This machine costs nothing.")
    assert not data_dir.exists()


def test_every_page_is_read_and_only_what_fits_is_asked_for(fake: FakeServices, data_dir: Path) -> None:
    fake.products = [
        product("ml.trn1.2xlarge", "1.6100000000"),
        product("ml.t3.medium", "0.0500000000"),
        product("ml.g5.xlarge", "1.4080000000"),
        product("ml.g5.xlarge", "1.5000000000", use="Training"),
        product("ml.trn1.2xlarge", "1.9000000000", region="eu-west-1"),
    ]
    found = Prices(aws(data_dir)).per_hour()
    assert found == PriceList("USD", {"ml.g5.xlarge": 1.408, "ml.t3.medium": 0.05, "ml.trn1.2xlarge": 1.61})
    asked = fake.called("GetProducts")
    assert [request.get("NextToken") for request in asked] == [None, "2"]
    assert {each["Field"]: each["Value"] for each in asked[0]["Filters"]} == {
        "regionCode": "us-east-1",
        "productFamily": "ML Instance",
        "platoinstancetype": "Studio-JupyterLab",
    }
    assert asked[0]["ServiceCode"] == "AmazonSageMaker"


@pytest.mark.parametrize(
    ("use", "app_type", "word"),
    [
        ("AppInstanceType", "JupyterLab", "Studio-JupyterLab"),
        ("AppInstanceType", "CodeEditor", "studio-codeeditor"),
        ("AppInstanceType", "KernelGateway", "Studio-Notebook"),
        ("TrainingInstanceType", "", "Training"),
        ("TransformInstanceType", "", "BatchTransform"),
        ("ProcessingInstanceType", "", "Processing"),
    ],
)
def test_each_use_has_prices_of_its_own(fake: FakeServices, data_dir: Path, use: str, app_type: str, word: str) -> None:
    fake.products = [product("ml.m5.large", "0.1150000000", use=word), product("ml.m5.large", "9", use="Other")]
    assert Prices(aws(data_dir)).per_hour(use, app_type=app_type).per_hour == {"ml.m5.large": 0.115}


@pytest.mark.parametrize(
    "doubtful",
    [
        product("ml.trn1.2xlarge", "13.57", unit="Quantity"),
        product("ml.trn1.2xlarge", "0.0000000000"),
        product("ml.trn1.2xlarge", "-1"),
        product("ml.trn1.2xlarge", "nan"),
        product("ml.trn1.2xlarge", "inf"),
        product("ml.trn1.2xlarge", "1.0", steps=2),
        product("ml.trn1.2xlarge", "1.0", currency="CNY"),
        product("trn1.2xlarge", "1.0"),
        product("NA", "1.0"),
    ],
)
def test_a_price_with_any_doubt_is_none(fake: FakeServices, data_dir: Path, doubtful: dict[str, object]) -> None:
    fake.products = [doubtful, product("ml.t3.medium", "0.05")]
    assert Prices(aws(data_dir)).per_hour().per_hour == {"ml.t3.medium": 0.05}


def test_two_prices_for_one_type_are_none_and_the_same_twice_is_one(fake: FakeServices, data_dir: Path) -> None:
    fake.products = [
        *(product("ml.t3.medium", "0.05", sku=sku) for sku in ("A", "B")),
        *(product("ml.trn1.2xlarge", price) for price in ("1.6", "1.7")),
    ]
    assert Prices(aws(data_dir)).per_hour().per_hour == {"ml.t3.medium": 0.05}


@pytest.mark.parametrize("broken", ["{", "[]", '{"product": {}}', '{"product": {"attributes": {}}, "terms": 3}'])
def test_what_cannot_be_understood_gives_no_price_at_all(fake: FakeServices, data_dir: Path, broken: str) -> None:
    fake.products = [product("ml.t3.medium", "0.05"), broken]
    found = Prices(aws(data_dir)).per_hour()
    assert found.per_hour == {}
    assert found.message is not None
    assert "cannot be understood" in found.message


def test_an_answer_is_kept_for_a_day(fake: FakeServices, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.products = [product("ml.t3.medium", "0.05")]
    before = Prices(aws(data_dir)).per_hour()
    fake.products = [product("ml.t3.medium", "0.06")]
    assert Prices(aws(data_dir)).per_hour() == before
    assert len(fake.called("GetProducts")) == 1
    [file] = (data_dir / "cache").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    now = time.time()
    monkeypatch.setattr(kept_answers.time, "time", lambda: now + 86_500)
    assert Prices(aws(data_dir)).per_hour().per_hour == {"ml.t3.medium": 0.06}
    file.write_text("{")
    assert Prices(aws(data_dir)).per_hour().per_hour == {"ml.t3.medium": 0.06}
    assert json.loads(file.read_text())["answer"] == {"ml.t3.medium": 0.06}


def test_no_answer_is_told_and_not_kept(fake: FakeServices, data_dir: Path) -> None:
    fake.refused = {"GetProducts"}
    found = Prices(aws(data_dir)).per_hour()
    assert found.per_hour == {}
    assert found.message is not None
    assert "AWS's Price List did not answer: User: arn:aws:iam" in found.message
    fake.refused = set()
    assert (
        Prices(aws(data_dir)).per_hour().message == "AWS's Price List has no prices for Studio-JupyterLab in us-east-1."
    )
    fake.products = [product("ml.t3.medium", "0.05")]
    assert Prices(aws(data_dir)).per_hour().per_hour


def test_nobody_there_is_told(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:9")
    message = Prices(aws(data_dir)).per_hour().message
    assert message is not None
    assert message.startswith("AWS's Price List did not answer:")


def test_what_the_price_list_does_not_have_is_not_asked(fake: FakeServices, data_dir: Path) -> None:
    assert "apps of type Canvas" in (Prices(aws(data_dir)).per_hour(app_type="Canvas").message or "")
    assert "FooInstanceType" in (Prices(aws(data_dir)).per_hour("FooInstanceType").message or "")
    gov = Prices(aws(data_dir, "us-gov-west-1")).per_hour()
    assert gov.message == "There is no Price List in the partition of us-gov-west-1 (aws-us-gov)."
    assert "no region" in (Prices(aws(data_dir, "")).per_hour().message or "")
    assert fake.calls == []


def test_china_has_a_price_list_and_a_currency_of_its_own(fake: FakeServices, data_dir: Path) -> None:
    fake.products = [product("ml.t3.medium", "0.5", region="cn-north-1", currency="CNY")]
    assert Prices(aws(data_dir, "cn-north-1")).per_hour() == PriceList("CNY", {"ml.t3.medium": 0.5})
