"""What people do with domains, profiles, spaces and apps, each as one action: start, stop, resize, open, delete.

Every action blocks until it is over, in whatever thread; each step is told as it goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from jupyter_sm_ext.actions.removal import Consequences, consequences, delete
from jupyter_sm_ext.actions.steps import OnStep, Progress, Step, Tell, insisted, settled
from jupyter_sm_ext.actions.targets import (
    Json,
    Key,
    Options,
    Target,
    find_app,
    live_apps,
    split_options,
    stop_apps,
    stop_text,
)
from jupyter_sm_ext.checks.preflight import create, explain, preflight
from jupyter_sm_ext.errors import ConflictError, LimitError, SageMakerError, ValidationError
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.studio_rows import JUPYTER_SERVER, KERNEL_GATEWAY, SYSTEM_INSTANCE

__all__ = [
    "Consequences",
    "OnStep",
    "Step",
    "Target",
    "change_instance",
    "consequences",
    "delete",
    "open_request",
    "open_url",
    "start",
    "stop",
]

_DEFAULT_APP = "default"


def start(studio: Studio, target: Target, options: Options | None = None, on_step: OnStep | None = None) -> Key:
    """Start the app of a space or profile, or a certain app, and wait until it is in service.

    Parameters
    ----------
    studio : Studio
        Where it is.
    target : Target
        A space, a profile or an app.
    options : mapping, optional
        Members of CreateApp (``AppType``, ``AppName``, ``RecoveryMode``, ``Tags``) and of its ResourceSpec
        (``InstanceType``, ``SageMakerImageArn``, ...). By default a space's own type of app, and for a profile a
        JupyterServer, or a KernelGateway if an instance type is given.
    on_step : callable, optional
        Told of each step.

    Returns
    -------
    tuple of str
        Key of the app. One that runs already as wanted is not started again.

    Raises
    ------
    ValidationError
        There is no such option, or this kind cannot be started.
    ConflictError
        It runs on another instance, or another app runs in the space.
    SageMakerError
        The service refuses it, or the app fails; the message tells why.
    """
    return _start(studio, target, options or {}, Progress(on_step))


def stop(studio: Studio, target: Target, on_step: OnStep | None = None) -> int:
    """Stop all apps of a space, profile or domain, or a certain app, and wait until they are gone.

    Files stay; kernels and terminals end.

    Returns
    -------
    int
        How many ran.

    Raises
    ------
    SageMakerError
        The service refuses it.
    """
    return stop_apps(studio, live_apps(studio, target), Progress(on_step))


def change_instance(studio: Studio, target: Target, options: Options, on_step: OnStep | None = None) -> Key | None:
    """Move a space, or a profile's app, to another type of instance: stop, update, start, wait.

    A space that is stopped stays stopped, and starts on the new type from then on. Should the new app not start, the
    space gets its earlier ResourceSpec back and stays stopped, so that a plain start does what it did before; nothing
    that costs money is started unasked.

    Parameters
    ----------
    options : mapping
        Members of ResourceSpec; ``InstanceType`` is needed.

    Returns
    -------
    tuple of str or None
        Key of the app that runs; None if none does.

    Raises
    ------
    ValidationError
        No type is given, or the target has no instance of its own.
    SageMakerError
        As `start`; the hint tells how things were left.
    """
    app, spec = split_options(options)
    if app:
        raise ValidationError(f"{next(iter(app))} cannot be changed together with the instance")
    if not spec.get("InstanceType"):
        raise ValidationError("InstanceType is needed: the type of instance to change to")
    progress, owner = Progress(on_step), target.owner
    if owner.kind == "spaces":
        space = _in_service(studio, owner)
        # A space of Studio Classic is for many apps, on an instance each.
        if type_of_space(space) != JUPYTER_SERVER:
            return _move_space(studio, owner, space, spec, progress)
    if target.kind != "apps":
        words = {"spaces": "a space of Studio Classic", "user-profiles": "a user profile", "domains": "a domain"}
        raise ValidationError(f"{words[target.kind]} has no instance of its own", hint="Choose one of its apps.")
    if target.key[3] == JUPYTER_SERVER:
        raise ValidationError(f"a {JUPYTER_SERVER} app runs on the '{SYSTEM_INSTANCE}' instance only")
    before = live_apps(studio, target)
    runs = _given(studio.describe("apps", *target.key).get("ResourceSpec"))
    wanted = {**runs, **spec}
    if before:
        progress.plan(_check_text(spec), stop_text(before), _start_text(target.key[3], wanted))
        _refuse_hopeless(studio, target.key, runs, wanted, progress)
    stop_apps(studio, before, progress)
    return _start(studio, target, wanted, progress)


def open_url(studio: Studio, target: Target, user_profile: str | None = None) -> str:
    """A link that opens a space, a profile's Studio or an app in the browser: good once, and soon too old.

    Parameters
    ----------
    user_profile : str, optional
        Who opens a space; its owner if it has one, else the connection's own profile.

    Raises
    ------
    ConflictError
        Nothing runs that could be opened.
    ValidationError
        It has no page, or there is nobody who could open it.
    """
    return str(studio.call("CreatePresignedDomainUrl", open_request(studio, target, user_profile))["AuthorizedUrl"])


def open_request(studio: Studio, target: Target, user_profile: str | None = None) -> Json:
    """The request for the link of `open_url`, which raises the same: whether it can be opened can be asked by it."""
    owner = target.owner
    if owner.kind == "domains":
        raise ValidationError("a domain has no page of its own", hint="Open one of its spaces or profiles.")
    app_type = target.key[3] if target.kind == "apps" else None
    if app_type == KERNEL_GATEWAY:
        raise ValidationError(f"a {KERNEL_GATEWAY} app has no page", hint="Its kernels can be used from here.")
    if owner.kind != "spaces" and user_profile not in (None, owner.key[1]):
        raise ValidationError(f"only {owner.key[1]} itself can open its Studio")
    request: Json = {"DomainId": owner.key[0]}
    if owner.kind == "spaces":
        space = studio.describe("spaces", *owner.key)
        app_type = app_type or type_of_space(space)
        statuses = {app["Status"] for app in live_apps(studio, owner) if app["AppType"] == app_type}
        # Studio Classic starts its JupyterServer by itself when it is opened.
        if app_type != JUPYTER_SERVER and "InService" not in statuses:
            state = "is not ready yet" if statuses else "is stopped"
            raise ConflictError(f"{owner.name} {state}", code="NotRunning", hint="Start it first, then open it.")
        request |= {"SpaceName": owner.key[1], "UserProfileName": user_profile or _who_opens(studio, space)}
    else:
        request["UserProfileName"] = owner.key[1]
    if app_type is not None:
        request["LandingUri"] = f"app:{app_type}:"
    return request


def type_of_space(space: Mapping[str, Any]) -> str:
    """Type of the app that a space is for; one without is Studio Classic's."""
    return str((space.get("SpaceSettings") or {}).get("AppType") or JUPYTER_SERVER)


def _who_opens(studio: Studio, space: Mapping[str, Any]) -> str:
    owner = (space.get("OwnershipSettings") or {}).get("OwnerUserProfileName")
    if owner:
        return str(owner)
    connection = studio.connection
    if connection.domain_id == space["DomainId"] and connection.user_profile_name:
        return connection.user_profile_name
    for profile in studio.list("user-profiles", DomainIdEquals=space["DomainId"], MaxResults=1):
        return str(profile["UserProfileName"])
    raise ValidationError("the domain has no user profile, and only one can open a space", hint="Create one first.")


def _start(studio: Studio, target: Target, options: Options, progress: Progress) -> Key:
    own, spec = split_options(options)
    key, spec = _app_to_start(studio, target, own, spec)
    found = find_app(studio, key)
    text = _start_text(key[3], spec)
    if found is not None and found["Status"] == "Deleting":
        with progress.step("Wait until the earlier app is gone") as tell:
            settled(studio, "apps", key, tell)
        found = None
    with progress.step(text) as tell:
        if found is None or found["Status"] == "Failed":
            extra = {name: value for name, value in own.items() if name not in ("AppType", "AppName")}
            request = {**resource("apps").key_request(key), **extra, **({"ResourceSpec": spec} if spec else {})}
            insisted(studio, partial(create, studio, "apps", request), tell)
        else:
            request = found
            _refuse_other(found, spec)
        _wait_for_service(studio, key, request, tell)
    return key


def _app_to_start(studio: Studio, target: Target, own: Json, spec: Json) -> tuple[Key, Json]:
    """Key and ResourceSpec of the app that a target means."""
    if target.kind == "domains":
        raise ValidationError("a domain has nothing to start", hint="Start one of its spaces or profiles.")
    if target.kind == "apps":
        if own.get("AppType", target.key[3]) != target.key[3] or own.get("AppName", target.key[4]) != target.key[4]:
            raise ValidationError("AppType and AppName are those of the app, and cannot be chosen")
        before = studio.describe("apps", *target.key).get("ResourceSpec") if not spec else None
        return target.key, spec or _given(before)
    domain, name = target.key
    owner = _in_service(studio, target)
    app_type, word = own.get("AppType"), "profile"
    if target.kind == "spaces":
        app_type, word = app_type or type_of_space(owner), "space"
    if app_type in (None, JUPYTER_SERVER, KERNEL_GATEWAY):
        on_instance = spec.get("InstanceType", SYSTEM_INSTANCE) != SYSTEM_INSTANCE
        app_type = own.get("AppType") or (KERNEL_GATEWAY if on_instance else JUPYTER_SERVER)
        # There can be many of them, so each gets the name of its instance.
        usual = spec["InstanceType"].replace(".", "-") if app_type == KERNEL_GATEWAY and on_instance else _DEFAULT_APP
    else:
        running = (app["AppName"] for app in live_apps(studio, target) if app["AppType"] == app_type)
        usual = next(running, _DEFAULT_APP)
    return (domain, word, name, app_type, own.get("AppName") or usual), spec


def _in_service(studio: Studio, target: Target) -> Json:
    """Description of a space or profile, once it has been made or updated."""
    found = studio.describe(target.kind, *target.key)
    row = resource(target.kind)
    if found[row.status] in row.transitional and found[row.status] != "Deleting":
        return settled(studio, target.kind, target.key, lambda _: None) or found
    return found


def _refuse_other(found: Json, spec: Json) -> None:
    runs = (found.get("ResourceSpec") or {}).get("InstanceType")
    wanted = spec.get("InstanceType")
    if wanted and runs and wanted != runs:
        raise ConflictError(
            f"{found['AppType']} runs already, on {runs}", code="AlreadyRunning", hint="Change its instance instead."
        )


def _wait_for_service(studio: Studio, key: Key, request: Mapping[str, Any], tell: Tell) -> None:
    described = settled(studio, "apps", key, tell)
    if described is None or described["Status"] == "Deleted":
        raise ConflictError(f"{Target('apps', key).name} was stopped while it started", code="Stopped")
    if described["Status"] == "Failed":
        reason = described.get("FailureReason") or "the service gives no reason"
        failure = SageMakerError(f"{Target('apps', key).name} did not start: {reason}", code="AppFailed")
        raise explain(studio.connection, "CreateApp", request, failure)


def _start_text(app_type: str, spec: Mapping[str, Any]) -> str:
    instance = spec.get("InstanceType")
    return f"Start {app_type}" + (f" on {instance}" if instance else "")


def _move_space(studio: Studio, target: Target, space: Mapping[str, Any], spec: Json, progress: Progress) -> Key | None:
    app_type = type_of_space(space)
    running = [app for app in live_apps(studio, target) if app["AppType"] == app_type]
    member = f"{app_type}AppSettings"
    settings: Json = (space.get("SpaceSettings") or {}).get(member) or {}
    earlier: Json = settings.get("DefaultResourceSpec") or {}
    runs = _given(studio.describe("apps", *_key_of(running[0])).get("ResourceSpec")) if running else {}
    update, wanted = f"Set the space to {spec['InstanceType']}", {**earlier, **runs, **spec}
    if running:
        progress.plan(_check_text(spec), stop_text(running), update, _start_text(app_type, spec))
        _refuse_hopeless(studio, _key_of(running[0]), runs, wanted, progress)
    stop_apps(studio, running, progress)
    _set_spec(studio, target, update, {member: {**settings, "DefaultResourceSpec": {**earlier, **spec}}}, progress)
    if not running:
        return None
    try:
        return _start(studio, target, wanted, progress)
    except SageMakerError as error:
        old = earlier.get("InstanceType") or runs.get("InstanceType")
        back = {member: {**settings, "DefaultResourceSpec": {**earlier, **({"InstanceType": old} if old else {})}}}
        error.hint = " ".join([*([error.hint] if error.hint else []), _put_back(studio, target, old, back, progress)])
        raise


def _check_text(spec: Json) -> str:
    return f"Check whether {spec['InstanceType']} can be had"


def _refuse_hopeless(studio: Studio, key: Key, runs: Json, wanted: Json, progress: Progress) -> None:
    """Refuse a move that would end with nothing running, while what runs is still there."""
    request = {**resource("apps").key_request(key), "ResourceSpec": wanted}
    same = wanted.get("InstanceType") == runs.get("InstanceType")
    with progress.step(_check_text(wanted)):
        for check in preflight(studio.connection, "CreateApp", request):
            # Its own place under the quota of this type is free as soon as it is stopped.
            if check.state == "blocked" and not (same and check.check == "quota"):
                error = LimitError if check.check == "quota" else ValidationError
                link = f" {check.link}" if check.link else ""
                raise error(check.message, code="Blocked", hint=f"Nothing was changed: it still runs.{link}")


def _put_back(studio: Studio, target: Target, old: str | None, settings: Json, progress: Progress) -> str:
    """Undo the change of a space; tells in a sentence how it was left."""
    if old is None:
        return "The space is stopped; its files are kept."
    try:
        _set_spec(studio, target, f"Set the space back to {old}", settings, progress)
    except SageMakerError as error:
        return f"The space is stopped and could not be set back to {old} ({error.message}); its files are kept."
    return f"The space is stopped and set to {old} again; its files are kept. Start it, or choose another type."


def _set_spec(studio: Studio, target: Target, text: str, settings: Json, progress: Progress) -> None:
    with progress.step(text) as tell:
        insisted(studio, partial(studio.update, target.kind, *target.key, SpaceSettings=settings), tell)
        described = settled(studio, target.kind, target.key, tell) or {}
        if described.get("Status") in resource(target.kind).failed:
            reason = described.get("FailureReason") or "the service gives no reason"
            raise SageMakerError(f"{target.name} could not be updated: {reason}", code="UpdateFailed")


def _given(spec: Mapping[str, Any] | None) -> Json:
    return {name: value for name, value in (spec or {}).items() if value}


def _key_of(app: Mapping[str, Any]) -> Key:
    return resource("apps").key_parts(app)
