"""Warm start: what a tuning job has from those before it.

It is read off the parents when the job is created and kept in a record of its own, because parents may be deleted.
Parents' own parents are not asked: a warm start is not recursive, as with the service.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import tuning_trials
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.engine.tuning_checks import MOST_TRIALS, OBJECTIVE
from jupyter_sm_ext.engine.tuning_plans import plans
from jupyter_sm_ext.errors import LimitError, NotFoundError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jupyter_sm_ext.engine.store import Store
    from jupyter_sm_ext.engine.tuning_plans import Plan

KIND = "tuning-inheritances"
_TRAINING = "training-jobs"
_MOST_CHANGES = 10
_MOST_FIRST = 10
# In the service's order and its words: they stand in its message.
_MAY_CHANGE = (
    "AlgorithmSpecification",
    "InputDataConfig",
    "OutputDataConfig",
    "StaticHyperParameters",
    "RoleArn",
    "ResourceConfig",
    "StoppingCondition",
    "VpcConfig",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
)

Json = dict[str, Any]
Prior = tuple[dict[str, str], float]


@dataclass
class Inheritance:
    """What a tuning job has from its parents.

    Parameters
    ----------
    launched : int
        How many training jobs they launched.
    trials : list
        Hyperparameters and objectives of those trials that lie in the new ranges; only for the same data and
        algorithm, as values of another task say nothing about this one's.
    first : list
        What to try first: the best of each parent; only for another task.
    best : dict, optional
        The best of all their training jobs, as OverallBestTrainingJob has it; only for the same data and algorithm.
    """

    launched: int = 0
    trials: list[Prior] = field(default_factory=list)
    first: list[dict[str, str]] = field(default_factory=list)
    best: Json | None = None


def inherit(store: Store, request: Mapping[str, Any], plan: Plan, kind: str) -> Inheritance | None:
    """Check the WarmStartConfig of a request, and gather what the parents know.

    Parameters
    ----------
    store : Store
        Where the parents are.
    request : mapping
        CreateHyperParameterTuningJob, checked but for this.
    plan : Plan
        What it searches.
    kind : str
        Of tuning jobs in the store.

    Returns
    -------
    Inheritance or None
        None without a warm start.

    Raises
    ------
    NotFoundError
        A parent is not there.
    ValidationError
        One cannot be a parent of this job.
    LimitError
        Theirs and its own are too many training jobs.
    """
    warm = request.get("WarmStartConfig")
    if warm is None:
        return None
    # The model does not require the name.
    names = [parent.get("HyperParameterTuningJobName", "") for parent in warm["ParentHyperParameterTuningJobs"]]
    if not all(names):
        raise ValidationError(
            "WarmStartConfig.ParentHyperParameterTuningJobs: each needs a HyperParameterTuningJobName."
        )
    if len(set(names)) != len(names):
        raise ValidationError("A tuning job can be given only once in WarmStartConfig.ParentHyperParameterTuningJobs.")
    parents = [_parent(store, kind, name) for name in names]
    theirs = [_plan(parent) for parent in parents]
    _check(plan, theirs)
    found = Inheritance(sum(parent.state["launched"] for parent in parents))
    limits = request["HyperParameterTuningJobConfig"]["ResourceLimits"]
    _check_number(found.launched, limits.get("MaxNumberOfTrainingJobs", 1))
    priors = [_priors(store, parent, other) for parent, other in zip(parents, theirs, strict=True)]
    fitting = [[one for one in some if _fits(plan, one)] for some in priors]
    if warm["WarmStartType"] == "TransferLearning":
        most = limits.get("MaxNumberOfTrainingJobs", MOST_TRIALS)
        found.first = _first(plan, fitting)[: min(_MOST_FIRST, max(1, most // 3))]
        return found
    found.trials = [({name: one[0][name] for name in plan.tuned}, one[1]) for one in chain(*fitting)]
    for parent in parents:
        best = parent.body.get("BestTrainingJob")
        if best is not None:
            found.best = better(found.best, {**best, "TuningJobName": parent.key}, plan.maximize)
    return found


def better(one: Json | None, other: Json | None, maximize: bool) -> Json | None:
    """The better one of two summaries of training jobs, the first if they are equal."""
    if one is None or other is None:
        return other if one is None else one
    mine, its = (row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in (one, other))
    return other if (its > mine if maximize else its < mine) else one


def keep(store: Store, name: str, created: float, inheritance: Inheritance) -> None:
    """Put on record what a tuning job has from its parents."""
    store.insert(Record(KIND, name, "", created, created, "Kept", state=asdict(inheritance)))


def kept(store: Store, name: str) -> Inheritance:
    """What is on record; nothing for a job without parents."""
    record = store.get(KIND, name)
    return Inheritance() if record is None else Inheritance(**record.state)


def _parent(store: Store, kind: str, name: str) -> Record:
    record = store.get(kind, name)
    if record is None:
        raise NotFoundError(f"Amazon SageMaker can't find a tuning job called {name}. Type another name.")
    if record.status in tuning_trials.RUNNING:
        raise ValidationError(
            f"The parent tuning job {name} is in status {record.status}. All parent tuning jobs must be in a terminal "
            "state before a warm start tuning job is created."
        )
    return record


def _plan(parent: Record) -> Plan:
    found = plans(parent.body)
    if len(found) != 1:
        raise ValidationError(
            f"The local engine cannot use {parent.key} as a parent tuning job: it has several TrainingJobDefinitions."
        )
    return found[0]


def _check(plan: Plan, parents: Sequence[Plan]) -> None:
    changed: set[str] = set()
    static = _static(plan)
    for parent in parents:
        if parent.objective != plan.objective:
            raise ValidationError(
                "The objective metric is not the same across current and parent tuning jobs. Please ensure that its "
                "name and type are constant when warm starting."
            )
        before = _static(parent)
        if {*before, *parent.tuned} != {*static, *plan.tuned}:
            raise ValidationError(
                "The set of tunable plus static HyperParameter names is not the same across current and parent tuning "
                "jobs. Please ensure this set is constant when warm starting. Note that previously static "
                "HyperParameters can be tuned in warm start jobs and vice versa."
            )
        if _others(parent.definition) != _others(plan.definition):
            may = ", ".join(name[0].lower() + name[1:] for name in _MAY_CHANGE)
            raise ValidationError(f"Only the following fields in TrainingJobDefinition are allowed to change: [{may}].")
        changed |= {name for name in static.keys() & before.keys() if static[name] != before[name]}
    if len(changed) > _MOST_CHANGES:
        raise ValidationError(
            f"The number of static HyperParameters whose values changed across current and parent tuning jobs, "
            f"[{len(changed)}], must be equal or less than [{_MOST_CHANGES}]."
        )


def _static(plan: Plan) -> dict[str, str]:
    static = plan.definition.get("StaticHyperParameters", {})
    return {name: value for name, value in static.items() if name != OBJECTIVE}


def _others(definition: Mapping[str, Any]) -> Json:
    # A flag that is not given is off.
    return {name: value for name, value in definition.items() if name not in _MAY_CHANGE and value is not False}


def _check_number(before: int, most: int) -> None:
    if before + most > MOST_TRIALS:
        raise LimitError(
            "The account-level service limit 'Maximum number of training jobs per hyperparameter tuning job' is "
            f"{MOST_TRIALS} Training Jobs, with current utilization of {before} Training Jobs and a request delta of "
            f"{most} Training Jobs. The training jobs of parent tuning jobs count too."
        )


def _priors(store: Store, parent: Record, plan: Plan) -> list[Prior]:
    """Hyperparameters and objective of a parent's trials that have one."""
    found = []
    for child in store.find(_TRAINING, parent=parent.key, order_by="number"):
        objective = tuning_trials.final_value(child.body, plan.objective["MetricName"])
        if objective is not None:
            found.append((child.body["HyperParameters"], objective))
    return found


def _fits(plan: Plan, prior: Prior) -> bool:
    return all(one.holds(prior[0][one.name]) for one in plan.ranges)


def _first(plan: Plan, priors: Sequence[Sequence[Prior]]) -> list[dict[str, str]]:
    """The parents' best, second best and so on in turn, each once."""
    sign = -1 if plan.maximize else 1
    ranked = [sorted(some, key=lambda prior: sign * prior[1]) for some in priors]
    found: list[dict[str, str]] = []
    for prior in chain(*zip_longest(*ranked)):
        tuned = None if prior is None else {name: prior[0][name] for name in plan.tuned}
        if tuned is not None and tuned not in found:
            found.append(tuned)
    return found
