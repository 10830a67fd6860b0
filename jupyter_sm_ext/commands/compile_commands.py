"""The command ``compile``: a trained model for the device that it will run on."""

from __future__ import annotations

import argparse
import json
from typing import Any

from jupyter_sm_ext.commands.arguments import Parser, seconds
from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.studio import Studio

_HELP = """
MODEL is a training job (or a tuning job, for its best one), an s3:// URI of a model.tar.gz, or a file or folder here:

  %(prog)s my-training-job --target ml_c5 --shape input=1,64
  %(prog)s model.onnx --target linux/x86_64 --shape input=1,3,224,224
"""


def register(add: Add) -> None:
    """Add the command to the tree."""
    parser: Parser = add("compile", _compile, "compile a trained model for a device")
    parser.epilog = _HELP
    parser.add_argument("model", metavar="MODEL", help="what is compiled")
    parser.add_argument("--target", metavar="DEVICE", required=True, help="such as ml_c5, ml_trn1 or linux/x86_64")
    parser.add_argument("--framework", metavar="FRAMEWORK", default="onnx", help="of the model (%(default)s)")
    parser.add_argument("--framework-version", metavar="VERSION", help="where there are several")
    parser.add_argument(
        "--shape", metavar="NAME=SIZES", action="append", default=[], help="shape of an input, such as input=1,64"
    )
    parser.add_argument("--name", help="of the job; made up if it is left out")
    parser.add_argument("--output", metavar="S3_URI", help="where the compiled model goes")
    parser.add_argument("--role", metavar="ARN", help="execution role (the connection's)")
    parser.add_argument("--max-runtime", type=seconds, metavar="TIME", help="stop after 90s, 10m, 2h (15m)")
    parser.add_argument("--compiler-options", metavar="JSON", help="for the compiler of the device")
    parser.add_argument("--dry-run", action="store_true", help="start nothing, show the request and its boto3 code")
    parser.add_argument("--no-watch", action="store_true", help="only start it")


def _compile(arguments: argparse.Namespace, surface: Surface) -> None:
    from jupyter_sm_ext.launching.compilation_plan import RUNTIME, CompilationOptions, plan_compilation, read_shapes

    options = CompilationOptions(
        target=arguments.target,
        framework=arguments.framework,
        framework_version=arguments.framework_version,
        shape=read_shapes(arguments.shape),
        name=arguments.name,
        output=arguments.output,
        role=arguments.role,
        max_runtime=RUNTIME if arguments.max_runtime is None else arguments.max_runtime,
        compiler_options=_compiler_options(arguments.compiler_options),
    )
    studio = Studio(current())
    plan = plan_compilation(studio, arguments.model, options)
    if arguments.dry_run:
        surface.write(plan.text())
        return
    plan.start(studio)
    surface.write(f"{plan.name}: started; its log: {surface.prog} logs -f {plan.name}")
    if not arguments.no_watch:
        surface.watch(studio, "compilation-jobs", plan.name)


def _compiler_options(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValidationError(f"--compiler-options: it is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValidationError('--compiler-options: it is no JSON object, such as \'{"dtype": "float32"}\'')
    return found
