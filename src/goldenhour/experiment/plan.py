"""How many users an experiment needs, and how long that takes at the traffic of a store.

The logarithm of the ratio of two completion rates is about normal with variance V / n of the control, where V is the
squared coefficient of variation of a user's contribution to the rate, from the store or by assumption, and V / (r n) of
an arm that completes r times as many. To see with ``power`` that a true ratio r is not the tested ratio q, each needs

    n = (stretch + z_power)² (V + V / r) / (ln r - ln q)²

with the normal quantile 1.96 as stretch for one look at the end (for two arms), 3.03 for looking every day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from goldenhour.events import schema
from goldenhour.events.event import from_milliseconds, to_milliseconds
from goldenhour.experiment.comparison import ALPHA
from goldenhour.experiment.definition import ExperimentError
from goldenhour.experiment.moments import Moments, rates
from goldenhour.experiment.sequence import planned_stretch

POWER = 0.8
CLOCKS_DIFFER = timedelta(minutes=5)  # by so much clients may be ahead of this clock
WINDOW = timedelta(days=28)
MOST_USERS = 10**12  # that is reckoned with
LONGEST = 3 * 365.0  # days; what takes longer is said to take longer


@dataclass(frozen=True)
class Traffic:
    """Users as they come: ``rate`` of completion, ``spread``: V above, and how many are seen in so many days.

    ``users_by_day`` (d,): how many different users were seen up to the end of each day, the first day being 1.
    ``simulated``: no people were seen, so they are not people.
    """

    rate: float
    projects_per_user: float
    spread: float
    users_by_day: NDArray[np.float64]
    simulated: bool = False

    def days(self, users: float) -> float:
        """How many days until so many users were seen; after the days known, as fast as in their last half."""
        known = self.users_by_day
        if not len(known) or known[-1] <= 0:
            return math.inf
        if users <= known[-1]:
            place = int(np.searchsorted(known, users))
            before = known[place - 1] if place else 0.0
            return place + (users - before) / (known[place] - before)
        half = len(known) // 2
        a_day = (known[-1] - (known[half - 1] if half else 0.0)) / (len(known) - half)
        return len(known) + (users - known[-1]) / a_day if a_day > 0 else math.inf


def users_needed(
    spread: float, true_ratio: float, tested_ratio: float, power: float = POWER, *, stretch: float | None = None
) -> int:
    """Users of each arm to see that a true ratio of completion rates is not the tested one.

    ``stretch`` is that of the interval; the default is for one look at the end. Raises ExperimentError.
    """
    if not 0 < power < 1:
        raise ExperimentError(f"power is {power:g}; it must be a chance between 0 and 1, such as 0.8")
    named = all(0 < ratio < math.inf for ratio in (true_ratio, tested_ratio))
    if not named or math.isclose(true_ratio, tested_ratio):
        raise ExperimentError(
            f"no number of users tells a ratio of {true_ratio:g} from {tested_ratio:g}; name two different ones above 0"
        )
    wide = one_look() if stretch is None else stretch
    effect = math.log(true_ratio) - math.log(tested_ratio)
    both = spread + spread / true_ratio
    users = (wide + NormalDist().inv_cdf(power)) ** 2 * both / effect**2
    return math.ceil(min(users, MOST_USERS))


def one_look(alpha: float = ALPHA) -> float:
    """The stretch of an interval that is looked at once."""
    return NormalDist().inv_cdf(1 - alpha / 2)


def every_look(alpha: float = ALPHA) -> float:
    """The stretch, at the planned size, of an interval that may be looked at every day."""
    return planned_stretch(alpha)


def spread_of(users: Moments) -> float:
    """V of the users of one rate."""
    found = rates(users)
    return float(users.count * (found.error / found.value) ** 2)


def assumed(rate: float, projects_per_user: float, users_a_day: float) -> Traffic:
    """Traffic without a store: users with so many projects, each completed with the same chance, whoever it is."""
    if not 0 < rate < 1:
        raise ExperimentError(f"the completion rate is {rate:g}; it must be between 0 and 1, such as 0.25")
    if not (1 <= projects_per_user <= MOST_USERS and 0 < users_a_day <= MOST_USERS):
        raise ExperimentError("a user has 1 project or more, and a day has users; give --projects and --users-a-day so")
    return Traffic(rate, projects_per_user, (1 - rate) / (rate * projects_per_user), users_a_day * np.arange(1.0, 29.0))


def traffic(connection: Connection, window: timedelta = WINDOW, now: datetime | None = None) -> Traffic:
    """The traffic of a store in the last days that it has; raises ExperimentError where there is none.

    What clocks that are ahead say is left out, and so are simulated projects wherever there are others.
    """
    projects, exports = schema.projects, schema.exports
    latest = to_milliseconds((now or datetime.now(UTC)) + CLOCKS_DIFFER)
    newest = select(func.max(projects.c.started_at)).where(projects.c.started_at <= latest)
    last, simulated = connection.scalar(newest.where(~projects.c.simulated)), False
    if last is None:
        last, simulated = connection.scalar(newest), True
    if last is None:
        raise ExperimentError("the store has no projects to plan by; give --rate, --projects and --users-a-day instead")
    begin = to_milliseconds(from_milliseconds(last) - window)
    completed = projects.c.id.in_(select(exports.c.project_id))
    rows = connection.execute(
        select(func.min(projects.c.started_at), func.count(), func.count().filter(completed))
        .where(projects.c.started_at > begin, projects.c.started_at <= latest, projects.c.simulated == simulated)
        .group_by(projects.c.user_id)
    ).all()
    first, started, done = np.array([tuple(row) for row in rows], np.int64).T
    users = Moments.of(np.stack([done, started], -1))
    if not (users.mean[0] > 0 and rates(users).error > 0):
        raise ExperimentError("no project of the last days was completed, or every one was; give --rate and --projects")
    days = (first - first.min()) // 86_400_000
    by_day = np.cumsum(np.bincount(days)).astype(np.float64)
    return Traffic(float(rates(users).value), float(users.mean[1]), spread_of(users), by_day, simulated)
