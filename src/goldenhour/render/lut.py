"""A look from another editor: a lookup table as its file gives it, and what it makes of pixels, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldenhour.render.colour import Planes
from goldenhour.tools import UserError

Samples = NDArray[np.float64]

MAX_CURVE, MAX_CUBE = 65_536, 144  # points an axis; the largest cube is that of a HaldCLUT of level 12
MAX_VALUE = 1e6  # far beyond any light (half floats end at 65,504), far below where float32 overflows
MIN_WIDTH = 1e-6


class LookError(UserError):
    """A look that does not exist, or whose file does not say what to do: one sentence naming what is at fault."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Outputs at evenly spaced inputs: curves (n, 3), or a cube (n, n, n, 3) indexed [red, green, blue].

    ``domain`` (2, 3) is the lowest and the highest input of each channel. Inputs and outputs are in -1e6..1e6; it is
    made only if that is so, and raises LookError otherwise.
    """

    points: Samples
    domain: Samples

    def __post_init__(self) -> None:
        shape, low, high = self.points.shape, *_ends(self.domain)
        most = {2: MAX_CURVE, 4: MAX_CUBE}.get(len(shape), 0)
        if not most or shape[-1] != 3 or len(set(shape[:-1])) != 1:
            raise LookError(f"a table has the shape (n, 3) or (n, n, n, 3), not {shape}")
        if not 2 <= shape[0] <= most:
            raise LookError(f"a {'1D' if len(shape) == 2 else '3D'} table has 2 to {most:,} points, not {shape[0]:,}")
        for values in (self.points, self.domain):
            # so written that what is not a number is caught, too
            if not (values.min() >= -MAX_VALUE and values.max() <= MAX_VALUE):
                raise LookError("a table's numbers must lie within -1,000,000 and 1,000,000")
        if (high - low).min() < MIN_WIDTH:
            raise LookError(f"the domain must go up: its ends are {low.tolist()} and {high.tolist()}")


def _ends(domain: Samples) -> tuple[Samples, Samples]:
    if domain.shape != (2, 3):
        raise LookError(f"a domain has the shape (2, 3), not {domain.shape}")
    return domain[0], domain[1]


def unit_domain() -> Samples:
    """The domain (2, 3) from 0 to 1."""
    return np.array([[0.0] * 3, [1.0] * 3])


def plain_title(text: str) -> str:
    """A title fit for one line of a terminal: what cannot be printed becomes a space, and 200 characters are kept."""
    return "".join(c if c.isprintable() else " " for c in text[:200]).strip()


@dataclass(frozen=True, eq=False)
class Lut:
    """Curves, a cube, or curves whose output goes into the cube; ``title`` is what the file calls itself, or empty."""

    title: str
    curves: Grid | None = None
    cube: Grid | None = None

    def __post_init__(self) -> None:
        if not (self.curves or self.cube):
            raise LookError("it has neither a 1D nor a 3D table")
        for grid, dimensions in ((self.curves, 2), (self.cube, 4)):
            if grid and grid.points.ndim != dimensions:
                raise LookError(f"a table has the shape {grid.points.shape} in the wrong place")

    @property
    def kind(self) -> str:
        """Such as ``3D, 33 points``."""
        sizes = [
            f"{name}, {len(grid.points):,} points" for name, grid in (("1D", self.curves), ("3D", self.cube)) if grid
        ]
        return " + ".join(sizes)


def apply_lut(rgb: Planes, lut: Lut) -> Planes:
    """Planes (3, N) through a LUT, in their own dtype; linear interpolation in 1D, tetrahedral in 3D, in float64.

    Inputs outside a table's domain are clamped to it, as the formats say; outputs are whatever the table holds.
    """
    out: Planes = rgb
    if lut.curves:
        axes = np.linspace(lut.curves.domain[0], lut.curves.domain[1], len(lut.curves.points))
        out = np.stack([np.interp(out[c], axes[:, c], lut.curves.points[:, c]) for c in range(3)])
    if lut.cube:
        out = _tetrahedral(out, lut.cube)
    return out.astype(rgb.dtype, copy=False)


def _tetrahedral(rgb: Planes, cube: Grid) -> Samples:
    """Sakamoto and Itooka 1981, as in ``kernel``: from a cell's low corner to its far one along the sorted axes."""
    size = len(cube.points)
    low, high = cube.domain[..., None]
    # fmax and not maximum: what is not a number becomes the low end, and not an index outside the table
    position = np.minimum(np.fmax((rgb - low) * ((size - 1) / (high - low)), 0), size - 1)
    cell = np.minimum(position.astype(np.int64), size - 2)
    weight = position - cell
    strides = np.array([size * size, size, 1])
    first, last = strides[weight.argmax(axis=0)], strides[weight.argmin(axis=0)]
    top, bottom = weight.max(axis=0), weight.min(axis=0)
    middle = np.maximum(np.minimum(weight[0], weight[1]), np.minimum(np.maximum(weight[0], weight[1]), weight[2]))
    base, corner = strides @ cell, strides.sum()
    points = cube.points.reshape(-1, 3)

    def at(index: NDArray[Any], share: Samples) -> Samples:
        return points.take(index, axis=0) * share[:, None]

    mixed = at(base, 1 - top) + at(base + first, top - middle) + at(base + corner - last, middle - bottom)
    return (mixed + at(base + corner, bottom)).T
