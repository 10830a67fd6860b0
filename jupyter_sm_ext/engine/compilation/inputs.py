"""DataInputConfig of an ONNX model: the name and shape of each of its inputs."""

from __future__ import annotations

import json

from jupyter_sm_ext.errors import ValidationError

_EXAMPLE = '{"input": [1, 3, 224, 224]}'


def parse(text: str) -> dict[str, list[int]]:
    """Read a DataInputConfig.

    Raises
    ------
    ValidationError
        It is not a JSON dictionary from names to shapes.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _invalid(f"it is not JSON: {error}") from None
    if not isinstance(found, dict) or not found:
        raise _invalid("it must be a dictionary with at least one input")
    for name, shape in found.items():
        if not isinstance(shape, list):
            raise _invalid(f"the shape of {name} must be a list of numbers")
        if any(type(size) is not int or size < 1 for size in shape):
            raise _invalid(f"the shape of {name} must hold whole numbers from 1, not {json.dumps(shape)}")
    return found


def _invalid(reason: str) -> ValidationError:
    return ValidationError(f"InputConfig.DataInputConfig: {reason}. For an ONNX model it looks like {_EXAMPLE}.")
