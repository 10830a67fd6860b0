"""The view of a tuning job of 10,000 trials in a browser: main-thread work of opening it and of one more trial.

    python tests/benchmarks/large_view.py [--trials 10000] [--screenshot view.png]

Needs the development dependencies of labextension/ (``jlpm``) and a browser (``JUPYTER_SM_TEST_BROWSER``). What is
drawn is a made-up job that is the same each time. Times are of the main thread alone, from Chromium's own account
(Performance.getMetrics: ScriptDuration, LayoutDuration, RecalcStyleDuration, TaskDuration).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

LABEXTENSION = Path(__file__).parents[2] / "labextension"
METRIC = "validation:accuracy"
START = time.time() - 40_000  # epoch seconds


def trial(number: int, rng: random.Random, *, running: bool = False) -> dict[str, Any]:
    """A training job's summary."""
    lr, depth, dropout = 10 ** rng.uniform(-4, -1), rng.randint(2, 12), rng.uniform(0, 0.5)
    optimizer = rng.choice(["adam", "sgd", "lamb"])
    value = 1 - 0.1 * (math.log10(lr) + 2.3) ** 2 - 0.01 * (depth - 5) ** 2 - 0.1 * dropout + rng.gauss(0, 0.02)
    created = START + number * 3
    summary: dict[str, Any] = {
        "TrainingJobName": f"large-{number:03}-0123abcd",
        "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:000000000000:training-job/large-{number:03}-0123abcd",
        "CreationTime": created,
        "TrainingStartTime": created + 1,
        "TrainingJobStatus": "InProgress" if running else "Completed",
        "TunedHyperParameters": {
            "lr": repr(lr),
            "depth": str(depth),
            "dropout": repr(dropout),
            "optimizer": f'"{optimizer}"',
        },
    }
    if running:
        return summary
    summary["TrainingEndTime"] = created + 1 + rng.uniform(10, 30)
    if number % 50 == 0:
        return {**summary, "TrainingJobStatus": "Failed", "FailureReason": "AlgorithmError: too deep"}
    objective = {"Type": "Maximize", "MetricName": METRIC, "Value": value}
    return {**summary, "FinalHyperParameterTuningJobObjectiveMetric": objective}


def snapshot(trials: list[dict[str, Any]], maximum: int) -> dict[str, Any]:
    """A hub's snapshot of the tuning job."""
    statuses = [each["TrainingJobStatus"] for each in trials]
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "lr", "MinValue": "1e-4", "MaxValue": "1e-1", "ScalingType": "Logarithmic"},
            {"Name": "dropout", "MinValue": "0", "MaxValue": "0.5"},
        ],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "12"}],
        "CategoricalParameterRanges": [{"Name": "optimizer", "Values": ['"adam"', '"sgd"', '"lamb"']}],
    }
    described = {
        "HyperParameterTuningJobName": "large",
        "HyperParameterTuningJobArn": "arn:aws:sagemaker:us-east-1:000000000000:hyper-parameter-tuning-job/large",
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": START,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": METRIC},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": maximum, "MaxParallelTrainingJobs": 10},
            "ParameterRanges": ranges,
        },
        "TrainingJobStatusCounters": {
            "Completed": statuses.count("Completed"),
            "InProgress": statuses.count("InProgress"),
            "NonRetryableError": statuses.count("Failed"),
            "RetryableError": 0,
            "Stopped": 0,
        },
        "ObjectiveStatusCounters": {"Succeeded": 0, "Pending": 0, "Failed": 0},
    }
    return {
        "connection": "local",
        "label": "Local engine",
        "kind": "tuning-jobs",
        "key": ["large"],
        "seq": len(trials),
        "since": None,
        "status": "InProgress",
        "terminal": False,
        "described": described,
        "training_jobs": trials,
        "updated": time.time(),
        "error": None,
    }


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
        bundle = Path(folder, "page.js")
        esbuild = LABEXTENSION / "node_modules/.bin/esbuild"
        entry = LABEXTENSION / "test/large.entry.ts"
        command = [str(esbuild), str(entry), "--bundle", "--minify", "--loader:.svg=text", f"--outfile={bundle}"]
        subprocess.run(command, check=True, capture_output=True)
        browser = playwright.chromium.launch(executable_path=os.environ.get("JUPYTER_SM_TEST_BROWSER"))
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.set_content("<!doctype html><meta charset=utf-8>")
        page.add_style_tag(path=bundle.with_suffix(".css"))
        page.add_script_tag(path=bundle)
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
