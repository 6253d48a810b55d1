"""Krippendorff's alpha: how far annotators agree beyond chance, whoever judged which of the items.

Klaus Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", for nominal data: with n_uc annotators who gave
unit u the value c, m_u = sum over c of n_uc, and only units that two or more judged,

    alpha = 1 - (n - 1) * sum_u (m_u^2 - sum_c n_uc^2) / (m_u - 1) / (n^2 - sum_c n_c^2)

1 is perfect agreement, 0 what chance gives, below 0 worse than chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2_000
LEVEL = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Alpha:
    """Alpha with the ends of its 95 % interval (None: not defined, ``why`` says so), over how many units and values."""

    value: float | None
    low: float | None
    high: float | None
    units: int
    values: int
    why: str = ""


def nominal_alpha(counts: NDArray[np.int64], groups: NDArray[np.int64] | None = None, seed: int = 0) -> Alpha:
    """Alpha of ``counts`` (units, categories): how many annotators gave each unit each value.

    The interval is the middle 95 % of a bootstrap (Efron 1979) of whole items, the same for the same ``seed``:
    ``groups`` (units,) numbers the item of each unit, 0 to items - 1; without it each unit is an item. Resamples in
    which alpha is not defined are left out.
    """
    judged = np.asarray(counts, np.float64)
    totals = judged.sum(axis=1)
    pairable = totals >= 2
    units, values = int(pairable.sum()), int(totals[pairable].sum())
    if not units:
        return Alpha(None, None, None, 0, 0, "no item was judged by two annotators")
    parts = np.where(pairable[:, None], np.column_stack([_disagreement(judged, totals), judged]), 0.0)
    items = _by_item(parts, groups)
    value = _alpha(items.sum(axis=0, keepdims=True))[0]
    if np.isnan(value):
        return Alpha(None, None, None, units, values, "all judgements are the same, so chance alone would agree")
    counted = items[items.any(axis=1)]
    draws = np.random.default_rng(seed).multinomial(len(counted), np.full(len(counted), 1 / len(counted)), RESAMPLES)
    resampled = _alpha(draws @ counted)
    low, high = np.nanquantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Alpha(float(value), float(low), float(high), units, values)


def _disagreement(judged: Floats, totals: Floats) -> Floats:
    """(units,): the pairs that differ, over the others that each value is paired with."""
    return (totals**2 - (judged**2).sum(axis=1)) / np.maximum(totals - 1, 1)


def _by_item(parts: Floats, groups: NDArray[np.int64] | None) -> Floats:
    if groups is None:
        return parts
    summed = np.zeros((int(groups.max()) + 1, parts.shape[1]))
    np.add.at(summed, groups, parts)
    return summed


def _alpha(sums: Floats) -> Floats:
    """(R,) of ``sums`` (R, 1 + categories): disagreements, then how often each value was given; NaN: not defined."""
    observed, given = sums[:, 0], sums[:, 1:]
    total = given.sum(axis=1)
    by_chance = total**2 - (given**2).sum(axis=1)
    ratio = np.divide((total - 1) * observed, by_chance, out=np.full(len(sums), np.nan), where=by_chance > 0)
    return 1 - ratio
