"""What a job or an app finds of the engine's own environment: much of it, for it runs on the user's machine."""

from __future__ import annotations

import os
import re

from jupyter_sm_ext.secret_files import names_secret


def inherited(without: re.Pattern[str]) -> dict[str, str]:
    """The engine's variables.

    What holds a secret by its name is left out: whoever started the engine did not mean to give it to every job, and
    with SageMaker a job has only what its request gives to it.

    Parameters
    ----------
    without : re.Pattern
        What the names of others that are left out begin with.
    """
    return {name: value for name, value in os.environ.items() if not without.match(name) and not names_secret(name)}
