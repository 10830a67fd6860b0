"""Whose certificates are trusted: where boto3 looks for them, for those that ask without it."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

from jupyter_sm_ext.errors import ValidationError

_VARIABLE, _MEMBER, _REQUESTS = "AWS_CA_BUNDLE", "ca_bundle", "REQUESTS_CA_BUNDLE"
_FILES = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))


@dataclass(frozen=True)
class Bundle:
    """A file of certificates.

    Parameters
    ----------
    path : str
        As it is named.
    named_by : str
        The variable, or the member of the profile.
    """

    path: str
    named_by: str


def bundle_of(profile: str | None) -> Bundle | None:
    """The file that is named for a profile, in boto3's order; None: the certificates that boto3 comes with.

    Parameters
    ----------
    profile : str or None
        None for the default chain of credentials.
    """
    if path := os.environ.get(_VARIABLE):
        return Bundle(path, _VARIABLE)
    if path := _configured(profile):
        return Bundle(path, f"{_MEMBER} of the profile")
    if path := os.environ.get(_REQUESTS):
        return Bundle(path, _REQUESTS)
    return None


def trusted(bundle: Bundle | None) -> ssl.SSLContext:
    """Who trusts them.

    Raises
    ------
    ValidationError
        There is no such file, or no certificate in it.
    """
    if bundle is None:
        from botocore.httpsession import where

        return ssl.create_default_context(cafile=where())
    try:
        return ssl.create_default_context(cafile=bundle.path)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or str(error)
        raise ValidationError(
            f"the certificates in {bundle.path} cannot be read: {reason}", hint=f"Set {bundle.named_by} right."
        ) from error


def _configured(profile: str | None) -> str | None:
    # botocore reads it right, and takes its time to be loaded; a kernel on an app needs nothing else of it.
    if not any(_mentioned(Path(os.environ.get(variable) or otherwise)) for variable, otherwise in _FILES):
        return None
    import botocore.session
    from botocore.exceptions import BotoCoreError

    try:
        found = botocore.session.Session(profile=profile).get_config_variable(_MEMBER)
    except BotoCoreError:
        return None  # who asks anything with this profile is told
    return str(found) if found else None


def _mentioned(file: Path) -> bool:
    try:
        return _MEMBER in file.expanduser().read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
