"""What an algorithm is, for people: its state, what it takes and measures, and a table of its hyperparameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_sm_ext.tables import Table
from jupyter_sm_ext.watching.snapshots import failure_of

Described = Mapping[str, Any]


def algorithm_lines(described: Described) -> list[str]:
    """All but its hyperparameters, line by line."""
    specification = described["TrainingSpecification"]
    lines = [f"{described['AlgorithmName']}: {described['AlgorithmStatus']}"]
    lines += [described["AlgorithmDescription"]] if described.get("AlgorithmDescription") else []
    lines += [f"validation: {each['Status']}{_reason(each)}" for each in _validations(described)]
    lines += [
        f"image {specification['TrainingImage']}",
        f"instances {', '.join(specification['SupportedTrainingInstanceTypes'])}",
        f"channels {', '.join(map(_channel, specification['TrainingChannels']))}",
    ]
    metrics = [each["Name"] for each in specification.get("MetricDefinitions", ())]
    lines += [f"metrics {', '.join(metrics)}"] if metrics else []
    objectives = specification.get("SupportedTuningJobObjectiveMetrics", ())
    return lines + [f"objective {each['Type']} {each['MetricName']}" for each in objectives]


def hyperparameter_table(described: Described) -> Table:
    """Its hyperparameters, without those that carry its code."""
    rows = list(_hyperparameters(described["TrainingSpecification"]))
    return Table(("Hyperparameter", "Type", "Values", "Tunable", "Default"), rows, "any hyperparameters")


def failure_of_algorithm(described: Described) -> str:
    """Why an algorithm could not be validated, in one line."""
    reasons = [failure_of(each) for each in _validations(described)]
    return "; ".join(reason for reason in reasons if reason) or "the service gave no reason"


def _hyperparameters(specification: Described) -> Iterator[tuple[str, ...]]:
    for each in specification.get("SupportedHyperParameters", ()):
        if each["Name"].startswith("sagemaker_"):
            continue  # its code, which nobody gives
        bounds: Mapping[str, Any] = next(iter(each.get("Range", {}).values()), {})
        values = "|".join(bounds.get("Values", ())) or "..".join(
            bounds[name] for name in ("MinValue", "MaxValue") if name in bounds
        )
        default = each.get("DefaultValue", "must be given" if each.get("IsRequired") else "")
        yield each["Name"], each["Type"], values, "yes" if each.get("IsTunable") else "", default


def _channel(channel: Described) -> str:
    return f"{channel['Name']}{'' if channel.get('IsRequired') else ' (optional)'}"


def _validations(described: Described) -> list[Described]:
    return list(described["AlgorithmStatusDetails"].get("ValidationStatuses") or ())


def _reason(status: Described) -> str:
    reason = failure_of(status)
    return f": {reason}" if reason else ""
