"""The schema of a request as forms need it: labels, short help with the rest on demand, and structures by name.

A structure stands where it is used as ``{"type": "object", "x-shape": name}``, so that a form only reads what somebody
has opened; some shapes contain themselves. Beyond JSON Schema there are ``x-shape``, ``x-more`` (all of the
documentation, where ``description`` is its first sentence), ``x-instances`` (the values are instance types), and
``x-kind`` (the value names one of our kinds of resource, by its member ``x-name``; only of those whose ``x-within`` is
that of the request, if there is one).
"""

from __future__ import annotations

import functools
import re
from typing import Any

from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import BY_KIND, Resource
from jupyter_sm_ext.shapes.schema import first_sentence

_DEFS = "#/$defs/"
_INSTANCES = "InstanceType"
_LONG = 160  # characters of help that are read at a glance
# Words of the names that are not written like other words.
_PROPER_WORDS = (
    *("ARN", "ARNs", "AWS", "CPU", "EBS", "EFS", "EMR", "FSx", "GB", "GID", "GPU", "HTTP", "IAM", "ID", "IDs", "KMS"),
    *("ML", "MLflow", "S3", "SSO", "UI", "UID", "URI", "URL", "VPC", "JupyterLab", "JupyterServer", "TensorBoard"),
    *("RStudio", "SageMaker", "Canvas", "Neo", "KernelGateway", "hyperparameter", "hyperparameters"),
)
_PROPER = {**{word.lower(): word for word in _PROPER_WORDS}, "codeeditor": "Code Editor"}
_TOGETHER = re.compile(
    r"JupyterLab|JupyterServer|TensorBoard|RStudio|SageMaker|CodeEditor|KernelGateway|MLflow|HyperParameters?"
    r"|FSx|S3|[A-Z]+s?(?![a-z])|[A-Z][a-z]+|[a-z]+|\d+"
)


def label(member: str) -> str:
    """A member's name as words.

    Examples
    --------
    >>> label("EbsVolumeSizeInGb"), label("JupyterLabAppSettings")
    ('EBS volume size in GB', 'JupyterLab app settings')
    """
    words = [_PROPER.get(part.lower(), part.lower()) for part in _TOGETHER.findall(member)]
    text = " ".join(words)
    return text[:1].upper() + text[1:] if words and words[0].islower() else text


@functools.cache
def form_schema(operation: str, without: frozenset[str], own: str) -> dict[str, Any]:
    """Schema of a request for a form.

    Parameters
    ----------
    operation : str
        AWS operation name.
    without : frozenset of str
        Members that are not asked for.
    own : str
        Member that names the thing itself, and so nothing that is there already.

    Raises
    ------
    UnknownOperationError
        The service has no such operation.
    """
    schema = get_model().json_schema(operation)
    defs = schema.pop("$defs")
    structures = frozenset(name for name, found in defs.items() if found.get("type") == "object")
    root = {
        **schema,
        "properties": {name: found for name, found in schema["properties"].items() if name not in without},
        "required": [name for name in schema.get("required", ()) if name not in without],
    }
    ready = _node(root, structures)
    ready["properties"].get(own, {}).pop("x-kind", None)  # it is a new name
    ready["$defs"] = {name: _definition(name, found, structures) for name, found in defs.items()}
    return ready


def _definition(name: str, schema: dict[str, Any], structures: frozenset[str]) -> dict[str, Any]:
    found = _node(schema, structures)
    return {**found, "x-instances": name} if "enum" in found and name.endswith(_INSTANCES) else found


def _node(schema: dict[str, Any], structures: frozenset[str]) -> dict[str, Any]:
    found = dict(schema)
    name = str(found.get("$ref", "")).removeprefix(_DEFS)
    if name in structures:
        del found["$ref"]
        found |= {"type": "object", "x-shape": name}
    text = found.get("description", "")
    short = _short(text)
    if short != text:
        found |= {"description": short, "x-more": text}
    for part in ("items", "additionalProperties"):
        if isinstance(found.get(part), dict):
            inner = found[part] = _node(found[part], structures)
            if "x-shape" in inner:
                inner["title"] = label(inner["x-shape"])
    if "properties" in found:
        found["properties"] = {name: _member(name, each, structures) for name, each in found["properties"].items()}
    return found


def _short(text: str) -> str:
    """The first sentence, and of a long one the first words."""
    short = first_sentence(text)
    return short if len(short) <= _LONG else f"{short[:_LONG].rsplit(' ', 1)[0]} …"


def _member(name: str, schema: dict[str, Any], structures: frozenset[str]) -> dict[str, Any]:
    found = {"title": label(name), **_node(schema, structures)}
    row = _named(name) if found.get("type") == "string" else None
    if row is not None:
        found |= {"x-kind": row.kind, "x-name": row.key[-1]}
        if len(row.key) > 1:
            found["x-within"] = row.key[0]
    return found


def _named(member: str) -> Resource | None:
    """The resource that a member names, by the last member of its key."""
    return next((row for row in BY_KIND.values() if not row.owners and member.endswith(row.key[-1])), None)
