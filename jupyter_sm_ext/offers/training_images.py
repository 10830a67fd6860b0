"""AWS's own training images, and what a job on Trainium needs besides the image.

The images are read from ``data/training_images.json``, which ``nox -s images`` makes (``docs/instances.md`` tells from
what). They have PyTorch and script mode; any other image is the user's to name.
"""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.offers import catalog

#: Neuron: "EFA is not available on the smaller instance sizes, and they cannot be used for running multi-node jobs"
#: (awsdocs-neuron, setup-trn1-multi-node-execution).
_EFA = (".32xlarge", ".48xlarge")


def training_image(instance_type: str, region: str) -> str | None:
    """URI of the PyTorch training image that AWS keeps for a type of instance.

    Parameters
    ----------
    instance_type : str
        By its name: ``ml.trn1.2xlarge`` gets an image with Neuron, ``ml.g5.xlarge`` one with CUDA.
    region : str
        Where the job runs: SageMaker takes images of its own region.

    Returns
    -------
    str or None
        None if the table has none for this accelerator or this region.
    """
    row = _images().get(_processor(instance_type))
    host = row["registries"].get(region) if row else None
    return f"{host}/{row['repository']}:{row['tag']}" if row and host else None


def neuron_environment(instance_type: str, count: int) -> dict[str, str]:
    """Environment variables that training on Trainium needs.

    ``NEURON_RT_NUM_CORES`` is what one process takes (Neuron runtime's reference): torchrun starts one process for each
    NeuronCore, 2 on a trn1.2xlarge and 32 on a trn1.32xlarge, and the first one would otherwise reserve them all.
    ``NEURON_CC_FLAGS`` keeps a compilation that failed for one process, of memory say, from being answered from the
    cache to the others (Neuron persistent cache). ``FI_*`` are Neuron's settings for several trn1.32xlarge, which talk
    by EFA (awsdocs-neuron, trn1 multi-node execution); SageMaker's training toolkit sets the first two as well.

    Parameters
    ----------
    instance_type : str
        By its name.
    count : int
        Instances of the job.

    Returns
    -------
    dict of str to str
        Empty for an instance without Trainium.

    Raises
    ------
    ValidationError
        Several instances of a type that has no EFA, which Neuron cannot use together.
    """
    if not _has_trainium(instance_type):
        return {}
    environment = {"NEURON_RT_NUM_CORES": "1", "NEURON_CC_FLAGS": "--retry_failed_compilation"}
    if count > 1:
        if not instance_type.endswith(_EFA):
            raise ValidationError(
                f"--count: {count} {instance_type} cannot train together: they have no EFA network",
                hint="Take one, or ml.trn1.32xlarge.",
            )
        environment |= {"FI_PROVIDER": "efa", "FI_EFA_USE_DEVICE_RDMA": "1", "FI_EFA_FORK_SAFE": "1"}
    return environment


def neuron_hyperparameters(instance_type: str) -> dict[str, object]:
    """Hyperparameters by which AWS's image starts the script with torchrun, one process for each NeuronCore.

    They are those that the SageMaker SDK sends for ``distribution={"torch_distributed": {"enabled": True}}``
    (``sagemaker/pytorch/estimator.py``); the toolkit in the image counts the cores itself.

    Parameters
    ----------
    instance_type : str
        By its name.

    Returns
    -------
    dict of str to object
        Not yet JSON-encoded; empty for an instance without Trainium.
    """
    if not _has_trainium(instance_type):
        return {}
    return {"sagemaker_torch_distributed_enabled": True, "sagemaker_instance_type": instance_type}


def images_dated() -> str:
    """Day on which the table was made, as in ``2026-11-28``."""
    return str(_data()["date"])


def _has_trainium(instance_type: str) -> bool:
    return _processor(instance_type) == "Trainium"


def _processor(instance_type: str) -> str | None:
    found = catalog.instance_type(instance_type)
    if not found.known:
        return None
    return found.accelerator.kind if found.accelerator else "CPU"


def _images() -> dict[str | None, dict[str, Any]]:
    rows: dict[str | None, dict[str, Any]] = _data()["images"]
    return rows


@functools.cache
def _data() -> dict[str, Any]:
    text = (resources.files("jupyter_sm_ext") / "data" / "training_images.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
