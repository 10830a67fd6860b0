"""Make ``docs/iam/*.json``, the IAM policy of each feature, from what it calls. ``nox -s policies`` runs it.

The files are the same for the same code and the same botocore; a test holds them to it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from jupyter_sm_ext.checks.policies import FEATURES, policy

FOLDER = Path(__file__).parents[1] / "docs" / "iam"


def documents() -> dict[str, str]:
    """The text of each file by its name."""
    return {f"{feature.name}.json": f"{json.dumps(policy(feature), indent=2)}\n" for feature in FEATURES}


def main() -> int:
    """Write the files, or with ``--check`` tell whether they are what the code needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file would change")
    options = parser.parse_args()
    made = documents()
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    if options.check:
        stale = sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))
        sys.stderr.writelines(f"stale: docs/iam/{name}; run nox -s policies\n" for name in stale)
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for name in there.keys() - made.keys():
        (FOLDER / name).unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
