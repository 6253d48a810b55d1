"""Means and covariances of users' counts, and what follows from them: rates, ratios of rates, their standard errors.

Everything works on stacks, so that thousands of simulated experiments are one array. A user is a row of two counts
(projects completed, projects started), or of four: the same before the experiment. A rate is a ratio of means; its
standard error is by the delta method with users as the unit (Deng, Knoblich, Lu 2018, arXiv 1803.06336).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDING = 1e-9  # a spread below this share of what it could be is none


@dataclass(frozen=True)
class Moments:
    """Of users: ``count`` (...), ``mean`` (..., k), ``cov`` (..., k, k), unbiased; k is 2 or 4."""

    count: Floats
    mean: Floats
    cov: Floats

    @classmethod
    def of(cls, users: NDArray[np.generic]) -> Self:
        """Of ``users`` (..., n, k)."""
        values = users.astype(np.float64)
        count = values.shape[-2]
        mean = values.mean(-2)
        centred = values - mean[..., None, :]
        cov = np.swapaxes(centred, -1, -2) @ centred / max(count - 1, 1)
        return cls(np.full(mean.shape[:-1], float(count)), mean, cov)

    @classmethod
    def cumulated(cls, users: NDArray[np.generic], chosen: NDArray[np.bool_], looks: NDArray[np.intp]) -> Self:
        """At each look (L) of the ``chosen`` (..., n) of the first so many ``users`` (..., n, k): stacks (..., L)."""
        values = users.astype(np.float64) * chosen[..., None]
        upper = np.triu_indices(values.shape[-1])
        products = values[..., upper[0]] * values[..., upper[1]]
        count, total, squares = (
            np.cumsum(array, -2)[..., looks - 1, :] for array in (chosen[..., None] * 1.0, values, products)
        )
        mean = total / np.maximum(count, 1)
        cov = np.empty((*mean.shape, mean.shape[-1]))
        cov[..., upper[0], upper[1]] = squares - count * mean[..., upper[0]] * mean[..., upper[1]]
        cov[..., upper[1], upper[0]] = cov[..., upper[0], upper[1]]
        return cls(count[..., 0], mean, cov / np.maximum(count[..., None] - 1, 1))

    def __add__(self, other: Moments) -> Moments:
        """Of the users of both."""
        count = self.count + other.count
        gap = other.mean - self.mean
        mean = self.mean + gap * (other.count / count)[..., None]
        within = self.cov * (self.count - 1)[..., None, None] + other.cov * (other.count - 1)[..., None, None]
        between = gap[..., :, None] * gap[..., None, :] * (self.count * other.count / count)[..., None, None]
        return Moments(count, mean, (within + between) / (count - 1)[..., None, None])

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Moments:
        """Those of a stack that are chosen."""
        return Moments(self.count[chosen], self.mean[chosen], self.cov[chosen])


@dataclass(frozen=True)
class Rates:
    """Completed to started: ``value`` (...), 0 to 1, and ``error`` (...), its standard error."""

    value: Floats
    error: Floats


def rates(of: Moments) -> Rates:
    """The plain rates."""
    value, gradient = _rate(of.mean[..., :2])
    return Rates(value, np.sqrt(_variance(gradient, of.cov[..., :2, :2]) / of.count))


def history_tells(control: Moments, arm: Moments) -> NDArray[np.bool_]:
    """Whether history can foretell anything, for each pair of a stack (...): both arms have some, and it differs.

    Users who all completed the same share of their earlier projects have a history without a spread.
    """
    together = control + arm
    if together.mean.shape[-1] < 4:
        return np.zeros(together.count.shape, dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        value, gradient = _rate(together.mean[..., 2:])
        counts = together.cov[..., 2:, 2:]
        apart = (
            counts[..., 0, 0] + value**2 * counts[..., 1, 1]
        )  # what the spread would be if one did not go by the other
        spread = _variance(gradient, counts) * together.mean[..., 3] ** 2
        return np.asarray((control.mean[..., 3] > 0) & (arm.mean[..., 3] > 0) & (spread > ROUNDING * apart))


def adjusted_rates(control: Moments, arm: Moments) -> tuple[Rates, Rates]:
    """Both rates less what history foretold of them (CUPED: Deng, Xu, Kohavi, Walker 2013), where ``history_tells``.

    The coefficient and the mean of the history are of both arms together.
    """
    tells = history_tells(control, arm)
    if not tells.any():
        return rates(control), rates(arm)
    together = control + arm
    with np.errstate(divide="ignore", invalid="ignore"):
        now, before = _linear(together)
        theta = _covariance(now, before, together.cov) / _variance(before, together.cov)
        history = together.mean[..., 2] / together.mean[..., 3]
        return _adjusted(control, tells, theta, history), _adjusted(arm, tells, theta, history)


def _adjusted(of: Moments, tells: NDArray[np.bool_], theta: Floats, history: Floats) -> Rates:
    plain, (now, before) = rates(of), _linear(of)
    value = plain.value - theta * (of.mean[..., 2] / of.mean[..., 3] - history)
    error = np.sqrt(_variance(now - theta[..., None] * before, of.cov) / of.count)
    return Rates(np.where(tells, value, plain.value), np.where(tells, error, plain.error))


def _linear(of: Moments) -> tuple[Floats, Floats]:
    """The gradients of the rate now and of the rate before, by the four means: (..., 4) each."""
    now, before = _rate(of.mean[..., :2])[1], _rate(of.mean[..., 2:])[1]
    nothing = np.zeros_like(now)
    return np.concatenate([now, nothing], -1), np.concatenate([nothing, before], -1)


def _rate(mean: Floats) -> tuple[Floats, Floats]:
    """Ratio of two means (..., 2), and its gradient (..., 2)."""
    value = mean[..., 0] / mean[..., 1]
    return value, np.stack([1 / mean[..., 1], -value / mean[..., 1]], -1)


def _variance(gradient: Floats, cov: Floats) -> Floats:
    return _covariance(gradient, gradient, cov)


def _covariance(one: Floats, other: Floats, cov: Floats) -> Floats:
    return np.einsum("...i,...ij,...j->...", one, cov, other)
