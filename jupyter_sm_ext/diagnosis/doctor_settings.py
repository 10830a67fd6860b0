"""How the connection is set up: profile, credentials, region, endpoints, proxies, certificates. Asks AWS nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.request import getproxies

from jupyter_sm_ext.connections.certificates import bundle_of, trusted
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.diagnosis.findings import BAD, OK, Finding
from jupyter_sm_ext.errors import SageMakerError

_CONNECTION, _NETWORK = "connection", "network"
_SERVICES = ("sagemaker", "s3", "logs", "sts")
_USER = re.compile(r"//[^/@]*@")  # a proxy's URL may have a password


def settings(connection: Connection) -> Iterator[Finding]:
    """Tell how a connection is set up."""
    yield Finding(_CONNECTION, "connection", OK, connection.label)
    if connection.kind == "aws":
        chosen = connection.profile or os.environ.get("AWS_PROFILE")
        yield Finding(_CONNECTION, "profile", OK, chosen or "none: the default chain of credentials")
        yield _credentials(connection)
    region = _region(connection)
    yield region
    if region.state == OK:
        yield _endpoints(connection)
    yield from _network(connection)


def _credentials(connection: Connection) -> Finding:
    try:
        with connection.translated():
            found: Any = connection.session.get_credentials()
    except SageMakerError as error:
        return Finding(_CONNECTION, "credentials", BAD, error.message, error.hint)
    if found is None:
        fix = "aws configure sso, or aws configure; or choose a profile: jupyter sm connect aws --profile NAME"
        return Finding(_CONNECTION, "credentials", BAD, "There are none.", fix)
    return Finding(_CONNECTION, "credentials", OK, f"They come from {found.method}.")


def _region(connection: Connection) -> Finding:
    try:
        return Finding(_CONNECTION, "region", OK, f"{connection.region} (partition {connection.partition})")
    except SageMakerError as error:
        fix = "jupyter sm connect aws --region NAME" if connection.kind == "aws" else error.hint
        return Finding(_CONNECTION, "region", BAD, error.message, fix)


def _endpoints(connection: Connection) -> Finding:
    try:
        found = {service: connection.client(service).meta.endpoint_url for service in _SERVICES}
    except SageMakerError as error:
        return Finding(_NETWORK, "endpoints", BAD, error.message, error.hint)
    told = ", ".join(f"{service} {_masked(url)}" for service, url in found.items())
    return Finding(_NETWORK, "endpoints", OK, told)


def _network(connection: Connection) -> Iterator[Finding]:
    proxies = {name: url for name, url in sorted(getproxies().items()) if name in ("http", "https", "all")}
    if connection.kind == "local":
        yield Finding(_NETWORK, "proxies", OK, "The local engine is asked without any.")
        return
    if proxies:
        told = ", ".join(f"{name} {_masked(url)}" for name, url in proxies.items())
        without = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "no host"
        yield Finding(_NETWORK, "proxies", OK, f"{told} (but for {without})")
    else:
        yield Finding(_NETWORK, "proxies", OK, "There are none.")
    yield _certificates(connection)


def _certificates(connection: Connection) -> Finding:
    bundle = bundle_of(connection.profile)
    if bundle is None:
        return Finding(_NETWORK, "certificates", OK, "Those that boto3 comes with.")
    try:
        trusted(bundle)
    except SageMakerError as error:
        return Finding(_NETWORK, "certificates", BAD, f"{error.message}.", error.hint)
    return Finding(_NETWORK, "certificates", OK, f"{bundle.path} ({bundle.named_by})")


def _masked(url: str) -> str:
    return _USER.sub("//***@", url)
