"""What the tests of panels share: an engine whose apps end with the tests, and spaces on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from local_jobs import running_engine

from jupyter_sm_ext.actions import lifecycle
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.studio import Studio

T = TypeVar("T")
SECONDS = 60.0


@contextmanager
def engine_with_apps(directory: Path) -> Iterator[Studio]:
    """A Studio on an engine of its own; at the end its apps are stopped and so is the engine."""
    with running_engine(directory) as studio:
        try:
            yield studio
        finally:
            for domain in studio.list("domains"):
                lifecycle.stop(studio, Target("domains", (domain["DomainId"],)))


def domain_of(studio: Studio) -> str:
    found = studio.connection.domain_id
    assert found is not None
    return found


def make_space(studio: Studio, name: str, **members: object) -> tuple[str, str]:
    """Create a private JupyterLab space, wait until it can be used, and return its key."""
    domain = domain_of(studio)
    studio.create(
        "spaces",
        {
            "DomainId": domain,
            "SpaceName": name,
            "SpaceSettings": {"AppType": "JupyterLab"},
            "OwnershipSettings": {"OwnerUserProfileName": "default"},
            "SpaceSharingSettings": {"SharingType": "Private"},
            **members,
        },
    )
    studio.wait("spaces", domain, name, timeout=SECONDS)
    return domain, name


def until(look: Callable[[], T], what: str, seconds: float = SECONDS) -> T:
    """Look again and again until there is something to see, and return it."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.02)
    return seen


def buttons(widget: Any) -> Iterator[Any]:
    """Those of a panel and of what is open in it."""
    if widget.__class__.__name__ == "Button":
        yield widget
    for child in getattr(widget, "children", ()):
        yield from buttons(child)


def click(panel: Any, label: str) -> None:
    """Press the button of the panel, or of what is open in it, that has this label."""
    (button,) = [each for each in buttons(panel) if each.description == label and each.layout.display != "none"]
    assert not button.disabled, label
    button.click()


def dimmed(panel: Any) -> list[str]:
    """Labels of the buttons whose deed is denied."""
    return [each.description for each in buttons(panel) if "jupyter-sm-denied" in each._dom_classes]
