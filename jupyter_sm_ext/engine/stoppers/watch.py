"""Follows the trials of one search in their logs, epoch by epoch, and keeps what its rule has to remember of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_sm_ext.engine.metrics import Scanner
from jupyter_sm_ext.engine.store import dumps

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.stoppers import Stopper
    from jupyter_sm_ext.engine.store import Record
    from jupyter_sm_ext.engine.tuning_plans import Plan


class Watch:
    """The trials of one search.

    Parameters
    ----------
    engine : Engine
        Whose jobs they are.
    plan : Plan
        The search.
    stopper : Stopper
        Its rule.
    """

    def __init__(self, engine: Engine, plan: Plan, stopper: Stopper) -> None:
        self._engine, self._stopper = engine, stopper
        self._metric = plan.objective["MetricName"]
        metrics = plan.definition["AlgorithmSpecification"].get("MetricDefinitions", ())
        self._definitions = [metric for metric in metrics if metric["Name"] == self._metric]
        self._curves: dict[str, tuple[Path, Scanner]] = {}
        self._judged: dict[str, int] = {}
        self._over: set[str] = set()

    def resume(self, number: int, child: Record) -> None:
        """Take in what is on record of a trial.

        Parameters
        ----------
        number : int
            Of the trial, within the search.
        child : Record
            Of its training job.
        """
        kept = child.state.get("stopping")
        if kept is not None:
            self._stopper.resume(number, kept["note"])
            if kept["over"]:
                self._over.add(child.key)

    def stops(self, number: int, name: str) -> bool:
        """Read on in the log of a running trial; whether it is to be stopped. For the caller's transaction."""
        curve = self._curve(name)
        if curve is None:
            return False
        curve.scan()
        if len(curve.sequence) == self._judged.get(name, 0):
            return False
        known = self._stopper.note(number)
        self._judged[name] = len(curve.sequence)
        stops = self._stopper.stops(number, curve.sequence)
        if self._stopper.note(number) != known:
            self._keep(number, name, over=False)
        return stops

    def renew(self, name: str) -> None:
        """See whether a trial has been tried again: what was printed before does not count any more."""
        known = self._curves.get(name)
        if known is not None and known[0] != self._log(name):
            del self._curves[name]
            self._judged.pop(name, None)

    def finish(self, number: int, name: str, *, succeeded: bool) -> None:
        """Take in a trial that is over. For the caller's transaction."""
        if name not in self._over:
            curve = self._curve(name)
            while curve is not None and curve.scan():
                pass
            self._stopper.finish(number, [] if curve is None else curve.sequence, succeeded=succeeded)
            self._keep(number, name, over=True)
            self._over.add(name)
        self._curves.pop(name, None)
        self._judged.pop(name, None)

    def _keep(self, number: int, name: str, *, over: bool) -> None:
        kept = dumps({"note": self._stopper.note(number), "over": over})
        # Not a change of the training job, so its time stays.
        self._engine.store.database.execute(
            "UPDATE records SET state=json_set(state,'$.stopping',json(?)) WHERE kind='training-jobs' AND key=?",
            (kept, name),
        )

    def _curve(self, name: str) -> Scanner | None:
        if name not in self._curves:
            log = self._log(name)
            if log is None:
                return None
            self._curves[name] = log, Scanner(self._definitions, log, log.with_suffix(".idx"), keep=self._metric)
        return self._curves[name][1]

    def _log(self, name: str) -> Path | None:
        """Log of the last attempt, on the first instance: several that print the same must not count twice."""
        return max((self._engine.runner.logs / name).glob("algo-1-*.log"), default=None)
