"""Engines that start at once on one data directory: one has it, the others say so, and clients find the one."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import crash_rounds as rounds
import pytest
import tuning_help as tuning
from engine_process import EngineProcess, until

from jupyter_sm_ext.connections import local_engine

MANY = 3
FIND = """
import sys
from pathlib import Path
from jupyter_sm_ext.connections import local_engine
print(local_engine.start(Path(sys.argv[1])).pid)
"""


def started_at_once(data_dir: Path) -> list[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "jupyter_sm_ext.engine", "--data-dir", str(data_dir)]
    pipe = subprocess.PIPE
    return [subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) for _ in range(MANY)]


def test_one_has_the_directory_and_the_others_leave(tmp_path: Path) -> None:
    data_dir, keys = tmp_path / "data", set()
    for life in range(2):
        engines = started_at_once(data_dir)
        until(lambda engines=engines: [one.poll() for one in engines].count(local_engine.LOCKED) == MANY - 1, 120)
        (winner,) = [one for one in engines if one.poll() is None]
        assert winner.stdout is not None
        told = json.loads(winner.stdout.readline())
        assert told["pid"] == winner.pid
        for one in engines:
            if one is not winner:
                out, err = one.communicate()
                assert out == ""
                assert f"another engine is running on {data_dir}" in err
        known = EngineProcess(data_dir)
        known.told = told
        keys.add(known.file["access_key_id"])
        client = tuning.client(known)
        domain = client.list_domains()["Domains"][0]["DomainId"]
        client.create_space(DomainId=domain, SpaceName=f"life-{life}")
        found = client.list_spaces(DomainIdEquals=domain)["Spaces"]
        assert {space["SpaceName"] for space in found} == {f"life-{number}" for number in range(life + 1)}
        winner.kill()
        winner.communicate()
    assert len(keys) == 1


def test_all_who_start_one_find_the_same(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    try:
        with ThreadPoolExecutor(MANY) as pool:
            command = [sys.executable, "-c", FIND, str(data_dir)]
            ended = pool.map(lambda _: subprocess.run(command, capture_output=True, text=True, check=True), range(MANY))
            pids = {int(one.stdout) for one in ended}
        assert len(pids) == 1
        found = local_engine.find(data_dir)
        assert found is not None
        assert {found.pid} == pids
    finally:
        local_engine.stop(data_dir)


def test_one_that_leaves_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory was taken when it was asked for, and nobody has it a moment later."""
    data_dir = tmp_path / "data"
    real, codes = subprocess.Popen, iter([local_engine.LOCKED, local_engine.LOCKED])

    def sometimes_too_early(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        code = next(codes, None)
        if code is not None:
            command = [sys.executable, "-c", f"raise SystemExit({code})"]
        return real(command, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(local_engine.subprocess, "Popen", sometimes_too_early)
    try:
        found = local_engine.start(data_dir)
        assert found == local_engine.find(data_dir)
    finally:
        local_engine.stop(data_dir)


@pytest.mark.parametrize("number", range(rounds.share(0.04)))
def test_a_killed_winner_is_followed_by_one_of_those_that_come(tmp_path: Path, number: int) -> None:
    with rounds.seeded(number) as dice:
        engines = started_at_once(tmp_path / "data")
        pauses = [dice.uniform(0.0, 0.3) for _ in engines]
        for one, pause in zip(engines[1:], pauses, strict=False):
            try:
                one.wait(pause)
            except subprocess.TimeoutExpired:
                one.kill()
        for one in engines[1:]:
            one.communicate()
        last = EngineProcess(tmp_path / "data")
        if engines[0].poll() is None:
            engines[0].kill()
        engines[0].communicate()
        last.start()
        assert tuning.client(last).list_domains()["Domains"]
        assert last.terminate() == 0
