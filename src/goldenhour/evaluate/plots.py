"""Plots as inline SVG: dots with their intervals, drawn in the colours of the page's style."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from goldenhour.metrics import Measured

WIDTH, RIGHT = 440, 14
LETTER, MOST_LETTERS = 6.2, 36  # mean width of a letter of a label; longer labels are cut
TOP, BOTTOM = 22, 8
DOT = 9  # height of one dot's line
GAP = 9  # between rows


@dataclass(frozen=True)
class _Axis:
    """The values that are marked, from the left end to the right one, and where the left end is."""

    ticks: Sequence[float]
    left: float

    def across(self, value: float) -> float:
        return self.left + (WIDTH - self.left - RIGHT) * (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])


PlotRow = tuple[str, Sequence[Measured | None]]  # a label, and a value of each series


def dot_plot(title: str, rows: Sequence[PlotRow], series: Sequence[str], decimals: int = 2) -> str:
    """A figure: a row a label, a dot a series with a line over its interval; the axis spans all of them."""
    ends = [end for _, values in rows for m in values if m for end in (m.value, m.low, m.high) if math.isfinite(end)]
    if not ends:
        return ""
    axis = _Axis(_ticks(min(ends), max(ends)), 16 + LETTER * min(max(len(label) for label, _ in rows), MOST_LETTERS))
    row_height = DOT * max(len(series), 1) + GAP
    height = TOP + row_height * len(rows) + BOTTOM
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        *(_grid(tick, axis, height) for tick in axis.ticks),
    ]
    for number, (label, values) in enumerate(rows):
        top = TOP + number * row_height
        middle = top + row_height / 2
        parts.append(f'<text class="label" x="{axis.left - 8:.1f}" y="{middle:.1f}">{escape(_cut(label))}</text>')
        for place, measured in enumerate(values):
            if measured and math.isfinite(measured.value):
                y = top + GAP / 2 + DOT * (place + 0.5)
                parts.append(_dot(f"{label}, {series[place]}", place, measured, y, axis, decimals))
    legend = _legend(series) if len(series) > 1 else ""
    return f'<figure tabindex="0"><figcaption>{escape(title)}</figcaption>{legend}{"".join(parts)}</svg></figure>'


def _legend(series: Sequence[str]) -> str:
    keys = (f'<span><i class="s{number % 7}"></i>{escape(name)}</span>' for number, name in enumerate(series))
    return f'<p class="legend">{"".join(keys)}</p>'


def _dot(name: str, place: int, measured: Measured, y: float, axis: _Axis, decimals: int) -> str:
    x = axis.across(measured.value)
    text = f"{name}: {measured.value:.{decimals}f}"
    line = ""
    if math.isfinite(measured.low) and math.isfinite(measured.high):
        low, high = (axis.across(end) for end in (measured.low, measured.high))
        line = f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        text += f" ({measured.low:.{decimals}f} to {measured.high:.{decimals}f})"
    dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4"/>'
    return f'<g class="s{place % 7}"><title>{escape(text)}</title>{line}{dot}</g>'


def _grid(tick: float, axis: _Axis, height: int) -> str:
    x = axis.across(tick)
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 4}" y2="{height - BOTTOM}"/>'
        f'<text class="tick" x="{x:.1f}" y="{TOP - 9}">{tick:g}</text>'
    )


def _cut(label: str) -> str:
    return label if len(label) <= MOST_LETTERS else label[: MOST_LETTERS - 1] + "…"


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``, about five."""
    span = max(high - low, 1e-3)
    step = 10 ** math.floor(math.log10(span / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (factor * step) <= 6)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]
