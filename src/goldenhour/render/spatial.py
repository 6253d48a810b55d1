"""Spatial operations: structure, sharpen, bloom. Each changes encoded sRGB (H, W, 3), float32, 0..1, in place.

Radii are shares of the picture's diagonal, so a picture looks the same whatever its size. Wide blurs run on a reduced
copy, whose size is set by the radius, and are read from it pixel by pixel: 12 megapixels have 144 MB in this form, and
fresh memory costs more than the arithmetic. Each operation is filed under its step of the toolset's ``apply`` list.
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

_LUMA = np.array([[0.2126, 0.7152, 0.0722]], dtype=np.float32)  # ITU-R BT.709, on encoded values
_R, _G, _B = (np.float32(weight) for weight in _LUMA[0])
_ZERO, _ONE = np.float32(0), np.float32(1)
_REDUCED_RADIUS = 4  # pixels that a wide blur's radius has on its reduced copy

SPATIAL: dict[str, Callable[[Image, float], None]] = {}


def spatial(step: str) -> Callable[[Callable[[Image, float], None]], Callable[[Image, float], None]]:
    """File a function that changes a picture by an amount under a step of the toolset."""

    def file(function: Callable[[Image, float], None]) -> Callable[[Image, float], None]:
        SPATIAL[step] = function
        return function

    return file


def apply_spatial(recipe: Recipe, image: Image) -> None:
    """The spatial steps of a recipe that change something, in order."""
    for function, amount in active_steps(recipe, recipe.toolset.spatial, SPATIAL):
        function(image, amount)


def has_spatial(recipe: Recipe) -> bool:
    """Whether a table alone does not make the picture."""
    return any(True for _ in active_steps(recipe, recipe.toolset.spatial, SPATIAL))


def _luma(image: Image) -> Plane:
    return np.asarray(cv2.transform(image, _LUMA), np.float32).reshape(image.shape[:2])


def _diagonal(image: NDArray[Any]) -> float:
    return float(np.hypot(*image.shape[:2]))


def _reduce(image: NDArray[np.float32], radius: float) -> tuple[NDArray[np.float32], float]:
    """A copy on which ``radius`` is a few pixels, and the radius there."""
    height, width = image.shape[:2]
    factor = max(1.0, radius / _REDUCED_RADIUS)
    size = max(1, round(width / factor)), max(1, round(height / factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32), radius * size[0] / width


def _blur(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.float32)


@njit(nogil=True, cache=True, inline="always")
def _between(place, size, reduced):  # type: ignore[no-untyped-def]
    """The two neighbours on a reduced axis of pixel ``place`` of ``size``, and the share of the second."""
    position = min(max((place + 0.5) * reduced / size - 0.5, 0.0), reduced - 1.0)
    first = int(position)
    return first, min(first + 1, reduced - 1), np.float32(position - first)


@njit(nogil=True, cache=True)
def _structure_rows(image, coefficients, gain, start, stop):  # type: ignore[no-untyped-def]
    height, width = image.shape[:2]
    for y in range(start, stop):
        y0, y1, dy = _between(y, height, coefficients.shape[0])
        for x in range(width):
            x0, x1, dx = _between(x, width, coefficients.shape[1])
            w00, w01, w10, w11 = (_ONE - dy) * (_ONE - dx), (_ONE - dy) * dx, dy * (_ONE - dx), dy * dx
            c00, c01 = coefficients[y0, x0], coefficients[y0, x1]
            c10, c11 = coefficients[y1, x0], coefficients[y1, x1]
            a = w00 * c00[0] + w01 * c01[0] + w10 * c10[0] + w11 * c11[0]
            b = w00 * c00[1] + w01 * c01[1] + w10 * c10[1] + w11 * c11[1]
            light = _R * image[y, x, 0] + _G * image[y, x, 1] + _B * image[y, x, 2]
            ends = np.float32(2) * light - _ONE
            change = gain * (light - a * light - b) * (_ONE - ends * ends * ends * ends)
            for c in range(3):
                image[y, x, c] = min(max(image[y, x, c] + change, _ZERO), _ONE)


@njit(nogil=True, cache=True)
def _sharpen_rows(image, blurred, gain, limit, start, stop):  # type: ignore[no-untyped-def]
    for y in range(start, stop):
        for x in range(image.shape[1]):
            light = _R * image[y, x, 0] + _G * image[y, x, 1] + _B * image[y, x, 2]
            detail = gain * (light - blurred[y, x])
            change = detail / (_ONE + abs(detail) / limit)
            for c in range(3):
                image[y, x, c] = min(max(image[y, x, c] + change, _ZERO), _ONE)


@njit(nogil=True, cache=True)
def _screen_rows(image, glow, start, stop):  # type: ignore[no-untyped-def]
    height, width = image.shape[:2]
    for y in range(start, stop):
        y0, y1, dy = _between(y, height, glow.shape[0])
        for x in range(width):
            x0, x1, dx = _between(x, width, glow.shape[1])
            for c in range(3):
                upper = glow[y0, x0, c] + dx * (glow[y0, x1, c] - glow[y0, x0, c])
                lower = glow[y1, x0, c] + dx * (glow[y1, x1, c] - glow[y1, x0, c])
                image[y, x, c] += (upper + dy * (lower - upper)) * (_ONE - image[y, x, c])


@spatial("adjust.structure")
def structure(image: Image, amount: float) -> None:
    """Local contrast of luma around an edge-preserving base, so that strong edges get no halo.

    The base is a self-guided filter whose coefficients come from a reduced copy (He and Sun 2015, "Fast guided
    filter"), radius 1.2 % of the diagonal; black and white are left alone.
    """
    reduced, radius = _reduce(image, 0.012 * _diagonal(image))
    luma = _luma(reduced)
    mean = _blur(luma, radius)
    variance = np.maximum(_blur(luma * luma, radius) - mean * mean, 0)
    share = variance / (variance + np.float32(0.15**2))
    coefficients = _blur(np.dstack([share, mean * (1 - share)]), radius)
    gain = np.float32(amount / 100 * (1.2 if amount > 0 else 0.8))
    in_strips(lambda start, stop: _structure_rows(image, coefficients, gain, start, stop), len(image))


@spatial("adjust.sharpen")
def sharpen(image: Image, amount: float) -> None:
    """Unsharp mask of luma, radius 0.045 % of the diagonal (1 pixel at 1080p), overshoot limited to 0.12."""
    blurred = _blur(_luma(image), max(0.00045 * _diagonal(image), 0.5))
    gain, limit = np.float32(2.0 * amount / 100), np.float32(0.12)
    in_strips(lambda start, stop: _sharpen_rows(image, blurred, gain, limit, start, stop), len(image))


@spatial("adjust.bloom")
def bloom(image: Image, amount: float) -> None:
    """Glow of the highlights: a narrow and a wide blur of them (1 and 4 % of the diagonal) screened over all."""
    reduced, narrow = _reduce(image, 0.01 * _diagonal(image))
    bright = np.clip((_luma(reduced) - np.float32(0.5)) / np.float32(0.5), 0, 1)
    source = reduced * (bright * bright * (3 - 2 * bright))[..., None]
    small, wide = _reduce(source, 4 * narrow)
    spread = cv2.resize(_blur(small, wide), source.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    glow = np.clip((_blur(source, narrow) + spread) * np.float32(amount / 200), 0, 1)
    in_strips(lambda start, stop: _screen_rows(image, glow, start, stop), len(image))
