"""Keep what this package of some commit left in the user's own folders, as a fixture for the tests of upgrades.

``python scripts/make_old_files.py COMMIT`` has the package of that commit write choices of connections and kernelspecs
of apps, and keeps them as ``tests/old_files/<date>-<commit>.json``. An engine's state is `make_old_state`'s.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from make_old_state import ROOT, git, interpreter, unpack

FILES = ROOT / "tests" / "old_files"
#: What was chosen, and the data directory of then.
CHOICES = (
    {"kind": "local"},
    {"kind": "aws", "profile": "team", "region": "eu-west-1", "role": "arn:aws:iam::1:role/r"},
)
HERE = "/home/ann/.local/share/jupyter_sm_ext"
KERNEL = {"connection": "aws:team:eu-west-1", "app_key": ["d-1", "space", "mine", "JupyterLab", "default"]}
# The first choices were written by the class of the connections, as JSON of all members.
_WRITE = """
import dataclasses, importlib, importlib.util, json, sys
from pathlib import Path
room = "connections." if importlib.util.find_spec("jupyter_sm_ext.connections") else ""
connection = importlib.import_module(f"jupyter_sm_ext.{room}connection")
folder, choices, kernel, here = Path(sys.argv[1]), *map(json.loads, sys.argv[2:])
for number, choice in enumerate(choices):
    made = folder / f"choice-{number}"
    made.mkdir()
    chosen = connection.Choice(**choice)
    if importlib.util.find_spec(f"jupyter_sm_ext.{room}connection_choice"):
        importlib.import_module(f"jupyter_sm_ext.{room}connection_choice").write_choice(chosen, made)
    else:
        (made / "connection.json").write_text(json.dumps(dataclasses.asdict(chosen)))
if importlib.util.find_spec("jupyter_sm_ext.remote"):
    from jupyter_sm_ext.remote import specs
    kernel["app_key"] = tuple(kernel["app_key"])
    for name, instance in (("python3", "ml.trn1.2xlarge"), ("old", None)):
        spec = specs.KernelSpec(
            **kernel, kernel=name, title="Python 3 (ipykernel)", language="python", instance=instance,
            data_dir=Path(here),
        )
        specs.write(spec)
        if name == "old":
            specs.park(spec)
"""


def main() -> None:
    """Make one fixture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="of this repository")
    commit = parser.parse_args().commit
    date, short = git("log", "-1", "--format=%cs %h", commit).decode().split()
    with tempfile.TemporaryDirectory(prefix="sm-source-") as source, tempfile.TemporaryDirectory(prefix="sm-") as home:
        unpack(commit, source)
        jupyter, made = Path(home, "jupyter"), Path(home, "made")
        made.mkdir()
        words = [json.dumps(each) for each in (CHOICES, KERNEL, HERE)]
        environment = {"PYTHONPATH": source, "JUPYTER_DATA_DIR": str(jupyter), "HOME": home}
        python = interpreter(Path(home))
        subprocess.run([str(python), "-c", _WRITE, str(made), *words], cwd=source, env=environment, check=True)
        kept = {
            "choices": [(made / f"choice-{number}" / "connection.json").read_text() for number in range(len(CHOICES))],
            "kernels": {
                str(file.relative_to(jupyter / "kernels")): file.read_text().replace(str(python), "/usr/bin/python3")
                for file in sorted(jupyter.glob("kernels/*/*.json"))
            },
        }
    FILES.mkdir(exist_ok=True)
    target = FILES / f"{date}-{short}.json"
    target.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{target.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
