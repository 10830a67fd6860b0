"""From a change on the engine to what a person sees of it in JupyterLab: a trial is created, and its row is painted."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser import chromium, in_lab
from measure import Figure

import jupyter_sm_ext as sm

# By chance: trials that end in step with the looks of the hub would make it look quick, or slow.
SCRIPT = """
import random, time
time.sleep(random.uniform(0.1, 0.9))
print("score=1")
"""
# The number of rows is told in an attribute before they are painted; the next frame begins when that is done.
WATCH = """() => {
    globalThis.painted = {};
    const look = () => {
        const rows = document.querySelector('.jp-sm-table table')?.getAttribute('aria-rowcount');
        if (rows) globalThis.painted[rows - 1] ??= Date.now() / 1000;
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""


def figures(connection: Any, trials: int = 45) -> Iterator[Figure]:
    """From the engine's own time of each trial's creation until a frame of JupyterLab has it, in a tab."""
    studio = sm.Studio(connection)
    name = f"pixel-{uuid.uuid4().hex[:6]}"
    with chromium() as browser, in_lab(browser) as (page, url), tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "trial.py")
        script.write_text(SCRIPT)
        page.goto(url)
        page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)", timeout=120_000)
        page.evaluate(WATCH)
        job = sm.tune(
            str(script),
            studio=studio,
            name=name,
            ranges={"x": (0.0, 1.0)},
            objective="score",
            metrics={"score": r"score=(\S+)"},
            max_jobs=trials,
            parallel=1,
        )
        page.evaluate(
            "name => window.jupyterapp.commands.execute('jupyter-sm-ext:open', {kind: 'tuning-jobs', key: [name]})",
            job.name,
        )
        studio.wait("tuning-jobs", job.name, timeout=300)
        page.wait_for_function("count => globalThis.painted[count]", arg=trials, timeout=30_000)
        painted = {int(number): at for number, at in page.evaluate("globalThis.painted").items()}
    summaries = connection.client("sagemaker").get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    pages = summaries.paginate(HyperParameterTuningJobName=job.name, SortBy="CreationTime", SortOrder="Ascending")
    created = [each["CreationTime"].timestamp() for found in pages for each in found["TrainingJobSummaries"]]
    # Those of before the tab was open waited for it.
    first = min(painted)
    waits = [painted[number] - created[number - 1] for number in sorted(painted) if number > first]
    yield Figure("a trial on the engine until it is painted", waits, bar="p95 at most 350 ms")
