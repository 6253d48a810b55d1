"""Where an arm does better or worse: by the tools of its answers, the kind of media, the domain of the intent.

These are many comparisons, made to see where to look next, so their p-values are corrected by Holm's method (1979) over
all of them: the chance that any of them is a false alarm is at most 5 %, whatever depends on what (tools and domains
overlap). Intervals have Bonferroni's level for the same reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from goldenhour.experiment.comparison import ALPHA, UNKNOWN, Estimate, tea_tasting
from goldenhour.experiment.definition import Experiment
from goldenhour.experiment.moments import Moments, rates
from goldenhour.experiment.observed import Observed

FEWEST_USERS = 50  # of an arm in a segment, to be compared


@dataclass(frozen=True)
class Segment:
    """One arm in one segment of one break-down, beside the control there.

    ``pvalue`` is corrected; None, like an unknown ratio, where there are too few users.
    """

    kind: str
    name: str
    arm: str
    users: int
    projects: int
    control_rate: float
    rate: float
    ratio: Estimate
    pvalue: float | None


def break_down(observed: Observed, experiment: Experiment) -> list[Segment]:
    """All segments of all break-downs, the most frequent first."""
    pairs: list[tuple[Segment, Moments, Moments]] = []
    for kind, counts in observed.segments.items():
        for (name,), rows in sorted(counts.group_by("segment"), key=lambda group: -group[1].height):
            of = {arm: _moments(rows.filter(arm=place)) for arm, place in experiment.places.items()}
            control = of[experiment.control]
            pairs += [(_segment(kind, str(name), arm, control, of[arm]), control, of[arm]) for arm in experiment.others]
    compared = [place for place, (_, *both) in enumerate(pairs) if all(map(_enough, both))]
    found = [segment for segment, _, _ in pairs]
    tests = [tea_tasting(pairs[p][1], pairs[p][2], ALPHA / len(compared), False) for p in compared]
    for place, (ratio, _, _), pvalue in zip(compared, tests, holm([test[2] for test in tests]), strict=True):
        found[place] = replace(found[place], ratio=ratio, pvalue=pvalue)
    return found


def holm(pvalues: Sequence[float]) -> list[float]:
    """Holm's corrected p-values: the k-th smallest of m times m - k + 1, none below that of a smaller one."""
    order = np.argsort(pvalues)
    scaled = np.array(pvalues, np.float64)[order] * np.arange(len(pvalues), 0, -1)
    corrected = np.empty(len(pvalues))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1) if len(pvalues) else scaled
    return corrected.tolist()


def _moments(rows: pl.DataFrame) -> Moments:
    return Moments.of(rows.select("completed", "started").to_numpy()) if rows.height else _NOBODY


_NOBODY = Moments(np.zeros(()), np.zeros(2), np.zeros((2, 2)))


def _segment(kind: str, name: str, arm: str, control: Moments, treated: Moments) -> Segment:
    users = int(control.count + treated.count)
    projects = round(float(control.count * control.mean[1] + treated.count * treated.mean[1]))
    return Segment(kind, name, arm, users, projects, _rate(control), _rate(treated), UNKNOWN, None)


def _rate(of: Moments) -> float:
    return float(of.mean[0] / of.mean[1]) if of.count else math.nan


def _enough(of: Moments) -> bool:
    return bool(of.count >= FEWEST_USERS and of.mean[0] > 0 and rates(of).error > 0)
