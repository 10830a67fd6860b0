"""Hyperparameter tuning jobs: CreateHyperParameterTuningJob to its end, trial by trial.

All that a tuning job is stands in its record and in those of its training jobs: how many were launched, and each one's
hyperparameters and end. A training job is put on record in the transaction that counts it, so an engine killed at any
instant finds, when it starts again, every number once.
"""

from __future__ import annotations

import secrets
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import (
    lists,
    training_checks,
    tuning_autotune,
    tuning_checks,
    tuning_records,
    tuning_trials,
    tuning_warm_start,
)
from jupyter_sm_ext.engine.algorithms import use as algorithms_use
from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.lists import Listing
from jupyter_sm_ext.engine.samplers import warm_up
from jupyter_sm_ext.engine.store import Record, Row, dumps
from jupyter_sm_ext.engine.tags import Tags
from jupyter_sm_ext.engine.training import KIND as TRAINING
from jupyter_sm_ext.engine.tuning_live import Live, stop_trials
from jupyter_sm_ext.engine.tuning_plans import Turns, plans
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.training import TrainingJobs

_ROW = resource("HyperParameterTuningJob")
KIND, _NAME = _ROW.kind, _ROW.key[0]
_LISTING = Listing("ListHyperParameterTuningJobs", KIND, default_sort="Name", default_results=10)
_TRIALS = Listing(
    "ListTrainingJobsForHyperParameterTuningJob",
    TRAINING,
    member="TrainingJobSummaries",
    default_sort="Name",
    default_results=10,
)
_ACTIVE = ("InProgress", "Stopping")
_KEPT = ("HyperParameterTuningJobConfig", "WarmStartConfig", "Autotune")
_WAIT_FOR_OPTUNA_SECONDS = 0.02
_MOST_ROWS = 20_000

Json = dict[str, Any]


class TuningJobs(Family):
    """The family of tuning jobs.

    Parameters
    ----------
    engine : Engine
        What it works with.
    training : TrainingJobs
        Runs the trials; its tick comes before this one's.
    """

    def __init__(self, engine: Engine, training: TrainingJobs) -> None:
        super().__init__(engine)
        self._training, self._tags = training, Tags(engine)
        self._live: dict[str, Live | None] = {}
        self._rows: dict[str, tuple[float, str]] = {}
        self._adopted = False
        self._warmed: Future[None] | None = None

    # Operations

    def create_hyper_parameter_tuning_job(self, request: Request) -> Answer:
        """Put a tuning job on record; the next tick launches its first trials."""
        request = algorithms_use.tuning(self.engine, tuning_autotune.settle(request))
        name, now, store = request[_NAME], self.engine.now(), self.engine.store
        found = tuning_checks.check(request)
        inheritance = tuning_warm_start.inherit(store, request, found[0], KIND)
        config = request["HyperParameterTuningJobConfig"]
        definitions = [tuning_records.definition(plan) for plan in found]
        for plan, definition in zip(found, definitions, strict=True):
            tuned = {one.name: one.values[0] if one.values else str(one.low) for one in plan.ranges}
            example = tuning_records.training_request(definition, f"{name}-001-00000000", tuned)
            training_checks.check(self.engine, example)
        self.engine.quotas.check_request("CreateHyperParameterTuningJob", request)
        body: Json = {
            _NAME: name,
            _ROW.arn: self.engine.arn(_ROW, name),
            **{member: request[member] for member in _KEPT if member in request},
            **(
                {"TrainingJobDefinition": definitions[0]}
                if "TrainingJobDefinition" in request
                else {"TrainingJobDefinitions": definitions}
            ),
            _ROW.status: "InProgress",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        state = {"launched": 0, "seed": config.get("RandomSeed", secrets.randbits(32)), "tags": request.get("Tags", [])}
        record = Record(KIND, name, body[_ROW.arn], now, now, "InProgress", body=body, state=state)
        tuning_records.refresh(record, ())
        if inheritance is not None:
            tuning_records.show_overall_best(record, inheritance)
        with store.transaction():
            if store.body_text(KIND, name) is not None:
                raise ConflictError(
                    f"A hyperparameter tuning job with the name, {name}, already exists. Choose a different name."
                )
            store.insert(record)
            if inheritance is not None:
                tuning_warm_start.keep(store, name, now, inheritance)
        self._live[name] = None
        self._warm()
        return {_ROW.arn: record.arn}

    def describe_hyper_parameter_tuning_job(self, request: Request) -> Answer:
        """Tell all about one."""
        text = self.engine.store.body_text(KIND, request[_NAME])
        if text is None:
            raise _not_found(request[_NAME])
        return text

    def list_hyper_parameter_tuning_jobs(self, request: Request) -> Answer:
        """List them, by name if not told otherwise."""
        return lists.page(self.engine, _LISTING, request)

    def list_training_jobs_for_hyper_parameter_tuning_job(self, request: Request) -> Answer:
        """List the trials of one, by name if not told otherwise."""
        of = plans(self._get(request[_NAME]).body)
        turns = Turns(of)

        def row(found: Row) -> str | None:
            # Who watches asks again and again for all of them, and one or two have changed.
            if (known := self._rows.get(found.key)) is not None and known[0] == found.modified:
                return known[1]
            child = self.engine.store.get(TRAINING, found.key)
            if child is None:
                return None
            plan = of[turns.place(child.number or 1)[0]]
            text = dumps(tuning_trials.summary(child.body, plan.tuned, plan.objective, plan.name))
            if len(self._rows) >= _MOST_ROWS:
                self._rows.clear()
            self._rows[found.key] = (child.modified, text)
            return text

        return lists.page(self.engine, _TRIALS, request, parent=request[_NAME], text=row)

    def stop_hyper_parameter_tuning_job(self, request: Request) -> Answer:
        """End one: no more trials, and those that run are stopped."""
        record = self._get(request[_NAME])
        if record.status == "Stopping":
            return {}
        if record.status not in _ACTIVE:
            raise ValidationError(
                f"The request was rejected because the hyperparameter tuning job is already in status {record.status}."
            )
        record.status = record.body[_ROW.status] = "Stopping"
        record.state["ending"] = {"status": "Stopped"}
        with self.engine.store.transaction():
            tuning_records.summarize(record)
            self.engine.store.save(record)
            stop_trials(self.engine, self._training, record.key)
        self._live[record.key] = None
        return {}

    def delete_hyper_parameter_tuning_job(self, request: Request) -> Answer:
        """Forget one that is over; its training jobs and all they left stay, as with the service."""
        record = self._get(request[_NAME])
        if record.status in _ACTIVE:
            raise ValidationError(
                "The request was rejected because the hyperparameter tuning job is not in a terminal state."
            )
        with self.engine.store.transaction():
            self.engine.store.delete(KIND, record.key)
            self.engine.store.delete(tuning_warm_start.KIND, record.key)
            # A tuning job of this name that comes later must not take them for its own.
            self.engine.store.database.execute(
                "UPDATE records SET parent=NULL WHERE kind=? AND parent=?", (TRAINING, record.key)
            )
        return {}

    # The state machine

    def active(self) -> bool:
        """Whether a tuning job is under way."""
        return bool(self._live)

    def tick(self) -> float | None:
        """Look at the trials, launch what is due, and put on record what is over."""
        if not self._adopted:
            self._live.update(dict.fromkeys(record.key for record in self._unfinished()))
            self._adopted = True
        if not self._live:
            return None
        if not self._warm().done():
            return _WAIT_FOR_OPTUNA_SECONDS
        wanted: list[float] = []
        failures: list[Exception] = []
        for name in list(self._live):
            try:
                wanted.append(self._look(name))
            except Exception as error:  # noqa: BLE001 - one tuning job must not hold up the others; raised below
                # What was in memory may be ahead of what was rolled back.
                self._live[name] = None
                failures.append(error)
        if failures:
            raise failures[0]
        return min(wanted, default=None)

    def _unfinished(self) -> list[Record]:
        return self.engine.store.find(KIND, statuses=_ACTIVE)

    def _warm(self) -> Future[None]:
        """Import Optuna in a thread, once: the loop goes on meanwhile."""
        if self._warmed is None:
            pool = ThreadPoolExecutor(1, thread_name_prefix="optuna")
            self._warmed = pool.submit(warm_up)
            pool.shutdown(wait=False)
        return self._warmed

    def _look(self, name: str) -> float:
        live = self._live[name]
        if live is None:
            record = self.engine.store.get(KIND, name)
            if record is None or record.status not in _ACTIVE:
                del self._live[name]
                return 0.0
            self._live[name] = live = Live(self.engine, self._training, self._tags, record)
        over, seconds = live.look()
        if over:
            del self._live[name]
        return seconds

    def _get(self, name: str) -> Record:
        record = self.engine.store.get(KIND, name)
        if record is None:
            raise _not_found(name)
        return record


def _not_found(name: str) -> NotFoundError:
    return NotFoundError(f"Amazon SageMaker can't find a tuning job called {name}. Type another name.")
