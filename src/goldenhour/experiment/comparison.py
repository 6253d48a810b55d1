"""An arm beside the control: ratio and difference of their completion rates, with two kinds of intervals.

The fixed-horizon interval holds for one look, at a size that was planned; it is tea-tasting's ratio of means, by the
delta method with users as the unit. The anytime-valid one holds for all looks together (``sequence``). Where an arm
completed nothing, or everything, its users show no spread, and both arms are compared as if each had two users more:
one who completed everything and one who completed nothing (after Agresti and Caffo 2000, of proportions).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from goldenhour.experiment.moments import Moments, Rates, adjusted_rates, history_tells, rates
from goldenhour.experiment.sequence import stretch
from goldenhour.tools.extras import needs

ALPHA = 0.05  # the chance of a false alarm of an experiment, whatever its number of arms
COLUMNS = ("completed", "started", "completed_before", "started_before")  # of a user's row


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval; all NaN where nothing can be said."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """An arm compared with the control; each interval errs with a chance of ``alpha``.

    ``ratio``: 0.961 is "96.1 % of" the control's rate. ``difference`` is in shares, -1 to 1. ``plain_ratio`` is without
    what history tells; ``spared`` is the share of variance that history took away, 0 where there is none.
    """

    arm: str
    alpha: float
    ratio: Estimate
    difference: Estimate
    pvalue: float
    anytime_ratio: Estimate
    anytime_difference: Estimate
    plain_ratio: Estimate
    spared: float


UNKNOWN = Estimate(math.nan, math.nan, math.nan)


def compare(arm: str, control: Moments, treated: Moments, planned: float, alpha: float = ALPHA) -> Comparison:
    """Compare users' counts of an arm with those of the control; ``planned``: users of both together."""
    if not (_has_projects(control) and _has_projects(treated)):
        return Comparison(arm, alpha, UNKNOWN, UNKNOWN, math.nan, UNKNOWN, UNKNOWN, UNKNOWN, 0.0)
    if not (_has_spread(control) and _has_spread(treated)):
        control, treated = _with_spread(control), _with_spread(treated)
    history = bool(history_tells(control, treated))
    fixed = tea_tasting(control, treated, alpha, history)
    plain = tea_tasting(control, treated, alpha, False) if history else fixed
    base, other = adjusted_rates(control, treated)
    wide = float(stretch(control.count + treated.count, planned, alpha))
    raw = math.hypot(float(rates(control).error), float(rates(treated).error))
    return Comparison(
        arm,
        alpha,
        *fixed,
        anytime_ratio=log_ratio(base, other, wide),
        anytime_difference=difference(base, other, wide),
        plain_ratio=plain[0],
        spared=1 - (math.hypot(float(base.error), float(other.error)) / raw) ** 2 if history else 0.0,
    )


def log_ratio(control: Rates, arm: Rates, wide: float) -> Estimate:
    """The ratio of two rates, its interval ``wide`` standard errors of the logarithm to each side."""
    ratio = float(arm.value / control.value)
    half = wide * math.hypot(float(control.error / control.value), float(arm.error / arm.value))
    return Estimate(ratio, ratio * math.exp(-half), ratio * math.exp(half))


def difference(control: Rates, arm: Rates, wide: float) -> Estimate:
    """The difference of two rates, its interval ``wide`` standard errors to each side."""
    value = float(arm.value - control.value)
    half = wide * math.hypot(float(control.error), float(arm.error))
    return Estimate(value, value - half, value + half)


def tea_tasting(control: Moments, arm: Moments, alpha: float, history: bool) -> tuple[Estimate, Estimate, float]:
    """Ratio, difference and p-value by tea-tasting; with ``history``, by CUPED."""
    with needs("experiments"):
        from tea_tasting.metrics.mean import RatioOfMeans  # noqa: PLC0415 - slow to import
    columns = COLUMNS if history else COLUMNS[:2]
    metric = RatioOfMeans(*columns, confidence_level=1 - alpha, alternative="two-sided", equal_var=False, use_t=True)
    found = metric.analyze_aggregates(_aggregates(control, columns), _aggregates(arm, columns))
    ends = (found.rel_effect_size, found.rel_effect_size_ci_lower, found.rel_effect_size_ci_upper)
    return (
        Estimate(*(1 + float(end) for end in ends)),
        Estimate(float(found.effect_size), float(found.effect_size_ci_lower), float(found.effect_size_ci_upper)),
        float(found.pvalue),
    )


def _aggregates(of: Moments, columns: tuple[str, ...]) -> Any:
    from tea_tasting.aggr import Aggregates  # noqa: PLC0415

    places = range(len(columns))
    return Aggregates(
        int(of.count),
        {columns[i]: float(of.mean[i]) for i in places},
        {columns[i]: float(of.cov[i, i]) for i in places},
        {(columns[i], columns[j]): float(of.cov[i, j]) for i in places for j in places if i < j},
    )


def _has_projects(of: Moments) -> bool:
    return bool(of.count > 1 and of.mean[1] > 0 and np.isfinite(of.cov).all())


def _has_spread(of: Moments) -> bool:
    return bool(of.mean[0] > 0 and rates(of).error > 0)


def _with_spread(of: Moments) -> Moments:
    """With two users more, who started as many projects as users do: one completed all of them, the other none."""
    projects = of.mean[1]
    return Moments(of.count, of.mean[:2], of.cov[:2, :2]) + Moments.of(np.array([[projects, projects], [0, projects]]))
