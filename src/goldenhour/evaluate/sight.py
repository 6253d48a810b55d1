"""How different two recipes look: CIEDE2000 between what they make of the sample photos, at the size of a thumbnail."""

from __future__ import annotations

from importlib import resources

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from goldenhour.render.colour import ciede2000, linear_to_cielab, srgb_decode
from goldenhour.render.kernel import apply_float
from goldenhour.render.spatial import apply_spatial
from goldenhour.render.table import compile_table
from goldenhour.tools import Recipe

PHOTOS = ("forest", "lake", "meadow", "night", "portrait")
WIDTH = 96
# against exact evaluation of every pixel, these two move the difference of two recipes by 0.02 on average
POINTS = 17  # a side of the table; 65 as for export would take ten times as long
STEP = 5  # every so many pixels are compared

Rgb = NDArray[np.float32]  # (H, W, 3), encoded sRGB 0..1
Lab = NDArray[np.float32]  # (3, N), CIE L*a*b*


class Sight:
    """Sees recipes on the photos. What was seen is kept: all students are compared with the same answers."""

    def __init__(self) -> None:
        self._photos = [sample_photo(name, WIDTH) for name in PHOTOS]
        self._seen: dict[Recipe, Lab] = {}

    def see(self, recipe: Recipe) -> Lab:
        """The compared pixels of the photos, graded by a recipe."""
        if recipe not in self._seen:
            table = compile_table(recipe, POINTS, threads=1)
            graded = [apply_float(table, photo, np.float32, threads=1) for photo in self._photos]
            for photo in graded:
                apply_spatial(recipe, photo)
            pixels = np.concatenate([photo.reshape(-1, 3) for photo in graded])[::STEP].T
            encoded = np.clip(np.ascontiguousarray(pixels), 0, 1)
            self._seen[recipe] = linear_to_cielab(srgb_decode(encoded)).astype(np.float32)
        return self._seen[recipe]

    def difference(self, one: Recipe, other: Recipe) -> float:
        """Mean CIEDE2000 between two recipes; 1 is about the least that can be noticed."""
        return 0.0 if one == other else float(ciede2000(self.see(one), self.see(other)).mean())


def sample_photo(name: str, width: int) -> Rgb:
    """A sample photo, so many pixels wide."""
    file = resources.files("goldenhour") / "samples" / f"{name}.jpg"
    with file.open("rb") as data, Image.open(data) as image:
        size = width, round(image.height * width / image.width)
        pixels = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX), np.float32)
    return np.divide(pixels, np.float32(255), dtype=np.float32)
