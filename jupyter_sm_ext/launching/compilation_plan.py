"""A model becomes a compilation job: for which device, with which inputs, and what is uploaded for it."""

from __future__ import annotations

import difflib
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_sm_ext.checks.preflight import create
from jupyter_sm_ext.choices import nearest
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.launching.job_names import fresh_name
from jupyter_sm_ext.launching.model_files import ARCHIVE, packed_model
from jupyter_sm_ext.launching.request_code import request_text
from jupyter_sm_ext.launching.uploads import Upload, send
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.snapshots import find_job

KIND = "compilation-jobs"
FRAMEWORK = "ONNX"
RUNTIME = 900
"""Seconds that a compilation may take, if nothing else is said."""

Shape = Mapping[str, Sequence[int]]

_S3 = re.compile(r"s3://[^/]+/.+")
_INSTANCE = re.compile(r"ml[._]([a-z0-9]+)(?:\.[a-z0-9]+)?")
_PLATFORM = ("Os", "Arch", "Accelerator")


@dataclass(frozen=True)
class CompilationOptions:
    """How a model is compiled.

    Parameters
    ----------
    target : str
        A device (``ml_c5``), an instance type (``ml.c5.xlarge``), or a platform (``linux/x86_64``, and its
        accelerator).
    framework : str
        Of the model.
    shape : mapping of str to sequence of int, optional
        Shape of each input by its name; most models need it.
    framework_version : str, optional
        Where the service has several.
    name, output, role : str, optional
        Of the job; ``s3://`` URI for the artifact; ARN of the execution role. Made up, and the connection's own, if
        not given.
    max_runtime : int
        Seconds.
    compiler_options : mapping, optional
        For the compiler of the target, as AWS documents them.
    """

    target: str
    framework: str = FRAMEWORK
    shape: Shape | None = None
    framework_version: str | None = None
    name: str | None = None
    output: str | None = None
    role: str | None = None
    max_runtime: int = RUNTIME
    compiler_options: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CompilationPlan:
    """A compilation job that is checked and ready to be started; shown as its request and the code for it.

    Parameters
    ----------
    name : str
        Of the job.
    request : dict
        Of CreateCompilationJob.
    model : Path or None
        What has to be uploaded first; None if the model is on S3.
    connection : Connection
        Where it goes.
    """

    name: str
    request: dict[str, Any]
    model: Path | None
    connection: Connection = field(repr=False)

    def __repr__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The exact request as JSON, and as boto3 code."""
        return request_text(self.connection, resource(KIND).operation("create"), self.request)

    def start(self, studio: Studio) -> None:
        """Upload the model, if it is here, and create the job.

        Raises
        ------
        SageMakerError
            The service refused, or could not be reached.
        """
        studio.connection.ensure()
        if self.model is not None:
            bucket, key = self.request["InputConfig"]["S3Uri"].removeprefix("s3://").split("/", 1)
            with tempfile.TemporaryDirectory(prefix="jupyter-sm-model-") as folder:
                send(studio.connection, [Upload(bucket, key, packed_model(self.model, Path(folder)))])
        create(studio, KIND, self.request)


def plan_compilation(studio: Studio, model: str, options: CompilationOptions) -> CompilationPlan:
    """Plan a compilation job.

    Parameters
    ----------
    studio : Studio
        Where.
    model : str
        ``s3://`` URI of a ``model.tar.gz``, a file or folder of this machine, or the name of a training job, or of a
        tuning job for its best one.
    options : CompilationOptions
        The rest.

    Raises
    ------
    ValidationError
        What is wrong, by the name of the option.
    NotFoundError
        There is no such model.
    """
    row, connection = resource(KIND), studio.connection
    output = _target(options.target)
    framework = nearest("--framework", options.framework, get_model().enum("Framework"))
    longest = int(get_model().service.shape_for("EntityName").metadata["max"])
    uri, path = _located(studio, model)
    name = options.name or fresh_name(path.name.split(".")[0] if path else _stem(model), longest)
    request = {
        row.key[0]: name,
        "RoleArn": options.role or connection.role,
        "InputConfig": {
            "S3Uri": uri or f"s3://{connection.bucket}/{name}/{ARCHIVE}",
            **({"DataInputConfig": shape_text(options.shape)} if options.shape else {}),
            "Framework": framework,
            **({"FrameworkVersion": options.framework_version} if options.framework_version else {}),
        },
        "OutputConfig": {
            "S3OutputLocation": options.output or f"s3://{connection.bucket}/{name}/compiled",
            **output,
            **({"CompilerOptions": json.dumps(options.compiler_options)} if options.compiler_options else {}),
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": options.max_runtime},
    }
    violations = get_model().check(row.operation("create"), request)
    if violations:
        raise ValidationError("; ".join(map(str, violations)), operation=row.operation("create"))
    return CompilationPlan(name, request, path, connection)


def read_shapes(texts: Sequence[str]) -> dict[str, list[int]]:
    """Shapes as people type them: ``input=1,3,224,224`` each.

    Raises
    ------
    ValidationError
        One is none.
    """
    found: dict[str, list[int]] = {}
    for text in texts:
        # An input may have a colon or an equals sign in its name; its shape has neither.
        name, equals, sizes = text.rpartition("=")
        numbers = re.split(r"[,x×]", sizes)
        if not equals or not name or not all(each.strip().isdigit() and int(each) for each in numbers):
            raise ValidationError(f"--shape: {text!r} is not NAME=SIZE,SIZE,...", hint="Such as --shape input=1,64.")
        found[name] = [int(each) for each in numbers]
    return found


def shape_text(shape: Shape) -> str:
    """Shapes as the service takes them."""
    return json.dumps({name: list(sizes) for name, sizes in shape.items()})


def _located(studio: Studio, model: str) -> tuple[str | None, Path | None]:
    """Where a model is: on S3, or on this machine."""
    if model.startswith("s3://"):
        if not _S3.fullmatch(model):
            raise ValidationError(f"the model: {model!r} names no object on S3", hint="Write s3://bucket/model.tar.gz.")
        return model, None
    path = Path(model).expanduser()
    if path.exists():
        return None, path
    try:
        kind = find_job(studio, model)
    except NotFoundError as error:
        error.message = f"the model: there is no file, and no job, named {model!r}"
        raise
    except ValidationError as error:  # no job can have such a name
        raise NotFoundError(f"the model: there is no file or folder {model}") from error
    return _of_job(studio, kind, model), None


def _of_job(studio: Studio, kind: str, name: str) -> str:
    described = studio.describe(kind, name)
    if kind == "tuning-jobs":
        best = (described.get("BestTrainingJob") or {}).get("TrainingJobName")
        if best is None:
            raise ValidationError(f"the model: {name} has no best training job (yet)")
        described = studio.describe("training-jobs", best)
    uri = (described.get("ModelArtifacts") or {}).get("S3ModelArtifacts")
    if not uri:
        raise ValidationError(f"the model: {name} has made none (yet)")
    return str(uri)


def _stem(model: str) -> str:
    """What a model on S3, or of a job, is called."""
    parts = [part for part in model.removeprefix("s3://").split("/") if part not in ("output", ARCHIVE)]
    return parts[-1].split(".")[0]


def _target(text: str) -> dict[str, Any]:
    """TargetDevice or TargetPlatform."""
    devices = get_model().enum("TargetDevice")
    word = text.lower().replace("-", "_")
    instance = _INSTANCE.fullmatch(text.lower())
    for each in (word, f"ml_{instance[1]}" if instance else word):
        if each in devices:
            return {"TargetDevice": each}
    parts = [part for part in re.split(r"[/\s]+", text.upper().replace("-", "_")) if part]
    shape: Any = get_model().service.shape_for("TargetPlatform")
    known = [shape.members[member].metadata["enum"] for member in _PLATFORM]
    if 2 <= len(parts) <= len(_PLATFORM) and all(part in enum for part, enum in zip(parts, known, strict=False)):
        return {"TargetPlatform": dict(zip(_PLATFORM, parts, strict=False))}
    near = difflib.get_close_matches(word, devices, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Write {', '.join(devices[:6])}, ... or linux/x86_64."
    raise ValidationError(f"--target: nothing is compiled for {text!r}", hint=hint)
