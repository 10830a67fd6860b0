"""Make ``jupyter_sm_ext/data/instances.json``: what each instance type has. ``nox -s instances`` runs it.

SageMaker's ``ml.x`` is EC2's ``x``. The table of EC2's types is the one that moto packages (EC2's own
DescribeInstanceTypes, collected by its authors); what it lacks or has wrong is added below, each with its source.
The names come from botocore's model of SageMaker; those that no source knows are listed with the reason.

All sizes of each family that SageMaker has are in the file, so that a size that a newer botocore brings is usually
known already. It is the same for the same sources; its date changes only when a row does.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import json
import sys
from collections.abc import Iterator
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

FILE = Path(__file__).parents[1] / "jupyter_sm_ext" / "data" / "instances.json"
_MIB = 1024
_SUFFIX = "InstanceType"

Row = dict[str, Any]

_BATCH = "https://docs.aws.amazon.com/batch/latest/userguide/gpu-jobs.html"
_DL1 = "https://aws.amazon.com/blogs/compute/amazon-ec2-dl1-instances-deep-dive/"
_TRN2 = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/general/arch/neuron-hardware/trn2-arch.html"


def _row(vcpus: int, memory: int, kind: str, name: str, count: int, each: int, source: str) -> Row:
    accelerator = {"kind": kind, "name": name, "count": count, "memory_gib": count * each}
    return {"vcpus": vcpus, "memory_gib": memory, "accelerator": accelerator, "source": source}


#: What moto's table lacks (types that EC2 no longer sells, and Gaudi), or has wrong: it gives every Trainium2 chip
#: 512 GiB, AWS's documentation of the chip 96 GiB.
ADDED: dict[str, Row] = {
    "p2.xlarge": _row(4, 61, "GPU", "NVIDIA K80", 1, 12, _BATCH),
    "p2.8xlarge": _row(32, 488, "GPU", "NVIDIA K80", 8, 12, _BATCH),
    "p2.16xlarge": _row(64, 732, "GPU", "NVIDIA K80", 16, 12, _BATCH),
    "p3.2xlarge": _row(8, 61, "GPU", "NVIDIA V100", 1, 16, _BATCH),
    "p3.8xlarge": _row(32, 244, "GPU", "NVIDIA V100", 4, 16, _BATCH),
    "p3.16xlarge": _row(64, 488, "GPU", "NVIDIA V100", 8, 16, _BATCH),
    "dl1.24xlarge": _row(96, 768, "Gaudi", "Intel Gaudi", 8, 32, _DL1),
    "trn2.3xlarge": _row(12, 128, "Trainium", "Trainium2", 1, 96, _TRN2),
    "trn2.48xlarge": _row(192, 2048, "Trainium", "Trainium2", 16, 96, _TRN2),
}
#: Names in the model that no source says more about.
UNKNOWN = {
    "system": "no instance of its own: the JupyterServer app of Studio Classic runs on what AWS chooses",
    "ml.geospatial.interactive": "AWS does not publish what it has",
    "ml.p6e-gb200.36xlarge": "sold as part of an UltraServer only; in none of the sources",
}


def main() -> int:
    """Write the file, or with ``--check`` tell whether it is what its sources say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file would change")
    parser.add_argument("--date", default=datetime.datetime.now(datetime.timezone.utc).date().isoformat())
    options = parser.parse_args()
    made = document(options.date)
    before = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    if _said(before) == _said(made):
        sys.stderr.write(f"{FILE.name} is up to date ({before['date']})\n")
        return 0
    if options.check:
        sys.stderr.write(f"{FILE.name} is not what its sources say: nox -s instances\n")
        return 1
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(made), encoding="utf-8")
    sys.stderr.write(f"{FILE.name}: {len(made['instances'])} types, {len(made['unknown'])} unknown\n")
    return 0


def document(date: str) -> Row:
    """All that the file holds.

    Raises
    ------
    SystemExit
        SageMaker has a type that no source knows and that is not listed as unknown.
    """
    named = named_by_sagemaker()
    families = {_family(name.removeprefix("ml.")) for name in named}
    rows = {name: row for name, row in from_moto() if _family(name) in families} | ADDED
    lost = sorted(name for name in named if name.removeprefix("ml.") not in rows and name not in UNKNOWN)
    if lost:
        sys.exit(f"no source knows {', '.join(lost)}: add them, with the source, to ADDED or UNKNOWN")
    return {
        "date": date,
        "sources": {
            "moto": metadata.version("moto"),
            "botocore": metadata.version("botocore"),
            "added": sorted({row["source"] for row in ADDED.values()}),
        },
        "instances": {name: {k: v for k, v in rows[name].items() if k != "source"} for name in sorted(rows)},
        "unknown": dict(sorted(UNKNOWN.items())),
    }


def text(made: Row) -> str:
    """The document with one line a type, so that a change of one is a change of one line."""
    lines = [f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in made["instances"].items()]
    rest = {name: json.dumps(value, indent=1) for name, value in made.items() if name != "instances"}
    rest["instances"] = "{\n" + ",\n".join(lines) + "\n }"
    return "{\n" + ",\n".join(f" {json.dumps(name)}: {rest[name]}" for name in made) + "\n}\n"


def named_by_sagemaker() -> set[str]:
    """Every value of every enum of instance types in SageMaker's model."""
    model = ServiceModel(Loader().load_service_model("sagemaker", "service-2"))
    shapes = [model.shape_for(name) for name in model.shape_names if name.endswith(_SUFFIX)]
    return {value for shape in shapes for value in shape.metadata.get("enum", ())}


def from_moto() -> Iterator[tuple[str, Row]]:
    """EC2's virtual machines; SageMaker has no bare metal."""
    packed = resources.files("moto.ec2").joinpath("resources", "instance_types.json.gz").read_bytes()
    for name, found in json.loads(gzip.decompress(packed)).items():
        if ".metal" not in name:
            yield (
                name,
                {
                    "vcpus": found["VCpuInfo"]["DefaultVCpus"],
                    "memory_gib": _gib(found["MemoryInfo"]["SizeInMiB"]),
                    "accelerator": _accelerator(found),
                },
            )


def _accelerator(found: Row) -> Row | None:
    neuron, gpu = found.get("NeuronInfo"), found.get("GpuInfo")
    if neuron is not None:
        [device] = neuron["NeuronDevices"]
        kind = "Inferentia" if device["Name"].startswith("Inferentia") else "Trainium"
        return _devices(kind, device["Name"], device["Count"], neuron["TotalNeuronDeviceMemoryInMiB"])
    if gpu is not None and len(gpu["Gpus"]) == 1:
        [device] = gpu["Gpus"]
        name = f"{device['Manufacturer']} {device['Name']}"
        # A part of a GPU counts as one.
        return _devices("GPU", name, device["Count"] or 1, gpu["TotalGpuMemoryInMiB"])
    return None


def _devices(kind: str, name: str, count: int, mib: int) -> Row:
    return {"kind": kind, "name": name, "count": count, "memory_gib": _gib(mib)}


def _family(name: str) -> str:
    return name.split(".")[0]


def _gib(mib: int) -> float:
    gib = round(mib / _MIB, 1)
    return int(gib) if gib == int(gib) else gib


def _said(made: Row) -> Row:
    """What a reader of the file gets from it."""
    return {name: made.get(name) for name in ("instances", "unknown")}


if __name__ == "__main__":
    sys.exit(main())
