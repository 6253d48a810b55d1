"""Means with intervals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.metrics import measured_mean, measured_ratio
from goldenhour.metrics.measure import draws, interval

values = st.lists(st.floats(-100, 100) | st.just(math.nan), min_size=1, max_size=30)


@given(values)
def test_the_mean_is_of_what_is_known_and_lies_within_its_interval_and_their_range(numbers):
    known = [number for number in numbers if not math.isnan(number)]
    measured = measured_mean(np.array(numbers))
    assert measured.rows == len(known)
    if not known:
        assert math.isnan(measured.value)
        assert math.isnan(measured.low)
    else:
        assert measured.value == pytest.approx(sum(known) / len(known), abs=1e-9)
        assert min(known) - 1e-9 <= measured.low <= measured.high <= max(known) + 1e-9


def test_the_interval_is_that_of_the_normal_distribution_for_many_rows():
    random = np.random.default_rng(5)
    numbers = random.normal(3, 2, 2_000)
    measured = measured_mean(numbers)
    error = numbers.std() / math.sqrt(len(numbers))
    assert measured.low == pytest.approx(measured.value - 1.96 * error, abs=0.15 * error)
    assert measured.high == pytest.approx(measured.value + 1.96 * error, abs=0.15 * error)
    assert measured == measured_mean(numbers)
    assert measured != measured_mean(numbers, seed=1)


def test_a_ratio_weighs_rows_by_their_wholes():
    measured = measured_ratio(np.array([1.0, 9.0, 0.0]), np.array([1.0, 19.0, 0.0]))
    assert (measured.value, measured.rows) == (pytest.approx(0.5), 2)
    assert measured.low <= 0.5 <= measured.high


def test_nothing_has_no_mean():
    assert math.isnan(measured_mean(np.array([])).value)
    assert all(math.isnan(end) for end in interval(np.array([math.nan])))


def test_each_resample_has_as_many_rows():
    assert (draws(7).sum(axis=1) == 7).all()
