"""From a space, a profile or an app to kernels in this Jupyter: the app is started or resized if need be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jupyter_sm_ext.actions import lifecycle
from jupyter_sm_ext.actions.lifecycle import type_of_space
from jupyter_sm_ext.actions.steps import OnStep, Progress
from jupyter_sm_ext.actions.targets import Json, Key, Target, live_apps, split_options
from jupyter_sm_ext.errors import SageMakerError, ValidationError
from jupyter_sm_ext.remote import specs
from jupyter_sm_ext.remote.logos import WANTED, logos
from jupyter_sm_ext.remote.sign_in import AppSession
from jupyter_sm_ext.remote.specs import KernelSpec
from jupyter_sm_ext.remote.waiting import wait_for
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.studio_rows import JUPYTER_SERVER, KERNEL_GATEWAY

_TYPES = ("JupyterLab", JUPYTER_SERVER, KERNEL_GATEWAY)
_IN_SERVICE = "InService"


@dataclass(frozen=True)
class _Found:
    """A kernel as the app has it."""

    kernel: str
    spec: Json
    images: Mapping[str, bytes]


def add(
    studio: Studio, target: Target, options: Mapping[str, Any] | None = None, on_step: OnStep | None = None
) -> list[KernelSpec]:
    """Bring the kernels of an app into this Jupyter.

    Parameters
    ----------
    studio : Studio
        The connection.
    target : Target
        A space, a user profile (Studio Classic), or an app.
    options : mapping, optional
        ``AppType`` and ``AppName``, and AWS's members of a ResourceSpec: ``InstanceType``, ``SageMakerImageArn`` and so
        on. An app that runs with others is restarted with these.
    on_step : callable, optional
        Told of each step. Blocks meanwhile, for minutes on AWS.

    Returns
    -------
    list of KernelSpec
        The kernels, the app's default one first.

    Raises
    ------
    SageMakerError
        The app cannot be started, or has no kernels to offer.
    """
    app_key = _running_app(studio, target, dict(options or {}), on_step)
    progress = Progress(on_step)
    with progress.step(f"Read the kernels of {app_key[2]}"):
        found = wait_for(_read(studio, app_key))
        instance = (studio.describe("apps", *app_key).get("ResourceSpec") or {}).get("InstanceType")
    with progress.step("Add them to this Jupyter"):
        return _write(studio, app_key, instance, found)


def _write(studio: Studio, app_key: Key, instance: str | None, found: Sequence[_Found]) -> list[KernelSpec]:
    connection = studio.connection
    wanted = {
        each.kernel: KernelSpec(
            connection=connection.id,
            data_dir=connection.data_dir,
            app_key=app_key,
            kernel=each.kernel,
            title=str(each.spec["display_name"]),
            language=str(each.spec.get("language") or "python"),
            instance=instance,
            debugger=bool((each.spec.get("metadata") or {}).get("debugger")),
            fips=connection.choice.fips,
            dualstack=connection.choice.dualstack,
        )
        for each in found
    }
    # Another image has other kernels: what the app no longer has is not left behind.
    for spec in specs.of_app(specs.installed(connection.data_dir), app_key):
        if spec.connection == connection.id and spec.kernel not in wanted:
            specs.remove(spec.name)
    return [specs.write(wanted[each.kernel], logos(each.images)) for each in found]


def _running_app(studio: Studio, target: Target, options: Json, on_step: OnStep | None) -> Key:
    """Key of the app, which is in service with what is wanted when this returns."""
    options = {"AppType": _usual_type(studio, target, options), **options}
    _check_type(studio, options["AppType"])
    own, wanted = split_options(options)
    for app in live_apps(studio, target):
        if app["Status"] != _IN_SERVICE or any(
            app[name] != own[name] for name in ("AppType", "AppName") if name in own
        ):
            continue
        found = Target("apps", resource("App").key_parts(app))
        has = studio.describe("apps", *found.key).get("ResourceSpec") or {}
        if all(has.get(name) == value for name, value in wanted.items()):
            return found.key
        # A profile has one KernelGateway app for each type of instance; anything else is moved.
        if target.kind != "user-profiles":
            kept = {"InstanceType": has["InstanceType"]} if has.get("InstanceType") else {}
            moved = lifecycle.change_instance(studio, found, {**kept, **wanted}, on_step)
            return moved or lifecycle.start(studio, found, wanted, on_step)
    return lifecycle.start(studio, target, options, on_step)


def _usual_type(studio: Studio, target: Target, options: Json) -> str:
    """Which type of app is meant, where that is not said."""
    if target.kind == "domains":
        raise ValidationError("a domain has no kernels of its own", hint="Choose a space or a profile.")
    if target.kind == "apps":
        return target.key[3]
    if target.kind == "spaces":
        return type_of_space(studio.describe("spaces", *target.key))
    gateway = studio.connection.kind == "local" or options.get("InstanceType")
    return KERNEL_GATEWAY if gateway else JUPYTER_SERVER


def _check_type(studio: Studio, app_type: str) -> None:
    if app_type not in _TYPES:
        raise ValidationError(
            f"a {app_type} app has no kernels to offer",
            hint=f"Apps with kernels are of these types: {', '.join(_TYPES)}.",
        )
    if app_type == KERNEL_GATEWAY and studio.connection.kind != "local":
        raise ValidationError(
            "SageMaker gives no URL of a KernelGateway app",
            hint="Take the kernel from the profile's JupyterServer app, or from a JupyterLab space.",
        )


async def _read(studio: Studio, app_key: Key) -> list[_Found]:
    async with AppSession(studio, app_key) as app:
        told = await app.request("GET", "api/kernelspecs")
        default, listed = told.get("default"), told.get("kernelspecs") or {}
        # A kernel that the app itself has from elsewhere would be a proxy of a proxy.
        own = {name: each for name, each in listed.items() if specs.OURS not in (each["spec"].get("metadata") or {})}
        if not own:
            raise SageMakerError(f"the app of {app_key[2]} offers no kernels")
        names = sorted(own, key=lambda name: (name != default, name))
        images = await asyncio.gather(*(_images(app, own[name].get("resources") or {}) for name in names))
        return [_Found(name, own[name]["spec"], pictures) for name, pictures in zip(names, images, strict=True)]


async def _images(app: AppSession, resources: Mapping[str, str]) -> dict[str, bytes]:
    root = urlsplit(await app.base_url()).path
    found = {}
    for name in WANTED:
        path = resources.get(name, "")
        if not path.startswith(root):
            continue
        try:
            found[name] = b"".join([block async for block in app.content(path.removeprefix(root))])
        except SageMakerError:
            continue  # a kernel without its logo is still a kernel
    return found
