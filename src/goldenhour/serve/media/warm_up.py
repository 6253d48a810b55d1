"""What most uploads need, imported and compiled before the first one comes, in a process that stays one thread."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
import pillow_heif
from numba.core.dispatcher import Dispatcher

from goldenhour.render import kernel, spatial, yuv
from goldenhour.render.clip_colour import BT709, ColourTags, yuv_format
from goldenhour.render.kernel import pack_table, share_cores
from goldenhour.render.spatial import SPATIAL
from goldenhour.render.still import grade
from goldenhour.render.table import PREVIEW_SIZE, identity_table
from goldenhour.render.yuv import Planes, planes_to_rgb, rgb_to_planes, yuv_table
from goldenhour.tools import Recipe, default_toolset

_SIDE = 16
_TAGS = ColourTags(BT709, BT709, BT709, full_range=False)


def warm_up() -> None:
    """Grade a few pixels in every common way."""
    cv2.setNumThreads(1)
    share_cores(1)
    pillow_heif.libheif_info()  # which loads it
    for dtype in (np.uint8, np.uint16):
        grade(np.zeros((_SIDE, _SIDE, 3), dtype), _recipe())
    for function in SPATIAL.values():
        function(np.full((_SIDE, _SIDE, 3), 0.5, np.float32), 10)
    table = identity_table(PREVIEW_SIZE)
    packed = pack_table(table)
    for name in ("yuv420p", "yuv422p10le"):
        source = yuv_format(name, _TAGS)
        rgb = planes_to_rgb(_blank(name), source, packed, _SIDE, _SIDE)
        for written in ("yuv420p", "yuv422p10le"):
            target = yuv_format(written, _TAGS)
            yuv_table(table, source, target).grade(_blank(name), _blank(written), _SIDE, _SIDE)
            rgb_to_planes(rgb, target, _blank(written))


def leave() -> None:
    """In a fork: use all cores, and add nothing to what is kept of compiled code, since others will run that."""
    cv2.setNumThreads(-1)
    share_cores(0)
    for module in (kernel, spatial, yuv):
        for compiled in vars(module).values():
            if isinstance(compiled, Dispatcher):
                cast(Any, compiled)._cache.save_overload = lambda *_: None


def _recipe() -> Recipe:
    """One with every number a little off: its table needs every operation."""
    toolset = default_toolset()
    off = np.clip(Recipe.neutral().to_vector() + 3, 0, None)
    return Recipe.from_vector(off, toolset)


def _blank(pixel_format: str) -> Planes:
    deep = pixel_format.endswith("10le")
    chroma = _SIDE // (1 if "422" in pixel_format else 2)
    dtype = np.uint16 if deep else np.uint8
    shapes = ((_SIDE, _SIDE), (chroma, _SIDE // 2), (chroma, _SIDE // 2))
    luma, blue, red = (np.full(shape, 512 if deep else 128, dtype) for shape in shapes)
    return luma, blue, red
