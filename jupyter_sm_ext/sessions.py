"""boto3 sessions that go where a connection says, and may leave the service's JSON unparsed."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.session
from botocore.parsers import ResponseParserFactory, create_parser


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


class _RawParser:
    """Parses errors, which botocore's retries need, and hands on the rest as it came."""

    def __init__(self, protocol: str) -> None:
        self._parser = create_parser(protocol)

    def parse(self, response: dict[str, Any], shape: Any) -> Any:
        if response["status_code"] >= 300:
            return self._parser.parse(response, shape)
        meta = {"HTTPStatusCode": response["status_code"], "HTTPHeaders": dict(response["headers"])}
        return {"Raw": response["body"], "ResponseMetadata": meta}


class _RawParserFactory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _RawParser(protocol_name)


class _GivenCredentials:
    """A provider of credentials that were found before."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Any:
        return self._credentials


def new_session(
    *, raw: bool = False, endpoint_url: str | None = None, credentials: Any = None, **options: Any
) -> boto3.Session:
    """A boto3 session.

    Parameters
    ----------
    raw : bool
        Its clients answer ``{"Raw": bytes, "ResponseMetadata": ...}``.
    endpoint_url : str, optional
        Where its clients go by default.
    credentials : botocore.credentials.Credentials, optional
        Those of another session, to be the same also after a refresh; of the session's own chain if not given.
    **options
        Those of `boto3.Session`.
    """
    core = botocore.session.get_session()
    if raw:
        core.register_component("response_parser_factory", _RawParserFactory())
    if credentials is not None:
        core.register_component("credential_provider", _GivenCredentials(credentials))
    options["botocore_session"] = core
    return boto3.Session(**options) if endpoint_url is None else _EndpointSession(endpoint_url, **options)
