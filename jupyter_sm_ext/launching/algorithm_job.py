"""The training job that follows from an algorithm: its request, as far as what the algorithm is tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_sm_ext.checks.request_forms import form
from jupyter_sm_ext.errors import ConflictError
from jupyter_sm_ext.launching.algorithm_defaults import with_defaults
from jupyter_sm_ext.launching.job_names import fresh_name
from jupyter_sm_ext.launching.successors import Successor
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.job_ways import TRAIN

_ALGORITHM, _JOB = resource("Algorithm"), resource("TrainingJob")
_CREATE = _JOB.operation("create")
_USABLE = "Completed"


def training_with(studio: Studio, name: str) -> Successor:
    """Make the request of a training job with an algorithm; nothing is created.

    Parameters
    ----------
    studio : Studio
        Where the algorithm is.
    name : str
        Of the algorithm.

    Raises
    ------
    ConflictError
        It cannot be used, or not yet.
    NotFoundError
        There is none of that name.
    """
    described = studio.describe(_ALGORITHM.kind, name)
    status = described[_ALGORITHM.status]
    if status != _USABLE:
        raise ConflictError(f"{name} is {status}: only an algorithm that is {_USABLE} can train anything")
    told = form(studio, _CREATE)
    notes = [f"Not all could be filled in: {told['error']['message']}"] if told["error"] else []
    specification = described["TrainingSpecification"]
    channels = specification.get("TrainingChannels") or ()
    request = {
        **told["defaults"],
        _JOB.key[0]: _name(name),
        "AlgorithmSpecification": {_ALGORITHM.key[0]: name, "TrainingInputMode": _mode(channels)},
        "ResourceConfig": _resources(told["defaults"].get("ResourceConfig") or {}, specification),
    }
    needed = [each for each in channels if each.get("IsRequired")]
    if needed:
        request["InputDataConfig"] = [_channel(each) for each in needed]
        notes.append(f"Say where the data is: {_names(needed)}.")
    open_ones = [
        each
        for each in specification.get("SupportedHyperParameters") or ()
        if each.get("IsRequired") and each.get("DefaultValue") is None
    ]
    if open_ones:
        notes.append(f"It has no defaults of the hyperparameters that it needs: {_names(open_ones)}.")
    return Successor(TRAIN, _JOB.kind, _CREATE, with_defaults(studio, request), notes)


def _names(things: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(str(each["Name"]) for each in things)


def _name(algorithm: str) -> str:
    shape = get_model().operation(_CREATE).input_shape
    return fresh_name(algorithm, int(shape.members[_JOB.key[0]].metadata["max"]) if shape else 0)


def _mode(channels: Any) -> str:
    """An input mode that all channels take: files, if they do."""
    modes = [each["SupportedInputModes"] for each in channels if each.get("SupportedInputModes")]
    common = [mode for mode in (modes[0] if modes else ()) if all(mode in each for each in modes)]
    return "File" if not common or "File" in common else str(common[0])


def _resources(usual: Mapping[str, Any], specification: Mapping[str, Any]) -> dict[str, Any]:
    """What it runs on: the usual instance, or the first that the algorithm takes."""
    taken = specification.get("SupportedTrainingInstanceTypes") or ()
    instance = usual.get("InstanceType")
    return {**usual, "InstanceType": instance if not taken or instance in taken else taken[0]}


def _channel(channel: Mapping[str, Any]) -> dict[str, Any]:
    kinds: list[str] = channel.get("SupportedContentTypes") or []
    return {
        "ChannelName": channel["Name"],
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": ""}},
        **({"ContentType": kinds[0]} if len(kinds) == 1 else {}),
    }
