"""What must not get worse while completion is looked at: slow, invalid, borrowed and mended answers.

The intervals are anytime-valid like the primary metric's, since guardrails are watched every day.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from goldenhour.experiment.comparison import ALPHA, UNKNOWN, Estimate, difference
from goldenhour.experiment.definition import GUARDRAILS, Experiment
from goldenhour.experiment.moments import Moments, rates
from goldenhour.experiment.observed import Observed
from goldenhour.experiment.sequence import stretch

State = Literal["kept", "open", "broken", "watched"]
LATENCY, QUANTILE = "latency_p95", 0.95
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
    places = {arm.name: place for place, arm in enumerate(experiment.arms)}
    alpha = ALPHA / len(experiment.others)
    for arm in experiment.others:
        two = (places[experiment.control], places[arm])
        users = sum(int((observed.assigned["arm"] == place).sum()) for place in two)
        wide = float(stretch(users, 2 * experiment.planned_users, alpha))
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
    control, arm = map(rates, of)
    return float(control.value), float(arm.value), difference(control, arm, wide)


def _latency(observed: Observed, arms: tuple[int, int], wide: float) -> tuple[float, float, Estimate]:
    ends = []
    for place in arms:
        answers = observed.latencies.filter(arm=place)
        ends.append(quantile(answers["latency_ms"].to_numpy(), answers["user"].to_numpy(), QUANTILE, wide))
    return ends[0].value, ends[1].value, worse_by(*ends)


def quantile(values: NDArray[np.float64], users: NDArray[np.integer], share: float, wide: float = 1.96) -> Estimate:
    """A quantile of values (n,) of ``users`` (n,), who each have several: where the shares below it may truly lie.

    The share's standard error is a ratio of users' means by the delta method, and its ends are turned back into values
    (Deng, Knoblich, Lu 2018, section 4.2).
    """
    if not len(values):
        return UNKNOWN
    ordered = np.sort(values)
    middle = float(np.quantile(ordered, share))
    _, dense = np.unique(users, return_inverse=True)
    below = np.bincount(dense, values <= middle)
    error = float(rates(Moments.of(np.stack([below, np.bincount(dense)], -1))).error)
    low, high = (float(np.quantile(ordered, min(max(share + side * wide * error, 0), 1))) for side in (-1, 1))
    return Estimate(middle, low, high)


def worse_by(control: Estimate, arm: Estimate) -> Estimate:
    """The difference of two estimates whose intervals may be lopsided (MOVER: Zou, Donner 2008)."""
    value = arm.value - control.value
    return Estimate(
        value,
        value - math.hypot(arm.value - arm.low, control.high - control.value),
        value + math.hypot(arm.high - arm.value, control.value - control.low),
    )
