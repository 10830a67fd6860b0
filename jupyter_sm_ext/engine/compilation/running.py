"""Compilation jobs as processes: what the supervisor is told, and the one who starts it."""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import container
from jupyter_sm_ext.engine.compilation import inputs, program, targets
from jupyter_sm_ext.engine.runner import Runner

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

Json = dict[str, Any]

REPORT = "report.json"
"""What the program tells besides its exit code, in the attempt's directory."""

_CONFIG = "compilation.json"
_ARCHIVES = (".tar.gz", ".tgz", ".tar")
# All that finding Python, its packages and a temporary directory takes; no job's business beyond that.
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "PYTHONUSERBASE", "LD_LIBRARY_PATH")


class CompilationRunner(Runner):
    """The attempts of compilation jobs."""

    def _new_log(self, job: str) -> Path:
        # One stream a job, called by its name alone; another job of the same name goes on in it.
        self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.logs / f"{job}.log"


def artifact(body: Json) -> str:
    """S3 URI of the compiled model: the archive's own name with the target's, as with the service."""
    config = body["OutputConfig"]
    name = PurePosixPath(body["InputConfig"]["S3Uri"]).name
    for ending in _ARCHIVES:
        name = name.removesuffix(ending)
    return f"{config['S3OutputLocation'].rstrip('/')}/{name}-{targets.name(config)}.tar.gz"


def spec(engine: Engine, body: Json, directory: Path, *, seconds: float) -> Json:
    """What the supervisor of an attempt is to do; takes and raises what `PlainJobs.spec` does."""
    config, base = body["InputConfig"], directory / "opt" / "ml"
    bucket, key = container.bucket_and_key(config["S3Uri"], "InputConfig.S3Uri")
    target_bucket, target = container.bucket_and_key(artifact(body), "OutputConfig.S3OutputLocation")
    home = engine.objects.bucket(target_bucket)
    place = engine.objects.path(target_bucket, target)
    model = engine.objects.root / bucket / key  # a bucket that is not there is told by the job, like a key
    if engine.objects.exists(bucket, key):
        model = engine.objects.path(bucket, key)
    told = {
        "path": str(model),
        "bucket": bucket,
        "key": key,
        "inputs": inputs.parse(config["DataInputConfig"]) if "DataInputConfig" in config else None,
        "target": targets.name(body["OutputConfig"]),
        "artifact": place.name,
        "report": str(directory / REPORT),
    }
    # Not `-I`: onnxruntime may be in the user's own site-packages.
    return {
        "command": [sys.executable, program.__file__, str(base / "input" / "config" / _CONFIG)],
        "environment": {"PYTHONUNBUFFERED": "1", "SAGEMAKER_BASE_DIR": str(base)},
        "inherits": _INHERITED,
        "config": {_CONFIG: told},
        "requirements": None,
        "source": None,
        "channels": [],
        "checkpoints": None,
        # The program packs the artifact itself, to know its digest; what the supervisor stores is the file.
        "outputs": {"home": str(home), "compressed": False, "model": str(place.parent), "output": str(place.parent)},
        "max_runtime": seconds,
        "grace": engine.settings.stop_grace_seconds,
    }
