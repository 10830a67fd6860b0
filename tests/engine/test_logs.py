"""CloudWatch Logs over log files that the test writes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jobs_harness import Harness

from jupyter_sm_ext.engine.log_filter import matcher
from jupyter_sm_ext.engine.log_reader import EVENT_BYTES, OVERHEAD_BYTES
from jupyter_sm_ext.engine.logs import Logs
from jupyter_sm_ext.errors import NotFoundError, SageMakerError, ValidationError

Json = dict[str, Any]
GROUP = "/aws/sagemaker/TrainingJobs"
FIRST = 1_700_000_000_000


class LogFiles:
    """The Logs family, and logs as supervisors leave them."""

    def __init__(self, data_dir: Path) -> None:
        self.harness = Harness(data_dir, Logs)
        self.root = data_dir / "logs"

    def add(self, stream: str, text: str | bytes, at: int = FIRST) -> str:
        log = self.root / f"{stream}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        with log.with_suffix(".idx").open("ab") as file:
            file.write(at.to_bytes(8, sys.byteorder) + log.stat().st_size.to_bytes(8, sys.byteorder))
        return stream

    def call(self, operation: str, **request: Any) -> Json:
        if "logGroupIdentifier" not in request and operation != "DescribeLogGroups":
            request.setdefault("logGroupName", GROUP)
        return self.harness.call(operation, "logs", **request)

    def read(self, stream: str, **request: Any) -> Json:
        return self.call("GetLogEvents", logStreamName=stream, **request)

    def names(self, **request: Any) -> list[str]:
        return [stream["logStreamName"] for stream in self.call("DescribeLogStreams", **request)["logStreams"]]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[LogFiles]:
    made = LogFiles(tmp_path / "data")
    yield made
    made.harness.close()


def messages(answer: Json) -> list[str]:
    return [event["message"] for event in answer["events"]]


def lines(first: int, last: int) -> str:
    return "".join(f"line {number}\n" for number in range(first, last + 1))


def test_there_is_no_group_before_the_first_job(files: LogFiles) -> None:
    assert files.call("DescribeLogGroups") == {"logGroups": []}
    with pytest.raises(NotFoundError, match="The specified log group does not exist") as caught:
        files.names()
    assert caught.value.code == "ResourceNotFoundException"


def test_the_group(files: LogFiles) -> None:
    files.add("job/algo-1-1700000000", "x\n")
    (group,) = files.call("DescribeLogGroups", logGroupNamePrefix="/aws/sage")["logGroups"]
    assert group["logGroupName"] == GROUP
    assert files.call("DescribeLogGroups", logGroupNamePrefix="/other") == {"logGroups": []}
    assert files.names(logGroupIdentifier=group["logGroupArn"]) == ["job/algo-1-1700000000"]
    with pytest.raises(NotFoundError):
        files.names(logGroupName="/aws/other")


def test_streams_are_paged_and_the_last_page_has_no_token(files: LogFiles) -> None:
    made = [files.add(f"job-{number}/algo-1-1700000000", "x\n") for number in range(5)]
    made.append(files.add("job/algo-1-1700000000", "x\n"))
    found, request = [], {"limit": 4}
    while True:
        page = files.call("DescribeLogStreams", **request)
        found += [stream["logStreamName"] for stream in page["logStreams"]]
        if "nextToken" not in page:
            break
        request["nextToken"] = page["nextToken"]
    assert found == sorted(made)
    assert files.names(descending=True) == sorted(made, reverse=True)


def test_streams_of_a_job_by_prefix(files: LogFiles) -> None:
    for name in ("job/algo-1-1700000000", "job/algo-1-1700000009", "job-2/algo-1-1700000000"):
        files.add(name, "x\n")
    assert files.names(logStreamNamePrefix="job/") == ["job/algo-1-1700000000", "job/algo-1-1700000009"]
    assert len(files.names(logStreamNamePrefix="job")) == 3
    assert files.names(logStreamNamePrefix="../") == []
    assert files.names(logStreamNamePrefix="other/") == []


def test_a_stream_tells_its_times_and_they_order(files: LogFiles) -> None:
    late, early = files.add("a/algo-1-1700000000", "x\n", FIRST + 9_000), files.add("b/algo-1-1700000000", "x\n")
    files.add(early, "y\n", FIRST + 5_000)
    assert files.names(orderBy="LastEventTime") == [early, late]
    assert files.names(orderBy="LastEventTime", descending=True) == [late, early]
    (stream,) = files.call("DescribeLogStreams", logStreamNamePrefix="b/")["logStreams"]
    assert (stream["creationTime"], stream["firstEventTimestamp"]) == (FIRST, FIRST)
    assert stream["lastEventTimestamp"] == FIRST + 5_000
    with pytest.raises(ValidationError, match="Cannot order by LastEventTime"):
        files.names(orderBy="LastEventTime", logStreamNamePrefix="b/")


def test_reading_forward_to_the_end_and_on(files: LogFiles) -> None:
    stream = files.add("job/algo-1-1", lines(1, 7))
    found, token = [], None
    while True:
        page = files.read(stream, startFromHead=True, limit=3, **({"nextToken": token} if token else {}))
        found += messages(page)
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    assert found == lines(1, 7).splitlines()
    assert page["events"] == []
    files.add(stream, lines(8, 8), FIRST + 1_000)
    page = files.read(stream, nextToken=token)
    assert messages(page) == ["line 8"]
    assert page["events"][0]["timestamp"] == FIRST + 1_000


def test_reading_backward_from_the_end(files: LogFiles) -> None:
    stream = files.add("job/algo-1-1", lines(1, 7))
    page = files.read(stream, limit=3)
    assert messages(page) == ["line 5", "line 6", "line 7"]
    forward = page["nextForwardToken"]
    assert files.read(stream, nextToken=forward)["nextForwardToken"] == forward
    found = messages(page)
    while True:
        token = page["nextBackwardToken"]
        page = files.read(stream, limit=3, nextToken=token)
        found = messages(page) + found
        if page["nextBackwardToken"] == token:
            break
    assert found == lines(1, 7).splitlines()


def test_tokens_lead_back_and_forth(files: LogFiles) -> None:
    stream = files.add("job/algo-1-1", lines(1, 9))
    first = files.read(stream, startFromHead=True, limit=4)
    second = files.read(stream, nextToken=first["nextForwardToken"], limit=4)
    assert messages(files.read(stream, nextToken=second["nextBackwardToken"], limit=4)) == messages(first)


def test_an_unfinished_line_waits(files: LogFiles) -> None:
    stream = files.add("job/algo-1-1", "one\ntw")
    forward, backward = files.read(stream, startFromHead=True), files.read(stream)
    assert messages(forward) == messages(backward) == ["one"]
    files.add(stream, "o\n")
    for page in (forward, backward):
        assert messages(files.read(stream, nextToken=page["nextForwardToken"])) == ["two"]


def test_only_an_unfinished_line(files: LogFiles) -> None:
    stream = files.add("job/algo-1-1", "tw")
    page = files.read(stream)
    assert page["events"] == []
    files.add(stream, "o\n")
    assert messages(files.read(stream, nextToken=page["nextForwardToken"])) == ["two"]


def test_times_are_bounds(files: LogFiles) -> None:
    stream = "job/algo-1-1"
    for number in range(6):
        files.add(stream, f"line {number}\n", FIRST + number * 1_000)
    bounds = {"startTime": FIRST + 1_000, "endTime": FIRST + 4_000}
    for more in ({"startFromHead": True}, {}):
        assert messages(files.read(stream, **bounds, **more)) == ["line 1", "line 2", "line 3"]
    assert messages(files.read(stream, limit=2, **bounds)) == ["line 2", "line 3"]
    assert messages(files.read(stream, startFromHead=True, startTime=FIRST + 9_000)) == []


def test_a_page_is_at_most_a_mebibyte(files: LogFiles) -> None:
    stream = files.add("job/algo-1-1", ("x" * 9_999 + "\n") * 300)
    page = files.read(stream, startFromHead=True)
    assert sum(len(message) + OVERHEAD_BYTES for message in messages(page)) <= 1 << 20
    assert len(page["events"]) == (1 << 20) // (9_999 + OVERHEAD_BYTES)
    assert len(files.read(stream)["events"]) == len(page["events"])


def test_a_page_is_at_most_ten_thousand_events(files: LogFiles) -> None:
    stream = files.add("job/algo-1-1", "x\n" * 10_001)
    assert len(files.read(stream, startFromHead=True)["events"]) == 10_000


@pytest.mark.parametrize("head", [True, False])
def test_a_huge_line_is_cut_and_nothing_is_lost(files: LogFiles, head: bool) -> None:
    huge = "".join(f"{number:09d}" for number in range(80_000))
    stream = files.add("job/algo-1-1", f"before\n{huge}\nafter\n")
    found: list[str] = []
    page = files.read(stream, startFromHead=head)
    while True:
        found = found + messages(page) if head else messages(page) + found
        token = page["nextForwardToken" if head else "nextBackwardToken"]
        page = files.read(stream, nextToken=token)
        if not page["events"]:
            break
    assert max(len(message) for message in found) + OVERHEAD_BYTES == EVENT_BYTES
    assert "".join(found) == f"before{huge}after"
    assert (found[0], found[-1]) == ("before", "after")


def test_empty_lines_bytes_that_are_no_text_and_carriage_returns(files: LogFiles) -> None:
    stream = files.add("job/algo-1-1", b"a\n\n\r\nb\xff\xfec\r\n  \n")
    assert messages(files.read(stream, startFromHead=True)) == ["a", "b��c", "  "]
    assert messages(files.read(stream)) == ["a", "b��c", "  "]


@pytest.mark.parametrize("stream", ["job/other", "../secret/algo-1-1", "job/../job/algo-1-1", "job", "a/b/c", "/etc/x"])
def test_no_such_stream(files: LogFiles, stream: str) -> None:
    files.add("job/algo-1-1", "x\n")
    with pytest.raises(NotFoundError, match="The specified log stream does not exist"):
        files.read(stream)


@pytest.mark.parametrize("token", ["x", "f/1/s", "f/" + "9" * 56 + "/x"])
def test_a_token_that_is_none(files: LogFiles, token: str) -> None:
    stream = files.add("job/algo-1-1", "x\n")
    for call in (lambda: files.read(stream, nextToken=token), lambda: files.names(nextToken=token)):
        with pytest.raises(SageMakerError) as caught:
            call()
        assert caught.value.code == "InvalidParameterException"


def test_a_token_beyond_the_end(files: LogFiles) -> None:
    stream = files.add("job/algo-1-1", "x\n")
    token = f"f/{'9' * 56}/s"
    page = files.read(stream, nextToken=token)
    assert (page["events"], page["nextForwardToken"]) == ([], token)
    assert messages(files.read(stream, nextToken=token.replace("f", "b"))) == ["x"]


def test_filter_merges_streams_by_time_and_pages(files: LogFiles) -> None:
    for number in range(4):
        for name in ("a/algo-1-1", "b/algo-1-1"):
            files.add(name, f"{name[0]} {number}\n", FIRST + number * 1_000)
    files.add("b/algo-1-1", "b noise\n", FIRST + 9_000)
    found, request = [], {"limit": 3, "filterPattern": "-noise"}
    while True:
        page = files.call("FilterLogEvents", **request)
        found += page["events"]
        if "nextToken" not in page:
            break
        request["nextToken"] = page["nextToken"]
    assert [event["message"] for event in found] == [f"{name} {number}" for number in range(4) for name in "ab"]
    assert len({event["eventId"] for event in found}) == len(found)
    only = files.call("FilterLogEvents", logStreamNamePrefix="a/", startTime=FIRST + 1_000, endTime=FIRST + 3_000)
    assert messages(only) == ["a 1", "a 2"]
    assert messages(files.call("FilterLogEvents", logStreamNames=["b/algo-1-1"], filterPattern="noise")) == ["b noise"]


@pytest.mark.parametrize(
    ("pattern", "fits", "not_fits"),
    [
        ("", "anything", None),
        ("ERROR", "an ERROR here", "an error here"),
        ("ERROR disk", "disk ERROR", "ERROR"),
        ('"disk full"', "the disk full", "full disk"),
        ("?WARN ?ERROR", "WARN x", "INFO x"),
        ("ERROR -ignored", "ERROR", "ERROR ignored"),
        ('"say \\"hi\\""', 'they say "hi"', "they say hi"),
    ],
)
def test_patterns(pattern: str, fits: str, not_fits: str | None) -> None:
    fit = matcher(pattern)
    assert fit(fits)
    assert not_fits is None or not fit(not_fits)


@pytest.mark.parametrize("pattern", ["{ $.a = 1 }", "[a, b]", "%re%"])
def test_patterns_that_are_not_there_are_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="plain terms"):
        matcher(pattern)


def test_a_real_job_s_log(files: LogFiles) -> None:
    files.harness.create("chatty", "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.stdout.write('last')")
    described = files.harness.over("chatty")
    (stream,) = files.names(logStreamNamePrefix="chatty/")
    page = files.read(stream, startFromHead=True)
    assert messages(page) == ["out", "err", "last"]
    begun, ended = described["TrainingStartTime"] * 1000, described["TrainingEndTime"] * 1000
    assert all(begun <= event["timestamp"] <= ended + 1_000 for event in page["events"])
    assert json.dumps(page["events"][0]["timestamp"]).isdigit()
    files.harness.call("DeleteTrainingJob", TrainingJobName="chatty")
    assert messages(files.read(stream)) == ["out", "err", "last"]
