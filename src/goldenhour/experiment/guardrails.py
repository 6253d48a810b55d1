"""What must not get worse while completion is looked at: slow, invalid, borrowed and mended answers.

The intervals are as wide as the primary metric's at any time, since guardrails are watched every day. Shares are often
rare: each has a score interval (Wilson 1927) for as many answers as its standard error by users is worth, and the
difference follows from both (MOVER; for shares: Newcombe 1998, method 10).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from goldenhour.experiment.comparison import ALPHA, UNKNOWN, Estimate
from goldenhour.experiment.definition import GUARDRAILS, Experiment
from goldenhour.experiment.moments import Moments, rates
from goldenhour.experiment.observed import Observed
from goldenhour.experiment.sequence import stretch
from goldenhour.experiment.wilson import wilson_interval

State = Literal["kept", "open", "broken", "watched"]
LATENCY, QUANTILE = "latency_p95", 0.95
FEWEST = 100  # users of an arm, before anything is certain: a standard error of fewer is not known itself
_COUNTS = {
    "invalid_answers": ("invalid", "answers"),
    "fallbacks": ("fallbacks", "answers"),
    "edits_by_hand": ("edited", "answered"),
}


@dataclass(frozen=True)
class Guardrail:
    """One of an arm: its value, the control's, and by how much it is worse (below 0: better), in its own unit.

    ``kept`` and ``broken`` are certain, ``open`` is not yet; ``watched`` has no tolerated worsening.
    """

    name: str
    arm: str
    control_value: float
    value: float
    worse_by: Estimate
    tolerated: float | None

    @property
    def state(self) -> State:
        """How it stands."""
        if self.tolerated is None:
            return "watched"
        if self.worse_by.high <= self.tolerated:
            return "kept"
        return "broken" if self.worse_by.low > self.tolerated else "open"


def guardrails(observed: Observed, experiment: Experiment) -> list[Guardrail]:
    """All guardrails of all arms but the control."""
    found = []
    tolerated: Mapping[str, float] = experiment.guardrails
    places = experiment.places
    alpha = ALPHA / len(experiment.others)
    for arm in experiment.others:
        two = (places[experiment.control], places[arm])
        users = [int((observed.assigned["arm"] == place).sum()) for place in two]
        wide = float(stretch(sum(users), 2 * experiment.planned_users, alpha)) if min(users) >= FEWEST else math.inf
        for name in GUARDRAILS:
            values = _latency(observed, two, wide) if name == LATENCY else _share(observed, two, _COUNTS[name], wide)
            found.append(Guardrail(name, arm, *values, tolerated.get(name)))
    return found


def _share(
    observed: Observed, arms: tuple[int, int], columns: tuple[str, str], wide: float
) -> tuple[float, float, Estimate]:
    of = [Moments.of(observed.assigned.filter(arm=place).select(columns).to_numpy()) for place in arms]
    if not all(moments.mean[1] > 0 for moments in of):
        return math.nan, math.nan, UNKNOWN
    control, arm = (score_interval(moments, wide) for moments in of)
    return control.value, arm.value, worse_by(control, arm)


def score_interval(of: Moments, wide: float) -> Estimate:
    """A share of users' counts (those that are so, all), ``wide`` standard errors to each side, however rare.

    The share p with the standard error e by users is worth n = p (1 - p) / e² answers; where e is 0, as many as users.
    """
    found = rates(of)
    share, error = float(found.value), float(found.error)
    if math.isinf(wide):
        return Estimate(share, -math.inf, math.inf)
    worth = share * (1 - share) / error**2 if error > 0 else float(of.count)
    low, high = wilson_interval(share * worth, worth, wide)
    return Estimate(share, min(share, low), max(share, high))


def _latency(observed: Observed, arms: tuple[int, int], wide: float) -> tuple[float, float, Estimate]:
    ends = []
    for place in arms:
        answers = observed.latencies.filter(arm=place)
        ends.append(quantile(answers["latency_ms"].to_numpy(), answers["user"].to_numpy(), QUANTILE, wide))
    return ends[0].value, ends[1].value, worse_by(*ends)


def quantile(values: NDArray[np.float64], users: NDArray[np.integer], share: float, wide: float = 1.96) -> Estimate:
    """A quantile of values (n,) of ``users`` (n,), who each have several: where the shares below it may truly lie.

    The share's standard error is a ratio of users' means by the delta method, and its ends are turned back into values
    (Deng, Knoblich, Lu 2018, section 4.2). It is no less than that of answers that come one by one, and an end beyond
    all answers is infinite.
    """
    if not len(values):
        return UNKNOWN
    ordered = np.sort(values)
    middle = float(np.quantile(ordered, share))
    _, dense = np.unique(users, return_inverse=True)
    below = np.bincount(dense, values <= middle)
    error = float(rates(Moments.of(np.stack([below, np.bincount(dense)], -1))).error)
    half = wide * max(error, math.sqrt(share * (1 - share) / len(values)))
    low = float(np.quantile(ordered, share - half)) if share > half else -math.inf
    return Estimate(middle, low, float(np.quantile(ordered, share + half)) if share + half < 1 else math.inf)


def worse_by(control: Estimate, arm: Estimate) -> Estimate:
    """The difference of two estimates whose intervals may be lopsided (MOVER: Zou, Donner 2008)."""
    value = arm.value - control.value
    return Estimate(
        value,
        value - math.hypot(arm.value - arm.low, control.high - control.value),
        value + math.hypot(arm.high - arm.value, control.value - control.low),
    )
