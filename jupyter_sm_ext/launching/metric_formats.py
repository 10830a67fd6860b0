"""Metrics as scripts print them: the regular expression that finds one, and which there are.

Found are ``name=value``, ``name: value``, what Keras, Lightning and the Hugging Face Trainer print, and JSON. Names are
learnt from what a script prints, by reading it (nothing is run) or by reading its log.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator

_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
#: What may stand around a value: NumPy and PyTorch print their own numbers with their type.
_WRAPPED = r"(?:[A-Za-z][\w.]*\()?"
_NAME = r"[A-Za-z_][\w:./-]*"
_NOT_INSIDE_A_NAME = r"(?<![\w:./-])"

# What counts, and does not measure.
_COUNTERS = re.compile(
    r"(?:(?:global_|num_|n_|max_|total_)?(?:epochs?|steps?|iter|iterations?|batch|batches|samples|size|count|fold|rank))"
    r"|seed|eta|time|elapsed|seconds|lr|learning_rate|v_num|device|version|random_state|host|line|args?|ms|s",
    re.IGNORECASE,
)
_MEASURES = re.compile(
    r"loss|acc|auc|f1|f2|score|error|err\b|rmse|mse|mae|mape|smape|precision|recall|perplexity|ppl|bleu|rouge|iou|dice"
    r"|r2|map\b|ndcg|reward|metric|objective|accuracy|kappa|mcc|sharpe|likelihood|nll|bpc|wer|cer|psnr|ssim|fid",
    re.IGNORECASE,
)
_VALUE = "\0"  # stands for a value that is known to be a number when the script runs
_PERHAPS = "\1"  # and this for one that may be a number
_PRINTED = re.compile(rf"{_NOT_INSIDE_A_NAME}({_NAME})['\"]?\s*[=:]\s*(?:({_VALUE}|{_NUMBER}(?![\w.]))|({_PERHAPS}))")
_LOGGED = re.compile(rf"{_NOT_INSIDE_A_NAME}({_NAME})['\"]?\s*[=:│]\s*{_WRAPPED}({_NUMBER})(?![\w:])")
_PERCENT = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?([dfeEgGsr])")
_FIELD = re.compile(r"\{[^{}:!]*(?:![rsa])?(:[^{}]*)?\}")
_NUMERIC = re.compile(r".*[eEfFgGn%]")
_WRITERS = ("print", "write", "info", "log", "warning", "debug")
_LIGHTNING = ("log", "log_dict")
_TRAINER = ("Trainer", "Seq2SeqTrainer", "SFTTrainer")
_MOST = 39  # of 40 that a job takes, as the objective may be one more


def metric_regex(name: str) -> str:
    """A regular expression that finds the value of a metric, however it is printed.

    Parameters
    ----------
    name : str
        Of the metric, as the script prints it.
    """
    # Not inside a longer name: `accuracy` must not take the value of `train_accuracy`.
    between = r"['\"]?\s*[=:]\s*"
    return rf"{_NOT_INSIDE_A_NAME}{re.escape(name)}{between}{_WRAPPED}({_NUMBER})"


def table_regex(name: str) -> str:
    """The same for Lightning's tables, where a bar stands between name and value."""
    return rf"{_NOT_INSIDE_A_NAME}{re.escape(name)}\s*│\s*({_NUMBER})"


def metrics_of(text: str, known: Iterable[str] = ()) -> dict[str, str]:
    """Metrics that a script will print, by reading it: regular expression by name, in the script's order.

    Parameters
    ----------
    text : str
        The script.
    known : iterable of str
        Metrics that it is known to print.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        tree = ast.Module([], [])
    roots = {name.partition(".")[0] for name in _imports(tree)}
    found = {name: metric_regex(name) for name in known}
    calls = sorted(
        (node for node in ast.walk(tree) if isinstance(node, ast.Call)), key=lambda node: (node.lineno, node.col_offset)
    )
    for call in calls:
        called = _called(call)
        if called in _WRITERS:
            found |= {name: metric_regex(name) for name in _printed(call) if name not in found}
    for name in _of_frameworks(roots, calls, tree):
        found.setdefault(name, metric_regex(name))
    if roots & {"lightning", "pytorch_lightning"}:
        for name in _lightning(calls):
            found.setdefault(name, metric_regex(name))
    return dict(list(found.items())[:_MOST])


def metrics_in(lines: Iterable[str]) -> dict[str, str]:
    """Metrics that stand in a log: regular expression by name, in their order."""
    found: dict[str, str] = {}
    for line in lines:
        for match in _LOGGED.finditer(line):
            name = match[1]
            if name in found or _COUNTERS.fullmatch(name):
                continue
            table = "│" in match[0]
            found[name] = table_regex(name) if table else metric_regex(name)
    return dict(list(found.items())[:_MOST])


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _printed(call: ast.Call) -> Iterator[str]:
    for name, sure, _ in _PRINTED.findall(" ".join(_text(part) for part in call.args)):
        if not _COUNTERS.fullmatch(name) and (sure or _MEASURES.search(name)):
            yield name


def _text(node: ast.expr) -> str:
    """What an argument prints, with marks for values."""
    if isinstance(node, ast.Constant):
        if not isinstance(node.value, str):
            return str(node.value)
        marked = _PERCENT.sub(lambda found: _PERHAPS if found[1] in "sr" else _VALUE, node.value)
        return marked.replace("{", "{ ")  # a brace that is only a brace
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        spec = _text(node.format_spec) if node.format_spec is not None else ""
        return _VALUE if _NUMERIC.fullmatch(spec) else _PERHAPS
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _text(node.left)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    if isinstance(node, ast.Call) and _called(node) == "format" and isinstance(node.func, ast.Attribute):
        literal = node.func.value
        if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
            return _FIELD.sub(
                lambda found: _VALUE if _NUMERIC.fullmatch((found[1] or "").lstrip(":")) else _PERHAPS, literal.value
            )
    if isinstance(node, ast.Call) and _called(node) == "dumps" and node.args:
        return _text(node.args[0])
    if isinstance(node, ast.Dict):
        return ", ".join(
            f"{_text(key)}: {_text(item)}" for key, item in zip(node.keys, node.values, strict=True) if key
        )
    return _PERHAPS


def _of_frameworks(roots: set[str], calls: list[ast.Call], tree: ast.Module) -> Iterator[str]:
    names = [_called(call) for call in calls]
    if roots & {"keras", "tensorflow"} and "fit" in names:
        yield from _keras(calls)
    if "transformers" in roots | {"trl"} & roots and any(name in _TRAINER for name in names):
        yield from ("loss", "eval_loss", "train_loss")
        yield from (f"eval_{name}" for name in returned_keys(tree, "compute_metrics"))


def _keras(calls: list[ast.Call]) -> Iterator[str]:
    measured = ["loss"]
    for call in calls:
        for keyword in call.keywords:
            if (
                _called(call) == "compile"
                and keyword.arg == "metrics"
                and isinstance(keyword.value, (ast.List, ast.Tuple))
            ):
                measured += [one.value for one in keyword.value.elts if _is_text(one)]  # type: ignore[attr-defined]
    yield from measured
    validated = {"validation_data", "validation_split"}
    if any(_called(call) == "fit" and {word.arg for word in call.keywords} & validated for call in calls):
        yield from (f"val_{name}" for name in measured)


def _lightning(calls: list[ast.Call]) -> Iterator[str]:
    for call in calls:
        if _called(call) not in _LIGHTNING or not call.args:
            continue
        first = call.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value
        elif isinstance(first, ast.Dict):
            yield from (key.value for key in first.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def returned_keys(tree: ast.Module, function: str) -> Iterator[str]:
    """Keys of the mappings that a function returns, as far as they stand there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Dict):
                    keys = inner.value.keys
                    yield from (
                        key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
