"""The readable reference: a chain of operations, evaluated exactly for every pixel.

In float64 this is what a recipe means; in float32 it fills the tables (``table.py``) from which pictures are graded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from goldenhour.render import colour
from goldenhour.render.colour import Planes
from goldenhour.render.operations import Operation, Space


def convert(pixels: Planes, source: Space, target: Space) -> Planes:
    """Planar pixels from one grading space to another; what left the gamut in OkLab is brought back into it."""
    if source == target:
        return pixels
    if source == "oklab":
        linear = colour.into_gamut(colour.oklab_to_linear(pixels))
    else:
        linear = colour.srgb_decode(pixels) if source == "encoded" else pixels
    if target == "oklab":
        return colour.linear_to_oklab(linear)
    return colour.srgb_encode(linear) if target == "encoded" else linear


def run(chain: Sequence[tuple[Operation, Any]], rgb: Planes) -> Planes:
    """Encoded sRGB through the operations, each with its value, in its own space; an empty chain changes nothing."""
    space: Space = "encoded"
    pixels = rgb
    for operation, value in chain:
        pixels = operation.function(convert(pixels, space, operation.space), value)
        space = operation.space
    return convert(pixels, space, "encoded").astype(rgb.dtype, copy=False)
