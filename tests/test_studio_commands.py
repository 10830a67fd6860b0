"""Studio by `%sm` and `jupyter sm`: the life of a space, names that are meant, tables in text and HTML, completion."""

from __future__ import annotations

import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faulty_aws import FaultyAWS
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from local_jobs import ENDLESS, running_engine
from traitlets.config import Config

from jupyter_sm_ext import cli
from jupyter_sm_ext.commands import commands
from jupyter_sm_ext.connections import connection as connections
from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.handles.start import train
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.quiet import QuietError
from jupyter_sm_ext.studio import Studio

TRN = "ml.trn1.2xlarge"
Shown = Callable[[str], str]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("commands")) as running:
        yield running


@pytest.fixture(scope="module")
def bare_shell() -> Iterator[InteractiveShell]:
    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "jupyter_sm_ext")
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(bare_shell: InteractiveShell, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))
    monkeypatch.delenv("JUPYTER_SM_EXT_BASE_URL", raising=False)
    monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
    return bare_shell


@pytest.fixture
def sm(shell: InteractiveShell) -> Shown:
    """Runs a magic and gives what it shows, as text, then as HTML."""

    def sm(line: str) -> str:
        with capture_output() as captured:
            shell.run_cell(f"%sm {line}").raise_error()
        shown = [output.data[mime] for mime in ("text/plain", "text/html") for output in captured.outputs]
        return captured.stdout + "\n".join(shown)

    return sm


@pytest.fixture
def fails(shell: InteractiveShell) -> Shown:
    """Runs a magic that fails, and gives all that is shown."""

    def fails(line: str) -> str:
        with capture_output() as captured:
            error = shell.run_cell(f"%sm {line}").error_in_exec
        assert isinstance(error, QuietError)
        return str(captured.stdout)

    return fails


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    urls: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: not urls.append(url))
    return urls


def make_space(studio: Studio, name: str, domain: str | None = None, owner: str = "default") -> None:
    domain = domain or str(studio.connection.domain_id)
    request = {
        "DomainId": domain,
        "SpaceName": name,
        "SpaceSettings": {"AppType": "JupyterLab"},
        "OwnershipSettings": {"OwnerUserProfileName": owner},
        "SpaceSharingSettings": {"SharingType": "Private"},
    }
    studio.create("spaces", request)
    studio.wait("spaces", domain, name, timeout=30)


@pytest.fixture(scope="module")
def second(studio: Studio) -> str:
    """Another domain, with a space that the first one has, too."""
    network = {"SubnetIds": ["subnet-0123456789abcdef0"], "VpcId": "vpc-0123456789abcdef0"}
    settings = {"AuthMode": "IAM", "DefaultUserSettings": {"ExecutionRole": studio.connection.role}}
    domain = str(studio.create("domains", {"DomainName": "second", **settings, **network})["DomainId"])
    studio.wait("domains", domain, timeout=30)
    studio.create("user-profiles", {"DomainId": domain, "UserProfileName": "zoe"})
    studio.wait("user-profiles", domain, "zoe", timeout=30)
    make_space(studio, "twin")
    make_space(studio, "twin", domain, "zoe")
    return domain


def test_the_life_of_a_space(
    sm: Shown, fails: Shown, studio: Studio, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = sm("create desk --instance trn1.2xlarge --ebs 20 --start")
    assert "✓ Create the space desk" in told
    assert "▶ Start JupyterLab: Pending" in told
    assert "desk runs. Open it: %sm open desk" in told
    domain = str(studio.connection.domain_id)
    settings = studio.describe("spaces", domain, "desk")["SpaceSettings"]
    assert settings["SpaceStorageSettings"] == {"EbsStorageSettings": {"EbsVolumeSizeInGb": 20}}

    spaces = sm(f"spaces --domain {domain}")
    assert f"desk  Running on {TRN}  default  Private  JupyterLab" in spaces
    assert f'<td style="text-align: left">Running on {TRN}</td>' in spaces
    assert "desk/JupyterLab/default" in sm("apps")

    refused = fails("start desk --instance ml.m5.large")
    assert f"JupyterLab runs already, on {TRN}\nMove it: %sm resize desk --instance ml.m5.large" in refused

    # Outside our server the browser of this machine is opened; the link, which is a key, is not shown.
    assert sm("open desk") == "Opened desk in the browser.\n"
    assert "/auth?token=" in opened[0]
    # In a notebook of our server the link is the server's own: no key, and it does not get old.
    monkeypatch.setenv("JUPYTER_SM_EXT_BASE_URL", "/user/ana/")
    link = f"/user/ana/jupyter-sm-ext/open/spaces/{domain}/desk"
    assert f'<a href="{link}" target="_blank" rel="noopener noreferrer">Open desk</a>' in sm("open desk")
    assert f"{link}?UserProfileName=default" in sm("open desk --profile default")
    assert len(opened) == 1

    assert f"✓ Stop JupyterLab on {TRN}" in sm("stop desk")
    assert sm("stop desk") == "desk: nothing runs there\n"
    assert "desk is stopped\nStart it first, then open it." in fails("open desk")
    assert "desk is stopped; it starts on ml.t3.large from now on." in sm("resize desk --instance t3.large")

    kept = fails("delete desk")
    assert "This deletes the space desk.\nFiles stay on this machine" in kept
    assert "desk was not deleted\nTo delete it without being asked: %sm delete desk --yes" in kept
    assert "✓ Delete the space desk" in sm("delete desk --yes")
    assert "has no space named 'desk'" in fails("start desk")


def test_a_name_that_several_have_is_asked_back(fails: Shown, sm: Shown, second: str, studio: Studio) -> None:
    first = str(studio.connection.domain_id)
    asked = fails("stop twin")
    assert f"the space twin in {first}" in asked
    assert f"the space twin in {second}" in asked
    assert "Say which with --domain or --kind." in asked
    assert sm("stop twin --domain second") == "twin: nothing runs there\n"
    assert sm(f"stop twin --domain {second}") == "twin: nothing runs there\n"
    # A job and a space may have one name.
    job = train(ENDLESS, name="twin", studio=studio)
    assert "the training job twin; the space twin" in fails("stop twin")
    assert sm("stop twin --kind job") == "twin: asked to stop\n"
    job.wait(timeout=60)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("start twn", "has no space named 'twn'\nDid you mean twin?"),
        ("start", "%sm start: name a space, or a profile with --profile\n%sm start --help tells more."),
        ("start twin --profile x", "name a space, or a profile with --profile"),
        (
            "start twin --instance ml.trn1.2xlarg",
            "apps have no instance type 'ml.trn1.2xlarg'\nDid you mean ml.trn1.2x",
        ),
        ("start twin --app-type JupyterLb", "there is no app type 'JupyterLb'\nDid you mean JupyterLab?"),
        ("start twin --domain third", "has no domain named 'third'"),
        ("stop nobody", "has no job, space or app named 'nobody'"),
        ("stop twin/default", "has no job, space or app named 'twin/default'"),
        ("resize twin", "the following arguments are required: --instance"),
        ("open nobody", "has no space or app or user profile named 'nobody'"),
        ("delete nobody --yes", "has no job, domain or user profile or space or app named 'nobody'"),
        ("create Not_A_Name", "CreateSpace: SpaceName: Does not fit the pattern"),
        ("spaces --domain third", "has no domain named 'third'"),
        ("instances --accelerator tpu", "'tpu'\nIt is one of: CPU, Trainium"),
        ("instances --use training --app-type JupyterLab", "--app-type goes with --use app"),
        ("instances --use trianing", "--use: there is no 'trianing'\nThere are: "),
    ],
)
def test_a_mistake_tells_what_is_right(fails: Shown, second: str, line: str, message: str) -> None:
    assert message in fails(line)


def test_domains_and_what_is_in_them(sm: Shown, second: str) -> None:
    text = sm("domains")
    [line] = [line.split() for line in text.splitlines() if line.startswith("second")]
    assert line[:6] == ["second", second, "Ready", "1", "1", "0"]


def test_instances(sm: Shown) -> None:
    shown = sm("instances --accelerator trainium")
    types = [line.split()[0] for line in shown.splitlines() if line.startswith("ml.")]
    assert types == ["ml.trn1.2xlarge", "ml.trn1.32xlarge", "ml.trn1n.32xlarge"]
    assert "Each is simulated on this machine." in shown
    assert "This machine costs nothing." in shown
    assert "PRICE" not in shown
    few = sm("instances --use training --family trn1 --min-memory 100")
    assert [line.split()[0] for line in few.splitlines() if line.startswith("ml.")] == ["ml.trn1.32xlarge"]
    everything = sm("instances --search system")
    assert "\nsystem" in everything
    assert "\nsystem" not in sm("instances --search system --app-type jupyterlab")
    assert sm("instances --search no-such-thing").startswith("no type of instance fits all that")


def test_a_list_that_is_denied_names_the_permission(
    sm: Shown, fails: Shown, studio: Studio, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyAWS(studio.connection.data_dir).serving() as aws:
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        aws.deny("ListSpaces")
        connections.connect("aws", data_dir=studio.connection.data_dir)
        assert "sagemaker:ListSpaces" in sm("spaces")
        [line] = [line.split() for line in sm("domains").splitlines() if line.startswith("second")]
        assert line[:6] == ["second", second, "Ready", "1", "?", "0"]
        assert "sagemaker:ListSpaces" in fails("start twin")


def completions(shell: InteractiveShell, line: str) -> list[str]:
    with provisionalcompleter():
        return [each.text for each in shell.Completer.completions(line, len(line))]


def test_completion(shell: InteractiveShell, second: str) -> None:
    assert "spaces" in completions(shell, "%sm sp")
    assert "twin" in completions(shell, "%sm start tw")
    assert "--instance" in completions(shell, "%sm start twin --ins")
    assert TRN in completions(shell, "%sm start twin --instance ml.trn1.2")
    assert "zoe" in completions(shell, "%sm start --profile z")
    assert second in completions(shell, f"%sm spaces --domain {second[:6]}")
    assert "trainium" in completions(shell, "%sm instances --accelerator tr")
    assert "aws" in completions(shell, "%sm connect a")
    assert "eu-central-1" in completions(shell, "%sm connect aws --region eu-c")
    # On the first line of a script's cell, too, where instances are those that train.
    assert "ml.trn2.48xlarge" in completions(shell, "%%sm_train --instance ml.trn2")
    assert "--objective" in completions(shell, "%%sm_tune lr=1..2 --obj")
    assert "ml.trn2.48xlarge" not in completions(shell, "%sm start twin --instance ml.trn2")


def test_completion_of_a_line_in_its_parts(shell: InteractiveShell, second: str) -> None:
    assert set(commands.complete(["start", "--app-type"], "")) == set(get_model().enum("AppType"))
    assert commands.complete(["kernels"], "a") == ["add"]
    assert "twin" in commands.complete(["kernels", "add"], "t")
    assert commands.complete(["start", "twin"], "") == []
    assert commands.complete(["nonsense"], "") == []
    assert commands.complete(["instances", "--use"], "tra") == ["training", "transform"]
    assert commands.complete(["instances", "--family"], "trn1") == ["trn1", "trn1n"]
    assert commands.complete(["delete", "--kind"], "p") == ["profile"]
    assert commands.complete(["jobs", "--status"], "fa") == ["failed"]
    assert commands.complete(["search", "Metrics.loss", "<", "1"], "HyperP") == ["HyperParameters."]
    assert commands.complete(["compile", "model.onnx", "--target"], "ml_trn") == ["ml_trn1"]
    assert "ml.trn2.48xlarge" in commands.complete(["algorithm", "a", "a.py", "--instance"], "ml.trn2")


def test_help_needs_no_botocore() -> None:
    code = (
        "import sys; from jupyter_sm_ext import cli\n"
        "assert cli.main(['start', '--help']) == 0\n"
        "assert not {'boto3', 'botocore', 'aiohttp', 'IPython', 'tornado'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_pressing_tab_starts_nothing(shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(tmp_path / "nothing"))
    assert commands.complete(["start"], "") == []
    assert not (tmp_path / "nothing").exists()


def test_a_terminal_says_the_same(
    studio: Studio, second: str, opened: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
        code = cli.main(words)
        written = capsys.readouterr()
        return code, written.out, written.err

    code, out, _ = run("spaces", "--domain", "second")
    assert (code, out.split()[:2], out.splitlines()[1].split()[:2]) == (0, ["NAME", "STATUS"], ["twin", "Stopped"])
    code, out, err = run("open", "default", "--kind", "profile")
    assert (code, out) == (0, "Opened default in the browser.\n"), err
    assert len(opened) == 1
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    assert "/auth?token=" in run("open", "default", "--kind", "profile")[1]
    make_space(studio, "doomed")
    code, out, err = run("delete", "doomed")
    assert (code, err.splitlines()[0]) == (1, "doomed was not deleted")
    # Somebody who sits at a terminal is asked to type the name.
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "doome")
    assert run("delete", "doomed")[0] == 1
    monkeypatch.setattr("builtins.input", lambda question: "doomed")
    code, out, _ = run("delete", "doomed")
    assert (code, out.splitlines()[-1]) == (0, "✓ Delete the space doomed")
