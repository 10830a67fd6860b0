"""What an action is done to: a domain, user profile, space or app, and the apps that belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from jupyter_sm_ext.actions.steps import Progress, insisted, settled
from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.studio_rows import owner_of

Key = tuple[str, ...]
Options = Mapping[str, Any]
Json = dict[str, Any]

ENDED = frozenset({"Deleted", "Failed"})
_APP = resource("apps")


@dataclass(frozen=True)
class Target:
    """A domain, user profile, space or app.

    Parameters
    ----------
    kind : str
        Its kind, as in REST paths.
    key : tuple of str
        The parts of its REST path.

    Raises
    ------
    ValidationError
        There is no such kind, or the key is none of it.
    """

    kind: str
    key: Key

    def __post_init__(self) -> None:
        try:
            resource(self.kind).key_request(self.key)
        except (KeyError, ValueError) as error:
            raise ValidationError(str(error.args[0])) from error

    @property
    def name(self) -> str:
        """Its own name, for people; an app's with its type and owner."""
        return f"{self.key[3]}/{self.key[4]} of {self.key[2]}" if self.kind == "apps" else self.key[-1]

    @property
    def owner(self) -> Target:
        """The space or profile of an app; else itself."""
        return Target(*owner_of(self.key)) if self.kind == "apps" else self

    def contains(self, other: Target) -> bool:
        """Whether what is done to it is done to the other, too."""
        mine, its = self.path, other.path
        return its[: len(mine)] == mine

    @property
    def path(self) -> Key:
        """What the keys of the apps in it begin with."""
        words = {"spaces": "space", "user-profiles": "profile"}
        return (self.key[0], words[self.kind], self.key[1]) if self.kind in words else self.key


def split_options(options: Options) -> tuple[Json, Json]:
    """What of some options belongs to CreateApp itself, and what to its ResourceSpec; None is no value.

    Raises
    ------
    ValidationError
        One belongs to neither.
    """
    shape: Any = get_model().operation("CreateApp").input_shape
    spec = shape.members["ResourceSpec"].members
    owners = (_APP.owners or {}).values()
    own = [name for name in shape.members if name not in {"DomainId", "ResourceSpec", *owners}]
    for name in options:
        if name not in spec and name not in own:
            near = meant(name, [*spec, *own])
            hint = f"Did you mean {near}?" if near else f"There are: {', '.join([*own, *spec])}."
            raise ValidationError(f"there is no option {name!r}", hint=hint)
    given = {name: value for name, value in options.items() if value is not None}
    return (
        {name: value for name, value in given.items() if name in own},
        {name: value for name, value in given.items() if name in spec},
    )


def find_app(studio: Studio, key: Key) -> Json | None:
    """Description of an app; None if there is none, also when it was deleted within the last day."""
    try:
        found = studio.describe("apps", *key)
    except NotFoundError:
        return None
    return None if found["Status"] == "Deleted" else found


def live_apps(studio: Studio, target: Target) -> list[Json]:
    """Those apps of a target that run, start or stop; of a profile without those of its spaces."""
    if target.kind == "apps":
        one = find_app(studio, target.key)
        found: Iterable[Json] = [] if one is None else [one]
    else:
        request = resource(target.kind).key_request(target.key)
        names = {f"{name}Equals": value for name, value in request.items()}
        found = studio.list("apps", **names)
    of_spaces = target.kind != "user-profiles"
    return [app for app in found if app["Status"] not in ENDED and (of_spaces or not app.get("SpaceName"))]


def stop_text(apps: list[Json]) -> str:
    """The step that stops them, in words."""
    if len(apps) != 1:
        return f"Stop {len(apps)} apps"
    instance = (apps[0].get("ResourceSpec") or {}).get("InstanceType")
    return f"Stop {apps[0]['AppType']}" + (f" on {instance}" if instance else "")


def stop_apps(studio: Studio, apps: list[Json], progress: Progress) -> int:
    """Stop apps, all at once, and wait until they are gone.

    Returns
    -------
    int
        How many there were.

    Raises
    ------
    ConflictError
        Somebody started one again meanwhile.
    SageMakerError
        The service refuses it.
    """
    keys = [_APP.key_parts(app) for app in apps]
    if not keys:
        return 0
    with progress.step(stop_text(apps)) as tell:
        for key in keys:
            insisted(studio, partial(_delete_app, studio, key), tell)
        for number, key in enumerate(keys):
            if len(keys) > 1:
                tell(f"{number} of {len(keys)} are stopped")
            left = settled(studio, "apps", key, tell if len(keys) == 1 else _say_nothing)
            if left is not None and left["Status"] not in ENDED:
                raise ConflictError(f"{Target('apps', key).name} was started again", code="StartedAgain")
    return len(keys)


def _delete_app(studio: Studio, key: Key) -> None:
    try:
        studio.delete("apps", *key)
    except SageMakerError:
        # It may be on its way out already, or have failed; the service refuses both with words only.
        found = find_app(studio, key)
        if found is not None and found["Status"] not in {*ENDED, "Deleting"}:
            raise


def _say_nothing(_: str | None) -> None:
    """What one of many apps does is no news."""
