"""Connections to an AWS whose quotas, prices and policies tests decide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from checks_help import CODES, TRN1, Json
from engine_process import EngineProcess
from fake_services import FakeServices, product
from faulty_aws import FaultyAWS

from jupyter_sm_ext.checks import account_quotas, kept_answers
from jupyter_sm_ext.connections.connection import Choice, Connection, open_connection
from jupyter_sm_ext.engine.quotas import catalog


@pytest.fixture
def services(aws: FaultyAWS, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServices]:
    with FakeServices().serving() as services:
        for name, value in services.environment.items():
            monkeypatch.setenv(name, value)
        services.products = [product(TRN1, "1.6100000000"), product("ml.t3.medium", "0.05")]
        yield services


@pytest.fixture
def fresh(services: FakeServices, data_dir: Path) -> Connection:
    """A connection that has asked nothing yet."""
    return open_connection(Choice("aws"), data_dir)


@pytest.fixture
def connection(fresh: Connection) -> Connection:
    """One that knows the codes of the lines, which takes a while to learn."""
    codes = {account_quotas._plain(quota.name): (quota.name, quota.code) for quota in catalog().values()}
    kept_answers.KeptAnswer(fresh.data_dir, CODES).write(codes)
    return fresh


@pytest.fixture
def request_(engine_behind: EngineProcess) -> Json:
    domain = engine_behind.client("sagemaker").list_domains()["Domains"][0]["DomainId"]
    spec = {"InstanceType": TRN1}
    return {"DomainId": domain, "SpaceName": "s", "AppType": "JupyterLab", "AppName": "default", "ResourceSpec": spec}
