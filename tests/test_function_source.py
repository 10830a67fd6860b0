"""Functions as scripts: run for real, alone in a folder."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.function_source import check_arguments, function_script

FACTOR = 3
API_TOKEN = "abc"
BIG = object()


class Scale:
    """Used by a function that is sent away."""

    by = FACTOR


def scaled(value: float) -> float:
    return value * Scale.by


def fit(lr: float = 0.1, n_steps: int = 2, flag: bool = False, x=None, train: str = "nowhere") -> dict[str, Any]:
    print(type(x).__name__, x, flag, train)  # noqa: T201
    found = OrderedDict(score=scaled(lr) * math.sqrt(n_steps * n_steps))
    return {**found, "name": "text"}


def recursive(n: int = 3) -> int:
    return n if n == 0 else recursive(n - 1)


def with_secret() -> str:
    return API_TOKEN


def with_object() -> object:
    return BIG


def with_unknown() -> object:
    return not_defined_anywhere  # type: ignore[name-defined]  # noqa: F821


def with_anything(**others: object) -> None: ...


def run(function: Any, tmp_path: Path, *arguments: str, **environment: str) -> str:
    script = function_script(function)
    (tmp_path / script.name).write_text(script.text)
    done = subprocess.run(
        [sys.executable, script.name, *arguments],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_a_function_runs_alone_with_what_it_uses(tmp_path: Path) -> None:
    text = run(
        fit, tmp_path, "--lr", "0.5", "--n-steps", "4", "--flag", "True", "-x", "[1, 2]", SM_CHANNEL_TRAIN="/data"
    )
    assert text == "list [1, 2] True /data\nscore=6.0\n"
    assert run(fit, tmp_path, "--x", "word") == "str word False nowhere\nscore=0.6000000000000001\n"
    assert function_script(fit).name == "fit.py"
    assert run(recursive, tmp_path) == ""


def test_a_wrong_argument_fails_there(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        run(fit, tmp_path, "--lrr", "1")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda lr: lr, "a job takes a function that was defined with def"),
        (print, "a job takes a function that was defined with def"),
        (with_secret, "with_secret uses 'API_TOKEN', which looks like a secret"),
        (with_object, "with_object uses 'BIG', a object of this notebook, which a job does not have"),
        (with_unknown, "with_unknown uses 'not_defined_anywhere', which is not defined"),
        (with_anything, "with_anything: the argument **others"),
    ],
)
def test_what_cannot_go_is_told(function: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        function_script(function)


def test_a_function_in_a_function_has_no_notebook_around_it() -> None:
    outer = 3

    def inner() -> int:
        return outer

    with pytest.raises(ValidationError, match="inner uses 'outer' of the function around it"):
        function_script(inner)


def needs(lr: float, train: str, model_dir: str) -> None: ...


def test_arguments_are_checked_before() -> None:
    check_arguments(needs, ["lr"], ["train"])
    with pytest.raises(ValidationError, match=r"needs\(\) needs 'lr'"):
        check_arguments(needs, [], ["train"])
    with pytest.raises(ValidationError, match=r"needs\(\) takes no 'lrr'") as unknown:
        check_arguments(needs, ["lr", "lrr"], ["train"])
    assert unknown.value.hint == "Did you mean 'lr'?"
