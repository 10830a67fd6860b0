"""Which lines of Service Quotas a request is held against."""

from __future__ import annotations

from typing import Any

import pytest
from sample_requests import training, tuning

from jupyter_sm_ext.offers.quota_lines import Line, lines

TRN1, M5 = "ml.trn1.2xlarge", "ml.m5.large"


def names(operation: str, request: dict[str, Any], app_instance: str | None = None) -> dict[str, int]:
    return {line.name: line.delta for line in lines(operation, request, app_instance)}


@pytest.mark.parametrize(
    ("app_type", "instance", "name"),
    [
        ("JupyterLab", TRN1, f"Studio JupyterLab Apps running on {TRN1} instances"),
        ("CodeEditor", TRN1, f"Studio CodeEditor Apps running on {TRN1} instances"),
        ("KernelGateway", TRN1, f"Studio KernelGateway Apps running on {TRN1} instance"),
        ("JupyterServer", "system", "Studio JupyterServer Apps running on system instance"),
        ("RSessionGateway", M5, f"RSessionGateway Apps running on {M5} instance"),
        ("TensorBoard", "system", "TensorBoard Apps running on system instances"),
    ],
)
def test_each_type_of_app_has_its_own(app_type: str, instance: str, name: str) -> None:
    asked = {"AppType": app_type, "ResourceSpec": {"InstanceType": instance}}
    assert lines("CreateApp", asked) == [Line(name, "Apps", 1, "apps", instance, app_type)]
    # What it really gets counts, not what was asked for.
    assert list(names("CreateApp", asked, "ml.t3.medium")) == [name.replace(instance, "ml.t3.medium")]


def test_an_app_without_an_instance_or_of_another_type_has_none() -> None:
    assert lines("CreateApp", {"AppType": "JupyterLab"}) == []
    assert lines("CreateApp", {"AppType": "Canvas", "ResourceSpec": {"InstanceType": M5}}) == []
    assert lines("DeleteApp", {"AppType": "JupyterLab"}) == []


def test_training_counts_by_type_and_in_all() -> None:
    groups = [
        {"InstanceGroupName": "a", "InstanceType": TRN1, "InstanceCount": 2},
        {"InstanceGroupName": "b", "InstanceType": M5, "InstanceCount": 1},
    ]
    assert names("CreateTrainingJob", training(ResourceConfig={"InstanceGroups": groups})) == {
        "Maximum number of instances per training job": 3,
        f"{TRN1} for training job usage": 2,
        f"{M5} for training job usage": 1,
        "Number of instances across all training jobs": 3,
    }
    assert names("CreateTrainingJob", training(EnableManagedSpotTraining=True)) == {
        "Maximum number of instances per spot training job": 1,
        f"{TRN1} for spot training job usage": 1,
        "Number of instances across all spot training jobs": 1,
    }


def test_what_was_bought_before_needs_no_room() -> None:
    plan = "arn:aws:sagemaker:us-east-1:000000000000:training-plan/p"
    config = {"InstanceType": TRN1, "InstanceCount": 1, "TrainingPlanArn": plan}
    assert lines("CreateTrainingJob", training(ResourceConfig=config)) == []


def test_tuning_counts_what_runs_at_once() -> None:
    assert names("CreateHyperParameterTuningJob", tuning()) == {
        "Maximum number of instances per training job": 1,
        f"{TRN1} for training job usage": 2,
        "Number of instances across all training jobs": 2,
    }
    request = tuning()
    definition = request.pop("TrainingJobDefinition")
    del definition["ResourceConfig"]
    one, other = ({"InstanceType": name, "InstanceCount": 1, "VolumeSizeInGB": 1} for name in (TRN1, M5))
    several = {"InstanceConfigs": [one, other]}
    request["TrainingJobDefinitions"] = [
        {**definition, "ResourceConfig": other},
        {**definition, "HyperParameterTuningResourceConfig": several},
    ]
    found = lines("CreateHyperParameterTuningJob", request)
    # Of several configurations a trial takes the first if it can.
    assert [(line.instance_type, line.group) for line in found if line.instance_type] == [(M5, 0), (TRN1, 1)]


def test_an_algorithm_runs_its_validation() -> None:
    profile = {"ProfileName": "p", "TrainingJobDefinition": training()}
    request = {"AlgorithmName": "a", "ValidationSpecification": {"ValidationProfiles": [profile]}}
    assert f"{TRN1} for training job usage" in names("CreateAlgorithm", request)
    assert names("CreateAlgorithm", {"AlgorithmName": "a"}) == {}


def test_settings_count_for_what_they_will_start() -> None:
    spec = {"DefaultResourceSpec": {"InstanceType": TRN1}}
    settings = {
        "JupyterLabAppSettings": spec,
        "KernelGatewayAppSettings": spec,
        "JupyterServerAppSettings": {"DefaultResourceSpec": {"InstanceType": "system"}},
    }
    lab, gateway = (
        f"Studio JupyterLab Apps running on {TRN1} instances",
        f"Studio KernelGateway Apps running on {TRN1} instance",
    )
    profiles = "Maximum number of Studio user profiles allowed per account"
    found = lines("CreateUserProfile", {"UserSettings": settings})
    assert [(line.name, line.later) for line in found] == [(profiles, False), (lab, True), (gateway, True)]
    both = {"DefaultUserSettings": settings, "DefaultSpaceSettings": settings}
    assert list(names("CreateDomain", both)) == ["Total domains", lab, gateway]
    assert len(lines("UpdateDomain", both)) == 2
    assert list(names("UpdateSpace", {"SpaceSettings": settings})) == [lab, gateway]
