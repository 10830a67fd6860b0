"""Rounds of crashes: jobs are made and processes are killed as a seed says, and then everything is looked at."""

from __future__ import annotations

import json
import os
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from glob import glob
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import tuning_help as tuning
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError
from engine_process import EngineProcess, until

from jupyter_sm_ext.engine import supervisor
from jupyter_sm_ext.engine.supervisor_files import MARKER

Json = dict[str, Any]
Victims = Callable[[EngineProcess], list[psutil.Process]]

ROUNDS = int(os.environ.get("JUPYTER_SM_TEST_ROUNDS", "50"))
"""How many rounds all files together have."""
SEED = int(os.environ.get("JUPYTER_SM_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
UNREACHABLE = (NoConnectionError, HTTPClientError)
TERMINAL = ("Completed", "Failed", "Stopped")
_TIME_IS_OVER = "MaxRuntimeExceeded"
_PATIENCE_SECONDS = 120.0


def share(part: float) -> int:
    """A file's share of the rounds."""
    return max(1, round(ROUNDS * part))


@contextmanager
def seeded(number: int) -> Iterator[random.Random]:
    """The dice of a round; a failure says how to throw them again."""
    seed = SEED + number
    try:
        yield random.Random(seed)
    except Exception as error:
        again = f"JUPYTER_SM_TEST_SEED={SEED} JUPYTER_SM_TEST_ROUNDS={ROUNDS}"
        raise AssertionError(f"round {number} (again with {again}): {error!r}") from error


def supervisors(engine: EngineProcess) -> list[psutil.Process]:
    """Those that are at work, by what they wrote down: a pid alone may be another's by now."""
    found = []
    # Not `Path.glob`: a job that ends while it is looked for takes its directory along.
    for path in glob(str(engine.data_dir / "jobs" / "*" / "*" / "started")):  # noqa: PTH207
        with suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(json.loads(Path(path).read_text())["pid"])
            if supervisor.__file__ in process.cmdline():
                found.append(process)
    return found


def scripts(engine: EngineProcess) -> list[psutil.Process]:
    """The commands of jobs."""
    found = []
    for one in supervisors(engine):
        with suppress(psutil.Error):
            found += one.children()
    return found


def launchers(engine: EngineProcess) -> list[psutil.Process]:
    """What forks the supervisors."""
    found: list[psutil.Process] = []
    with suppress(psutil.Error):
        found = [one for one in psutil.Process(engine.told["pid"]).children() if supervisor.__file__ in one.cmdline()]
    return found


def marked(engine: EngineProcess) -> list[psutil.Process]:
    """Every process of a job of this engine, however it came to be."""
    home = f"{engine.data_dir / 'jobs'}/"
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARKER, "").startswith(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def only(words: str, error: Exception) -> None:
    """Let no other refusal pass than the one that is looked for."""
    if not re.search(words, str(error)):
        raise error


def attempt(call: Callable[..., Any], **request: Any) -> bool:
    """Ask for something; False if the engine was gone before it answered, and nobody knows what it did."""
    try:
        call(**request)
    except UNREACHABLE:
        return False
    return True


@contextmanager
def storm(
    engine: EngineProcess, dice: random.Random, whom: Sequence[str], **victims: Victims
) -> Iterator[Counter[str]]:
    """Kill, while something else goes on: as often, when and whom the dice say; gives what was killed, by name.

    Parameters
    ----------
    engine : EngineProcess
        It is started again after each of its own deaths.
    dice : Random
        Of the round.
    whom : sequence of str
        Among "engine", "supervisor", "script", "launcher" and the names of `victims`.
    victims : callable
        By name, what finds the processes to choose from.
    """
    found: dict[str, Victims] = {"supervisor": supervisors, "script": scripts, "launcher": launchers, **victims}
    # Drawn before anything happens: what the machine does must not change the dice.
    plan = [(dice.choice(whom), dice.uniform(0.0, 0.4), dice.random()) for _ in range(dice.choice([1, 1, 2, 3]))]
    killed: Counter[str] = Counter()

    def blow() -> None:
        for name, pause, which in plan:
            # Where the kill falls; nothing is waited for.
            threading.Event().wait(pause)
            if name == "engine":
                engine.kill()
                killed[name] += 1
                engine.start()
            elif processes := found[name](engine):
                with suppress(psutil.NoSuchProcess):
                    processes[int(which * len(processes))].kill()
                    killed[name] += 1

    with ThreadPoolExecutor(1) as pool:
        blown = pool.submit(blow)
        yield killed
        blown.result()


def check_history(found: Json) -> None:
    """One terminal state, and a history that leads to it."""
    status, history = found["TrainingJobStatus"], found["SecondaryStatusTransitions"]
    assert status in TERMINAL, found
    ends = [one["Status"] for one in history if one["Status"] in TERMINAL or one["Status"] == _TIME_IS_OVER]
    assert ends == [history[-1]["Status"]] == [found["SecondaryStatus"]], history
    assert status == ("Stopped" if ends == [_TIME_IS_OVER] else ends[0])
    assert history[0]["Status"] == "Starting"
    assert history[0]["StartTime"] >= found["CreationTime"]
    for one, after in pairwise(history):
        assert one["StartTime"] <= one["EndTime"] == after["StartTime"], history
    assert history[-1]["EndTime"] == found["TrainingEndTime"] <= found["LastModifiedTime"]
    assert ("FailureReason" in found) == (status == "Failed")


def log_lines(engine: EngineProcess, name: str) -> list[list[str]]:
    """The log of each attempt, oldest first, as CloudWatch's clients read it."""
    logs, group = tuning.client(engine, "logs"), {"logGroupName": "/aws/sagemaker/TrainingJobs"}
    try:
        streams = logs.describe_log_streams(**group, logStreamNamePrefix=f"{name}/")["logStreams"]
    except ClientError as error:
        only("ResourceNotFoundException", error)
        return []
    found = []
    for stream in sorted(one["logStreamName"] for one in streams):
        events, token = [], None
        while True:
            more = {} if token is None else {"nextToken": token}
            page = logs.get_log_events(**group, logStreamName=stream, startFromHead=True, **more)
            events += page["events"]
            if page["nextForwardToken"] == token:
                break
            token = page["nextForwardToken"]
        times = [event["timestamp"] for event in events]
        assert times == sorted(times)
        found.append([event["message"] for event in events])
    return found


def check_log(found: Json, attempts: list[list[str]], wanted: list[str]) -> None:
    """Each line once, none torn; all of them if the command went through."""
    for lines in attempts:
        assert lines == wanted[: len(lines)], (found["TrainingJobName"], lines)
    if found["TrainingJobStatus"] == "Completed":
        assert attempts, found
        assert attempts[-1] == wanted, found


def check_runs(found: Json, runs: int) -> None:
    """No attempt ran twice."""
    statuses = [one["Status"] for one in found["SecondaryStatusTransitions"]]
    assert runs <= statuses.count("Starting"), (found, runs)
    assert runs > 0 or found["TrainingJobStatus"] != "Completed"


def check_no_process_left(engine: EngineProcess) -> None:
    """No process of a job that is over."""
    patiently(lambda: not supervisors(engine) and not marked(engine))


def check_nothing_left(engine: EngineProcess) -> None:
    """No process and no directory either."""
    check_no_process_left(engine)
    patiently(lambda: not list((engine.data_dir / "jobs").iterdir()))


def run_files(runs: Path) -> Counter[str]:
    """How often the command of each job was run."""
    return Counter(path.name.rpartition(".")[0] for path in runs.iterdir())


def patiently(true: Callable[[], Any]) -> Any:
    """Wait until something is true; an engine that has just been killed starts on a busy machine."""
    return until(true, _PATIENCE_SECONDS)
