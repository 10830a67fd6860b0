"""AWS's training images: one for each type that trains, in each region; and what Trainium needs besides."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.offers import catalog, training_images
from jupyter_sm_ext.offers.training_images import neuron_environment, neuron_hyperparameters, training_image

SCRIPT = Path(__file__).parents[1] / "scripts" / "make_training_images.py"


@pytest.mark.parametrize("name", [each.name for each in catalog.instance_types("TrainingInstanceType")])
def test_every_type_that_trains_has_an_image_that_the_service_takes(name: str) -> None:
    image = training_image(name, "us-east-1")
    if not catalog.instance_type(name).known:
        assert image is None
        return
    assert image is not None
    shape = get_model().service.shape_for("AlgorithmImage").metadata
    assert len(image) <= shape["max"]
    assert re.fullmatch(shape["pattern"], image)


@pytest.mark.parametrize(
    ("name", "repository", "word"),
    [
        ("ml.m5.large", "pytorch-training", "-cpu-py3"),
        ("ml.g5.xlarge", "pytorch-training", "-gpu-py3"),
        ("ml.p4d.24xlarge", "pytorch-training", "-gpu-py3"),
        ("ml.trn1.2xlarge", "huggingface-pytorch-training-neuronx", "-neuronx-py3"),
        ("ml.trn1n.32xlarge", "huggingface-pytorch-training-neuronx", "-neuronx-py3"),
    ],
)
def test_the_image_is_that_of_the_accelerator(name: str, repository: str, word: str) -> None:
    image = training_image(name, "us-west-2")
    assert image is not None
    host, rest = image.split("/")
    found, tag = rest.split(":")
    assert (host, found) == ("763104351884.dkr.ecr.us-west-2.amazonaws.com", repository)
    assert word in tag


def test_the_registry_is_that_of_the_region() -> None:
    china = training_image("ml.m5.large", "cn-north-1")
    assert china is not None
    assert china.startswith("727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/")
    assert training_image("ml.trn1.2xlarge", "us-west-1") is None
    assert training_image("ml.m5.large", "mars-north-1") is None
    assert training_image("ml.inf2.xlarge", "us-east-1") is None


@pytest.mark.parametrize("name", ["ml.m5.large", "ml.g5.xlarge", "ml.unheard.of"])
def test_nothing_is_set_where_there_is_no_trainium(name: str) -> None:
    assert neuron_environment(name, 4) == {}
    assert neuron_hyperparameters(name) == {}


def test_one_trainium_instance_runs_one_process_for_each_core() -> None:
    for name in ("ml.trn1.2xlarge", "ml.trn1.32xlarge"):
        environment = neuron_environment(name, 1)
        assert environment["NEURON_RT_NUM_CORES"] == "1"
        assert not [key for key in environment if key.startswith("FI_")]
        assert neuron_hyperparameters(name) == {
            "sagemaker_torch_distributed_enabled": True,
            "sagemaker_instance_type": name,
        }


@pytest.mark.parametrize("name", ["ml.trn1.32xlarge", "ml.trn1n.32xlarge", "ml.trn2.48xlarge"])
def test_several_talk_by_efa(name: str) -> None:
    environment = neuron_environment(name, 2)
    assert {key: environment[key] for key in ("FI_PROVIDER", "FI_EFA_USE_DEVICE_RDMA", "FI_EFA_FORK_SAFE")} == {
        "FI_PROVIDER": "efa",
        "FI_EFA_USE_DEVICE_RDMA": "1",
        "FI_EFA_FORK_SAFE": "1",
    }


def test_several_without_efa_are_refused_in_one_line() -> None:
    with pytest.raises(ValidationError, match=r"--count: 2 ml\.trn1.2xlarge cannot train together") as caught:
        neuron_environment("ml.trn1.2xlarge", 2)
    assert caught.value.hint == "Take one, or ml.trn1.32xlarge."


def test_it_is_dated() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", training_images.images_dated())


@pytest.mark.skipif(not SCRIPT.exists(), reason="no checkout")
def test_it_is_what_its_sources_say() -> None:
    made_with = json.loads((Path(training_images.__file__).parents[1] / "data" / "training_images.json").read_text())
    try:
        version = metadata.version("sagemaker")
    except metadata.PackageNotFoundError:
        pytest.skip("the SageMaker SDK is in the session `images` alone")
    if version != made_with["sources"]["sagemaker"]:
        pytest.skip("another SDK may rightly say more")
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
