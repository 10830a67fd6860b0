"""Apps whose engine, server or directory goes away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from apps_help import PROFILE, Browser, app, moved_on
from engine_process import EngineProcess, until
from local_engine_parts import Parts

from jupyter_sm_ext.engine.apps.processes import MARKER

SMALL = {"InstanceType": "ml.t3.medium"}


def servers(data_dir: Path) -> list[psutil.Process]:
    """The app servers of a data directory, however they came to be."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get(MARKER, "").startswith(str(data_dir))
            if ours and "jupyter_sm_ext.engine.apps.jupyter" in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path) -> Iterator[None]:
    yield
    for server in servers(tmp_path):
        server.kill()


def test_an_app_outlives_its_engine_and_is_adopted(new_engine: Callable[..., EngineProcess]) -> None:
    engine = new_engine().start()
    domain_id = engine.client("sagemaker").list_domains()["Domains"][0]["DomainId"]
    key = {"DomainId": domain_id, **app("KernelGateway", "a")}

    def status() -> str:
        found: str = engine.client("sagemaker").describe_app(**key)["Status"]
        return found

    engine.client("sagemaker").create_app(**key, ResourceSpec=SMALL)
    engine.kill()
    engine.start()
    until(lambda: servers(engine.data_dir))
    engine.kill()
    engine.start()
    until(lambda: status() == "InService", 60)
    (server,) = servers(engine.data_dir)
    engine.kill()
    assert server.is_running()
    engine.start()
    assert status() == "InService"

    url = engine.client("sagemaker").create_presigned_domain_url(
        DomainId=domain_id, **PROFILE, LandingUri="app:KernelGateway/a:api/kernelspecs"
    )["AuthorizedUrl"]
    browser = Browser()
    reply, text, final = browser.ask(url)
    assert (reply, "python3" in json.loads(text)["kernelspecs"]) == (200, True)
    base = final.removesuffix("api/kernelspecs")
    assert base.endswith("/kernelgateway/a/")
    assert browser.write(base, "api/kernels", {"name": "python3"})[0] == 201
    (kernel,) = until(server.children)

    engine.client("sagemaker").delete_app(**key)
    engine.kill()
    engine.start()
    until(lambda: status() == "Deleted", 60)
    assert psutil.wait_procs([server, kernel], timeout=10)[1] == []
    assert list((engine.data_dir / "apps").iterdir()) == []
    assert engine.terminate() == 0


def test_an_app_that_dies_has_failed(new_engine: Callable[..., EngineProcess]) -> None:
    engine = new_engine().start()
    client = engine.client("sagemaker")
    domain_id = client.list_domains()["Domains"][0]["DomainId"]
    key = {"DomainId": domain_id, **app("KernelGateway", "a")}
    client.create_app(**key, ResourceSpec=SMALL, RecoveryMode=True)
    until(lambda: client.describe_app(**key)["Status"] == "InService", 60)
    (server,) = servers(engine.data_dir)
    assert Path(server.environ()["HOME"]).parent.parent == engine.data_dir / "apps"
    assert Path(server.cwd()) == engine.data_dir / "user-profiles" / key["DomainId"] / "default"
    server.kill()
    until(lambda: client.describe_app(**key)["Status"] == "Failed", 60)
    found: dict[str, Any] = client.describe_app(**key)
    assert found["FailureReason"].startswith("InternalServerError: the Jupyter Server ended by itself: ")
    client.create_app(**key, ResourceSpec=SMALL)
    client.delete_app(**key)  # while it starts
    until(lambda: client.describe_app(**key)["Status"] == "Deleted", 60)
    assert servers(engine.data_dir) == []


def test_an_app_ends_when_its_directory_is_gone(new_engine: Callable[..., EngineProcess]) -> None:
    engine = new_engine().start()
    client = engine.client("sagemaker")
    key = {"DomainId": client.list_domains()["Domains"][0]["DomainId"], **app("KernelGateway", "a")}
    client.create_app(**key, ResourceSpec=SMALL)
    until(lambda: client.describe_app(**key)["Status"] == "InService", 60)
    (server,) = servers(engine.data_dir)
    engine.kill()
    (directory,) = (engine.data_dir / "apps").iterdir()
    directory.rename(engine.data_dir / "elsewhere")
    assert psutil.wait_procs([server], timeout=30)[1] == []


def test_an_app_that_cannot_be_started(parts: Parts) -> None:
    domain_id = parts.call("ListDomains")["Domains"][0]["DomainId"]
    key = {"DomainId": domain_id, **app("JupyterServer")}
    (parts.engine.data_dir / "user-profiles").write_text("in the way")
    parts.call("CreateApp", **key)
    found = moved_on(parts, key, "Failed")
    assert "cannot be started" in found["FailureReason"]
    assert "user-profiles" in found["FailureReason"]
