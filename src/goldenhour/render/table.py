"""The compiler: the pointwise part of a recipe becomes one 3D lookup table, which then serves every pixel."""

from __future__ import annotations

import numpy as np

from goldenhour.render import chain
from goldenhour.render.kernel import Table, in_strips
from goldenhour.render.reference import recipe_chain
from goldenhour.tools import Recipe

PREVIEW_SIZE, EXPORT_SIZE = 33, 65
_PIECE = PREVIEW_SIZE**3  # a preview is one piece: smaller ones cost more in calls than a second thread saves


def identity_table(size: int) -> Table:
    """The table (size, size, size, 3) that changes nothing, indexed [red, green, blue]."""
    axis = np.linspace(0, 1, size, dtype=np.float32)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)


def compile_table(recipe: Recipe, size: int = EXPORT_SIZE, threads: int | None = None) -> Table:
    """The table (size, size, size, 3) of a recipe's pointwise steps, float32, encoded sRGB 0..1."""
    steps = recipe_chain(recipe)
    table = identity_table(size).reshape(-1, 3)

    def fill(start: int, stop: int) -> None:
        for first in range(start * _PIECE, min(stop * _PIECE, len(table)), _PIECE):
            piece = slice(first, first + _PIECE)
            table[piece] = chain.run(steps, np.ascontiguousarray(table[piece].T)).T

    in_strips(fill, -(-len(table) // _PIECE), threads)
    return np.clip(table, 0, 1, out=table).reshape(size, size, size, 3)
