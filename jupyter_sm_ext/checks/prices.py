"""What an instance costs an hour, by AWS's Price List; never a guess.

Asked is GetProducts of the service ``pricing``, of the service code ``AmazonSageMaker``, for one region and one way
of use (``platoinstancetype``: JupyterLab costs other than training). What does not say one price an hour for one
instance type without doubt is left out. An answer is kept for a day (`kept_answers`).
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jupyter_sm_ext.checks.kept_answers import KeptAnswer
from jupyter_sm_ext.connections.aws_endpoints import regions
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import SageMakerError

FREE_HERE = "This machine costs nothing."
DEFAULT_APP_TYPE = "JupyterLab"

_A_DAY = 86_400.0
_SERVICE = "AmazonSageMaker"
_FAMILY = "ML Instance"
_HOUR = "Hrs"
_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")
#: The Price List's word (``platoinstancetype``) for a use of instances.
_USES: Mapping[str, str] = {
    "TrainingInstanceType": "Training",
    "ProcessingInstanceType": "Processing",
    "TransformInstanceType": "BatchTransform",
    "ProductionVariantInstanceType": "Hosting",
    "InstanceType": "Notebook",
    "ClusterInstanceType": "Cluster",
}
#: The same for the types of apps, which share one list of instance types.
_APPS: Mapping[str, str] = {
    "JupyterLab": "Studio-JupyterLab",
    "CodeEditor": "studio-codeeditor",
    "KernelGateway": "Studio-Notebook",
}
_SYMBOLS = {"USD": "$", "CNY": "¥"}
#: In which currency the Price List of a partition answers, if not in dollars.
_CURRENCIES: Mapping[str, str] = {"aws-cn": "CNY", "aws-eusc": "EUR"}
_DOLLARS = "USD"


@dataclass(frozen=True)
class PriceList:
    """Prices an hour.

    Parameters
    ----------
    currency : str
        ISO 4217, as in ``USD``.
    per_hour : dict of str to float
        On-demand price of one instance for one hour, by its type. A type that is not there has no known price.
    message : str or None
        Why there is none, or what else is to be said.
    """

    currency: str
    per_hour: dict[str, float] = field(default_factory=dict)
    message: str | None = None

    @property
    def free(self) -> bool:
        """Whether nothing costs anything, rather than that nobody knows."""
        return self.message == FREE_HERE


class Prices:
    """The Price List as a connection's credentials may read it.

    Parameters
    ----------
    connection : Connection
        Whose region it is about.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def per_hour(self, use: str = "AppInstanceType", *, app_type: str = DEFAULT_APP_TYPE) -> PriceList:
        """On-demand prices of a use, or why there are none; blocks for seconds once a day.

        Parameters
        ----------
        use : str
            Enum of the instance types, as in `catalog.instance_types`.
        app_type : str
            For ``AppInstanceType``: what the instance runs.
        """
        if self._connection.kind == "local":
            return PriceList(_DOLLARS, message=FREE_HERE)
        word = _APPS.get(app_type) if use == "AppInstanceType" else _USES.get(use)
        if word is None:
            what = f"apps of type {app_type}" if use == "AppInstanceType" else use
            return PriceList(_DOLLARS, message=f"AWS's Price List is not asked for {what}.")
        try:
            region = self._connection.region
            partition = self._connection.partition
        except SageMakerError as error:
            return PriceList(_DOLLARS, message=f"No prices: {error.message}")
        currency, where = _CURRENCIES.get(partition, _DOLLARS), asked_in(partition)
        if where is None:
            return PriceList(currency, message=f"There is no Price List in the partition of {region} ({partition}).")
        kept = KeptAnswer(self._connection.data_dir, f"prices-{region}-{word}")
        # Whoever asks while it is being read waits for that, instead of reading it all again.
        with self._connection.kept("price-list", threading.Lock):
            known, age = kept.read()
            if known is None or age >= _A_DAY:
                try:
                    known = self._ask(region, word, where, currency)
                except SageMakerError as error:
                    return PriceList(currency, message=f"AWS's Price List did not answer: {error.message}")
                if not known:
                    return PriceList(currency, message=f"AWS's Price List has no prices for {word} in {region}.")
                kept.write(known)
        return PriceList(currency, known)

    def _ask(self, region: str, word: str, where: str, currency: str) -> dict[str, float]:
        wanted = {"regionCode": region, "productFamily": _FAMILY, "platoinstancetype": word}
        filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()]

        def read() -> list[str]:
            client = self._connection.client("pricing", region=where)
            pages = client.get_paginator("get_products").paginate(ServiceCode=_SERVICE, Filters=filters)
            return [text for page in pages for text in page["PriceList"]]

        products = self._connection.renewing(read, "GetProducts")
        found: dict[str, set[float]] = {}
        for text in products:
            for name, price in _price(text, wanted, currency):
                found.setdefault(name, set()).add(price)
        return {name: prices.pop() for name, prices in sorted(found.items()) if len(prices) == 1}


def asked_in(partition: str) -> str | None:
    """The region in which a partition's Price List is asked; None where there is none."""
    found = regions("pricing").get(partition, [])
    return "us-east-1" if "us-east-1" in found else next(iter(found), None)


def money(amount: float, currency: str) -> str:
    """An amount as people write it: ``$1.61``, ``$0.0464``, ``EUR 3.00``."""
    number = f"{amount:,.2f}" if amount >= 1 else f"{amount:.4f}".removesuffix("0").removesuffix("0")
    return f"{_SYMBOLS[currency]}{number}" if currency in _SYMBOLS else f"{currency} {number}"


def _price(text: str, wanted: Mapping[str, str], currency: str) -> Iterator[tuple[str, float]]:
    """Type and price that a product tells, if it tells them without doubt.

    Raises
    ------
    SageMakerError
        It is no product as the Price List writes them.
    """
    try:
        product = json.loads(text)
        attributes = product["product"]["attributes"]
        said = {**attributes, "productFamily": product["product"].get("productFamily")}
        terms = product["terms"].get("OnDemand", {})
        dimensions = [each for term in terms.values() for each in term["priceDimensions"].values()]
        prices = [
            float(each["pricePerUnit"][currency])
            for each in dimensions
            if each["unit"] == _HOUR and currency in each["pricePerUnit"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SageMakerError(f"a product of the Price List cannot be understood: {error!r}") from error
    name = attributes.get("instanceName", "")
    # Several dimensions are steps of a scale; nothing is a placeholder (free tier), no price.
    plain = len(dimensions) == 1 and len(prices) == 1 and math.isfinite(prices[0]) and prices[0] > 0
    if plain and _TYPE.fullmatch(name) and all(said.get(member) == value for member, value in wanted.items()):
        yield name, prices[0]
