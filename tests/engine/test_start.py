"""Start, stop, and everything that can be in the way of a start."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import EndpointConnectionError
from engine_process import EngineProcess, until

NewEngine = Callable[..., EngineProcess]


@contextmanager
def listening(port: int = 0) -> Iterator[int]:
    with closing(socket.socket()) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield other.getsockname()[1]


def refused(engine: EngineProcess, code: int, *options: str) -> str:
    """The one line with which an engine refuses to start."""
    ended = engine.run_to_end(*options)
    assert ended.returncode == code
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    return line


def test_ready_line_and_file_tell_where_it_is(new_engine: NewEngine) -> None:
    engine = new_engine().start()
    assert set(engine.told) == {"endpoint_url", "pid", "data_dir", "region", "account"}
    assert engine.process is not None
    assert engine.told["pid"] == engine.process.pid
    assert engine.told["data_dir"] == str(engine.data_dir)
    assert {name: engine.file[name] for name in engine.told} == engine.told
    assert engine.client("sts").get_caller_identity()["Account"] == engine.told["account"] == "000000000000"


def test_what_it_writes_is_its_owners_alone(new_engine: NewEngine) -> None:
    before = os.umask(0)
    try:
        engine = new_engine().start()
    finally:
        os.umask(before)
    engine.client("s3").put_object(Bucket=engine.bucket, Key="a/b", Body=b"x")
    found = [engine.data_dir, *engine.data_dir.rglob("*")]
    assert any(path.name == "engine.json" for path in found)
    assert [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_it_listens_on_loopback_only(new_engine: NewEngine) -> None:
    engine = new_engine().start()
    listeners = [c for c in psutil.Process(engine.told["pid"]).net_connections() if c.status == psutil.CONN_LISTEN]
    assert [c.laddr.ip for c in listeners] == ["127.0.0.1"]


def test_first_start_makes_what_a_connection_counts_on(new_engine: NewEngine) -> None:
    engine = new_engine().start()
    client = engine.client("sagemaker")
    (domain,) = client.list_domains()["Domains"]
    (profile,) = client.list_user_profiles(DomainIdEquals=domain["DomainId"])["UserProfiles"]
    assert (domain["DomainName"], domain["Status"]) == ("local", "InService")
    assert (profile["UserProfileName"], profile["Status"]) == ("default", "InService")
    engine.client("s3").head_bucket(Bucket=engine.bucket)


def test_a_deleted_domain_does_not_come_back(new_engine: NewEngine) -> None:
    engine = new_engine().start()
    client = engine.client("sagemaker")
    domain_id = client.list_domains()["Domains"][0]["DomainId"]
    client.delete_user_profile(DomainId=domain_id, UserProfileName="default")
    until(lambda: not client.list_user_profiles()["UserProfiles"])
    client.delete_domain(DomainId=domain_id)
    until(lambda: not client.list_domains()["Domains"])
    engine.terminate()
    assert engine.start().client("sagemaker").list_domains()["Domains"] == []


def test_region_of_the_first_start_stays(new_engine: NewEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    engine = new_engine().start()
    engine.terminate()
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert engine.start().told["region"] == "eu-central-1"
    arn = engine.client("sagemaker").list_domains()["Domains"][0]["DomainArn"]
    assert arn.startswith("arn:aws:sagemaker:eu-central-1:000000000000:domain/d-")


def test_a_region_that_is_none_is_not_taken(new_engine: NewEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "../../etc")
    assert new_engine().start().told["region"] == "us-east-1"


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_restart_keeps_port_keys_and_records(new_engine: NewEngine, end: str) -> None:
    engine = new_engine().start()
    client, before = engine.client("sagemaker"), engine.file
    domain_id = client.list_domains()["Domains"][0]["DomainId"]
    client.create_space(DomainId=domain_id, SpaceName="mine")
    getattr(engine, end)()
    engine.start()
    assert {**engine.file, "pid": 0} == {**before, "pid": 0}
    # The same client goes on: a kernel does not notice that the engine was restarted.
    assert client.describe_space(DomainId=domain_id, SpaceName="mine")["SpaceName"] == "mine"
    until(lambda: client.describe_space(DomainId=domain_id, SpaceName="mine")["Status"] == "InService")


def test_it_takes_another_port_if_its_own_is_taken(new_engine: NewEngine) -> None:
    engine = new_engine().start()
    port = int(engine.host.partition(":")[2])
    engine.terminate()
    with listening(port):
        engine.start()
    assert engine.host != f"127.0.0.1:{port}"
    engine.client("sts").get_caller_identity()


def test_a_port_asked_for_is_taken_or_refused(new_engine: NewEngine) -> None:
    engine = new_engine()
    with listening() as port:
        line = refused(engine, 2, "--port", str(port))
        assert f"port {port}" in line
        assert "in use" in line
    assert engine.start("--port", str(port)).endpoint_url == f"http://127.0.0.1:{port}"


def test_a_second_engine_on_the_directory_is_refused(new_engine: NewEngine, tmp_path: Path) -> None:
    engine = new_engine().start()
    line = refused(new_engine(), 3)
    assert str(engine.data_dir) in line
    engine.client("sts").get_caller_identity()
    assert new_engine(tmp_path / "other").start().endpoint_url != engine.endpoint_url


def test_a_directory_that_cannot_be_made(new_engine: NewEngine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    line = refused(new_engine(tmp_path / "file" / "data"), 2)
    assert "Not a directory" in line
    assert "data directory" in line


def test_a_database_that_is_none(new_engine: NewEngine) -> None:
    engine = new_engine()
    engine.data_dir.mkdir()
    (engine.data_dir / "engine.sqlite").write_bytes(b"not a database" * 100)
    assert "engine.sqlite" in refused(engine, 2)


def test_a_database_of_a_newer_version(new_engine: NewEngine) -> None:
    engine = new_engine()
    engine.data_dir.mkdir()
    with closing(sqlite3.connect(engine.data_dir / "engine.sqlite")) as database:
        database.execute("PRAGMA user_version = 99")
    assert "newer version" in refused(engine, 2)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"endpoint_url": 3}', "\0\0"])
def test_a_broken_engine_json_is_made_anew(new_engine: NewEngine, content: str) -> None:
    engine = new_engine()
    engine.data_dir.mkdir()
    (engine.data_dir / "engine.json").write_text(content)
    engine.start().client("sts").get_caller_identity()


@pytest.mark.parametrize("options", [["--port", "70000"], ["--idle-seconds", "-1"], ["--idle-seconds", "nan"], ["--x"]])
def test_bad_options(new_engine: NewEngine, options: list[str]) -> None:
    ended = new_engine().run_to_end(*options)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_sigterm_ends_it_cleanly(new_engine: NewEngine) -> None:
    engine = new_engine().start()
    client = engine.client("sagemaker")
    client.list_domains()
    assert engine.terminate() == 0
    assert engine.file["pid"] == 0
    assert not (engine.data_dir / "engine.sqlite-wal").exists()
    with pytest.raises(EndpointConnectionError):
        client.list_domains()


def test_it_leaves_when_nobody_wants_anything(new_engine: NewEngine) -> None:
    engine = new_engine().start("--idle-seconds", "0.3")
    assert engine.wait() == 0
    assert json.loads((engine.data_dir / "engine.json").read_text())["pid"] == 0


def test_it_does_nothing_while_nothing_is_to_do(engine: EngineProcess) -> None:
    process = psutil.Process(engine.told["pid"])
    engine.client("sagemaker").list_domains()

    def at_rest() -> bool:
        before = process.num_ctx_switches().voluntary
        with pytest.raises(psutil.TimeoutExpired):
            process.wait(0.5)
        return process.num_ctx_switches().voluntary - before < 20

    until(at_rest)
