"""Whether an answer goes the way that somebody's own settings go: direction, not size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from goldenhour.metrics.rows import Floats
from goldenhour.tools import Recipe
from goldenhour.tools.toolset import Number

Stated = Mapping[str, float]  # path of a number to its distance from neutral; only those that are stated and not 0


@dataclass(frozen=True)
class Directions:
    """Of each recipe (n,): how many stated numbers there are, how many it moves, and how many the stated way.

    ``cosine`` -1..1 of the stated numbers with the recipe's, over the stated ones; 0 where it moves none of them, NaN
    where nothing is stated. ``by_parameter``: for each path (stated, moved, agreeing) summed over the recipes.
    """

    stated: Floats
    moved: Floats
    agreeing: Floats
    cosine: Floats
    by_parameter: Mapping[str, tuple[int, int, int]]


def directions(recipes: Sequence[Recipe], wanted: Sequence[Stated]) -> Directions:
    """Compare recipes with settings in the same order."""
    counts = np.zeros((3, len(recipes)))
    cosine = np.full(len(recipes), np.nan)
    by_parameter: dict[str, tuple[int, int, int]] = {}
    for row, (recipe, stated) in enumerate(zip(recipes, wanted, strict=True)):
        moved = distances(recipe)
        pairs = {path: (value, moved[path]) for path, value in stated.items()}
        for path, (one, other) in pairs.items():
            found = np.array([1, other != 0, one * other > 0], dtype=int)
            counts[:, row] += found
            stated_, moved_, agreeing = found + by_parameter.get(path, (0, 0, 0))
            by_parameter[path] = (int(stated_), int(moved_), int(agreeing))
        if pairs:
            one, other = np.array(list(pairs.values())).T
            length = float(np.linalg.norm(one) * np.linalg.norm(other))
            cosine[row] = one @ other / length if length else 0.0
    return Directions(counts[0], counts[1], counts[2], cosine, by_parameter)


def distances(recipe: Recipe) -> dict[str, float]:
    """How far each number of a recipe is from neutral, by path."""
    return {
        slot.path: float(value) - slot.parameter.neutral
        for slot, value in zip(recipe.toolset.slots, recipe.values, strict=True)
        if isinstance(slot.parameter, Number) and isinstance(value, int | float)
    }
