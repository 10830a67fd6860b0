"""Jupyter clients of kernels on apps, and what they do."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

Message = dict[str, Any]


def manager(data_dir: Path, app: str, *options: str) -> KernelManager:
    """A manager of a proxy, as Jupyter has it for a kernelspec."""
    command = [sys.executable, "-m", "jupyter_sm_ext.remote", "-f", "{connection_file}", "--data-dir", str(data_dir)]
    made = KernelManager()
    made._kernel_spec = KernelSpec(
        argv=[*command, "--connection", "local", "--app", app, "--kernel", "python3", *options],
        display_name="far",
        language="python",
        interrupt_mode="message",
        metadata={"supported_encryption": ["curve"]},
    )
    return made


class FarClient:
    """One client, and what it has heard."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client: BlockingKernelClient = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str, seconds: float = 60.0, **options: Any) -> tuple[Message, list[Message]]:
        """Run code; gives the content of the reply and all output."""
        return self.finish(self.client.execute(code, **options), seconds)

    def finish(self, id_: str, seconds: float = 60.0) -> tuple[Message, list[Message]]:
        """Wait until code that runs is done."""
        outputs: list[Message] = []
        deadline = time.monotonic() + seconds
        while True:
            told = self.client.get_iopub_msg(timeout=max(deadline - time.monotonic(), 0.01))
            if told["parent_header"].get("msg_id") != id_:
                continue
            if told["msg_type"] == "status":
                if told["content"]["execution_state"] == "idle":
                    break
            else:
                outputs.append(told)
        return self.reply(id_, seconds)["content"], outputs

    def reply(self, id_: str, seconds: float = 60.0, channel: str = "shell") -> Message:
        deadline = time.monotonic() + seconds
        get = getattr(self.client, f"get_{channel}_msg")
        while True:
            told: Message = get(timeout=max(deadline - time.monotonic(), 0.01))
            if told["parent_header"].get("msg_id") == id_:
                return told

    def until(self, text: str, seconds: float = 30.0) -> str:
        """Wait until some text was printed; gives all that was."""
        said = ""
        deadline = time.monotonic() + seconds
        while text not in said:
            told = self.client.get_iopub_msg(timeout=max(deadline - time.monotonic(), 0.01))
            said += told["content"].get("text", "") if told["msg_type"] == "stream" else ""
        return said

    def ask(self, channel: str, type_: str, content: Message, **header: Any) -> Message:
        """Any request, and its reply."""
        message = self.client.session.msg(type_, content)
        message["header"].update(header)
        getattr(self.client, f"{channel}_channel").send(message)
        return self.reply(message["header"]["msg_id"], channel=channel)

    def silent(self) -> bool:
        """Whether nothing more is heard on iopub for a moment."""
        try:
            self.client.get_iopub_msg(timeout=0.2)
        except Empty:
            return True
        return False

    def close(self) -> None:
        self.client.stop_channels()


def text(outputs: list[Message], name: str = "stdout") -> str:
    """What was printed."""
    found = [one["content"] for one in outputs if one["msg_type"] == "stream"]
    return "".join(content["text"] for content in found if content["name"] == name)


@contextmanager
def client_of(made: KernelManager) -> Iterator[FarClient]:
    """Start a proxy, and a client of it; both end, and so does the far kernel."""
    made.start_kernel()
    client: FarClient | None = None
    try:
        client = FarClient(made)
        yield client
    finally:
        if client is not None:
            client.close()
        made.shutdown_kernel(now=False)
        made.cleanup_resources()


def far_client(data_dir: Path, app: str, *options: str) -> AbstractContextManager[FarClient]:
    """A proxy with these options, and a client of it."""
    return client_of(manager(data_dir, app, *options))
