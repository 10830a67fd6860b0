"""An optuna-dashboard of the made-up study, in memory, which is its fastest storage: prints its address and serves.

It ends with its standard input.
"""

from __future__ import annotations

import random
import socket
import sys
import threading
from typing import Any

import made_up
import optuna
import optuna_dashboard
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

DISTRIBUTIONS: dict[str, BaseDistribution] = {
    "lr": FloatDistribution(1e-4, 1e-1, log=True),
    "dropout": FloatDistribution(0, 0.5),
    "depth": IntDistribution(2, 12),
    "optimizer": CategoricalDistribution(["adam", "sgd", "lamb"]),
}


def frozen(summary: dict[str, Any]) -> FrozenTrial:
    """A training job's summary as Optuna has it."""
    given = summary["TunedHyperParameters"]
    types = {"lr": float, "dropout": float, "depth": int, "optimizer": lambda text: text.strip('"')}
    objective = summary.get("FinalHyperParameterTuningJobObjectiveMetric")
    return optuna.trial.create_trial(
        params={name: types[name](value) for name, value in given.items()},
        distributions=DISTRIBUTIONS,
        value=objective and objective["Value"],
        state=TrialState.COMPLETE if objective else TrialState.FAIL,
    )


def main() -> None:
    """Serve."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    rng = random.Random(0)
    storage = optuna.storages.InMemoryStorage()
    study = optuna.create_study(storage=storage, study_name="large", direction="maximize")
    study.add_trials([frozen(made_up.trial(number, rng)) for number in range(1, int(sys.argv[1]) + 1)])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = threading.Thread(
        target=optuna_dashboard.run_server, args=(storage, "127.0.0.1", port), daemon=True, name="dashboard"
    )
    serve.start()
    print(f"http://127.0.0.1:{port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
