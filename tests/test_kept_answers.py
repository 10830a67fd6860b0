"""Answers kept as files, and questions with a deadline."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from jupyter_sm_ext.checks import kept_answers
from jupyter_sm_ext.checks.deadline import within
from jupyter_sm_ext.checks.kept_answers import KeptAnswer


def test_an_answer_is_kept_with_its_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptAnswer(tmp_path, "one")
    assert kept.read() == (None, float("inf"))
    now = time.time()
    monkeypatch.setattr(kept_answers.time, "time", lambda: now)
    kept.write({"a": [1, "é"]})
    assert kept.read() == ({"a": [1, "é"]}, 0)
    monkeypatch.setattr(kept_answers.time, "time", lambda: now + 90)
    assert KeptAnswer(tmp_path, "one").read() == ({"a": [1, "é"]}, pytest.approx(90))
    monkeypatch.setattr(kept_answers.time, "time", lambda: now - 90)
    assert kept.read() == ({"a": [1, "é"]}, float("inf"))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"got": "x", "answer": {}}', '{"got": 1, "answer": [1]}', "\udcff"]
)
def test_a_file_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    kept = KeptAnswer(tmp_path, "one")
    kept.path.parent.mkdir()
    kept.path.write_text(text, errors="surrogateescape")
    assert kept.read() == (None, float("inf"))


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in its place")
    kept = KeptAnswer(tmp_path, "one")
    kept.write({})
    assert kept.read() == (None, float("inf"))


def test_what_is_not_done_in_time_goes_on_behind() -> None:
    go_on = threading.Event()

    def slow() -> str:
        assert go_on.wait(30)
        return "slow"

    def bad() -> str:
        raise ValueError("bad")

    quick, late, wrong = within(0.2, [lambda: "quick", slow, bad])
    assert quick.result(timeout=30) == "quick"
    assert not late.done()
    assert isinstance(wrong.exception(timeout=30), ValueError)
    go_on.set()
    assert late.result(timeout=30) == "slow"
    assert within(0, []) == []
