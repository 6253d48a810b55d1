"""Who is evaluated: the students given, and the floors that are always in the table; the ceiling only has answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from goldenhour.evaluate.material import Material, Row, known
from goldenhour.students import Answer, embedded_student, load_student
from goldenhour.students.nearest import NearestStudent
from goldenhour.tools import Recipe, default_toolset

EMBEDDED, NEAREST, MEAN = "embedded", "nearest (train rows)", "mean recipe"
MOST = 0.5  # a tool is used by the mean recipe when more than this share of the train rows use it

Predict = Callable[[Sequence[str]], list[Answer]]
Kind = Literal["student", "floor", "ceiling"]


@dataclass(frozen=True)
class Candidate:
    """Somebody who answers intents, under a name that no other has; ``timed``: whether that takes any work."""

    name: str
    kind: Kind
    predict: Predict
    timed: bool = True


def students(folders: Sequence[Path]) -> list[Candidate]:
    """The students in folders, or the embedded one if there are none; raises StudentError."""
    if not folders:
        return [Candidate(EMBEDDED, "student", embedded_student().predict)]
    short = [folder.resolve().name for folder in folders]
    taken = (NEAREST, MEAN)
    names = [
        name if short.count(name) == 1 and name not in taken else str(folder)
        for name, folder in zip(short, folders, strict=True)
    ]
    loaded = {name: load_student(folder) for name, folder in zip(names, folders, strict=True)}
    return [Candidate(name, "student", student.predict) for name, student in loaded.items()]


def floors(material: Material) -> list[Candidate]:
    """The student *nearest*, of the train rows only, and the mean of their recipes whatever the intent."""
    nearest = NearestStudent([row.answer for row in material.train])
    mean = Answer(mean_recipe(material.train), 0.0)
    return [
        Candidate(NEAREST, "floor", nearest.predict),
        Candidate(MEAN, "floor", lambda intents: [mean] * len(intents), timed=False),
    ]


def mean_recipe(rows: Sequence[Row]) -> Recipe:
    """Each tool that most rows use, with the mean of its numbers and the commonest option of its choices there."""
    toolset = default_toolset()
    vectors = np.array([row.recipe.to_vector() for row in rows])
    says = known(rows, toolset)
    mean = Recipe.neutral(toolset).to_vector()
    for number, (tool, slots) in enumerate(toolset.tool_slots.items()):
        uses = np.array([row.recipe.uses(tool) for row in rows]) & says[:, number]
        if uses.any() and uses.sum() > MOST * says[:, number].sum():
            span = slice(slots[0].start, slots[-1].start + slots[-1].width)
            mean[span] = vectors[uses, span].mean(axis=0)
    return Recipe.from_vector(mean, toolset)
