"""Rates, ratios and their intervals, against numbers of gbstats, tea-tasting and the bootstrap."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from goldenhour.experiment.comparison import compare, difference, log_ratio
from goldenhour.experiment.moments import Moments, adjusted_rates, history_tells, rates
from goldenhour.experiment.sequence import planned_stretch, stretch


def from_sums(n, c, cc, s, ss, cs) -> Moments:
    """Of sums of completed, its squares, started, its squares, and their products."""
    mean = np.array([c, s]) / n
    products = np.array([[cc, cs], [cs, ss]])
    return Moments(np.array(float(n)), mean, (products - n * np.outer(mean, mean)) / (n - 1))


CONTROL = from_sums(10_000, 8_750, 16_250, 35_000, 152_000, 38_100)
ARM = from_sums(9_800, 8_280, 15_200, 34_350, 149_300, 36_200)


def test_rate_and_its_variance_are_those_of_gbstats():
    # gbstats 0.8.0, RatioStatistic(...).mean and .variance of the same sums
    for of, value, variance in ((CONTROL, 0.25, 0.05469934748576898), (ARM, 0.2410480349344978, 0.05335311051479426)):
        found = rates(of)
        assert float(found.value) == pytest.approx(value, rel=1e-12)
        assert float(found.error**2 * of.count) == pytest.approx(variance, rel=1e-12)


def test_the_difference_for_one_look_is_that_of_gbstats():
    # gbstats 0.8.0, TwoSidedTTest with difference_type "absolute"
    found = compare("arm", CONTROL, ARM, 40_000)
    assert found.difference.value == pytest.approx(-0.008951965065502193, rel=1e-12)
    assert found.difference.low == pytest.approx(-0.01542740381111381, rel=1e-9)
    assert found.difference.high == pytest.approx(-0.0024765263198905756, rel=1e-9)
    assert found.pvalue == pytest.approx(0.006739874731099826, rel=1e-6)


def test_the_ratio_is_that_of_gbstats_and_its_interval_nearly():
    # gbstats 0.8.0, difference_type "relative"; its interval is symmetric, ours that of the logarithm
    found = compare("arm", CONTROL, ARM, 40_000)
    assert found.ratio.value == pytest.approx(1 - 0.03580786026200877, rel=1e-12)
    assert found.ratio.low == pytest.approx(1 - 0.061249005246293356, abs=5e-4)
    assert found.ratio.high == pytest.approx(1 - 0.01036671527772419, abs=5e-4)


@pytest.mark.parametrize(
    ("alpha", "low", "high"),
    [
        # gbstats 0.8.0, SequentialTwoSidedTTest with sequential_tuning_parameter 40000, tuned as ours
        (0.05, -0.019143974699781637, 0.0012400445687772502),
        (0.01, -0.02089113054085582, 0.0029872004098514347),
    ],
)
def test_the_difference_at_any_time_is_that_of_gbstats(alpha, low, high):
    found = compare("arm", CONTROL, ARM, 40_000, alpha)
    assert found.anytime_difference.low == pytest.approx(low, rel=1e-9)
    assert found.anytime_difference.high == pytest.approx(high, rel=1e-9)


def test_an_interval_for_all_looks_is_wider_than_for_one_and_tight_where_it_is_tuned():
    assert planned_stretch() == pytest.approx(3.0352, abs=1e-4)
    users = np.array([100.0, 1_000, 10_000, 100_000, 1e7])
    for planned in (1_000.0, 10_000.0):
        wide = stretch(users, planned)
        assert np.all(wide > norm.ppf(0.975))
        others = [stretch(planned, other) for other in (planned / 20, planned / 4, planned * 4, planned * 20)]
        assert min(others) > float(stretch(planned, planned)) * 0.999
    assert np.all(np.diff(stretch(users, 1_000.0) / np.sqrt(users)) < 0)  # the interval narrows for ever


def simulated(random, users, effect=1.0, history=True):
    """Users with a bent of their own for completing, and 0 to 5 projects before."""
    bent = random.beta(2, 6, users)
    started = random.integers(1, 7, users)
    before = random.integers(0, 6, users)
    columns = [random.binomial(started, bent * effect), started, random.binomial(before, bent), before]
    return np.stack(columns[: 4 if history else 2], -1)


def test_cupeds_rates_and_errors_are_those_of_tea_tasting():
    from tea_tasting.metrics.mean import RatioOfMeans

    from goldenhour.experiment.comparison import COLUMNS, _aggregates

    random = np.random.default_rng(1)
    control, arm = (Moments.of(simulated(random, n, e)) for n, e in ((5_000, 1.0), (6_000, 0.95)))
    metric = RatioOfMeans(*COLUMNS, use_t=False, equal_var=False)
    theirs = metric.analyze_aggregates(_aggregates(control, COLUMNS), _aggregates(arm, COLUMNS))
    base, other = adjusted_rates(control, arm)
    ours = difference(base, other, norm.ppf(0.975))
    assert (float(base.value), float(other.value)) == pytest.approx((theirs.control, theirs.treatment), rel=1e-12)
    assert (ours.low, ours.high) == pytest.approx((theirs.effect_size_ci_lower, theirs.effect_size_ci_upper), rel=1e-9)
    ratio = log_ratio(base, other, norm.ppf(0.975))
    assert ratio.low == pytest.approx(1 + theirs.rel_effect_size_ci_lower, rel=1e-9)


def test_standard_errors_are_those_of_the_bootstrap_over_users():
    random = np.random.default_rng(2)
    users = simulated(random, 2_000, history=False)
    again = users[random.integers(len(users), size=(2_000, len(users)))].sum(1)
    assert float(rates(Moments.of(users)).error) == pytest.approx(float((again[:, 0] / again[:, 1]).std()), rel=0.05)


def test_history_narrows_the_intervals_and_does_not_bend_them():
    random = np.random.default_rng(3)
    control, arm = (Moments.of(simulated(random, 4_000)) for _ in range(2))
    found = compare("arm", control, arm, 8_000)
    assert 0.05 < found.spared < 0.8
    assert found.ratio.high - found.ratio.low < found.plain_ratio.high - found.plain_ratio.low
    expected = 1 - (found.ratio.high - found.ratio.low) ** 2 / (found.plain_ratio.high - found.plain_ratio.low) ** 2
    assert found.spared == pytest.approx(expected, abs=0.02)


def test_without_history_nothing_is_adjusted():
    random = np.random.default_rng(4)
    control, arm = (simulated(random, 500) for _ in range(2))
    control[:, 2:], arm[:, 2:] = 0, 0
    found = compare("arm", Moments.of(control), Moments.of(arm), 1_000)
    assert found.spared == 0
    assert found.ratio == found.plain_ratio


def test_history_that_foretells_nothing_is_left_out():
    """One user with history, all of it in one arm, or everybody's the same: that has no spread, or is 0 / 0."""
    random = np.random.default_rng(5)
    for earlier in ([(0, [1, 1])], [(0, [1, 2]), (1, [0, 1])], [(place, [1, 2]) for place in range(100)]):
        control, arm = (simulated(random, 500) for _ in range(2))
        control[:, 2:], arm[:, 2:] = 0, 0
        for place, counts in earlier:
            control[place, 2:] = counts
            if len(earlier) == 100:
                arm[place, 2:] = counts
        found = compare("arm", Moments.of(control), Moments.of(arm), 1_000)
        assert found.spared == 0
        assert found.ratio == found.plain_ratio
        assert math.isfinite(found.anytime_ratio.high)


def test_a_stack_uses_history_where_there_is_some():
    random = np.random.default_rng(6)
    users, chosen = simulated(random, 1_000), np.arange(1_000) % 2 == 0
    users[:300, 2:] = 0
    looks = np.array([200, 1_000])
    control, arm = (Moments.cumulated(users, of, looks) for of in (~chosen, chosen))
    assert history_tells(control, arm).tolist() == [False, True]
    base, _ = adjusted_rates(control, arm)
    plain = rates(control)
    assert base.value[0] == plain.value[0]
    assert base.error[1] < plain.error[1]


@pytest.mark.parametrize("completed", [0, 1])
def test_an_arm_where_nothing_or_everything_was_completed_is_compared_with_two_users_more(completed):
    alike = np.full((1_000, 2), [completed, 1])
    found = compare("arm", ARM, Moments.of(alike), 1_000)
    assert found.ratio.value == pytest.approx((1 + 1_000 * completed) / 1_002 / 0.241, rel=2e-3)
    assert (found.anytime_ratio.high < 1) if completed == 0 else (found.anytime_ratio.low > 1)
    few = compare("arm", Moments.of(alike[:3]), Moments.of(alike[:2]), 1_000)
    assert few.anytime_ratio.low < 0.1
    assert few.anytime_ratio.high > 10


def test_an_arm_without_projects_is_unknown():
    found = compare("arm", Moments.of(np.zeros((100, 2))), ARM, 1_000)
    assert math.isnan(found.ratio.value)
    assert math.isnan(found.anytime_ratio.low)


def test_moments_of_parts_are_those_of_the_whole():
    random = np.random.default_rng(5)
    users = simulated(random, 1_000)
    whole, parts = Moments.of(users), Moments.of(users[:300]) + Moments.of(users[300:])
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(parts.cov, whole.cov, rtol=1e-10)


def test_moments_at_each_look_are_those_of_the_users_until_then():
    random = np.random.default_rng(6)
    users, chosen = simulated(random, 600), random.random(600) < 0.5
    looks = np.array([50, 333, 600])
    at = Moments.cumulated(users, chosen, looks)
    for place, look in enumerate(looks):
        then = Moments.of(users[:look][chosen[:look]])
        assert at.count[place] == then.count
        np.testing.assert_allclose(at.mean[place], then.mean, rtol=1e-12)
        np.testing.assert_allclose(at.cov[place], then.cov, rtol=1e-9, atol=1e-12)
