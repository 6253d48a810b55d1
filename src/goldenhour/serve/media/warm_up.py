"""What most uploads need, imported and compiled before the first one comes, in a process that stays one thread."""

from __future__ import annotations

import cv2
import numpy as np
import pillow_heif

from goldenhour.render.clip_colour import BT709, ColourTags, yuv_format
from goldenhour.render.footage import planes_grader
from goldenhour.render.kernel import share_cores
from goldenhour.render.spatial import SPATIAL
from goldenhour.render.still import grade
from goldenhour.render.yuv import Planes
from goldenhour.tools import Recipe, default_toolset

_SIDE = 16
_TAGS = ColourTags(BT709, BT709, BT709, full_range=False)


def warm_up() -> None:
    """Grade a few pixels in every common way."""
    cv2.setNumThreads(1)
    share_cores(1)
    pillow_heif.libheif_info()  # which loads it
    for recipe in _recipes():
        for dtype in (np.uint8, np.uint16):
            grade(np.zeros((_SIDE, _SIDE, 3), dtype), recipe)
        for name in ("yuv420p", "yuv420p10le", "yuv422p10le"):
            source, target = yuv_format(name, _TAGS), yuv_format("yuv420p", _TAGS)
            planes_grader(recipe, source, target)(_blank(name), _blank("yuv420p"), _SIDE, _SIDE)


def use_all_cores() -> None:
    """In a process that is no longer forked from."""
    cv2.setNumThreads(-1)
    share_cores(0)


def _recipes() -> list[Recipe]:
    """One with a table alone, one with all spatial steps as well."""
    toolset = default_toolset()
    values = dict(zip((slot.path for slot in toolset.slots), Recipe.neutral().values, strict=True))
    first = next(slot.path for slot in toolset.slots if slot.path not in SPATIAL and values[slot.path] == 0)
    plain = values | {first: 10}
    everything = plain | dict.fromkeys(SPATIAL, 10)
    return [Recipe(tuple(chosen.values()), toolset) for chosen in (plain, everything)]


def _blank(pixel_format: str) -> Planes:
    deep = pixel_format.endswith("10le")
    chroma = _SIDE // (1 if "422" in pixel_format else 2)
    dtype = np.uint16 if deep else np.uint8
    shapes = ((_SIDE, _SIDE), (chroma, _SIDE // 2), (chroma, _SIDE // 2))
    luma, blue, red = (np.full(shape, 512 if deep else 128, dtype) for shape in shapes)
    return luma, blue, red
