"""Make ``jupyter_sm_ext/data/training_images.json``: AWS's own training images. ``nox -s images`` runs it.

The table is the one that the SageMaker Python SDK 2.x packages (``sagemaker/image_uri_config/*.json``), read without
importing the SDK. That version and not 3.x, because it starts jobs in script mode, as this package does, so that its
images are those that have it. What it has wrong is corrected below, with the source.

The file is the same for the same sources; its date changes only when an image or a region does.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

FILE = Path(__file__).parents[1] / "jupyter_sm_ext" / "data" / "training_images.json"
SDK = "sagemaker"

#: The SDK pairs Transformers 4.55.4 with PyTorch 2.7.0; what is published has PyTorch 2.8.0.
NEURON_TAG = "2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04"
NEURON_SOURCE = "https://huggingface.co/docs/sagemaker/dlcs/available"
NEURON_VERSION = "4.55.4"

Row = dict[str, Any]


def main() -> int:
    """Write the file, or with ``--check`` tell whether it is what its sources say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file would change")
    parser.add_argument("--date", default=datetime.datetime.now(datetime.timezone.utc).date().isoformat())
    options = parser.parse_args()
    made = document(options.date)
    before = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    if before.get("images") == made["images"]:
        sys.stderr.write(f"{FILE.name} is up to date ({before['date']})\n")
        return 0
    if options.check:
        sys.stderr.write(f"{FILE.name} is not what its sources say: nox -s images\n")
        return 1
    FILE.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    sys.stderr.write(f"{FILE.name}: {', '.join(row['tag'] for row in made['images'].values())}\n")
    return 0


def document(date: str) -> Row:
    """All that the file holds."""
    return {
        "date": date,
        "sources": {SDK: metadata.version(SDK), "botocore": metadata.version("botocore"), "corrected": [NEURON_SOURCE]},
        "images": {"CPU": pytorch("cpu"), "GPU": pytorch("gpu"), "Trainium": neuron()},
    }


def pytorch(processor: str) -> Row:
    """The newest PyTorch image of a kind of processor."""
    versions = packaged("pytorch")["training"]["versions"]
    newest = max(versions, key=numbers)
    row = versions[newest]
    return image(row, f"{newest}-{processor}-{max(row['py_versions'], key=numbers)}")


def neuron() -> Row:
    """The newest image with PyTorch for Neuron.

    Raises
    ------
    SystemExit
        The SDK has a newer one, so that the correction must be looked at again.
    """
    versions = packaged("huggingface-neuronx")["training"]["versions"]
    newest = max(versions, key=numbers)
    if newest != NEURON_VERSION:
        sys.exit(f"the SDK has Transformers {newest}: look whether NEURON_TAG is still the newest published image")
    return image(next(row for row in versions[newest].values() if "registries" in row), NEURON_TAG)


def image(row: Row, tag: str) -> Row:
    """One image, with the host of its registry in each region."""
    hosts = {region: f"{account}.dkr.ecr.{region}.{suffix(region)}" for region, account in row["registries"].items()}
    return {"repository": row["repository"], "tag": tag, "registries": dict(sorted(hosts.items()))}


def packaged(name: str) -> Row:
    """One of the tables that the SDK packages."""
    path = metadata.distribution(SDK).locate_file(f"sagemaker/image_uri_config/{name}.json")
    found: Row = json.loads(Path(str(path)).read_text(encoding="utf-8"))
    return found


def suffix(region: str) -> str:
    """What the names of AWS's hosts end with in a region."""
    partitions = Loader().load_data("endpoints")["partitions"]
    return str(next(each["dnsSuffix"] for each in partitions if re.match(each["regionRegex"], region)))


def numbers(version: str) -> list[int]:
    """So that 2.10 comes after 2.9, and py312 after py39."""
    return [int(part) for part in re.findall(r"\d+", version)]


if __name__ == "__main__":
    sys.exit(main())
