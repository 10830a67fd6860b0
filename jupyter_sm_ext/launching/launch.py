"""A script and its data become a training or tuning job: what is uploaded for it, the request, and the start.

A plan is checked as a whole before anything is uploaded or created; script mode is that of the SageMaker SDK.
"""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_sm_ext.checks.preflight import create
from jupyter_sm_ext.choices import nearest
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError
from jupyter_sm_ext.launching.algorithm_defaults import with_defaults
from jupyter_sm_ext.launching.channel_data import channel_data
from jupyter_sm_ext.launching.files import count_text
from jupyter_sm_ext.launching.job_names import fresh_name
from jupyter_sm_ext.launching.job_request import (
    MOST_METRICS,
    Placed,
    metric_definitions,
    training_request,
    tuning_request,
)
from jupyter_sm_ext.launching.metric_formats import metrics_of
from jupyter_sm_ext.launching.option_rules import check_options, check_request
from jupyter_sm_ext.launching.options import JobOptions, TuningOptions
from jupyter_sm_ext.launching.packing import package
from jupyter_sm_ext.launching.request_code import request_text
from jupyter_sm_ext.launching.source import Script
from jupyter_sm_ext.launching.uploads import Upload, send
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import Resource, resource
from jupyter_sm_ext.studio import Studio

TRAINING, TUNING = "training-jobs", "tuning-jobs"


@dataclass(frozen=True)
class Plan:
    """A job that is checked and ready to be started; shown as its request and the code for it.

    Parameters
    ----------
    kind : {"training-jobs", "tuning-jobs"}
        Of the job.
    name : str
        Of the job.
    request : dict
        Of the Create operation.
    uploads : list of Upload
        What has to be there first.
    named : bool
        Whether the user chose the name, so that it may be taken.
    connection : Connection
        Where it goes.
    script : Script
        What it runs; an empty one for an algorithm.
    options : JobOptions
        Of which it was made.
    lines : list of str
        What is packed and uploaded, for the user.
    """

    kind: str
    name: str
    request: dict[str, Any]
    uploads: list[Upload]
    named: bool
    connection: Connection = field(repr=False)
    script: Script = field(repr=False)
    options: JobOptions = field(repr=False)
    lines: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return self.text()

    @property
    def operation(self) -> str:
        """The operation that creates it."""
        return resource(self.kind).operation("create")

    def text(self) -> str:
        """The exact request as JSON, and as boto3 code."""
        return request_text(self.connection, self.operation, self.request)

    def with_metrics(self, found: Mapping[str, str]) -> Plan:
        """The same with the metrics that were seen in a log: regular expression by name."""
        request = copy.deepcopy(self.request)
        algorithm = request.get("TrainingJobDefinition", request)["AlgorithmSpecification"]
        before = {each["Name"]: each["Regex"] for each in algorithm.get("MetricDefinitions", ())}
        metrics = metric_definitions(self.options, {**before, **found})
        if metrics:
            algorithm["MetricDefinitions"] = metrics[:MOST_METRICS]
        return dataclasses.replace(self, request=request)

    def start(self, studio: Studio) -> list[str]:
        """Upload what is needed and create the job. Returns what was uploaded, for the user.

        Raises
        ------
        ConflictError
            The name is taken; nothing was uploaded.
        SageMakerError
            The service refused, or could not be reached.
        """
        studio.connection.ensure()
        if self.named:
            self._refuse_taken(studio)
        sent = send(studio.connection, self.uploads)
        create(studio, self.kind, with_defaults(studio, self.request))
        return [f"data: {count_text(sent.there)} in S3 already, not uploaded again"] if sent.there else []

    def _refuse_taken(self, studio: Studio) -> None:
        try:
            found = studio.describe(self.kind, self.name)
        except NotFoundError:
            return
        row = resource(self.kind)
        # The service would say so too, but only after the new source had replaced that of the old job.
        raise ConflictError(
            f"a {_noun(row)} named {self.name!r} already exists ({found[row.status]})",
            hint="Choose another --name, or leave it out to get a new one each time.",
        )


def plan_training(connection: Connection, script: Script, options: JobOptions) -> Plan:
    """Plan a training job.

    Raises
    ------
    ValidationError
        What is wrong, by the name of the option.
    """
    return _plan(connection, script, options, TRAINING)


def plan_tuning(connection: Connection, script: Script, options: TuningOptions) -> Plan:
    """Plan a tuning job.

    Raises
    ------
    ValidationError
        What is wrong, by the name of the option.
    """
    strategies = get_model().enum("HyperParameterTuningJobStrategyType")
    options = dataclasses.replace(options, strategy=nearest("--strategy", options.strategy, strategies))
    return _plan(connection, script, options, TUNING)


def _plan(connection: Connection, script: Script, options: JobOptions, kind: str) -> Plan:
    row = resource(kind)
    local = connection.kind == "local"
    coded = options.algorithm is None or not script.empty
    check_options(options, script=coded)
    if local and coded:
        # The job runs with this very Python, so what it cannot read here it cannot read there.
        script.check()
    longest = int(get_model().service.shape_for(f"{row.noun}Name").metadata["max"])
    stem = script.name.rpartition(".")[0] if coded else str(options.algorithm).rpartition("/")[2]
    name = options.name if options.name is not None else fresh_name(stem, longest)
    _check_name(name, longest, _noun(row))
    key = f"{name}/source/sourcedir.tar.gz"
    # Once without the data, which may take long to read: what is wrong with the options is told at once.
    placed = Placed(
        name,
        script.name if coded else None,
        f"s3://{connection.bucket}/{key}",
        {channel: uri if "://" in uri else f"s3://{connection.bucket}/" for channel, uri in options.data.items()},
        metrics_of(script.text, script.prints) if coded else {},
    )
    check_request(row.operation("create"), _request(connection, options, placed), local=local)
    uploads, lines = [], []
    if coded:
        packed = package(script, options)
        uploads, lines = [Upload(connection.bucket, key, packed.body)], [*packed.lines]
    found = {
        channel: channel_data(channel, location, connection.bucket, anything=options.yes)
        for channel, location in options.data.items()
    }
    for each in found.values():
        uploads += each.uploads
        lines += [each.line] if each.line else []
    placed = dataclasses.replace(placed, channels={channel: each.uri for channel, each in found.items()})
    request = _request(connection, options, placed)
    return Plan(kind, name, request, uploads, options.name is not None, connection, script, options, lines)


def _request(connection: Connection, options: JobOptions, placed: Placed) -> dict[str, Any]:
    if isinstance(options, TuningOptions):
        return tuning_request(connection, options, placed)
    return training_request(connection, options, placed)


def _noun(row: Resource) -> str:
    return "tuning job" if row.kind == TUNING else "training job"


def _check_name(name: str, longest: int, noun: str) -> None:
    if re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", name) and len(name) <= longest:
        return
    near = re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-")[:longest].rstrip("-")
    raise ValidationError(
        f"--name: {name!r} cannot name a {noun}: up to {longest} letters, digits and inner hyphens",
        hint=f"Try --name {near}." if near else None,
    )
