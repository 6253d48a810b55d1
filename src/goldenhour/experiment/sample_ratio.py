"""Whether users came to the arms as the weights say; where they did not, nothing else can be believed.

Pearson's chi-squared test against the configured weights, period by period where they changed: a user counts in the
period in which an arm first answered them (Fabijan et al. 2019, "Diagnosing sample ratio mismatch in online controlled
experiments"). The test is approximate, so a period counts once 5 users are expected in each of its arms (Cochran 1954).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from goldenhour.events.event import to_milliseconds
from goldenhour.tools.extras import needs

BLOCKS_BELOW = 1e-3  # the p-value
FEWEST = 5  # users expected


@dataclass(frozen=True)
class SampleRatio:
    """Users of each arm, how many were expected, and how likely that is; it blocks the verdict below 0.001."""

    users: dict[str, int]
    expected: dict[str, float]
    pvalue: float

    @property
    def blocks(self) -> bool:
        """Whether no verdict may be given."""
        return self.pvalue < BLOCKS_BELOW


def check_sample_ratio(
    arms: NDArray[np.integer], exposed_at: NDArray[np.int64], weights: Sequence[tuple[datetime, dict[str, float]]]
) -> SampleRatio:
    """Check users by their ``arms`` (n,), places in the weights, and when they were first answered (n,), in ms.

    ``weights`` are those that there were, each with the time since when, the first also for all before.
    """
    names = list(weights[0][1])
    begins = np.array([to_milliseconds(since) for since, _ in weights[1:]], np.int64)
    periods = np.searchsorted(begins, exposed_at, side="right")
    users = np.zeros((len(weights), len(names)))
    np.add.at(users, (periods, arms), 1)
    shares = np.array([[of_arm[name] for name in names] for _, of_arm in weights])
    expected = users.sum(1, keepdims=True) * shares
    return SampleRatio(
        dict(zip(names, users.sum(0).astype(int).tolist(), strict=True)),
        dict(zip(names, expected.sum(0).tolist(), strict=True)),
        float(mismatch(users, expected)),
    )


def mismatch(users: NDArray[np.floating], expected: NDArray[np.floating]) -> NDArray[np.float64]:
    """The p-value of users (..., periods, arms) where so many were expected; periods of too few do not count."""
    with needs("experiments"):
        from scipy.stats import chi2  # noqa: PLC0415 - slow to import

    used = expected.min(-1) >= FEWEST
    terms = np.where(used[..., None], (users - expected) ** 2 / np.where(expected > 0, expected, 1), 0.0)
    freedom = used.sum(-1) * (users.shape[-1] - 1)
    return np.asarray(chi2.sf(terms.sum((-1, -2)), np.maximum(freedom, 1)), np.float64)
