"""Compile one ONNX model: ``PYTHON program.py CONFIG.json``, in the directories the supervisor has made.

Run by the engine's interpreter as a program of its own, so nothing here imports this package, and only a job pays for
onnx and onnxruntime. What goes wrong is written to ``output/failure`` and becomes the job's FailureReason; the artifact
is there complete or not at all. Texts in the service's words where they are known.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tarfile
import zlib
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any

_CHUNK = 1 << 20
_WEIGHTS = "weights.data"

Json = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - it is told to the user, as the job's FailureReason
    """The model cannot be compiled, and the user can do something about it."""


def unpack(config: Json, folder: Path) -> None:
    """Unpack the model's archive.

    Raises
    ------
    Refusal
        It is not there, or is not a tar.gz.
    """
    try:
        with tarfile.open(config["path"], "r:gz") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                if path.is_absolute() or ".." in path.parts:
                    raise Refusal(f"ClientError: InputConfiguration: the archive's {member.name!r} lies outside of it.")
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    target = folder / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with content, target.open("wb") as file:
                        shutil.copyfileobj(content, file, _CHUNK)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Refusal(
            "ClientError: InputConfiguration: S3 object does not exist. "
            f"Bucket: {config['bucket']}, Key: {config['key']}"
        ) from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise Refusal(
            "ClientError: InputConfiguration: Unable to untar input model. Please confirm the model is a tar.gz file"
        ) from error


def find_model(folder: Path) -> Path:
    """The one .onnx file of an unpacked archive.

    Raises
    ------
    Refusal
        There is none, or more than one.
    """
    # macOS puts a "._" file beside each file of an archive.
    found = sorted(path for path in folder.rglob("*.onnx") if not path.name.startswith("._"))
    names = [path.relative_to(folder).as_posix() for path in found]
    if not found:
        raise Refusal("ClientError: InputConfiguration: No onnx file provided in the model archive")
    if len(found) > 1:
        raise Refusal(
            f"ClientError: InputConfiguration: Multiple onnx files provided, {', '.join(names)}, when only one is "
            "allowed"
        )
    return found[0]


def libraries() -> tuple[Any, Any]:
    """Import onnx and onnxruntime.

    Raises
    ------
    Refusal
        One of them is not installed, or cannot be used.
    """
    try:
        return import_module("onnx"), import_module("onnxruntime")
    except ImportError as error:
        raise Refusal(
            f"ClientError: CompilationError: the local engine compiles with onnxruntime and onnx, and {sys.executable} "
            f"cannot import them ({error}). Install them there: pip install 'jupyter-sm-ext[compile]'"
        ) from error


def inputs_of(graph: Any) -> dict[str, Any]:
    """What a model must be given, by name: inputs with a value of their own are no inputs."""
    given = {one.name for one in graph.initializer} | {one.values.name for one in graph.sparse_initializer}
    return {one.name: one for one in graph.input if one.name not in given}


def shape_of(value: Any) -> list[int | str | None] | None:
    """An input's shape: numbers, names, and None for what is open; None for one without a tensor's shape."""
    tensor = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not tensor.HasField("shape"):
        return None
    return [size.dim_value if size.HasField("dim_value") else (size.dim_param or None) for size in tensor.shape.dim]


def fix_shapes(graph: Any, wanted: dict[str, list[int]] | None) -> tuple[dict[str, list[int]], dict[str, int]]:
    """Give the model's inputs the shapes of DataInputConfig.

    Returns
    -------
    tuple
        The shape of each input, and the value of each dimension that has a name.

    Raises
    ------
    Refusal
        They are not the shapes of this model.
    """
    found = inputs_of(graph)
    if wanted is not None and wanted.keys() != found.keys():
        raise Refusal(
            f"ClientError: InputConfiguration: Input names in Input Shape dictionary ({', '.join(sorted(wanted))}) are "
            f"not those of the model ({', '.join(sorted(found))})."
        )
    shapes: dict[str, list[int]] = {}
    named: dict[str, int] = {}
    for name, value in found.items():
        own = shape_of(value)
        if wanted is None:
            if own is None or not all(isinstance(size, int) and size > 0 for size in own):
                raise Refusal(
                    f"ClientError: InputConfiguration: the model leaves the shape of its input {name} open "
                    f"({json.dumps(own)}). Specify it with DataInputConfig."
                )
            shapes[name] = [int(size) for size in own if size is not None]
            continue
        shapes[name] = wanted[name]
        if own is None:
            continue
        fits = len(own) == len(wanted[name]) and all(
            not isinstance(one, int) or one in (0, size) for one, size in zip(own, wanted[name], strict=False)
        )
        for one, size in zip(own, wanted[name], strict=False):
            if isinstance(one, str) and fits:
                fits = named.setdefault(one, size) == size
        if not fits:
            raise Refusal(
                f"ClientError: InputConfiguration: Input {name} has wrong shape in Input Shape dictionary. "
                f"The model's is {json.dumps(own)}, given is {json.dumps(wanted[name])}."
            )
        for dimension, size in zip(value.type.tensor_type.shape.dim, wanted[name], strict=True):
            dimension.dim_value = size
    return shapes, named


def optimize(model: Path, config: Json, work: Path) -> Json:
    """Write the optimised model; gives what is to be told of it.

    Raises
    ------
    Refusal
        onnx or onnxruntime does not take the model.
    """
    onnx, runtime = libraries()
    try:
        loaded = onnx.load(str(model), load_external_data=False)
    except Exception as error:
        raise Refusal(f"ClientError: InputConfiguration: Framework cannot load ONNX model: {error}") from error
    shapes, named = fix_shapes(loaded.graph, config["inputs"])
    say(f"Model {model.name}: inputs {json.dumps(shapes)}")
    # Beside the original, where weights that are kept apart are looked for.
    fixed = model.with_name(f"{model.name}.fixed")
    onnx.save(loaded, str(fixed))
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(work / model.name)
    options.intra_op_num_threads = 1
    for name, size in named.items():
        options.add_free_dimension_override_by_name(name, size)
    if any(one.external_data for one in loaded.graph.initializer):
        options.add_session_config_entry("session.optimized_model_external_initializers_file_name", _WEIGHTS)
    say(f"onnxruntime {runtime.__version__}: optimizing for {config['target']}")
    try:
        runtime.InferenceSession(str(fixed), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise Refusal(
            f"ClientError: CompilationError: Unable to compile model for {config['target']}: {error}"
        ) from error
    before, after = len(loaded.graph.node), len(onnx.load(str(work / model.name), load_external_data=False).graph.node)
    say(f"Nodes of the graph: {before} before, {after} after")
    return {
        "target": config["target"],
        "model": model.name,
        "inputs": shapes,
        "compiler": f"onnxruntime {runtime.__version__}",
        "optimization": "extended, CPUExecutionProvider",
    }


def pack(work: Path, artifact: Path) -> str:
    """Make the artifact; gives its BLAKE2 digest."""
    with tarfile.open(artifact, "w:gz", compresslevel=6) as archive:
        for path in sorted(work.iterdir()):
            archive.add(path, path.name)
    digest = hashlib.blake2b()
    with artifact.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def compile_model(config: Json, base: Path) -> None:
    """From the archive to the artifact.

    Raises
    ------
    Refusal
        It cannot be done.
    """
    scratch = base / "compilation"
    unpacked, work, packed = (scratch / name for name in ("input", "output", "artifact"))
    for folder in (unpacked, work, packed):
        folder.mkdir(parents=True)
    say(f"Model s3://{config['bucket']}/{config['key']}")
    unpack(config, unpacked)
    manifest = optimize(find_model(unpacked), config, work)
    (work / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    digest = pack(work, packed / config["artifact"])
    report = Path(config["report"])
    fresh = report.with_suffix(".part")
    fresh.write_text(json.dumps({"digest": digest, "inputs": manifest["inputs"]}), encoding="utf-8")
    fresh.replace(report)
    # In one step: a job that is stopped now has an artifact, or has none.
    packed.replace(base / "model")
    say(f"Artifact {config['artifact']}, BLAKE2 {digest}")


def say(text: str) -> None:
    """Add a line to the job's log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(path: str) -> int:
    """Compile as a file says; the exit code."""
    # A module of this directory must not be taken for one of a library.
    sys.path = [part for part in sys.path if part != str(Path(__file__).parent)]
    base = Path(os.environ["SAGEMAKER_BASE_DIR"])
    try:
        compile_model(json.loads(Path(path).read_text(encoding="utf-8")), base)
    except (Refusal, OSError) as error:
        text = str(error) if isinstance(error, Refusal) else f"ClientError: CompilationError: {error}"
        say(text)
        (base / "output" / "failure").write_text(text, encoding="utf-8")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
