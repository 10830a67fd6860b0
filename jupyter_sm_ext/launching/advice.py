"""Habits that cost money, or secrets, told in one line each before a job starts; nothing is refused for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jupyter_sm_ext.checks.account_quotas import AccountQuota, AccountQuotas
from jupyter_sm_ext.checks.deadline import within
from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.launching.job_request import INSTANCE_TYPE
from jupyter_sm_ext.launching.launch import Plan
from jupyter_sm_ext.launching.local_imports import imported, local_imports
from jupyter_sm_ext.launching.metric_formats import metrics_of
from jupyter_sm_ext.launching.options import TuningOptions
from jupyter_sm_ext.offers.catalog import SIMULATED, instance_type
from jupyter_sm_ext.offers.quota_lines import Line, lines
from jupyter_sm_ext.secret_files import lines_with_keys, names_secret

SECONDS = 4.0
"""So long a start waits for the account's quotas."""

# What computes on something else than CPUs, or on top of what does.
_ACCELERATED = {
    "accelerate", "catboost", "cudf", "cuml", "cupy", "datasets", "deepspeed", "detectron2", "diffusers", "fastai",
    "flax", "jax", "keras", "lightgbm", "lightning", "mxnet", "neuronx_distributed", "numba", "onnxruntime", "paddle",
    "peft", "pytorch_lightning", "sentence_transformers", "spacy", "tensorflow", "thinc", "timm", "torch",
    "torch_neuronx", "torch_xla", "transformers", "triton", "trl", "ultralytics", "vllm", "xgboost",
}  # fmt: skip


def advice(plan: Plan) -> list[str]:
    """What a job could do without, one line each.

    Parameters
    ----------
    plan : Plan
        Of the job, before it starts.
    """
    return [*_on_secrets(plan), *_on_metrics(plan), *_on_machines(plan), *_on_time(plan), *_on_quotas(plan)]


def _on_secrets(plan: Plan) -> Iterator[str]:
    numbers = lines_with_keys(plan.script.text)
    if numbers:
        yield (
            f"{plan.script.name}, line {numbers[0]}, has what looks like a key, and whoever may read the bucket can "
            "read it; a job has the permissions of its role without any"
        )
    named = [name for name in plan.options.environment if names_secret(name)]
    if named:
        yield f"--env {named[0]}: whoever may describe the job can read it; AWS Secrets Manager keeps it"


def _on_metrics(plan: Plan) -> Iterator[str]:
    """A tuning job whose objective nobody prints fails when its first training jobs have been paid for."""
    if not isinstance(plan.options, TuningOptions) or plan.options.objective in plan.options.metrics:
        return
    printed = metrics_of(plan.script.text, plan.script.prints)
    near = meant(plan.options.objective, printed) if plan.options.objective not in printed else None
    if near is not None:
        yield f"--objective {plan.options.objective}: the script prints {near}"


def _on_machines(plan: Plan) -> Iterator[str]:
    options, name = plan.options, plan.options.instance_type
    if name is None:
        return
    has = instance_type(name).accelerator
    if plan.connection.kind == "local":
        if has is not None:
            yield f"--instance {name} is {SIMULATED}, which has its own CPUs only; no local run needs it"
    elif has is not None and not options.include and plan.script.text and not _ACCELERATED & _all_imports(plan):
        yield (
            f"--instance {name} has {has.count} {has.name}, and nothing that the script imports uses it; "
            f"{INSTANCE_TYPE} costs less"
        )


def _on_time(plan: Plan) -> Iterator[str]:
    options = plan.options
    if plan.connection.kind != "local" and options.max_runtime is None:
        each = "each training job" if isinstance(options, TuningOptions) else "it"
        yield f"no --max-runtime is given: if something hangs, {each} runs and costs for a day; 2h, say, ends it sooner"
    if options.spot and options.checkpoints is None:
        yield "--spot without --checkpoints: what is interrupted begins again from the start, and is paid for twice"


def _on_quotas(plan: Plan) -> Iterator[str]:
    """Whether more training jobs run side by side than the account may have instances."""
    if not isinstance(plan.options, TuningOptions) or plan.options.parallel < 2:
        return
    wanted = [line for line in lines(plan.operation, plan.request) if line.counted]
    quotas = AccountQuotas.of(plan.connection)
    for line, future in zip(wanted, within(SECONDS, [_asked(quotas, line) for line in wanted]), strict=True):
        found = future.result() if future.done() and future.exception() is None else None
        if found is not None and found.value < line.delta:
            one = line.delta // plan.options.parallel
            fits = int(found.value) // one
            yield (
                f"--parallel {plan.options.parallel} wants {line.delta} instances at a time, and the quota "
                f"'{found.name}' is {found.value:,.15g}; {f'--parallel {fits} fits' if fits else 'not even one fits'}"
            )
            return


def _asked(quotas: AccountQuotas, line: Line) -> Callable[[], AccountQuota | None]:
    def ask() -> AccountQuota | None:
        try:
            return quotas.find(line.name)
        except SageMakerError:
            return None  # nobody says; the job is started all the same

    return ask


def _all_imports(plan: Plan) -> set[str]:
    script = plan.script
    names = {*imported(script.text)}
    for path in local_imports(script.text, script.folder).found.files.values():
        if path.suffix == ".py":
            names |= {*imported(path.read_text(encoding="utf-8", errors="replace"))}
    return {name.partition(".")[0] for name in names}
