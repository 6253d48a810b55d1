"""Intervals that hold at every look: the asymptotic confidence sequence of Waudby-Smith and others (arXiv 2103.06476).

Theirs is, all t at once, for the mean of t observations with standard deviation s

    mean ± s sqrt(2 (t p² + 1) / (t² p²) ln(sqrt(t p² + 1) / a))

Here the observations are users, each with what they add to the difference of the arms by the delta method, so that
s / sqrt(t) is the standard error of the difference; it is multiplied by ``stretch``, where a fixed-horizon interval
would have the normal quantile 1.96.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def stretch(users: Floats | float, planned: float, alpha: float = 0.05) -> Floats:
    """How many standard errors wide, to each side, after ``users``, of both arms; tuned to be tight at ``planned``.

    Their equation for the parameter p that does so: p² = (-2 ln a + ln(-2 ln a + 1)) / planned.
    """
    tuned = -2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)
    ahead = np.asarray(users, np.float64) * tuned / planned
    return np.sqrt(2 * (ahead + 1) / ahead * np.log(np.sqrt(ahead + 1) / alpha))


def planned_stretch(alpha: float = 0.05) -> float:
    """The stretch just at the planned size, whatever that is: 3.03 for 0.05."""
    return float(stretch(1.0, 1.0, alpha))
