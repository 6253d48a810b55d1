"""The interval of a share that holds however few were seen, and however rare it is.

E. B. Wilson 1927, "Probable inference, the law of succession, and statistical inference".
"""

from __future__ import annotations

import math
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)


def wilson_interval(successes: float, trials: float, z: float = Z) -> tuple[float, float]:
    """The ends of the share of ``successes``, each 0..1, ``z`` standard errors to each side; (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share, weight = successes / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    # the ends that are whole stay so, whatever rounding does
    return 0.0 if not successes else middle - half, 1.0 if successes == trials else middle + half
