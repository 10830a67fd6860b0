"""Python whose wall clock is off by as many seconds as a file says: the engine and its supervisors run in it.

``shifted_python.py FILE [-I] [-S] (-m MODULE | PROGRAM) ARGUMENT...``
"""

from __future__ import annotations

import os
import runpy
import sys
import time


def main() -> None:
    real, told = time.time, sys.argv[1]

    def shifted() -> float:
        with open(told, encoding="ascii") as file:  # noqa: PTH123 - a supervisor pays for every import
            return real() + float(file.read())

    time.time = shifted
    # What it starts has the same clock.
    sys.executable = os.environ["SHIFTED_PYTHON"]
    rest = [word for word in sys.argv[2:] if word not in ("-I", "-S")]
    if rest[0] == "-m":
        sys.argv = rest[1:]
        runpy.run_module(rest[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = rest
        runpy.run_path(rest[0], run_name="__main__")


if __name__ == "__main__":
    main()
