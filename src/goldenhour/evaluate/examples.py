"""The answers that differ most from the teacher's and those that differ least, with what they make of a photo."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from goldenhour.evaluate.evaluation import Evaluation
from goldenhour.evaluate.sight import PHOTOS, sample_photo
from goldenhour.render.still import grade
from goldenhour.tools import Recipe

SHOWN = 6  # of the worst, and of the best
WIDTH = 300
QUALITY = 80
SAME = 1e-9  # cosines of equal vectors are 1 only about


@dataclass(frozen=True)
class Example:
    """A row of an evaluation, its two scores, and the photo on which it is shown."""

    intent: str
    student: Recipe
    teacher: Recipe
    likeness: float
    difference: float
    photo: str


def worst(evaluation: Evaluation) -> list[Example]:
    """Those least like the teacher's; of equally unlike ones those that look most different. None that are the same."""
    order = np.lexsort((-evaluation.differences, evaluation.likeness))
    wrong = (evaluation.likeness < 1 - SAME) | (evaluation.differences > 0)
    return _examples(evaluation, order[wrong[order]])


def best(evaluation: Evaluation) -> list[Example]:
    """Those most like the teacher's, where the teacher changes something; of equally like ones those that look so."""
    order = np.lexsort((evaluation.differences, -evaluation.likeness))
    changes = np.array([not row.recipe.is_neutral for row in evaluation.rows], dtype=bool)
    return _examples(evaluation, order[changes[order]])


def _examples(evaluation: Evaluation, order: NDArray[np.int64]) -> list[Example]:
    whole = order[np.isfinite(evaluation.differences[order])][:SHOWN]
    return [
        Example(
            evaluation.rows[row].intent,
            evaluation.answers[row].recipe,
            evaluation.rows[row].recipe,
            float(evaluation.likeness[row]),
            float(evaluation.differences[row]),
            PHOTOS[number % len(PHOTOS)],
        )
        for number, row in enumerate(whole)
    ]


@lru_cache(maxsize=256)  # the photos as they are, and the teacher's answers, are shown again and again
def picture(photo: str, recipe: Recipe) -> str:
    """A sample photo graded by a recipe, as the data URI of a JPEG."""
    pixels = (sample_photo(photo, WIDTH) * 255 + 0.5).astype(np.uint8)
    data = BytesIO()
    Image.fromarray(grade(pixels, recipe)).save(data, "JPEG", quality=QUALITY)
    return f"data:image/jpeg;base64,{b64encode(data.getvalue()).decode()}"
