"""What REST reads goes through the proxy of the environment, and tells plainly what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess
from guarded_aws import AUTHORITY, HOST, OTHER, GuardedAWS, Tunnel


@pytest.fixture
def tunnel(engine_behind: EngineProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tunnel]:
    """The only way to AWS; its certificate is trusted."""
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    guarded = GuardedAWS(engine_behind.data_dir, tmp_path)
    with guarded.serving(), Tunnel(guarded.port).serving() as tunnel:
        for name, value in {
            **guarded.environment,
            "AWS_ENDPOINT_URL": f"https://{HOST}",
            "AWS_CA_BUNDLE": str(tmp_path / AUTHORITY),
            "AWS_MAX_ATTEMPTS": "1",
            "HTTPS_PROXY": f"http://{tunnel.address}",
            "JUPYTER_SM_DATA_DIR": str(tmp_path / "sm-data"),
        }.items():
            monkeypatch.setenv(name, value)
        yield tunnel


async def test_reads_go_through_the_proxy(
    api: Any, tunnel: Tunnel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await api("PUT", "/connection", {"kind": "aws"})).json["state"] == "ready"
    asked = len(tunnel.asked)
    assert asked > 0
    assert (await api("GET", "/domains")).json["Domains"]
    [watched] = (await api("POST", "/watches", {"viewer": "v", "watches": [{"kind": "domains", "key": []}]})).json[
        "watches"
    ]
    assert watched["items"]
    assert len(tunnel.asked) > asked
    assert {*tunnel.asked} == {f"{HOST}:443"}

    # Another choice makes other clients.
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / OTHER))
    assert (await api("PUT", "/connection", {"kind": "aws", "region": "us-west-2"})).json["state"] == "unreachable"
    refused = await api("GET", "/domains")
    assert (refused.status, refused.json["code"]) == (502, "SSLError")
    assert f"{tmp_path / OTHER} (AWS_CA_BUNDLE)" in refused.json["hint"]
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    assert (await api("PUT", "/connection", {"kind": "aws", "region": "eu-west-1"})).status == 200
    refused = await api("GET", "/domains")
    assert (refused.status, refused.json["hint"]) == (400, "Set AWS_CA_BUNDLE right.")
