"""Intervals of shares, against published ones."""

import pytest

from goldenhour.experiment.wilson import wilson_interval


def test_wilsons_interval_is_that_of_published_tables():
    # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3
    for successes, trials, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)
    assert all(
        wilson_interval(n, n, z)[1] == 1 == 1 - wilson_interval(0, n, z)[0] for n in range(99) for z in (1.0, 3.7)
    )
