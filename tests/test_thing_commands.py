"""Anything SageMaker keeps, with `%sm` and `jupyter sm`: described, made and changed by AWS's own members."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from local_jobs import running_engine
from traitlets.config import Config

from jupyter_sm_ext import cli
from jupyter_sm_ext.commands import commands
from jupyter_sm_ext.connections import connection as connections
from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.studio import Studio

Run = Callable[..., tuple[int, str, str]]
INSTANCE = "JupyterLabAppSettings.DefaultResourceSpec.InstanceType"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("things")) as running:
        yield running


@pytest.fixture
def run(studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a terminal; gives its code and what it wrote."""
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))

    def run(line: str, *more: str) -> tuple[int, str, str]:
        monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
        code = cli.main([*line.split(), *more])
        return (code, *capsys.readouterr())

    return run


def test_a_domain_and_its_profile(run: Run, studio: Studio) -> None:
    code, out, err = run("create domain analysis --AppNetworkAccessType VpcOnly --dry-run")
    assert (code, json.loads(out.partition("\n\n")[0])["AuthMode"]) == (0, "IAM"), err
    assert "create_domain(" in out
    code, out, err = run("create domain analysis --AppNetworkAccessType VpcOnly")
    assert code == 0, err
    domain = out.splitlines()[-1].removeprefix("analysis is there: ").rstrip(".")
    # The rest is as a form begins.
    assert studio.describe("domains", domain)["DefaultUserSettings"] == {"ExecutionRole": studio.connection.role}

    code, _, err = run(f"update domain analysis --DefaultUserSettings.{INSTANCE} ml.t3.large")
    assert code == 0, err
    changed = studio.describe("domains", domain)["DefaultUserSettings"]
    assert changed["ExecutionRole"] == studio.connection.role
    assert changed["JupyterLabAppSettings"] == {"DefaultResourceSpec": {"InstanceType": "ml.t3.large"}}

    settings = json.dumps({"UserSettings": {"SecurityGroups": ["sg-1"]}})
    code, out, err = run("create profile ana --domain analysis --json", settings)
    assert (code, out.splitlines()[-1]) == (0, "ana is there."), err
    assert run("update user-profile ana --UserSettings.SecurityGroups sg-2,sg-3")[0] == 0
    told = json.loads(run("describe user-profile ana --json")[1])
    assert told["UserSettings"] == {"SecurityGroups": ["sg-2", "sg-3"]}
    lines = [line.split(maxsplit=1) for line in run("describe domain analysis local")[1].splitlines()]
    assert ["AppNetworkAccessType", "VpcOnly"] in lines
    assert [f"DefaultUserSettings.{INSTANCE}", "ml.t3.large"] in lines
    assert ["DomainName", "local"] in lines


def test_on_an_account(
    far: Studio, data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(line: str) -> tuple[int, str, str]:
        monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
        return (cli.main(line.split()), *capsys.readouterr())

    assert run("connect aws")[0] == 0
    name = f"things-{uuid.uuid4().hex[:6]}"
    role = "--DefaultUserSettings.ExecutionRole arn:aws:iam::123456789012:role/sm"
    code, out, err = run(f"create domain {name} --AuthMode IAM {role} --VpcId vpc-1 --SubnetIds subnet-1")
    assert code == 0, err
    [domain] = [each["DomainId"] for each in far.list("domains") if each["DomainName"] == name]
    try:
        code, out, err = run(f"describe domain {name} --json")
        assert code == 0, err
        assert (json.loads(out)["DomainId"], json.loads(out)["VpcId"]) == (domain, "vpc-1")
    finally:
        far.delete("domains", domain)


def test_a_space_and_its_app_in_a_notebook(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))
    monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "jupyter_sm_ext")

    def sm(line: str) -> str:
        with capture_output() as captured:
            shell.run_cell(f"%sm {line}").raise_error()
        return captured.stdout + "".join(output.data["text/html"] for output in captured.outputs)

    try:
        assert "✓ Create the space desk" in sm("create desk --SpaceDisplayName 'My desk' --ebs 20")
        sm("""update space desk --json '{"SpaceDisplayName": "Other"}'""")
        assert studio.describe("spaces", str(studio.connection.domain_id), "desk")["SpaceDisplayName"] == "Other"
        sm("update space desk --SpaceSettings.SpaceStorageSettings.EbsStorageSettings.EbsVolumeSizeInGb 30")
        settings = studio.describe("spaces", str(studio.connection.domain_id), "desk")["SpaceSettings"]
        assert settings["AppType"] == "JupyterLab"
        assert settings["SpaceStorageSettings"] == {"EbsStorageSettings": {"EbsVolumeSizeInGb": 30}}
        assert "desk/JupyterLab/default runs." in sm("create app desk")
        assert ">ResourceSpec.InstanceType</td>" in sm("describe app desk/default")
    finally:
        sm("stop desk")
        InteractiveShell.clear_instance()


def test_a_job_by_a_file_with_its_request(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    image = {"TrainingImage": "local/python", "TrainingInputMode": "File"}
    path.write_text(json.dumps({"AlgorithmSpecification": image, "HyperParameters": {"x": "1"}}))
    code, out, err = run(f"create training-job mine --json {path} --HyperParameters.lr 0.1 --dry-run")
    assert code == 0, err
    request = json.loads(out.partition("\n\n")[0])
    assert (request["TrainingJobName"], request["HyperParameters"]) == ("mine", {"x": "1", "lr": "0.1"})
    assert request["AlgorithmSpecification"] == image
    assert request["ResourceConfig"]["InstanceType"] == "ml.m5.large"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("create domian x", "jupyter sm create: there is no kind 'domian'\nDid you mean domain?"),
        ("create domain --AuthMod IAM", "CreateDomain has no member 'AuthMod'\nDid you mean --AuthMode?"),
        ("create domain --authmode IAM", "there is no option --authmode; did you mean --AuthMode?"),
        ("create domain --AuthMode PASSWORD", "CreateDomain: AuthMode: One of: SSO, IAM"),
        ("create domain --Tags team=red", "--Tags: 'team=red' is no list of structures"),
        ("create domain --json nothing.json", "--json nothing.json: No such file or directory"),
        (
            "create space x --SpaceSettings.SpaceStorageSettings.EbsStorageSettings.EbsVolumeSizeInGb much",
            "not a number",
        ),
        ("update domain local", "nothing is to be changed"),
        ("describe domain locol", "Did you mean local?"),
        ("describe training-job nothing", "Local engine has no training job named 'nothing'"),
    ],
)
def test_a_mistake_is_told_before_anything_is_sent(run: Run, studio: Studio, line: str, told: str) -> None:
    studio.connection.ensure()
    before = [each["DomainId"] for each in studio.list("domains")]
    code, _, err = run(line)
    assert code != 0
    assert told in err
    assert [each["DomainId"] for each in studio.list("domains")] == before


def test_help_and_completion(run: Run, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "DomainName* AuthMode*" in run("create domain --help")[1]
    monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
    assert commands.complete(["update"], "") == ["domain", "user-profile", "space"]
    assert commands.complete(["create", "domain"], "--Auth") == ["--AuthMode"]
    assert commands.complete(["create", "domain", "--AuthMode"], "") == ["SSO", "IAM"]
    assert f"--UserSettings.{INSTANCE.split('.')[0]}" in commands.complete(["create", "profile"], "--UserSettings.Jup")
    assert commands.complete(["create", "desk"], "--ins") == ["--instance"]
    assert "local" in commands.complete(["describe", "domain"], "lo")
