"""Metrics in lines of a log."""

from __future__ import annotations

import pytest

from jupyter_sm_ext.metric_lines import MetricLines

XGBOOST = r".*\[[0-9]+\].*#011validation-rmse:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"


@pytest.mark.parametrize("line", ["[10]\ttrain-rmse:0.25\tvalidation-rmse:0.5\n", "[10]#011validation-rmse:0.5"])
def test_a_tab_is_what_sagemakers_logs_write_for_it(line: str) -> None:
    """The expressions of the SageMaker SDK for XGBoost go by that."""
    both = [{"Name": "sdk", "Regex": XGBOOST}, {"Name": "own", "Regex": r"validation-rmse:(\S+)"}]
    assert list(MetricLines(both).find(line)) == [("sdk", 0.5), ("own", 0.5)]


def test_an_expression_of_ones_own_finds_the_tab() -> None:
    assert list(MetricLines([{"Name": "own", "Regex": "\\tloss=(.*)"}]).find("1\tloss=2")) == [("own", 2.0)]
