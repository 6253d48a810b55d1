"""Grading Y'CbCr planes directly, so that a frame of video is never converted to RGB and back as a whole.

Each pixel's Y'CbCr goes to a place on the recipe's table, whose output is already Y'CbCr; the chroma of the pixels that
share one sample is averaged. Frames of 8 bits take one step more: the whole of that function, 2^24 colours, is written
down once for each clip (64 MB), and then a pixel costs one look-up. Matrices are those of ITU-T H.273.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goldenhour.render.kernel import PackedTable, Table, in_strips, mixed_lanes, pack_lanes

Plane: TypeAlias = NDArray[np.uint8 | np.uint16]  # (H, line size), rows may be longer than the picture is wide
Planes: TypeAlias = tuple[Plane, Plane, Plane]
Rgb: TypeAlias = NDArray[np.float32]  # (H, W, 3), encoded, 0..1
Codes: TypeAlias = NDArray[np.uint32]  # (2 ** 24,): Y', Cb and Cr of the graded colour, see `_code`

_MASK, _ONE = np.uint64(2**21 - 1), np.uint64(1)


@dataclass(frozen=True)
class YuvFormat:
    """How planes code colours: ``bits`` a sample, 8 to 12, of which only 8 and 10 can be written; ``chroma`` log2 of
    the luma samples across and down that share one chroma sample; ``kr`` and ``kb`` luma's shares of red and blue;
    ``full_range`` or limited ("video"). Or, if ``gbr``, they are green, blue and red (matrix 0), always full range.
    """

    bits: int
    chroma: tuple[int, int]
    kr: float
    kb: float
    full_range: bool
    gbr: bool = False

    @property
    def dtype(self) -> type[np.uint8 | np.uint16]:
        """Of a sample."""
        return np.uint8 if self.bits == 8 else np.uint16

    @property
    def peak(self) -> int:
        """The largest code."""
        return 2**self.bits - 1

    @cached_property
    def from_rgb(self) -> NDArray[np.float64]:
        """(3, 4): encoded R'G'B' 0..1 and 1 to codes (H.273, equations 38 to 40 and their quantisation)."""
        if self.gbr:
            return np.column_stack([self.peak * np.roll(np.eye(3), 1, axis=1), np.zeros(3)])
        luma = np.array([self.kr, 1 - self.kr - self.kb, self.kb])
        red, blue = np.eye(3)[0], np.eye(3)[2]
        unit = 2 ** (self.bits - 8)
        scales = [self.peak] * 3 if self.full_range else [219 * unit, 224 * unit, 224 * unit]
        offsets = np.array([0 if self.full_range else 16, 128, 128]) * unit
        rows = np.stack([luma, (blue - luma) / (2 * (1 - self.kb)), (red - luma) / (2 * (1 - self.kr))])
        return np.column_stack([rows * np.array(scales)[:, None], offsets])

    @cached_property
    def to_rgb(self) -> NDArray[np.float64]:
        """(3, 4): codes and 1 to encoded R'G'B' 0..1."""
        inverse = np.linalg.inv(self.from_rgb[:, :3])
        return np.column_stack([inverse, -inverse @ self.from_rgb[:, 3]])


def _to_grid(source: YuvFormat, size: int) -> NDArray[np.int32]:
    """(3, 4): codes and 1 to a position on the grid of a table of ``size`` points, in fixed point."""
    scale = (size - 1) * 2**20
    affine = source.to_rgb * scale
    affine[:, 3] += 2**11
    return np.rint(affine).astype(np.int32)


@njit(nogil=True, cache=True, inline="always")
def _lanes(y, u, v, packed, grid, size):  # type: ignore[no-untyped-def]
    """The packed table's lanes, 256 times as large, for a Y'CbCr code."""
    top, last = np.int32((size - 1) << 8), np.int32(size - 2)
    r = min(max((grid[0, 0] * y + grid[0, 1] * u + grid[0, 2] * v + grid[0, 3]) >> 12, 0), top)
    g = min(max((grid[1, 0] * y + grid[1, 1] * u + grid[1, 2] * v + grid[1, 3]) >> 12, 0), top)
    b = min(max((grid[2, 0] * y + grid[2, 1] * u + grid[2, 2] * v + grid[2, 3]) >> 12, 0), top)
    i, j, k = min(r >> 8, last), min(g >> 8, last), min(b >> 8, last)
    base = np.uint32((i * size + j) * size + k)
    kr = np.uint32((r - (i << 8)) << 16 | size * size)
    kg = np.uint32((g - (j << 8)) << 16 | size)
    kb = np.uint32((b - (k << 8)) << 16 | 1)
    return mixed_lanes(base, kr, kg, kb, packed, np.uint32(size * size + size + 1))


@njit(nogil=True, cache=True, inline="always")
def _code(y, u, v, packed, grid, size, bits):  # type: ignore[no-untyped-def]
    """The graded code in 32 bits: Y' in the lowest ``bits``, above it Cb and Cr, each half of what remains.

    Chroma has the bits to spare after its binary point, because several pixels' will be averaged; they are cut off
    there, not rounded, or one pixel's would be rounded twice.
    """
    lanes = _lanes(y, u, v, packed, grid, size)
    width = np.uint64((32 - bits) >> 1)
    luma_shift = np.uint64(21 - bits)
    chroma_shift = np.uint64(21) - width
    luma = (lanes & _MASK) + (_ONE << (luma_shift - _ONE)) >> luma_shift
    blue = ((lanes >> np.uint64(21)) & _MASK) >> chroma_shift
    red = (lanes >> np.uint64(42)) >> chroma_shift
    return np.uint32(luma | blue << np.uint64(bits) | red << np.uint64(np.uint64(bits) + width))


@njit(nogil=True, cache=True)
def _fill(codes, packed, grid, size, bits, start, stop):  # type: ignore[no-untyped-def]
    for u in range(start, stop):
        for v in range(256):
            for y in range(256):
                codes[(u << 8 | v) << 8 | y] = _code(np.int32(y), np.int32(u), np.int32(v), packed, grid, size, bits)


@njit(nogil=True, cache=True)
def _grade_420(ys, us, vs, codes, bits, out_y, out_u, out_v, width, start, stop):  # type: ignore[no-untyped-def]
    """8 bits 4:2:0 to 4:2:0, with nothing left to decide in the loop, so that it compiles to gathers."""
    chroma = np.uint32((32 - bits) >> 1)
    blue, red = np.uint32(bits), np.uint32(bits) + chroma
    luma_mask, chroma_mask = np.uint32((1 << bits) - 1), np.uint32((1 << chroma) - 1)
    shift = np.uint32(chroma - bits + 2)
    half = np.uint32(((1 << shift) >> 1) + 2)  # and what `_code` cut off from four
    for row in range(start, stop):
        upper, lower = 2 * row, 2 * row + 1
        for column in range(width >> 1):
            left, right = 2 * column, 2 * column + 1
            base = np.uint32(us[row, column]) << np.uint32(16) | np.uint32(vs[row, column]) << np.uint32(8)
            c0, c1 = codes[base | np.uint32(ys[upper, left])], codes[base | np.uint32(ys[upper, right])]
            c2, c3 = codes[base | np.uint32(ys[lower, left])], codes[base | np.uint32(ys[lower, right])]
            out_y[upper, left], out_y[upper, right] = c0 & luma_mask, c1 & luma_mask
            out_y[lower, left], out_y[lower, right] = c2 & luma_mask, c3 & luma_mask
            blues = (c0 >> blue & chroma_mask) + (c1 >> blue & chroma_mask)
            blues += (c2 >> blue & chroma_mask) + (c3 >> blue & chroma_mask)
            out_u[row, column] = (blues + half) >> shift
            out_v[row, column] = ((c0 >> red) + (c1 >> red) + (c2 >> red) + (c3 >> red) + half) >> shift


@njit(nogil=True, cache=True)
def _grade_any(  # type: ignore[no-untyped-def]
    ys, us, vs, chroma_in, codes, packed, grid, size, bits, out_y, out_u, out_v, chroma_out, width, start, stop
):
    """Any subsampling to any other; without ``codes`` the packed table is interpolated for each pixel."""
    ax, ay = chroma_in
    bx, by = chroma_out
    chroma = np.uint32((32 - bits) >> 1)
    luma_mask, chroma_mask = np.uint32((1 << bits) - 1), np.uint32((1 << chroma) - 1)
    shift = np.uint32(chroma - bits + bx + by)
    half = np.uint32(((1 << shift) >> 1) + ((1 << (bx + by)) >> 1))  # and what `_code` cut off
    for row in range(start, stop):
        for column in range(width >> bx):
            blues, reds = np.uint32(0), np.uint32(0)
            for y in range(row << by, (row + 1) << by):
                for x in range(column << bx, (column + 1) << bx):
                    luma, blue, red = ys[y, x], us[y >> ay, x >> ax], vs[y >> ay, x >> ax]
                    if codes.size:
                        code = codes[np.uint32(blue) << 16 | np.uint32(red) << 8 | np.uint32(luma)]
                    else:
                        code = _code(np.int32(luma), np.int32(blue), np.int32(red), packed, grid, size, bits)
                    out_y[y, x] = code & luma_mask
                    blues += code >> np.uint32(bits) & chroma_mask
                    reds += code >> (np.uint32(bits) + chroma)
            out_u[row, column] = (blues + half) >> shift
            out_v[row, column] = (reds + half) >> shift


@njit(nogil=True, cache=True)
def _rgb_rows(ys, us, vs, chroma_in, packed, grid, size, out, start, stop):  # type: ignore[no-untyped-def]
    ax, ay = chroma_in
    unit = np.float32(1 / (255 * 8192))
    for y in range(start, stop):
        for x in range(out.shape[1]):
            blue, red = np.int32(us[y >> ay, x >> ax]), np.int32(vs[y >> ay, x >> ax])
            lanes = _lanes(np.int32(ys[y, x]), blue, red, packed, grid, size)
            out[y, x, 0] = np.float32(np.int32(lanes & _MASK)) * unit
            out[y, x, 1] = np.float32(np.int32(lanes >> np.uint64(21) & _MASK)) * unit
            out[y, x, 2] = np.float32(np.int32(lanes >> np.uint64(42))) * unit


@njit(nogil=True, cache=True)
def _yuv_rows(rgb, affine, peak, out_y, out_u, out_v, chroma_out, start, stop):  # type: ignore[no-untyped-def]
    bx, by = chroma_out
    half = np.float32(0.5)
    share = np.float32(1) / np.float32(1 << (bx + by))
    for row in range(start, stop):
        for column in range(rgb.shape[1] >> bx):
            r, g, b = np.float32(0), np.float32(0), np.float32(0)
            for y in range(row << by, (row + 1) << by):
                for x in range(column << bx, (column + 1) << bx):
                    p, q, s = rgb[y, x, 0], rgb[y, x, 1], rgb[y, x, 2]
                    out_y[y, x] = affine[0, 0] * p + affine[0, 1] * q + affine[0, 2] * s + affine[0, 3] + half
                    r, g, b = r + p, g + q, b + s
            r, g, b = r * share, g * share, b * share
            blue = affine[1, 0] * r + affine[1, 1] * g + affine[1, 2] * b + affine[1, 3] + half
            red = affine[2, 0] * r + affine[2, 1] * g + affine[2, 2] * b + affine[2, 3] + half
            out_u[row, column], out_v[row, column] = min(blue, peak), min(red, peak)


@dataclass(frozen=True)
class YuvTable:
    """A table made ready for planes of one format, to be graded into planes of another; see `yuv_table`."""

    source: YuvFormat
    target: YuvFormat
    packed: PackedTable
    grid: NDArray[np.int32]
    codes: Codes

    def grade(self, planes: Planes, out: Planes, width: int, height: int) -> None:
        """The upper left ``width`` x ``height`` pixels of ``planes`` into ``out``; whole cells of the target's chroma.

        Chroma is repeated where it is upsampled and averaged where it is downsampled, so what a neutral table leaves
        alone stays as it is.
        """
        bits, chroma = self.target.bits, self.target.chroma

        def rows(start: int, stop: int) -> None:
            if self.codes.size and self.source.chroma == chroma == (1, 1):
                _grade_420(*planes, self.codes, bits, *out, width, start, stop)
            else:
                table = self.codes, self.packed, self.grid, _points(self.packed), bits
                _grade_any(*planes, self.source.chroma, *table, *out, chroma, width, start, stop)

        in_strips(rows, height >> chroma[1])


def yuv_table(table: Table, source: YuvFormat, target: YuvFormat) -> YuvTable:
    """A table (n, n, n, 3) for grading planes; from 8 bits every colour is looked up in advance, which takes 0.1 s."""
    values = table.reshape(-1, 3) @ target.from_rgb[:, :3].T + target.from_rgb[:, 3]
    # full-range chroma of pure blue and red is half a code above the last one
    packed = pack_lanes(np.minimum(values, target.peak) * 2 ** (13 - target.bits))
    grid, size = _to_grid(source, len(table)), np.int32(len(table))
    codes = np.empty(2**24 if source.bits == 8 else 0, np.uint32)
    if codes.size:
        in_strips(lambda start, stop: _fill(codes, packed, grid, size, target.bits, start, stop), 256)
    return YuvTable(source, target, packed, grid, codes)


def planes_to_rgb(planes: Planes, source: YuvFormat, packed: PackedTable, width: int, height: int) -> Rgb:
    """Planes through a packed table of RGB, to encoded RGB (H, W, 3), float32, 0..1, not yet rounded."""
    out = np.empty((height, width, 3), np.float32)
    size = _points(packed)
    grid = _to_grid(source, int(size))
    in_strips(lambda a, b: _rgb_rows(*planes, source.chroma, packed, grid, size, out, a, b), height)
    return out


def rgb_to_planes(rgb: Rgb, target: YuvFormat, out: Planes) -> None:
    """Encoded RGB (H, W, 3), float32, 0..1, into planes; whole cells of the target's chroma."""
    affine, peak = target.from_rgb.astype(np.float32), np.float32(target.peak)
    in_strips(lambda a, b: _yuv_rows(rgb, affine, peak, *out, target.chroma, a, b), len(rgb) >> target.chroma[1])


def _points(packed: PackedTable) -> np.int32:
    return np.int32(round(packed.size ** (1 / 3)))
