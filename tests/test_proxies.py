"""Proxies and certificates of the environment hold for whatever asks: boto3, quick reads, and the way into apps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_process import EngineProcess
from guarded_aws import AUTHORITY, HOST, OTHER, GuardedAWS, Tunnel
from one_loader import one_loader

from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.certificates import bundle_of
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.connections.local_connection import LocalConnection
from jupyter_sm_ext.connections.quick_reads import QuickReads
from jupyter_sm_ext.errors import UnreachableError, ValidationError
from jupyter_sm_ext.remote.app_http import new_client
from jupyter_sm_ext.studio import Studio

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "all_proxy", "no_proxy")


@pytest.fixture(scope="module", autouse=True)
def models() -> Iterator[None]:
    with one_loader():
        yield


@pytest.fixture
def guarded(engine_behind: EngineProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GuardedAWS]:
    """boto3's default chain leads there; no certificate of its is trusted yet, and there is no proxy."""
    for name in (*PROXIES, "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with GuardedAWS(engine_behind.data_dir, tmp_path).serving() as aws:
        assert isinstance(aws, GuardedAWS)
        for name, value in {
            **aws.environment,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        }.items():
            monkeypatch.setenv(name, value)
        yield aws


@pytest.fixture
def tunnel(guarded: GuardedAWS, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tunnel]:
    """The only way there is."""
    with Tunnel(guarded.port).serving() as tunnel:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{tunnel.address}")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://{HOST}")
        yield tunnel


def connect(tmp_path: Path, profile: str | None = None) -> AwsConnection:
    return AwsConnection(Choice("aws", profile), tmp_path)


def quick(connection: AwsConnection) -> bytes | None:
    """What comes by the quick way, if anything does."""

    async def read() -> bytes | None:
        reads = QuickReads(connection, 4)
        try:
            return await reads.read("ListDomains", {})
        finally:
            await reads.close()

    return asyncio.run(read())


def opened(connection: AwsConnection, url: str) -> int:
    """Status of a page, by the client that signs in to apps."""

    async def get() -> int:
        async with new_client(connection) as http, http.get(url) as answer:
            return answer.status

    return asyncio.run(get())


def test_everything_goes_through_the_proxy(
    guarded: GuardedAWS, tunnel: Tunnel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / AUTHORITY))
    connection = connect(tmp_path)
    assert Studio(connection).call("ListDomains")["Domains"]
    assert json.loads(Studio(connection).read("ListDomains"))["Domains"]
    assert connection.account == "000000000000"
    connection.client("s3").head_bucket(Bucket=connection.bucket)
    # Each of these has connections of its own.
    assert [*tunnel.asked] == [f"{HOST}:443"] * 4
    # What cannot go through it is left to boto3, and asks nobody.
    assert quick(connection) is None
    assert len(tunnel.asked) == 4
    assert opened(connection, f"https://{HOST}/") in (403, 404)
    assert len(tunnel.asked) == 5
    assert guarded.calls["ListDomains"] == 2


def test_the_proxy_gets_its_login_and_no_message_tells_it(
    guarded: GuardedAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / AUTHORITY))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://{HOST}")
    with Tunnel(guarded.port, "user:pass-4711").serving() as tunnel:
        monkeypatch.setenv("https_proxy", f"http://user:pass-4711@{tunnel.address}")
        assert Studio(connect(tmp_path)).call("ListDomains")["Domains"]
        assert opened(connect(tmp_path), f"https://{HOST}/") in (403, 404)
        monkeypatch.setenv("https_proxy", f"http://user:pass-0815@{tunnel.address}")
        with pytest.raises(UnreachableError) as caught:
            Studio(connect(tmp_path)).call("ListDomains")
    told = f"{caught.value.message} {caught.value.hint}"
    assert f"{tunnel.address}" in told
    assert "407" in told
    assert "HTTPS_PROXY" in told
    assert "0815" not in told


def test_who_needs_no_proxy_is_asked_without(
    guarded: GuardedAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / AUTHORITY))
    with Tunnel(guarded.port).serving() as tunnel:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{tunnel.address}")
        monkeypatch.setenv("NO_PROXY", "example.com,127.0.0.1")
        connection = connect(tmp_path)
        assert Studio(connection).call("ListDomains")["Domains"]
        assert json.loads(quick(connection) or b"{}")["Domains"]
        assert opened(connection, guarded.endpoint_url) in (403, 404)
        assert tunnel.asked == []
        monkeypatch.setenv("NO_PROXY", "example.com")
        assert Studio(connect(tmp_path)).call("ListDomains")["Domains"]
        assert tunnel.asked == [f"127.0.0.1:{guarded.port}"]


def test_no_proxy_leads_to_the_engine_of_this_machine(
    guarded: GuardedAWS, engine_behind: EngineProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*guarded.environment, "AWS_MAX_ATTEMPTS"]:
        monkeypatch.delenv(name)
    with Tunnel(guarded.port).serving() as tunnel:
        monkeypatch.setenv("HTTP_PROXY", f"http://{tunnel.address}")
        monkeypatch.setenv("AWS_CA_BUNDLE", "/no/such/file.pem")
        local = LocalConnection(Choice(), engine_behind.data_dir)
        assert Studio(local).call("ListDomains")["Domains"]
        assert tunnel.asked == []


@pytest.mark.parametrize("setting", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "ca_bundle of the profile"])
def test_certificates_are_trusted_wherever_they_are_named(
    guarded: GuardedAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    profile = name_bundle(tmp_path, monkeypatch, setting, tmp_path / AUTHORITY)
    connection = connect(tmp_path, profile)
    assert Studio(connection).call("ListDomains")["Domains"]
    assert json.loads(quick(connection) or b"{}")["Domains"]
    assert opened(connection, guarded.endpoint_url) in (403, 404)
    assert bundle_of(profile).named_by == setting  # type: ignore[union-attr]


@pytest.mark.parametrize("setting", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "ca_bundle of the profile", None])
def test_a_certificate_that_is_not_trusted_is_told_with_what_is(
    guarded: GuardedAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str | None
) -> None:
    profile = name_bundle(tmp_path, monkeypatch, setting, tmp_path / OTHER) if setting else None
    connection = connect(tmp_path, profile)
    # The quick way leaves it to the other one, which tells.
    assert quick(connection) is None
    with pytest.raises(UnreachableError, match=r"SSL validation failed.*certificate verify failed") as caught:
        Studio(connection).call("ListDomains")
    hint = caught.value.hint or ""
    assert "AWS_CA_BUNDLE in the environment, or ca_bundle in the profile" in hint
    assert (f"{tmp_path / OTHER} ({setting})" in hint) == (setting is not None)
    assert guarded.calls.total() == 0


@pytest.mark.parametrize("setting", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "ca_bundle of the profile"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_told_plainly(
    guarded: GuardedAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, content: str | None
) -> None:
    file = tmp_path / "bundle.pem"
    if content is not None:
        file.write_text(content)
    connection = connect(tmp_path, name_bundle(tmp_path, monkeypatch, setting, file))
    for ask in (lambda: Studio(connection).call("ListDomains"), lambda: quick(connection)):
        with pytest.raises(ValidationError, match=rf"the certificates in {file} cannot be read") as caught:
            ask()
        assert caught.value.hint == f"Set {setting} right."


def name_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, file: Path) -> str | None:
    """Name a file of certificates; gives the profile that has it."""
    if setting.isupper():
        monkeypatch.setenv(setting, str(file))
        return None
    keys = "aws_access_key_id = AKID\naws_secret_access_key = secret\n"
    (tmp_path / "config").write_text(f"[profile inside]\n{keys}ca_bundle = {file}\n")
    return "inside"


def test_a_proxy_that_is_not_there_is_named(
    guarded: GuardedAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(UnreachableError, match=r"proxy URL: .*127\.0\.0\.1:9") as caught:
        Studio(connect(tmp_path)).call("ListDomains")
    assert "NO_PROXY" in (caught.value.hint or "")
