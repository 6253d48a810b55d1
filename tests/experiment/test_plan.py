"""How many users, how long."""

from datetime import timedelta
from statistics import NormalDist

import numpy as np
import pytest
from traffic import START, project

from goldenhour.experiment.definition import ExperimentError
from goldenhour.experiment.plan import Traffic, assumed, every_look, one_look, traffic, users_needed

DAY = timedelta(days=1)


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.7])
@pytest.mark.parametrize("ratio", [0.96, 0.98, 1.03])
def test_users_of_one_project_are_as_many_as_two_proportions_take(rate, ratio):
    # Fleiss, Levin, Paik 2003, "Statistical Methods for Rates and Proportions", equation 4.14
    normal = NormalDist()
    other, middle = rate * ratio, rate * (1 + ratio) / 2
    spread = normal.inv_cdf(0.975) * (2 * middle * (1 - middle)) ** 0.5
    spread += normal.inv_cdf(0.8) * (rate * (1 - rate) + other * (1 - other)) ** 0.5
    expected = (spread / (rate - other)) ** 2
    assert users_needed(assumed(rate, 1, 1).spread, ratio, 1) == pytest.approx(expected, rel=0.07)


def test_the_papers_ratios_take_so_many_users():
    # by hand: 25 % of 3.5 projects a user, V = 0.75 / (0.25 * 3.5) = 6 / 7; (1.96 + 0.8416)² * V = 6.7276
    spread = assumed(0.25, 3.5, 1).spread
    assert spread == pytest.approx(6 / 7)
    assert users_needed(spread, 0.961, 1) == pytest.approx(6.7276 * (1 + 1 / 0.961) / np.log(0.961) ** 2, rel=1e-3)
    assert users_needed(spread, 0.99, 1) == pytest.approx(6.7276 * (1 + 1 / 0.99) / np.log(0.99) ** 2, rel=1e-3)


def test_the_margin_is_approached_from_above():
    assert users_needed(1.0, 1.0, 0.97) == pytest.approx(users_needed(1.0, 0.97, 1.0) * 2 / (1 + 1 / 0.97), rel=1e-3)
    assert users_needed(1.0, 1.0, 0.97, power=0.9) > users_needed(1.0, 1.0, 0.97)
    factor = (every_look() + 0.8416) ** 2 / (one_look() + 0.8416) ** 2
    assert users_needed(1.0, 1.0, 0.97, stretch=every_look()) / users_needed(1.0, 1.0, 0.97) == pytest.approx(
        factor, rel=1e-3
    )


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (lambda: users_needed(1, 1, 1), "no number of users tells a ratio of 1 from 1"),
        (lambda: users_needed(1, 0, 1), "name two different ones above 0"),
        (lambda: users_needed(1, 0.9, 1, power=1), "power is 1; it must be a chance between 0 and 1"),
        (lambda: users_needed(1, float("nan"), 1), "name two different ones above 0"),
        (lambda: users_needed(1, 1, float("inf")), "name two different ones above 0"),
        (lambda: assumed(0.5, 3, float("inf")), "a user has 1 project or more"),
        (lambda: assumed(0.5, float("nan"), 3), "a user has 1 project or more"),
        (lambda: assumed(0, 3, 100), "the completion rate is 0; it must be between 0 and 1"),
        (lambda: assumed(0.5, 0.5, 100), "a user has 1 project or more"),
    ],
)
def test_what_cannot_be_planned_is_one_sentence(what, sentence):
    with pytest.raises(ExperimentError, match=sentence):
        what()


def test_traffic_is_that_of_the_stores_last_days(store):
    old = [project(f"old{i}", None, START - 60 * DAY) for i in range(50)]
    # on each of twenty days ten new users, of whom half come again the day after and complete that project
    new = [project(f"u{d}-{i}", None, START + d * DAY) for d in range(20) for i in range(10)]
    again = [project(f"u{d}-{i}", None, START + (d + 1) * DAY, export=True) for d in range(19) for i in range(5)]
    store.write(event for events in (*old, *new, *again) for event in events)
    with store.reading() as connection:
        found = traffic(connection)
    assert found.projects_per_user == pytest.approx(295 / 200)
    assert found.rate == pytest.approx(95 / 295)
    assert found.users_by_day[-1] == 200
    assert found.days(100) == pytest.approx(10, abs=1)
    assert found.days(400) == pytest.approx(40, abs=1)


def test_days_follow_the_curve_of_new_users():
    found = Traffic(0.25, 1, 1, np.array([100.0, 150, 180, 200]))
    assert [found.days(users) for users in (50, 100, 125, 200)] == [0.5, 1, 1.5, 4]
    assert found.days(300) == pytest.approx(4 + 100 / 25)
    assert Traffic(0.25, 1, 1, np.array([100.0, 100, 100])).days(101) == float("inf")


def test_a_store_without_traffic_is_one_sentence(store):
    with store.reading() as connection, pytest.raises(ExperimentError, match="no projects to plan by; give --rate"):
        traffic(connection)
    store.write(project("jane", None))
    with (
        store.reading() as connection,
        pytest.raises(ExperimentError, match="no project of the last days was completed"),
    ):
        traffic(connection)


def test_clocks_that_are_ahead_and_simulated_projects_do_not_plan(store):
    simulated = [project(f"s{i}", None, START + i * DAY, export=i % 2 == 0, simulated=True) for i in range(20)]
    store.write(event for events in simulated for event in events)
    with store.reading() as connection:
        assert traffic(connection).simulated
    people = [project(f"p{i}", None, START + i * DAY, export=i % 4 == 0) for i in range(20)]
    store.write(event for events in (*people, project("ahead", None, START + 9_000 * DAY)) for event in events)
    with store.reading() as connection:
        found = traffic(connection)
    assert (found.rate, found.simulated, found.users_by_day[-1]) == (0.25, False, 20)
