"""What every test gets: a machine of its own, as far as the product can tell, and no way to the network."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract_backend import Backend, running_engine, running_moto
from engine_process import EngineProcess
from fault_proxy import FaultProxy
from faulty_aws import FaultyAWS
from jupyter_server.serverapp import ServerApp

from jupyter_sm_ext.connections import connection, connection_base, local_engine
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.studio import Studio

pytest_plugins = ["pytest_jupyter.jupyter_server"]

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start what is slow first: at the end of a run all but one processor would wait for it."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session", autouse=True)
def own_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An environment without the developer's AWS settings, Jupyter settings and data directory."""
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(("AWS_", "JUPYTER_SM_", "SM_", "SAGEMAKER_")) and not name.startswith("JUPYTER_SM_TEST_"):
            patch.delenv(name)
    for name, folder in {
        "AWS_CONFIG_FILE": "aws/config",
        "AWS_SHARED_CREDENTIALS_FILE": "aws/credentials",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "jupyter/config",
        "JUPYTER_DATA_DIR": "jupyter/data",
        "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
        "JUPYTER_SM_DATA_DIR": "jupyter_sm_ext",
    }.items():
        patch.setenv(name, str(home / folder))
    # A shell that starts the tests in the background has them, and all they start, ignore Ctrl-C.
    for name in (signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(name) is signal.SIG_IGN:
            signal.signal(name, signal.default_int_handler if name == signal.SIGINT else signal.SIG_DFL)
    # Without it botocore asks the network for an instance role where no credentials are found.
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield home
    patch.undo()


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory of the test's own, the default one while it runs; an engine started on it ends with the test."""
    directory = tmp_path / "sm-data"
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(directory))
    yield directory
    local_engine.stop(directory)


@pytest.fixture(autouse=True)
def own_connections(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test has connected to is not what this one finds, also where a file has another `data_dir`."""
    monkeypatch.setattr(connection, "_OF_THIS_PROCESS", connection.Connections())


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anywhere but this machine is an error, so no test can reach AWS by mistake."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            pytest.fail(f"the test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session", autouse=True)
def delete_output_dir() -> None:
    """Override pytest-playwright's, which empties ``test-results`` in runs without a browser, too."""


@pytest.fixture(autouse=True)
def jp_server_cleanup(jp_asyncio_loop: Any) -> Iterator[None]:
    """Override pytest-jupyter's, which makes a server for every test only to clean it up."""
    yield
    if not ServerApp.initialized():
        return
    app = ServerApp.instance()
    jp_asyncio_loop.run_until_complete(app._cleanup())
    if hasattr(app, "kernel_manager"):
        app.kernel_manager.context.destroy()
    ServerApp.clear_instance()


@pytest.fixture(scope="module")
def engine_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """An engine in a process of its own, for what stands before it."""
    engine = EngineProcess(tmp_path_factory.mktemp("engine-behind")).start()
    yield engine
    engine.close()


@pytest.fixture
def aws(engine_behind: EngineProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyAWS]:
    """An AWS that has the faults that a test gives it; boto3's default chain leads there, and tries once."""
    with FaultyAWS(engine_behind.data_dir).serving() as aws:
        for name, value in {**aws.environment, "AWS_MAX_ATTEMPTS": "1"}.items():
            monkeypatch.setenv(name, value)
        yield aws


@pytest.fixture(scope="session", params=["engine", "moto"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """Something that answers as AWS does, in a process of its own."""
    moto = request.param == "moto"
    with running_moto() if moto else running_engine(tmp_path_factory.mktemp("service")) as made:
        yield made


@pytest.fixture(scope="session")
def faults_before(service: Backend) -> Iterator[FaultProxy]:
    """What stands before it."""
    with FaultProxy(service.endpoint_url, service.key, service.secret, service.region).serving() as proxy:
        yield proxy


@pytest.fixture
def proxy(faults_before: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> FaultProxy:
    """It, without faults yet; boto3's default chain leads there, and tries once."""
    faults_before.recover()
    for name, value in {**faults_before.environment, "AWS_MAX_ATTEMPTS": "1"}.items():
        monkeypatch.setenv(name, value)
    return faults_before


@pytest.fixture(scope="session")
def studios() -> dict[str, Studio]:
    """The verbs by where they lead: clients read a large model when they are made."""
    return {}


@pytest.fixture
def far(proxy: FaultProxy, studios: dict[str, Studio], data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """The verbs over what has the faults, where the name of the service is `fault_proxy.NAME`; nobody is patient."""
    monkeypatch.setattr(socket, "getaddrinfo", proxy.resolving(socket.getaddrinfo))
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.named_url)
    monkeypatch.setattr(connection_base, "READ_SECONDS", 2)
    monkeypatch.setattr(AwsConnection, "pace", (0.02, 0.1))
    return studios.setdefault(proxy.named_url, Studio(AwsConnection(connection.Choice("aws"), data_dir)))
