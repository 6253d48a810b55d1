"""How different two recipes look: CIEDE2000 between what they make of a few small real photos."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from goldenhour.render import chain, colour
from goldenhour.render.reference import recipe_chain
from goldenhour.tools import Recipe

Lab = NDArray[np.float32]  # (3, N), CIE L*a*b*

PHOTOS = ("forest", "lake", "meadow", "night", "portrait")
SIZE = (10, 8)  # pixels of a photo; the mean over them is within a tenth of that over the whole photo


class Eye:
    """Sees recipes on the sample photos; the spatial steps, which leave the colours of such small ones alone, apart."""

    def __init__(self) -> None:
        self._pixels = np.concatenate([_photo(name) for name in PHOTOS], axis=1)
        self.see = lru_cache(maxsize=200_000)(self._see)  # of 5 kB

    def _see(self, recipe: Recipe) -> Lab:
        """The photos graded by a recipe, (3, N)."""
        encoded = chain.run(recipe_chain(recipe), self._pixels)
        return colour.linear_to_cielab(colour.srgb_decode(encoded)).astype(np.float32)

    def distance(self, one: Recipe, other: Recipe) -> float:
        """Mean CIEDE2000 between two recipes; 1 is about the least that can be noticed."""
        return difference(self.see(one), self.see(other))


def difference(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Mean CIEDE2000 of two (3, N) L*a*b* arrays."""
    return float(colour.ciede2000(one, other).mean())


def _photo(name: str) -> NDArray[np.float32]:
    file = resources.files("goldenhour") / "samples" / f"{name}.jpg"
    with file.open("rb") as data, Image.open(data) as image:
        small = image.convert("RGB").resize(SIZE, Image.Resampling.BOX)
    return np.ascontiguousarray(np.asarray(small, np.float32).reshape(-1, 3).T / 255)
