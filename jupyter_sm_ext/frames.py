"""pandas, where it is there: nothing but tables needs it."""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.errors import SageMakerError


def pandas_module() -> Any:
    """The module pandas.

    Raises
    ------
    SageMakerError
        It is not installed.
    """
    try:
        import pandas
    except ModuleNotFoundError as error:
        raise SageMakerError("dataframe() needs pandas", hint="Install it: pip install pandas") from error
    return pandas
