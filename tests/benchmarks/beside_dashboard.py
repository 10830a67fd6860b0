"""A study of 5,000 trials in optuna-dashboard, and the same as a tuning job in our view, side by side in a browser.

    python tests/benchmarks/beside_dashboard.py [--trials 5000] [--rounds 7]

Each round opens each page in a browser context of its own, so that nothing is cached there. Both servers have seen the
study before: optuna-dashboard has it in memory, our hub has read its pages. Usable is when, counted from the
navigation, the chart of all objectives is drawn and rows of the table are there; optuna-dashboard has these on two
pages, so that each is measured on its own. Work of the main thread is Chromium's account of the time until three
seconds later.

Needs optuna-dashboard (the group ``bench``), the development dependencies of labextension/ (``jlpm``) and a browser
(``JUPYTER_SM_TEST_BROWSER``).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from aws_process import aws_of
from large_view import bundle, main_thread
from playwright.sync_api import Browser, sync_playwright
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, StaticFileHandler

from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.hub import Hub

HERE = Path(__file__).parent
SETTLE = 3_000  # ms
WATCH = {"kind": "tuning-jobs", "key": ["large"]}
PAGE = """<!doctype html><meta charset=utf-8><title>view</title><link rel=stylesheet href=page.css>
<script src=page.js></script><body><script>
fetch('watches', {method: 'POST'}).then(answer => answer.json()).then(found => page.show(found.watches[0]));
</script>"""
# Each gives the time since the navigation as soon as it is so.
ROWS = "document.querySelectorAll('tbody tr').length > 5"
OURS = f"""() => {ROWS} && [...document.querySelectorAll('.jp-sm-plot canvas')].some(canvas => canvas.width > 0 &&
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(byte => byte !== 0))
    && performance.now()"""
THEIR_PLOT = "() => document.querySelectorAll('#plot-history .point').length > {points} && performance.now()"
THEIR_LIST = r"""() => document.querySelectorAll('li').length > 20 && /Trial \d/.test(document.body.innerText)
    && performance.now()"""


@dataclass(frozen=True)
class Opened:
    """What opening a page once has cost."""

    usable: float
    script: float
    task: float
    received: float


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--screenshots", type=Path)
    options = parser.parse_args()
    found = os.environ.get("JUPYTER_SM_TEST_BROWSER") or shutil.which("chromium")
    with our_view(options.trials) as ours, dashboard(options.trials) as theirs, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        plot = THEIR_PLOT.replace("{points}", str(options.trials * 9 // 10))
        contenders = {
            "our view: charts and table": (ours, OURS),
            "optuna-dashboard: charts": (f"{theirs}/dashboard/studies/0", plot),
            "optuna-dashboard: list of trials": (f"{theirs}/dashboard/studies/0/trials", THEIR_LIST),
        }
        seen: dict[str, list[Opened]] = {name: [] for name in contenders}
        for _ in range(options.rounds):
            for name, (url, usable) in contenders.items():
                seen[name].append(opened(browser, url, usable, options.screenshots and options.screenshots / name))
        told = f"Chromium {browser.version}, optuna-dashboard {version('optuna-dashboard')}"
        browser.close()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {told}; medians of {options.rounds} rounds\n")
    print(f"| {options.trials} trials | usable after, s | script, s | main thread, s | received, MB |")
    print("|---|---|---|---|---|")
    for name, rounds in seen.items():
        figures = [
            statistics.median(getattr(each, figure) for each in rounds)
            for figure in ("usable", "script", "task", "received")
        ]
        print(f"| {name} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |")


def opened(browser: Browser, url: str, usable: str, screenshot: Path | None) -> Opened:
    """Open a page as for the first time."""
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    page = context.new_page()
    session = context.new_cdp_session(page)
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Performance.enable")
    page.goto(url, wait_until="commit")
    after = float(page.wait_for_function(usable, polling="raf", timeout=180_000).json_value())
    page.wait_for_timeout(SETTLE)
    spent = main_thread(session)
    if screenshot is not None:
        screenshot.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=screenshot.with_name(f"{screenshot.name}.png"))
    context.close()
    return Opened(after / 1000, spent["Script"], spent["Task"], sum(received) / 1e6)


@contextmanager
def dashboard(trials: int) -> Iterator[str]:
    """The address of an optuna-dashboard of the study."""
    command = [sys.executable, str(HERE / "dashboard_peer.py"), str(trials)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


@contextmanager
def our_view(trials: int) -> Iterator[str]:
    """The address of a page with our view of the tuning job, which it gets from a hub as in JupyterLab."""
    with tempfile.TemporaryDirectory() as folder, aws_of("tuning_aws.py", "--trials", str(trials)) as environment:
        os.environ.update({name: value for name, value in environment.items() if name.startswith("AWS_")})
        bundle(Path(folder))
        Path(folder, "index.html").write_text(PAGE)
        ready, ends = threading.Event(), threading.Event()
        address: list[str] = []

        async def serve() -> None:
            studio = Studio(AwsConnection(Choice("aws"), Path(folder)))
            hub = Hub(lambda: studio, lambda change: None)

            class Watches(RequestHandler):
                async def post(self) -> None:
                    self.finish(json.dumps({"watches": await hub.look("tab", [WATCH], 0)}))

            files = {"path": folder, "default_filename": "index.html"}
            server = HTTPServer(Application([("/watches", Watches), ("/(.*)", StaticFileHandler, files)]))
            [socket] = bind_sockets(0, "127.0.0.1")
            server.add_socket(socket)
            await hub.look("tab", [WATCH], 0)
            address.append(f"http://127.0.0.1:{socket.getsockname()[1]}/")
            ready.set()
            await asyncio.get_running_loop().run_in_executor(None, ends.wait)
            server.stop()
            await hub.close()

        thread = threading.Thread(target=lambda: asyncio.run(serve()), name="our view")
        thread.start()
        try:
            if not ready.wait(120):
                raise RuntimeError("the hub has not read the job")
            yield address[0]
        finally:
            ends.set()
            thread.join()


if __name__ == "__main__":
    main()
