"""The view of a tuning job of 10,000 trials in a browser: main-thread work of opening it and of one more trial.

    python tests/benchmarks/large_view.py [--trials 10000] [--screenshot view.png]

Needs the development dependencies of labextension/ (``jlpm``) and a browser (``JUPYTER_SM_TEST_BROWSER``). What is
drawn is a made-up job that is the same each time. Times are of the main thread alone, from Chromium's own account
(Performance.getMetrics: ScriptDuration, LayoutDuration, RecalcStyleDuration, TaskDuration).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser import chromium
from made_up import snapshot, trial
from measure import Figure
from playwright.sync_api import CDPSession, Page, sync_playwright

LABEXTENSION = Path(__file__).parents[2] / "labextension"


def main_thread(session: CDPSession) -> dict[str, float]:
    """Seconds that the main thread has worked so far, by what for."""
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return {name: metrics[f"{name}Duration"] for name in ("Script", "Layout", "RecalcStyle", "Task")}


def measured(page: Page, session: CDPSession, what: str, expression: str, argument: Any = None) -> None:
    """Evaluate something and print what it cost."""
    before = main_thread(session)
    page.evaluate(expression, argument)
    after = main_thread(session)
    spent = ", ".join(f"{name} {1000 * (after[name] - before[name]):.0f} ms" for name in after)
    nodes = page.evaluate("document.querySelectorAll('*').length")
    print(f"{what}: {spent}; {nodes} nodes")


def bundle(folder: Path) -> Path:
    """Build the page with the view alone, as one script and its style sheet beside it; returns the script."""
    made = folder / "page.js"
    esbuild = LABEXTENSION / "node_modules/.bin/esbuild"
    entry = LABEXTENSION / "test/large.entry.ts"
    command = [str(esbuild), str(entry), "--bundle", "--minify", "--loader:.svg=text", f"--outfile={made}"]
    subprocess.run(command, check=True, capture_output=True)
    return made


PAINTED = "async () => { const from = performance.now(); await page.show(first); return performance.now() - from; }"
CLICK = """async (column) => {
    const from = performance.now();
    document.querySelector(`th:nth-child(${column}) button`).click();
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - from;
}"""
# What timers of the page do, too, is work of the frame that comes after it; a message comes when a frame is painted.
FRAMES = """async (count) => {
    const frames = [];
    let [work, goes] = [0, true];
    const timed = run => { const from = performance.now(); run(); work += performance.now() - from; };
    const later = window.setTimeout;
    window.setTimeout = (run, pause) => later(() => timed(run), pause);
    const channel = new MessageChannel();
    let began = 0;
    channel.port1.onmessage = () => {
        frames.push(work + performance.now() - began);
        work = 0;
        if (goes) requestAnimationFrame(frame);
    };
    const frame = () => { began = performance.now(); channel.port2.postMessage(null); };
    requestAnimationFrame(frame);
    for (let step = 0; step < count; step += 1) {
        await new Promise(done => later(done, 100));
        const next = {...first, seq: first.seq + step + 1, training_jobs: [...first.training_jobs]};
        timed(() => page.show(next));
    }
    goes = false;
    return frames;
}"""


def figures(trials: int = 10_000, updates: int = 50, rounds: int = 3) -> Iterator[Figure]:
    """Opening, clicking and updating in the view of a tuning job: alone in a page, without JupyterLab around it."""
    rng = random.Random(0)
    summaries = [trial(number, rng) for number in range(1, trials + 1)]
    started = json.dumps(snapshot([*summaries, trial(trials + 1, rng, running=True)], trials * 2))
    seen: dict[str, list[float]] = {name: [] for name in ("opened", "heap", "nodes", "clicks", "frames")}
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        script = bundle(Path(folder))
        for _ in range(rounds):
            page = browser.new_page(viewport={"width": 1200, "height": 1000})
            page.set_content("<!doctype html><meta charset=utf-8>")
            page.add_style_tag(path=script.with_suffix(".css"))
            page.add_script_tag(path=script)
            page.evaluate("(text) => { globalThis.first = JSON.parse(text); }", started)
            seen["opened"].append(page.evaluate(PAINTED) / 1000)
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable")
            session.send("HeapProfiler.collectGarbage")
            found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
            seen["heap"].append(found["JSHeapUsedSize"] / 1e6)
            seen["nodes"].append(page.evaluate("document.querySelectorAll('*').length"))
            seen["clicks"] += [page.evaluate(CLICK, column) / 1000 for column in (3, 3, 4, 1)]
            seen["frames"] += [each / 1000 for each in page.evaluate(FRAMES, updates)]
            page.close()
    name = f"{trials:,} trials"
    yield Figure(f"opening {name}, charts and table painted", seen["opened"], bar="at most 1,000 ms")
    yield Figure(f"{name}, heap", seen["heap"], bar="at most 30 MB", unit="MB")
    yield Figure(f"{name}, nodes of the document", seen["nodes"], bar="at most 3,000", unit="nodes")
    yield Figure(f"{name}, a click that sorts them", seen["clicks"], bar="at most 50 ms")
    yield Figure(f"{name}, 10 updates a second: work of a frame", seen["frames"], bar="p95 at most 16 ms")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--screenshot")
    options = parser.parse_args()
    rng = random.Random(0)
    trials = [trial(number, rng) for number in range(1, options.trials + 1)]
    started = snapshot([*trials, trial(options.trials + 1, rng, running=True)], options.trials * 2)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = bundle(Path(folder))
        browser = playwright.chromium.launch(executable_path=os.environ.get("JUPYTER_SM_TEST_BROWSER"))
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.set_content("<!doctype html><meta charset=utf-8>")
        page.add_style_tag(path=script.with_suffix(".css"))
        page.add_script_tag(path=script)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        # What comes from the server is parsed before; the view is measured.
        page.evaluate("(text) => { globalThis.first = JSON.parse(text); }", json.dumps(started))
        measured(page, session, f"open with {options.trials} trials", "page.show(first)")
        page.evaluate(
            """(text) => {
                const known = first.training_jobs;
                globalThis.next = {...first, seq: first.seq + 1, training_jobs: [...known, JSON.parse(text)]};
            }""",
            json.dumps(trial(options.trials + 2, rng)),
        )
        measured(page, session, "one more trial", "page.show(next)")
        growing = """async () => {
            for (let step = 0; step < 20; step += 1) {
                next = {...next, seq: next.seq + 1, training_jobs: [...next.training_jobs]};
                await page.show(next);
                await new Promise(done => setTimeout(done, 500));
            }
        }"""
        measured(page, session, "20 updates in 10 s", growing)
        frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
        filtered = f"""async (text) => {{
            const filter = document.querySelector('.jp-sm-filter');
            filter.value = text;
            filter.dispatchEvent(new Event('input'));
            await {frames};
        }}"""
        measured(page, session, "filter", filtered, "lr<0.01 status=completed")
        measured(page, session, "show all", filtered, "")
        sort = f"async () => {{ document.querySelector('th:nth-child(3) button').click(); await {frames}; }}"
        measured(page, session, "sort by objective", sort)
        scroll = f"""async () => {{
            const table = document.querySelector('.jp-sm-table');
            for (let step = 0; step < 60; step += 1) {{ table.scrollTop += 400; await {frames}; }}
        }}"""
        measured(page, session, "scroll 60 times", scroll)
        hover = f"""async () => {{
            for (const chart of document.querySelectorAll('.jp-sm-plot')) {{
                const box = chart.getBoundingClientRect();
                for (let x = 60; x < 260; x += 10) {{
                    const at = {{clientX: box.left + x, clientY: box.top + 80, bubbles: true}};
                    chart.dispatchEvent(new PointerEvent('pointermove', at));
                    await {frames};
                }}
            }}
        }}"""
        measured(page, session, "move over the charts, 20 times each", hover)
        if options.screenshot:
            page.screenshot(path=options.screenshot, full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
