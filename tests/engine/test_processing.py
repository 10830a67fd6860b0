"""Processing jobs end to end: a real program in a real process, its inputs and its outputs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jobs_harness import BUCKET, Harness

from jupyter_sm_ext.engine.logs import Logs
from jupyter_sm_ext.engine.processing.family import ProcessingJobs
from jupyter_sm_ext.errors import ConflictError, ValidationError

Json = dict[str, Any]
PROCESSING_GROUP = "/aws/sagemaker/ProcessingJobs"
CLEANING = """
import os, sys
from pathlib import Path

base = Path(os.environ["SAGEMAKER_BASE_DIR"]) / "processing"
for path in sorted((base / "input" / "raw").rglob("*.csv")):
    lines = [line for line in path.read_text().splitlines() if sys.argv[1] not in line]
    (base / "output" / path.name).write_text("\\n".join(lines))
print("cleaned", sys.argv[1:], os.environ["GREETING"])
"""


class Processing(Harness):
    """An engine that processes."""

    def __init__(self, data_dir: Path, **more: Any) -> None:
        super().__init__(data_dir, ProcessingJobs, Logs, grace=0.2, **more)
        (self.jobs,) = (family for family in self.service.families if isinstance(family, ProcessingJobs))

    def request(self, name: str, script: str = CLEANING, **members: Any) -> Json:  # type: ignore[override]
        code = self.put(f"code/{name}/clean.py", script.encode())
        self.put("raw/a.csv", b"1\n2 bad\n3")
        self.put("raw/deep/b.csv", b"4 bad")
        return {
            "ProcessingJobName": name,
            "RoleArn": self.engine.role_arn,
            "AppSpecification": {
                "ImageUri": "local/python",
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/clean.py"],
                "ContainerArguments": ["bad"],
            },
            "Environment": {"GREETING": "hello"},
            "ProcessingInputs": [into("code", code), into("raw", f"s3://{BUCKET}/raw")],
            "ProcessingOutputConfig": {"Outputs": [out("clean", f"s3://{BUCKET}/clean/{name}")]},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
            },
            **members,
        }

    def start(self, name: str, script: str = CLEANING, **members: Any) -> Json:
        return self.call("CreateProcessingJob", **self.request(name, script, **members))

    def describe(self, name: str) -> Json:
        return self.call("DescribeProcessingJob", ProcessingJobName=name)

    def over(self, name: str) -> Json:
        return self.until(lambda: found if (found := self.describe(name)).get("ProcessingEndTime") else None)

    def log(self, job: str) -> str:
        streams = self.call("DescribeLogStreams", "logs", logGroupName=PROCESSING_GROUP, logStreamNamePrefix=f"{job}/")[
            "logStreams"
        ]
        events = [
            self.call("GetLogEvents", "logs", logGroupName=PROCESSING_GROUP, logStreamName=one["logStreamName"])
            for one in streams
        ]
        return "\n".join(event["message"] for found in events for event in found["events"])


def into(name: str, uri: str, **more: Any) -> Json:
    place = f"/opt/ml/processing/input/{name}"
    return {"InputName": name, "S3Input": {"S3Uri": uri, "LocalPath": place, "S3DataType": "S3Prefix", **more}}


def out(name: str, uri: str, mode: str = "EndOfJob", place: str = "/opt/ml/processing/output") -> Json:
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": place, "S3UploadMode": mode}}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Processing]:
    made = Processing(tmp_path)
    yield made
    made.until(lambda: not made.jobs.active() and not made.jobs.runner.tidy())
    made.jobs.runner.close()
    made.engine.runner.close()
    made.store.close()


def test_a_program_reads_its_inputs_and_leaves_its_outputs(engine: Processing) -> None:
    engine.start("cleaning")
    job = engine.over("cleaning")
    assert job["ProcessingJobStatus"] == "Completed"
    assert "FailureReason" not in job
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}
    assert engine.read(f"s3://{BUCKET}/clean/cleaning/a.csv") == b"1\n3"
    assert engine.read(f"s3://{BUCKET}/clean/cleaning/b.csv") == b""
    assert "cleaned ['bad'] hello" in engine.log("cleaning")
    (row,) = engine.call("ListProcessingJobs")["ProcessingJobSummaries"]
    assert (row["ProcessingJobName"], row["ProcessingJobStatus"]) == ("cleaning", "Completed")


def test_without_namespaces_the_command_is_led_to_its_files(tmp_path: Path) -> None:
    made = Processing(tmp_path, namespaces=False)
    made.start("cleaning")
    assert made.over("cleaning")["ProcessingJobStatus"] == "Completed"
    assert made.read(f"s3://{BUCKET}/clean/cleaning/a.csv") == b"1\n3"
    made.until(lambda: not made.jobs.runner.tidy())
    made.jobs.runner.close()
    made.engine.runner.close()
    made.store.close()


def test_a_container_finds_out_what_it_is_for(engine: Processing) -> None:
    script = """
        import json, os
        from pathlib import Path
        base = Path(os.environ["SAGEMAKER_BASE_DIR"])
        for name in ("processingjobconfig", "resourceconfig"):
            (base / "processing/output" / name).write_text((base / f"config/{name}.json").read_text())
    """
    engine.start("asking", script.replace("\n        ", "\n"))
    engine.over("asking")
    told = json.loads(engine.read(f"s3://{BUCKET}/clean/asking/processingjobconfig"))
    assert told["ProcessingJobArn"].endswith(":processing-job/asking")
    assert told["AppSpecification"]["ContainerArguments"] == ["bad"]
    assert json.loads(engine.read(f"s3://{BUCKET}/clean/asking/resourceconfig")) == {
        "current_host": "algo-1",
        "hosts": ["algo-1"],
    }


def test_instances_share_what_is_sharded(engine: Processing) -> None:
    request = engine.request("sharing")
    request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2
    request["ProcessingInputs"][1]["S3Input"]["S3DataDistributionType"] = "ShardedByS3Key"
    script = """
import json, os
from pathlib import Path
base = Path(os.environ["SAGEMAKER_BASE_DIR"])
host = json.loads((base / "config/resourceconfig.json").read_text())["current_host"]
names = [path.name for path in (base / "processing/input/raw").rglob("*.csv")]
(base / "processing/output" / host).write_text(" ".join(names))
"""
    engine.put("code/sharing/clean.py", script.encode())
    engine.call("CreateProcessingJob", **request)
    assert engine.over("sharing")["ProcessingJobStatus"] == "Completed"
    found = [engine.read(f"s3://{BUCKET}/clean/sharing/algo-{number}") for number in (1, 2)]
    assert sorted(found) == [b"a.csv", b"b.csv"]


def test_a_failure_says_what_the_log_says_last_and_what_the_program_left(engine: Processing) -> None:
    script = """
import os
from pathlib import Path
base = Path(os.environ["SAGEMAKER_BASE_DIR"])
(base / "output/message").write_text("two rows were read")
(base / "processing/output/part").write_text("half")
raise ValueError("no third row")
"""
    engine.start("failing", script)
    job = engine.over("failing")
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: ValueError: no third row, exit code: 1"
    assert job["ExitMessage"] == "two rows were read"
    # As the SDK's local mode has it: what there is, is stored.
    assert engine.read(f"s3://{BUCKET}/clean/failing/part") == b"half"


def test_what_is_stored_all_the_time_is_there_before_the_end(engine: Processing) -> None:
    script = """
import os, time
from pathlib import Path
base = Path(os.environ["SAGEMAKER_BASE_DIR"]) / "processing"
(base / "live/first").write_text("1")
while not (base / "input/code/go").exists():
    time.sleep(0.02)
"""
    outputs = {"Outputs": [out("live", f"s3://{BUCKET}/live", "Continuous", "/opt/ml/processing/live")]}
    engine.start("living", script, ProcessingOutputConfig=outputs)
    place = engine.engine.objects.path(BUCKET, "live/first")
    engine.until(place.exists)
    assert engine.describe("living")["ProcessingJobStatus"] == "InProgress"
    engine.call("StopProcessingJob", ProcessingJobName="living")
    assert engine.describe("living")["ProcessingJobStatus"] == "Stopping"
    assert engine.over("living")["ProcessingJobStatus"] == "Stopped"


def test_time_that_is_over_stops_it(engine: Processing) -> None:
    engine.start("sleeping", "import time; time.sleep(60)", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert engine.over("sleeping")["ProcessingJobStatus"] == "Stopped"


def test_a_program_that_is_not_there_is_told(engine: Processing) -> None:
    app = {"ImageUri": "local/python", "ContainerEntrypoint": ["smspark-submit"]}
    engine.start("absent", AppSpecification=app)
    job = engine.over("absent")
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "ClientError: no program is called 'smspark-submit' on this machine"


def test_a_name_is_taken_until_its_job_is_deleted(engine: Processing) -> None:
    engine.start("twice")
    with pytest.raises(ConflictError, match="a processing job with this name already exists"):
        engine.start("twice")
    with pytest.raises(ValidationError, match="because the processing job is in status InProgress"):
        engine.call("DeleteProcessingJob", ProcessingJobName="twice")
    engine.over("twice")
    engine.call("DeleteProcessingJob", ProcessingJobName="twice")
    with pytest.raises(ValidationError, match="Could not find requested job with name: twice"):
        engine.describe("twice")
    engine.start("twice")
    engine.over("twice")


_CLUSTER = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
_ELSEWHERE = f"s3://{BUCKET}/raw"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"AppSpecification": {"ImageUri": "local/python"}}, "ContainerEntrypoint: the local engine needs one"),
        ({"ProcessingInputs": [into("a", _ELSEWHERE), into("a", _ELSEWHERE)]}, "a is used more than once"),
        ({"ProcessingInputs": [into("a", f"s3://{BUCKET}/none")]}, "No S3 objects found"),
        ({"ProcessingInputs": [into("a", _ELSEWHERE, LocalPath="/tmp/a")]}, "must be a path below /opt/ml/processing"),
        ({"ProcessingInputs": [into("a", _ELSEWHERE, S3InputMode="Pipe")]}, "S3InputMode: the local engine cannot"),
        ({"ProcessingInputs": [{"InputName": "a"}]}, "the input a has no S3Input"),
        ({"ProcessingOutputConfig": {"Outputs": [out("a", "s3://nowhere/x")]}}, "the bucket nowhere does not exist"),
        ({"ProcessingOutputConfig": {"Outputs": [], "KmsKeyId": "k"}}, "KmsKeyId: the local engine cannot do this"),
        ({"ProcessingResources": {"ClusterConfig": {"VolumeSizeInGB": 1}}}, "needs an InstanceType and an Instance"),
        ({"ProcessingResources": {"ClusterConfig": {**_CLUSTER, "InstanceCount": 21}}}, "at most 20 instances"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 432_001}}, "at most 432000 seconds"),
        (
            {"NetworkConfig": {"VpcConfig": {"SecurityGroupIds": ["s"], "Subnets": ["s"]}}},
            "VpcConfig: the local engine",
        ),
    ],
)
def test_what_cannot_become_a_job_is_refused_by_its_member(engine: Processing, members: Json, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        engine.start("refused", **members)
    assert engine.call("ListProcessingJobs")["ProcessingJobSummaries"] == []
