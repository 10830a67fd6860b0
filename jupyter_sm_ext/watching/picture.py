"""A snapshot as a still picture: HTML that needs nothing else, for nbconvert, GitHub and a panel before it is live.

Only inline styles, because GitHub strips everything else, and only `currentColor` and tones that are readable on
light and on dark. Names, hyperparameters and reasons come from jobs of anybody and are escaped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from html import escape
from typing import Any

from jupyter_sm_ext.watching.snapshots import (
    Snapshot,
    best_of,
    duration,
    failure_of,
    figure,
    metric_of,
    minimizes,
    name_of,
    noun_of,
    number_of,
    objective_of,
    progress_of,
    seconds_of,
    target_of,
    trials_of,
)

TOP_TRIALS = 10
_BLUE, _AMBER, _RED, _GREEN, _GREY = "#3b82f6", "#d97706", "#dc4444", "#2f9e5b", "#808890"
_TONES = {
    "Completed": _GREEN,
    "InService": _GREEN,
    "InProgress": _BLUE,
    "Failed": _RED,
    "Stopping": _AMBER,
    "Stopped": _GREY,
}
# Compilation jobs write the same statuses in capitals.
_TONES |= {status.upper(): tone for status, tone in _TONES.items()} | {"STARTING": _BLUE}
#: Measures of a plot, in pixels.
WIDTH, HEIGHT = 640, 200
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 10, 24


def render(snapshot: Snapshot) -> str:
    """Draw a snapshot.

    Parameters
    ----------
    snapshot : mapping
        As the hub gives them, full (``since`` is null), with wire-form times.

    Returns
    -------
    str
        One HTML ``div``.
    """
    described = snapshot.get("described") or {}
    parts = [_head(snapshot), *_trouble(snapshot, described)]
    if described and snapshot["kind"] == "tuning-jobs":
        parts += _tuning(snapshot)
    elif described and snapshot["kind"] == "training-jobs":
        parts += _training(snapshot, described)
    elif described and snapshot["kind"] == "compilation-jobs":
        parts += _compilation(snapshot, described)
    style = "font-family:system-ui,sans-serif;font-size:13px;line-height:1.5;max-width:720px"
    return f'<div style="{style}">{"".join(parts)}</div>'


def _head(snapshot: Snapshot) -> str:
    status = str(snapshot.get("status") or "not seen yet")
    tone = _TONES.get(status, _GREY)
    badge = (
        f'<span style="border:1px solid {tone};color:{tone};border-radius:9px;padding:0 8px">{escape(status)}</span>'
    )
    where = f'<span style="opacity:.7">{escape(str(snapshot.get("label") or ""))}</span>'
    name = f"{escape(noun_of(snapshot))} <strong>{escape(name_of(snapshot))}</strong>"
    return f"<div>{name} {badge} {where}</div>"


def _trouble(snapshot: Snapshot, described: dict[str, Any]) -> Iterable[str]:
    reason = failure_of(described)
    if reason:
        yield f'<div style="color:{_RED}">{escape(reason)}</div>'
    meaning = snapshot.get("meaning")
    if meaning:
        yield f"<div>{escape(meaning['text'])} {escape(meaning['advice'])}</div>"
    error = snapshot.get("error")
    if error:
        hint = f" {error['hint']}" if error.get("hint") else ""
        stale = f" This is as of {_time(snapshot['updated'])}." if snapshot.get("updated") else ""
        yield f'<div style="color:{_AMBER}">{escape(str(error["message"]) + hint + stale)}</div>'


def _times(snapshot: Snapshot, described: dict[str, Any]) -> str:
    seconds = seconds_of(snapshot)
    ran = f", {'took' if snapshot.get('terminal') else 'running for'} {duration(seconds)}" if seconds else ""
    return f"started {_time(described['CreationTime'])}{ran}"


def _time(epoch: float) -> str:
    return f"{datetime.fromtimestamp(float(epoch), timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


def _tuning(snapshot: Snapshot) -> Iterable[str]:
    progress = progress_of(snapshot)
    counted = " · ".join(
        f"{progress[word]} {label}"
        for word, label in (
            ("completed", "completed"),
            ("running", "in progress"),
            ("failed", "failed"),
            ("stopped", "stopped"),
        )
    )
    times = _times(snapshot, snapshot["described"])
    yield f"<div>{counted}, of at most {progress['maximum']} training jobs · {escape(times)}</div>"
    ends = [_criterion(criterion) for criterion in (snapshot.get("figures") or {}).get("criteria", ())[:5]]
    if ends:
        yield f'<div style="opacity:.7">Ends at: {escape(" · ".join(ends))}</div>'
    trials = trials_of(snapshot)
    best = best_of(snapshot)
    if best is not None:
        yield f"<div>Best <strong>{_value(snapshot, best)}</strong>{_which(best)}: {_parameters(best)}</div>"
    drawn = [(number_of(trial) or place, objective_of(trial)) for place, trial in enumerate(trials, 1)]
    points = [(number, value) for number, value in drawn if value is not None]
    if points:
        yield _plot(points, metric_of(snapshot), lower_is_better=minimizes(snapshot))
    yield from _table(snapshot, trials)


def _criterion(criterion: Mapping[str, Any]) -> str:
    name, at, limit = criterion["name"], criterion["at"], criterion["of"]
    if limit is None:
        return f"{name} ({'met' if criterion['met'] else 'not yet'})"
    write = duration if name == "MaxRuntimeInSeconds" else figure
    return f"{name} {write(limit)} ({'none yet' if at is None else f'now {write(at)}'})"


def _value(snapshot: Snapshot, trial: dict[str, Any]) -> str:
    return f"{escape(metric_of(snapshot))} = {figure(objective_of(trial) or 0.0)}"


def _which(trial: dict[str, Any]) -> str:
    number = number_of(trial)
    return f" (trial {number})" if number else ""


def _parameters(trial: dict[str, Any]) -> str:
    tuned = trial.get("TunedHyperParameters") or {}
    return ", ".join(f"{escape(str(name))}={escape(short(str(value)))}" for name, value in sorted(tuned.items()))


def short(text: str) -> str:
    """A hyperparameter's value for the eye."""
    # Proposals have seventeen digits; four tell them apart for the eye.
    try:
        return figure(float(text)) if "." in text or "e" in text.lower() else text
    except ValueError:
        return text if len(text) <= 60 else text[:59] + "…"


def _table(snapshot: Snapshot, trials: Sequence[dict[str, Any]]) -> Iterable[str]:
    if not trials:
        return
    sign = 1.0 if minimizes(snapshot) else -1.0

    def rank(trial: dict[str, Any]) -> float:
        value = objective_of(trial)
        return math.inf if value is None else sign * value

    top = sorted(trials, key=rank)[:TOP_TRIALS]
    rows = [
        (
            str(number_of(trial) or trial["TrainingJobName"]),
            str(trial["TrainingJobStatus"]),
            "" if objective_of(trial) is None else figure(objective_of(trial) or 0.0),
            _parameters(trial),
            _ran(trial),
            failure_of(trial) or "",
        )
        for trial in top
    ]
    failed = any(row[5] for row in rows)
    heads = ["Trial", "Status", metric_of(snapshot), "Hyperparameters", "Time", *(["Why"] if failed else [])]
    cells = (
        [escape(row[0]), escape(row[1]), row[2], row[3], row[4], *([escape(row[5])] if failed else [])] for row in rows
    )
    yield _rows(heads, cells)
    if len(trials) > len(top):
        yield f'<div style="opacity:.7">The best {len(top)} of {len(trials)} trials.</div>'


def _ran(trial: dict[str, Any]) -> str:
    start, end = trial.get("TrainingStartTime"), trial.get("TrainingEndTime")
    return duration(float(end) - float(start)) if start and end else ""


def _rows(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    cell = 'style="padding:2px 10px 2px 0;text-align:left;vertical-align:top"'
    head = "".join(f"<th {cell}>{escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td {cell}>{text}</td>" for text in row) + "</tr>" for row in rows)
    style = "border-collapse:collapse;margin-top:6px;font:inherit;color:inherit"
    return f'<table style="{style}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _plot(points: Sequence[tuple[int, float]], metric: str, *, lower_is_better: bool) -> str:
    values = [value for _, value in points]
    low, high = min(values), max(values)
    pad = (high - low) * 0.06 or abs(high) * 0.01 or 1.0
    low, high = low - pad, high + pad
    first, last = points[0][0], max(points[-1][0], points[0][0] + 1)

    def x(number: float) -> float:
        return LEFT + (number - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    # One path for all dots: a line of no length with round ends is a dot, and 10,000 of them stay small.
    dots = "".join(f"M{x(number):.1f} {y(value):.1f}h0" for number, value in points)
    better = min if lower_is_better else max
    best = points[0][1]
    steps = f"M{x(points[0][0]):.1f} {y(best):.1f}"
    for number, value in points[1:]:
        steps += f"H{x(number):.1f}"
        if better(value, best) != best:
            best = value
            steps += f"V{y(best):.1f}"
    ends = "".join(
        f'<text x="{x(number):.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">trial {number}</text>'
        for number, anchor in ((first, "start"), (points[-1][0], "end"))
    )
    label = f"{metric} of {len(points)} trials; the line is the best so far, {figure(best)} at the end"
    lines = (
        f'<path d="{steps}" fill="none" stroke="{_AMBER}" stroke-width="1.5"/>'
        f'<path d="{dots}" fill="none" stroke="{_BLUE}" stroke-width="6" stroke-linecap="round"/>'
    )
    return (
        f"{drawing(label, levels(low, high, y) + ends + lines)}"
        f'<div style="opacity:.7"><span style="color:{_BLUE}">●</span> {escape(metric)} of each trial '
        f'<span style="color:{_AMBER}">—</span> best so far</div>'
    )


def levels(low: float, high: float, y: Callable[[float], float]) -> str:
    """The horizontal lines of a plot, with their values."""
    return "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
        'stroke="currentColor" stroke-opacity=".2"/>'
        f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{figure(value)}</text>'
        for value in _ticks(low, high)
    )


def drawing(label: str, content: str) -> str:
    """A plot as SVG, with what it shows in words."""
    told = escape(label, quote=True)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{told}" '
        'style="max-width:100%;height:auto;display:block;margin-top:6px" font-size="11" fill="currentColor">'
        f"<title>{told}</title>{content}</svg>"
    )


def _ticks(low: float, high: float) -> list[float]:
    """Round values between two others, three to seven of them."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= rough)
    first = math.ceil(low / step)
    return [count * step for count in range(first, math.floor(high / step) + 1)]


def _training(snapshot: Snapshot, described: dict[str, Any]) -> Iterable[str]:
    step = described.get("SecondaryStatus")
    transitions = described.get("SecondaryStatusTransitions") or [{}]
    message = transitions[-1].get("StatusMessage")
    now = " · ".join(str(part) for part in (step, message) if part)
    yield f"<div>{escape(now)}</div><div>{escape(_times(snapshot, described))}</div>"
    instance = (described.get("ResourceConfig") or {}).get("InstanceType")
    model = (described.get("ModelArtifacts") or {}).get("S3ModelArtifacts")
    told = [("Instance", instance), ("Model", model)]
    metrics = [(m["MetricName"], figure(m["Value"])) for m in described.get("FinalMetricDataList") or ()]
    rows = [(escape(str(name)), escape(str(value))) for name, value in [*metrics, *told] if value]
    if rows:
        yield _rows(("", ""), rows)


def _compilation(snapshot: Snapshot, described: dict[str, Any]) -> Iterable[str]:
    yield f"<div>{escape(_times(snapshot, described))}</div>"
    given = described.get("InputConfig") or {}
    # Where the artifact will be is told from the start.
    made = described["ModelArtifacts"]["S3ModelArtifacts"] if snapshot.get("status") == "COMPLETED" else None
    told = [
        ("Framework", given.get("Framework")),
        ("Model", given.get("S3Uri")),
        ("Target", target_of(described)),
        ("Compiled model", made),
    ]
    yield _rows(("", ""), [(escape(name), escape(str(value))) for name, value in told if value])
