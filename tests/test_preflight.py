"""What is told before a request is made, on the real engine: quotas of 0 among it, and the model's word first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from local_jobs import ENDLESS, running_engine
from member_walk import sample, smallest
from sample_requests import training, tuning

from jupyter_sm_ext.checks.app_instance import app_instance
from jupyter_sm_ext.checks.in_use import InUse
from jupyter_sm_ext.checks.preflight import Check, create, preflight
from jupyter_sm_ext.errors import LimitError, UnknownOperationError, ValidationError
from jupyter_sm_ext.handles.start import train
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.offers.quota_lines import Line, app_line, counted_line, usage
from jupyter_sm_ext.resources import resources
from jupyter_sm_ext.studio import Studio

Json = dict[str, Any]
TRN1 = "ml.trn1.2xlarge"
TWO = {"ResourceConfig": {"InstanceType": TRN1, "InstanceCount": 2, "VolumeSizeInGB": 10}}
LAB = f"Studio JupyterLab Apps running on {TRN1} instances"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("engine")) as studio:
        yield studio


@pytest.fixture(scope="module")
def domain(studio: Studio) -> str:
    found = studio.connection.domain_id
    assert found is not None
    return found


@contextmanager
def owners_file(studio: Studio, name: str, **values: float) -> Iterator[None]:
    """A file of the machine's owner: quotas.json or capacity.json."""
    path = studio.connection.data_dir / name
    path.write_text(json.dumps(values))
    try:
        yield
    finally:
        path.unlink()


def quotas(studio: Studio, **values: float) -> Any:
    return owners_file(studio, "quotas.json", **values)


def app(domain: str, **more: Any) -> Json:
    return {"DomainId": domain, "SpaceName": "one", "AppType": "JupyterLab", "AppName": "default", **more}


def told(checks: list[Check], name: str) -> list[tuple[str, str]]:
    return [(check.state, check.message) for check in checks if check.check == name]


def states(checks: list[Check]) -> dict[str, str]:
    return {check.check: check.state for check in checks}


def test_an_app_is_held_against_the_line_of_its_own_type(studio: Studio, domain: str) -> None:
    others = {
        f"{TRN1} for training job usage": 0,
        f"Studio CodeEditor Apps running on {TRN1} instances": 0,
        f"Studio KernelGateway Apps running on {TRN1} instance": 0,
    }
    request = app(domain, ResourceSpec={"InstanceType": TRN1})
    with quotas(studio, **others):
        checks = preflight(studio.connection, "CreateApp", request)
    assert states(checks) == dict.fromkeys(("constraints", "quota", "region", "price", "permission"), "ok")
    assert told(checks, "quota") == [("ok", f"Quota '{LAB}' is 10,000: 0 in use, 1 more wanted.")]
    assert told(checks, "region") == [("ok", f"{TRN1}: simulated on this machine.")]
    assert told(checks, "price") == [("ok", "This machine costs nothing.")]
    assert all(check.link is None for check in checks)
    with quotas(studio, **{LAB: 0}):
        checks = preflight(studio.connection, "CreateApp", request)
        assert told(checks, "quota") == [
            ("blocked", f"It would be refused: quota '{LAB}' is 0: 0 in use, 1 more wanted.")
        ]


@pytest.mark.parametrize(
    ("app_type", "line"),
    [
        ("CodeEditor", f"Studio CodeEditor Apps running on {TRN1} instances"),
        ("KernelGateway", f"Studio KernelGateway Apps running on {TRN1} instance"),
    ],
)
def test_other_types_of_app_have_their_own(studio: Studio, domain: str, app_type: str, line: str) -> None:
    with quotas(studio, **{line: 0}):
        request = app(domain, AppType=app_type, ResourceSpec={"InstanceType": TRN1})
        assert told(preflight(studio.connection, "CreateApp", request), "quota")[0][0] == "blocked"
        request["AppType"] = "JupyterLab"
        assert told(preflight(studio.connection, "CreateApp", request), "quota")[0][0] == "ok"


def test_a_jupyter_server_is_on_system_which_has_no_line_here(studio: Studio, domain: str) -> None:
    request = {"DomainId": domain, "UserProfileName": "default", "AppType": "JupyterServer", "AppName": "default"}
    assert states(preflight(studio.connection, "CreateApp", request)) == {"constraints": "ok", "permission": "ok"}


def test_what_the_space_sets_counts_and_what_runs_is_counted(studio: Studio, domain: str) -> None:
    settings = {
        "AppType": "JupyterLab",
        "JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": TRN1}},
    }
    request = {
        "DomainId": domain,
        "SpaceName": "resized",
        "SpaceSettings": settings,
        "OwnershipSettings": {"OwnerUserProfileName": "default"},
        "SpaceSharingSettings": {"SharingType": "Private"},
    }
    with quotas(studio, **{LAB: 0}):
        checks = preflight(studio.connection, "CreateSpace", request)
        start = f"What starts with these settings would be refused: quota '{LAB}' is 0"
        assert [state for state, _ in told(checks, "quota")] == ["ok", "warning"]
        assert told(checks, "quota")[1][1].startswith(start)
    create(studio, "spaces", request)
    studio.wait("spaces", domain, "resized", timeout=30)
    asked = app(domain, SpaceName="resized")
    assert app_instance(studio, asked) == TRN1
    create(studio, "apps", asked)
    try:
        studio.wait("apps", domain, "space", "resized", "JupyterLab", "default", timeout=60)
        assert InUse(studio).of(app_line("JupyterLab", TRN1)).count == 1
        assert InUse(studio).of(app_line("JupyterLab", "ml.t3.medium")).count == 0
        assert InUse(studio).of(app_line("CodeEditor", TRN1)).count == 0
        other = app(domain, SpaceName="other", ResourceSpec={"InstanceType": TRN1})
        with quotas(studio, **{LAB: 1}):
            message = f"It would be refused: quota '{LAB}' is 1: 1 in use, 1 more wanted."
            assert told(preflight(studio.connection, "CreateApp", other), "quota") == [("blocked", message)]
    finally:
        studio.delete("apps", domain, "space", "resized", "JupyterLab", "default")
        studio.wait("apps", domain, "space", "resized", "JupyterLab", "default", timeout=60)
    assert InUse(studio).of(app_line("JupyterLab", TRN1)).count == 0


def test_where_the_instance_of_an_app_comes_from(studio: Studio, domain: str) -> None:
    profile = {"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.m5.large"}}}
    studio.create("user-profiles", {"DomainId": domain, "UserProfileName": "big", "UserSettings": profile})
    private = {
        "OwnershipSettings": {"OwnerUserProfileName": "big"},
        "SpaceSharingSettings": {"SharingType": "Private"},
        "SpaceSettings": {"AppType": "JupyterLab"},
    }
    studio.create("spaces", {"DomainId": domain, "SpaceName": "plain", **private})
    assert app_instance(studio, app(domain, SpaceName="plain")) == "ml.m5.large"
    by_request = app(domain, SpaceName="plain", ResourceSpec={"InstanceType": TRN1})
    assert app_instance(studio, by_request) == TRN1
    gateway = {"DomainId": domain, "UserProfileName": "big", "AppType": "KernelGateway", "AppName": "k"}
    assert app_instance(studio, gateway) is None
    assert app_instance(studio, {**gateway, "ResourceSpec": {"InstanceType": "system"}}) == "ml.t3.medium"
    assert app_instance(studio, {**gateway, "AppType": "JupyterServer"}) == "system"
    shared = {"OwnershipSettings": {"OwnerUserProfileName": "big"}, "SpaceSharingSettings": {"SharingType": "Shared"}}
    studio.create("spaces", {"DomainId": domain, "SpaceName": "shared", **shared})
    assert app_instance(studio, app(domain, SpaceName="shared")) == "ml.t3.medium"
    with quotas(studio, **{"Studio JupyterLab Apps running on ml.m5.large instances": 0}):
        checks = preflight(studio.connection, "CreateApp", app(domain, SpaceName="plain"))
        assert told(checks, "quota")[0][0] == "blocked"
    checks = preflight(studio.connection, "CreateApp", app(domain, SpaceName="nowhere"))
    [(state, message)] = told(checks, "quota")
    assert state == "unknown"
    assert message.startswith("On which instance the app would run is not known: ")
    assert "nowhere" in message


def test_training_and_spot_have_lines_of_their_own(studio: Studio) -> None:
    spot = training(**TWO, EnableManagedSpotTraining=True)
    with quotas(studio, **{usage(TRN1, spot=False): 1, LAB: 0}):
        found = told(preflight(studio.connection, "CreateTrainingJob", training(**TWO)), "quota")
        assert (
            "blocked",
            f"It would be refused: quota '{usage(TRN1, spot=False)}' is 1: 0 in use, 2 more wanted.",
        ) in found
        assert [state for state, _ in found] == ["ok", "blocked", "ok"]
        found = told(preflight(studio.connection, "CreateTrainingJob", spot), "quota")
        assert [state for state, _ in found] == ["ok", "ok", "ok"]
        assert all("spot training job" in message for _, message in found)


def test_a_tuning_job_wants_room_for_all_that_run_at_once(studio: Studio) -> None:
    request = tuning()
    request["TrainingJobDefinition"] |= TWO
    request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxParallelTrainingJobs"] = 3
    with quotas(studio, **{usage(TRN1, spot=False): 5}):
        found = told(preflight(studio.connection, "CreateHyperParameterTuningJob", request), "quota")
        assert (
            "blocked",
            f"It would be refused: quota '{usage(TRN1, spot=False)}' is 5: 0 in use, 6 more wanted.",
        ) in found


def test_running_jobs_are_counted_and_room_on_this_machine_is_told(studio: Studio) -> None:
    job = train(ENDLESS, studio=studio, instance_type=TRN1)
    try:
        assert InUse(studio).of(Line("", "", counted="training-jobs", instance_type=TRN1)).count == 1
        assert InUse(studio).of(Line("", "", counted="training-jobs")).count == 1
        assert InUse(studio).of(Line("", "", counted="training-jobs", instance_type=TRN1, spot=True)).count == 0
        with owners_file(studio, "capacity.json", **{TRN1: 2, "ml.m5.large": 0}):
            checks = preflight(studio.connection, "CreateTrainingJob", training(**TWO))
        message = f"This machine's capacity.json has 2 × {TRN1}; 1 in use, 2 more wanted: it will wait as Pending."
        assert told(checks, "capacity") == [("warning", message)]
    finally:
        job.stop()
        studio.wait("training-jobs", job.name, timeout=60)
    assert told(preflight(studio.connection, "CreateTrainingJob", training(**TWO)), "capacity") == []


def test_what_the_model_says_comes_first_and_alone(studio: Studio, domain: str) -> None:
    checks = preflight(studio.connection, "CreateApp", app(domain, ResourceSpec={"InstanceType": "ml.trn9.huge"}))
    [check] = checks
    assert (check.check, check.state) == ("constraints", "blocked")
    assert "'ml.trn9.huge' at 'resourceSpec.instanceType'" in check.message
    assert len(check.message) <= 400
    with pytest.raises(UnknownOperationError):
        preflight(studio.connection, "MakeCoffee", {})


WRITES = [row.operation(verb) for row in resources() for verb in ("create", "update") if verb in row.verbs]


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize("make", [sample, smallest])
def test_whatever_is_asked_for_there_is_an_answer(studio: Studio, operation: str, make: Any) -> None:
    shape = get_model().operation(operation).input_shape
    assert shape is not None
    request = make(shape)
    assert get_model().check(operation, request) == []
    checks = preflight(studio.connection, operation, request)
    assert {"constraints", "permission"} <= set(states(checks))
    assert {check.state for check in checks} <= {"ok", "warning", "unknown"}
    assert len(set(checks)) == len(checks)


@pytest.mark.parametrize("operation", ["DescribeDomain", "DeleteDomain", "UpdateDomain"])
def test_an_operation_that_starts_nothing_has_little_to_check(studio: Studio, domain: str, operation: str) -> None:
    checks = preflight(studio.connection, operation, {"DomainId": domain})
    assert states(checks) == {"constraints": "ok", "permission": "ok"}


def test_a_refused_create_tells_which_quota_and_where_to_set_it(studio: Studio, domain: str, data_dir: Path) -> None:
    create(studio, "spaces", {"DomainId": domain, "SpaceName": "free"})
    with quotas(studio, **{"Maximum number of Studio spaces allowed per account": 0}):
        with pytest.raises(LimitError) as caught:
            create(studio, "Space", {"DomainId": domain, "SpaceName": "full"})
        used = InUse(studio).of(counted_line("spaces")).count
    file = studio.connection.data_dir / "quotas.json"
    name = "Maximum number of Studio spaces allowed per account"
    assert caught.value.hint == f"Quota '{name}' is 0: {used} in use, 1 more wanted. Set it in {file}."
    assert caught.value.operation == "CreateSpace"
    assert isinstance(caught.value.__cause__, LimitError)
    with pytest.raises(ValidationError, match="no resource is called"):
        create(studio, "teapots", {})


def test_the_engine_is_started_if_it_is_gone(tmp_path: Path) -> None:
    from jupyter_sm_ext.connections import local_engine

    with running_engine(tmp_path / "engine") as studio:
        local_engine.stop(studio.connection.data_dir)
        checks = preflight(studio.connection, "CreateApp", app("d-000000000000", ResourceSpec={"InstanceType": TRN1}))
        assert states(checks)["quota"] == "ok"
