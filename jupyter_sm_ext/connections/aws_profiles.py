"""Where the keys of an AWS profile come from, and what its user does when they are missing or have expired."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.errors import CredentialsError, MfaRequiredError

if TYPE_CHECKING:
    import botocore.session

_KEYS = "AWS_ACCESS_KEY_ID"
_WEB_IDENTITY = "AWS_WEB_IDENTITY_TOKEN_FILE"
_CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_NAMED_SOURCES = {"Environment": "environment", "EcsContainer": "container", "Ec2InstanceMetadata": "instance"}
_EXPIRED = ("ExpiredToken", "ExpiredTokenException")
# With which keys that a one-time code has brought are over; botocore does not ask for another code by itself.
_OVER = (*_EXPIRED, "RefreshWithMFAUnsupportedError")
# Which member of a profile tells where its keys come from, in botocore's order.
_MEMBERS = (
    ("web_identity_token_file", "web identity"),
    ("sso_session", "sso"),
    ("sso_start_url", "sso"),
    ("aws_access_key_id", "keys"),
    ("login_session", "login"),
    ("credential_process", "process"),
)


@dataclass(frozen=True)
class Source:
    """Where keys come from.

    Parameters
    ----------
    profile : str
        The profile that is used.
    way : str
        ``keys``, ``sso``, ``login``, ``process``, ``web identity``, ``environment``, ``container``, ``instance``, or
        ``nowhere`` if the configuration does not say.
    root : str
        The profile whose keys are renewed: for one that takes a role that of its source, and so on.
    serial : str or None
        The MFA device of the role that it takes.
    known : bool
        Whether the configuration has such a profile.
    detail : str
        The program of a process, the file of a token.
    """

    profile: str
    way: str
    root: str
    serial: str | None = None
    known: bool = True
    detail: str = ""


@dataclass(frozen=True)
class Profile:
    """A profile as it is offered.

    Parameters
    ----------
    name : str or None
        None for the default chain of credentials.
    way : str
        As in `Source`; ``role`` before it for one that takes a role.
    region : str or None
        Its own region.
    """

    name: str | None
    way: str
    region: str | None

    def as_dict(self) -> dict[str, str | None]:
        """As REST has it."""
        return asdict(self)


def source_of(session: botocore.session.Session, profile: str | None) -> Source:
    """Where the keys of a profile come from, as far as configuration and environment tell; nothing is asked.

    Parameters
    ----------
    session : botocore.session.Session
        Whose configuration.
    profile : str or None
        None for the default chain, in which keys of the environment are first.
    """
    name = profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    if profile is None and os.environ.get(_KEYS):
        return Source(name, "environment", name)
    profiles: Mapping[str, Mapping[str, Any]] = session.full_config.get("profiles", {})
    if name not in profiles:
        return _of_machine(name, named=profile is not None or name != "default")
    serial, root, seen = None, name, {name}
    while True:
        members = profiles.get(root, {})
        serial = serial or members.get("mfa_serial")
        following = members.get("source_profile") if members.get("role_arn") else None
        if following is None or following in seen:
            break
        seen.add(following)
        root = str(following)
    way, detail = _way_of(profiles.get(root, {}))
    if way == "nowhere" and profile is None:
        return _of_machine(name, named=False, serial=serial)
    return Source(name, way, root, serial, root in profiles, detail)


def _way_of(members: Mapping[str, Any]) -> tuple[str, str]:
    if members.get("role_arn") and members.get("credential_source"):
        return _NAMED_SOURCES.get(str(members["credential_source"]), "nowhere"), ""
    for member, way in _MEMBERS:
        if members.get(member):
            # Of a command only the program: what follows may be a secret.
            first = shlex.split(str(members[member]))[:1] if way == "process" else [str(members[member])]
            return way, first[0] if way in ("process", "web identity") and first else ""
    return "nowhere", ""


def _of_machine(name: str, *, named: bool, serial: str | None = None) -> Source:
    """What a process has without a profile: a token, the role of a container or of the instance."""
    if named:
        return Source(name, "nowhere", name, serial, known=False)
    if os.environ.get(_WEB_IDENTITY):
        return Source(name, "web identity", name, serial, detail=os.environ[_WEB_IDENTITY])
    if any(os.environ.get(variable) for variable in _CONTAINER):
        return Source(name, "container", name, serial)
    return Source(name, "nowhere", name, serial)


def mfa_required(serial: str) -> MfaRequiredError:
    """What is told where botocore would ask for a code on the terminal."""
    wanted = MfaRequiredError(
        f"A one-time code of the MFA device {serial} is wanted.",
        hint="Enter it in the SageMaker panel, or run %sm connect (in a terminal `jupyter sm connect`).",
    )
    wanted.serial = serial
    return wanted


def explained(error: CredentialsError, source: Source) -> CredentialsError:
    """The error, told with whose keys it is about and with the command that brings others."""
    if error.source is not None:
        return error
    told: CredentialsError
    if source.serial and error.code in _OVER and error.operation != "AssumeRole":
        told = mfa_required(source.serial)
    elif isinstance(error, MfaRequiredError):
        told = error
    else:
        words = error.message.rstrip(".")
        message = error.message if _named(source, words) else f"{_whose(source)} {_trouble(error)}: {words}."
        told = CredentialsError(
            message, code=error.code, operation=error.operation, request_id=error.request_id, hint=_hint(error, source)
        )
        told.keyless = error.keyless
    told.source = source.profile
    return told


def _named(source: Source, words: str) -> bool:
    return not source.known and source.profile in words


def _whose(source: Source) -> str:
    return {
        "environment": "The AWS keys in the environment",
        "container": "The AWS credentials of this container's role",
        "instance": "The AWS credentials of this machine's role",
    }.get(source.way, f"The AWS credentials of the profile {source.profile}")


def _trouble(error: CredentialsError) -> str:
    if error.code in _EXPIRED or "expired" in error.message.lower():
        return "have expired"
    if error.code in ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"):
        return "are missing"
    return "could not be had" if error.keyless or error.operation == "AssumeRole" else "were not accepted"


def _hint(error: CredentialsError, source: Source) -> str:
    root = shlex.quote(source.root)
    if error.operation == "AssumeRole" and error.code == "AccessDenied":
        if "MultiFactorAuthentication" in error.message and source.serial:
            return f"Give another one-time code of {source.serial}: each is good once."
        return f"Ask who owns the role whether the profile {source.profile} may take it."
    commands = {
        "sso": f"Run `aws sso login --profile {root}` in a terminal.",
        "login": f"Run `aws login --profile {root}` in a terminal.",
        "keys": f"Put new keys into it: `aws configure --profile {root}`.",
        "process": f"Its credential_process ({source.detail}) failed or gave old keys; "
        f"`aws sts get-caller-identity --profile {root}` in a terminal shows what it says.",
        "web identity": f"The token in {source.detail} is written by what started this server; start it again.",
        "environment": f"Set new keys in the environment ({_KEYS} ...) and start this server or kernel again, "
        "or choose a profile.",
        "container": "Start this container, space or app again, or ask its administrator for the role.",
        "instance": "Ask the administrator of this machine for its role.",
    }
    if source.way in commands:
        return commands[source.way]
    return f"Run `aws configure sso --profile {root}` or `aws configure --profile {root}` in a terminal."


def offered() -> list[Profile]:
    """The default chain of credentials, and the profiles of the user's AWS configuration."""
    import botocore.session
    from botocore.exceptions import BotoCoreError

    try:
        # A new one each time: what the user has just written shall be there.
        session = botocore.session.Session()
        members: Mapping[str, Mapping[str, Any]] = session.full_config.get("profiles", {})
        region = session.get_config_variable("region")
        return [
            Profile(None, source_of(session, None).way, region),
            *(
                Profile(name, _shown(source_of(session, name), members[name]), members[name].get("region"))
                for name in sorted(members)
            ),
        ]
    except BotoCoreError:
        return [Profile(None, "nowhere", None)]


def _shown(source: Source, members: Mapping[str, Any]) -> str:
    role = members.get("role_arn") and source.way != "web identity"
    return f"role {source.way}" if role else source.way
