"""Check what would be released: build it twice, look into it, and install it beside the oldest and the newest there is.

``nox -s release`` runs it; what is in ``dist/`` after that is what is to be uploaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
FRONTS = ("jupyterlab==4.6.0", "jupyterlab<5", "notebook>=7.2,<8")
LICENCES = ("labextensions/jupyter-sm-ext/static/third-party-licenses.json", "widgets/static/third-party-licenses.json")
TOOLS = ("pytest>=8.3", "pytest-jupyter[server]>=0.10", "pytest-timeout>=2.3", "pytest-xdist>=3.6", "httpx>=0.27")
INSTALLED = ("tests/test_installed.py",)
LOWEST = (
    *INSTALLED,
    "tests/contract/test_contract_studio.py",
    "tests/contract/test_contract_training.py",
    "tests/contract/test_contract_tuning.py",
    "tests/server/test_server_resources.py",
    "tests/server/test_server_watches.py",
    "tests/remote/test_remote_messages.py",
    "tests/test_connection.py",
    "tests/test_launch.py",
    "tests/test_magics.py",
    "tests/widgets",
)
# Its own schemas warn with a newer jupyter-events than it knew.
OLD_WARNINGS = ("-W", "ignore::jupyter_events.utils.JupyterEventsVersionWarning", "-W", "ignore::DeprecationWarning")


class ReleaseError(Exception):
    """Something that must not be released; its text says what."""


def main() -> int:
    """Run every check, tell of each, and count what failed."""
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there)
        os.environ["SOURCE_DATE_EPOCH"] = said("git", "log", "-1", "--format=%ct")
        os.environ["UV_PYTHON_DOWNLOADS"] = "never"
        wheel = built(folder / "again")
        failed = 0
        for name, check in (("contents", contents), ("licences", licences)):
            failed += told(name, check, wheel)
        for python in PYTHONS:
            for front in FRONTS:
                failed += told(f"Python {python}, {front}", installed, wheel, python, front, folder)
        failed += told("lowest versions", lowest, wheel, folder)
    return failed


def told(name: str, check: Callable[..., str], *arguments: object) -> int:
    """Whether a check failed, as a number, after saying so."""
    try:
        answer = check(*arguments)
    except (ReleaseError, subprocess.CalledProcessError) as error:
        sys.stdout.write(f"FAILED {name}: {error}\n")
        return 1
    sys.stdout.write(f"{name}: {answer}\n")
    sys.stdout.flush()
    return 0


def built(again: Path) -> Path:
    """The wheel, after a second build in other folders has given the same files."""
    shutil.rmtree(DIST, ignore_errors=True)
    for folder in (DIST, again):
        run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    first, second = sums(DIST), sums(again)
    for name, value in first.items():
        if second.get(name) != value:
            raise SystemExit(f"{name} is another one when it is built again")
        sys.stdout.write(f"{value}  {name}: built twice, the same\n")
    return next(DIST.glob("*.whl"))


def sums(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def contents(wheel: Path) -> str:
    """Metadata that an index takes, and nothing in the wheel that should not be."""
    run(sys.executable, "-m", "twine", "check", "--strict", *DIST.iterdir())
    run(sys.executable, "-m", "check_wheel_contents", wheel)
    return "as they should be"


def licences(wheel: Path) -> str:
    """Every bundled package of JavaScript, each with a licence and its text."""
    names = []
    with zipfile.ZipFile(wheel) as archive:
        for ending in LICENCES:
            path = next((name for name in archive.namelist() if name.endswith(ending)), None)
            if path is None:
                raise ReleaseError(f"the wheel has no {ending}")
            packages = json.loads(archive.read(path))["packages"]
            bare = [each["name"] for each in packages if not (each["licenseId"] and each["extractedText"])]
            if bare or not packages:
                raise ReleaseError(f"{ending} has no licence of {', '.join(bare) or 'anything'}")
            names += [f"{each['name']} {each['licenseId']}" for each in packages]
    return ", ".join(sorted(set(names)))


def installed(wheel: Path, python: str, front: str, folder: Path) -> str:
    """The wheel in a clean environment: extensions, commands and notebooks are there."""
    if not found(python):
        return "not tried, there is no such Python on this machine"
    home = Path(tempfile.mkdtemp(dir=folder))
    run("uv", "venv", "--quiet", "--python", python, home)
    uv_install(home, f"{wheel}", front, *TOOLS)
    tested(home, INSTALLED)
    names = ("jupyterlab", "notebook", "jupyter-server", "boto3")
    listing = json.loads(said("uv", "pip", "list", "--format", "json", "--python", str(home / "bin/python")))
    return ", ".join(f"{each['name']} {each['version']}" for each in listing if each["name"] in names)


def lowest(wheel: Path, folder: Path) -> str:
    """A part of the tests, with the lowest versions that the metadata allow."""
    python = next(filter(found, PYTHONS))
    home, pins = folder / "lowest", folder / "lowest.txt"
    options = ("--resolution", "lowest-direct", "--only-binary", ":all:", "--extra", "demo", "--python", python)
    run("uv", "pip", "compile", "--quiet", *options, "--output-file", pins, ROOT / "pyproject.toml")
    run("uv", "venv", "--quiet", "--python", python, home)
    uv_install(home, "--requirements", str(pins))
    uv_install(home, "--constraints", str(pins), f"{wheel}[demo]", *TOOLS, "moto[s3,sagemaker,server]>=5")
    tested(home, LOWEST, *OLD_WARNINGS)
    return f"on Python {python}: passed"


def tested(home: Path, tests: Sequence[str], *options: str) -> None:
    """Run tests against what is installed, not against the checkout."""
    program = [home / "bin" / "python", "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider"]
    run(*program, *options, *tests, PYTHONSAFEPATH="1")


def uv_install(home: Path, *what: str) -> None:
    """Install with uv, which knows of the lowest versions."""
    run("uv", "pip", "install", "--quiet", "--python", home / "bin" / "python", *what)


def found(python: str) -> bool:
    """Whether there is this Python."""
    done = subprocess.run(["uv", "python", "find", python], cwd="/", capture_output=True, check=False)
    return done.returncode == 0


def run(*words: object, **variables: str) -> None:
    """Run a command in the checkout; what it says is seen."""
    sys.stdout.flush()
    subprocess.run([str(word) for word in words], cwd=ROOT, env={**os.environ, **variables}, check=True)


def said(*words: str) -> str:
    """What a command says."""
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
