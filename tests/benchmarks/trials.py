"""What a trial costs beyond the user's script: a tuning job beside the same processes started by hand and by Optuna."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from measure import Figure, interleave

import jupyter_sm_ext as sm

TRIAL = "print('validation:accuracy=0.5')\n"
AT_ONCE = 2


def figures(connection: Any, count: int, rounds: int) -> Iterator[Figure]:
    """Seconds that each trial of a script that does nothing takes, two at a time."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "train.py")
        script.write_text(TRIAL)

        def bare() -> None:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda _: _said(script), range(count)))

        def tuned() -> None:
            with redirect_stdout(StringIO()):
                job = sm.tune(
                    str(script),
                    studio=sm.Studio(connection),
                    ranges={"x": (0.0, 1.0)},
                    objective="validation:accuracy",
                    strategy="Random",
                    max_jobs=count,
                    parallel=AT_ONCE,
                )
                job.wait()

        works = (tuned, partial(_optuna, script, count), bare)
        timed = [partial(_per_trial, work, count) for work in works]
        ours, optuna, floor = interleave(timed, rounds)
    yield Figure(f"one trial of {count}, two at a time", ours, floor, "bare subprocess", "at most 50 ms more")
    yield Figure("the same by a loop of Optuna", optuna, floor, "bare subprocess")


def _per_trial(work: Callable[[], None], count: int) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * AT_ONCE / count


def _said(script: Path) -> str:
    return subprocess.run([sys.executable, str(script)], check=True, capture_output=True, text=True).stdout


def _optuna(script: Path, count: int) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler())

    def objective(trial: optuna.Trial) -> float:
        trial.suggest_float("x", 0.0, 1.0)
        return float(_said(script).partition("=")[2])

    study.optimize(objective, n_trials=count, n_jobs=AT_ONCE)
