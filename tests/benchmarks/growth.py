"""How cost grows: with jobs, trials, viewers and lines of a log, as four small plots.

    python tests/benchmarks/growth.py [--rounds 100] [--scale 1.0] [--to growth.svg]

Sizes of one plot take turns where they can, so that a busy minute hits all of them. A scale of 0.01 tries the script.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import engine_requests
from aws_process import HERE, aws_of
from measure import interleave

from jupyter_sm_ext.engine.log_reader import LogReader
from jupyter_sm_ext.engine.samplers import Range, new_sampler

LOOKS = 60
RANGES = (
    Range("lr", "Continuous", 1e-5, 1e-1, "Logarithmic"),
    Range("dropout", "Continuous", 0.0, 0.5),
    Range("depth", "Integer", 2, 12),
    Range("optimizer", "Categorical", values=("adam", "sgd", "lamb")),
)
Curves = dict[str, dict[int, float]]


def main() -> None:
    """Measure, print the numbers and draw them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=100, help="requests of each sort and size")
    parser.add_argument("--scale", type=float, default=1.0, help="of the largest sizes")
    parser.add_argument("--to", type=Path, default=HERE / "growth.svg")
    options = parser.parse_args()
    most = partial(_sizes, options.scale)
    plots: dict[str, Curves] = {
        "jobs: ms a request of the engine": jobs(most(100_000), options.rounds),
        "trials: ms": {"a proposal": proposals(most(10_000)), "a look of the hub, CPU": looks(most(10_000))},
        "viewers: CPU ms a look of the hub": {"all viewers": viewers()},
        "lines of a log: ms": log_lines(most(1_000_000)),
    }
    for title, curves in plots.items():
        print(f"\n| {title} | {' | '.join(map(str, next(iter(curves.values()))))} |", flush=True)
        print(f"|{'---|' * (len(next(iter(curves.values()))) + 1)}")
        for name, points in curves.items():
            print(f"| {name} | {' | '.join(f'{value:.2f}' for value in points.values())} |")
    draw(plots, options.to)


def _sizes(scale: float, most: int) -> list[int]:
    """Powers of ten from 10 on."""
    return [10**power for power in range(1, 7) if 10**power <= max(100, most * scale)]


def jobs(sizes: list[int], rounds: int) -> Curves:
    """Describe, list and create with so many jobs."""
    found: Curves = {}
    with ExitStack() as kept:
        engines = [kept.enter_context(engine_requests.engine(count)) for count in sizes]
        calls = {
            "describe": [engine_requests.describe(one) for one in engines],
            "list 100": [engine_requests.call(one, "ListTrainingJobs", {"MaxResults": 100}) for one in engines],
            "create, on disk": [engine_requests.creates(one) for one in engines],
        }
        for name, contenders in calls.items():
            times = interleave(contenders, rounds, warm_up=10)
            found[name] = {size: statistics.median(each) * 1000 for size, each in zip(sizes, times, strict=True)}
    return found


def proposals(sizes: list[int]) -> dict[int, float]:
    """One Bayesian proposal after so many trials, in CPU time: it is work for one processor."""
    found, dice = {}, random.Random(0)
    for size in sizes:
        sampler = new_sampler(RANGES, "Bayesian", maximize=True, seed=0)
        for number in range(1, size + 1):
            tuned = {
                "lr": str(10 ** dice.uniform(-5, -1)),
                "dropout": str(dice.uniform(0, 0.5)),
                "depth": str(dice.randint(2, 12)),
                "optimizer": dice.choice(("adam", "sgd", "lamb")),
            }
            sampler.add(number, tuned)
            sampler.finish(number, dice.random())
        sampler.propose(size + 1)
        times = []
        for number in range(size + 2, size + 7):
            begin = time.process_time()
            sampler.propose(number)
            times.append(time.process_time() - begin)
            sampler.finish(number, dice.random())
        found[size] = statistics.median(times) * 1000
    return found


def looks(sizes: list[int]) -> dict[int, float]:
    """One look of the hub at a tuning job of so many trials, of which one has ended."""
    return {size: _hub(trials=size, watching=1) for size in sizes}


def viewers() -> dict[int, float]:
    """One look of the hub at 500 trials, which so many viewers read."""
    return {count: _hub(trials=500, watching=count) for count in (1, 2, 5, 10, 20, 50)}


def _hub(*, trials: int, watching: int) -> float:
    with aws_of("tuning_aws.py", "--trials", str(trials)) as aws:
        command = [sys.executable, str(HERE / "hub_alone.py"), str(watching), str(LOOKS)]
        done = subprocess.run(command, env=aws, capture_output=True, check=True, text=True)
    return float(done.stdout) / (LOOKS - 1) * 1000


def log_lines(sizes: list[int]) -> Curves:
    """The last 100 lines of a log, and a hundred from its middle by time."""
    found: Curves = {"the last 100": {}, "100 since a time": {}}
    with tempfile.TemporaryDirectory() as folder:
        logs = {size: _log(Path(folder), size) for size in sizes}
        ways = {"the last 100": _last, "100 since a time": _since}
        for name, way in ways.items():
            times = interleave([partial(way, log, size) for size, log in logs.items()], 50)
            found[name] = {size: statistics.median(each) * 1000 for size, each in zip(sizes, times, strict=True)}
    return found


def _log(folder: Path, lines: int) -> Path:
    """A log with a time for each hundred lines, as a supervisor leaves it."""
    log, at = folder / f"algo-1-{lines}.log", 0
    with log.open("wb") as file, log.with_suffix(".idx").open("wb") as index:
        for number in range(lines):
            at += file.write(f"epoch {number}: loss={1 / (number + 1):.6f}\n".encode())
            if number % 100 == 99 or number == lines - 1:
                index.write(number.to_bytes(8, sys.byteorder) + at.to_bytes(8, sys.byteorder))
    return log


def _last(log: Path, _: int) -> None:
    reader = LogReader(log)
    _take(reader.backward(reader.end))


def _since(log: Path, lines: int) -> None:
    reader = LogReader(log)
    _take(reader.forward(reader.since(lines // 2)))


def _take(events: Any) -> None:
    for _, _ in zip(events, range(100), strict=False):
        pass


def draw(plots: dict[str, Curves], to: Path) -> None:
    """Draw the plots side by side, both axes by powers of ten."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 8})
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(plots), figsize=(3.2 * len(plots), 2.8), layout="constrained")
    for panel, (title, curves) in zip(panels, plots.items(), strict=True):
        for name, points in curves.items():
            panel.plot(list(points), list(points.values()), marker="o", markersize=3, label=name)
        panel.set(xscale="log", yscale="log", title=title)
        panel.minorticks_off()
        panel.grid(visible=True, alpha=0.3)
        panel.legend(frameon=False)
        low, high = panel.get_ylim()
        panel.set_ylim(min(low, 0.1), max(high, 100.0))
    figure.savefig(to, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()
