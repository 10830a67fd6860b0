"""One suite of boto3 cases, and the backends it runs over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from contract_backend import Backend, running_engine, running_moto

# What a difference may look like; anything else is a mistake in the case.
DIFFERENCES = (AssertionError, BotoCoreError, ClientError, LookupError, pytest.fail.Exception)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "moto_differs(reason): moto lacks this or gets it wrong, and the case fails there; it passes on the engine. "
        "A case that moto learns to pass is reported, so that the mark goes.",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("moto_differs")
        if mark is not None and getattr(item, "callspec", None) and item.callspec.params.get("backend") == "moto":
            (reason,) = mark.args
            item.add_marker(pytest.mark.xfail(strict=True, raises=DIFFERENCES, reason=f"moto: {reason}"))


@pytest.fixture(scope="session")
def _engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with running_engine(tmp_path_factory.mktemp("engine")) as made:
        yield made


@pytest.fixture(scope="session")
def _moto() -> Iterator[Backend]:
    with running_moto() as made:
        yield made


@pytest.fixture(scope="session", params=["engine", "moto"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Something that speaks SageMaker's protocol; shared, so that each case uses names of its own.

    Each has a fixture of its own, which lives on when the next file begins with the other.
    """
    found: Backend = request.getfixturevalue(f"_{request.param}")
    return found
