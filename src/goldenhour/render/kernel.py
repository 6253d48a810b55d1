"""Applying a 3D table to pixels: tetrahedral interpolation, compiled by numba, on row strips in a thread pool.

Tetrahedral (Sakamoto and Itooka 1981) keeps greys exact and has two thirds of trilinear's error. Two kernels:

* 8-bit pictures: a *packed* table whose entries hold the three channels in 21-bit lanes of one uint64, so one multiply
  interpolates all three. Lane values are 1/32 code values (13 bits) and weights add up to 256, which fills the 21 bits.
* 16-bit and float pictures: the float32 table itself.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Table = NDArray[np.float32]  # (n, n, n, 3), encoded sRGB 0..1, indexed [red, green, blue]
PackedTable = NDArray[np.uint64]  # (n * n * n,)

_LANE = 21
_UNITS = 32  # lane units to one 8-bit code value
_WEIGHT = 256
_MASK = np.uint64((1 << _LANE) - 1)
_HALF = _UNITS * _WEIGHT // 2
_ROUND = np.uint64(_HALF | _HALF << _LANE | _HALF << 2 * _LANE)

_share = threading.local()  # .cores: what the thread was told to do with


def available_threads() -> int:
    """Cores that the calling thread may use: its share of them, or all that this process may."""
    affinity = getattr(os, "sched_getaffinity", None)
    return getattr(_share, "cores", 0) or (len(affinity(0)) if affinity else os.cpu_count() or 1)


def share_cores(cores: int) -> None:
    """Let what the calling thread renders from now on use so many cores: others work at the same time."""
    _share.cores = cores


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="goldenhour-render")


def in_strips(work: Callable[[int, int], None], length: int, threads: int | None = None) -> None:
    """Call ``work(start, stop)`` for consecutive strips of ``range(length)``, in as many threads as there are cores."""
    threads = min(threads or available_threads(), max(length, 1))
    if threads == 1:
        work(0, length)
        return
    bounds = np.linspace(0, length, threads + 1).astype(int).tolist()
    for strip in [_pool(threads).submit(work, *span) for span in pairwise(bounds)]:
        strip.result()


def pack_table(table: Table) -> PackedTable:
    """A float table (n, n, n, 3) as the packed table of the 8-bit kernel."""
    return pack_lanes(np.clip(table.reshape(-1, 3), 0, 1) * (255 * _UNITS))


def pack_lanes(values: NDArray[np.floating[Any]]) -> PackedTable:
    """Three values 0..8191 an entry (N, 3), rounded, as a packed table."""
    lanes = np.rint(values).astype(np.uint64)
    return lanes[:, 0] | lanes[:, 1] << np.uint64(_LANE) | lanes[:, 2] << np.uint64(2 * _LANE)


@cache
def _axes(size: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """For red, green and blue (3, 256): where each 8-bit value's cell lies in a table of ``size`` points, and its key.

    A key is the weight 0..256 within the cell << 16 | the stride to the next cell, so that sorting keys by weight
    carries along which axis to step on.
    """
    position = np.arange(256) * (size - 1) / 255
    cell = np.minimum(position.astype(np.int64), size - 2)
    weight = np.rint((position - cell) * _WEIGHT).astype(np.int64)
    strides = np.array([[size * size], [size], [1]])
    return (cell * strides).astype(np.uint32), (weight << 16 | strides).astype(np.uint32)


@njit(nogil=True, cache=True, inline="always")
def mixed_lanes(base, kr, kg, kb, table, corner):  # type: ignore[no-untyped-def]
    """The lanes, 256 times as large, at the keys within the cell at ``base``, whose far corner is ``corner`` away."""
    stride, shift = np.uint32(0xFFFF), np.uint32(16)
    high = max(kr, kg, kb)
    low = min(kr, kg, kb)
    middle = np.uint32(np.uint32(kr + kg + kb) - high - low)
    first = np.uint32(base + (high & stride))
    w1, w2, w3 = np.uint64(high >> shift), np.uint64(middle >> shift), np.uint64(low >> shift)
    return (
        table[base] * (np.uint64(256) - w1)
        + table[first] * (w1 - w2)
        + table[np.uint32(first + (middle & stride))] * (w2 - w3)
        + table[np.uint32(base + corner)] * w3
    )


@njit(nogil=True, cache=True, inline="always")
def _lanes(r, g, b, table, cells, keys, corner):  # type: ignore[no-untyped-def]
    """The interpolated lanes of an 8-bit colour, 8,192 a code value."""
    base = np.uint32(cells[0, r] + cells[1, g] + cells[2, b])
    return mixed_lanes(base, keys[0, r], keys[1, g], keys[2, b], table, corner)


@njit(nogil=True, cache=True)
def _packed_to_8_bit(pixels, out, table, cells, keys, corner):  # type: ignore[no-untyped-def]
    for i in range(pixels.shape[0]):
        lanes = _lanes(pixels[i, 0], pixels[i, 1], pixels[i, 2], table, cells, keys, corner) + _ROUND
        out[i, 0] = lanes >> np.uint64(13) & np.uint64(255)
        out[i, 1] = lanes >> np.uint64(34) & np.uint64(255)
        out[i, 2] = lanes >> np.uint64(55) & np.uint64(255)


@njit(nogil=True, cache=True)
def _packed_to_float(pixels, out, table, cells, keys, corner):  # type: ignore[no-untyped-def]
    unit = np.float32(1 / (255 * 8192))
    for i in range(pixels.shape[0]):
        lanes = _lanes(pixels[i, 0], pixels[i, 1], pixels[i, 2], table, cells, keys, corner)
        # through signed integers, which processors turn into floats in one step
        out[i, 0] = np.float32(np.int32(lanes & _MASK)) * unit
        out[i, 1] = np.float32(np.int32(lanes >> np.uint64(21) & _MASK)) * unit
        out[i, 2] = np.float32(np.int32(lanes >> np.uint64(42) & _MASK)) * unit


@njit(nogil=True, cache=True, inline="always")
def _on_grid(position, top):  # type: ignore[no-untyped-def]
    # so written that a pixel which is not a number becomes 0 and not an address outside the table
    return min(position, top) if position > 0 else np.float32(0)


@njit(nogil=True, cache=True)
def _apply_float(pixels, out, table, peak, scale, rounding):  # type: ignore[no-untyped-def]
    size = table.shape[0]
    last = size - 2
    to_grid = np.float32((size - 1) / peak)
    factor, half = np.float32(scale), np.float32(rounding)
    top, one = np.float32(size - 1), np.float32(1)
    for i in range(pixels.shape[0]):
        x = _on_grid(np.float32(pixels[i, 0]) * to_grid, top)
        y = _on_grid(np.float32(pixels[i, 1]) * to_grid, top)
        z = _on_grid(np.float32(pixels[i, 2]) * to_grid, top)
        r, g, b = min(int(x), last), min(int(y), last), min(int(z), last)
        x, y, z = x - np.float32(r), y - np.float32(g), z - np.float32(b)
        r1, g1, b1, r2, g2, b2 = r, g, b, r + 1, g + 1, b + 1
        if x >= y:
            if y >= z:
                high, middle, low, r1, b2 = x, y, z, r + 1, b
            elif x >= z:
                high, middle, low, r1, g2 = x, z, y, r + 1, g
            else:
                high, middle, low, b1, g2 = z, x, y, b + 1, g
        elif x >= z:
            high, middle, low, g1, b2 = y, x, z, g + 1, b
        elif y >= z:
            high, middle, low, g1, r2 = y, z, x, g + 1, r
        else:
            high, middle, low, b1, r2 = z, y, x, b + 1, r
        w0, w1, w2 = one - high, high - middle, middle - low
        for c in range(3):
            value = (
                w0 * table[r, g, b, c]
                + w1 * table[r1, g1, b1, c]
                + w2 * table[r2, g2, b2, c]
                + low * table[r + 1, g + 1, b + 1, c]
            )
            out[i, c] = value * factor + half


def apply_packed(
    packed: PackedTable, pixels: NDArray[np.uint8], dtype: Any = np.uint8, threads: int | None = None
) -> NDArray[Any]:
    """8-bit RGB (..., 3) through a packed table, as uint8 rounded to the nearest code value, or as float32 0..1."""
    size = round(packed.size ** (1 / 3))
    flat = np.ascontiguousarray(pixels).reshape(-1, 3)
    out = np.empty(flat.shape, dtype)
    apply = _packed_to_8_bit if out.dtype == np.uint8 else _packed_to_float
    cells, keys = _axes(size)
    corner = np.uint32(size * size + size + 1)
    in_strips(lambda a, b: apply(flat[a:b], out[a:b], packed, cells, keys, corner), len(flat), threads)
    return out.reshape(pixels.shape)


def apply_float(table: Table, pixels: NDArray[Any], dtype: Any = None, threads: int | None = None) -> NDArray[Any]:
    """RGB (..., 3), uint8, uint16 or float32 0..1, through a float table; in ``dtype``, by default its own.

    Integers are rounded to the nearest code value.
    """
    flat = np.ascontiguousarray(pixels).reshape(-1, 3)
    out = np.empty(flat.shape, dtype or pixels.dtype)
    scale, rounding = (float(np.iinfo(out.dtype).max), 0.5) if out.dtype.kind == "u" else (1.0, 0.0)
    peak = float(np.iinfo(flat.dtype).max) if flat.dtype.kind == "u" else 1.0
    in_strips(lambda a, b: _apply_float(flat[a:b], out[a:b], table, peak, scale, rounding), len(flat), threads)
    return out.reshape(pixels.shape)
