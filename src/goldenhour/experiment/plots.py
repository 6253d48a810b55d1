"""Plots as inline SVG in the colours of the page's style: intervals in rows, a ratio over users, scores by rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from goldenhour.experiment.comparison import Estimate

WIDTH = 520
LETTER, MOST_LETTERS = 7.0, 40  # mean width of a letter of a label; longer labels are cut
ROW, TOP, BOTTOM, RIGHT = 24, 24, 12, 30
HEIGHT = 270  # of the plots with two axes
Form = Callable[[float], str]


@dataclass(frozen=True)
class Axis:
    """Values from the first tick to the last, between two places in the picture."""

    ticks: Sequence[float]
    begin: float
    end: float

    def place(self, value: float) -> float:
        """Where a value lies; what is outside lies at the edge."""
        share = (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])
        return self.begin + (self.end - self.begin) * min(max(share, 0.0), 1.0)


Row = tuple[str, Estimate, int]  # a label, a value with its interval, and the number of its colour


def interval_plot(title: str, rows: Sequence[Row], marks: Sequence[float], form: Form) -> str:
    """A row a value with its interval; ``marks`` are lines to compare with."""
    known = [row for row in rows if math.isfinite(row[1].value)]
    if not known:
        return ""
    ends = [end for _, e, _ in known for end in (e.value, e.low, e.high) if math.isfinite(end)]
    left = 16 + LETTER * min(max(len(label) for label, _, _ in known), MOST_LETTERS)
    axis = Axis(ticks(min(*ends, *marks), max(*ends, *marks)), left, WIDTH - RIGHT)
    height = TOP + ROW * len(known) + BOTTOM
    parts = [_grid_line(axis.place(tick), height, form(tick)) for tick in axis.ticks]
    parts += [_mark(axis.place(mark), axis.place(mark), TOP - 4, height - BOTTOM, form(mark)) for mark in marks]
    for number, (label, estimate, colour) in enumerate(known):
        y = TOP + ROW * (number + 0.5)
        parts.append(f'<text class="label" x="{left - 8:.1f}" y="{y:.1f}">{escape(_cut(label))}</text>')
        parts.append(_interval(label, estimate, colour, axis, y, form))
    return _figure(title, height, parts)


def curve_plot(
    title: str, users: Sequence[int], ratios: Sequence[Estimate], marks: Sequence[float], form: Form, note: str
) -> str:
    """A value over the number of users, a band where it may be; ``marks`` as above."""
    if len(users) < 2:
        return ""
    low, high = _window(ratios, marks)
    across = Axis(ticks(0, users[-1]), 58, WIDTH - RIGHT)
    up = Axis(ticks(low, high), HEIGHT - 34, 12)
    points = [(across.place(count), estimate) for count, estimate in zip(users, ratios, strict=True)]
    above = " ".join(f"{x:.1f},{up.place(e.high):.1f}" for x, e in points)
    below = " ".join(f"{x:.1f},{up.place(e.low):.1f}" for x, e in reversed(points))
    middle = " ".join(f"{x:.1f},{up.place(e.value):.1f}" for x, e in points)
    parts = [
        *_axes(across, up, lambda value: f"{value:,.0f}", form, note),
        f'<polygon class="band" points="{above} {below}"/>',
        *(_mark(across.begin, across.end, up.place(mark), up.place(mark), form(mark)) for mark in marks),
        f'<polyline class="curve" points="{middle}"/>',
    ]
    return _figure(title, HEIGHT, parts)


@dataclass(frozen=True)
class Point:
    """A named value on both axes."""

    name: str
    x: Estimate
    y: Estimate


def scatter_plot(title: str, points: Sequence[Point], names: tuple[str, str], form: Form) -> str:
    """Points with their intervals on both axes, the axis across named first."""
    known = [point for point in points if math.isfinite(point.x.value) and math.isfinite(point.y.value)]
    if not known:
        return ""
    across = Axis(ticks(*_ends([point.x for point in known])), 62, WIDTH - RIGHT)
    up = Axis(ticks(*_ends([point.y for point in known])), HEIGHT - 34, 26)
    parts = [*_axes(across, up, lambda value: f"{value:g}", form, names[0])]
    parts.append(f'<text class="name" x="6" y="14">{escape(names[1])}</text>')
    for number, point in enumerate(known):
        x, y = across.place(point.x.value), up.place(point.y.value)
        lines = [_line(across.place(end.low), across.place(end.high), y, y) for end in (point.x,) if _whole(end)]
        lines += [_line(x, x, up.place(end.low), up.place(end.high)) for end in (point.y,) if _whole(end)]
        side = "end" if x > WIDTH / 2 else "start"
        shift = -10 if side == "end" else 10
        parts.append(
            f'<g class="s{number % 7}"><title>{escape(point.name)}: {point.x.value:.3f}, {form(point.y.value)}</title>'
            f'{"".join(lines)}<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
            f'<text x="{x + shift:.1f}" y="{y - 9:.1f}" text-anchor="{side}">{escape(_cut(point.name))}</text></g>'
        )
    return _figure(title, HEIGHT, parts)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``, about five."""
    span = max(high - low, 1e-6)
    step = 10 ** math.floor(math.log10(span / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (factor * step) <= 6)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]


def _window(ratios: Sequence[Estimate], marks: Sequence[float]) -> tuple[float, float]:
    """What of the curve is shown: all of its later half, so that its wide beginning does not flatten the rest."""
    later = ratios[len(ratios) // 2 :]
    return min(*marks, *(e.low for e in later)), max(*marks, *(e.high for e in later))


def _ends(estimates: Sequence[Estimate]) -> tuple[float, float]:
    ends = [end for e in estimates for end in (e.value, e.low, e.high) if math.isfinite(end)]
    low, high = min(ends), max(ends)
    room = max((high - low) * 0.15, 1e-3)
    return low - room, high + room


def _figure(title: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<figure tabindex="0"><figcaption>{escape(title)}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">{"".join(parts)}'
        "</svg></figure>"
    )


def _axes(across: Axis, up: Axis, across_form: Form, up_form: Form, note: str) -> Iterator[str]:
    for tick in up.ticks:
        y = up.place(tick)
        yield f'<line class="grid" x1="{across.begin}" x2="{across.end}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="tick left" x="{across.begin - 6}" y="{y:.1f}">{up_form(tick)}</text>'
    for tick in across.ticks:
        yield f'<text class="tick" x="{across.place(tick):.1f}" y="{up.begin + 15:.1f}">{across_form(tick)}</text>'
    yield f'<text class="tick right" x="{across.end}" y="{up.begin + 30:.1f}">{escape(note)}</text>'


def _grid_line(x: float, height: float, text: str) -> str:
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 4}" y2="{height - BOTTOM}"/>'
        f'<text class="tick" x="{x:.1f}" y="{TOP - 9}">{text}</text>'
    )


def _mark(x1: float, x2: float, y1: float, y2: float, text: str) -> str:
    return f'<g class="mark"><title>{text}</title>{_line(x1, x2, y1, y2)}</g>'


def _interval(label: str, estimate: Estimate, colour: int, axis: Axis, y: float, form: Form) -> str:
    text = f"{label}: {form(estimate.value)}"
    line = ""
    if _whole(estimate):
        text += f" ({form(estimate.low)} to {form(estimate.high)})"
        line = _line(axis.place(estimate.low), axis.place(estimate.high), y, y)
    dot = f'<circle cx="{axis.place(estimate.value):.1f}" cy="{y:.1f}" r="4"/>'
    return f'<g class="s{colour % 7}"><title>{escape(text)}</title>{line}{dot}</g>'


def _whole(estimate: Estimate) -> bool:
    return math.isfinite(estimate.low) and math.isfinite(estimate.high)


def _line(x1: float, x2: float, y1: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"/>'


def _cut(label: str) -> str:
    return label if len(label) <= MOST_LETTERS else label[: MOST_LETTERS - 1] + "…"
