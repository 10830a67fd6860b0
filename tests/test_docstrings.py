"""Every public name says what it is: a module its one job, a method itself or by what it overrides."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import jupyter_sm_ext

NAMES = sorted(
    each.name
    for each in pkgutil.walk_packages(jupyter_sm_ext.__path__, "jupyter_sm_ext.")
    if not each.name.endswith("__main__")
)


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The module, its functions and classes, and the methods and properties of these."""
    yield module.__name__, module
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(thing) or inspect.isclass(thing):
            yield f"{module.__name__}.{name}", thing
        if inspect.isclass(thing):
            for member in vars(thing):
                attribute = inspect.getattr_static(thing, member)
                if not member.startswith("_") and isinstance(attribute, property | staticmethod | classmethod):
                    yield f"{module.__name__}.{name}.{member}", getattr(thing, member)
                elif not member.startswith("_") and inspect.isfunction(attribute):
                    yield f"{module.__name__}.{name}.{member}", attribute


def test_every_public_name_is_documented() -> None:
    things = [found for name in NAMES for found in public(importlib.import_module(name))]
    assert len(things) > 1000
    assert [name for name, thing in things if not inspect.getdoc(thing)] == []
