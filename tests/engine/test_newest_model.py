"""The member walk and the broken constraints with other releases of botocore than the one in use.

A newer botocore brings new members and values with no change of code: with the newest release everything must be taken
or refused by name as well. Where no package index answers there is nothing to walk with, and the test is skipped.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import botocore
import pytest

HERE = Path(__file__).parent
WALKS = ("test_member_walk.py", "test_break_one.py")
RELEASES = {"the newest": ("botocore", ""), "an older one": ("botocore==1.43.11", "not every_row")}
"""What pip is asked for, and which tests; the table of what is refused has members that an older one does not know."""
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("which", RELEASES)
def test_the_walks_with_another_botocore(tmp_path: Path, which: str) -> None:
    (package, chosen), target = RELEASES[which], tmp_path / "botocore"
    got = subprocess.run([sys.executable, *PIP, str(target), package], capture_output=True, text=True)
    if got.returncode != 0:
        pytest.skip(f"no botocore from a package index: {got.stderr[-300:]}")
    environment = {**os.environ, "PYTHONPATH": str(target), "JUPYTER_SM_TEST_BREAKS": "400"}
    version = run(["-c", "import botocore; print(botocore.__version__, botocore.__file__)"], environment)
    assert str(target) in version.stdout
    if version.stdout.split()[0] == botocore.__version__:
        return  # it is the one in use, whose walks are tests of their own
    options = ["-q", "-p", "no:cacheprovider", "-k", chosen]
    walked = run(["-m", "pytest", *options, *(str(HERE / name) for name in WALKS)], environment)
    assert walked.returncode == 0, walked.stdout[-6000:]
    assert " passed" in walked.stdout


def run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
