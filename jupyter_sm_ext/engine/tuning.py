"""Hyperparameter tuning jobs: CreateHyperParameterTuningJob to its end, trial by trial.

All that a tuning job is stands in its record and in those of its training jobs: how many were launched, and each one's
hyperparameters and end. A training job is put on record in the transaction that counts it, so an engine killed at any
instant finds, when it starts again, every number once.
"""

from __future__ import annotations

import math
import secrets
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import lists, training_checks, tuning_checks, tuning_records, tuning_trials
from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.lists import Listing
from jupyter_sm_ext.engine.sampler import Range, Sampler, parse_ranges, warm_up
from jupyter_sm_ext.engine.store import Record, dumps
from jupyter_sm_ext.engine.tags import Tags
from jupyter_sm_ext.engine.training import KIND as TRAINING
from jupyter_sm_ext.engine.tuning_trials import Trial
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
_KEPT = ("HyperParameterTuningJobConfig", "TrainingJobDefinition")
_WAIT_FOR_OPTUNA_SECONDS = 0.02
_LONGEST_SECONDS = 3600.0

Json = dict[str, Any]


@dataclass
class _Live:
    """A tuning job that is not over, as its tick sees it; rebuilt from the records whenever in doubt."""

    record: Record
    ranges: tuple[Range, ...]
    sampler: Sampler
    trials: dict[int, Trial] = field(default_factory=dict)
    running: dict[int, Trial] = field(default_factory=dict)
    looked_at: bool = False

    @property
    def config(self) -> Json:
        config: Json = self.record.body["HyperParameterTuningJobConfig"]
        return config

    @property
    def objective(self) -> dict[str, str]:
        objective: dict[str, str] = self.config["HyperParameterTuningJobObjective"]
        return objective

    @property
    def deadline(self) -> float:
        """When its time is over, in epoch seconds."""
        seconds: float = self.config["ResourceLimits"].get("MaxRuntimeInSeconds", math.inf)
        return self.record.created + seconds


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
        self._live: dict[str, _Live | None] = {}
        self._adopted = False
        self._warmed: Future[None] | None = None

    # Operations

    def create_hyper_parameter_tuning_job(self, request: Request) -> Answer:
        """Put a tuning job on record; the next tick launches its first trials."""
        name, now, store = request[_NAME], self.engine.now(), self.engine.store
        ranges = tuning_checks.check(request)
        definition = dict(request["TrainingJobDefinition"])
        config = request["HyperParameterTuningJobConfig"]
        objective = config["HyperParameterTuningJobObjective"]["MetricName"]
        definition["StaticHyperParameters"] = {
            **definition.get("StaticHyperParameters", {}),
            tuning_checks.OBJECTIVE: objective,
        }
        tuned = {one.name: one.values[0] if one.values else str(one.low) for one in ranges}
        training_checks.check(self.engine, tuning_records.training_request(definition, f"{name}-001-00000000", tuned))
        self.engine.quotas.check_tuning(request)
        body: Json = {
            _NAME: name,
            _ROW.arn: self.engine.arn(_ROW, name),
            **{member: request[member] for member in _KEPT},
            "TrainingJobDefinition": definition,
            _ROW.status: "InProgress",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        state = {"launched": 0, "seed": config.get("RandomSeed", secrets.randbits(32)), "tags": request.get("Tags", [])}
        record = Record(KIND, name, body[_ROW.arn], now, now, "InProgress", body=body, state=state)
        tuning_records.refresh(record, ())
        with store.transaction():
            if store.body_text(KIND, name) is not None:
                raise ConflictError(
                    f"A hyperparameter tuning job with the name, {name}, already exists. Choose a different name."
                )
            store.insert(record)
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
        body = self._get(request[_NAME]).body
        tuned, objective = (
            tuning_records.tuned_names(body),
            body["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"],
        )
        definition = body["TrainingJobDefinition"].get("DefinitionName")
        return lists.page(
            self.engine,
            _TRIALS,
            request,
            parent=request[_NAME],
            text=lambda child: dumps(tuning_trials.summary(child.body, tuned, objective, definition)),
        )

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
            self._save(record)
            self._stop_trials(record.key)
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
        live = self._live[name] or self._rebuild(name)
        if live is None:
            del self._live[name]
            return 0.0
        self._live[name] = live
        launched = over = False
        with self.engine.store.transaction():
            changed = self._take_in(live)
            # There may be thousands of trials: what follows from all of them is looked at when one has changed.
            if changed or not live.looked_at or self.engine.now() >= live.deadline:
                changed |= self._decide(live)
                launched = self._launch(live)
                over = self._end(live)
            if changed or launched or over:
                tuning_records.refresh(live.record, live.trials.values())
                self._show_best(live)
                self._save(live.record)
        live.looked_at = True
        if over:
            del self._live[name]
        if launched:
            return 0.0  # the training jobs' next tick starts them
        # Their own tick sets the pace while trials run: what it changes is seen in the same round.
        return min(max(live.deadline - self.engine.now(), 0.05), _LONGEST_SECONDS)

    def _rebuild(self, name: str) -> _Live | None:
        record = self.engine.store.get(KIND, name)
        if record is None or record.status not in _ACTIVE:
            return None
        config = record.body["HyperParameterTuningJobConfig"]
        objective = config["HyperParameterTuningJobObjective"]
        ranges = parse_ranges(config["ParameterRanges"], "parameterRanges")
        sampler = Sampler(
            ranges, config["Strategy"], maximize=objective["Type"] == "Maximize", seed=record.state["seed"]
        )
        live = _Live(record, ranges, sampler)
        for child in self.engine.store.find(TRAINING, parent=name, order_by="number"):
            number = child.number or 0
            sampler.add(number, {one.name: child.body["HyperParameters"][one.name] for one in ranges})
            # As when it was launched; what became of it is taken in like any other change.
            live.trials[number] = live.running[number] = Trial(number, child.key, "InProgress", 0.0)
        return live

    def _take_in(self, live: _Live) -> bool:
        """See what became of the running trials; whether anything did."""
        store, changed = self.engine.store, False
        for one in list(live.running.values()):
            row = store.database.execute(
                "SELECT modified FROM records WHERE kind=? AND key=?", (TRAINING, one.name)
            ).fetchone()
            if row is not None and row[0] == one.modified:
                continue
            child = store.get(TRAINING, one.name) if row is not None else None
            if child is None:  # someone deleted it: a number that was used, and no more
                del live.trials[one.number], live.running[one.number]
                live.sampler.finish(one.number, None)
                changed = True
                continue
            now = tuning_trials.trial(child, live.objective["MetricName"])
            live.trials[one.number] = live.running[one.number] = now
            if now.running:
                continue
            changed = True
            del live.running[one.number]
            live.sampler.finish(one.number, now.objective)
            if now.objective is not None:
                # For lists in the order of the objective; not a change of the training job, so its time stays.
                store.database.execute(
                    "UPDATE records SET objective=? WHERE kind=? AND key=?", (now.objective, TRAINING, one.name)
                )
        return changed

    def _decide(self, live: _Live) -> bool:
        """See whether it should end, with trials still running or not; True if that is new."""
        state, trials = live.record.state, list(live.trials.values())
        if "ending" in state:
            return False
        elapsed = self.engine.now() - live.record.created
        ending: Json | None = None
        if tuning_trials.reached(live.config, trials, elapsed):
            ending = {"status": "Completed"}
        elif not live.running:
            made = state["launched"] >= tuning_checks.most_trials(live.config, live.ranges)
            reason = tuning_trials.hopeless(trials, 1 if made else tuning_trials.ATTEMPTS)
            if reason is not None:
                ending = {"status": "Failed", "reason": reason}
            elif made:
                ending = {"status": "Completed"}
        if ending is None:
            return False
        state["ending"] = ending
        self._stop_trials(live.record.key)
        return True

    def _launch(self, live: _Live) -> bool:
        """Put as many trials on record as may run now; whether there were any."""
        record, limits = live.record, live.config["ResourceLimits"]
        # While the last of a first batch that all failed still run, no more are thrown after them.
        if "ending" in record.state or tuning_trials.hopeless(list(live.trials.values())) is not None:
            return False
        most = tuning_checks.most_trials(live.config, live.ranges)
        due = min(limits["MaxParallelTrainingJobs"] - len(live.running), most - record.state["launched"])
        for _ in range(due):
            number = record.state["launched"] + 1
            tuned = live.sampler.propose(number)
            name = f"{record.key}-{number:03d}-{secrets.token_hex(4)}"
            child = self._training.launch(
                tuning_records.training_request(record.body["TrainingJobDefinition"], name, {}),
                tuning_job_arn=record.arn,
                parent=record.key,
                number=number,
                tuned=tuned,
            )
            # Trials get those of their tuning job (API reference, Tags).
            self._tags.put(child.arn, record.state["tags"])
            record.state["launched"] = number
            live.trials[number] = live.running[number] = Trial(number, name, child.status, child.modified)
        return bool(due > 0)

    def _end(self, live: _Live) -> bool:
        """Enter the last status once no trial runs; whether it did."""
        record, ending = live.record, live.record.state.get("ending")
        if ending is None or live.running:
            return False
        now = self.engine.now()
        record.status = record.body[_ROW.status] = ending["status"]
        record.body["HyperParameterTuningEndTime"] = now
        record.body["ConsumedResources"] = {"RuntimeInSeconds": max(0, round(now - record.created))}
        if "reason" in ending:
            record.body["FailureReason"] = ending["reason"]
        return True

    def _show_best(self, live: _Live) -> None:
        maximize = live.objective["Type"] == "Maximize"
        trials = live.trials.values()
        top = tuning_trials.best(trials, maximize)
        live.record.body["TuningJobCompletionDetails"] = {
            "NumberOfTrainingJobsObjectiveNotImproving": tuning_trials.not_improving(trials, maximize)
        }
        shown = live.record.body.get("BestTrainingJob", {}).get("TrainingJobName")
        if top is None or top.name == shown:
            return
        child = self.engine.store.get(TRAINING, top.name)
        if child is not None:
            definition = live.record.body["TrainingJobDefinition"].get("DefinitionName")
            tuned = [one.name for one in live.ranges]
            live.record.body["BestTrainingJob"] = tuning_trials.summary(child.body, tuned, live.objective, definition)

    def _stop_trials(self, name: str) -> None:
        for child in self.engine.store.find(TRAINING, parent=name, statuses=("InProgress",)):
            self._training.stop(child.key)

    def _save(self, record: Record) -> None:
        tuning_records.summarize(record)
        self.engine.store.save(record)

    def _get(self, name: str) -> Record:
        record = self.engine.store.get(KIND, name)
        if record is None:
            raise _not_found(name)
        return record


def _not_found(name: str) -> NotFoundError:
    return NotFoundError(f"Amazon SageMaker can't find a tuning job called {name}. Type another name.")
