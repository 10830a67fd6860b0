"""The supervisor and files: source, requirements, channels, checkpoints, output, log."""

from __future__ import annotations

import json
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from supervisor_help import Trial, trials

from jupyter_sm_ext.engine import requirements, supervisor_files


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Callable[..., Trial]]:
    with trials(tmp_path) as make:
        yield make


def test_channels_are_copies(trial: Callable[..., Trial], tmp_path: Path) -> None:
    home = tmp_path / "data-bucket"
    for key in ("set/train/a.csv", "set/train/deep/b.csv", "set/train-extra.csv", "set/other/c.csv", "one.csv"):
        (home / key).parent.mkdir(parents=True, exist_ok=True)
        (home / key).write_text(key)
    (home / "set" / "train" / "link.csv").symlink_to("/etc/passwd")
    plain = {"home": str(home), "files": []}
    one = trial(
        "import pathlib\nfor p in sorted(pathlib.Path('../input/data').rglob('*.csv')):\n"
        "    print(p.relative_to('../input/data'))\n    p.write_text('changed')\n",
        channels=[
            {"name": "folder", "prefix": "set/train/", **plain},
            {"name": "part", "prefix": "set/train", **plain},
            {"name": "one", "prefix": "one.csv", "home": str(home), "files": [[str(home / "one.csv"), "one.csv"]]},
        ],
    )
    assert one.run()["code"] == 0
    assert one.log.splitlines() == [
        "folder/a.csv",
        "folder/deep/b.csv",
        "one/one.csv",
        "part/a.csv",
        "part/deep/b.csv",
        "part/train-extra.csv",
    ]
    assert (home / "set/train/a.csv").read_text() == "set/train/a.csv"


def test_a_prefix_does_not_lead_out_of_its_bucket(tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    (tmp_path / "secret").write_text("x")
    for prefix in ("../", "a/../../", "./", "..", "../secret", f"{tmp_path}/", "//", f"a/{tmp_path}/"):
        assert list(supervisor_files.files_under(str(tmp_path / "bucket"), prefix)) == []


def test_checkpoints_come_back_and_go_out(trial: Callable[..., Trial]) -> None:
    one = trial(
        "import os, pathlib\nfolder = pathlib.Path('../checkpoints')\n"
        "print(sorted(p.name for p in folder.iterdir()))\n(folder / 'old').unlink()\n(folder / 'new').write_text('n')\n"
    )
    remote = one.home / "checkpoints"
    remote.mkdir()
    for name in ("old", "kept"):
        (remote / name).write_text(name)
    one.spec["checkpoints"] = {"local": str(one.directory / "opt/ml/checkpoints"), "remote": str(remote)}
    (one.directory / "spec.json").write_text(json.dumps(one.spec))
    assert one.run()["code"] == 0
    assert one.log == "['kept', 'old']\n"
    assert sorted(path.name for path in remote.iterdir()) == ["kept", "new"]


def test_uncompressed_output_is_plain_files(trial: Callable[..., Trial]) -> None:
    one = trial("import os\nos.mkdir('../model/d')\nopen('../model/d/w', 'w').write('x')")
    one.spec["outputs"] |= {"compressed": False, "model": str(one.home / "out" / "model")}
    (one.directory / "spec.json").write_text(json.dumps(one.spec))
    assert one.run()["stored"] == ["model"]
    assert (one.home / "out" / "model" / "d" / "w").read_text() == "x"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no object s3://bucket/source.tar.gz"),
        (b"no archive", "cannot unpack s3://bucket/source.tar.gz"),
    ],
)
def test_a_source_that_cannot_be_read(trial: Callable[..., Trial], content: bytes | None, said: str) -> None:
    one = trial("pass")
    archive = Path(one.spec["source"]["path"])
    archive.unlink() if content is None else archive.write_bytes(content)
    result = one.run()
    assert result["error"].startswith(f"ClientError: {said}")
    assert one.events() == ["Downloading", "Uploading", "Exit"]


def test_a_source_that_leaves_its_directory_is_refused(trial: Callable[..., Trial]) -> None:
    one = trial("pass")
    with tarfile.open(one.spec["source"]["path"], "w:gz") as archive:
        one.add(archive, "../../../../escaped.py", "x")
    assert "cannot unpack" in one.run()["error"]
    assert not (one.root / "escaped.py").exists()


def test_a_bucket_that_is_gone_fails_the_job(trial: Callable[..., Trial]) -> None:
    one = trial("pass")
    one.home.rmdir()
    assert one.run()["error"].startswith("ClientError: Artifact upload failed: the bucket")
    assert not one.home.exists()


def test_requirements_that_are_met_and_that_are_not(trial: Callable[..., Trial], tmp_path: Path) -> None:
    command = [sys.executable, requirements.__file__]
    met = "# a comment\npsutil>=5 ; python_version > '3'\n--extra-index-url https://nowhere.invalid\n"
    for number, (text, error) in enumerate([(met, None), ("psutil>=5000\nno-such-thing\ngit+https://x.invalid/y", "")]):
        one = trial("print('ran')", requirements=command)
        with tarfile.open(tmp_path / f"s{number}.tar.gz", "w:gz") as archive:
            one.add(archive, "train.py", "print('ran')")
            one.add(archive, "requirements.txt", text)
        one.spec["source"]["path"] = str(tmp_path / f"s{number}.tar.gz")
        (one.directory / "spec.json").write_text(json.dumps(one.spec))
        result = one.run()
        if error is None:
            assert (result["error"], one.log) == (None, "ran\n")
        else:
            assert "psutil>=5000 (it has " in result["error"]
            assert "no-such-thing" in result["error"]
            assert "git+https://x.invalid/y (not a name" in result["error"]
            assert "SM_LOCAL_PYTHON" in result["error"]


def test_the_log_s_last_line_is_complete_and_timed(trial: Callable[..., Trial]) -> None:
    before = int(time.time() * 1000)
    one = trial("import sys\nsys.stdout.write('no newline')")
    one.run()
    assert one.log == "no newline\n"
    pairs = memoryview(Path(one.spec["index"]).read_bytes()).cast("Q")
    assert list(pairs[1::2]) == [len("no newline")]
    assert before <= pairs[0] <= int(time.time() * 1000)
