"""What a notebook asks of a kernel, asked of one on an app."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from apps_running import ask_app
from far_clients import FarClient, client_of, manager, text
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session
from wires import session_file

from jupyter_sm_ext.studio import Studio

COMM = """
from comm import create_comm, get_comm_manager
import hashlib

def opened(comm, message):
    @comm.on_msg
    def _(message):
        buffers = [bytes(buffer) for buffer in message["buffers"]]
        comm.send({"seen": [hashlib.sha256(buffer).hexdigest() for buffer in buffers]}, buffers=buffers[::-1])

get_comm_manager().register_target("mirror", opened)
"""


@pytest.fixture(scope="module")
def far(far_studio: Studio, far_app: str) -> Iterator[FarClient]:
    """One for all, encrypted on its way within this machine, and with a sign of life in between whatever is tested."""
    made = manager(far_studio.connection.data_dir, far_app, "--keep-alive", "0.3")
    made.transport_encryption = "required"
    with client_of(made) as client:
        yield client


def kernels(studio: Studio, app: str) -> dict[str, Any]:
    """Kernels of an app that have a session, by id."""
    return {one["kernel"]["id"]: one for one in ask_app(studio, app, "GET", "api/sessions")}


def test_code_runs_on_the_app(far: FarClient, far_studio: Studio, far_app: str) -> None:
    reply, outputs = far.run("import os; print(os.getcwd(), os.environ['SAGEMAKER_SPACE_NAME']); 1 + 1")
    assert reply["status"] == "ok"
    assert text(outputs) == f"{far_studio.connection.data_dir}/spaces/{far_app.split('/')[0]}/far far\n"
    assert [one["content"]["data"]["text/plain"] for one in outputs if one["msg_type"] == "execute_result"] == ["2"]
    (session,) = kernels(far_studio, far_app).values()
    assert session["type"] == "console"


def test_an_error_is_the_kernels_own(far: FarClient) -> None:
    reply, outputs = far.run("1 / 0")
    assert (reply["status"], reply["ename"]) == ("error", "ZeroDivisionError")
    assert outputs[-1]["msg_type"] == "error"
    assert any("ZeroDivisionError" in line for line in outputs[-1]["content"]["traceback"])


def test_input_is_asked_for(far: FarClient) -> None:
    id_ = far.client.execute("print('hello', input('who? '))", allow_stdin=True)
    asked = far.client.get_stdin_msg(timeout=30)
    assert asked["content"]["prompt"] == "who? "
    far.client.input("far\nworld")
    reply, outputs = far.finish(id_)
    assert reply["status"] == "ok"
    assert text(outputs) == "hello far\nworld\n"


@pytest.mark.parametrize("way", ["message", "signal"])
def test_what_runs_is_interrupted(far: FarClient, way: str) -> None:
    id_ = far.client.execute("import time\nprint('begun', flush=True)\ntime.sleep(60)")
    far.until("begun")
    if way == "message":
        assert far.ask("control", "interrupt_request", {})["content"] == {"status": "ok"}
    else:
        os.kill(far.manager.provisioner.process.pid, signal.SIGINT)  # type: ignore[union-attr]
    reply, _ = far.finish(id_)
    assert reply["ename"] == "KeyboardInterrupt"
    assert far.run("1")[0]["status"] == "ok"


def test_comms_carry_binary_data_both_ways(far: FarClient) -> None:
    far.run(COMM)
    far.client.session.send(
        far.client.shell_channel.socket, "comm_open", {"comm_id": "c", "target_name": "mirror", "data": {}}
    )
    buffers = [os.urandom(20_000_000), b"", os.urandom(1_000_001)]
    message = far.client.session.msg("comm_msg", {"comm_id": "c", "data": {}})
    far.client.session.send(far.client.shell_channel.socket, message, buffers=buffers)
    deadline = time.monotonic() + 60
    while True:
        told = far.client.get_iopub_msg(timeout=deadline - time.monotonic())
        if told["msg_type"] == "comm_msg":
            break
    assert told["content"]["data"]["seen"] == [hashlib.sha256(buffer).hexdigest() for buffer in buffers]
    assert [bytes(buffer) for buffer in told["buffers"]] == buffers[::-1]


def test_much_output_comes_whole_and_in_order(far: FarClient) -> None:
    code = "for n in range(500): print(f'{n:04}' + 'x' * 99_995)"
    reply, outputs = far.run(code)
    assert reply["status"] == "ok"
    said = text(outputs)
    assert len(said) == 500 * 100_000
    assert [int(line[:4]) for line in said.splitlines()] == list(range(500))


def test_what_an_editor_asks(far: FarClient) -> None:
    info = far.ask("shell", "kernel_info_request", {})["content"]
    assert (info["implementation"], info["language_info"]["name"]) == ("ipython", "python")
    assert "kernel subshells" in info["supported_features"]
    far.run("a_long_name = 1")
    told = far.ask("shell", "inspect_request", {"code": "a_long_name", "cursor_pos": 3, "detail_level": 0})
    assert told["content"]["found"]
    told = far.ask("shell", "history_request", {"hist_access_type": "tail", "n": 1, "output": False, "raw": True})
    assert told["content"]["history"][-1][2] == "a_long_name = 1"


def test_a_subshell_answers_while_a_cell_runs(far: FarClient) -> None:
    id_ = far.client.execute("import time\nfor _ in range(600):\n    time.sleep(0.1)")
    subshell = far.ask("control", "create_subshell_request", {})["content"]["subshell_id"]
    request = {"code": "print('beside')", "silent": False, "store_history": False, "user_expressions": {}}
    reply = far.ask("shell", "execute_request", {**request, "allow_stdin": False}, subshell_id=subshell)
    assert reply["content"]["status"] == "ok"
    assert far.ask("control", "list_subshell_request", {})["content"]["subshell_id"] == [subshell]
    assert far.ask("control", "delete_subshell_request", {"subshell_id": subshell})["content"]["status"] == "ok"
    far.manager.interrupt_kernel()
    assert far.reply(id_)["content"]["ename"] == "KeyboardInterrupt"


def test_the_debugger_answers(far: FarClient) -> None:
    arguments = {"clientID": "t", "clientName": "t", "adapterID": "", "pathFormat": "path", "linesStartAt1": True}
    asked = {"type": "request", "seq": 1, "command": "initialize", "arguments": arguments}
    told = far.ask("control", "debug_request", asked)["content"]
    assert told["success"]
    assert told["body"]["supportsSetVariable"]
    attach = {"type": "request", "seq": 2, "command": "attach", "arguments": {"justMyCode": True}}
    assert far.ask("control", "debug_request", attach)["content"]["success"]
    event = far.client.get_iopub_msg(timeout=30)
    while event["msg_type"] != "debug_event":
        event = far.client.get_iopub_msg(timeout=30)
    end = {"type": "request", "seq": 3, "command": "disconnect", "arguments": {}}
    assert far.ask("control", "debug_request", end)["content"]["success"]


def test_who_begins_to_listen_is_greeted(far: FarClient) -> None:
    session = Session(key=far.manager.session.key)
    socket = far.manager.connect_iopub()
    try:
        assert socket.poll(10_000)
        told = session.deserialize(session.feed_identities(socket.recv_multipart())[1])
    finally:
        socket.close()
    assert (told["msg_type"], told["content"]) == ("iopub_welcome", {"subscription": ""})


def test_a_message_that_is_not_signed_is_not_heard(far: FarClient) -> None:
    content = {"code": "forged = 1", "silent": False, "store_history": False, "user_expressions": {}}
    socket = far.manager.connect_shell()
    try:
        Session(key=b"another key").send(socket, "execute_request", content)
        socket.send_multipart([b"no message"])
        assert not socket.poll(500)
    finally:
        socket.close()
    assert text(far.run("print('forged' in globals())")[1]) == "False\n"


def test_two_kernels_on_one_app_are_two_and_keep_its_secrets(
    far: FarClient, far_studio: Studio, far_app: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with client_of(manager(far_studio.connection.data_dir, far_app)) as other:
        far.run("mine = 1")
        assert text(other.run("print('mine' in globals())")[1]) == "False\n"
        assert len(kernels(far_studio, far_app)) == 2
        process = psutil.Process(other.manager.provisioner.process.pid)  # type: ignore[union-attr]
        shown = " ".join(process.cmdline()) + str(process.environ())
    assert len(kernels(far_studio, far_app)) == 1
    shown += "".join(capfd.readouterr())
    folder = far_studio.connection.data_dir / "remote"
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.glob("*.json"))
    cookies = json.loads(session_file(far_studio, far_app).read_text())["cookies"]
    assert len(cookies) == 2
    assert not any(cookie in shown for cookie in cookies.values())


def test_a_busy_kernel_keeps_its_app_in_use(far: FarClient, far_studio: Studio, far_app: str) -> None:
    def last() -> str:
        (session,) = kernels(far_studio, far_app).values()
        return str(session["kernel"]["last_activity"])

    id_ = far.client.execute("import time; time.sleep(60)")
    deadline = time.monotonic() + 30
    seen: set[str] = set()
    while len(seen) < 4:
        assert time.monotonic() < deadline, "a silent cell does not count as activity"
        time.sleep(0.1)
        seen.add(last())
    far.manager.interrupt_kernel()
    _, outputs = far.finish(id_)
    assert [one["msg_type"] for one in outputs if one["msg_type"] != "debug_event"] == ["execute_input", "error"]


def test_a_restart_keeps_the_kernel_and_nothing_in_it(far: FarClient, far_studio: Studio, far_app: str) -> None:
    far.run("before = 1")
    known = kernels(far_studio, far_app)
    far.manager.restart_kernel(now=False)
    far.client.wait_for_ready(timeout=60)
    assert text(far.run("print('before' in globals())")[1]) == "False\n"
    assert kernels(far_studio, far_app).keys() == known.keys()
    far.run("before = 1")
    # Killed, as Jupyter does with a kernel that does not end; its proxy is new, too.
    far.manager.restart_kernel(now=True)
    far.client.wait_for_ready(timeout=60)
    assert text(far.run("print('before' in globals())")[1]) == "False\n"
    assert kernels(far_studio, far_app).keys() == known.keys()


def test_what_cannot_start_says_why(far_studio: Studio, far_app: str, tmp_path: Path) -> None:
    def complaint(file: Path, app: str) -> str:
        command = [sys.executable, "-m", "jupyter_sm_ext.remote", "-f", str(file), "--connection", "local"]
        ended = subprocess.run(
            [*command, "--app", app, "--kernel", "python3"], capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 2
        return ended.stderr

    assert "the kernel cannot start" in complaint(tmp_path / "nothing.json", far_app)
    file, _ = write_connection_file(str(tmp_path / "kernel.json"))
    assert "names no app" in complaint(Path(file), "far")
