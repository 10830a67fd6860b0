"""What the local engine can compile for, and what is missing for the rest.

onnxruntime's optimisations up to the extended level hold for its CPU provider on any processor; those above it lay
tensors out for the processor they are made on, which is not the target. So a CPU target on Linux is one we can serve.
"""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]

_CPUS = frozenset({"ml_m4", "ml_m5", "ml_m6g", "ml_c4", "ml_c5", "ml_c6g", "lambda"})
_CPU_ARCHITECTURES = frozenset({"X86_64", "ARM64"})
_GPUS = frozenset({"ml_p2", "ml_p3", "ml_g4dn", "jetson_tx1", "jetson_tx2", "jetson_nano", "jetson_xavier"})
_COMPILERS = {
    "ml_trn1": "the Neuron compiler (neuronx-cc)",
    "ml_inf2": "the Neuron compiler (neuronx-cc)",
    "ml_inf1": "the Neuron compiler (neuron-cc)",
    "ml_eia2": "the Elastic Inference compiler",
    "coreml": "the Core ML converter (coremltools)",
    **dict.fromkeys(_GPUS, "the CUDA and TensorRT compilers for GPUs"),
    **dict.fromkeys(("amba_cv2", "amba_cv22", "amba_cv25"), "the Ambarella toolchain"),
    **dict.fromkeys(("x86_win32", "x86_win64"), "the compiler for Windows"),
    "jacinto_tda4vm": "the TI Jacinto toolchain",
}
_ACCELERATORS = {
    "NVIDIA": "the CUDA and TensorRT compilers for GPUs",
    "MALI": "the OpenCL compiler for Mali GPUs",
    "INTEL_GRAPHICS": "the OpenCL compiler for Intel graphics",
    "NNA": "the compiler for the neural network accelerator",
}


def name(output: Json) -> str:
    """A target's name as the artifact carries it: ``ml_c5``, ``LINUX_X86_64``, ``LINUX_ARM64_NVIDIA``."""
    if "TargetDevice" in output:
        return str(output["TargetDevice"])
    platform = output["TargetPlatform"]
    return "_".join(platform[member] for member in ("Os", "Arch", "Accelerator") if member in platform)


def _missing(output: Json) -> str | None:
    """The compiler that a target needs and the engine does not have; None if it needs none but onnxruntime."""
    device = output.get("TargetDevice")
    if device is not None:
        return None if device in _CPUS else _COMPILERS.get(device, f"a compiler for the device {device}")
    platform = output["TargetPlatform"]
    if "Accelerator" in platform:
        return _ACCELERATORS.get(platform["Accelerator"], f"a compiler for {platform['Accelerator']}")
    if platform["Os"] != "LINUX" or platform["Arch"] not in _CPU_ARCHITECTURES:
        return f"a compiler for {platform['Os']} on {platform['Arch']}"
    return None


def refusal(body: Json) -> str | None:
    """Why a job fails before anything is run: the compiler or converter that is missing. None if it can run.

    Parameters
    ----------
    body : dict
        The job as Describe has it, or its request.
    """
    target, missing = name(body["OutputConfig"]), _missing(body["OutputConfig"])
    if missing is not None:
        return (
            f"ClientError: CompilationError: Unable to compile model for {target}: the local engine does not have "
            f"{missing}. It compiles ONNX models for CPUs; for {target} use an AWS connection."
        )
    framework = body["InputConfig"]["Framework"]
    if framework != "ONNX":
        return (
            f"ClientError: CompilationError: Unable to compile model for {target}: the local engine does not have a "
            f"compiler for {framework} models. Convert the model to ONNX, or use an AWS connection."
        )
    return None


def unknown_options(output: Json) -> list[str]:
    """Compiler options, by name: onnxruntime's offline optimisation takes none."""
    options = json.loads(output.get("CompilerOptions", "{}"))
    return sorted(options) if isinstance(options, dict) else [str(options)]
