"""An AWS that has one made-up tuning job and counts what it is asked: each time it is described, a trial has ended.

    python tests/benchmarks/tuning_aws.py --trials 500

serves it in a process of its own, so that its work is not counted with that of who asks: prints its address, tells
the calls so far at ``GET /calls``, and ends with its standard input.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import made_up
from aws_process import environment_of

DESCRIBE = "DescribeHyperParameterTuningJob"
LIST = "ListTrainingJobsForHyperParameterTuningJob"
PARALLEL = 10
Json = dict[str, Any]


class TuningJob:
    """The job, as its operations tell of it.

    Parameters
    ----------
    ended : int
        Trials that have ended at first; ``PARALLEL`` more run.
    """

    def __init__(self, ended: int) -> None:
        self._rng = random.Random(0)
        numbers = range(1, ended + PARALLEL + 1)
        self.trials = [made_up.trial(number, self._rng, running=number > ended) for number in numbers]
        self.maximum = len(self.trials) + 10_000
        self.status = "InProgress"
        #: Whether a trial ends each time that the job is described.
        self.moving = True
        #: Names of trials that run on while others end.
        self.lasting: set[str] = set()
        self.calls: Counter[str] = Counter()
        self._lock = threading.Lock()

    def knows(self, operation: str) -> bool:
        """Whether this is one of the operations that tell of it."""
        return operation in (DESCRIBE, LIST)

    def advance(self) -> None:
        """The trial that runs longest has ended, and the next one runs."""
        running = next(
            at
            for at, each in enumerate(self.trials)
            if each["TrainingJobStatus"] == "InProgress" and each["TrainingJobName"] not in self.lasting
        )
        self.trials[running] = made_up.trial(running + 1, self._rng)
        self.trials.append(made_up.trial(len(self.trials) + 1, self._rng, running=True))

    def answer(self, operation: str, request: Json) -> Json:
        """What an operation answers."""
        with self._lock:
            self.calls[operation] += 1
            return self._described() if operation == DESCRIBE else self._listed(request)

    def _described(self) -> Json:
        if self.moving and self.calls[DESCRIBE] > 1:
            self.advance()
        return made_up.described(self.trials, self.maximum, self.status)

    def _listed(self, request: Json) -> Json:
        wanted = request.get("StatusEquals")
        chosen = [each for each in self.trials if wanted in (None, each["TrainingJobStatus"])]
        if request.get("SortOrder") == "Descending":
            chosen.reverse()
        start = int(request.get("NextToken", 0))
        end = start + int(request.get("MaxResults", 10))
        page: Json = {"TrainingJobSummaries": chosen[start:end]}
        return {**page, "NextToken": str(end)} if end < len(chosen) else page


class TuningAWS:
    """A server that knows this job and nothing else."""

    def __init__(self, job: TuningJob) -> None:
        self.job = job
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(job))
        self._server.daemon_threads = True

    @property
    def endpoint_url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What sends AWS clients here; any key will do."""
        return environment_of(self.endpoint_url)

    @contextmanager
    def serving(self) -> Iterator[TuningAWS]:
        """Answer as long as the context lasts."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _handler(job: TuningJob) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._send(dict(job.calls))

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self._send(job.answer(self.headers["X-Amz-Target"].rpartition(".")[2], request))

        def _send(self, answer: Json) -> None:
            body = json.dumps(answer).encode()
            self.send_response_only(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Who measures tells what there is to tell."""

    return Handler


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=500)
    with TuningAWS(TuningJob(parser.parse_args().trials)).serving() as aws:
        print(json.dumps(aws.environment), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
