"""The instances of a training job: their names, types and groups, as ResourceConfig asks for them."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

Json = dict[str, Any]

GROUP = "homogeneousCluster"
"""What SageMaker calls the one group of a job that names none."""


class Host(NamedTuple):
    """One instance of a job: ``algo-1`` and so on, its instance type, and the name of its group."""

    name: str
    kind: str
    group: str


def hosts(config: Json) -> tuple[Host, ...]:
    """All instances, in the order of their numbers.

    Parameters
    ----------
    config : dict
        A ResourceConfig.
    """
    groups = config.get("InstanceGroups") or [{"InstanceGroupName": GROUP, **config}]
    kinds = [
        (group["InstanceType"], group["InstanceGroupName"])
        for group in groups
        for _ in range(int(group.get("InstanceCount", 1)))
    ]
    return tuple(Host(f"algo-{number}", *kind) for number, kind in enumerate(kinds, 1))


def instances(config: Json) -> Counter[str]:
    """How many instances of each type a ResourceConfig asks for."""
    return Counter(host.kind for host in hosts(config))
