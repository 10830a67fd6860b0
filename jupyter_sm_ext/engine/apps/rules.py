"""What an app may be, and which settings hold for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.engine.store import Json, Record, Store
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError

JUPYTER_TYPES = frozenset({"JupyterLab", "JupyterServer", "KernelGateway"})
"""Those that are Jupyter Servers, and so can run here."""

WITH_IDLE_SETTINGS = frozenset({"JupyterLab", "CodeEditor"})
_ONE_A_SPACE = frozenset({"JupyterLab", "CodeEditor"})
_IN_CLASSIC_SPACE = frozenset({"JupyterServer", "KernelGateway"})
_DEFAULT_INSTANCE = "ml.t3.medium"
_DEFAULT_MINUTES = 10_080  # what the console fills in (developer guide, "Set up idle shutdown")
LIVE = ("Pending", "InService", "Deleting")
"""Statuses in which an app's name is taken and its owner in use."""

_HERE = "The local engine runs JupyterLab, JupyterServer and KernelGateway apps."
_MISSING: Mapping[str, str] = {
    "CodeEditor": "Code Editor's server (Code-OSS of SageMaker Distribution) is not installed on this machine",
    "RStudioServerPro": "RStudio Workbench and its license are not on this machine",
    "RSessionGateway": "RStudio Workbench and its license are not on this machine",
    "TensorBoard": (
        "SageMaker's TensorBoard app is not on this machine, and TensorBoard itself has no sign-in that would keep "
        "other users of this machine out; in a terminal, tensorboard --logdir shows what a script wrote"
    ),
    "DetailedProfiler": "SageMaker's Profiler image is not on this machine",
    "Canvas": "SageMaker Canvas exists on AWS only",
}


@dataclass(frozen=True)
class Owner:
    """Whose app it is.

    Parameters
    ----------
    domain : Record
        Its domain.
    record : Record
        The space or the profile.
    profile : Record, optional
        The profile whose settings hold: the owner of a private space, or the profile itself.
    """

    domain: Record
    record: Record
    profile: Record | None

    @property
    def is_space(self) -> bool:
        """Whether it is a space."""
        return self.record.kind == "spaces"

    @property
    def name(self) -> str:
        """Its name."""
        return self.record.key.partition("/")[2]

    def levels(self) -> Iterator[Json]:
        """Settings that hold, the strongest first.

        A private space takes from its owner's profile, then from the domain's user settings; a shared one from the
        domain's settings of spaces (API reference, UserSettings).
        """
        if self.is_space:
            yield self.record.body.get("SpaceSettings", {})
        if self.profile is not None:
            yield self.profile.body.get("UserSettings", {})
            yield self.domain.body.get("DefaultUserSettings", {})
        else:
            yield self.domain.body.get("DefaultSpaceSettings", {})


def owner_word(request: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and name of the one owner that a request names.

    Raises
    ------
    ValidationError
        It names none or two.
    """
    profile, space = request.get("UserProfileName"), request.get("SpaceName")
    if profile and space:
        raise ValidationError("UserProfileName and SpaceName cannot both be set: an app has one owner.")
    if not profile and not space:
        raise ValidationError("Either UserProfileName or SpaceName must be set.")
    return ("profile", str(profile)) if profile else ("space", str(space))


def find_owner(store: Store, domain: Record, request: Mapping[str, Any], arn: Any) -> Owner:
    """Find the owner that a request names.

    Raises
    ------
    ValidationError
        It names none or two.
    NotFoundError
        It is not there.
    """
    word, name = owner_word(request)
    kind, noun = ("spaces", "Space") if word == "space" else ("user-profiles", "UserProfile")
    record = store.get(kind, f"{domain.key}/{name}")
    if record is None:
        raise NotFoundError(f"{noun} [{arn(noun, (domain.key, name))}] does not exist.")
    profile: Record | None = record
    if word == "space":
        holder = record.body.get("OwnershipSettings", {}).get("OwnerUserProfileName")
        private = record.body.get("SpaceSharingSettings", {}).get("SharingType") == "Private"
        profile = store.get("user-profiles", f"{domain.key}/{holder}") if private and holder else None
    return Owner(domain, record, profile)


def check_type(owner: Owner, app_type: str) -> None:
    """Refuse an app that its owner cannot have.

    Raises
    ------
    ConflictError
        The owner is not in service.
    ValidationError
        It is of a wrong type.
    """
    record = owner.record
    if record.status not in ("InService", "Updating"):
        raise ConflictError(f"Unable to create App because [{record.arn}] is in {record.status} status.")
    if not owner.is_space:
        if app_type in _ONE_A_SPACE:
            raise ValidationError(f"Invalid AppType [{app_type}]. A user profile has it in a space: give SpaceName.")
        return
    wanted = record.body.get("SpaceSettings", {}).get("AppType")
    allowed = {wanted} if wanted else _IN_CLASSIC_SPACE
    if app_type not in allowed:
        told = ", ".join(sorted(allowed))
        raise ValidationError(f"Invalid AppType [{app_type}]. Space [{record.arn}] supports: {told}.")


def is_only_one(owner: Owner, app_type: str) -> bool:
    """Whether its owner can have one such app at a time: a space of the new Studio is one instance."""
    return owner.is_space and app_type in _ONE_A_SPACE


def resource_spec(owner: Owner, request: Mapping[str, Any]) -> Json:
    """What an app runs on: its own ResourceSpec, then the space's, the profile's, the domain's, member by member.

    Raises
    ------
    ValidationError
        No instance type where there must be one, or one that the type of app cannot have; or something that this
        engine does not have.
    """
    app_type: str = request["AppType"]
    found: Json = {}
    defaults = (level.get(f"{app_type}AppSettings", {}).get("DefaultResourceSpec", {}) for level in owner.levels())
    for spec in (request.get("ResourceSpec", {}), *defaults):
        found = {**spec, **found}
    _check_absent(found)
    instance = found.get("InstanceType")
    if app_type == "JupyterServer":
        if instance not in (None, "system"):
            raise ValidationError(
                f"Invalid instance type '{instance}' for JupyterServer App. Only 'system' instance type is supported"
            )
        instance = "system"
    elif app_type == "KernelGateway":
        if instance is None:
            raise ValidationError(
                "InstanceType must be set for a KernelGateway App: in the ResourceSpec of the request, or in the"
                " DefaultResourceSpec of the user profile, the space or the domain."
            )
        instance = _DEFAULT_INSTANCE if instance == "system" else instance
    elif app_type in _ONE_A_SPACE:
        if instance == "system":
            raise ValidationError(f"Invalid instance type 'system' for {app_type} App.")
        instance = instance or _DEFAULT_INSTANCE
    return {**found, "InstanceType": instance or "system"}


def _check_absent(spec: Json) -> None:
    for member, words in (
        ("LifecycleConfigArn", "StudioLifecycleConfig [{}] does not exist: the local engine has no lifecycle scripts."),
        ("TrainingPlanArn", "Training plan [{}] does not exist: the local engine has no training plans."),
    ):
        value = spec.get(member, "None")
        if value == "None":
            spec.pop(member, None)
        else:
            raise ValidationError(words.format(value))


def idle_seconds(owner: Owner, app_type: str) -> float | None:
    """How long an app may be idle; None if for ever.

    Whether idle shutdown is on, and for how long, is the profile's word before the domain's; a space may have a time
    of its own within their bounds (developer guide, "Idle shutdown").
    """
    if app_type not in WITH_IDLE_SETTINGS:
        return None
    found: Json = {}
    own: int | None = None
    for number, level in enumerate(owner.levels()):
        settings = level.get(f"{app_type}AppSettings", {}).get("AppLifecycleManagement", {}).get("IdleSettings", {})
        if owner.is_space and number == 0:
            own = settings.get("IdleTimeoutInMinutes")
        else:
            found = {**settings, **found}
    if found.get("LifecycleManagement") != "ENABLED":
        return None
    minutes: int = own if own is not None else found.get("IdleTimeoutInMinutes", _DEFAULT_MINUTES)
    minutes = max(minutes, found.get("MinIdleTimeoutInMinutes", minutes))
    return 60.0 * float(min(minutes, found.get("MaxIdleTimeoutInMinutes", minutes)))


def why_not_here(app_type: str) -> str:
    """Why an app of a type that is no Jupyter Server ends Failed."""
    return f"ConfigurationError: {_MISSING[app_type]}. {_HERE}"
