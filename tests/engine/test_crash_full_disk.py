"""A disk that is really full: what was acknowledged stays, the rest is refused in plain words, all goes on after."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import crash_rounds as rounds
import psutil
import pytest
import tuning_help as tuning
from botocore.exceptions import ClientError
from engine_process import EngineProcess, until

from jupyter_sm_ext.engine.store import Record, Store

Json = dict[str, Any]
SIZE = "6m"
COMMAND = """
mktemp "$RUNS/$TRAINING_JOB_NAME.XXXXXX" >/dev/null
echo "line 0"
: > "$RUNS/../up-$TRAINING_JOB_NAME"
until [ -e "$RUNS/../on-$TRAINING_JOB_NAME" ]; do sleep 0.02; done
"""


class SmallDisk:
    """A directory with a file system of its own, of a few MB, in a namespace that nobody else sees."""

    def __init__(self, place: Path) -> None:
        place.mkdir()
        self.place = place
        unshare = ["unshare", "--user", "--map-root-user", "--mount"]
        script = f'mount -t tmpfs -o size={SIZE} tmpfs "{place}" && echo up && exec sleep 86400'
        self.holder = subprocess.Popen(
            [*unshare, "sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.holder.stdout is not None
        if self.holder.stdout.readline() != "up\n":
            _, why = self.holder.communicate()
            raise OSError(why)

    @property
    def seen(self) -> Path:
        """Where it is for us."""
        return Path(f"/proc/{self.holder.pid}/root{self.place}")

    def fill(self) -> None:
        """Leave not a byte."""
        with (self.seen / "ballast").open("ab", buffering=0) as file, contextlib.suppress(OSError):
            for size in (1 << 16, 1 << 10, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)):
                        pass

    def free(self) -> None:
        (self.seen / "ballast").unlink()

    def close(self) -> None:
        self.holder.kill()
        self.holder.communicate()


class EngineOnDisk(EngineProcess):
    """An engine whose data directory is on the small disk."""

    def __init__(self, disk: SmallDisk) -> None:
        super().__init__(disk.seen / "data", "--namespaces", "off", "--studio-seconds", "0.05")
        self._disk = disk

    @property
    def command(self) -> list[str]:
        inside = ["nsenter", f"--target={self._disk.holder.pid}", "--user", "--mount", "--preserve-credentials"]
        engine = [sys.executable, "-m", "jupyter_sm_ext.engine", "--data-dir", str(self._disk.place / "data")]
        return [*inside, *engine]


def needed() -> None:
    """Skip where a system has no such namespaces; one that has them must not skip silently."""
    if sys.platform != "linux":
        pytest.skip("namespaces of mounts are Linux's; the store's own limit stands for it (below)")
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        pytest.skip("there are no unshare and nsenter (util-linux)")
    tried = subprocess.run(["unshare", "-Urm", "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"users may not make namespaces here: {tried.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    needed()
    made = SmallDisk(tmp_path / "disk")
    yield made
    made.close()


@pytest.fixture
def engine(disk: SmallDisk) -> Iterator[EngineOnDisk]:
    made = EngineOnDisk(disk)
    yield made
    if made.process is not None and made.process.returncode is None:
        psutil.Process(made.told["pid"]).terminate()
        made.wait()


def request(engine: EngineProcess, name: str, root: Path) -> Json:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": "local/python",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", str(root / "command")],
        },
        "RoleArn": tuning.ROLE,
        "OutputDataConfig": {"S3OutputPath": f"s3://{engine.bucket}/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "Environment": {"RUNS": str(root / "runs")},
    }


def over(engine: EngineProcess, name: str) -> Json:
    def look() -> Json | None:
        found: Json = tuning.client(engine).describe_training_job(TrainingJobName=name)
        return found if found["TrainingJobStatus"] in rounds.TERMINAL else None

    found: Json = rounds.patiently(look)
    rounds.check_history(found)
    return found


def create_until_full(engine: EngineProcess, root: Path) -> tuple[list[str], str]:
    """Make records until one is refused; the names of those that were not, and the refusal."""
    kept: list[str] = []
    for number in range(10_000):
        try:
            # A record and nothing else: its instances are not there.
            more = {"ResourceConfig": {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}}
            wanted = request(engine, f"waits-{number}", root) | more
            tuning.client(engine).create_training_job(**wanted)
        except ClientError as error:
            return kept, str(error)
        kept.append(f"waits-{number}")
    raise AssertionError("the disk was never full")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    (tmp_path / "command").write_text(COMMAND)
    return tmp_path


def test_a_full_disk_loses_nothing_that_was_acknowledged(engine: EngineOnDisk, disk: SmallDisk, root: Path) -> None:
    engine.start()
    client = tuning.client(engine)
    (engine.data_dir / "capacity.json").write_text(json.dumps({"ml.p5.48xlarge": 0}))
    for name in ("runs-on", "ends-when-full", "stops"):
        client.create_training_job(**request(engine, name, root))
        until(lambda name=name: (root / f"up-{name}").exists())
    until(
        lambda: all(
            client.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training"
            for name in ("runs-on", "ends-when-full", "stops")
        )
    )
    disk.fill()
    kept, refusal = create_until_full(engine, root)
    assert "full" in refusal or "No space left" in refusal
    with pytest.raises(ClientError, match="disk"):
        tuning.client(engine, "s3").put_object(Bucket=engine.bucket, Key="k", Body=bytes(10_000_000))
    # One ends, and another is to be stopped, while there is no room to say so.
    (root / "on-ends-when-full").touch()
    stopped = True
    try:
        client.stop_training_job(TrainingJobName="stops")
    except ClientError as error:
        rounds.only("full", error)
        stopped = False
    rounds.patiently(lambda: len(rounds.scripts(engine)) <= (1 if stopped else 2))
    engine.kill()
    disk.free()
    engine.start()
    client = tuning.client(engine)
    assert all(client.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Pending" for name in kept)
    with pytest.raises(ClientError, match="not found"):
        client.describe_training_job(TrainingJobName=f"waits-{len(kept)}")
    if not stopped:
        client.stop_training_job(TrainingJobName="stops")
    assert over(engine, "stops")["TrainingJobStatus"] == "Stopped"
    (root / "on-runs-on").touch()
    assert over(engine, "runs-on")["TrainingJobStatus"] == "Completed"
    full = over(engine, "ends-when-full")
    assert full["TrainingJobStatus"] == "Completed" or "No space left" in full["FailureReason"]
    assert set(rounds.run_files(root / "runs").values()) == {1}
    for name in ("runs-on", "ends-when-full"):
        assert [line for lines in rounds.log_lines(engine, name) for line in lines] == ["line 0"]
    for name in kept:
        client.stop_training_job(TrainingJobName=name)
        over(engine, name)
    rounds.check_nothing_left(engine)


def test_it_goes_on_when_there_is_room_again(engine: EngineOnDisk, disk: SmallDisk, root: Path) -> None:
    engine.start()
    client = tuning.client(engine)
    client.create_training_job(**request(engine, "survivor", root))
    until(lambda: (root / "up-survivor").exists())
    (engine.data_dir / "capacity.json").write_text(json.dumps({"ml.p5.48xlarge": 0}))
    disk.fill()
    kept, _ = create_until_full(engine, root)
    (root / "on-survivor").touch()
    rounds.patiently(lambda: not rounds.scripts(engine))
    # Not over, and not lost either: there is no room for how it ended, or for the record of it.
    disk.free()
    found = over(engine, "survivor")
    assert found["TrainingJobStatus"] == "Completed" or "No space left" in found["FailureReason"]
    client.create_training_job(**request(engine, "after", root))
    (root / "on-after").touch()
    assert over(engine, "after")["TrainingJobStatus"] == "Completed"
    for name in kept:
        client.stop_training_job(TrainingJobName=name)
    assert rounds.run_files(root / "runs") == {"survivor": 1, "after": 1}


def test_an_engine_that_finds_no_room_says_so(engine: EngineOnDisk, disk: SmallDisk) -> None:
    engine.start()
    engine.kill()
    disk.fill()
    ended = engine.run_to_end()
    assert ended.returncode == 2
    assert "full" in ended.stderr or "No space" in ended.stderr
    assert "Traceback" not in ended.stderr
    disk.free()
    engine.start()
    assert tuning.client(engine).list_domains()["Domains"]


# The store alone, everywhere


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "engine.sqlite", lambda: 1.0)
    yield made
    made.close()


def test_what_does_not_fit_is_taken_back_whole(store: Store) -> None:
    database = store.database
    ((pages,),) = database.execute("PRAGMA page_count")
    database.execute(f"PRAGMA max_page_count = {pages + 20}")
    kept: list[int] = []

    def insert_until_full() -> None:
        while True:
            with store.transaction():
                for half in "ab":
                    store.insert(Record("k", f"{len(kept)}{half}", "arn", 1.0, 1.0, "s", body={"x": "x" * 2000}))
            kept.append(len(kept))

    with pytest.raises(sqlite3.OperationalError, match="full"):
        insert_until_full()
    assert kept
    database.execute("PRAGMA max_page_count = 1000000")
    with store.transaction():
        store.insert(Record("k", "after", "arn", 1.0, 1.0, "s"))
    assert store.count("k") == 2 * len(kept) + 1


def test_a_commit_that_fails_does_not_stay_open(store: Store) -> None:
    # A constraint that is looked at only then fails it as a full disk may.
    store.database.execute("PRAGMA foreign_keys = ON")
    store.database.execute("CREATE TABLE a (x PRIMARY KEY)")
    store.database.execute("CREATE TABLE b (x REFERENCES a DEFERRABLE INITIALLY DEFERRED)")

    def insert() -> None:
        with store.transaction():
            store.database.execute("INSERT INTO b VALUES (1)")
            store.insert(Record("k", "lost", "arn", 1.0, 1.0, "s"))

    with pytest.raises(sqlite3.IntegrityError):
        insert()
    with store.transaction():
        store.insert(Record("k", "kept", "arn", 1.0, 1.0, "s"))
    assert [record.key for record in store.find("k")] == ["kept"]
