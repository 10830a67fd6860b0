"""Forms on an AWS that denies: a permission that is missing leaves a field empty, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from faulty_aws import FaultyAWS

from jupyter_sm_ext.checks.request_forms import form, form_operations
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.errors import AccessDeniedError
from jupyter_sm_ext.studio import Studio


@pytest.fixture
def studio(aws: FaultyAWS, data_dir: Path) -> Studio:
    return Studio(open_connection(Choice("aws"), data_dir))


def test_the_image_of_the_engine_is_not_offered_on_aws(studio: Studio) -> None:
    values = form(studio, "CreateTrainingJob")["defaults"]
    assert "TrainingImage" not in values["AlgorithmSpecification"]


def test_no_permission_to_list(aws: FaultyAWS, studio: Studio) -> None:
    for operation in ("ListDomains", "ListUserProfiles", "DescribeDomain"):
        aws.deny(operation)
    for operation, (_, verb) in form_operations().items():
        if verb == "create":
            found = form(studio, operation)
            assert found["schema"]["properties"]
            assert "DomainId" not in found["defaults"]


def test_what_cannot_be_described_cannot_be_edited(aws: FaultyAWS, studio: Studio) -> None:
    aws.deny("DescribeSpace")
    with pytest.raises(AccessDeniedError):
        form(studio, "UpdateSpace", {"DomainId": "d-xxxxxxxxxxxx", "SpaceName": "mine"})
