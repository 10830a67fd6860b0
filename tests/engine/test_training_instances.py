"""Training jobs of several instances: a process each, with files, variables and logs of their own."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jobs_harness import BUCKET, FOREVER, Harness, gone, statuses
from jobs_harness import up as up_file

Json = dict[str, Any]
WHO = "import os\nwho = os.environ['SM_CURRENT_HOST']\n"


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path / "data", grace=0.3)
    yield made
    made.close()


def resources(count: int) -> Json:
    return {"InstanceType": "ml.m5.large", "InstanceCount": count, "VolumeSizeInGB": 1}


def logs(harness: Harness, name: str) -> dict[str, str]:
    """The log of each instance."""
    found = (harness.engine.data_dir / "logs" / name).glob("*.log")
    return {path.name.rpartition("-")[0]: path.read_text() for path in found}


def up(folder: Path) -> str:
    """Python that says where it is running, by a file for each instance."""
    return "".join(
        f"if who == {name!r}:\n" + "".join(f"    {line}\n" for line in up_file(folder / name).splitlines())
        for name in ("algo-1", "algo-2")
    )


def channel(harness: Harness, distribution: str, **source: Any) -> Json:
    data = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/set/", "S3DataDistributionType": distribution}
    return {"ChannelName": distribution.lower(), "DataSource": {"S3DataSource": {**data, **source}}}


def test_each_instance_has_what_a_distributed_script_needs(harness: Harness) -> None:
    for name in "abcde":
        harness.put(f"set/{name}", b"x")
    harness.create(
        "many",
        """
        import json, os, pathlib
        base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
        told = json.loads((base / "input/config/resourceconfig.json").read_text())
        data = {p.name: sorted(os.listdir(p)) for p in (base / "input/data").iterdir()}
        mine = {name: os.environ[name] for name in os.environ if name.startswith(("SM_", "MASTER_", "CURRENT_"))}
        print(json.dumps({"config": told, "data": data, "env": mine, "base": str(base), "cwd": os.getcwd(),
                          "files": base.stat().st_ino}))
        """,
        ResourceConfig=resources(3),
        InputDataConfig=[channel(harness, "ShardedByS3Key"), channel(harness, "FullyReplicated")],
    )
    found = harness.over("many")
    assert found["TrainingJobStatus"] == "Completed"
    assert statuses(found) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    told = {name: json.loads(text) for name, text in logs(harness, "many").items()}
    names = ["algo-1", "algo-2", "algo-3"]
    assert sorted(told) == names
    for name in names:
        config, env = told[name]["config"], told[name]["env"]
        assert (config["current_host"], config["hosts"]) == (name, names)
        assert config["instance_groups"] == [
            {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large", "hosts": names}
        ]
        assert (env["SM_CURRENT_HOST"], env["CURRENT_HOST"]) == (name, name)
        assert json.loads(env["SM_HOSTS"]) == names
        assert json.loads(env["SM_TRAINING_ENV"])["is_master"] == (name == "algo-1")
        assert json.loads(env["SM_LOCAL_HOSTS"]) == dict.fromkeys(names, "127.0.0.1")
        assert env["MASTER_ADDR"] == "127.0.0.1"
        assert told[name]["cwd"] == f"{told[name]['base']}/code"
        assert told[name]["data"]["fullyreplicated"] == list("abcde")
    assert len({one["env"]["MASTER_PORT"] for one in told.values()}) == 1
    # Each has a directory of its own, whether all call it /opt/ml or not.
    assert len({one["files"] for one in told.values()}) == 3
    shards = [told[name]["data"]["shardedbys3key"] for name in names]
    assert shards == [["a", "d"], ["b", "e"], ["c"]]


def test_they_reach_each_other_as_they_are_told(harness: Harness) -> None:
    harness.create(
        "talk",
        """
        import os, socket, time
        place = (os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]))
        if os.environ["SM_CURRENT_HOST"] == "algo-1":
            with socket.create_server(place) as server:
                print("got", server.accept()[0].recv(9))
        else:
            for _ in range(500):
                try:
                    socket.create_connection(place).sendall(b"gradient")
                    break
                except OSError:
                    time.sleep(0.02)
        """,
        ResourceConfig=resources(2),
    )
    assert harness.over("talk")["TrainingJobStatus"] == "Completed"
    assert logs(harness, "talk") == {"algo-1": "got b'gradient'\n", "algo-2": ""}


def test_what_they_leave_is_put_together(harness: Harness) -> None:
    script = WHO + (
        "os.mkdir('../model/deep')\n"
        "for name in ('same', who, f'deep/{who}'):\n    open(f'../model/{name}', 'w').write(who)\n"
        "open(f'../output/data/{who}.txt', 'w').write(who)\n"
        "open(f'../checkpoints/{who}', 'w').write(who)\n"
        "print('loss=' + who[-1])\n"
        "import time\ntime.sleep(0.3 if who == 'algo-1' else 0)\nprint('late=1' if who == 'algo-1' else 'late=2')\n"
    )
    found = harness.created_and_over(
        "merged",
        script,
        ResourceConfig=resources(2),
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints"},
        AlgorithmSpecification={"MetricDefinitions": [{"Name": "late", "Regex": "late=(.*)"}]},
    )
    assert found["TrainingJobStatus"] == "Completed"
    with tarfile.open(fileobj=io.BytesIO(harness.read(found["ModelArtifacts"]["S3ModelArtifacts"]))) as archive:
        assert sorted(archive.getnames()) == ["algo-1", "algo-2", "deep", "deep/algo-1", "deep/algo-2", "same"]
        same = archive.extractfile("same")
        assert same is not None
        assert same.read() == b"algo-1"
    with tarfile.open(fileobj=io.BytesIO(harness.read(f"s3://{BUCKET}/out/merged/output/output.tar.gz"))) as archive:
        assert sorted(archive.getnames()) == ["algo-1.txt", "algo-2.txt"]
    assert [harness.read(f"s3://{BUCKET}/checkpoints/{name}") for name in ("algo-1", "algo-2")] == [
        b"algo-1",
        b"algo-2",
    ]
    # The last value in any log.
    assert [(one["MetricName"], one["Value"]) for one in found["FinalMetricDataList"]] == [("late", 1.0)]


def test_one_that_fails_ends_all(harness: Harness, tmp_path: Path) -> None:
    wait = f"import time\nwhile not os.path.exists({str(tmp_path / 'algo-1')!r}):\n    time.sleep(0.01)\n"
    script = WHO + up(tmp_path) + "if who == 'algo-2':\n"
    script += "".join(f"    {line}\n" for line in (wait + "raise ValueError('boom')").splitlines()) + FOREVER
    found = harness.created_and_over("fails", script, ResourceConfig=resources(2))
    assert found["TrainingJobStatus"] == "Failed"
    assert 'ErrorMessage "ValueError: boom"' in found["FailureReason"]
    assert found["FailureReason"].endswith(", exit code: 1")
    assert statuses(found) == ["Starting", "Downloading", "Training", "Uploading", "Failed"]
    assert gone(int((tmp_path / "algo-1").read_text()))


def test_stop_ends_all_even_those_that_ignore_it(harness: Harness, tmp_path: Path) -> None:
    ignore = "import signal\nif who == 'algo-2':\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    harness.create("stopped", WHO + ignore + up(tmp_path) + FOREVER, ResourceConfig=resources(2))
    harness.until(lambda: all((tmp_path / name).exists() for name in ("algo-1", "algo-2")))
    harness.call("StopTrainingJob", TrainingJobName="stopped")
    assert harness.over("stopped")["TrainingJobStatus"] == "Stopped"
    assert all(gone(int((tmp_path / name).read_text())) for name in ("algo-1", "algo-2"))


def test_a_dead_supervisor_leaves_none_of_them_running(harness: Harness, tmp_path: Path) -> None:
    harness.create("lost", WHO + up(tmp_path) + FOREVER, ResourceConfig=resources(2))
    harness.until(lambda: all((tmp_path / name).exists() for name in ("algo-1", "algo-2")))
    (started,) = (harness.engine.data_dir / "jobs" / "lost").glob("*/started")
    psutil.Process(json.loads(started.read_text())["pid"]).kill()
    assert harness.over("lost")["FailureReason"].startswith("InternalServerError")
    harness.until(lambda: all(gone(int((tmp_path / name).read_text())) for name in ("algo-1", "algo-2")))


def test_one_that_cannot_be_prepared_fails_the_job(harness: Harness) -> None:
    harness.put("set/a", b"x")
    broken = channel(harness, "FullyReplicated", S3DataType="ManifestFile", S3Uri=harness.put("list", b"[]"))
    found = harness.created_and_over("broken", "print('ran')", ResourceConfig=resources(2), InputDataConfig=[broken])
    assert "cannot be read" in found["FailureReason"]
    assert logs(harness, "broken") == {}


def test_instance_groups(harness: Harness) -> None:
    harness.put("set/a", b"x")
    groups = [
        {"InstanceGroupName": "small", "InstanceType": "ml.m5.large", "InstanceCount": 1},
        {"InstanceGroupName": "big", "InstanceType": "ml.m5.xlarge", "InstanceCount": 2},
    ]
    harness.create(
        "groups",
        """
        import json, os
        names = ("CURRENT_INSTANCE_GROUP", "CURRENT_INSTANCE_TYPE", "CURRENT_INSTANCE_GROUP_HOSTS", "CHANNELS")
        print(json.dumps([os.environ["SM_" + name] for name in names]))
        """,
        ResourceConfig={"InstanceGroups": groups, "VolumeSizeInGB": 1},
        InputDataConfig=[channel(harness, "ShardedByS3Key", InstanceGroupNames=["big"])],
    )
    found = harness.over("groups")
    assert found["TrainingJobStatus"] == "Completed"
    assert found["ResourceConfig"] == {"InstanceGroups": groups, "VolumeSizeInGB": 1}
    big = ["big", "ml.m5.xlarge", '["algo-2","algo-3"]', '["shardedbys3key"]']
    assert {name: json.loads(text) for name, text in logs(harness, "groups").items()} == {
        "algo-1": ["small", "ml.m5.large", '["algo-1"]', "[]"],
        "algo-2": big,
        "algo-3": big,
    }
