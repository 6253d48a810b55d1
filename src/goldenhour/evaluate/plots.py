"""Plots as inline SVG: dots with their intervals, drawn in the colours of the page's style."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from goldenhour.metrics import Measured

WIDTH, LABELS, RIGHT = 480, 152, 14
TOP, BOTTOM = 22, 8
DOT = 9  # height of one dot's line
GAP = 9  # between rows

PlotRow = tuple[str, Sequence[Measured | None]]  # a label, and a value of each series


def dot_plot(title: str, rows: Sequence[PlotRow], series: Sequence[str], decimals: int = 2) -> str:
    """A figure: a row a label, a dot a series with a line over its interval; the axis spans all of them."""
    ends = [end for _, values in rows for m in values if m for end in (m.value, m.low, m.high) if math.isfinite(end)]
    if not ends:
        return ""
    ticks = _ticks(min(ends), max(ends))
    row_height = DOT * max(len(series), 1) + GAP
    height = TOP + row_height * len(rows) + BOTTOM
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        *(_grid(tick, ticks, height) for tick in ticks),
    ]
    for number, (label, values) in enumerate(rows):
        top = TOP + number * row_height
        middle = top + row_height / 2
        parts.append(f'<text class="label" x="{LABELS - 8}" y="{middle:.1f}">{escape(label)}</text>')
        for place, measured in enumerate(values):
            if measured and math.isfinite(measured.value):
                y = top + GAP / 2 + DOT * (place + 0.5)
                parts.append(_dot(f"{label}, {series[place]}", place, measured, y, ticks, decimals))
    legend = _legend(series) if len(series) > 1 else ""
    return f"<figure><figcaption>{escape(title)}</figcaption>{legend}{''.join(parts)}</svg></figure>"


def _legend(series: Sequence[str]) -> str:
    keys = (f'<span><i class="s{number % 7}"></i>{escape(name)}</span>' for number, name in enumerate(series))
    return f'<p class="legend">{"".join(keys)}</p>'


def _dot(name: str, place: int, measured: Measured, y: float, ticks: Sequence[float], decimals: int) -> str:
    x = _across(measured.value, ticks)
    text = f"{name}: {measured.value:.{decimals}f}"
    line = ""
    if math.isfinite(measured.low) and math.isfinite(measured.high):
        low, high = (_across(end, ticks) for end in (measured.low, measured.high))
        line = f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        text += f" ({measured.low:.{decimals}f} to {measured.high:.{decimals}f})"
    dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4"/>'
    return f'<g class="s{place % 7}"><title>{escape(text)}</title>{line}{dot}</g>'


def _grid(tick: float, ticks: Sequence[float], height: int) -> str:
    x = _across(tick, ticks)
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 4}" y2="{height - BOTTOM}"/>'
        f'<text class="tick" x="{x:.1f}" y="{TOP - 9}">{tick:g}</text>'
    )


def _across(value: float, ticks: Sequence[float]) -> float:
    return LABELS + (WIDTH - LABELS - RIGHT) * (value - ticks[0]) / (ticks[-1] - ticks[0])


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``, about five."""
    span = max(high - low, 1e-3)
    step = 10 ** math.floor(math.log10(span / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (factor * step) <= 5)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]
