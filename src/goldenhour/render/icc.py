"""ICC profiles: pixels of any profiled picture to sRGB, at 8 bits by LittleCMS, at 16 bits in floats.

Relative colorimetric with black point compensation is used throughout: it is what Photoshop and Lightroom do by
default, keeps every colour that sRGB can show, and opens CMYK shadows instead of clipping them. (A perceptual intent
means nothing for the matrix profiles of cameras and displays, and differs from maker to maker in the others.)

A profile that is damaged, or is for another kind of picture (a CMYK profile in an RGB file), is ignored and the
pixels are taken as sRGB, as browsers do: a viewer has shown the picture that way, so that is what its owner expects.
"""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from goldenhour.render.colour import RGB_TO_XYZ, WHITE_XYZ, srgb_encode

Pixels: TypeAlias = NDArray[np.unsignedinteger[Any]]  # uint8 or uint16

# Linear Bradford, as ICC.1:2022 annex E prescribes for the way to its D50 connection space
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_D50 = np.array([0.9642, 1.0, 0.8249])


def to_d50(white: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix (3, 3) that takes XYZ under a white, of luminance 1, to D50."""
    return np.asarray(np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ _D50) / (_BRADFORD @ white)) @ _BRADFORD)


D50_TO_RGB = np.linalg.inv(to_d50(WHITE_XYZ) @ RGB_TO_XYZ)

_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}  # ICC.1:2022 table 68: function type to number of parameters


class LutProfileError(ValueError):
    """A 16-bit picture has a profile made of look-up tables, which is only read at 8 bits."""


@cache
def srgb_profile() -> bytes:
    """An sRGB profile to embed, the same bytes every time (LittleCMS would write the time of day into it)."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    profile[84:100] = bytes(16)  # its checksum, which is optional
    return bytes(profile)


def to_srgb(pixels: Pixels, profile: bytes | None) -> Pixels:
    """Pixels to C-contiguous sRGB of shape (H, W, 3) in the dtype they had.

    Takes (H, W) grey or (H, W, 3) RGB, uint8 or uint16, or (H, W, 4) uint8 CMYK in which 0 is no ink.
    Raises LutProfileError for uint16 with a profile that is no matrix or grey curve.
    """
    transform = _transform(profile, _mode(pixels)) if profile else None
    if profile is None or transform is None or _changes_nothing(transform, _mode(pixels)):
        return _unprofiled(pixels)
    if pixels.dtype == np.uint16:
        try:
            return _to_srgb16(np.asarray(pixels, np.uint16), profile)
        except (struct.error, ArithmeticError, LookupError):
            return _unprofiled(pixels)
    return np.array(ImageCms.applyTransform(_image(pixels), transform))


def _mode(pixels: Pixels) -> str:
    return "L" if pixels.ndim == 2 else {3: "RGB", 4: "CMYK"}[pixels.shape[2]]


def _image(pixels: Pixels) -> Image.Image:
    height, width = pixels.shape[:2]
    return Image.frombuffer(_mode(pixels), (width, height), np.ascontiguousarray(pixels))


def _unprofiled(pixels: Pixels) -> Pixels:
    mode = _mode(pixels)
    if mode == "L":
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), pixels.dtype)
    return np.array(_image(pixels).convert("RGB")) if mode == "CMYK" else np.ascontiguousarray(pixels)


def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """LittleCMS from a profile to sRGB, or None where the profile is of no use for pictures of this mode."""
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (OSError, ValueError, ImageCms.PyCMSError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a profile is sRGB in all but name: then pixels are kept exactly, not rounded again at every save."""
    if mode == "CMYK":
        return False
    ramp = np.linspace(0, 255, 256 if mode == "L" else 9).astype(np.uint8)
    probe = ramp[None] if mode == "L" else np.stack(np.meshgrid(ramp, ramp, ramp), axis=-1).reshape(1, -1, 3)
    after = np.array(ImageCms.applyTransform(_image(probe), transform), np.int16)
    return int(np.abs(after - _unprofiled(probe)).max()) <= 1


def _to_srgb16(pixels: NDArray[np.uint16], profile: bytes) -> NDArray[np.uint16]:
    """Matrix/TRC and grey profiles by ICC.1:2022 annex F: curve to linear light, matrix to D50, then sRGB."""
    tags = _tags(profile)
    if any(name in tags for name in (b"A2B0", b"A2B1")):
        raise LutProfileError
    grey = pixels.ndim == 2
    names = [b"kTRC"] if grey else [b"rTRC", b"gTRC", b"bTRC"]
    if not all(name in tags for name in names):
        raise LutProfileError
    curves = [_curve(tags[name]).astype(np.float32) for name in names]
    colorants = [] if grey else [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    matrix = np.eye(1) if grey else D50_TO_RGB @ np.stack(colorants, axis=1)
    out = np.empty((*pixels.shape[:2], 3), np.uint16)
    step = max(1, 2**18 // pixels.shape[1])  # strips, so that the floats stay small
    for top in range(0, len(pixels), step):
        rows = pixels[top : top + step]
        planes = np.stack([curve[rows if grey else rows[..., i]].ravel() for i, curve in enumerate(curves)])
        linear = np.clip(matrix.astype(np.float32) @ planes, 0.0, 1.0)
        encoded = srgb_encode(linear) * np.float32(65535) + np.float32(0.5)
        out[top : top + step] = encoded.T.reshape(*rows.shape[:2], -1)
    return out


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = (struct.unpack_from(">4sII", profile, 132 + 12 * i) for i in range(min(count, 256)))
    return {name: profile[offset : offset + size] for name, offset, size in entries}


def _xyz(tag: bytes) -> NDArray[np.float64]:
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> NDArray[np.float64]:
    """Linear light 0..1 of the codes 0..65535: ``curveType`` and ``parametricCurveType`` (ICC.1:2022 10.6, 10.18)."""
    x = np.linspace(0.0, 1.0, 65536)
    if tag[:4] == b"para":
        (kind,) = struct.unpack_from(">H", tag, 8)
        return _parametric(kind, np.array(struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)) / 65536, x)
    if tag[:4] != b"curv":
        raise LookupError
    (count,) = struct.unpack_from(">I", tag, 8)
    values = np.array(struct.unpack_from(f">{min(count, 65536)}H", tag, 12))
    if count <= 1:
        return np.power(x, values[0] / 256) if count else x
    return np.interp(x, np.linspace(0.0, 1.0, len(values)), values / 65535)


def _parametric(kind: int, given: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every function type written as type 4: (ax + b)^g + e from x = d on, cx + f below."""
    g, a, b, c, d, e, f = 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    values: list[float] = given.tolist()
    if kind <= 2:
        g, a, b, e = (*values, *(1.0, 0.0, 0.0)[len(values) - 1 :])
        d, f = -b / a, e
    elif kind == 3:
        g, a, b, c, d = values
    else:
        g, a, b, c, d, e, f = values
    return np.clip(np.where(x >= d, np.maximum(a * x + b, 0.0) ** g + e, c * x + f), 0.0, 1.0)
