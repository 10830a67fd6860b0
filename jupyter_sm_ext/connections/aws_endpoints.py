"""Which regions and kinds of endpoints AWS has, as this botocore knows them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

_PREFIX = "api.sagemaker"  # SageMaker's in botocore's table of endpoints


@functools.cache
def regions(service: str = "sagemaker") -> dict[str, list[str]]:
    """The regions that have a service, by partition.

    Parameters
    ----------
    service : str
        boto3's name of it.
    """
    import botocore.session

    session = botocore.session.Session()
    found = {each: session.get_available_regions(service, each) for each in session.get_available_partitions()}
    return {partition: names for partition, names in found.items() if names}


@functools.cache
def fips_regions() -> dict[str, list[str]]:
    """The regions in which SageMaker has an endpoint of FIPS 140, by partition."""
    import botocore.session

    table: Mapping[str, Any] = botocore.session.Session().get_data("endpoints")
    services = {each["partition"]: each["services"].get(_PREFIX, {}) for each in table["partitions"]}
    known = regions()
    return {
        partition: [name for name, about in service.get("endpoints", {}).items() if _has_fips(about) and name in names]
        for partition, service in services.items()
        if (names := known.get(partition))
    }


def _has_fips(endpoint: Mapping[str, Any]) -> bool:
    return any("fips" in variant["tags"] for variant in endpoint.get("variants", ()))


def told(*, fips: bool, dualstack: bool, partition: str) -> str | None:
    """What is said of the kind of endpoints that is asked where there is no such endpoint; None of ordinary ones.

    Parameters
    ----------
    fips, dualstack : bool
        Endpoints of FIPS 140; those that have IPv6, too.
    partition : str
        Where.
    """
    if not fips and not dualstack:
        return None
    words = " and ".join([*(["FIPS 140"] if fips else []), *(["IPv6"] if dualstack else [])])
    said = f"This connection asks endpoints for {words}, which not every service and region has."
    if fips:
        found = fips_regions().get(partition)
        said += f" SageMaker's for FIPS 140 are in {', '.join(found)}." if found else f" {partition} has no FIPS 140."
    return said
