"""One engine and one running app for all tests of remote kernels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from apps_running import start_space, stop_app
from local_jobs import running_engine

from jupyter_sm_ext.studio import Studio


@pytest.fixture(scope="session")
def far_studio(own_machine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A Studio on an engine whose apps the tests share."""
    with running_engine(tmp_path_factory.mktemp("far") / "data") as studio:
        yield studio


@pytest.fixture(scope="session")
def far_app(far_studio: Studio) -> Iterator[str]:
    """Key of a running JupyterLab app."""
    key = start_space(far_studio)
    yield key
    stop_app(far_studio, key)


@pytest.fixture(autouse=True)
def data_dir(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Override: the shared engine's directory for tests that have one; starting one for each would cost a second."""
    shared = "far_studio" in request.fixturenames
    directory: Path = request.getfixturevalue("far_studio").connection.data_dir if shared else tmp_path / "sm-data"
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(directory))
    return directory
