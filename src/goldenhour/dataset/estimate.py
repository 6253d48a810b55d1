"""Which of several answers is exported most often, when some were shown a thousand times and some once.

Each estimator gives a score per answer from how often it was shown and how often exported with it; the best has the
highest. Where few were shown, ``share`` believes luck, ``wilson`` and ``shrinkage`` do not.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Estimator = Literal["shrinkage", "wilson", "max"]
ESTIMATORS: tuple[Estimator, ...] = get_args(Estimator)

Counts = NDArray[np.int64]
Scores = NDArray[np.float64]

_Z = 1.96  # 95 %, two-sided


def score(estimator: Estimator, shown: Counts, exported: Counts) -> Scores:
    """The score of each answer; 0 <= exported <= shown, shown > 0, same shapes.

    ``max`` is the paper's plain export rate. ``wilson`` is the lower end of its 95 % interval (Wilson 1927).
    ``shrinkage`` is the posterior mean under a beta prior fitted to all answers given (`beta_prior`).
    """
    rate = exported / shown
    if estimator == "max":
        return rate
    if estimator == "wilson":
        square = _Z * _Z / shown
        margin = _Z * np.sqrt(rate * (1 - rate) / shown + square / (4 * shown))
        return (rate + square / 2 - margin) / (1 + square)
    successes, failures = beta_prior(shown, exported)
    return (exported + successes) / (shown + successes + failures)


def beta_prior(shown: Counts, exported: Counts) -> tuple[float, float]:
    """The beta distribution of export rates over answers: its two parameters, by moments (Kleinman 1973).

    The observed variance between answers is what chance alone would make of one common rate, plus what they truly
    differ by. Where they do not seem to differ, the prior is as strong as all observations together.
    """
    total = float(shown.sum())
    mean = float(exported.sum()) / total if total else 0.5
    mean = min(max(mean, 0.5 / (total + 1)), 1 - 0.5 / (total + 1))
    weights = shown / total
    between = float(weights @ (exported / shown - mean) ** 2)
    # expectation of `between`: mean (1 - mean) (chance + rho (1 - sum of squares - chance)), rho the intraclass share
    chance = float((weights * (1 - weights) / shown).sum())
    room = 1 - float(weights @ weights) - chance
    rho = (between / (mean * (1 - mean)) - chance) / room if room > 0 else 0.0
    strength = 1 / max(rho, 1 / (total + 1)) - 1
    strength = max(strength, 1e-3)
    return mean * strength, (1 - mean) * strength
