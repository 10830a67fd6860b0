"""Everything a contributor or CI runs: the product itself, tests, clients, checks, types, figures and tables."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).parent
FRONT = ROOT / "labextension"
PYPROJECT = nox.project.load_toml("pyproject.toml")
PACKAGE = PYPROJECT["project"]["name"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["test", "lint"]


@nox.session(reuse_venv=True)
def lab(session: nox.Session) -> None:
    """Open JupyterLab at the quickstart, on the local engine."""
    install_project(session)
    # The connection chosen here is this checkout's own: the quickstart never runs on an AWS account by mistake.
    data = Path(os.environ.get("JUPYTER_SM_DATA_DIR") or ROOT / ".sm-data")
    session.env["JUPYTER_SM_DATA_DIR"] = str(data)
    # As the default URL it is also the address that is printed, for where no browser can be opened.
    options = [f"--ServerApp.root_dir={ROOT}", "--LabApp.default_url=/lab/tree/notebooks/01_quickstart.ipynb"]
    root = ["--allow-root"] if is_root() else []
    session.run("jupyter", "lab", *options, *root, *session.posargs)


@nox.session
def test(session: nox.Session) -> None:
    """Build the wheel, install it and run every test: jest, the browser, the SageMaker SDK, Python.

    Arguments go to Python's pytest.
    """
    browser = find_browser(session)
    install_project(session, "test", "ui", "front")
    browser = browser or install_playwright_browser(session)
    # The installed wheel is tested, not the checkout that the tests are started from.
    session.env["PYTHONSAFEPATH"] = "1"
    session.env["JUPYTER_SM_TEST_BROWSER"] = browser
    front(session)
    in_order = ["--dist", "loadfile", "--no-loadscope-reorder"]
    run_all(
        session,
        [
            ["jlpm", "test"],
            ["pytest", "-n", "2", *in_order, "tests/ui"],
            [*client_tests(session, "sdk2"), "-m", "not thorough"],
            # Most of them wait for processes, so that more run at a time than there are cores; slow ones first.
            ["pytest", "-n", "3", *in_order, *(session.posargs or ["tests"])],
        ],
    )


@nox.session(reuse_venv=True)
def coverage(session: nox.Session) -> None:
    """Run Python's tests and tell which lines none of them reaches, also in the processes that they start."""
    install_project(session, "test")
    session.env["PYTHONSAFEPATH"] = "1"
    measured = ["--cov", "--cov-report=term"]
    session.run("pytest", "-n", "3", "--dist", "loadfile", *measured, *(session.posargs or ["tests"]))


@nox.session(reuse_venv=True)
def clients(session: nox.Session) -> None:
    """Run the SageMaker SDK 2 and 3, each in an environment of its own, against the local engine."""
    install_project(session)
    session.env["PYTHONSAFEPATH"] = "1"
    run_all(session, [client_tests(session, name) for name in ("sdk2", "sdk3")])


@nox.session(reuse_venv=True)
def hub(session: nox.Session) -> None:
    """Run the tests behind a real JupyterHub with its own proxy."""
    install_project(session, "test", "hub", "front")
    # The hub works in a folder of its own, where a relative PATH leads nowhere.
    tools = Path(session.create_tmp()).absolute()
    session.run("npm", "install", "--no-audit", "--no-fund", "--prefix", str(tools), "configurable-http-proxy@5")
    session.env["PATH"] = os.pathsep.join([str(tools / "node_modules" / ".bin"), session.bin, os.environ["PATH"]])
    session.env["PYTHONSAFEPATH"] = "1"
    session.run("pytest", "tests/hub", *session.posargs)


@nox.session(reuse_venv=True)
def lint(session: nox.Session) -> None:
    """Check the style, types and import rules of both languages, and that the generated types are fresh."""
    install_tools(session, "lint", "front")
    front(session)
    run_all(
        session,
        [
            ["ruff", "check", "."],
            ["ruff", "format", "--check", "."],
            ["mypy"],
            ["lint-imports"],
            ["jlpm", "lint:check"],
            ["jlpm", "types", "--check"],
        ],
    )


@nox.session(reuse_venv=True)
def types(session: nox.Session) -> None:
    """Generate the server's OpenAPI document, and the TypeScript types from that."""
    install_tools(session, "front")
    front(session)
    with (FRONT / "openapi.json").open("w", encoding="utf-8") as document:
        session.run("python", "-m", "jupyter_sm_ext.server.openapi", stdout=document)
    with session.chdir(FRONT):
        session.run("jlpm", "types")


@nox.session(reuse_venv=True)
def instances(session: nox.Session) -> None:
    """Make the catalogue of instance types from its sources; ``-- --check`` tells whether that would change it."""
    install_tools(session, "bench")
    session.run("python", "scripts/make_instances.py", *session.posargs)


@nox.session(reuse_venv=True)
def images(session: nox.Session) -> None:
    """Make the table of AWS's training images from its sources; ``-- --check`` tells whether that would change it."""
    install_tools(session)
    # Only the tables that it packages are read: none of what it needs to run.
    session.install("--upgrade", "--no-deps", "sagemaker<3")
    session.run("python", "scripts/make_training_images.py", *session.posargs)


@nox.session(reuse_venv=True)
def policies(session: nox.Session) -> None:
    """Make the IAM policies of the documentation from what the code calls."""
    install_tools(session)
    session.run("python", "scripts/make_policies.py", *session.posargs, env={"PYTHONPATH": str(ROOT)})


@nox.session(reuse_venv=True)
def outputs(session: nox.Session) -> None:
    """Run the notebooks and keep what comes out for the documentation; arguments name some of them, as in ``-- 01``."""
    install_project(session)
    session.env["PYTHONSAFEPATH"] = "1"
    session.run("python", "scripts/make_outputs.py", *session.posargs)


@nox.session(reuse_venv=True)
def docs(session: nox.Session) -> None:
    """Build the documentation site into ``build/docs``; a broken link or a page in no navigation is an error."""
    install_tools(session, "docs")
    # Fresh: what a page has of the code may have changed where the page has not.
    options = ["--fresh-env", "--fail-on-warning", "--keep-going", "--quiet", "--jobs", "auto", "--conf-dir", "docs"]
    session.run("sphinx-build", *options, *session.posargs, ".", "build/docs")


@nox.session(reuse_venv=True)
def release(session: nox.Session) -> None:
    """Build into ``dist/`` twice, look into it, and use it beside the oldest and the newest that it may meet.

    Arguments name checks to be run once more on what was built.
    """
    tools = nox.project.dependency_groups(PYPROJECT, "front")
    session.install("build", "check-wheel-contents", "playwright", "twine", "uv", *tools)
    browser = find_browser(session) or install_playwright_browser(session)
    session.run("python", "scripts/check_release.py", *session.posargs, env={"JUPYTER_SM_TEST_BROWSER": browser})


@nox.session(reuse_venv=True)
def bench(session: nox.Session) -> None:
    """Measure side by side with the peers; the table is printed and asserts nothing."""
    install_project(session, "bench")
    # It asks for Notebook 6, and is measured on the Jupyter Server that there is.
    session.install("--no-deps", "aws-jupyter-proxy>=0.3.7")
    session.run("python", "tests/benchmarks/run.py", *session.posargs)


def install_project(session: nox.Session, *groups: str) -> None:
    """Install the project as a wheel, with a bundle built now, and these dependency groups."""
    # uv would take a wheel it built before from its cache.
    fresh = ["--reinstall-package", PACKAGE] if session.venv_backend == "uv" else []
    # Not silent: it is minutes the first time, and somebody may be waiting for it.
    session.install(*fresh, ".[demo]", *nox.project.dependency_groups(PYPROJECT, *groups), silent=False)


def install_tools(session: nox.Session, *groups: str) -> None:
    """Install what the package needs, but not the package: tools that read the source need no build."""
    session.install(*PYPROJECT["project"]["dependencies"], *nox.project.dependency_groups(PYPROJECT, *groups))


def front(session: nox.Session) -> None:
    """Install the front end's packages as ``yarn.lock`` has them."""
    with session.chdir(FRONT):
        session.run("jlpm", "install", "--immutable")


def client_tests(session: nox.Session, name: str) -> list[str]:
    """Command that runs a client's tests in an environment of the client's own, which is kept for the next time."""
    home = ROOT / ".nox" / f"client-{name}"
    python = str(home / "bin" / "python")
    if not Path(python).exists():
        session.run("python", "-m", "venv", "--clear", str(home))
    # Compiled when imported: much of what an SDK brings never is.
    wanted = nox.project.dependency_groups(PYPROJECT, name)
    session.run(python, "-m", "pip", "install", "-q", "--no-compile", *wanted, external=True)
    session.env["JUPYTER_SM_TEST_PYTHON"] = str(Path(session.bin) / "python")
    # Nearly all of the time is the SDK's pauses between two looks at a job.
    return [python, "-m", "pytest", "-n", "4", f"tests/clients/{name}"]


def run_all(session: nox.Session, commands: Sequence[Sequence[str]]) -> None:
    """Run every command even if one fails, and then fail: one run tells everything that is wrong."""
    failed = []
    for command in commands:
        try:
            with session.chdir(FRONT if command[0] == "jlpm" else ROOT):
                session.run(*command, external=Path(command[0]).is_absolute())
        except CommandFailed:
            if not ("pytest" in command and passes_alone(session, command)):
                failed.append(" ".join(command))
    if failed:
        session.error(f"failed: {'; '.join(failed)}")


def passes_alone(session: nox.Session, command: Sequence[str]) -> bool:
    """Run the tests that failed once more, in a new process and one at a time, and tell what came of it.

    They start servers and browsers and kill processes, on machines that do much else. What fails twice is wrong; what
    fails once is to be mended all the same, so it is never silent.
    """
    program = command[: command.index("pytest") + 1]
    paths = [part for part in command if part.startswith("tests")]
    session.warn("Some tests failed. They are run once more, alone; what passes now is still to be looked at:")
    try:
        again = ["--last-failed", "--last-failed-no-failures=none", "-v", *paths]
        session.run(*program, *again, external=Path(program[0]).is_absolute())
    except CommandFailed:
        return False
    session.warn("All of them passed alone.")
    return True


def find_browser(session: nox.Session) -> str | None:
    """Path of a Chromium on this machine; as root on Debian, one is installed first."""
    named = os.environ.get("JUPYTER_SM_TEST_BROWSER")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found or not (is_root() and shutil.which("apt-get")):
        return found or (str(MAC_BROWSER) if MAC_BROWSER.exists() else None)
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    session.run("apt-get", "update", "-q", external=True, env=environment)
    session.run("apt-get", "install", "-qy", "--no-install-recommends", "chromium", external=True, env=environment)
    return shutil.which("chromium")


def install_playwright_browser(session: nox.Session) -> str:
    """Path of Playwright's own Chromium, downloaded once for this user."""
    ask = "from playwright.sync_api import sync_playwright as p\nwith p() as one: print(one.chromium.executable_path)"
    try:
        session.run("playwright", "install", "chromium")
        return str(session.run("python", "-c", ask, silent=True)).strip()
    except CommandFailed:
        session.error(
            "the browser tests need Chromium or Chrome: none is on the PATH, and Playwright's could not be downloaded. "
            "Install one (Debian: apt-get install chromium) or name it in JUPYTER_SM_TEST_BROWSER."
        )


def is_root() -> bool:
    """Whether this is root, whom Jupyter asks for --allow-root."""
    return sys.platform != "win32" and os.geteuid() == 0
