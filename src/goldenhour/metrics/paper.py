"""The paper's scores: which tools are used, how alike what they do is, and one number of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from goldenhour.metrics.measure import divide, draws, interval
from goldenhour.metrics.rows import Bools, Floats, Rows, compare
from goldenhour.tools import Recipe, Toolset, default_toolset

TOOL_SCORES = ("precision", "recall", "f1", "quality", "final", "strict")


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
    return _as_scores(rows, {name: values[0] for name, values in _measured(sums).items()})


def score_intervals(rows: Rows, seed: int = 0) -> tuple[PaperScores, PaperScores]:
    """The lower and the upper end of each score's 95 % percentile bootstrap interval: rows are drawn anew."""
    measured = _measured(_sums(rows, draws(len(rows.student), seed)))
    ends = {name: np.array([interval(column) for column in values.T]) for name, values in measured.items()}
    low, high = (_as_scores(rows, {name: pairs[:, end] for name, pairs in ends.items()}) for end in (0, 1))
    return low, high


def overall_interval(rows: Rows, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the overall score."""
    low, high = score_intervals(rows, seed)
    return low.overall, high.overall


def _as_scores(rows: Rows, measured: Mapping[str, Floats]) -> PaperScores:
    """The measured values, each (T,) or (1,), by name."""
    used, both = rows.teacher.sum(axis=0), (rows.student & rows.teacher).sum(axis=0)
    tools = {
        tool.name: ToolScore(
            **{name: float(measured[name][number]) for name in TOOL_SCORES}, rows=(int(used[number]), int(both[number]))
        )
        for number, tool in enumerate(rows.toolset.tools)
    }
    return PaperScores(tools, float(measured["overall"][0]), float(measured["overall_strict"][0]))


def _sums(rows: Rows, weights: Floats) -> dict[str, Floats]:
    """Each (samples, T): weights (samples, n) say how often a row is in each sample."""
    both = rows.student & rows.teacher
    parts = {"student": rows.student, "teacher": rows.teacher, "both": both, "likeness": rows.likeness}
    return {name: weights @ part.astype(np.float64) for name, part in parts.items()}


def _measured(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """Each tool's scores (samples, T), and the means of the tools (samples, 1)."""
    student, teacher, both, likeness = (sums[name] for name in ("student", "teacher", "both", "likeness"))
    f1 = divide(2 * both, student + teacher)
    quality = divide(likeness, both)
    # where one side never uses the tool, or never together, nothing is right: 0; where neither does, nothing is asked
    final = np.where(both > 0, divide(2 * f1 * quality, f1 + quality), np.where(student + teacher > 0, 0.0, np.nan))
    final = np.where(quality < 0, 0.0, final)  # the harmonic mean has no meaning below 0
    strict = divide(likeness, teacher)
    return {
        "precision": divide(both, student),
        "recall": divide(both, teacher),
        "f1": f1,
        "quality": quality,
        "final": final,
        "strict": strict,
        "overall": _mean(final),
        "overall_strict": _mean(strict),
    }


def _mean(finals: Floats) -> Floats:
    """(samples, 1): the mean over the tools that have a value; NaN if none has."""
    known = np.isfinite(finals)
    return divide(np.where(known, finals, 0.0).sum(axis=1, keepdims=True), known.sum(axis=1, keepdims=True) * 1.0)
