"""What a job is told to run: the script among its hyperparameters, and the arguments it gets from the others."""

from __future__ import annotations

import json
from typing import Any

from jupyter_sm_ext.errors import ValidationError

Json = dict[str, Any]

PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"

# What the toolkit keeps from the script besides the names that begin with "sagemaker_" (its params.py).
_NOT_FOR_SCRIPTS = ("_tuning_objective_metric", "default_user_module_name")


def hyperparameters(body: Json) -> Json:
    """All hyperparameters, decoded as the toolkit does: JSON where it is JSON, else the text."""
    found: Json = {}
    for name, text in body.get("HyperParameters", {}).items():
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def for_script(values: Json) -> Json:
    """Those hyperparameters that are the script's."""
    return {k: v for k, v in values.items() if not k.startswith("sagemaker_") and k not in _NOT_FOR_SCRIPTS}


def program(body: Json) -> str | None:
    """The script to run, relative to the code directory; None if the job names none.

    Raises
    ------
    ValidationError
        It is not a path within the source.
    """
    found = hyperparameters(body).get(PROGRAM)
    if found is None:
        return None
    if not isinstance(found, str) or not found or found.startswith("/") or ".." in found.split("/"):
        raise ValidationError(f"The hyperparameter {PROGRAM} must be a path within the source, not {found!r}.")
    return found


def arguments(values: Json) -> list[str]:
    """Hyperparameters as the toolkit's command line: ``--name value``, by name."""
    found = []
    for name in sorted(values):
        value = values[name]
        if isinstance(value, dict):
            value = ",".join(f"{key}={value[key]}" for key in sorted(value))
        found += [f"--{name}" if len(name) > 1 else f"-{name}", "" if value is None else str(value)]
    return found
