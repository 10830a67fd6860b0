"""The SageMaker Python SDK 2: tuning jobs, from fit to warm start."""

from __future__ import annotations

import time
from typing import Any

import pytest
import sagemaker
from conftest import SCRIPTS
from sagemaker.analytics import HyperparameterTuningJobAnalytics
from sagemaker.estimator import Estimator
from sagemaker.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.sklearn import SKLearn
from sagemaker.tuner import (
    HyperbandStrategyConfig,
    HyperparameterTuner,
    StrategyConfig,
    TuningJobCompletionCriteriaConfig,
    WarmStartConfig,
    WarmStartTypes,
)

RMSE = [{"Name": "validation:rmse", "Regex": r"validation-rmse:([0-9.]+)"}]
RANGES = {
    "eta": ContinuousParameter(0.01, 0.9, scaling_type="Logarithmic"),
    "max_depth": IntegerParameter(2, 8),
    "objective": CategoricalParameter(["reg:squarederror", "reg:logistic"]),
}


def boosting(script: str = "boosting.py", **values: Any) -> SKLearn:
    return SKLearn(
        entry_point=script,
        source_dir=str(SCRIPTS),
        framework_version="1.2-1",
        instance_type="ml.m5.large",
        instance_count=1,
        hyperparameters={"num_round": 4, **values},
    )


def tuner(name: str, **more: Any) -> HyperparameterTuner:
    given: dict[str, Any] = {
        "estimator": boosting(),
        "objective_metric_name": "validation:rmse",
        "hyperparameter_ranges": RANGES,
        "metric_definitions": RMSE,
        "objective_type": "Minimize",
        "max_jobs": 4,
        "max_parallel_jobs": 2,
        "base_tuning_job_name": name,
    }
    return HyperparameterTuner(**{**given, **more})


@pytest.fixture(scope="module")
def tuned() -> HyperparameterTuner:
    found = tuner("first", random_seed=7)
    found.fit(wait=True)
    return found


def test_fit_and_what_came_of_it(tuned: HyperparameterTuner) -> None:
    described = tuned.describe()
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert described["TrainingJobStatusCounters"]["Completed"] == 4
    table = tuned.analytics().dataframe()
    assert len(table) == 4
    assert {"eta", "max_depth", "objective", "FinalObjectiveValue", "TrainingJobName"} <= set(table.columns)
    assert table["TrainingJobStatus"].tolist() == ["Completed"] * 4
    assert set(table["objective"]) <= {'"reg:squarederror"', '"reg:logistic"'}  # as the SDK encodes them
    assert table["max_depth"].between(2, 8).all()
    best = table.sort_values("FinalObjectiveValue").iloc[0]
    assert tuned.best_training_job() == best["TrainingJobName"]
    estimator = tuned.best_estimator()
    assert float(estimator.hyperparameters()["eta"]) == pytest.approx(best["eta"])
    assert estimator.model_data.endswith(f"{best['TrainingJobName']}/output/model.tar.gz")
    analytics = HyperparameterTuningJobAnalytics(tuned.latest_tuning_job.name)
    assert analytics.tuning_ranges["max_depth"]["MaxValue"] == "8"
    assert len(analytics.training_job_summaries(force_refresh=True)) == 4


def test_attach(tuned: HyperparameterTuner) -> None:
    again = HyperparameterTuner.attach(tuned.latest_tuning_job.name)
    assert isinstance(again.estimator, SKLearn)
    assert again.estimator.instance_type == "ml.m5.large"
    assert again.best_training_job() == tuned.best_training_job()
    assert set(again.hyperparameter_ranges()["ContinuousParameterRanges"][0]) >= {"Name", "MinValue", "MaxValue"}
    assert again.objective_type == "Minimize"
    assert Estimator.attach(again.best_training_job()).latest_training_job.describe()["TuningJobArn"]


def test_warm_starts(tuned: HyperparameterTuner) -> None:
    parent = tuned.latest_tuning_job.name
    same = tuned.identical_dataset_and_algorithm_tuner()
    moved = tuned.transfer_learning_tuner(estimator=boosting())
    third = tuner("third", warm_start_config=WarmStartConfig(WarmStartTypes.TRANSFER_LEARNING, parents={parent}))
    for name, child in {"same": same, "moved": moved, "third": third}.items():
        child.metric_definitions = RMSE  # the SDK does not hand them on
        child.max_jobs, child.base_tuning_job_name = 2, name
        child.fit(wait=False)
    for child in (same, moved, third):
        child.wait()
        described = child.describe()
        assert described["HyperParameterTuningJobStatus"] == "Completed"
        assert described["WarmStartConfig"]["ParentHyperParameterTuningJobs"] == [
            {"HyperParameterTuningJobName": parent}
        ]
        assert len(child.analytics().dataframe()) == 2
    assert same.describe()["WarmStartConfig"]["WarmStartType"] == "IdenticalDataAndAlgorithm"
    assert "OverallBestTrainingJob" in same.describe()


@pytest.mark.thorough
def test_stop(tuned: HyperparameterTuner) -> None:
    endless = tuner(
        "endless",
        estimator=boosting("endless.py"),
        objective_metric_name="accuracy",
        objective_type="Maximize",
        metric_definitions=[{"Name": "accuracy", "Regex": "validation-accuracy: ([0-9.]+)"}],
    )
    endless.fit(wait=False)
    session = sagemaker.Session()
    deadline = time.monotonic() + 60
    while not endless.analytics().training_job_summaries(force_refresh=True):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    endless.stop_tuning_job()
    endless.wait()
    assert endless.describe()["HyperParameterTuningJobStatus"] == "Stopped"
    assert set(endless.analytics().dataframe()["TrainingJobStatus"]) == {"Stopped"}
    session.stop_tuning_job(endless.latest_tuning_job.name)  # it is over: the SDK says so in its log, and goes on


@pytest.mark.thorough
def test_several_estimators_strategies_and_criteria() -> None:
    both = HyperparameterTuner.create(
        base_tuning_job_name="both",
        estimator_dict={"deep": boosting(), "shallow": boosting(max_depth=2)},
        objective_metric_name_dict=dict.fromkeys(("deep", "shallow"), "validation:rmse"),
        hyperparameter_ranges_dict={
            "deep": RANGES,
            "shallow": {name: RANGES[name] for name in ("eta", "objective")},
        },
        metric_definitions_dict=dict.fromkeys(("deep", "shallow"), RMSE),
        objective_type="Minimize",
        strategy="Random",
        max_jobs=4,
        max_parallel_jobs=4,
        completion_criteria_config=TuningJobCompletionCriteriaConfig(target_objective_metric_value=0.0),
    )
    hyperband = tuner(
        "hyperband",
        strategy="Hyperband",
        strategy_config=StrategyConfig(HyperbandStrategyConfig(max_resource=4, min_resource=1)),
    )
    grid = tuner(
        "grid",
        estimator=boosting(eta=0.5),
        strategy="Grid",
        max_jobs=3,
        hyperparameter_ranges={"max_depth": CategoricalParameter([2, 3, 4])},
    )
    early = tuner("early", early_stopping_type="Auto", autotune=True, max_jobs=3)
    both.fit(wait=False, include_cls_metadata={})
    for one in (hyperband, grid, early):
        one.fit(wait=False)
    for one in (both, hyperband, grid, early):
        one.wait()
        assert one.describe()["HyperParameterTuningJobStatus"] == "Completed"
    tables = both.analytics().dataframe()
    assert set(tables["TrainingJobDefinitionName"]) == {"deep", "shallow"}
    assert HyperparameterTuner.attach(both.latest_tuning_job.name).estimator_dict.keys() == {"deep", "shallow"}
    assert sorted(grid.analytics().dataframe()["max_depth"]) == ['"2"', '"3"', '"4"']
    assert len(early.analytics().dataframe()) == 3
