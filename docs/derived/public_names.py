"""The public names of the package, by their docstrings."""

from __future__ import annotations

import inspect

import jupyter_sm_ext


def text() -> str:
    """A section for each, functions first."""
    names = [name for name in jupyter_sm_ext.__all__ if not name.startswith("__")]
    kinds: dict[str, list[str]] = {"Functions": [], "Classes": []}
    for name in names:
        kinds["Classes" if inspect.isclass(getattr(jupyter_sm_ext, name)) else "Functions"].append(name)
    parts = []
    for title, members in kinds.items():
        parts.append(f"## {title}\n")
        for name in sorted(members, key=str.lower):
            thing = getattr(jupyter_sm_ext, name)
            kind = "autoclass" if title == "Classes" else "autofunction"
            options = ["   :members:"] if title == "Classes" else []
            parts += [f"### {name}\n", "```{eval-rst}", f".. {kind}:: {thing.__module__}.{name}", *options, "```\n"]
    return "\n".join(parts)
