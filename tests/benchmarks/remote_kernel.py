"""What the way to an app adds to a kernel: a cell that does nothing, here and there, by turns."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from measure import Figure, interleave

import jupyter_sm_ext as sm


def no_op(connection: Any, rounds: int) -> Figure:
    """From the request to its reply and the kernel being idle again, over loopback."""
    with ExitStack() as stack:
        app = stack.enter_context(_app(sm.Studio(connection)))
        command = [sys.executable, "-m", "jupyter_sm_ext.remote", "-f", "{connection_file}", "--connection", "local"]
        far = [*command, "--app", app, "--kernel", "python3"]
        here = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        ours, peer = (stack.enter_context(_kernel(argv)) for argv in (far, here))
        times = interleave([lambda: _run(ours), lambda: _run(peer)], rounds, warm_up=50)
    return Figure("no-op cell on an app of the engine", *times, "local ipykernel", "at most 4 ms more")


def _run(client: BlockingKernelClient) -> float:
    begin = time.perf_counter()
    id_ = client.execute("pass")
    client.get_shell_msg(timeout=30)
    while True:
        told = client.get_iopub_msg(timeout=30)
        if told["parent_header"].get("msg_id") == id_ and told["content"].get("execution_state") == "idle":
            return time.perf_counter() - begin


@contextmanager
def _kernel(argv: list[str]) -> Iterator[BlockingKernelClient]:
    manager = KernelManager()
    manager._kernel_spec = KernelSpec(argv=argv, display_name="", language="python", interrupt_mode="message")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


@contextmanager
def _app(studio: sm.Studio) -> Iterator[str]:
    domain = studio.connection.domain_id
    assert domain is not None
    key = (domain, "profile", "default", "KernelGateway", "bench")
    request = {"DomainId": domain, "UserProfileName": "default", "AppType": "KernelGateway", "AppName": "bench"}
    studio.create("apps", {**request, "ResourceSpec": {"InstanceType": "ml.m5.large"}})
    studio.wait("apps", *key, timeout=60)
    try:
        yield "/".join(key)
    finally:
        studio.delete("apps", *key)
        studio.wait("apps", *key, timeout=60)
