"""Metrics read from a growing log."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jupyter_sm_ext.engine.metrics import Scanner
from jupyter_sm_ext.engine.timeline import Timeline
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.metric_lines import MetricLines, single

ACCURACY = {"Name": "acc", "Regex": r"acc=([0-9.eE+-]+|nan|inf)"}
LOSS = {"Name": "loss", "Regex": r"loss: (\S+)"}


class Log:
    """A log that a test writes, with the index a supervisor would write."""

    def __init__(self, folder: Path) -> None:
        self.path, self.index = folder / "a.log", folder / "a.idx"

    def add(self, text: str | bytes, at: int = 0) -> None:
        with self.path.open("ab") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        if at:
            with self.index.open("ab") as file:
                size = self.path.stat().st_size
                file.write(at.to_bytes(8, sys.byteorder) + size.to_bytes(8, sys.byteorder))


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def values(scanner: Scanner) -> dict[str, float]:
    return {metric["MetricName"]: metric["Value"] for metric in scanner.final()}


def test_the_last_value_counts_and_is_a_float32(log: Log) -> None:
    log.add("epoch 1 acc=0.1 loss: 3\nepoch 2 acc=0.2 loss: 2\nacc=0.3 acc=1.19876003\n", at=5_000)
    scanner = Scanner([ACCURACY, LOSS], log.path, log.index)
    assert not scanner.scan()
    assert values(scanner) == {"acc": 1.1987600326538086, "loss": 2.0}
    assert {metric["Timestamp"] for metric in scanner.final()} == {5.0}


def test_it_reads_on_where_it_was_and_only_complete_lines(log: Log) -> None:
    scanner = Scanner([ACCURACY], log.path, log.index)
    scanner.scan()
    assert values(scanner) == {}
    log.add("acc=0.5\nacc=0.")
    scanner.scan()
    assert values(scanner) == {"acc": 0.5}
    log.add("75\n")
    scanner.scan()
    assert values(scanner) == {"acc": 0.75}


def test_a_line_s_time_is_that_of_its_look(log: Log) -> None:
    log.add("acc=0.1\n", at=1_000)
    log.add("nothing\n", at=2_000)
    log.add("loss: 1\n", at=3_000)
    scanner = Scanner([ACCURACY, LOSS], log.path, log.index)
    scanner.scan()
    assert {metric["MetricName"]: metric["Timestamp"] for metric in scanner.final()} == {"acc": 1.0, "loss": 3.0}


def test_a_log_longer_than_a_look_takes_several(log: Log) -> None:
    log.add("x" * 100 + "\n")
    log.add(("y" * 999 + "\n") * 600 + "acc=0.9\n")
    scanner = Scanner([ACCURACY], log.path, log.index)
    looks = 1
    while scanner.scan():
        looks += 1
    assert looks > 2
    assert values(scanner) == {"acc": pytest.approx(0.9)}


def test_bytes_that_are_no_text_and_lines_without_an_end(log: Log) -> None:
    log.add(b"\xff\xfe acc=0.25\n")
    log.add("z" * 700_000)
    log.add("\nacc=0.5\n")
    scanner = Scanner([ACCURACY], log.path, log.index)
    while scanner.scan():
        pass
    assert values(scanner) == {"acc": 0.5}


def test_what_is_no_number_is_no_value(log: Log) -> None:
    log.add("loss: much\nacc=nan\nacc=inf\nacc=1e300\nacc=1e-3\nacc=nan\n")
    scanner = Scanner([ACCURACY, LOSS], log.path, log.index)
    scanner.scan()
    assert values(scanner) == {"acc": single("0.001")}


def test_a_catastrophic_regex_is_dropped_and_the_others_go_on(log: Log, caplog: pytest.LogCaptureFixture) -> None:
    log.add(f"{'a' * 5000}! acc=0.5\n{'a' * 5000}! acc=0.75\n")
    scanner = Scanner([{"Name": "slow", "Regex": "(a|aa)+$"}, ACCURACY], log.path, log.index)
    scanner.scan()
    assert values(scanner) == {"acc": 0.75}
    assert [record.args for record in caplog.records] == [("slow",)]


def test_a_group_that_took_no_part_and_no_group_at_all(log: Log) -> None:
    log.add("only this\n7\n")
    scanner = Scanner([{"Name": "a", "Regex": "only(\\d)?"}, {"Name": "b", "Regex": "^[0-9]+$"}], log.path, log.index)
    scanner.scan()
    assert values(scanner) == {"b": 7.0}


def test_a_regex_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="metric definition bad"):
        MetricLines([{"Name": "bad", "Regex": "(["}])


@pytest.mark.parametrize(("text", "value"), [("0.1", 0.10000000149011612), ("1e39", None), ("", None), ("nan", None)])
def test_single(text: str, value: float | None) -> None:
    assert single(text) == value


def test_a_timeline_answers_both_ways(log: Log) -> None:
    log.add("one\n", at=1_000)
    log.add("two\n", at=2_000)
    log.add("late\n")
    timeline = Timeline(log.path, log.index)
    assert [timeline.at(offset) for offset in (1, 4, 5, 8)] == [1_000, 1_000, 2_000, 2_000]
    assert timeline.at(13) == int(log.path.stat().st_mtime * 1000)
    assert [timeline.offset(at) for at in (500, 1_000, 1_001, 2_000, 9_000)] == [0, 0, 4, 4, 8]
    assert (timeline.first, timeline.last) == (1_000, 2_000)


def test_a_torn_index_is_read_as_far_as_it_goes(log: Log) -> None:
    log.add("one\n", at=1_000)
    with log.index.open("ab") as file:
        file.write(b"torn")
    assert Timeline(log.path, log.index).last == 1_000
