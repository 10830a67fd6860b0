"""What users do, recorded: every operation that boto3 calls for it is one that the feature's policy allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess
from fake_services import FakeServices, product
from faulty_aws import FaultyAWS
from local_jobs import ENDLESS, GOOD
from policy_words import needs_policy
from recorded_calls import Recorded, record_calls

from jupyter_sm_ext.actions import lifecycle, removal
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.checks.permissions import resource_arn
from jupyter_sm_ext.checks.policies import FEATURES, WATCH, policy
from jupyter_sm_ext.checks.preflight import preflight
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.failures.denials import action_of
from jupyter_sm_ext.handles.start import train, tune
from jupyter_sm_ext.launching.artifacts import artifacts, open_artifact
from jupyter_sm_ext.launching.model_files import download_model
from jupyter_sm_ext.launching.successors import successor
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.job_lists import find_jobs
from jupyter_sm_ext.watching.looks import look_for

ROLE = "arn:aws:iam::000000000000:role/jobs"
BUCKET = "sagemaker-us-east-1-000000000000"
"""The engine's own, whose name is that of the SDK's."""


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[Recorded]:
    return record_calls(monkeypatch)


@pytest.fixture
def studio(aws: FaultyAWS, data_dir: Path, recorded: list[Recorded]) -> Studio:
    return Studio(open_connection(Choice("aws", role=ROLE), data_dir))


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServices]:
    with FakeServices([product("ml.t3.medium", "0.05")]).serving() as fake:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        yield fake


def forbidden(studio: Studio, recorded: Iterable[Recorded], *names: str) -> list[tuple[str, str]]:
    """Calls that the policies of some features, and that of watching, do not allow."""
    features = [each for each in FEATURES if each is WATCH or each.name in names]
    statements = [each for feature in features for each in policy(feature)["Statement"]]
    found = [(action_of(each.operation), about(studio, each)) for each in recorded if needs_policy(each.operation)]
    return [(action, arn) for action, arn in found if not any(allows(each, action, arn) for each in statements)]


def about(studio: Studio, call: Recorded) -> str:
    if call.service == "s3":
        key = call.request.get("Key")
        return f"arn:aws:s3:::{call.request['Bucket']}" + (f"/{key}" if key else "")
    if call.service == "logs":
        stream = call.request.get("logStreamName", "")
        return f"arn:aws:logs:us-east-1:000000000000:log-group:{call.request['logGroupName']}:log-stream:{stream}"
    if call.service == "iam":
        return str(call.request.get("PolicySourceArn") or f"arn:aws:iam::000000000000:role/{call.request['RoleName']}")
    if call.operation == "CreatePresignedDomainUrl":
        who = f"{call.request['DomainId']}/{call.request['UserProfileName']}"
        return f"arn:aws:sagemaker:us-east-1:000000000000:user-profile/{who}"
    if call.operation == "ListTags":
        return str(call.request["ResourceArn"])
    if call.operation == "ListTrainingJobsForHyperParameterTuningJob":
        name = call.request["HyperParameterTuningJobName"]
        return f"arn:aws:sagemaker:us-east-1:000000000000:hyper-parameter-tuning-job/{name}"
    if call.operation.startswith("List") or call.service != "sagemaker":
        return "*"
    return resource_arn(studio.connection, "arn:aws:iam::000000000000:user/x", call.operation, call.request)


def allows(each: dict[str, Any], action: str, arn: str) -> bool:
    actions, arns = (value if isinstance(value, list) else [value] for value in (each["Action"], each["Resource"]))
    return action in actions and any(arn == one or fnmatchcase(arn, one) for one in arns)


def test_jobs_from_their_upload_to_their_end(studio: Studio, recorded: list[Recorded], tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("a,b\n1,2\n")
    job = train(GOOD, studio=studio, data={"train": str(data)}, metrics=["score"], tags={"team": "red"}, quiet=True)
    described = studio.wait("training-jobs", job.name, timeout=120)
    assert described["TrainingJobStatus"] == "Completed", described.get("FailureReason")
    stopped = train(ENDLESS, studio=studio, quiet=True)
    studio.stop("training-jobs", stopped.name)
    studio.wait("training-jobs", stopped.name, timeout=120)
    tuned = tune(GOOD, ranges={"x": (0.1, 0.9)}, objective="score", max_jobs=1, studio=studio, quiet=True)
    studio.wait("tuning-jobs", tuned.name, timeout=120)
    successor(studio, "training-jobs", job.name, "clone")
    studio.delete("training-jobs", stopped.name)
    # What is checked before a start nobody has to allow.
    assert forbidden(studio, recorded, "jobs", "checks") == []
    called = {each.operation for each in recorded}
    assert called >= {"CreateTrainingJob", "CreateHyperParameterTuningJob", "PutObject", "ListTags", "StopTrainingJob"}

    del recorded[:]
    for kind, key in (("jobs", ()), ("studio", ()), ("training-jobs", (job.name,)), ("tuning-jobs", (tuned.name,))):
        look_for(kind, key).refresh(studio)
    assert list(studio.whole_log(job.name))
    found = artifacts(studio.connection, "training-jobs", described)["artifacts"]
    open_artifact(studio.connection, "training-jobs", described, found[0]["path"]).body.close()
    download_model(studio.connection, described["ModelArtifacts"]["S3ModelArtifacts"], tmp_path / "model", "the job")
    assert find_jobs(studio)[0]
    studio.call("Search", {"Resource": "TrainingJob"})
    assert forbidden(studio, recorded) == []
    called = {each.operation for each in recorded}
    assert called >= {"GetObject", "HeadObject", "ListObjectsV2", "GetLogEvents", "Search", "ListSpaces"}


def test_spaces_and_apps(studio: Studio, recorded: list[Recorded]) -> None:
    domain = studio.connection.domain_id
    profile = studio.connection.user_profile_name
    assert domain
    assert profile
    space = {
        "DomainId": domain,
        "SpaceName": "mine",
        "SpaceSettings": {"AppType": "JupyterLab"},
        "OwnershipSettings": {"OwnerUserProfileName": profile},
        "SpaceSharingSettings": {"SharingType": "Private"},
    }
    studio.create("spaces", space)
    studio.wait("spaces", domain, "mine", timeout=60)
    studio.update("spaces", domain, "mine", SpaceDisplayName="Mine")
    studio.wait("spaces", domain, "mine", timeout=60)
    target = Target("spaces", (domain, "mine"))
    lifecycle.start(studio, target, {"InstanceType": "ml.t3.medium"})
    kernels = recorded[:]
    assert lifecycle.open_url(studio, target).startswith("http")
    lifecycle.stop(studio, target)
    removal.delete(studio, target)
    assert forbidden(studio, recorded, "spaces") == []
    called = {each.operation for each in recorded}
    assert called >= {"CreateApp", "DeleteApp", "UpdateSpace", "DeleteSpace", "CreatePresignedDomainUrl"}
    # A kernel on the app needs less: no space is made or deleted for it.
    beyond = {action for action, _ in forbidden(studio, [*kernels, *recorded], "kernels")}
    assert beyond == {"sagemaker:CreateSpace", "sagemaker:DeleteSpace"}


def test_checks_before_a_start(studio: Studio, recorded: list[Recorded], services: FakeServices) -> None:
    request = {
        "DomainId": studio.connection.domain_id,
        "UserProfileName": studio.connection.user_profile_name,
        "AppType": "KernelGateway",
        "AppName": "x",
        "ResourceSpec": {"InstanceType": "ml.t3.medium"},
    }
    preflight(studio.connection, "CreateApp", request, seconds=60)
    assert forbidden(studio, recorded, "checks") == []
    called = {each.operation for each in recorded}
    assert called >= {"ListServiceQuotas", "GetServiceQuota", "GetProducts", "SimulatePrincipalPolicy"}
    assert {action.split(":")[0] for action, _ in forbidden(studio, recorded)} == {"servicequotas", "pricing", "iam"}


def test_administrators(engine_behind: EngineProcess, studio: Studio, recorded: list[Recorded]) -> None:
    domain = studio.connection.domain_id
    assert domain
    profile = {"DomainId": domain, "UserProfileName": "guest"}
    studio.create("user-profiles", profile)
    studio.wait("user-profiles", domain, "guest", timeout=60)
    settings = {"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}}}
    studio.update("user-profiles", domain, "guest", UserSettings=settings)
    studio.wait("user-profiles", domain, "guest", timeout=60)
    removal.delete(studio, Target("user-profiles", (domain, "guest")))
    assert forbidden(studio, recorded, "administrators") == []
    assert {action for action, _ in forbidden(studio, recorded, "jobs", "spaces", "checks")} == {
        "sagemaker:CreateUserProfile",
        "sagemaker:UpdateUserProfile",
        "sagemaker:DeleteUserProfile",
    }
