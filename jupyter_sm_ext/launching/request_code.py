"""A request as code that somebody can run elsewhere: a boto3 call, and a command of the AWS command line."""

from __future__ import annotations

import base64
import datetime
import json
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.model import get_model

if TYPE_CHECKING:
    from botocore.model import Shape

_INDENT = "    "
_WIDTH = 88
# What version 1 of the AWS command line would read or fetch, if an option began with it.
_FETCHED = ("file://", "fileb://", "http://", "https://")
_ENGINE = "# The local engine: {}"


def boto3_code(connection: Connection, operation: str, request: dict[str, Any]) -> str:
    """Python that does the same with boto3.

    Parameters
    ----------
    connection : Connection
        The one in use: profile and region are named, keys never.
    operation : str
        AWS operation name.
    request : dict
        With AWS's member names; times as epoch seconds, bytes as base64.

    Raises
    ------
    UnknownOperationError
        The service has no such operation.
    """
    from botocore import xform_name

    values = _values(get_model().operation(operation).input_shape, request, _python)
    arguments = "".join(f"{_INDENT}{name}={_literal(value, 1)},\n" for name, value in values.items())
    call = f"response = sagemaker.{xform_name(operation)}(" + (f"\n{arguments})" if arguments else ")")
    options = {f"{name}_name": value for name, value in _where(connection).items()}
    named = ", ".join(f"{name}={_literal(value)}" for name, value in options.items())
    session = f"Session({named})." if named else ""
    note = [_ENGINE.format("run `%sm env` first.")] if connection.kind == "local" else []
    imports = ["import datetime", ""] if "datetime.datetime(" in call else []
    return "\n".join([*note, *imports, "import boto3", "", f'sagemaker = boto3.{session}client("sagemaker")', call, ""])


def request_text(connection: Connection, operation: str, request: dict[str, Any]) -> str:
    """A request as it is sent, and the boto3 code for it: what a dry run shows."""
    return f"{json.dumps(request, indent=2)}\n\n{boto3_code(connection, operation, request)}"


def aws_command(connection: Connection, operation: str, request: dict[str, Any]) -> str:
    """The same as a command of the AWS command line, quoted for a POSIX shell.

    Parameters
    ----------
    connection : Connection
        The one in use: profile and region are named, keys never.
    operation : str
        AWS operation name.
    request : dict
        As for `boto3_code`.

    Raises
    ------
    UnknownOperationError
        The service has no such operation.
    """
    from botocore import xform_name

    values = _values(get_model().operation(operation).input_shape, request, _text)
    if any(isinstance(value, str) and value.startswith(_FETCHED) for value in values.values()):
        options = [f"--cli-input-json {shlex.quote(_json(values))}"]
    else:
        options = [_option(xform_name(name, "-"), value) for name, value in values.items()]
    where = [_option(name, value) for name, value in _where(connection).items()]
    note = [_ENGINE.format('run `eval "$(jupyter sm env)"` first.')] if connection.kind == "local" else []
    command = f"aws sagemaker {xform_name(operation, '-')}"
    return "\n".join([*note, " \\\n  ".join([command, *where, *options]), ""])


def _where(connection: Connection) -> dict[str, str]:
    """What a client must be told to go there; the local engine's is in the environment."""
    if connection.kind == "local":
        return {}
    told = {"profile": connection.profile, "region": connection.region}
    return {name: value for name, value in told.items() if value}


def _option(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    text = value if isinstance(value, str) else _json(value)
    if len(text) > _WIDTH and not isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False, indent=2)
    # What begins with a dash would be taken for an option of its own.
    return f"--{name}={shlex.quote(text)}" if text.startswith("-") else f"--{name} {shlex.quote(text)}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _values(shape: Shape | None, value: Any, leaf: Callable[[str, Any], Any]) -> Any:
    """A request with each of its plain values made by `leaf`, and without what is not there."""
    from botocore.model import ListShape, MapShape, StructureShape

    if isinstance(shape, StructureShape) and isinstance(value, dict) and not shape.is_document_type:
        return {name: _values(shape.members.get(name), item, leaf) for name, item in value.items() if item is not None}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_values(shape.member, item, leaf) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _values(shape.value, item, leaf) for key, item in value.items()}
    return leaf(shape.type_name if shape is not None else "", value)


def _python(kind: str, value: Any) -> Any:
    if kind == "timestamp" and isinstance(value, (int, float)):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    if kind == "blob" and isinstance(value, str):
        return base64.b64decode(value)
    return value


def _text(kind: str, value: Any) -> Any:
    made = _python(kind, value) if kind == "timestamp" else value
    return made.isoformat() if isinstance(made, datetime.datetime) else value


def _literal(value: Any, depth: int = 0) -> str:
    """A value as one would write it, one element a line where one line is too short."""
    if isinstance(value, str):
        return f'"{value}"' if value.isprintable() and not set(value) & set('"\\') else repr(value)
    if isinstance(value, dict):
        parts = [f"{_literal(key)}: {_literal(item, depth + 1)}" for key, item in value.items()]
        return _bracketed("{", parts, "}", depth)
    if isinstance(value, list):
        return _bracketed("[", [_literal(item, depth + 1) for item in value], "]", depth)
    return repr(value)


def _bracketed(left: str, parts: list[str], right: str, depth: int) -> str:
    line = f"{left}{', '.join(parts)}{right}"
    if len(line) + len(_INDENT) * (depth + 1) <= _WIDTH and "\n" not in line:
        return line
    inside = "".join(f"{_INDENT * (depth + 1)}{part},\n" for part in parts)
    return f"{left}\n{inside}{_INDENT * depth}{right}"
