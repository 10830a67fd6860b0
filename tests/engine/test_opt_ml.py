"""Jobs with an ``/opt/ml`` and a network of their own, as far as this machine lets them, and jobs without."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from engine_process import EngineProcess
from jobs_harness import BUCKET, FOREVER, Harness, gone, statuses, up

from jupyter_sm_ext.engine import boxes, supervisor_box
from jupyter_sm_ext.engine.boxes import Boxes
from jupyter_sm_ext.engine.supervisor_files import MARKER
from jupyter_sm_ext.errors import ValidationError

Json = dict[str, Any]

# As it would be written for SageMaker, with every path spelled out.
SCRIPT = """
    import json, os
    with open("/opt/ml/input/config/hyperparameters.json") as file:
        mine = json.load(file)["me"]
    with open("/opt/ml/input/data/train/a.txt") as file:
        text = file.read()
    with open("/opt/ml/model/weights.txt", "w") as file:
        file.write(mine + text)
    with open("/opt/ml/checkpoints/" + mine, "w") as file:
        file.write(mine)
    names = ("SAGEMAKER_BASE_DIR", "SM_MODEL_DIR", "SM_CHANNEL_TRAIN", "SM_OUTPUT_DATA_DIR", "SM_INPUT_CONFIG_DIR")
    print(json.dumps([os.environ[name] for name in names]))
    print(os.getcwd(), os.getuid(), os.stat("/opt/ml/model/weights.txt").st_uid)
"""


class _AsUser(Boxes):
    """As where the administrator is somebody else."""

    def spec(self, *, isolated: bool) -> Json | None:
        found = super().spec(isolated=isolated)
        return found and {**found, "as_user": True}


def _probe(place: str) -> Json:
    said = subprocess.run([sys.executable, "-I", "-S", supervisor_box.__file__, place], capture_output=True, check=True)
    found: Json = json.loads(said.stdout)
    return found


@pytest.fixture(scope="module")
def here() -> Json:
    """What this machine has; without namespaces, nothing here can be tried."""
    if sys.platform != "linux":
        pytest.skip("only Linux has namespaces")
    found = _probe("/opt/ml")
    if found["as_user"] is None:
        pytest.skip(found["reason"])
    return found


@pytest.fixture(params=[Boxes, _AsUser], ids=["as it is", "as a user"])
def boxed(request: pytest.FixtureRequest, here: Json, tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path / "data")
    made.engine._boxes = request.param()
    yield made
    made.close()


@pytest.fixture
def isolating(boxed: Harness) -> Harness:
    reason = boxed.engine.boxes.no_isolation
    if reason is not None:
        pytest.skip(reason)
    return boxed


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path / "data", namespaces=False)
    yield made
    made.close()


def _channels(harness: Harness) -> Json:
    harness.put("train/a.txt", b" and its data")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train"}
    return {
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints"},
    }


def test_a_script_finds_what_it_wants_below_opt_ml(boxed: Harness) -> None:
    done = boxed.created_and_over("one", SCRIPT, {"me": "one"}, **_channels(boxed))
    assert done["TrainingJobStatus"] == "Completed", boxed.log("one")
    told, rest = boxed.log("one").splitlines()
    base = "/opt/ml"
    assert json.loads(told) == [
        base,
        *(f"{base}/{name}" for name in ("model", "input/data/train", "output/data", "input/config")),
    ]
    assert rest == f"{base}/code {os.getuid()} {os.getuid()}"
    assert boxed.read(f"s3://{BUCKET}/checkpoints/one") == b"one"
    assert not Path("/opt/ml/model").exists()


def test_jobs_at_once_do_not_see_each_other(boxed: Harness, tmp_path: Path) -> None:
    script = """
        import os, pathlib, time
        me, other = os.environ["SM_HP_ME"], {"a": "b", "b": "a"}[os.environ["SM_HP_ME"]]
        pathlib.Path("/opt/ml/model", me).write_text(me)
        pathlib.Path(os.environ["SM_HP_MEET"], me).touch()
        while not pathlib.Path(os.environ["SM_HP_MEET"], other).exists():
            time.sleep(0.01)
        print(os.listdir("/opt/ml/model"))
    """
    for name in ("a", "b"):
        boxed.create(name, script, {"me": name, "meet": str(tmp_path)})
    for name in ("a", "b"):
        assert boxed.over(name)["TrainingJobStatus"] == "Completed"
        assert boxed.log(name) == f"['{name}']\n"


def test_instances_of_a_job_have_each_their_own(boxed: Harness) -> None:
    script = """
        import json, os
        with open("/opt/ml/input/config/resourceconfig.json") as file:
            print(json.load(file)["current_host"])
        open("/opt/ml/model/" + os.environ["SM_CURRENT_HOST"], "w").close()
        assert len(os.listdir("/opt/ml/model")) == 1
    """
    config = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    done = boxed.created_and_over("two", script, ResourceConfig=config)
    assert done["TrainingJobStatus"] == "Completed"
    assert sorted(boxed.log("two").split()) == ["algo-1", "algo-2"]


def test_exit_codes_and_failures_are_told(boxed: Harness) -> None:
    script = "open('/opt/ml/output/failure', 'w').write('too few rows')\nraise SystemExit(7)"
    done = boxed.created_and_over("bad", script)
    assert done["FailureReason"] == "AlgorithmError: too few rows, exit code: 7"
    algorithm = {"ContainerEntrypoint": ["/opt/ml/no-such-program"]}
    done = boxed.created_and_over("worse", "", AlgorithmSpecification=algorithm)
    assert done["FailureReason"] == "ClientError: cannot run /opt/ml/no-such-program: No such file or directory"


def test_a_stop_leaves_time_to_save(boxed: Harness, tmp_path: Path) -> None:
    script = (
        "import signal, sys\n"
        "def save(*_):\n"
        "    open('/opt/ml/model/saved', 'w').close()\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, save)\n"
    )
    boxed.create("long", script + up(tmp_path / "up") + FOREVER)
    boxed.until((tmp_path / "up").exists)
    boxed.call("StopTrainingJob", TrainingJobName="long")
    done = boxed.over("long")
    assert statuses(done)[-3:] == ["Stopping", "Uploading", "Stopped"]
    assert boxed.read(done["ModelArtifacts"]["S3ModelArtifacts"])


def test_nothing_outlives_a_supervisor_that_is_killed(boxed: Harness, tmp_path: Path) -> None:
    child = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    boxed.create("lost", child + up(tmp_path / "up") + FOREVER)
    boxed.until((tmp_path / "up").exists)
    pid = int((tmp_path / "up").read_text())
    family = [psutil.Process(pid), *psutil.Process(pid).children()]
    assert len(family) == 2
    assert all(process.environ()[MARKER] == family[0].environ()[MARKER] for process in family)
    attempt = boxed.training._running["lost"].attempt
    assert attempt is not None
    os.kill(json.loads((attempt.directory / "started").read_text())["pid"], signal.SIGKILL)
    assert "InternalServerError" in boxed.over("lost")["FailureReason"]
    boxed.until(lambda: all(gone(process.pid) for process in family))


OUTSIDE = """
import os, socket, threading
def refused(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "let out"
print(refused(lambda: socket.create_connection(("127.0.0.1", int(os.environ["SM_HP_PORT"])), 5)))
print(refused(lambda: socket.getaddrinfo("sagemaker.us-east-1.amazonaws.com", 443)))
print(sorted(name for name in os.environ if name.startswith("AWS_") and "REGION" not in name))
"""
INSIDE = """
with socket.create_server(("127.0.0.1", 0)) as server:
    with socket.create_connection(server.getsockname(), 5) as there, server.accept()[0] as back:
        there.sendall(b"x")
        print(back.recv(1))
"""


@pytest.fixture
def port() -> Iterator[str]:
    """Of a server outside."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


def test_an_isolated_job_reaches_nothing_but_itself(isolating: Harness, port: str) -> None:
    done = isolating.created_and_over("alone", OUTSIDE + INSIDE, {"port": port}, EnableNetworkIsolation=True)
    assert done["TrainingJobStatus"] == "Completed"
    assert isolating.log("alone").splitlines() == ["ConnectionRefusedError", "gaierror", "[]", "b'x'"]
    isolating.created_and_over("free", OUTSIDE, {"port": port})
    assert isolating.log("free").splitlines()[0] == "let out"
    assert "AWS_SECRET_ACCESS_KEY" in isolating.log("free")


def test_instances_of_an_isolated_job_reach_each_other_only(isolating: Harness, port: str) -> None:
    script = """
import time
address = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
if os.environ["SM_CURRENT_HOST"] == "algo-1":
    with socket.create_server(address) as server, server.accept()[0] as back:
        print(back.recv(100).decode())
else:
    for _ in range(500):
        try:
            there = socket.create_connection(address, 5)
            break
        except ConnectionRefusedError:
            time.sleep(0.02)
    with there:
        there.sendall(os.environ["SM_CURRENT_HOST"].encode())
"""
    config = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    more: Json = {"EnableNetworkIsolation": True, "ResourceConfig": config}
    done = isolating.created_and_over("pair", OUTSIDE + script, {"port": port}, **more)
    assert done["TrainingJobStatus"] == "Completed", isolating.log("pair")
    told = isolating.log("pair").splitlines()
    assert told.count("ConnectionRefusedError") == 2
    assert "algo-2" in told


@pytest.mark.parametrize("place", ["/opt/ml", "/no-such-place/opt/ml"])
def test_a_place_is_made_where_nothing_is_and_nothing_is_left(here: Json, place: str) -> None:
    assert _probe(place) == here
    assert not Path("/no-such-place").exists()


def test_without_namespaces_the_environment_tells_where_things_are(plain: Harness) -> None:
    script = """
        import os
        assert os.environ["SM_MODEL_DIR"] == os.environ["SAGEMAKER_BASE_DIR"] + "/model"
        print(os.environ["SAGEMAKER_BASE_DIR"])
    """
    done = plain.created_and_over("one", script)
    assert done["TrainingJobStatus"] == "Completed"
    assert plain.log("one").startswith(str(plain.engine.data_dir))
    assert "--namespaces" in plain.engine.boxes.told


def test_without_namespaces_isolation_is_refused_by_name(plain: Harness) -> None:
    with pytest.raises(ValidationError, match=r"EnableNetworkIsolation: .* was started with namespaces off"):
        plain.create("one", "", EnableNetworkIsolation=True)


def test_an_isolated_job_never_starts_where_it_would_not_be_isolated(
    plain: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was created by an engine that could, and is started by one that cannot."""
    with monkeypatch.context() as patch:
        patch.setattr(Boxes, "no_isolation", None)
        plain.create("one", "print('ran')", EnableNetworkIsolation=True)
    done = plain.over("one")
    assert "cannot be isolated from the network" in done["FailureReason"]


def test_why_there_are_none_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "probe.py"
    for text, reason in (("raise RuntimeError('odd')", "RuntimeError: odd"), ("", "the attempt said nothing")):
        broken.write_text(text)
        monkeypatch.setattr(supervisor_box, "__file__", str(broken))
        found = Boxes()
        found.begin()
        assert reason in (found.no_isolation or "")
        assert found.spec(isolated=False) is None
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "only Linux" in Boxes().told


def test_engine_json_tells_what_jobs_have(new_engine: Callable[..., EngineProcess]) -> None:
    engine = new_engine().start("--namespaces", "off")
    assert "--namespaces" in engine.file["jobs"]
    assert "--namespaces" in new_engine().run_to_end("--namespaces", "sometimes").stderr


@pytest.mark.parametrize("value", ["off", "auto"])
def test_the_variable_is_the_switch_of_engines_that_start_by_themselves(
    new_engine: Callable[..., EngineProcess], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(boxes.VARIABLE, value)
    assert (boxes.VARIABLE in new_engine().start().file["jobs"]) == (value == "off")
