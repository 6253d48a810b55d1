"""A mean with its interval: what every score is reported as."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 1_000
LEVEL = 0.95


@dataclass(frozen=True)
class Measured:
    """A score, the ends of its 95 % interval, and over how many rows; NaN where there are none."""

    value: float
    low: float
    high: float
    rows: int


def measured_mean(values: Floats, seed: int = 0) -> Measured:
    """The mean of ``values`` (n,), of which NaN do not count."""
    known = np.isfinite(values)
    return measured_ratio(np.where(known, values, 0.0), known.astype(np.float64), seed)


def measured_ratio(parts: Floats, wholes: Floats, seed: int = 0) -> Measured:
    """The sum of ``parts`` (n,) over that of ``wholes`` (n,), each 0 or more; rows without a whole do not count."""
    weights = draws(len(wholes), seed)
    value = divide(parts.sum(keepdims=True), wholes.sum(keepdims=True))[0]
    return Measured(float(value), *interval(divide(weights @ parts, weights @ wholes)), int((wholes > 0).sum()))


@lru_cache(maxsize=8)  # of 8 MB for a thousand rows; all scores of all students are asked for over the same rows
def draws(count: int, seed: int = 0) -> Floats:
    """(RESAMPLES, count): how often each row is in each bootstrap sample (Efron 1979)."""
    if not count:
        return np.zeros((RESAMPLES, 0))
    random = np.random.default_rng(seed)
    return random.multinomial(count, np.full(count, 1 / count), RESAMPLES).astype(np.float64)


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of resampled values, by percentiles; samples in which nothing counts are NaN and left out."""
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def divide(one: Floats, other: Floats) -> Floats:
    """Element by element; NaN where ``other`` is 0."""
    return np.divide(one, other, out=np.full(one.shape, np.nan), where=other != 0)
