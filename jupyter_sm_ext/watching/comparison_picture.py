"""A comparison as a still picture: HTML that needs nothing else, for nbconvert and GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from jupyter_sm_ext.watching.comparison import Step, aims, steps, table
from jupyter_sm_ext.watching.picture import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, drawing, levels
from jupyter_sm_ext.watching.snapshots import Snapshot, figure, name_of

# Readable on light and on dark; told apart by their dashes, too.
_COLORS = ("#3b82f6", "#d97706", "#2f9e5b", "#c0529a", "#a08400", "#7c6fd6", "#dc4444", "#808890")
_DASHES = ("", "7 3", "2 3", "9 3 2 3")


def render_comparison(snapshots: Sequence[Snapshot]) -> str:
    """Draw tuning jobs beside each other: a plot for each aim, and the table.

    Parameters
    ----------
    snapshots : sequence of mapping
        Of tuning jobs, as a watch gives them, full.

    Returns
    -------
    str
        One HTML ``div``.
    """
    places = {name_of(snapshot): place for place, snapshot in enumerate(snapshots)}
    plots = [_plot(jobs, metric, places) for (metric, _), jobs in aims(snapshots).items()]
    troubles = [
        f"<div>{escape(name_of(each))}: {escape(str(each['error']['message']))}</div>"
        for each in snapshots
        if each.get("error")
    ]
    style = "font-family:system-ui,sans-serif;font-size:13px;line-height:1.5;max-width:960px"
    head = f"<div>Comparison of <strong>{len(snapshots)} tuning jobs</strong></div>"
    return f'<div style="{style}">{head}{"".join(troubles)}{"".join(plots)}{table(snapshots).html()}</div>'


def _plot(jobs: Sequence[Snapshot], metric: str, places: dict[str, int]) -> str:
    lines = [(name_of(job), found) for job in jobs if (found := steps(job))]
    if not lines:
        return f'<div style="opacity:.7">No trial has reported {escape(metric)} yet.</div>'
    values = [step.best for _, found in lines for step in found]
    low, high = min(values), max(values)
    pad = (high - low) * 0.06 or abs(high) * 0.01 or 1.0
    low, high = low - pad, high + pad
    first, last = 1, max(2, *(found[-1].number for _, found in lines))

    def x(number: float) -> float:
        return LEFT + (number - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def line(place: int, found: Sequence[Step]) -> str:
        path = f"M{x(found[0].number):.1f} {y(found[0].best):.1f}"
        for before, step in pairwise(found):
            path += f"H{x(step.number):.1f}"
            if step.best != before.best:
                path += f"V{y(step.best):.1f}"
        dash = f' stroke-dasharray="{_DASHES[place % len(_DASHES)]}"' if place % len(_DASHES) else ""
        return f'<path d="{path}" fill="none" stroke="{_color(place)}" stroke-width="2"{dash}/>'

    drawn = "".join(line(places[name], found) for name, found in lines)
    ends = "".join(
        f'<text x="{x(number):.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">trial {number}</text>'
        for number, anchor in ((first, "start"), (last, "end"))
    )
    told = ", ".join(f"{name} {figure(found[-1].best)}" for name, found in lines)
    return (
        f"<div>Best {escape(metric)} so far, by trial</div>"
        + drawing(f"Best {metric} so far by trial; at the end: {told}", levels(low, high, y) + ends + drawn)
        + f"<div>{' '.join(_sample(places[name], name) for name, _ in lines)}</div>"
    )


def _sample(place: int, name: str) -> str:
    dash = _DASHES[place % len(_DASHES)]
    return (
        '<span style="white-space:nowrap;margin-right:12px">'
        f'<svg width="30" height="8" aria-hidden="true"><path d="M0 4H30" stroke="{_color(place)}" stroke-width="2"'
        f"{f' stroke-dasharray={chr(34)}{dash}{chr(34)}' if dash else ''}/></svg> {escape(name)}</span>"
    )


def _color(place: int) -> str:
    return _COLORS[place % len(_COLORS)]
