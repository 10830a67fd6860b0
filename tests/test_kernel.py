"""A magic in a real kernel: the panel is redrawn in its place, and an interrupt ends the waiting but not the job."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel
from local_jobs import ENDLESS, running_engine

from jupyter_sm_ext.handles.handles import TrainingJob
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets.live import MIME_TYPE, SERVER_VARIABLE

SECONDS = 60


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("kernel")) as running:
        yield running


@pytest.fixture(scope="module")
def kernel(studio: Studio) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    environment = {**os.environ, "JUPYTER_SM_DATA_DIR": str(studio.connection.data_dir), SERVER_VARIABLE: "1"}
    manager, client = start_new_kernel(kernel_name="python3", env=environment)
    client.execute_interactive("%load_ext jupyter_sm_ext", timeout=SECONDS)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.context.destroy(0)


def test_the_panel_is_redrawn_in_its_place(kernel: tuple[KernelManager, BlockingKernelClient], tmp_path: Path) -> None:
    shown: list[dict[str, Any]] = []
    # The job ends only when its first picture has been seen.
    seen = tmp_path / "seen"
    source = f"import os, time\nwhile not os.path.exists({str(seen)!r}):\n    time.sleep(0.05)"

    def hook(message: dict[str, Any]) -> None:
        shown.append(message)
        if message["msg_type"] == "display_data":
            seen.touch()

    cell = f"%%sm_train --name redrawn --max-runtime 1m\n{source}"
    reply = kernel[1].execute_interactive(cell, timeout=SECONDS, output_hook=hook)
    assert reply["content"]["status"] == "ok"
    panels = [each for each in shown if MIME_TYPE in each["content"].get("data", {})]
    assert panels[0]["msg_type"] == "display_data"
    assert {each["msg_type"] for each in panels[1:]} == {"update_display_data"}
    assert len({each["content"]["transient"]["display_id"] for each in panels}) == 1
    assert "Completed" in panels[-1]["content"]["data"]["text/plain"]


def test_the_steps_of_an_action_are_redrawn_in_their_place(
    kernel: tuple[KernelManager, BlockingKernelClient], studio: Studio
) -> None:
    shown: list[dict[str, Any]] = []
    for cell in ("%sm create redrawn-space", "%sm delete redrawn-space --yes"):
        shown.clear()
        reply = kernel[1].execute_interactive(cell, timeout=SECONDS, output_hook=shown.append)
        assert reply["content"]["status"] == "ok", shown
        drawn = [each for each in shown if "text/html" in each["content"].get("data", {})]
        assert [each["msg_type"] for each in drawn[:2]] == ["display_data", "update_display_data"]
        assert len({each["content"]["transient"]["display_id"] for each in drawn}) == 1
        assert drawn[0]["content"]["data"]["text/plain"].startswith("▶ ")
        last = drawn[-1]["content"]["data"]
        assert last["text/plain"].startswith("✓ ")
        assert "space redrawn-space</li>" in last["text/html"]
    assert list(studio.list("spaces")) == []


def test_an_interrupt_ends_the_waiting_and_not_the_job(
    kernel: tuple[KernelManager, BlockingKernelClient], studio: Studio
) -> None:
    manager, client = kernel
    shown: list[dict[str, Any]] = []

    def hook(message: dict[str, Any]) -> None:
        shown.append(message)
        if message["msg_type"] == "display_data":
            manager.interrupt_kernel()

    reply = client.execute_interactive(f"%%sm_train --name endless\n{ENDLESS}", timeout=SECONDS, output_hook=hook)
    assert reply["content"]["status"] == "error"
    (error,) = [each["content"] for each in shown if each["msg_type"] == "error"]
    assert error["traceback"] == [
        "Stopped waiting; the job endless goes on. To wait again: .wait(); to end it: .stop()",
    ]
    job = TrainingJob("endless", studio=studio)
    assert job.status == "InProgress"
    job.stop()
    text: list[str] = []

    def read(message: dict[str, Any]) -> None:
        text.append(str(message["content"].get("text", "")))

    client.execute_interactive("job.wait(live=False); print(job.status)", timeout=SECONDS, output_hook=read)
    assert "".join(text) == "Stopped\n"


def test_a_failed_job_fails_the_cell_with_one_plain_line(
    kernel: tuple[KernelManager, BlockingKernelClient],
) -> None:
    shown: list[dict[str, Any]] = []
    cell = "%%sm_train --name failing\nraise KeyError('x')"
    reply = kernel[1].execute_interactive(cell, timeout=SECONDS, output_hook=shown.append)
    assert reply["content"]["status"] == "error"
    (error,) = [each["content"] for each in shown if each["msg_type"] == "error"]
    [told] = error["traceback"]
    assert told.startswith("failing Failed: AlgorithmError: KeyError: 'x'\n")
    assert told.endswith("Its log tells more: %sm logs failing")
