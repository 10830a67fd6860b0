"""A tuning job that is not over: its trials are taken in, it decides, launches and ends."""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import tuning_checks, tuning_records, tuning_trials, tuning_warm_start
from jupyter_sm_ext.engine.samplers import Inherited, new_sampler
from jupyter_sm_ext.engine.stoppers import new_stopper
from jupyter_sm_ext.engine.stoppers.watch import Watch
from jupyter_sm_ext.engine.training import KIND as TRAINING
from jupyter_sm_ext.engine.tuning_plans import Turns, plans
from jupyter_sm_ext.engine.tuning_trials import Trial
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.samplers import Sampler
    from jupyter_sm_ext.engine.store import Record
    from jupyter_sm_ext.engine.tags import Tags
    from jupyter_sm_ext.engine.training import TrainingJobs

_ROW = resource("HyperParameterTuningJob")
_LONGEST_SECONDS = 3600.0

Json = dict[str, Any]


def stop_trials(engine: Engine, training: TrainingJobs, name: str) -> None:
    """Stop the trials of a tuning job that run."""
    for child in engine.store.find(TRAINING, parent=name, statuses=("InProgress",)):
        training.stop(child.key)


class Live:
    """A tuning job as its tick sees it; rebuilt from the records whenever in doubt.

    Parameters
    ----------
    engine : Engine
        Whose job it is.
    training : TrainingJobs
        Runs the trials.
    tags : Tags
        Of the engine.
    record : Record
        The tuning job's.
    """

    def __init__(self, engine: Engine, training: TrainingJobs, tags: Tags, record: Record) -> None:
        self.record = record
        self._engine, self._training, self._tags = engine, training, tags
        self._plans = plans(record.body)
        self._turns = Turns(self._plans)
        self._maximize = self._plans[0].maximize
        self._inheritance = tuning_warm_start.kept(engine.store, record.key)
        inherited = Inherited(self._inheritance.trials, self._inheritance.first)
        # A child with its parent's RandomSeed must not draw what the parent has drawn.
        strategy, seed = self._config["Strategy"], record.state["seed"] ^ self._inheritance.launched << 32
        self._samplers: list[Sampler] = [
            # Nor must two definitions with the same ranges draw the same.
            new_sampler(plan.ranges, strategy, maximize=plan.maximize, seed=seed ^ index << 48, inherited=inherited)
            for index, plan in enumerate(self._plans)
        ]
        self._most = tuning_checks.most_trials(self._config, self._plans, self._inheritance.launched)
        self._watches: list[Watch] = []
        for plan in self._plans:
            stopper = new_stopper(self._config, plan.definition, maximize=plan.maximize, seed=seed)
            if stopper is not None:
                self._watches.append(Watch(engine, plan, stopper))
        self._trials: dict[int, Trial] = {}
        self._running: dict[int, Trial] = {}
        self._looked_at = False
        for child in engine.store.find(TRAINING, parent=record.key, order_by="number"):
            number = child.number or 0
            index, place = self._turns.place(number)
            values = child.body["HyperParameters"]
            self._samplers[index].add(place, {name: values[name] for name in self._plans[index].tuned})
            if self._watches:
                self._watches[index].resume(place, child)
            # As when it was launched; what became of it is taken in like any other change.
            self._trials[number] = self._running[number] = Trial(number, child.key, "InProgress", 0.0)

    @property
    def _config(self) -> Json:
        config: Json = self.record.body["HyperParameterTuningJobConfig"]
        return config

    @property
    def _deadline(self) -> float:
        """When its time is over, in epoch seconds."""
        seconds: float = self._config["ResourceLimits"].get("MaxRuntimeInSeconds", math.inf)
        return self.record.created + seconds

    def look(self) -> tuple[bool, float]:
        """Move it on; whether it is over, and seconds until the next look at the latest."""
        launched = over = False
        with self._engine.store.transaction():
            changed = self._take_in()
            # There may be thousands of trials: what follows from all of them is looked at when one has changed.
            if changed or not self._looked_at or self._engine.now() >= self._deadline:
                changed |= self._decide()
                launched = self._launch()
                over = self._end()
            if changed or launched or over:
                tuning_records.refresh(self.record, self._trials.values())
                self._show_best()
                tuning_records.summarize(self.record)
                self._engine.store.save(self.record)
        self._looked_at = True
        if launched or over:
            return over, 0.0  # the training jobs' next tick starts them
        # Their own tick sets the pace while trials run: what it changes is seen in the same round.
        return False, min(max(self._deadline - self._engine.now(), 0.05), _LONGEST_SECONDS)

    def _take_in(self) -> bool:
        """See what became of the running trials; whether any of them ended."""
        changed = False
        for one in list(self._running.values()):
            row = self._engine.store.database.execute(
                "SELECT modified FROM records WHERE kind=? AND key=?", (TRAINING, one.name)
            ).fetchone()
            if row is None or row[0] != one.modified:
                changed |= self._renew(one)
        if self._watches:
            self._stop_early()
        return changed

    def _renew(self, one: Trial) -> bool:
        """Look at a trial whose record has changed; whether it is over."""
        store = self._engine.store
        child = store.get(TRAINING, one.name)
        index, place = self._turns.place(one.number)
        sampler, watch = self._samplers[index], self._watches[index] if self._watches else None
        if child is None:  # someone deleted it: a number that was used, and no more
            del self._trials[one.number], self._running[one.number]
            sampler.finish(place, None)
            return True
        now = tuning_trials.trial(child, self._plans[index].objective["MetricName"])
        self._trials[one.number] = self._running[one.number] = now
        if now.running:
            if watch is not None:
                watch.renew(one.name)
            return False
        del self._running[one.number]
        sampler.finish(place, now.objective)
        if watch is not None:
            watch.finish(place, one.name, succeeded=now.objective is not None)
        if now.objective is not None:
            # For lists in the order of the objective; not a change of the training job, so its time stays.
            store.database.execute(
                "UPDATE records SET objective=? WHERE kind=? AND key=?", (now.objective, TRAINING, one.name)
            )
        return True

    def _stop_early(self) -> None:
        """Stop the trials that are not worth going on with, by the rule of the tuning job."""
        for one in self._running.values():
            index, place = self._turns.place(one.number)
            if one.status == "InProgress" and self._watches[index].stops(place, one.name):
                self._training.stop(one.name)

    def _decide(self) -> bool:
        """See whether it should end, with trials still running or not; True if that is new."""
        state, trials = self.record.state, list(self._trials.values())
        if "ending" in state:
            return False
        elapsed = self._engine.now() - self.record.created
        ending: Json | None = None
        if tuning_trials.reached(self._config, trials, elapsed, self._maximize):
            ending = {"status": "Completed"}
        elif not self._running:
            made = state["launched"] >= self._most
            reason = tuning_trials.hopeless(trials, 1 if made else tuning_trials.ATTEMPTS)
            if reason is not None:
                ending = {"status": "Failed", "reason": reason}
            elif made:
                ending = {"status": "Completed"}
        if ending is None:
            return False
        state["ending"] = ending
        stop_trials(self._engine, self._training, self.record.key)
        return True

    def _launch(self) -> bool:
        """Put as many trials on record as may run now; whether there were any."""
        record, limits = self.record, self._config["ResourceLimits"]
        # While the last of a first batch that all failed still run, no more are thrown after them.
        if "ending" in record.state or tuning_trials.hopeless(list(self._trials.values())) is not None:
            return False
        due = min(limits["MaxParallelTrainingJobs"] - len(self._running), self._most - record.state["launched"])
        for _ in range(due):
            number = record.state["launched"] + 1
            index, place = self._turns.place(number)
            tuned = self._samplers[index].propose(place)
            name = f"{record.key}-{number:03d}-{secrets.token_hex(4)}"
            child = self._training.launch(
                tuning_records.training_request(self._plans[index].definition, name, {}),
                tuning_job_arn=record.arn,
                parent=record.key,
                number=number,
                tuned=tuned,
            )
            # Trials get those of their tuning job (API reference, Tags).
            self._tags.put(child.arn, record.state["tags"])
            record.state["launched"] = number
            self._trials[number] = self._running[number] = Trial(number, name, child.status, child.modified)
        return bool(due > 0)

    def _end(self) -> bool:
        """Enter the last status once no trial runs; whether it did."""
        record, ending = self.record, self.record.state.get("ending")
        if ending is None or self._running:
            return False
        now = self._engine.now()
        record.status = record.body[_ROW.status] = ending["status"]
        record.body["HyperParameterTuningEndTime"] = now
        record.body["ConsumedResources"] = {"RuntimeInSeconds": max(0, round(now - record.created))}
        if "reason" in ending:
            record.body["FailureReason"] = ending["reason"]
        return True

    def _show_best(self) -> None:
        trials, body = self._trials.values(), self.record.body
        details = body.setdefault("TuningJobCompletionDetails", {})
        details["NumberOfTrainingJobsObjectiveNotImproving"] = tuning_trials.not_improving(trials, self._maximize)
        if "ConvergenceDetectedTime" not in details and tuning_trials.converged(trials, self._maximize):
            details["ConvergenceDetectedTime"] = self._engine.now()
        top = tuning_trials.best(trials, self._maximize)
        if top is None or top.name == body.get("BestTrainingJob", {}).get("TrainingJobName"):
            return
        child = self._engine.store.get(TRAINING, top.name)
        if child is not None:
            plan = self._plans[self._turns.place(top.number)[0]]
            best = tuning_trials.summary(child.body, plan.tuned, plan.objective, plan.name)
            body["BestTrainingJob"] = best
            tuning_records.show_overall_best(self.record, self._inheritance)
