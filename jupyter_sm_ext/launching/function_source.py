"""A function as a script of its own: its source, what it uses of its notebook, and a main that calls it.

Hyperparameters become its arguments, by the types that it declares; an argument called as a channel gets that channel's
folder, ``model_dir`` and ``checkpoint_dir`` those of the model and of the checkpoints. What it returns as a mapping of
numbers is printed as metrics.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import textwrap
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.metric_formats import returned_keys
from jupyter_sm_ext.launching.source import Script
from jupyter_sm_ext.secret_files import names_secret

_LONGEST_CONSTANT = 2_000
_FOLDERS = {"model_dir", "checkpoint_dir"}
_TYPES = ("int", "float", "str", "bool")
_MAIN = """
if __name__ == "__main__":
    import argparse
    import json
    import os

    def value_of(text):
        try:
            return json.loads(text)
        except ValueError:
            return {{"True": True, "False": False, "None": None}}.get(text, text)

    folders = {{name.lower(): path for name, path in os.environ.items() if name.startswith("SM_CHANNEL_")}}
    folders = {{name.removeprefix("sm_channel_"): path for name, path in folders.items()}}
    folders["model_dir"] = os.environ.get("SM_MODEL_DIR")
    folders["checkpoint_dir"] = os.path.join(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"), "checkpoints")
    parser = argparse.ArgumentParser(allow_abbrev=False, argument_default=argparse.SUPPRESS)
{arguments}
    given = vars(parser.parse_args())
    for name in {names!r}:
        if name not in given and folders.get(name.lower()):
            given[name] = folders[name.lower()]
    result = {function}(**given)
    if isinstance(result, dict):
        for name, number in result.items():
            if hasattr(number, "__float__"):
                print(f"{{name}}={{float(number)!r}}", flush=True)
"""


def function_script(function: Callable[..., Any]) -> Script:
    """Make a script of a function.

    Parameters
    ----------
    function : callable
        One that was defined with ``def``, in a notebook or in a file.

    Raises
    ------
    ValidationError
        Its source is not to be had, or it uses something that cannot go with it.
    """
    if not isinstance(function, types.FunctionType) or function.__name__ == "<lambda>":
        raise ValidationError(f"a job takes a function that was defined with def, not {function!r}")
    name = function.__name__
    parameters = _parameters(function)
    parts = _Parts(function.__globals__)
    parts.add(function)
    body = "\n\n".join(
        [
            "from __future__ import annotations",
            *(["\n".join(sorted(parts.imports))] if parts.imports else []),
            *parts.constants,
            *parts.definitions,
        ]
    )
    arguments = "\n".join(f"    {_argument(each)}" for each in parameters)
    main = _MAIN.format(arguments=arguments, function=name, names=[each.name for each in parameters])
    text = f"{body}\n\n{main}"
    file = Path(inspect.getsourcefile(function) or "")
    folder = file.parent if file.is_file() and function.__module__ != "__main__" else Path()
    prints = tuple(dict.fromkeys(returned_keys(ast.parse(text), name)))
    return Script(text, f"{name}.py", folder, prints)


def check_arguments(function: Callable[..., Any], hyperparameters: Iterable[str], channels: Iterable[str]) -> None:
    """Refuse hyperparameters that a function does not take, and miss those that it needs.

    Parameters
    ----------
    function : callable
        As for `function_script`.
    hyperparameters : iterable of str
        Names of those that it will get, fixed or tuned.
    channels : iterable of str
        Names of its channels.

    Raises
    ------
    ValidationError
        There is one too many or too few.
    """
    takes = inspect.signature(function).parameters
    given = {*hyperparameters}
    for name in sorted(given):
        if name.replace("-", "_") not in takes:
            near = meant(name, takes)
            raise ValidationError(
                f"{function.__name__}() takes no {name!r}",
                hint=f"Did you mean {near!r}?" if near else f"It takes {', '.join(takes) or 'nothing'}.",
            )
    there = {name.replace("-", "_") for name in given} | {name.lower() for name in channels} | _FOLDERS
    for name, each in takes.items():
        if each.default is each.empty and name not in there and name.lower() not in there:
            raise ValidationError(
                f"{function.__name__}() needs {name!r}",
                hint=f"Give it as a hyperparameter, a range, or a channel: data={{{name!r}: 'folder'}}.",
            )


class _Parts:
    """What a function needs around it, found by the names that it uses.

    Parameters
    ----------
    scope : dict
        The globals of its module.
    """

    def __init__(self, scope: dict[str, Any]) -> None:
        self._scope = scope
        self._done: set[str] = set()
        self.imports: list[str] = []
        self.constants: list[str] = []
        self.definitions: list[str] = []

    def add(self, thing: Any) -> None:
        """Add a function or class, after what it uses itself."""
        name = thing.__name__
        self._done.add(name)
        source = _source(thing)
        used = _names(source)
        if isinstance(thing, types.FunctionType):
            closure = inspect.getclosurevars(thing).nonlocals
            if closure:
                raise ValidationError(
                    f"{name} uses {min(closure)!r} of the function around it",
                    hint="Give it as an argument, and in the job as a hyperparameter.",
                )
        for other in sorted(used - self._done):
            self._use(name, other)
        self.definitions.append(source)

    def _use(self, user: str, name: str) -> None:
        if name not in self._scope:
            if not hasattr(builtins, name):
                raise ValidationError(f"{user} uses {name!r}, which is not defined")
            return
        thing = self._scope[name]
        self._done.add(name)
        if isinstance(thing, types.ModuleType):
            self.imports.append(
                f"import {thing.__name__}" if thing.__name__ == name else f"import {thing.__name__} as {name}"
            )
        elif isinstance(thing, (types.FunctionType, type)) and thing.__module__ == self._scope.get("__name__"):
            if thing.__name__ != name:
                self.add(thing)
                self.definitions.append(f"{name} = {thing.__name__}")
            else:
                self.add(thing)
        elif _is_importable(thing):
            own = thing.__name__
            self.imports.append(f"from {thing.__module__} import {own}{f' as {name}' if own != name else ''}")
        elif isinstance(thing, (str, bytes)) and names_secret(name):
            raise ValidationError(
                f"{user} uses {name!r}, which looks like a secret and is not copied into a job",
                hint="Let the job read it where it is kept, for instance in AWS Secrets Manager.",
            )
        elif _is_constant(thing) and len(repr(thing)) <= _LONGEST_CONSTANT:
            self.constants.append(f"{name} = {thing!r}")
        else:
            raise ValidationError(
                f"{user} uses {name!r}, a {type(thing).__name__} of this notebook, which a job does not have",
                hint="Make it in the function, or save it to a file and give that with data={'train': 'folder'}.",
            )


def _source(thing: Any) -> str:
    try:
        source = textwrap.dedent(inspect.getsource(thing))
    except (OSError, TypeError) as error:
        raise ValidationError(f"the source of {thing.__name__} is not to be had: {error}") from error
    return source.rstrip()


def _names(source: str) -> set[str]:
    """Names that code takes from around it."""
    tree = ast.parse(source)
    loaded: set[str] = set()
    # Annotations are not evaluated in the script.
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(node, ast.arg) or (
                isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and child is node.returns
            ):
                child._annotation = True  # type: ignore[attr-defined]
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            bound |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if getattr(node, "_annotation", False):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            loaded.add(node.id)
        todo += ast.iter_child_nodes(node)
    return loaded - bound


def _parameters(function: types.FunctionType) -> list[inspect.Parameter]:
    found = []
    for each in inspect.signature(function).parameters.values():
        if each.kind in (each.POSITIONAL_ONLY, each.VAR_POSITIONAL, each.VAR_KEYWORD):
            raise ValidationError(
                f"{function.__name__}: the argument {each} has no name that a hyperparameter could have",
                hint="Name every argument.",
            )
        found.append(each)
    return found


def _argument(parameter: inspect.Parameter) -> str:
    name, kind = parameter.name, _type(parameter)
    convert = kind if kind in ("int", "float", "str") else "value_of"
    options = [f"--{name}", *([f"--{name.replace('_', '-')}"] if "_" in name.strip("_") else [])]
    options += [f"-{name}"] if len(name) == 1 else []
    return f"parser.add_argument({', '.join(repr(each) for each in options)}, dest={name!r}, type={convert})"


def _type(parameter: inspect.Parameter) -> str | None:
    declared = parameter.annotation
    text = declared if isinstance(declared, str) else getattr(declared, "__name__", "")
    if text in _TYPES:
        return str(text)
    default = parameter.default
    return type(default).__name__ if type(default).__name__ in _TYPES else None


def _is_importable(thing: Any) -> bool:
    """Whether a module has it under its own name, so that a script can have it from there."""
    module, name = getattr(thing, "__module__", None), getattr(thing, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module in ("__main__", "builtins"):
        return False
    return getattr(sys.modules.get(module), name, None) is thing


def _is_constant(thing: Any) -> bool:
    if isinstance(thing, Mapping):
        return type(thing) is dict and all(_is_constant(part) for pair in thing.items() for part in pair)
    if type(thing) in (list, tuple, set):
        return all(_is_constant(part) for part in thing)
    return thing is None or type(thing) in (int, float, str, bool, bytes)
