"""The curve of a low-data study as an SVG file that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 56, 18, 62, 48
COLOURS = ("#c2560a", "#1f6fb2", "#2e8540")  # those of the report's page, in its order
STEP = 0.05  # between the scores that are marked
APART = 5  # pixels from one variant's dots to the next one's, so that intervals can be told apart

Points = Mapping[str, Sequence[Mapping[str, Any]]]


def curve(points: Points, paper: Mapping[str, Mapping[float, float]]) -> str:
    """A line a variant over the share of the data, with intervals; the paper's scores as hollow squares."""
    plot = _Plot(points, paper)
    title = "Overall score on the test split by share of the data, intervals over seeds"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}"'
        ' font-family="system-ui, sans-serif" font-size="12" fill="#1f1d1a">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="13" font-weight="600">{title}</text>',
        *plot.axes(),
    ]
    for number, (variant, row) in enumerate(points.items()):
        parts += [*plot.legend(number, variant), *plot.line(number, row), *plot.squares(number, paper.get(variant, {}))]
    return "\n".join([*parts, "</svg>", ""])


class _Plot:
    """Where shares (by their logarithm) and scores lie in the picture."""

    def __init__(self, points: Points, paper: Mapping[str, Mapping[float, float]]):
        own = [(p["fraction"], p[end]) for row in points.values() for p in row for end in ("value", "low", "high")]
        own = [(share, score) for share, score in own if score is not None]
        theirs = [pair for row in paper.values() for pair in row.items()]
        self.shares = sorted({share for share, _ in own + theirs})
        scores = [score for _, score in own + theirs]
        self.low = math.floor(min(scores) / STEP) * STEP
        self.high = math.ceil(max(scores) / STEP) * STEP
        self.colours = [COLOURS[number % len(COLOURS)] for number in range(len(points))]

    def x(self, share: float) -> float:
        low, high = math.log(self.shares[0]), math.log(self.shares[-1])
        inner = WIDTH - LEFT - RIGHT - 40
        return LEFT + 20 + inner * ((math.log(share) - low) / (high - low) if high > low else 0.5)

    def y(self, score: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - score) / (self.high - self.low)

    def axes(self) -> Iterator[str]:
        step = STEP * max(1, round((self.high - self.low) / STEP / 8))
        for number in range(int((self.high - self.low) / step + 1e-9) + 1):
            score = self.low + number * step
            y = self.y(score)
            yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e2ddd3"/>'
            yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#625d55">{score:.2f}</text>'
        for share in self.shares:
            yield (
                f'<text x="{self.x(share):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="#625d55">'
                f"{_share(share)}</text>"
            )
        yield f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end" fill="#625d55">share of the data</text>'

    def legend(self, number: int, variant: str) -> Iterator[str]:
        x = LEFT + number * 130
        yield f'<circle cx="{x + 5}" cy="40" r="4" fill="{self.colours[number]}"/>'
        yield f'<text x="{x + 15}" y="44">{escape(variant)}</text>'
        if number == len(self.colours) - 1:
            x += 130
            yield f'<rect x="{x}" y="36" width="8" height="8" fill="none" stroke="#1f1d1a" stroke-width="1.6"/>'
            yield f'<text x="{x + 15}" y="44">the paper (other data)</text>'

    def line(self, number: int, row: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        colour = self.colours[number]
        shift = (number - (len(self.colours) - 1) / 2) * APART
        places = [(self.x(point["fraction"]) + shift, point) for point in row]
        if len(places) > 1:
            path = " ".join(f"{x:.1f},{self.y(point['value']):.1f}" for x, point in places)
            yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        for x, point in places:
            text = f"{_share(point['fraction'])}: {point['value']:.3f}"
            ends = ""
            if point["low"] is not None:
                text += f" ({point['low']:.3f} to {point['high']:.3f})"
                ends = (
                    f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{self.y(point["low"]):.1f}" y2="{self.y(point["high"]):.1f}"'
                    f' stroke="{colour}" stroke-width="1.6"/>'
                )
            dot = f'<circle cx="{x:.1f}" cy="{self.y(point["value"]):.1f}" r="4" fill="{colour}"/>'
            yield f"<g><title>{escape(text)}</title>{ends}{dot}</g>"

    def squares(self, number: int, row: Mapping[float, float]) -> Iterator[str]:
        for share, score in row.items():
            yield (
                f'<g><title>the paper, {_share(share)}: {score:.2f}</title><rect x="{self.x(share) - 4:.1f}"'
                f' y="{self.y(score) - 4:.1f}" width="8" height="8" fill="none" stroke="{self.colours[number]}"'
                ' stroke-width="1.6"/></g>'
            )


def _share(share: float) -> str:
    return f"1/{round(1 / share)}" if share < 1 and abs(1 / share - round(1 / share)) < 1e-9 else f"{share:g}"
