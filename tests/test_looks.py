"""The merged list of jobs: what it leaves out, whatever is created while it is read."""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.errors import AccessDeniedError
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.watching.looks import JOBS, look_for


class Lists:
    """A service whose lists a test sets; something may be created between two of them."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {"training-jobs": [], "tuning-jobs": [], "compilation-jobs": []}
        self.order: list[str] = []
        self.created: dict[str, list[str]] = {}
        self.denied: set[str] = set()

    def read_json(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        kind = next(kind for kind in self.names if resource(kind).operation("list") == operation)
        row = resource(kind)
        if kind in self.denied:
            raise AccessDeniedError(f"{operation} is denied")
        answer = {
            row.summaries: [
                {row.key[0]: name, row.status: "InProgress", "CreationTime": 1.0, "LastModifiedTime": 1.0}
                for name in self.names[kind]
            ]
        }
        if not self.order:
            for other, names in self.created.items():
                self.names[other] += names
        self.order.append(kind)
        return answer


def test_trials_are_left_out_also_when_their_job_is_created_while_the_lists_are_read() -> None:
    lists = Lists()
    lists.created = {"tuning-jobs": ["tune"], "training-jobs": ["tune-001-0123abcd"]}
    look = look_for(JOBS, ())
    for _ in range(2):
        look.refresh(lists)  # type: ignore[arg-type]
        assert [item["name"] for item in look.contents(None)["items"]] == ["tune"]


def test_a_trial_whose_job_is_gone_is_a_job_like_others() -> None:
    lists = Lists()
    lists.names["training-jobs"] = ["tune-001-0123abcd", "fit"]
    look = look_for(JOBS, ())
    look.refresh(lists)  # type: ignore[arg-type]
    assert {item["name"] for item in look.contents(None)["items"]} == {"tune-001-0123abcd", "fit"}


def test_a_job_that_was_deleted_leaves_the_list_when_something_was_done() -> None:
    lists = Lists()
    lists.names = {"training-jobs": ["fit"], "tuning-jobs": ["old", "new"], "compilation-jobs": []}
    look = look_for(JOBS, ())
    look.refresh(lists)  # type: ignore[arg-type]
    lists.names["tuning-jobs"] = ["new"]
    # News alone tell nothing of it.
    assert not look.refresh(lists)  # type: ignore[arg-type]
    look.hasten()
    assert look.refresh(lists)  # type: ignore[arg-type]
    assert {item["name"] for item in look.contents(None)["items"]} == {"fit", "new"}
    assert not look.refresh(lists)  # type: ignore[arg-type]


def test_jobs_of_a_kind_that_may_not_be_listed_any_more_are_not_shown_as_they_were() -> None:
    lists = Lists()
    lists.names = {"training-jobs": ["fit"], "tuning-jobs": ["tune"], "compilation-jobs": []}
    look = look_for(JOBS, ())
    look.refresh(lists)  # type: ignore[arg-type]
    lists.denied = {"training-jobs"}
    assert look.refresh(lists)  # type: ignore[arg-type]
    assert not look.refresh(lists)  # type: ignore[arg-type]
    contents = look.contents(None)
    assert [item["name"] for item in contents["items"]] == ["tune"]
    assert contents["missing"] == {"training-jobs": "ListTrainingJobs is denied"}
    lists.denied.clear()
    assert look.refresh(lists)  # type: ignore[arg-type]
    assert {item["name"] for item in look.contents(None)["items"]} == {"fit", "tune"}
