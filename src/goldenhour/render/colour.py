"""Colour spaces, chromatic adaptation and colour difference.

Pixels are *planar*: arrays of shape (3, N), one row a channel, float32 or float64; every function returns the dtype it
was given. Three spaces are used for grading:

* ``encoded``: sRGB as stored in files, 0..1;
* ``linear``: linear-light sRGB (Rec.709 primaries, D65), 0..1;
* ``oklab``: rows L 0..1, a, b.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Planes: TypeAlias = NDArray[np.floating[Any]]

# IEC 61966-2-1: linear sRGB to CIE XYZ (D65, Y of white = 1)
RGB_TO_XYZ = np.array(
    [
        [0.4123907992659595, 0.35758433938387796, 0.1804807884018343],
        [0.21263900587151036, 0.7151686787677559, 0.07219231536073371],
        [0.01933081871559185, 0.11919477979462599, 0.9505321522496606],
    ]
)
XYZ_TO_RGB = np.linalg.inv(RGB_TO_XYZ)
LUMINANCE = RGB_TO_XYZ[1]
WHITE_XYZ = RGB_TO_XYZ.sum(axis=1)
WHITE_XY = (0.3127, 0.3290)

# Ottosson (2020), "A perceptual color space for image processing": linear sRGB to cone response, its cube root to Lab
_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
# The published digits leave greys with a chroma of 4e-8; normalising the rows makes greys exactly grey.
_RGB_TO_LMS /= _RGB_TO_LMS.sum(axis=1, keepdims=True)
_LMS_TO_LAB[1:] -= _LMS_TO_LAB[1:].mean(axis=1, keepdims=True)
_LMS_TO_LAB[0] /= _LMS_TO_LAB[0].sum()
_LMS_TO_RGB = np.linalg.inv(_RGB_TO_LMS)
_LAB_TO_LMS = np.linalg.inv(_LMS_TO_LAB)

# Li et al. (2017), "Comprehensive color solutions: CAM16, CAT16, and CAM16-UCS"
_CAT16 = np.array([[0.401288, 0.650173, -0.051461], [-0.250268, 1.204414, 0.045854], [-0.002079, 0.048952, 0.953127]])


def srgb_decode(encoded: Planes) -> Planes:
    """Encoded sRGB 0..1 to linear light 0..1 (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((np.maximum(encoded, 0.0) + 0.055) / 1.055) ** 2.4)


def srgb_encode(linear: Planes) -> Planes:
    """Linear light 0..1 to encoded sRGB 0..1 (IEC 61966-2-1)."""
    power = np.maximum(linear, 0.0)
    np.power(power, 1 / 2.4, out=power)
    return np.where(linear <= 0.0031308, linear * 12.92, power * 1.055 - 0.055)


def apply_matrix(matrix: NDArray[np.float64], planes: Planes) -> Planes:
    """Multiply every pixel by a 3x3 matrix, in the dtype of the pixels."""
    return matrix.astype(planes.dtype) @ planes


def linear_to_oklab(rgb: Planes) -> Planes:
    """Linear sRGB to OkLab (Ottosson 2020); L of white is 1."""
    return apply_matrix(_LMS_TO_LAB, np.cbrt(apply_matrix(_RGB_TO_LMS, rgb)))


def oklab_to_linear(lab: Planes) -> Planes:
    """OkLab to linear sRGB, which may lie outside 0..1."""
    lms = apply_matrix(_LAB_TO_LMS, lab)
    return apply_matrix(_LMS_TO_RGB, lms * lms * lms)


def luminance(rgb: Planes) -> Planes:
    """Relative luminance Y of linear sRGB, shape (N,)."""
    return LUMINANCE.astype(rgb.dtype) @ rgb


def into_gamut(rgb: Planes) -> Planes:
    """Linear sRGB into 0..1 by moving each pixel towards the grey of its own luminance, no further than needed.

    Luminance and linear-light hue are kept; a pixel inside the gamut is returned as it is.
    """
    low, high = rgb.min(axis=0), rgb.max(axis=0)
    if low.min() >= 0.0 and high.max() <= 1.0:
        return rgb
    grey = np.clip(luminance(rgb), 0.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        keep = np.minimum(
            np.where(low < 0.0, grey / (grey - low), 1.0), np.where(high > 1.0, (1.0 - grey) / (high - grey), 1.0)
        )
    return np.clip(grey + keep * (rgb - grey), 0.0, 1.0, dtype=rgb.dtype)


def gamut_share(rgb: Planes) -> Planes:
    """How far each linear pixel lies from grey (0) towards the gamut's surface at its luminance (1); shape (N,).

    Above 1 the pixel is outside.
    """
    grey = np.clip(luminance(rgb), 0.0, 1.0)
    tiny = rgb.dtype.type(1e-6)
    up = (rgb.max(axis=0) - grey) / np.maximum(1.0 - grey, tiny)
    down = (grey - rgb.min(axis=0)) / np.maximum(grey, tiny)
    return np.maximum(np.maximum(up, down), 0.0)


def within_gamut(before: Planes, after: Planes) -> Planes:
    """Linear sRGB that an operation made of ``before``, with what would leave the gamut rolled off instead of clipped.

    A pixel whose share of the gamut grew from s to t gets t / sqrt(1 + t^2 - s^2), which follows t on muted colours,
    never passes 1, and leaves a colour on the surface there. Luminance and linear-light hue are those of ``after``.
    """
    grey = np.clip(luminance(after), 0.0, 1.0)
    growth = np.maximum(gamut_share(after) ** 2 - np.minimum(gamut_share(before), 1.0) ** 2, 0.0)
    return np.clip(grey + (after - grey) / np.sqrt(1 + growth), 0.0, 1.0)


def planckian_xy(kelvin: float) -> tuple[float, float]:
    """CIE 1931 chromaticity of a black body, 1667..25000 K (Kim et al. 2002, US patent 7024034)."""
    t = 1000.0 / kelvin
    if kelvin <= 4000:
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
    if kelvin <= 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif kelvin <= 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    return x, y


def _xy_to_uv(x: float, y: float) -> tuple[float, float]:
    """CIE 1931 xy to CIE 1960 uv."""
    d = -2 * x + 12 * y + 3
    return 4 * x / d, 6 * y / d


def _uv_to_xy(u: float, v: float) -> tuple[float, float]:
    d = 2 * u - 8 * v + 4
    return 3 * u / d, 2 * v / d


D65_MIRED = 1e6 / 6504.0


def shifted_white(mired: float, duv: float) -> NDArray[np.float64]:
    """XYZ (Y = 1) of D65 moved along the Planckian locus by ``mired`` (positive = warmer) and off it by ``duv``.

    ``duv`` is in CIE 1960 units, positive = magenta (away from the green side). Moving along mired and at right angles
    to the locus is what the white-balance sliders of raw converters do (Adobe DNG SDK, ``dng_temperature``).
    """
    here, near = (_xy_to_uv(*planckian_xy(1e6 / (D65_MIRED + d))) for d in (mired, mired + 0.1))
    start = _xy_to_uv(*planckian_xy(1e6 / D65_MIRED))
    along = np.subtract(near, here)
    along /= np.hypot(*along)
    across = np.array([along[1], -along[0]])  # right of the way towards warm: below the locus, magenta
    uv = np.array(_xy_to_uv(*WHITE_XY)) + np.subtract(here, start) + duv * across
    x, y = _uv_to_xy(uv[0], uv[1])
    return np.array([x / y, 1.0, (1 - x - y) / y])


def adaptation_matrix(source_white: NDArray[np.float64], target_white: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear-sRGB matrix of the CAT16 adaptation (complete, von Kries form) from one XYZ white to another."""
    gain = (_CAT16 @ target_white) / (_CAT16 @ source_white)
    return XYZ_TO_RGB @ np.linalg.inv(_CAT16) @ np.diag(gain) @ _CAT16 @ RGB_TO_XYZ


def linear_to_cielab(rgb: Planes) -> Planes:
    """Linear sRGB to CIE 1976 L*a*b*, D65 white; L* 0..100."""
    xyz = apply_matrix(RGB_TO_XYZ / WHITE_XYZ[:, None], rgb)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(lab1: Planes, lab2: Planes) -> Planes:
    """CIEDE2000 of two (3, N) L*a*b* arrays, shape (N,) (Sharma, Wu and Dalal 2005; kL = kC = kH = 1)."""
    (l1, a1, b1), (l2, a2, b2) = lab1, lab2
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(c7 / (c7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.arctan2(b1, a1) % (2 * np.pi), np.arctan2(b2, a2) % (2 * np.pi)
    grey = c1 * c2 == 0
    dh = (h2 - h1 + np.pi) % (2 * np.pi) - np.pi
    dh = np.where((dh == -np.pi) & (h2 > h1), np.pi, dh)
    dh = np.where(grey, 0.0, dh)
    dl, dc, dbig_h = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(dh / 2)
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = np.where(grey, h1 + h2, np.where(np.abs(h1 - h2) <= np.pi, (h1 + h2) / 2, (h1 + h2 + 2 * np.pi) / 2))
    hm = np.where(~grey & (np.abs(h1 - h2) > np.pi) & (h1 + h2 >= 2 * np.pi), (h1 + h2 - 2 * np.pi) / 2, hm)
    t = (
        1
        - 0.17 * np.cos(hm - np.radians(30))
        + 0.24 * np.cos(2 * hm)
        + 0.32 * np.cos(3 * hm + np.radians(6))
        - 0.20 * np.cos(4 * hm - np.radians(63))
    )
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    theta = np.radians(30) * np.exp(-(((np.degrees(hm) - 275) / 25) ** 2))
    rt = -2 * np.sqrt(cm**7 / (cm**7 + 25.0**7)) * np.sin(2 * theta)
    kl, kc, kh = dl / sl, dc / sc, dbig_h / sh
    return np.sqrt(kl**2 + kc**2 + kh**2 + rt * kc * kh)
