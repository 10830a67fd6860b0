"""Profiles of all kinds: where their keys come from, and what is told when they are missing or have expired."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess
from jupyter_client.manager import start_new_kernel
from lending_aws import DEVICE, ROLE, START_URL, LendingAWS, sign_in

from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.aws_profiles import offered
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.errors import CredentialsError, MfaRequiredError, ValidationError
from jupyter_sm_ext.studio import Studio

CONFIG = f"""\
[default]
region = eu-west-1
[profile keys]
aws_access_key_id = AKIDKEYS
aws_secret_access_key = secret
[profile sso]
sso_start_url = {START_URL}
sso_region = us-east-1
sso_account_id = 000000000000
sso_role_name = Analyst
[profile team]
role_arn = {ROLE}
source_profile = sso
[profile mfa]
role_arn = {ROLE}
source_profile = keys
mfa_serial = {DEVICE}
region = eu-central-1
[profile process]
credential_process = {sys.executable} {{folder}}/helper.py --secret=hidden
[profile gone]
credential_process = /nowhere/helper
[profile chatty]
credential_process = echo hello
[profile web]
role_arn = {ROLE}
web_identity_token_file = {{folder}}/token
[profile contained]
role_arn = {ROLE}
credential_source = EcsContainer
[profile bare]
"""
HELPER = 'print(\'{"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "secret"}\')'


@pytest.fixture
def aws(engine_behind: EngineProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LendingAWS]:
    """An AWS that lends keys, and a home with profiles of all kinds; nobody is signed in."""
    (tmp_path / "config").write_text(CONFIG.replace("{folder}", str(tmp_path)))
    monkeypatch.setattr(AwsConnection, "pace", (0.01, 0.03))
    with LendingAWS(engine_behind.data_dir).serving() as aws:
        for name, value in {
            **{name: text for name, text in aws.environment.items() if "KEY" not in name},
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
            "AWS_MAX_ATTEMPTS": "1",
            "HOME": str(tmp_path),
        }.items():
            monkeypatch.setenv(name, value)
        # botocore knows the home of the process that it was imported in.
        monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(tmp_path / ".aws/sso/cache"))
        yield aws


def studio(profile: str | None, folder: Path) -> Studio:
    return Studio(AwsConnection(Choice("aws", profile, "us-east-1"), folder))


def refusal(profile: str | None, folder: Path) -> CredentialsError:
    with pytest.raises(CredentialsError) as caught:
        studio(profile, folder).call("ListDomains")
    return caught.value


@pytest.mark.parametrize(
    ("profile", "words", "hint"),
    [
        ("sso", "profile sso", "Run `aws sso login --profile sso` in a terminal."),
        # Who signs in is the one whose keys are used, not the one that takes a role with them.
        ("team", "profile team", "Run `aws sso login --profile sso` in a terminal."),
        ("process", "profile process could not be had", "`aws sts get-caller-identity --profile process`"),
        ("web", "profile web", "The token in {folder}/token"),
        ("gone", "profile gone could not be had", "Its credential_process (/nowhere/helper) failed"),
        ("chatty", "profile chatty could not be had", "`aws sts get-caller-identity --profile chatty`"),
        ("bare", "profile bare are missing", "`aws configure sso --profile bare`"),
        ("nobody", "profile (nobody) could not be found", "`aws configure --profile nobody`"),
        (None, "profile default are missing", "`aws configure --profile default`"),
    ],
)
def test_missing_credentials_name_the_profile_and_the_command(
    aws: LendingAWS, tmp_path: Path, profile: str | None, words: str, hint: str
) -> None:
    told = refusal(profile, tmp_path)
    assert words in told.message
    assert hint.format(folder=tmp_path) in (told.hint or "")
    assert told.lasting
    assert "hidden" not in f"{told.message}{told.hint}"


@pytest.mark.parametrize(
    ("profile", "command"),
    [
        ("keys", "aws configure --profile keys"),
        ("sso", "aws sso login --profile sso"),
        ("process", "aws sts get-caller-identity --profile process"),
    ],
)
def test_expired_credentials_name_them_too(aws: LendingAWS, tmp_path: Path, profile: str, command: str) -> None:
    sign_in(tmp_path)
    (tmp_path / "helper.py").write_text(HELPER)
    used = studio(profile, tmp_path)
    assert used.call("ListDomains")["Domains"]
    aws.expired |= {"AKIDKEYS", "AKIDPROCESS", *(f"ASIALENT{number:04}" for number in range(1, 99))}
    with pytest.raises(CredentialsError) as caught:
        used.call("ListDomains")
    assert f"profile {profile} have expired: " in caught.value.message
    assert command in (caught.value.hint or "")
    told = used.connection.as_dict()
    assert (told["state"], told["hint"]) == ("credentials", caught.value.hint)


def test_keys_of_the_environment_are_told_as_such(
    aws: LendingAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    aws.expired.add("AKIDENV")
    told = refusal(None, tmp_path)
    assert told.message.startswith("The AWS keys in the environment have expired")
    assert "start this server or kernel again" in (told.hint or "")


def test_signing_in_is_enough(aws: LendingAWS, tmp_path: Path) -> None:
    used = studio("team", tmp_path)
    with pytest.raises(CredentialsError):
        used.call("ListDomains")
    sign_in(tmp_path)
    assert used.call("ListDomains")["Domains"]
    assert aws.lent == {"GetRoleCredentials": 1, "AssumeRole": 1}


def test_a_container_gives_the_keys_of_its_role(
    aws: LendingAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/")
    told = refusal(None, tmp_path)
    assert told.message.startswith("The AWS credentials of this container's role could not be had")
    assert [each.way for each in offered() if each.name in (None, "contained")] == ["container", "role container"]


def test_a_token_in_the_environment_is_told_of(
    aws: LendingAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "mounted"))
    assert next(each.way for each in offered() if each.name is None) == "web identity"
    told = refusal(None, tmp_path)
    assert f"The token in {tmp_path / 'mounted'}" in (told.hint or "")


def test_what_is_offered_tells_where_keys_come_from(aws: LendingAWS) -> None:
    ways = {each.name: (each.way, each.region) for each in offered()}
    assert ways[None] == ("nowhere", "us-east-1")
    assert ways["mfa"] == ("role keys", "eu-central-1")
    assert ways["team"] == ("role sso", None)
    assert {name: way for name, (way, _) in ways.items() if name in ("keys", "sso", "process", "web", "bare")} == {
        "keys": "keys",
        "sso": "sso",
        "process": "process",
        "web": "web identity",
        "bare": "nowhere",
    }


def test_a_code_is_asked_for_and_never_on_the_terminal(
    aws: LendingAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def terminal(prompt: str) -> str:
        raise AssertionError(f"botocore asked on the terminal: {prompt}")

    monkeypatch.setattr("getpass.getpass", terminal)
    used = studio("mfa", tmp_path)
    for _ in range(2):
        with pytest.raises(MfaRequiredError, match=DEVICE) as caught:
            used.call("ListDomains")
        assert caught.value.lasting
    told = used.connection.as_dict()
    assert (told["state"], told["mfa_serial"]) == ("mfa", DEVICE)
    assert aws.lent.total() == 0

    with pytest.raises(ValidationError, match="six digits"):
        used.connection.enter_code("letters")
    with pytest.raises(CredentialsError, match="invalid MFA") as wrong:
        used.connection.enter_code("000000")
    assert "another one-time code" in (wrong.value.hint or "")
    aws.codes.add("123456")
    used.connection.enter_code("123 456")
    assert used.call("ListDomains")["Domains"]
    assert used.read("ListDomains")
    assert used.connection.as_dict()["state"] == "ready"
    kept = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert "123456" not in kept


def test_a_code_serves_every_process_until_its_keys_are_refused(aws: LendingAWS, tmp_path: Path) -> None:
    server, kernel = studio("mfa", tmp_path), studio("mfa", tmp_path)
    with pytest.raises(MfaRequiredError):
        server.call("ListDomains")
    aws.codes.add("123456")
    kernel.connection.enter_code("123456")
    assert server.call("ListDomains")["Domains"]
    assert aws.lent == {"AssumeRole": 1}
    # Keys that are refused are not found again in the cache, but a code is asked for.
    aws.expired.add("ASIALENT0001")
    with pytest.raises(CredentialsError):
        server.call("ListDomains")
    assert server.connection.as_dict()["state"] == "mfa"


def test_a_home_that_cannot_be_written_keeps_keys_in_memory(aws: LendingAWS, tmp_path: Path) -> None:
    (tmp_path / ".aws").write_text("")
    used = studio("mfa", tmp_path)
    aws.codes.add("123456")
    used.connection.enter_code("123456")
    assert used.call("ListDomains")["Domains"]


def test_a_profile_that_wants_no_code_takes_none(aws: LendingAWS, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="wants no one-time code"):
        studio("keys", tmp_path).connection.enter_code("123456")


def test_a_terminal_asks_for_the_code_and_does_not_show_it(aws: LendingAWS, tmp_path: Path) -> None:
    aws.codes.add("123456")
    connecting = [sys.executable, "-m", "jupyter_sm_ext.cli", "connect", "aws", "--profile", "mfa"]
    spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    command = [sys.executable, "-c", spawn, *connecting]
    environment = {**os.environ, "JUPYTER_SM_DATA_DIR": str(tmp_path / "data")}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as terminal:
        assert terminal.stdin is not None
        assert terminal.stdout is not None
        shown = b""
        while f"One-time code of {DEVICE}: ".encode() not in shown:
            shown += (byte := terminal.stdout.read(1))
            assert byte, shown.decode()
        terminal.stdin.write(b"123456\n")
        terminal.stdin.flush()
        shown += terminal.stdout.read()
        assert terminal.wait() == 0
    assert b"AWS mfa \xc2\xb7 us-east-1: ready" in shown
    assert b"123456" not in shown


def test_where_nobody_can_be_asked_the_command_says_so(aws: LendingAWS, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jupyter_sm_ext.cli", "connect", "aws", "--profile", "mfa"]
    environment = {**os.environ, "JUPYTER_SM_DATA_DIR": str(tmp_path / "data")}
    told = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=60, check=True
    ).stdout
    assert "AWS mfa · us-east-1: mfa" in told
    assert f"A one-time code of the MFA device {DEVICE} is wanted." in told
    assert "Enter it in the SageMaker panel, or run %sm connect" in told


def test_a_notebook_asks_for_the_code_in_its_cell(aws: LendingAWS, tmp_path: Path) -> None:
    aws.codes |= {"123456"}
    environment = {**os.environ, "JUPYTER_SM_DATA_DIR": str(tmp_path / "data")}
    manager, client = start_new_kernel(kernel_name="python3", env=environment)
    try:
        client.execute_interactive("%load_ext jupyter_sm_ext", timeout=60)
        shown: list[dict[str, Any]] = []
        asked: list[dict[str, Any]] = []

        def answer(message: dict[str, Any]) -> None:
            asked.append(message["content"])
            client.input("123456")

        # As nbclient runs it: nobody is there, and nothing hangs.
        connecting = "%sm connect aws --profile mfa --here"
        client.execute_interactive(connecting, timeout=60, allow_stdin=False, output_hook=shown.append)
        assert f"A one-time code of the MFA device {DEVICE} is wanted." in texts(shown)
        assert asked == []
        client.execute_interactive("%sm connect", timeout=60, stdin_hook=answer, output_hook=shown.append)
        assert asked == [{"prompt": f"One-time code of {DEVICE}: ", "password": True}]
        assert "AWS mfa · us-east-1: ready" in texts(shown)
        assert "123456" not in str(shown)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy(0)


def texts(shown: list[dict[str, Any]]) -> str:
    """What a cell has written."""
    return "".join(each["content"].get("text", "") for each in shown)
