"""What a request will cost an hour, by AWS's Price List."""

from __future__ import annotations

from checks_help import TRN1, Json, one, training
from fake_services import FakeServices, product

from jupyter_sm_ext.checks.preflight import preflight
from jupyter_sm_ext.connections.connection import Connection


def test_what_runs_at_once_is_priced_together(connection: Connection, services: FakeServices) -> None:
    services.products = [product(TRN1, "1.5", use="Training"), product("ml.m5.large", "0.0464", use="Training")]
    groups = [
        {"InstanceGroupName": "a", "InstanceType": TRN1, "InstanceCount": 3},
        {"InstanceGroupName": "b", "InstanceType": "ml.m5.large", "InstanceCount": 1},
    ]
    request = training(TRN1, ResourceConfig={"InstanceGroups": groups, "VolumeSizeInGB": 10})
    check = one(preflight(connection, "CreateTrainingJob", request), "price")
    assert check.message == f"$4.55 an hour for 3 × {TRN1} and ml.m5.large (AWS's Price List, on demand)."
    spot = preflight(connection, "CreateTrainingJob", training("ml.m5.large", EnableManagedSpotTraining=True))
    assert one(spot, "price").message == (
        "$0.0928 an hour for 2 × ml.m5.large (AWS's Price List, on demand); spot costs less, how much AWS tells"
        " afterwards only."
    )
    unknown = one(preflight(connection, "CreateTrainingJob", training("ml.p5.48xlarge")), "price")
    message = "No price is known. AWS's Price List for us-east-1 has no ml.p5.48xlarge."
    assert (unknown.state, unknown.message) == ("unknown", message)


def test_definitions_of_a_tuning_job_are_priced_one_by_one(connection: Connection, services: FakeServices) -> None:
    services.products = [product(TRN1, "1.5", use="Training"), product("ml.m5.large", "0.1", use="Training")]
    definitions = []
    for instance_type in (TRN1, "ml.m5.large"):
        definition = training(instance_type)
        del definition["TrainingJobName"], definition["HyperParameters"]
        objective = {"Type": "Maximize", "MetricName": "score"}
        definitions.append({**definition, "DefinitionName": instance_type[3:5], "TuningObjective": objective})
    limits = {"MaxParallelTrainingJobs": 2, "MaxNumberOfTrainingJobs": 4}
    request = {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobConfig": {"Strategy": "Random", "ResourceLimits": limits},
        "TrainingJobDefinitions": definitions,
    }
    checks = preflight(connection, "CreateHyperParameterTuningJob", request)
    assert [check.message for check in checks if check.check == "price"] == [
        f"$6.00 an hour for 4 × {TRN1} (AWS's Price List, on demand).",
        "$0.40 an hour for 4 × ml.m5.large (AWS's Price List, on demand).",
    ]
    assert len(set(checks)) == len(checks)


def test_settings_are_priced_by_what_they_will_start(connection: Connection, request_: Json) -> None:
    settings = {"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": TRN1}}}
    request = {"DomainId": request_["DomainId"], "SpaceName": "new", "SpaceSettings": settings}
    checks = preflight(connection, "CreateSpace", request)
    message = f"$1.61 an hour while it runs for {TRN1} (AWS's Price List, on demand)."
    assert one(checks, "price").message == message
