"""Expired keys are told as such by whatever asks AWS, with whose they are; and each goes on by itself with new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from faulty_aws import EXPIRED, FaultyAWS
from one_loader import one_loader
from sample_requests import CREATE_TRAINING, training
from test_expired_credentials import User

from jupyter_sm_ext.checks.account_quotas import AccountQuotas
from jupyter_sm_ext.checks.permissions import verdicts
from jupyter_sm_ext.checks.preflight import preflight
from jupyter_sm_ext.checks.prices import Prices
from jupyter_sm_ext.connections import own_space
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.errors import CredentialsError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.launching.artifacts import artifacts
from jupyter_sm_ext.launching.model_files import download_model
from jupyter_sm_ext.launching.sample import sample
from jupyter_sm_ext.launching.uploads import Upload, send
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.job_lists import find_jobs
from jupyter_sm_ext.widgets import Panel

ROLE = "arn:aws:iam::000000000000:role/jobs"
TOLD = f"The AWS credentials of the profile default have expired: {EXPIRED}."
HINT = "Put new keys into it: `aws configure --profile default`."
BUCKET = "sagemaker-us-east-1-000000000000"
JOB = {"TrainingJobName": "job", "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"}}
QUOTA = "ml.m5.large for training job usage"


@pytest.fixture(scope="module", autouse=True)
def models() -> Iterator[None]:
    with one_loader():
        yield


@pytest.fixture
def user(aws: FaultyAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    user = User(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(user.file))
    monkeypatch.setattr(AwsConnection, "pace", (0.01, 0.03))
    user.has("AKIDFIRST")
    return user


@pytest.fixture
def studio(user: User, data_dir: Path) -> Studio:
    return Studio(AwsConnection(Choice("aws", role=ROLE), data_dir))


ASKING: dict[str, Callable[[Studio, Path], Any]] = {
    "list": lambda studio, _: list(studio.list("training-jobs")),
    "describe": lambda studio, _: studio.describe("training-jobs", "job"),
    "log": lambda studio, _: studio.logs("job"),
    "search": lambda studio, _: studio.call("Search", {"Resource": "TrainingJob"}),
    "newest jobs": lambda studio, _: find_jobs(studio, limit=5),
    "uploads": lambda studio, _: send(studio.connection, [Upload(BUCKET, "lost/one", b"one")]),
    "stored": lambda studio, _: artifacts(studio.connection, "training-jobs", JOB),
    "model": lambda studio, tmp: download_model(studio.connection, f"s3://{BUCKET}/lost/one", tmp, "job"),
    "sample": lambda studio, tmp: sample(studio.connection, "train", f"s3://{BUCKET}/lost/", tmp),
    "quota": lambda studio, _: AccountQuotas.of(studio.connection).find(QUOTA),
    "permission": lambda studio, _: verdicts(studio.connection, "CreateTrainingJob", {}),
    "domain": lambda studio, _: own_space.default_domain(studio.connection),
    "profile": lambda studio, _: own_space.default_profile(studio.connection),
    "account": lambda studio, _: studio.connection.account,
}
"""What surfaces are made of; each gets a connection on which nobody else has asked."""


@pytest.mark.parametrize("asked", ASKING)
def test_each_names_the_profile_and_goes_on_with_new_keys(
    aws: FaultyAWS, user: User, studio: Studio, tmp_path: Path, asked: str
) -> None:
    ask = ASKING[asked]
    studio.call("ListDomains")
    aws.expired.add("AKIDFIRST")
    for _ in range(2):
        with pytest.raises(CredentialsError) as caught:
            ask(studio, tmp_path)
        assert (caught.value.message, caught.value.hint, caught.value.status) == (TOLD, HINT, 424)
    user.has("AKIDSECOND")
    # Nothing else has to ask first; that there is no such job, or that IAM is not here, is another matter.
    with suppress(NotFoundError, ValidationError) if asked != "permission" else suppress(SageMakerError):
        ask(studio, tmp_path)
    assert studio.connection.generation == 1


def test_what_tells_instead_of_failing_tells_that(aws: FaultyAWS, studio: Studio) -> None:
    studio.call("ListDomains")
    aws.expired.add("AKIDFIRST")
    assert TOLD.rstrip(".") in (Prices(studio.connection).per_hour().message or "")
    found = preflight(studio.connection, CREATE_TRAINING, training())
    assert any(TOLD.rstrip(".") in check.message for check in found), found
    panel = Panel("training-jobs", "job", studio=studio)
    panel.look()
    assert panel.snapshot["error"]["message"] == TOLD
    assert not panel.watcher.finished
    panel.close()
