"""Spatial operations: structure, sharpen, bloom. Each takes and returns encoded sRGB (H, W, 3), float32, 0..1.

Radii are shares of the picture's diagonal, so a picture looks the same whatever its size. Wide blurs run on a
reduced copy, whose size is set by the radius. Each is filed under its step of the toolset's ``apply`` list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from goldenhour.render.kernel import in_strips
from goldenhour.render.reference import active_steps
from goldenhour.tools import Recipe

Image: TypeAlias = NDArray[np.float32]
Plane: TypeAlias = NDArray[np.float32]  # (H, W)

_LUMA = np.array([[0.2126, 0.7152, 0.0722]], dtype=np.float32)
_REDUCED_RADIUS = 4  # pixels that a wide blur's radius has on its reduced copy

SPATIAL: dict[str, Callable[[Image, float], Image]] = {}


def spatial(step: str) -> Callable[[Callable[[Image, float], Image]], Callable[[Image, float], Image]]:
    """File a function of a picture and an amount under a step of the toolset."""

    def file(function: Callable[[Image, float], Image]) -> Callable[[Image, float], Image]:
        SPATIAL[step] = function
        return function

    return file


def apply_spatial(recipe: Recipe, image: Image) -> Image:
    """The spatial steps of a recipe that change something, in order."""
    for function, amount in active_steps(recipe, recipe.toolset.spatial, SPATIAL):
        image = function(image, amount)
    return image


def has_spatial(recipe: Recipe) -> bool:
    """Whether a table alone does not make the picture."""
    return any(True for _ in active_steps(recipe, recipe.toolset.spatial, SPATIAL))


def _luma(image: Image) -> Plane:
    """Luma (H, W) of encoded values, ITU-R BT.709."""
    return np.asarray(cv2.transform(image, _LUMA), np.float32).reshape(image.shape[:2])


def _diagonal(image: NDArray[Any]) -> float:
    return float(np.hypot(*image.shape[:2]))


def _reduce(image: NDArray[np.float32], radius: float) -> tuple[NDArray[np.float32], float]:
    """A copy on which ``radius`` is a few pixels, and the radius there."""
    height, width = image.shape[:2]
    factor = max(1.0, radius / _REDUCED_RADIUS)
    size = max(1, round(width / factor)), max(1, round(height / factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32), radius * size[0] / width


def _enlarge(image: NDArray[np.float32], like: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(image, (like.shape[1], like.shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _blur(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.float32)


@njit(nogil=True, cache=True)
def _add_strip(image, change, out):  # type: ignore[no-untyped-def]
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            for c in range(3):
                out[y, x, c] = min(max(image[y, x, c] + change[y, x], np.float32(0)), np.float32(1))


def _add_luma(image: Image, change: Plane) -> Image:
    """The same change on all three channels, which moves luma and leaves colour differences alone; clipped to 0..1."""
    out = np.empty_like(image)
    in_strips(lambda a, b: _add_strip(image[a:b], change[a:b], out[a:b]), len(image))
    return out


@spatial("adjust.structure")
def structure(image: Image, amount: float) -> Image:
    """Local contrast of luma around an edge-preserving base, so that strong edges get no halo.

    The base is a self-guided filter whose coefficients come from a reduced copy (He and Sun 2015, "Fast guided
    filter"), radius 1.2 % of the diagonal; black and white are left alone.
    """
    luma = _luma(image)
    small, radius = _reduce(luma, 0.012 * _diagonal(image))
    mean = _blur(small, radius)
    variance = np.maximum(_blur(small * small, radius) - mean * mean, 0)
    share = (variance / (variance + np.float32(0.15**2))).astype(np.float32, copy=False)
    a = _enlarge(_blur(share, radius), luma)
    b = _enlarge(_blur(mean * (1 - share), radius), luma)
    gain = np.float32(amount / 100 * (1.2 if amount > 0 else 0.8))
    ends = (2 * luma - 1) ** 2
    return _add_luma(image, gain * (luma - a * luma - b) * (1 - ends * ends))


@spatial("adjust.sharpen")
def sharpen(image: Image, amount: float) -> Image:
    """Unsharp mask of luma, radius 0.045 % of the diagonal (1 pixel at 1080p), overshoot limited to 0.12."""
    luma = _luma(image)
    blurred = _blur(luma, max(0.00045 * _diagonal(image), 0.5))
    detail = np.float32(2.0 * amount / 100) * (luma - blurred)
    return _add_luma(image, detail / (1 + np.abs(detail) / np.float32(0.12)))


@spatial("adjust.bloom")
def bloom(image: Image, amount: float) -> Image:
    """Glow of the highlights: a narrow and a wide blur of them (1 and 4 % of the diagonal) screened over all."""
    diagonal = _diagonal(image)
    reduced, narrow = _reduce(image, 0.01 * diagonal)
    luma = _luma(reduced)
    bright = np.clip((luma - np.float32(0.5)) / np.float32(0.5), 0, 1)
    source = reduced * (bright * bright * (3 - 2 * bright))[..., None]
    wide, radius = _reduce(source, 4 * narrow)
    glow = np.float32(0.5) * _blur(source, narrow) + np.float32(0.5) * _enlarge(_blur(wide, radius), source)
    glow = _enlarge(np.clip(glow * np.float32(amount / 100), 0, 1), image)
    return image + glow - image * glow
