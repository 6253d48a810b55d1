"""What two lists of recipes have to do with each other, row by row and tool by tool; every score is a sum over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldenhour.tools import Recipe, Toolset
from goldenhour.tools.toolset import Choice, Slot

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Arrays (n rows, T tools), in the order of the toolset's tools.

    ``student`` and ``teacher``: who uses the tool. ``likeness``: where both do, 1 or 0 for the same choice or not, or
    the cosine -1..1 of the numbers of a tool without a choice; else 0. ``known``: whether the teacher's answer says
    anything of the tool; where not, the row counts in nothing.
    """

    toolset: Toolset
    student: Bools
    teacher: Bools
    likeness: Floats

    def take(self, rows: NDArray[np.int64] | Bools) -> Rows:
        """Some of the rows."""
        return Rows(self.toolset, self.student[rows], self.teacher[rows], self.likeness[rows])


def compare(
    students: Sequence[Recipe], teachers: Sequence[Recipe], toolset: Toolset, known: Bools | None = None
) -> Rows:
    """Compare answers with the teacher's, which are in the same order; ``known`` (n, T) as in ``Rows``, default all.

    Raises ValueError if they are not as many.
    """
    if len(students) != len(teachers):
        raise ValueError(f"there are {len(students)} answers to compare with {len(teachers)} of the teacher")
    known = np.ones((len(students), len(toolset.tools)), dtype=bool) if known is None else known
    used = [_used(recipes, toolset) & known for recipes in (students, teachers)]
    vectors = [
        np.array([r.to_vector() for r in recipes]).reshape(-1, toolset.width) for recipes in (students, teachers)
    ]
    likeness = np.zeros(used[0].shape)
    for number, slots in enumerate(toolset.tool_slots.values()):
        places = _scored(slots)
        likeness[:, number] = _cosine(vectors[0][:, places], vectors[1][:, places])
    return Rows(toolset, used[0], used[1], np.where(used[0] & used[1], likeness, 0.0))


def _used(recipes: Sequence[Recipe], toolset: Toolset) -> Bools:
    used = [[recipe.uses(tool.name) for tool in toolset.tools] for recipe in recipes]
    return np.array(used, dtype=bool).reshape(-1, len(toolset.tools))


def _scored(slots: Sequence[Slot]) -> list[int]:
    """Where the values stand by which a tool's answers are compared: its choices if it has any, else its numbers."""
    chosen = [slot for slot in slots if isinstance(slot.parameter, Choice)] or slots
    return [place for slot in chosen for place in range(slot.start, slot.start + slot.width)]


def _cosine(one: Floats, other: Floats) -> Floats:
    """(n,) cosine similarity of rows; of one-hot rows, whether they are the same. 0 where a row is all zeros."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosine: Floats = np.divide((one * other).sum(axis=1), lengths, out=np.zeros(len(one)), where=lengths > 0)
    return cosine


def row_scores(rows: Rows) -> Floats:
    """(n,) how alike two answers are: the mean over the tools that either side uses; 1 where neither uses any.

    Of a tool that only one uses, 0; below 0 where numbers point the other way. It serves to find the worst and the best
    answers.
    """
    asked = (rows.student | rows.teacher).sum(axis=1)
    return np.divide(rows.likeness.sum(axis=1), asked, out=np.ones(len(asked)), where=asked > 0)
