"""Check what would be released: build it twice, look into it, and install it beside the oldest and the newest there is.

``nox -s release`` runs it; what is in ``dist/`` after that is what is to be uploaded.
``nox -s release -- lowest types`` runs the checks of those names once more, without building anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
PACKAGE = "jupyter-sm-ext"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
NEWEST = ("jupyterlab<5", "notebook>=7.2,<8")
# Each with the Notebook of its time.
FRONTS = (
    ("jupyterlab==4.2.0", "notebook==7.2.0"),
    ("jupyterlab==4.3.*", "notebook==7.3.*"),
    ("jupyterlab==4.4.*", "notebook==7.4.*"),
    ("jupyterlab==4.5.*", "notebook==7.5.*"),
    NEWEST,
)
LICENCES = ("labextensions/jupyter-sm-ext/static/third-party-licenses.json", "widgets/static/third-party-licenses.json")
TOOLS = ("pytest>=8.3", "pytest-jupyter[server]>=0.10", "pytest-timeout>=2.3", "pytest-xdist>=3.6", "httpx>=0.27")
INSTALLED = ("tests/test_installed.py",)
BROWSER = ("tests/ui/test_ui_versions.py", "tests/ui/test_ui_notebook7.py")
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
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
SHOWN = ("jupyterlab", "notebook", "jupyter-server", "boto3")


class ReleaseError(Exception):
    """Something that must not be released; its text says what."""


def main(words: Sequence[str]) -> int:
    """Run every check, or with words those whose names have one, on what was built before; count what failed."""
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there)
        os.environ["SOURCE_DATE_EPOCH"] = said("git", "log", "-1", "--format=%ct")
        os.environ["UV_PYTHON_DOWNLOADS"] = "never"
        # It is nox's environment; IPython warns in any other that this one is named, and a warning fails a test.
        os.environ.pop("VIRTUAL_ENV", None)
        wheel = next(DIST.glob("*.whl"), None) if words else None
        wheel = wheel or built(folder)
        there_are = [python for python in PYTHONS if interpreter(python)]
        missing = [python for python in PYTHONS if python not in there_are]
        say(f"Python {', '.join(there_are)}; not on this machine: {', '.join(missing) or 'none'}")
        checks: dict[str, Callable[[], str]] = {
            "version": partial(version, wheel),
            "contents": partial(contents, wheel),
            "licences": partial(licences, wheel),
        }
        for number, front in enumerate(FRONTS):
            # From the oldest with the oldest to the newest with the newest.
            python = there_are[min(number, len(there_are) - 1)]
            checks[f"Python {python}, {' '.join(front)}"] = partial(used, wheel, python, front, folder)
        checks["types of the oldest JupyterLab"] = partial(compiled, there_are[0], folder)
        checks["lowest versions"] = partial(lowest, wheel, there_are[0], folder)
        chosen = [name for name in checks if not words or any(word in name for word in words)]
        return sum([told(name, checks[name]) for name in chosen])


def told(name: str, check: Callable[[], str]) -> int:
    """Whether a check failed, as a number, after saying so."""
    begun = time.monotonic()
    try:
        answer = check()
    except (ReleaseError, subprocess.CalledProcessError) as error:
        say(f"FAILED {name}: {error}")
        return 1
    say(f"{name}: {answer} ({time.monotonic() - begun:.0f} s)")
    return 0


def built(folder: Path) -> Path:
    """The wheel of the last commit, after a second build in another folder has given the same files."""
    if said("git", "status", "--porcelain"):
        say("What is not committed is not in the release.")
    shutil.rmtree(DIST, ignore_errors=True)
    for name, place in (("once", DIST), ("again", folder / "dist")):
        run("git", "clone", "--quiet", ROOT, folder / name)
        run(sys.executable, "-m", "build", "--outdir", place, folder / name)
    first, second = sums(DIST), sums(folder / "dist")
    for name, value in first.items():
        if second.get(name) != value:
            raise SystemExit(f"{name} is another one when it is built again")
        say(f"{value}  {name}: built twice, the same")
    return next(DIST.glob("*.whl"))


def sums(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def version(wheel: Path) -> str:
    """The version that the wheel has, which is the one that the changelog tells of first."""
    number = wheel.name.split("-")[1]
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    first = next(line for line in lines if line.startswith("## "))
    wanted = "## Unreleased" if "dev" in number else f"## {number} - "
    if not first.startswith(wanted):
        raise ReleaseError(f"it is {number}, and CHANGELOG.md begins with {first!r} instead of {wanted!r}")
    return f"{number}, and CHANGELOG.md begins with {first!r}"


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


def used(wheel: Path, python: str, front: Sequence[str], folder: Path) -> str:
    """The wheel in a clean environment: what it brings, in a browser (tree, job, tab, form), and uninstalled."""
    home = environment(python, folder)
    uv_install(home, f"{wheel}", *front, *TOOLS, "--group", f"{ROOT / 'pyproject.toml'}:ui")
    tested(home, INSTALLED, *SIDE_BY_SIDE)
    tested(home, BROWSER)
    answer = versions(home)
    run(home / "bin" / "python", "-m", "pip", "uninstall", "--quiet", "--yes", PACKAGE)
    left = sorted(str(path.relative_to(home)) for path in traces(home))
    if left:
        raise ReleaseError(f"uninstalled, it leaves {', '.join(left)}")
    return f"{answer}; uninstalled without a trace"


def traces(home: Path) -> Iterator[Path]:
    """What bears the name of the package in an environment."""
    names = (PACKAGE, PACKAGE.replace("-", "_"))
    return (path for path in home.rglob("*") if any(name in path.name for name in names))


def compiled(python: str, folder: Path) -> str:
    """The TypeScript, compiled with the packages of the oldest JupyterLab: it asks for nothing newer."""
    home, clone = environment(python, folder), folder / "oldest"
    run("git", "clone", "--quiet", ROOT, clone)
    front = clone / "labextension"
    uv_install(home, FRONTS[0][0])
    staging = next(home.glob("lib/python*/site-packages/jupyterlab/staging/package.json"))
    oldest = json.loads(staging.read_text(encoding="utf-8"))["resolutions"]
    told_of = json.loads((front / "package.json").read_text(encoding="utf-8"))
    told_of["dependencies"].update({name: oldest[name] for name in told_of["dependencies"] if name in oldest})
    held = {name: version for name, version in told_of["resolutions"].items() if not name.startswith("@jupyterlab/")}
    told_of["resolutions"] = {**held, **oldest}
    (front / "package.json").write_text(json.dumps(told_of), encoding="utf-8")
    run("jlpm", "install", folder=front, YARN_ENABLE_IMMUTABLE_INSTALLS="false")
    run("jlpm", "types:check", folder=front)
    return f"compiled with @jupyterlab/application {oldest['@jupyterlab/application']}"


def lowest(wheel: Path, python: str, folder: Path) -> str:
    """A part of the tests, with the lowest versions that the metadata allow."""
    home, pins = environment(python, folder), folder / "lowest.txt"
    options = ("--resolution", "lowest-direct", "--only-binary", ":all:", "--extra", "demo")
    run("uv", "pip", "compile", "--quiet", *options, "--python", home, "--output-file", pins, ROOT / "pyproject.toml")
    uv_install(home, "--requirements", str(pins))
    uv_install(home, "--constraints", str(pins), f"{wheel}[demo]", *TOOLS, "moto[s3,sagemaker,server]>=5")
    tested(home, LOWEST, *SIDE_BY_SIDE, *OLD_WARNINGS)
    return f"on Python {python}: passed"


def tested(home: Path, tests: Sequence[str], *options: str) -> None:
    """Run tests against what is installed, not against the checkout, whose folder Python 3.10 would look into first."""
    settings = ["-c", ROOT / "pyproject.toml", "--rootdir", ROOT, "-q", "-p", "no:cacheprovider"]
    paths = [ROOT / test for test in tests]
    run(home / "bin" / "python", "-m", "pytest", *settings, *options, *paths, folder=home, PYTHONSAFEPATH="1")


def environment(python: str, folder: Path) -> Path:
    """A new environment with nothing but pip."""
    home = Path(tempfile.mkdtemp(dir=folder))
    run("uv", "venv", "--quiet", "--seed", "--python", interpreter(python), home)
    return home


def uv_install(home: Path, *what: str) -> None:
    """Install with uv, which knows of the lowest versions."""
    run("uv", "pip", "install", "--quiet", "--python", home / "bin" / "python", *what)


def versions(home: Path) -> str:
    """What was installed of what matters."""
    listing = json.loads(said("uv", "pip", "list", "--format", "json", "--python", str(home / "bin/python")))
    return ", ".join(f"{each['name']} {each['version']}" for each in listing if each["name"] in SHOWN)


def interpreter(python: str) -> Path | None:
    """Path of this Python. Those of pyenv are looked up where they are: on the PATH is only the one it has chosen."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    chosen = shutil.which(f"python{python}")
    kept = (str(path) for path in sorted(pyenv.glob(f"versions/{python}.*/bin/python")))
    for path in filter(None, (chosen, *kept)):
        if subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return Path(path)
    return None


def say(line: str) -> None:
    """Say a line at once: what follows takes long."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(*words: object, folder: Path = ROOT, **variables: str) -> None:
    """Run a command, in the checkout if nothing else is said; what it says is seen."""
    subprocess.run([str(word) for word in words], cwd=folder, env={**os.environ, **variables}, check=True)


def said(*words: str) -> str:
    """What a command says."""
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
