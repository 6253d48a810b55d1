"""Whether users came to the arms as the weights say."""

from datetime import timedelta

import numpy as np
import pytest
from traffic import START

from goldenhour.events.event import to_milliseconds
from goldenhour.experiment.sample_ratio import check_sample_ratio

DAY = timedelta(days=1)
HALVES = {"teacher": 0.5, "student": 0.5}


def check(counts, weights):
    """``counts``: of each day of an experiment, how many users came to each arm."""
    arms = np.concatenate([np.repeat(np.arange(len(of_day)), of_day) for of_day in counts])
    times = np.repeat([to_milliseconds(START + day * DAY) + 1 for day in range(len(counts))], [sum(c) for c in counts])
    return check_sample_ratio(arms, times, weights)


@pytest.mark.parametrize(
    ("counts", "weights", "pvalue"),
    [
        # gbstats 0.8.0, check_srm
        ((10_200, 9_800), {"teacher": 0.5, "student": 0.5}, 0.004677734981047276),
        ((10_000, 9_800, 5_300), {"a": 0.4, "b": 0.4, "c": 0.2}, 2.1296408562519757e-05),
        # Fabijan et al. 2019, the example of the introduction: 821,588 and 815,482 users of equal shares
        ((821_588, 815_482), {"teacher": 0.5, "student": 0.5}, 1.8e-6),
    ],
)
def test_the_p_value_is_that_of_others(counts, weights, pvalue):
    found = check([counts], [(START, weights)])
    assert found.pvalue == pytest.approx(pvalue, rel=0.05)
    assert found.blocks == (pvalue < 1e-3)
    assert list(found.users.values()) == list(counts)


def test_users_count_by_the_weights_at_their_first_answer():
    weights = [(START, HALVES), (START + DAY, {"teacher": 0.9, "student": 0.1})]
    right = check([(5_010, 4_990), (9_010, 990)], weights)
    assert not right.blocks
    assert right.expected == pytest.approx({"teacher": 14_000, "student": 6_000})
    wrong = check([(5_010, 4_990), (5_010, 4_990)], weights)
    assert wrong.blocks


def test_users_before_the_first_weights_were_kept_count_by_them():
    found = check([(500, 500)], [(START + 9 * DAY, HALVES)])
    assert found.expected == {"teacher": 500.0, "student": 500.0}


def test_a_period_without_users_does_not_count():
    weights = [(START - DAY, {"teacher": 0.1, "student": 0.9}), (START, HALVES)]
    assert check([(530, 470)], weights).pvalue == pytest.approx(check([(530, 470)], weights[1:]).pvalue)


def test_where_few_are_expected_nothing_is_said():
    assert check([(0, 4)], [(START, {"teacher": 0.99, "student": 0.01})]).pvalue == 1
    assert check([(0, 900)], [(START, {"teacher": 0.99, "student": 0.01})]).blocks
