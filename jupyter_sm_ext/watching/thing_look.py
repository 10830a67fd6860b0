"""How one thing is looked at: by its Describe operation, and a tuning job by few pages of its training jobs, too."""

from __future__ import annotations

import time
from itertools import takewhile
from typing import Any

from jupyter_sm_ext.failures.failure_meanings import meaning_of
from jupyter_sm_ext.resources import TRIALS, Resource, resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.figures import figures_of
from jupyter_sm_ext.watching.job_ways import ways
from jupyter_sm_ext.watching.look import Look


class DescribeLook(Look):
    """One thing, by its Describe operation."""

    def __init__(self, row: Resource, key: tuple[str, ...]) -> None:
        self.row, self.kind, self.key = row, row.kind, key
        self.described: dict[str, Any] | None = None

    @property
    def status(self) -> str | None:
        return None if self.described is None else str(self.described[self.row.status])

    @property
    def terminal(self) -> bool:
        return self.status is not None and self.status not in self.row.transitional

    def refresh(self, studio: Studio) -> bool:
        described = studio.read_json(self.row.operation("describe"), self.row.key_request(self.key))
        if described == self.described:
            return False
        self.described = described
        return True

    def contents(self, since: int | None) -> dict[str, Any]:
        told: dict[str, Any] = {"described": self.described}
        if self.described is not None and "stop" in self.row.verbs:
            told["ways"] = ways(self.kind, self.described)
            told["meaning"] = meaning_of(self.kind, self.described)
        return told


class TuningLook(DescribeLook):
    """A tuning job: one describe, and of its training jobs only the pages that can have changed."""

    def __init__(self, row: Resource, key: tuple[str, ...]) -> None:
        super().__init__(row, key)
        self._trials: dict[str, dict[str, Any]] = {}
        # The last to change comes last.
        self._changed_at: dict[str, int] = {}
        self._changed: set[str] = set()
        self._open: set[str] = set()
        # Those there were when all pages were read that had to be; what a walk that broke off has seen does not count.
        self._settled: set[str] = set()
        self._behind = True
        self._figures: dict[str, Any] | None = None

    def refresh(self, studio: Studio) -> bool:
        changed = super().refresh(studio)
        # A page that could not be read is read next time, though the description stays the same.
        self._behind = self._behind or changed
        if self._behind:
            self._read_trials(studio)
            self._settled.update(self._trials)
            self._behind = False
            if self.described is not None:
                self._figures = figures_of(self.described, self._trials.values(), time.time())
        return changed

    def _read_trials(self, studio: Studio) -> None:
        # Newest first: as soon as a page brings nothing new and nothing that was still open, older ones cannot either.
        request = {
            "HyperParameterTuningJobName": self.key[0],
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
            "MaxResults": 100,
        }
        still_open = set(self._open)
        asked = False
        while True:
            page = studio.read_json(TRIALS, request)
            summaries = page["TrainingJobSummaries"]
            seen = self._take(summaries)
            known = not seen.isdisjoint(self._settled)
            still_open -= seen
            if not page.get("NextToken") or (known and (not still_open or self._all_run())):
                return
            if known and not asked:
                # One that has run since long ago must not cost all pages that came after it.
                asked = True
                still_open -= self._take(self._running(studio))
                if not still_open:
                    return
            request["NextToken"] = page["NextToken"]

    def _take(self, summaries: list[dict[str, Any]]) -> set[str]:
        """Remember what a page brought; returns whom it was about."""
        transitional = resource("TrainingJob").transitional
        for summary in summaries:
            name = summary["TrainingJobName"]
            if self._trials.get(name) != summary:
                self._changed.add(name)
                self._trials[name] = summary
            (self._open.add if summary["TrainingJobStatus"] in transitional else self._open.discard)(name)
        return {summary["TrainingJobName"] for summary in summaries}

    def _all_run(self) -> bool:
        """Whether as many run as we believe: then none of those that are on older pages has ended."""
        counters = (self.described or {}).get("TrainingJobStatusCounters") or {}
        return counters.get("InProgress") == len(self._open)

    def _running(self, studio: Studio) -> list[dict[str, Any]]:
        request = {"HyperParameterTuningJobName": self.key[0], "StatusEquals": "InProgress", "MaxResults": 100}
        found: list[dict[str, Any]] = studio.read_json(TRIALS, request)["TrainingJobSummaries"]
        return found

    def mark(self, seq: int) -> None:
        for name in self._changed:
            self._changed_at.pop(name, None)
            self._changed_at[name] = seq
        self._changed.clear()

    def contents(self, since: int | None) -> dict[str, Any]:
        # list(): a look in another thread may add trials meanwhile.
        if since is None:
            trials = list(self._trials.values())
        else:
            newest_first = list(self._changed_at.items())[::-1]
            marked = [name for name, _ in takewhile(lambda change: change[1] > since, newest_first)]
            trials = [self._trials[name] for name in {*marked, *list(self._changed)}]
        return {**super().contents(since), "training_jobs": trials, "figures": self._figures}
