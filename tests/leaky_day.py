"""A day of a server with planted secrets: everything is used, much goes wrong, and everything written is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import nbformat
import psutil
from apps_help import Browser
from botocore.config import Config
from faulty_aws import FaultyAWS
from sample_requests import private_space

Json = dict[str, Any]
PROFILE = {
    "aws_access_key_id": "AKIACANARYPROFILE001",
    "aws_secret_access_key": "canarySecret/OfTheProfile+0123456789abcd",
    "aws_session_token": "canarySessionToken/OfTheProfile==",
}
SERVER_TOKEN = "canary-token-of-the-jupyter-server"
CODE = "canary-one-time-code"
#: What the shell of whoever started the server has in its environment.
OF_THE_SHELL = "hf_canaryOfTheShell0123456789abcdef"
#: Where no secret belongs: whoever describes the job sees it, with AWS, too.
HYPERPARAMETER = "canary-api-key-among-the-hyperparameters"

_CONFIG = """
import logging
c.EventLogger.handlers = [logging.FileHandler({events!r})]
c.ServerApp.log_level = "DEBUG"
c.SageMakerExtension.audit_file = {audit!r}
"""
_FAILS = "import os\nprint('score=1;', flush=True)\nraise ValueError('no good data')\n"
_RUNS = "import time\nprint('score=1;', flush=True)\ntime.sleep(3600)\n"
_CELLS = """
%load_ext jupyter_sm_ext
import jupyter_sm_ext as sm
studio = sm.Studio(sm.connect("local"))
%sm env
%sm status
%sm open mine --user-profile default
panel = sm.watch("fails"); panel
sm.spaces()
sm.kernels()
sm.connect("aws", profile="canary")
%sm jobs
"""


class Day:
    """The server, what is on its disk, and what was seen on the way."""

    def __init__(self, folder: Path, aws: FaultyAWS) -> None:
        self.folder = folder
        self.aws = aws
        self.secrets: dict[str, str] = {
            **PROFILE,
            "the server's token": SERVER_TOKEN,
            "one-time code": CODE,
            "token of the shell": OF_THE_SHELL,
        }
        #: What was answered and told, by what it was.
        self.heard: dict[str, str] = {}
        self.command_lines: dict[int, str] = {}
        self.environments: dict[int, Json] = {}
        #: What was answered when the keys had expired.
        self.expired: list[tuple[int, Any]] = []
        self.url = ""

    @property
    def data_dir(self) -> Path:
        return self.folder / "sm-data"

    def environment(self) -> dict[str, str]:
        own = {
            "HOME": "home",
            "IPYTHONDIR": "ipython",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTER_SM_DATA_DIR": "sm-data",
            "AWS_CONFIG_FILE": "aws/config",
            "AWS_SHARED_CREDENTIALS_FILE": "aws/credentials",
            "TMPDIR": "tmp",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JUPYTER"))}
        return {
            **kept,
            **{name: str(self.folder / path) for name, path in own.items()},
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_ENDPOINT_URL": self.aws.endpoint_url,
            "JUPYTER_TOKEN": SERVER_TOKEN,
            "HF_TOKEN": OF_THE_SHELL,
        }

    def prepare(self) -> None:
        for name in ("home", "config", "runtime", "aws", "tmp", "work"):
            (self.folder / name).mkdir(parents=True)
        keys = "\n".join(f"{name} = {value}" for name, value in PROFILE.items())
        (self.folder / "aws" / "credentials").write_text(f"[canary]\n{keys}\n")
        (self.folder / "aws" / "config").write_text("[profile canary]\nregion = us-east-1\n")
        config = _CONFIG.format(events=str(self.folder / "events.log"), audit=str(self.folder / "audit.log"))
        (self.folder / "config" / "jupyter_server_config.py").write_text(config)

    @contextmanager
    def serving(self) -> Iterator[None]:
        command = [sys.executable, "-m", "jupyter", "server", "--ServerApp.port=0", "--no-browser", "--debug"]
        command += ["--allow-root"] if os.geteuid() == 0 else []
        with (self.folder / "server.log").open("wb") as output:
            process = subprocess.Popen(
                command, cwd=self.folder / "work", env=self.environment(), stdout=output, stderr=output
            )
        told = self.folder / "runtime" / f"jpserver-{process.pid}.json"
        try:
            self.until(lambda: process.poll() is None and told.exists() and told.stat().st_size, "the server")
            self.url = json.loads(told.read_text())["url"]
            self.until(lambda: self.ask("GET", "/connection")[0] == 200, "the extension")
            yield
        finally:
            process.terminate()
            process.wait(60)
            for left in self.processes():
                left.kill()

    def until(self, true: Callable[[], Any], what: str, seconds: float = 90.0) -> Any:
        deadline = time.monotonic() + seconds
        while not (found := true()):
            assert time.monotonic() < deadline, f"{what}: not in time"
            self.look_at_processes()
            time.sleep(0.1)
        return found

    def ask(self, method: str, path: str, body: Json | None = None, *, secret: bool = False) -> tuple[int, Any]:
        """Ask a route; what it answers is kept as heard, unless it is what is meant to have a secret in it."""
        request = urllib.request.Request(
            f"{self.url}jupyter-sm-ext{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"token {SERVER_TOKEN}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=60) as answer:
                status, text, headers = answer.status, answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            status, text, headers = error.code, error.read().decode(), dict(error.headers)
        except OSError:
            return 0, None
        if not secret:
            self.heard[f"{method} {path} {len(self.heard)}"] = text
        self.look_at_processes()
        return status, headers.get("Location") or (json.loads(text) if text.startswith(("{", "[")) else text)

    def processes(self) -> list[psutil.Process]:
        """All that were begun by this day."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("JUPYTER_SM_DATA_DIR", process.environ().get("TMPDIR")) in (
                    *(str(self.data_dir), str(self.folder / "tmp")),
                ) or any(str(self.folder) in word for word in process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return [process for process in found if process.pid != os.getpid()]

    def look_at_processes(self) -> None:
        for process in self.processes():
            try:
                self.command_lines[process.pid] = "\n".join(process.cmdline())
                self.environments[process.pid] = process.environ()
            except psutil.Error:
                continue

    def live(self) -> None:
        """Use everything."""
        self.ask("PUT", "/connection", {"kind": "aws", "profile": "canary", "region": "us-east-1"})
        for path in ("/connection", "/training-jobs", "/spaces", "/forms/CreateTrainingJob", "/nothing"):
            self.ask("GET", path)
        self.ask("POST", "/connection", {"code": CODE})
        self.ask("POST", "/training-jobs", {"TrainingJobName": "bad name!"})
        self.ask("POST", "/code/CreateSpace", {"DomainId": "d", "SpaceName": "s"})
        self.aws.deny("ListSpaces")
        self.ask("GET", "/spaces")
        self.aws.expired.add(PROFILE["aws_access_key_id"])
        for path in ("/training-jobs", "/connection", "/domains"):
            self.expired.append(self.ask("GET", path))
        self.ask("POST", "/watches", {"viewer": "v", "watches": [{"kind": "jobs", "key": []}]})
        self.ask("PUT", "/connection", {"kind": "local"})
        _, connection = self.ask("GET", "/connection")
        keys = json.loads((self.data_dir / "engine.json").read_text())
        self.secrets |= {name: keys[name] for name in ("access_key_id", "secret_access_key")}
        self._job(connection)
        self._upload_by_link(keys, connection["bucket"])
        self._app(connection["domain_id"])
        self._notebook("plain", _CELLS)
        self._crash()

    def _job(self, connection: Json) -> None:
        done = subprocess.run(
            [sys.executable, "-c", _launch()], cwd=self.folder / "work", env=self.environment(), capture_output=True
        )
        self.heard["the launch of a job"] = (done.stdout + done.stderr).decode()
        assert done.returncode == 0, self.heard["the launch of a job"]
        self.until(lambda: self.ask("GET", "/training-jobs/fails")[1]["TrainingJobStatus"] == "Failed", "the failure")
        wrong = {"TrainingJobName": "wrong", "HyperParameters": {"api_key": HYPERPARAMETER, "long": "x" * 3000}}
        assert self.ask("POST", "/training-jobs", wrong)[0] == 400
        for path in ("logs", "log.txt", "code", "cost", "curves.csv"):
            self.ask("GET", f"/training-jobs/fails/{path}")
        self.ask("GET", "/pictures/training-jobs/fails")

    def _upload_by_link(self, keys: Json, bucket: str) -> None:
        """Store something with a link that anybody may use who has it, and be refused with it."""
        s3 = boto3.client(
            "s3",
            endpoint_url=keys["endpoint_url"],
            region_name=keys["region"],
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["secret_access_key"],
            config=Config(signature_version="s3v4"),
        )
        link = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "by-link.txt"})
        self.secrets["signature of an upload"] = dict(parse_qsl(urlsplit(link).query))["X-Amz-Signature"]
        for url, expected in ((link, 200), (link.replace("by-link", "another"), 403)):
            request = urllib.request.Request(url, b"uploaded", method="PUT")
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    status = answer.status
            except urllib.error.HTTPError as error:
                status = error.code
            assert status == expected

    def _files_of_the_app(self) -> None:
        """Take a file to the app and back, by command."""
        (self.folder / "work" / "there.txt").write_text("there\n")
        for words in (["upload", "there.txt", "mine:"], ["download", "mine:there.txt", "back.txt"]):
            done = subprocess.run(
                [sys.executable, "-m", "jupyter_sm_ext.cli", *words],
                cwd=self.folder / "work",
                env=self.environment(),
                capture_output=True,
                text=True,
                timeout=120,
            )
            self.heard[" ".join(words)] = done.stdout + done.stderr
            assert done.returncode == 0, self.heard[" ".join(words)]

    def _app(self, domain: str) -> None:
        assert self.ask("POST", "/spaces", {"DomainId": domain, **private_space()})[0] == 201
        self._done({"action": "start", "kind": "spaces", "key": [domain, "mine"]})
        _, opened = self.ask("POST", f"/open/spaces/{domain}/mine", {}, secret=True)
        _, led = self.ask("GET", f"/open/spaces/{domain}/mine", secret=True)
        url = {"UserProfileName": "default"}
        _, presigned = self.ask("POST", f"/spaces/{domain}/mine/url", url, secret=True)
        for name, link in {"open": opened["url"], "led": led, "presigned": presigned["AuthorizedUrl"]}.items():
            for word, value in parse_qsl(urlsplit(link).query):
                if len(value) > 15:
                    self.secrets[f"{word} of the link ({name})"] = value
        browser = Browser()
        status, text, _ = browser.ask(opened["url"])
        self.heard["the app"] = "" if status == 200 else text
        for jar in browser.cookies.values():
            self.secrets |= {f"cookie {name} of the app": value.strip('"') for name, value in jar.items()}
        # Good once: the refusal must not tell it again.
        self.heard["a link that was used"] = browser.ask(opened["url"])[1]
        self._files_of_the_app()
        self._done({"action": "add-kernels", "kind": "spaces", "key": [domain, "mine"]})
        _, kernels = self.ask("GET", "/kernels")
        self._notebook("far", "print(6 * 7)\n1 / 0", kernels["kernels"][0]["name"])
        self.ask("GET", f"/open/spaces/{domain}/nothing")

    def _done(self, wanted: Json) -> None:
        status, action = self.ask("POST", "/actions", wanted)
        assert status == 202, action
        ended = self.until(
            lambda: found if (found := self.ask("GET", f"/actions/{action['id']}")[1])["status"] != "Running" else None,
            wanted["action"],
        )
        assert ended["status"] == "Succeeded", ended

    def _notebook(self, name: str, cells: str, kernel: str = "python3") -> None:
        path = self.folder / "work" / f"{name}.ipynb"
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells.strip().split("\n")])
        nbformat.write(book, path)
        command = [sys.executable, "-m", "jupyter", "execute", "--inplace", "--allow-errors"]
        done = subprocess.run(
            [*command, f"--kernel_name={kernel}", str(path)], env=self.environment(), capture_output=True, timeout=240
        )
        self.heard[f"notebook {name}"] = (done.stdout + done.stderr).decode()
        assert done.returncode == 0, self.heard[f"notebook {name}"]

    def _crash(self) -> None:
        """Kill the engine, and ask on: somebody starts it again."""
        engine = json.loads((self.data_dir / "engine.json").read_text())
        os.kill(engine["pid"], signal.SIGKILL)
        for path in ("/training-jobs", "/connection", "/spaces"):
            self.ask("GET", path)

    def written(self) -> Iterator[tuple[str, bytes]]:
        """Every file, by its path."""
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(self.folder)), path.read_bytes()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _launch() -> str:
    return textwrap.dedent(
        f"""
        import pathlib, jupyter_sm_ext as sm
        sm.connect("local")
        pathlib.Path("fails.py").write_text({_FAILS!r})
        sm.train("fails.py", name="fails", metrics={{"score": r"score=([0-9.]+);"}},
                 hyperparameters={{"api_key": {HYPERPARAMETER!r}}})
        pathlib.Path("runs.py").write_text({_RUNS!r})
        sm.train("runs.py", name="runs", quiet=True)
        """
    )
