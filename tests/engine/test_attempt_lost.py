"""When an attempt counts as lost: never because it was looked at in the instant it started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_sm_ext.engine.launcher import Launcher
from jupyter_sm_ext.engine.runner import Attempt


@pytest.fixture
def attempt(tmp_path: Path) -> Attempt:
    spec = {"log": str(tmp_path / "log"), "index": str(tmp_path / "log.idx"), "command": ["true"]}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    return Attempt(tmp_path, Launcher(tmp_path / "launcher.err"))


def test_a_supervisor_that_claims_it_during_the_look(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    look = attempt.supervised

    def claimed_right_after() -> bool:
        found = look()
        (attempt.directory / "started").touch()
        return found

    monkeypatch.setattr(attempt, "supervised", claimed_right_after)
    monkeypatch.setattr(attempt, "_launched", float("inf"))
    assert attempt.lost() is None


def test_a_supervisor_that_is_gone(attempt: Attempt) -> None:
    (attempt.directory / "started").touch()
    assert attempt.lost() == "its supervising process ended without a result"
