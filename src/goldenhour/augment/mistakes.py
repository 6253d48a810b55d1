"""Where a student errs on what it was trained on: the first half of the paper's augmentation.

The paper's rule ("Visual Editing with LLM-based Tool Chaining", 2024, step 4): a tool is mistaken where student and
teacher both use it and the choice is another, or the cosine similarity of the numbers is below that tool's mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from goldenhour.metrics.measure import divide
from goldenhour.metrics.rows import Bools, Rows, compare
from goldenhour.students.examples import Example
from goldenhour.students.student import Student
from goldenhour.tools import Toolset, UserError, default_toolset
from goldenhour.tools.toolset import Choice

Bars = Mapping[str, float]


class AugmentError(UserError):
    """Something that cannot be augmented, or not like this; one sentence with the remedy."""


@dataclass(frozen=True)
class Mistakes:
    """``mistaken`` (n rows, T tools), the likeness -1..1 below which each tool counts as mistaken, and the counts.

    ``intents`` are those with a mistaken tool, each once, in the order of the rows; ``by_tool`` counts rows.
    """

    mistaken: Bools
    bars: Bars
    intents: tuple[str, ...]
    by_tool: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """The counts and the bars, for a report in JSON."""
        bars = {tool: round(bar, 4) for tool, bar in self.bars.items()}
        return {"intents": len(self.intents), "rows_by_tool": dict(self.by_tool), "bars": bars}


def mistakes(
    student: Student,
    rows: Sequence[Example],
    bars: Bars | None = None,
    decisions: bool = False,
    toolset: Toolset | None = None,
) -> Mistakes:
    """The mistakes of a student on examples.

    ``bars`` are those of the student without augmentation; None if it is that one. ``decisions``: using a tool that the
    teacher does not use, or not using one that it does, counts too.
    """
    toolset = toolset or default_toolset()
    answers = student.predict([row.intent for row in rows])
    known = np.array([row.known for row in rows], dtype=bool).reshape(-1, len(toolset.tools))
    compared = compare([answer.recipe for answer in answers], [row.recipe for row in rows], toolset, known)
    bars = mean_likeness(compared) if bars is None else bars
    found = mistaken(compared, bars, decisions)
    intents = tuple(dict.fromkeys(rows[int(place)].intent for place in np.flatnonzero(found.any(axis=1))))
    by_tool = {tool.name: int(count) for tool, count in zip(toolset.tools, found.sum(axis=0), strict=True)}
    return Mistakes(found, bars, intents, by_tool)


def mean_likeness(rows: Rows) -> dict[str, float]:
    """Each tool's mean likeness over the rows where both use it; of a tool with a choice 1, of one never used 0."""
    both = (rows.student & rows.teacher).sum(axis=0).astype(np.float64)
    means = np.nan_to_num(divide(rows.likeness.sum(axis=0), both))
    chosen = [any(isinstance(p, Choice) for p in tool.parameters) for tool in rows.toolset.tools]
    bars = zip(rows.toolset.tools, chosen, means, strict=True)
    return {tool.name: 1.0 if choice else float(mean) for tool, choice, mean in bars}


def mistaken(rows: Rows, bars: Bars, decisions: bool = False) -> Bools:
    """(n, T): which tools of compared rows are mistaken."""
    # a cosine of the same numbers is 1 but for its last digits
    below = rows.likeness < np.array([bars[tool.name] for tool in rows.toolset.tools]) - 1e-9
    wrong: Bools = rows.student & rows.teacher & below
    return wrong | (rows.student != rows.teacher) if decisions else wrong
