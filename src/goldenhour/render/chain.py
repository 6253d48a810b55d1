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
    """Planar pixels from encoded sRGB to linear light or back."""
    if source == target:
        return pixels
    return colour.srgb_decode(pixels) if target == "linear" else colour.srgb_encode(pixels)


def run(chain: Sequence[tuple[Operation, Any]], rgb: Planes) -> Planes:
    """Encoded sRGB through the operations, each with its value, in its own space; an empty chain changes nothing."""
    space: Space = "encoded"
    pixels = rgb
    for operation, value in chain:
        if operation.space == "oklab":
            before = convert(pixels, space, "linear")
            lab = operation.function(colour.linear_to_oklab(before), value)
            pixels, space = colour.within_gamut(before, colour.oklab_to_linear(lab)), "linear"
        else:
            pixels, space = operation.function(convert(pixels, space, operation.space), value), operation.space
    return convert(pixels, space, "encoded").astype(rgb.dtype, copy=False)
