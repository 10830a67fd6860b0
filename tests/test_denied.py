"""What IAM has denied lately, and what cannot be done for it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from jupyter_sm_ext.connections.denied import DeniedOperations, denial_in
from jupyter_sm_ext.deeds import deeds
from jupyter_sm_ext.errors import SageMakerError, translate

USER = "User: arn:aws:sts::111122223333:assumed-role/analyst/someone is not authorized to perform: "
HERE = "arn:aws:sagemaker:eu-west-1:111122223333:"
SPACE = {"DomainId": "d-1", "SpaceName": "one"}
APP = {**SPACE, "AppType": "JupyterLab", "AppName": "default"}


class Credentials:
    """A counter of credentials."""

    generation = 0

    def __call__(self) -> int:
        return self.generation


@pytest.fixture
def credentials() -> Credentials:
    return Credentials()


@pytest.fixture
def denied(credentials: Credentials) -> DeniedOperations:
    return DeniedOperations(credentials)


def refusal(operation: str, resource: str = "*", action: str | None = None) -> SageMakerError:
    wanted = action or f"sagemaker:{operation}"
    words = f"{USER}{wanted} on resource: {resource} because no identity-based policy allows the {wanted} action"
    return translate(ClientError({"Error": {"Code": "AccessDeniedException", "Message": words}}, operation), operation)


def barred(denied: DeniedOperations) -> list[tuple[str, str, list[str]]]:
    return sorted((each["kind"], each["deed"], each["key"]) for each in denied.told())


def test_an_operation_that_is_denied_everywhere_bars_its_deed_everywhere(denied: DeniedOperations) -> None:
    denied.note("StopTrainingJob", {"TrainingJobName": "fit"}, refusal("StopTrainingJob"))
    [told] = denied.told()
    assert told == {
        "kind": "training-jobs",
        "deed": "stop",
        "key": [],
        "operation": "StopTrainingJob",
        "request": {},
        "action": "sagemaker:StopTrainingJob",
        "statement": refusal("StopTrainingJob").statement,
    }
    assert denial_in([told], "training-jobs", "stop", ("another",)) == told
    assert denial_in([told], "training-jobs", "delete", ("fit",)) is None
    assert denial_in([told], "tuning-jobs", "stop", ("fit",)) is None


def test_a_denial_about_one_thing_bars_it_there_only(denied: DeniedOperations) -> None:
    denied.note("DeleteSpace", SPACE, refusal("DeleteSpace", f"{HERE}space/d-1/one"))
    [told] = denied.told()
    assert (told["key"], told["request"]) == (["d-1", "one"], SPACE)
    assert denial_in([told], "spaces", "delete", ("d-1", "one")) == told
    assert denial_in([told], "spaces", "delete", ("d-1", "two")) is None
    # A pattern is no name.
    denied.note("DeleteSpace", SPACE, refusal("DeleteSpace", f"{HERE}space/d-1/*"))
    assert ("spaces", "delete", []) in barred(denied)


@pytest.mark.parametrize(
    ("operation", "request_", "arn", "found"),
    [
        ("CreateTrainingJob", {"TrainingJobName": "fit"}, "training-job/fit", [("training-jobs", "create", [])]),
        ("CreateDomain", {"DomainName": "team"}, "domain/*", [("domains", "create", [])]),
        ("CreateDomain", {"DomainName": "team"}, "domain/d-x", [("domains", "create", [])]),
        ("CreateSpace", SPACE, "space/d-1/one", [("spaces", "create", ["d-1"])]),
        (
            "CreateApp",
            APP,
            "app/d-1/one/JupyterLab/default",
            [
                ("apps", "change-instance", ["d-1", "space", "one"]),
                ("apps", "create", ["d-1", "space", "one"]),
                ("apps", "start", ["d-1", "space", "one"]),
                ("spaces", "start", ["d-1", "one"]),
            ],
        ),
        (
            "DeleteApp",
            {"DomainId": "d-1", "UserProfileName": "me", "AppType": "JupyterServer", "AppName": "default"},
            "app/d-1/me/JupyterServer/default",
            [
                ("apps", "change-instance", ["d-1", "profile", "me", "JupyterServer", "default"]),
                ("apps", "delete", ["d-1", "profile", "me", "JupyterServer", "default"]),
                ("apps", "stop", ["d-1", "profile", "me", "JupyterServer", "default"]),
                ("user-profiles", "stop", ["d-1", "me"]),
            ],
        ),
        (
            "UpdateSpace",
            SPACE,
            "space/d-1/one",
            [("spaces", "change-instance", ["d-1", "one"]), ("spaces", "update", ["d-1", "one"])],
        ),
        (
            "CreatePresignedDomainUrl",
            {**SPACE, "UserProfileName": "me"},
            "user-profile/d-1/me",
            [("apps", "open", ["d-1", "space", "one"]), ("spaces", "open", ["d-1", "one"])],
        ),
        (
            "CreatePresignedDomainUrl",
            {"DomainId": "d-1", "UserProfileName": "me"},
            "*",
            [("apps", "open", []), ("spaces", "open", []), ("user-profiles", "open", [])],
        ),
    ],
)
def test_what_needs_it_and_where(
    denied: DeniedOperations,
    operation: str,
    request_: dict[str, Any],
    arn: str,
    found: list[tuple[str, str, list[str]]],
) -> None:
    denied.note(operation, request_, refusal(operation, arn if arn == "*" else HERE + arn))
    assert barred(denied) == found


def test_what_is_not_about_the_operation_bars_nothing(denied: DeniedOperations) -> None:
    job = {"TrainingJobName": "fit"}
    role = "arn:aws:iam::111122223333:role/jobs"
    denied.note("CreateTrainingJob", job, refusal("CreateTrainingJob", role, "iam:PassRole"))
    denied.note("CreateTrainingJob", job, refusal("CreateTrainingJob", "*", "sagemaker:AddTags"))
    bare = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "Access Denied"}}, "StopTrainingJob")
    denied.note("StopTrainingJob", job, translate(bare, "StopTrainingJob"))
    denied.note("ListSpaces", {}, refusal("ListSpaces"))
    denied.note("StopTrainingJob", job, SageMakerError("no", operation="StopTrainingJob"))
    assert denied.told() == []


def test_an_app_of_nobody_is_no_trouble(denied: DeniedOperations) -> None:
    denied.note("DeleteApp", {"DomainId": "d-1"}, refusal("DeleteApp", f"{HERE}app/d-1"))
    denied.worked("CreateApp", {})
    assert ("apps", "stop", []) in barred(denied)


def test_it_is_forgotten_when_it_works(denied: DeniedOperations) -> None:
    named = refusal("DeleteSpace", f"{HERE}space/d-1/one")
    denied.note("DeleteSpace", SPACE, named)
    denied.worked("DeleteSpace", {"DomainId": "d-1", "SpaceName": "two"})
    denied.worked("UpdateSpace", SPACE)
    denied.worked("ListSpaces", {})
    assert len(denied.told()) == 1
    denied.worked("DeleteSpace", SPACE)
    assert denied.told() == []
    # What was denied everywhere is allowed somewhere: then it was another policy.
    denied.note("DeleteSpace", SPACE, refusal("DeleteSpace"))
    denied.worked("DeleteSpace", {"DomainId": "d-1", "SpaceName": "two"})
    assert denied.told() == []


def test_it_is_forgotten_with_its_credentials(denied: DeniedOperations, credentials: Credentials) -> None:
    denied.note("DeleteSpace", SPACE, refusal("DeleteSpace"))
    credentials.generation += 1
    assert denied.told() == []
    # Not only hidden: nobody comes back to what credentials were told that are used no more.
    credentials.generation -= 1
    assert denied.told() == []


def test_it_is_forgotten_when_somebody_wants_to_try_again(denied: DeniedOperations) -> None:
    denied.note("DeleteSpace", SPACE, refusal("DeleteSpace"))
    denied.forget()
    assert denied.told() == []


def test_it_is_forgotten_after_some_time(credentials: Credentials) -> None:
    passing = DeniedOperations(credentials, keep=0.05)
    passing.note("DeleteSpace", SPACE, refusal("DeleteSpace"))
    deadline = time.monotonic() + 10
    while passing.told():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_is_bounded_and_keeps_the_newest(denied: DeniedOperations) -> None:
    def delete(number: int) -> None:
        request = {"DomainId": "d-1", "SpaceName": f"s{number}"}
        denied.note("DeleteSpace", request, refusal("DeleteSpace", f"{HERE}space/d-1/s{number}"))

    for number in range(150):
        delete(number)
        delete(0)
    keys = [each["key"][1] for each in denied.told()]
    assert len(keys) == 100
    assert keys[-2:] == ["s149", "s0"]


def test_many_threads_at_once(denied: DeniedOperations) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        request = {"DomainId": "d-1", "SpaceName": f"s{number}"}
        try:
            for _ in range(200):
                denied.note("DeleteSpace", request, refusal("DeleteSpace", f"{HERE}space/d-1/s{number}"))
                denied.told()
                denied.worked("DeleteSpace", request)
        except Exception as error:  # noqa: BLE001 - a thread's own errors are nobody's otherwise
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert denied.told() == []


def test_each_deed_is_told_once() -> None:
    found = list(deeds())
    assert len(found) == len(set(found))
    assert {deed.name for deed in found if deed.kind == "training-jobs"} == {"create", "stop", "delete"}
