"""Colours that a file declares by numbers instead of a profile, as the ICC profile that says the same.

PNG has cICP, or gAMA with cHRM (PNG 3, W3C 2025, 11.3.2); HEIC and AVIF have nclx (ISO 23008-12). Codes are those of
ITU-T H.273. As browsers do, cHRM without gAMA is ignored, gAMA of 1/2.2 alone is what sRGB files have always said, and
of HEIC and AVIF a video's transfer function is taken for sRGB's, for that is how cameras mean it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from goldenhour.render.icc import to_d50

Chromaticities: TypeAlias = tuple[float, float, float, float, float, float, float, float]  # x, y of white, r, g, b
Parameters: TypeAlias = tuple[float, ...]  # of a parametricCurveType: g, or g a b c d

_D65, _C, _DCI = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
_PRIMARIES: dict[int, Chromaticities] = {
    1: (*_D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),  # BT.709, sRGB
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    11: (*_DCI, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
_SRGB: Parameters = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_VIDEO: Parameters = (2.4,)  # as a display shows it, BT.1886
_TRANSFERS: dict[int, Parameters] = {
    **dict.fromkeys((1, 6, 14, 15), _VIDEO),
    4: (2.2,),
    5: (2.8,),
    7: (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4.0, 0.0913),
    8: (1.0,),
    13: _SRGB,
}
_UNSPECIFIED = 2
_USUAL_GAMMA, _NEAR = 1 / 2.2, 0.05  # and how much of it is no difference, by libpng


def profile_of_nclx(primaries: int, transfer: int) -> bytes | None:
    """Of the codes of a HEIC or AVIF file; None where they say sRGB, or nothing that is known."""
    if transfer in (_UNSPECIFIED, 1, 6, 14, 15):
        transfer = 13
    return _profile_of_codes(primaries, transfer)


def profile_of_png(chunks: Mapping[bytes, bytes], *, grey: bool) -> bytes | None:
    """Of a PNG by ``chunks_of_png``, without what its iCCP says; None where that, sRGB or nothing holds.

    Empty where codes that go before its iCCP say sRGB.
    """
    if (codes := chunks.get(b"cICP")) is not None and len(codes) == 4:
        if (codes[0], codes[1]) == (1, 13):
            return b""
        return None if grey else _profile_of_codes(codes[0], codes[1])
    if b"iCCP" in chunks or b"sRGB" in chunks or len(chunks.get(b"gAMA", b"")) != 4:
        return None
    gamma = struct.unpack(">I", chunks[b"gAMA"])[0] / 100_000
    said = chunks.get(b"cHRM", b"")
    if not 0.01 < gamma < 10 or (len(said) != 32 and abs(gamma / _USUAL_GAMMA - 1) < _NEAR):
        return None
    primaries = _PRIMARIES[1]
    if len(said) == 32:
        white_x, white_y, *rgb = (value / 100_000 for value in struct.unpack(">8I", said))
        primaries = (white_x, white_y, *rgb)
    return _profile(primaries, (1 / gamma,), grey=grey)


def light_of_png(chunks: Mapping[bytes, bytes]) -> int:
    """The code of the transfer function that a PNG's cICP names, 0 if it has none."""
    codes = chunks.get(b"cICP", b"")
    return codes[1] if len(codes) == 4 else 0


def chunks_of_png(data: bytes) -> dict[bytes, bytes]:
    """What stands before the pixels of a PNG, by name: the short chunks, and the beginning of its iCCP."""
    found: dict[bytes, bytes] = {}
    at = 8
    while at + 8 <= len(data) and (name := data[at + 4 : at + 8]) != b"IDAT":
        length = int.from_bytes(data[at : at + 4], "big")
        if length <= 32 or name == b"iCCP":
            found.setdefault(name, data[at + 8 : at + 8 + min(length, 32)])
        at += 12 + length
    return found


def _profile_of_codes(primaries: int, transfer: int) -> bytes | None:
    if (primaries, transfer) == (1, 13) or primaries not in _PRIMARIES or transfer not in _TRANSFERS:
        return None
    return _profile(_PRIMARIES[primaries], _TRANSFERS[transfer])


def _profile(said: Chromaticities, transfer: Parameters, *, grey: bool = False) -> bytes | None:
    """A matrix profile, or one of a grey curve (ICC.1:2022, 8.3 and 8.4); None for primaries that are none."""
    curve = b"para" + bytes(4) + struct.pack(f">HH{len(transfer)}i", {1: 0, 5: 3}[len(transfer)], 0, *_fixed(transfer))
    tags = {b"wtpt": _xyz(np.array([0.9642, 1.0, 0.8249]))}
    if grey:
        return _assembled(b"GRAY", tags | {b"kTRC": curve})
    colorants = _colorants(said)
    if colorants is None:
        return None
    for column, channel in enumerate((b"r", b"g", b"b")):
        tags |= {channel + b"XYZ": _xyz(colorants[:, column]), channel + b"TRC": curve}
    return _assembled(b"RGB ", tags)


def _colorants(said: Chromaticities) -> NDArray[np.float64] | None:
    """The primaries' XYZ by columns (3, 3), adapted to D50 (SMPTE RP 177, then linear Bradford)."""
    x, y = np.array(said[0::2]), np.array(said[1::2])
    if not (y > 1e-4).all() or not (x + y <= 1 + 1e-6).all():
        return None
    xyz = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    white, primaries = xyz[:, 0], xyz[:, 1:]
    if abs(np.linalg.det(primaries)) < 1e-6:
        return None
    return np.asarray(to_d50(white) @ (primaries * np.linalg.solve(primaries, white)), np.float64)


def _fixed(values: Parameters | NDArray[np.float64]) -> list[int]:
    """s15Fixed16Number."""
    return [int(np.clip(round(float(value) * 65536), -(2**31), 2**31 - 1)) for value in values]


def _xyz(values: NDArray[np.float64]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *_fixed(values))


def _assembled(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    at, entries, body = 132 + 12 * len(tags), b"", b""
    for name, tag in tags.items():
        entries += struct.pack(">4sII", name, at + len(body), len(tag))
        body += tag + bytes(-len(tag) % 4)
    header = struct.pack(">I4sI4s4s4s", at + len(body), bytes(4), 0x04400000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + tags[b"wtpt"][8:]
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + entries + body
