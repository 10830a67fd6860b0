"""Which policies an operation is in, as the tests of policies and of the doctor ask."""

from __future__ import annotations

from jupyter_sm_ext.checks.policies import FEATURES, Feature

# It needs no permission (STS, GetCallerIdentity).
_FREE = frozenset({"GetCallerIdentity"})


def needs_policy(operation: str) -> bool:
    """Whether an operation needs any permission."""
    return operation not in _FREE


def features_of(operation: str) -> list[Feature]:
    """Which features call an operation."""
    return [feature for feature in FEATURES if operation in feature.operations]
