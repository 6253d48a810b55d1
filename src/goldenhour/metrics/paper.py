"""The paper's scores: which tools are used, how alike what they do is, and one number of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldenhour.metrics.rows import Bools, Floats, Rows, compare
from goldenhour.tools import Recipe, Toolset, default_toolset

RESAMPLES = 1_000
LEVEL = 0.95


@dataclass(frozen=True)
class ToolScore:
    """One tool's scores, 0..1 (a quality of cosines may be negative); NaN where there is nothing to divide by.

    ``f1`` of "is the tool used?" with its ``precision`` and ``recall``; ``quality`` over the rows where both use it:
    accuracy of a choice, mean cosine of numbers; ``final`` their harmonic mean; ``strict`` is the quality over all rows
    where the teacher uses it, a missed one counting 0. ``rows``: in how many the teacher uses it, in how many both do.
    """

    precision: float
    recall: float
    f1: float
    quality: float
    final: float
    strict: float
    rows: tuple[int, int]


@dataclass(frozen=True)
class PaperScores:
    """The tools' scores by name; ``overall`` is the mean of their finals, ``strict`` that of their strict qualities."""

    tools: Mapping[str, ToolScore]
    overall: float
    strict: float


def paper_scores(
    students: Sequence[Recipe], teachers: Sequence[Recipe], toolset: Toolset | None = None, known: Bools | None = None
) -> PaperScores:
    """The scores of answers against the teacher's, in the same order; ``known`` (n, T) says which tools rows label."""
    return scores(compare(students, teachers, toolset or default_toolset(), known))


def scores(rows: Rows) -> PaperScores:
    """The scores of compared rows. A tool that neither side uses has NaN, and is left out of the means."""
    sums = _sums(rows, np.ones((1, len(rows.student))))
    measured = _from_sums(sums)
    tools = {}
    for number, tool in enumerate(rows.toolset.tools):
        values = {name: float(measured[name][0, number]) for name in ("precision", "recall", "f1", "quality", "final")}
        counts = (int(sums["teacher"][0, number]), int(sums["both"][0, number]))
        tools[tool.name] = ToolScore(**values, strict=float(measured["strict"][0, number]), rows=counts)
    return PaperScores(tools, float(_mean(measured["final"])[0]), float(_mean(measured["strict"])[0]))


def overall_interval(rows: Rows, seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval (Efron 1979) of the overall score: rows are drawn anew 1,000 times."""
    return interval(_mean(_from_sums(_sums(rows, draws(len(rows.student), seed)))["final"]))


def draws(count: int, seed: int = 0) -> Floats:
    """(RESAMPLES, count): how often each row is in each bootstrap sample."""
    random = np.random.default_rng(seed)
    return random.multinomial(count, np.full(count, 1 / max(count, 1)), RESAMPLES).astype(np.float64)


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of resampled values; NaN if they are."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _sums(rows: Rows, weights: Floats) -> dict[str, NDArray[np.float64]]:
    """Each (samples, T): weights (samples, n) say how often a row is in each sample."""
    both = rows.student & rows.teacher
    parts = {"student": rows.student, "teacher": rows.teacher, "both": both, "likeness": rows.likeness}
    return {name: weights @ part.astype(np.float64) for name, part in parts.items()}


def _from_sums(sums: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    student, teacher, both, likeness = (sums[name] for name in ("student", "teacher", "both", "likeness"))
    f1 = _divide(2 * both, student + teacher)
    quality = _divide(likeness, both)
    # where one side never uses the tool, or never together, nothing is right: 0; where neither does, nothing is asked
    final = np.where(both > 0, _divide(2 * f1 * quality, f1 + quality), np.where(student + teacher > 0, 0.0, np.nan))
    return {
        "precision": _divide(both, student),
        "recall": _divide(both, teacher),
        "f1": f1,
        "quality": quality,
        "final": np.where(quality < 0, 0.0, final),  # the harmonic mean has no meaning below 0
        "strict": _divide(likeness, teacher),
    }


def _divide(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(one, other, out=np.full(one.shape, np.nan), where=other != 0)


def _mean(finals: NDArray[np.float64]) -> NDArray[np.float64]:
    """(samples,): the mean over the tools that have a value; NaN if none has."""
    known = np.isfinite(finals)
    return _divide(np.where(known, finals, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64))
