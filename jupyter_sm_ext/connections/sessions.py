"""boto3 sessions that go where a connection says, and may leave the service's JSON unparsed."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver, create_credential_resolver
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError, ResponseParserFactory
from botocore.utils import JSONFileCache

from jupyter_sm_ext.errors import NEVER_HEARD
from jupyter_sm_ext.resources import resources


class _EndpointSession(boto3.Session):
    """Every client of it goes to one endpoint, unless told otherwise."""

    def __init__(self, endpoint_url: str, **options: Any) -> None:
        super().__init__(**options)
        self._endpoint_url = endpoint_url

    def client(self, *arguments: Any, **options: Any) -> Any:
        options["endpoint_url"] = options.get("endpoint_url") or self._endpoint_url
        return super().client(*arguments, **options)

    def resource(self, *arguments: Any, **options: Any) -> Any:
        options["endpoint_url"] = options.get("endpoint_url") or self._endpoint_url
        return super().resource(*arguments, **options)


class _JsonParser:
    """Takes no answer that broke off, of which botocore would make one without members.

    Parameters
    ----------
    parser : ResponseParser
        botocore's own.
    raw : bool
        Whether what is good is handed on as it came; errors are parsed, for botocore's retries need them.
    """

    def __init__(self, parser: Any, *, raw: bool) -> None:
        self._parser = parser
        self._raw = raw

    def parse(self, response: dict[str, Any], shape: Any) -> Any:
        if response["status_code"] >= 300:
            return self._parser.parse(response, shape)
        # What is no bytes comes in events.
        parsed = whole(response["body"]) if isinstance(response["body"], bytes) else None
        if not self._raw:
            return self._parser.parse(response, shape)
        # In small letters, as botocore's own parser tells them.
        headers = {name.lower(): value for name, value in response["headers"].items()}
        meta = {"HTTPStatusCode": response["status_code"], "HTTPHeaders": headers}
        return {"Raw": response["body"], "Parsed": parsed, "ResponseMetadata": meta}


class _ParserFactory(ResponseParserFactory):
    def __init__(self, *, raw: bool) -> None:
        super().__init__()
        self._raw = raw

    def create_parser(self, protocol_name: str) -> Any:
        parser = super().create_parser(protocol_name)
        return _JsonParser(parser, raw=self._raw) if protocol_name == "json" else parser


def _send_once(**told: Any) -> None:
    """Let botocore not send a call again whose answer was lost: each that is taken makes another one."""
    error = told["caught_exception"]
    if error is None:
        http, parsed = told["response"]
        if http.status_code >= 500:
            raise ClientError(parsed, told["operation"].name)
    elif type(error).__name__ not in NEVER_HEARD:
        raise error


def whole(body: bytes) -> Any:
    """Parse an answer, and so make sure that it is all there.

    Raises
    ------
    ResponseParserError
        It is no JSON.
    """
    try:
        return json.loads(body or b"{}")
    except ValueError as error:
        raise ResponseParserError(f"the answer broke off, or is not the service's: {error}") from error


class _GivenCredentials:
    """A provider of credentials that were found before."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Any:
        return self._credentials


class AssumedRoles(JSONFileCache):
    """The keys of roles that were taken, where the AWS command line keeps them: one code serves all processes."""

    def __init__(self) -> None:
        # Not a default: the home of a process may be given to it after this module was read.
        super().__init__(str(Path("~/.aws/cli/cache").expanduser()))
        self._memory: dict[str, Any] = {}
        #: Ids of keys that the service refuses although they should be good.
        self.refused: set[str] = set()

    def __contains__(self, key: str) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    def __getitem__(self, key: str) -> Any:
        found = self._memory[key] if key in self._memory else super().__getitem__(key)
        if found.get("Credentials", {}).get("AccessKeyId") in self.refused:
            raise KeyError(key)
        return found

    def __setitem__(self, key: str, value: Any) -> None:
        try:
            super().__setitem__(key, value)
        except OSError:
            # A home that cannot be written is no reason not to take a role.
            self._memory[key] = value


def _told_anyway(record: logging.LogRecord) -> bool:
    """Leave out what botocore logs, with a traceback, of a failure that it raises besides."""
    return "failed during mandatory refresh period" not in str(record.msg)


def _resolver(
    session: Any, cache: AssumedRoles, prompter: Callable[[str], str], config: Config | None
) -> CredentialResolver:
    found = create_credential_resolver(session, region_name=session._last_client_region_used)
    provider: Any = found.get_provider("assume-role")
    # botocore makes this provider itself and lets its prompter be given by nobody: it would ask on the terminal.
    provider._prompter, provider.cache = prompter, cache
    # STS is asked for roles as the other services are asked. Identity Center is not: it has no endpoints of FIPS 140.
    for method in ("assume-role", "assume-role-with-web-identity"):
        lending: Any = found.get_provider(method)
        lending._client_creator = _asking(lending._client_creator, config)
    return found


def _asking(make: Callable[..., Any], config: Config | None) -> Callable[..., Any]:
    """What makes a client, making it by a configuration."""

    def made(service: str, **options: Any) -> Any:
        own = options.pop("config", None)
        return make(service, config=config.merge(own) if config is not None and own is not None else config, **options)

    return made


def new_session(
    *,
    raw: bool = False,
    endpoint_url: str | None = None,
    credentials: Any = None,
    roles: AssumedRoles | None = None,
    prompter: Callable[[str], str] | None = None,
    lender: Config | None = None,
    **options: Any,
) -> boto3.Session:
    """A boto3 session.

    Parameters
    ----------
    raw : bool
        Its clients answer ``{"Raw": bytes, "Parsed": the JSON in them, "ResponseMetadata": ...}``.
    endpoint_url : str, optional
        Where its clients go by default.
    credentials : botocore.credentials.Credentials, optional
        Those of another session, to be the same also after a refresh; of the session's own chain if not given.
    roles : AssumedRoles, optional
        Where the keys of roles are kept; in this session alone if not given.
    prompter : callable, optional
        Given with `roles`: called for a one-time code. It answers, or raises what the caller is to see.
    lender : botocore.config.Config, optional
        How STS is asked for roles.
    **options
        Those of `boto3.Session`.
    """
    # Without a handler it would be written to standard error, and so into the cell of whoever asked.
    logging.getLogger("botocore.credentials").addFilter(_told_anyway)
    core = botocore.session.get_session()
    core.register_component("response_parser_factory", _ParserFactory(raw=raw))
    for row in resources():
        if row.names_itself:
            core.register(f"needs-retry.sagemaker.{row.operation('create')}", _send_once)
    if credentials is not None:
        core.register_component("credential_provider", _GivenCredentials(credentials))
    elif roles is not None and prompter is not None:
        kept, asks = roles, prompter
        core.lazy_register_component("credential_provider", lambda: _resolver(core, kept, asks, lender))
    options["botocore_session"] = core
    return boto3.Session(**options) if endpoint_url is None else _EndpointSession(endpoint_url, **options)
