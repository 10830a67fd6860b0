"""What becomes of kernels on apps when something breaks: nothing lost in silence or doubled, nobody left waiting."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from apps_running import ask_app, new_space, start_app, stop_app
from far_clients import FarClient, far_client, text
from wires import Wire, session_file, wire_to

from jupyter_sm_ext.engine.apps import tickets
from jupyter_sm_ext.studio import Studio

# At some numbers it waits for a file: what is said in the instant in which a server notices a broken wire, is lost.
STEPS = """
import pathlib, time
for n in range({}):
    print(n, flush=True)
    while n in {} and not pathlib.Path(f"{}-{{n}}").exists():
        time.sleep(0.01)
    time.sleep(0.01)
"""


@pytest.fixture(scope="module")
def wire(far_studio: Studio, far_app: str) -> Iterator[Wire]:
    with wire_to(far_studio, far_app) as wire:
        yield wire


@pytest.fixture(scope="module")
def far(far_studio: Studio, far_app: str, wire: Wire) -> Iterator[FarClient]:
    with far_client(far_studio.connection.data_dir, far_app, "--patience", "15") as client:
        yield client


@pytest.fixture(scope="module")
def folder(far_studio: Studio, far_app: str) -> Path:
    """The app's directory, which is on this machine."""
    domain, _, space, *_ = far_app.split("/")
    return far_studio.connection.data_dir / "spaces" / domain / space


@pytest.fixture(scope="module")
def strict(far_studio: Studio, far_app: str, wire: Wire) -> Iterator[FarClient]:
    """One without patience, and with the limit of an app's server as it is shipped, but for a factor of ten."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_SM_MAX_MESSAGE_MIB", "1")
        with far_client(far_studio.connection.data_dir, far_app, "--patience", "1") as client:
            yield client


def until(true: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return found


def sessions(studio: Studio, app: str) -> set[str]:
    return {one["id"] for one in ask_app(studio, app, "GET", "api/sessions")}


def process(far: FarClient) -> psutil.Process:
    return psutil.Process(far.manager.provisioner.process.pid)  # type: ignore[union-attr]


def exit_code(far: FarClient) -> int:
    found = far.manager.provisioner.process.wait(30)  # type: ignore[union-attr]
    return int(found)


def app_process(studio: Studio, space: str) -> psutil.Process:
    """The Jupyter Server of a space's app."""
    for started in (studio.connection.data_dir / "apps").glob("*/started.json"):
        spec = json.loads((started.parent / "spec.json").read_text())
        if spec["root"].endswith(f"/{space}"):
            return psutil.Process(json.loads(started.read_text())["pid"])
    raise AssertionError(f"no app of {space}")


def test_a_wire_that_is_cut_twice_loses_and_doubles_nothing(far: FarClient, wire: Wire, folder: Path) -> None:
    id_ = far.client.execute(STEPS.format(120, (20, 60), "twice"))
    said = far.until("\n20\n")
    wire.cut()
    (folder / "twice-20").touch()
    said += far.until("\n60\n")
    wire.refusing.set()
    wire.cut()
    # Goes on while nobody is connected.
    (folder / "twice-60").touch()
    time.sleep(0.1)
    wire.refusing.clear()
    reply, outputs = far.finish(id_)
    assert reply["status"] == "ok"
    assert [int(line) for line in (said + text(outputs)).split()] == list(range(120))
    assert text(outputs, "stderr") == ""


def test_a_cell_that_ends_while_the_wire_is_cut(far: FarClient, wire: Wire, folder: Path) -> None:
    id_ = far.client.execute(STEPS.format(20, (3,), "ends"))
    said = far.until("3\n")
    wire.refusing.set()
    wire.cut()
    (folder / "ends-3").touch()
    # Longer than the cell takes; the user is told.
    before, _, told = far.until("it is tried again. The cell goes on.").partition("[")
    assert told.startswith("The connection to the app is lost (")
    said += before
    wire.refusing.clear()
    reply, outputs = far.finish(id_)
    assert reply["status"] == "ok"
    assert [int(line) for line in (said + text(outputs)).split()] == list(range(20))


def test_output_that_was_lost_on_the_way_is_told(far: FarClient, wire: Wire, folder: Path) -> None:
    id_ = far.client.execute(STEPS.format(100, (10, 40), "lost"))
    said = far.until("\n10\n")
    wire.swallow("server")
    (folder / "lost-10").touch()
    until(lambda: wire.swallowed["server"].count(b'"stream"') > 5, "nothing is lost")
    wire.tear()
    (folder / "lost-40").touch()
    reply, outputs = far.finish(id_)
    assert reply["status"] == "ok"
    numbers = [int(line) for line in (said + text(outputs)).split()]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 99
    assert len(numbers) < 100
    assert "of the kernel's messages were lost" in text(outputs, "stderr")


def test_an_answer_that_was_lost_on_the_way_is_an_error(far: FarClient, wire: Wire) -> None:
    id_ = far.client.execute("import time\nprint('begun', flush=True)\ntime.sleep(0.5)\ndone = True")
    far.until("begun")
    wire.swallow("server")
    until(lambda: b'"execute_reply"' in wire.swallowed["server"], "the answer is not lost")
    wire.tear()
    reply, outputs = far.finish(id_)
    assert (reply["status"], reply["ename"]) == ("error", "RemoteKernelError")
    assert "its answer was lost" in reply["evalue"]
    assert outputs[-1]["msg_type"] == "error"
    assert text(far.run("print(done)")[1]) == "True\n"


def test_a_request_that_was_lost_on_the_way_is_an_error_or_asked_again(far: FarClient, wire: Wire) -> None:
    wire.swallow("client")
    id_ = far.client.execute("done = 'twice'")
    size = len(until(lambda: wire.swallowed["client"], "the request is not lost"))
    info = far.client.kernel_info()
    until(lambda: len(wire.swallowed["client"]) > size, "the other request is not lost")
    wire.tear()
    reply, outputs = far.finish(id_)
    assert "has probably not run" in reply["evalue"]
    assert [one["msg_type"] for one in outputs] == ["error"]
    assert far.reply(info)["content"]["implementation"] == "ipython"
    assert text(far.run("print(done)")[1]) == "True\n"


def test_a_kernel_that_dies_is_told_of_and_there_again(far: FarClient) -> None:
    far.run("kept = 1")
    waiting = far.client.execute("import os, signal, time\ntime.sleep(0.2)\nos.kill(os.getpid(), signal.SIGKILL)")
    behind = far.client.execute("print('never')")
    reply, _ = far.finish(waiting)
    assert "was started again" in reply["evalue"]
    assert "was started again" in far.reply(behind)["content"]["evalue"]
    # As a front end does: what a kernel says before its server listens again is lost, here as on this machine.
    far.client.wait_for_ready(timeout=60)
    assert text(far.run("print('kept' in globals())")[1]) == "False\n"


def test_nobody_waits_longer_than_patience(strict: FarClient, wire: Wire) -> None:
    id_ = strict.client.execute("import time\nprint('begun', flush=True)\ntime.sleep(2)")
    strict.until("begun")
    wire.refusing.set()
    wire.cut()
    reply, _ = strict.finish(id_)
    assert "did not answer for" in reply["evalue"]
    assert "did not answer for" in strict.run("1")[0]["evalue"]
    told = strict.ask("control", "interrupt_request", {})["content"]
    assert (told["status"], "broke" in told["evalue"]) == ("error", True)
    wire.refusing.clear()
    until(lambda: strict.run("1")[0]["status"] == "ok", "it does not recover")


def test_a_message_that_the_app_would_not_take_is_refused_here(strict: FarClient) -> None:
    reply, _ = strict.run(f"a = '{'x' * 2_000_000}'")
    assert "has 1.9 MiB, but the app's Jupyter Server takes 1 MiB at most" in reply["evalue"]
    message = strict.client.session.msg("comm_msg", {"comm_id": "c", "data": {}})
    strict.client.session.send(strict.client.shell_channel.socket, message, buffers=[b"x" * 2_000_000])
    assert "1 MiB at most" in strict.until("at most")
    assert strict.run("1")[0]["status"] == "ok"


def test_a_session_that_ends_is_begun_again(far_studio: Studio, far_app: str) -> None:
    file = session_file(far_studio, far_app)
    kept = json.loads(file.read_text())
    spec = next(
        found
        for path in (far_studio.connection.data_dir / "apps").glob("*/spec.json")
        if (found := json.loads(path.read_text()))["root"].endswith("/far")
    )
    # A session as by a presigned URL, but of few seconds.
    ends = time.time() + 5
    ticket = tickets.issue(spec["secret"], user="default", path="lab", session_seconds=5)
    host = kept["base_url"].partition("://")[2].partition("/")[0]
    with httpx.Client(headers={"Host": host}) as browser:
        url = f"http://127.0.0.1:{host.partition(':')[2]}{spec['base_url']}auth?token={ticket}"
        answer = browser.get(url)
        cookies = {one.partition("=")[0]: one.partition("=")[2].partition(";")[0] for one in set_cookies(answer)}
    assert cookies.keys() == kept["cookies"].keys()
    file.write_text(json.dumps({**kept, "cookies": cookies}))
    with wire_to(far_studio, far_app) as wire, far_client(far_studio.connection.data_dir, far_app) as far:
        assert json.loads(file.read_text())["cookies"] == cookies
        id_ = far.client.execute("import time\nprint('begun', flush=True)\ntime.sleep(60)")
        far.until("begun")
        time.sleep(max(ends - time.time(), 0) + 0.1)
        wire.cut()
        assert far.ask("control", "interrupt_request", {})["content"] == {"status": "ok"}
        assert far.finish(id_)[0]["ename"] == "KeyboardInterrupt"
        assert json.loads(file.read_text())["cookies"] != cookies


def set_cookies(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 302
    return answer.headers.get_list("set-cookie")


def test_a_killed_proxy_leaves_nothing_behind_for_long(far_studio: Studio, far_app: str) -> None:
    before = sessions(far_studio, far_app)
    with far_client(far_studio.connection.data_dir, far_app) as far:
        left = sessions(far_studio, far_app) - before
        assert len(left) == 1
        process(far).kill()
        far.manager.provisioner.process.wait(30)  # type: ignore[union-attr]
    assert left <= sessions(far_studio, far_app)
    with far_client(far_studio.connection.data_dir, far_app):
        until(lambda: not left & sessions(far_studio, far_app), "the orphan is not ended")
    assert sessions(far_studio, far_app) == before


def test_it_ends_with_the_jupyter_server_that_started_it(far_studio: Studio, far_app: str) -> None:
    before = sessions(far_studio, far_app)
    code = (
        "import sys, time, far_clients, pathlib\n"
        f"made = far_clients.manager(pathlib.Path({str(far_studio.connection.data_dir)!r}), {far_app!r})\n"
        "made.start_kernel()\nfar_clients.FarClient(made)\nprint('ready', flush=True)\ntime.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        assert len(sessions(far_studio, far_app) - before) == 1
    finally:
        server.send_signal(signal.SIGKILL)
        server.communicate()
    until(lambda: sessions(far_studio, far_app) == before, "the far kernel outlives its server")


def test_an_app_that_is_killed_and_one_that_is_deleted_under_a_cell(far_studio: Studio) -> None:
    domain = new_space(far_studio, "gone")
    key = start_app(far_studio, domain, "space", "gone", "JupyterLab", "default")
    with far_client(far_studio.connection.data_dir, key) as far:
        id_ = far.client.execute("import time\nprint('begun', flush=True)\ntime.sleep(60)")
        far.until("begun")
        server = app_process(far_studio, "gone")
        server.kill()
        reply, _ = far.finish(id_)
        assert "is not running: it is Failed" in reply["evalue"]
        assert "%sm start gone" in reply["evalue"]
        assert exit_code(far) == 1
        # As Jupyter does with a kernel that died.
        far.manager.restart_kernel(now=True)
        far.client.wait_for_ready(timeout=60)
        reply, outputs = far.run("1")
        assert (reply["ename"], outputs[-1]["msg_type"]) == ("RemoteKernelError", "error")
        assert "is not running" in reply["evalue"]
        assert "%sm start gone" in far.client.kernel_info(reply=True, timeout=30)["content"]["banner"]
        assert far.ask("shell", "is_complete_request", {"code": "1"})["content"]["status"] == "error"
        start_app(far_studio, *key.split("/"))
        assert text(far.run("print('there')")[1]) == "there\n"
        id_ = far.client.execute("import time\nprint('begun', flush=True)\ntime.sleep(60)")
        far.until("begun")
        stop_app(far_studio, key)
        reply, _ = far.finish(id_)
        assert "is not running: it is Delet" in reply["evalue"]
        assert exit_code(far) == 1


def test_a_kernel_that_was_shut_down_on_the_app_is_gone(strict: FarClient, far_studio: Studio, far_app: str) -> None:
    states = (far_studio.connection.data_dir / "remote").glob("kernel-*.json")
    (mine,) = [state for path in states if (state := json.loads(path.read_text()))["pid"] == process(strict).pid]
    id_ = strict.client.execute("import time\nprint('begun', flush=True)\ntime.sleep(60)")
    strict.until("begun")
    ask_app(far_studio, far_app, "DELETE", f"api/sessions/{mine['session']}")
    reply, _ = strict.finish(id_)
    assert reply["status"] == "error"
    assert exit_code(strict) == 1
