"""What goes beside a script, and what never does: on a repository with packages, links, secrets and much else."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tarfile
import textwrap
from pathlib import Path

import pytest
from unpacking import unpack

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.files import collect, size_text
from jupyter_sm_ext.launching.local_imports import local_imports
from jupyter_sm_ext.launching.options import JobOptions
from jupyter_sm_ext.launching.packing import package
from jupyter_sm_ext.launching.requirements_list import requirements_text
from jupyter_sm_ext.launching.source import Script

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----\n"
SECRETS = (
    ".env", ".env.production", "server.pem", "id_rsa", "id_ed25519.bak", ".netrc", "credentials", "credentials.json",
    "my-credentials.yaml", "application_default_credentials.json", "secrets.toml", "kaggle.json", ".aws/config",
    ".git/config", ".ssh/known_hosts", "prod.tfvars", ".npmrc",
)  # fmt: skip


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repository"
    write(
        root,
        {
            "utils.py": "import nets.layers\nVALUE = 1\n",
            "unused.py": "VALUE = 2\n",
            "nets/__init__.py": "from nets import layers\n",
            "nets/layers.py": "import circle\nfrom . import sub\n",
            "nets/sub/__init__.py": "",
            "nets/vocabulary.txt": "a b c\n",
            "nets/__pycache__/layers.pyc": "x",
            "nets/.env": "TOKEN=abc\n",
            "circle.py": "import utils\n",
            "parts/one.py": "",
            "parts/big.csv": "1,2\n",
            "data/train.csv": "1,2\n",
        },
    )
    (root / "linked").symlink_to(root / "elsewhere")
    write(root / "elsewhere", {"__init__.py": "", "code.py": "X = 1\n"})
    # 1 GB that nobody asked for; it takes no room, and reading it would take its time.
    with (root / "recording.bin").open("wb") as file:
        file.truncate(1_000_000_000)
    with (root / "nets" / "weights.bin").open("wb") as file:
        file.truncate(1_000_000_000)
    monkeypatch.chdir(root)
    return root


def members(body: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        assert all(each.isfile() for each in archive)
        return {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]


SCRIPT = Script(
    textwrap.dedent(
        """
        import json, os, numpy
        import utils
        from linked.code import X
        from parts import one
        if X:
            import not_there
        """
    ),
    "train.py",
)


def test_what_a_script_imports_is_packed_and_told(repository: Path) -> None:
    packed = package(SCRIPT, JobOptions())
    assert set(members(packed.body)) == {
        "train.py", "utils.py", "circle.py", "nets/__init__.py", "nets/layers.py", "nets/sub/__init__.py",
        "nets/vocabulary.txt", "linked/__init__.py", "linked/code.py", "parts/one.py",
    }  # fmt: skip
    [line] = packed.lines
    assert line.startswith("imported and packed: circle.py, linked/__init__.py, linked/code.py, nets/__init__.py, ")
    assert "left out: nets/.env (a secret); nets/weights.bin (above 10 MB beside code; give data with --data)" in line


def test_a_packed_script_runs_where_nothing_else_is(repository: Path, tmp_path: Path) -> None:
    script = Script("import nets.layers, utils\nprint(utils.VALUE, nets.layers.__name__)\n", "main.py")
    with tarfile.open(fileobj=io.BytesIO(package(script, JobOptions()).body)) as archive:
        unpack(archive, tmp_path / "job")
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=tmp_path / "job", capture_output=True, text=True, check=True, env={}
    )
    assert done.stdout == "1 nets.layers\n"


def test_what_nobody_asked_for_is_not_read(repository: Path) -> None:
    opened: list[str] = []
    looking = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if looking[0] and event == "open":
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)  # cannot be taken away again
    package(SCRIPT, JobOptions())
    looking[0] = False
    read = {
        os.path.relpath(path, repository) for path in opened if not os.path.relpath(path, repository).startswith("..")
    }
    assert "utils.py" in read
    assert not read & {"recording.bin", "nets/weights.bin", "unused.py", "data/train.csv"}


def test_imports_can_be_left_alone(repository: Path) -> None:
    assert set(members(package(SCRIPT, JobOptions(imports=False)).body)) == {"train.py"}


def test_what_is_included_by_hand_is_not_packed_twice(repository: Path) -> None:
    packed = package(SCRIPT, JobOptions(include=["utils.py", "circle.py"]))
    assert "utils.py" in members(packed.body)
    assert all(not line.startswith("imported and packed: circle.py") for line in packed.lines)


def test_a_module_of_the_scripts_own_name_needs_another(repository: Path) -> None:
    with pytest.raises(ValidationError, match=r"two files named 'utils\.py' beside the script"):
        package(Script("import circle\n", "utils.py"), JobOptions())


def test_a_module_that_is_neither_here_nor_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "lib", {"sm_far_away.py": ""})
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    lines = package(Script("import sm_far_away, numpy, json, sm_no_such\n"), JobOptions()).lines
    place = tmp_path / "lib" / "sm_far_away.py"
    assert lines == [
        f"imported, but not packed: sm_far_away from {place}; if a job needs it there, add --include {place}"
    ]


def test_imports_of_what_cannot_be_read_are_none(tmp_path: Path) -> None:
    assert local_imports("print 'old'\n", tmp_path).modules == []


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_stay_here_and_are_told(tmp_path: Path, name: str) -> None:
    write(tmp_path / "src", {"code.py": "", ".env.example": "TOKEN=\n", "credentials.py": "", name: "x"})
    packed = package(Script("pass"), JobOptions(include=[tmp_path / "src"]))
    assert set(members(packed.body)) == {"script.py", "src/code.py", "src/.env.example", "src/credentials.py"}
    told = name.partition("/")[0]
    assert re.search(rf"2 files.*|3 files, .*; left out: {re.escape(told)}/? \((a secret|a history)\)", packed.lines[0])
    assert f"left out: {told}" in packed.lines[0]


def test_a_key_is_a_secret_under_any_name_and_behind_any_link(tmp_path: Path) -> None:
    write(tmp_path, {"src/code.py": f"# {KEY[:20]}\n", "src/notes.txt": KEY, "home/.aws/config": "x", "home/.env": "x"})
    write(tmp_path, {"src/account.json": '{"private_key": "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0B"}'})
    (tmp_path / "src" / "settings").symlink_to(tmp_path / "home" / ".aws")
    (tmp_path / "src" / "plain.txt").symlink_to(tmp_path / "home" / ".env")
    (tmp_path / "src" / "config.txt").symlink_to(tmp_path / "home" / ".aws" / "config")
    found = collect(tmp_path / "src", "--include")
    assert set(found.files) == {"code.py"}
    assert {name for name, why in found.left_out if why == "a secret"} == {
        "notes.txt", "account.json", "settings/", "plain.txt", "config.txt"
    }  # fmt: skip


def test_a_secret_that_is_named_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {".env": "TOKEN=abc"})
    with pytest.raises(ValidationError, match=r"--include: .*\.env is a secret, and is not copied into a job"):
        package(Script("pass"), JobOptions(include=[tmp_path / ".env"]))


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    write(tmp_path, {"src/a/one.txt": "1", "other/two.txt": "2"})
    (tmp_path / "src" / "a" / "up").symlink_to(tmp_path / "src")
    (tmp_path / "src" / "b").symlink_to(tmp_path / "other")
    (tmp_path / "src" / "three.txt").symlink_to(tmp_path / "other" / "two.txt")
    (tmp_path / "src" / "gone").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "src" / "pipe")
    found = collect(tmp_path / "src", "--data train")
    assert {name: path.read_text() for name, path in found.files.items()} == {
        "a/one.txt": "1", "b/two.txt": "2", "three.txt": "2"
    }  # fmt: skip
    assert dict(found.left_out) == {
        "a/up/": "a link that leads round in a circle",
        "gone": "a link that leads nowhere",
        "pipe": "not a file",
    }


def test_environments_stay_here(tmp_path: Path) -> None:
    write(tmp_path, {"src/code.py": "", "src/env/pyvenv.cfg": "", "src/env/lib/x.py": "", "src/node_modules/x.js": ""})
    found = collect(tmp_path / "src", "--include")
    assert set(found.files) == {"code.py"}
    assert dict(found.left_out) == {"env/": "an environment", "node_modules/": "an environment"}


def test_what_is_big_must_be_meant(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(1_001):
        (folder / f"{number}.txt").touch()
    with pytest.raises(ValidationError, match=r"has 1,001 files, 0 bytes; above 1,000 files or 100 MB .* --yes") as big:
        package(Script("pass"), JobOptions(include=[folder]))
    assert "Add --yes" in str(big.value.hint)
    assert len(members(package(Script("pass"), JobOptions(include=[folder], yes=True)).body)) == 1_002


def test_requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"needs.txt": "# of mine\nnumpy>=1.26\n-r more/all.txt\n\n--pre\n", "more/all.txt": "scipy # x\n"})
    packed = package(Script("pass"), JobOptions(requirements=["needs.txt", "pandas >= 2"]))
    assert members(packed.body)["requirements.txt"] == b"numpy>=1.26\nscipy # x\n--pre\npandas>=2\n"
    assert packed.lines == ["requirements: numpy>=1.26, scipy # x, --pre, pandas>=2"]
    assert requirements_text("needs.txt").startswith("numpy")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-e .", "line 1: a job does not have the files of this machine"),
        ("./local.whl", "line 1: a job does not have the files of this machine"),
        ("x @ file:///x", "line 1: a job does not have the files of this machine"),
        ("--extra-index-url https://me:pass@host/simple", "line 1: it holds a password"),
        ("-r other.txt", "line 1: there is no file other.txt"),
        ("-r needs.txt", "needs.txt includes itself"),
    ],
)
def test_requirements_that_a_job_cannot_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"needs.txt": text})
    with pytest.raises(ValidationError, match=re.escape(message)) as refused:
        requirements_text("needs.txt")
    assert "pass@" not in str(refused.value)


def test_a_requirement_that_is_none_tells_what_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"requirements.txt": ""})
    with pytest.raises(ValidationError, match=r"'requirments\.txt' is neither a file nor a requirement") as none:
        requirements_text("requirments.txt")
    assert none.value.hint == "Did you mean requirements.txt?"
    with pytest.raises(ValidationError, match="'numpy = 1' is neither a file nor a requirement"):
        requirements_text(["numpy = 1"])


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_234, "1.23 kB"), (999_999, "1 MB"), (1_000_000_000, "1 GB")],
)
def test_sizes_read_well(size: int, text: str) -> None:
    assert size_text(size) == text
