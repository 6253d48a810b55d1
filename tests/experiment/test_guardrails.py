"""Guardrails: how much worse, how sure."""

import numpy as np
import pytest
from test_observed import OTHER, observed
from traffic import MINUTE, START, define, project

from goldenhour.experiment.comparison import Estimate
from goldenhour.experiment.guardrails import Guardrail, guardrails, quantile, score_interval, worse_by
from goldenhour.experiment.moments import Moments


def rail(low, high, tolerated):
    return Guardrail("fallbacks", "student", 0.1, 0.1, Estimate((low + high) / 2, low, high), tolerated)


@pytest.mark.parametrize(
    ("low", "high", "tolerated", "state"),
    [
        (-0.01, 0.01, None, "watched"),
        (-0.01, 0.01, 0.01, "kept"),
        (-0.01, 0.02, 0.01, "open"),
        (0.011, 0.02, 0.01, "broken"),
        (float("nan"), float("nan"), 0.01, "open"),
    ],
)
def test_a_guardrail_is_kept_or_broken_only_when_that_is_sure(low, high, tolerated, state):
    assert rail(low, high, tolerated).state == state


def test_the_interval_of_a_quantile_covers_it_although_users_differ():
    random = np.random.default_rng(0)
    truth = np.quantile(latencies(random, 400_000)[0], 0.95)
    covered = 0
    for _ in range(300):
        found = quantile(*latencies(random, 400), 0.95)
        covered += found.low <= truth <= found.high
    assert covered / 300 == pytest.approx(0.95, abs=0.035)


def latencies(random, users):
    """Several answers of each user, whose own machine is fast or slow."""
    answers = 1 + random.poisson(4, users)
    who = np.repeat(np.arange(users), answers)
    return np.exp(random.normal(0, 0.5, users)[who] + random.normal(2, 0.3, len(who))), who


def test_differences_of_lopsided_intervals_stay_lopsided():
    # Zou and Donner 2008, equation (2): L = d - sqrt((p1 - l1)² + (u2 - p2)²)
    found = worse_by(Estimate(10, 9, 13), Estimate(14, 12, 15))
    assert (found.value, found.low, found.high) == pytest.approx((4, 4 - 13**0.5, 4 + 2**0.5))


def test_guardrails_of_an_arm_are_beside_those_of_the_control(store):
    experiment = define(guardrails={"fallbacks": 0.0, "latency_p95": 100})
    slow = {"latency_ms": 900.0, "fallback": True, "repaired": True, "edit": True}
    events = [project(f"s{i}", "student", START + i * MINUTE, **(slow if i % 2 else {})) for i in range(400)]
    events += [project(f"t{i}", "teacher", START + i * MINUTE, repaired=i % 2 == 0) for i in range(400)]
    found = {rail.name: rail for rail in guardrails(observed(store, *events, OTHER, experiment=experiment), experiment)}
    assert (found["fallbacks"].control_value, found["fallbacks"].state) == (0, "broken")
    assert found["fallbacks"].value == pytest.approx(0.5, abs=0.01)
    assert (found["latency_p95"].control_value, found["latency_p95"].value) == (5.0, 900.0)
    assert found["latency_p95"].state == "broken"
    assert found["invalid_answers"].worse_by.value == pytest.approx(0, abs=0.01)
    assert found["edits_by_hand"].worse_by.low > 0.3
    assert found["edits_by_hand"].state == "watched"


@pytest.mark.parametrize(("users", "state"), [(50, "open"), (150, "open"), (3_000, "kept")])
def test_nothing_is_certain_of_a_few_users_however_alike_they_are(store, users, state):
    experiment = define(guardrails={"fallbacks": 0.01, "latency_p95": 50})
    events = [project(f"{arm}{i}", arm, START + i * MINUTE) for i in range(users) for arm in ("teacher", "student")]
    found = {rail.name: rail for rail in guardrails(observed(store, *events, experiment=experiment), experiment)}
    assert found["fallbacks"].state == state
    assert found["latency_p95"].state == ("kept" if users == 3_000 else "open")


def test_the_interval_of_a_share_is_wilsons():
    # Wilson's interval of 0 and of 5 in 100, z = 1.96: statsmodels 0.14, proportion_confint(count, 100, 0.05, "wilson")
    nothing = score_interval(Moments.of(np.stack([np.zeros(100), np.ones(100)], -1)), 1.959964)
    assert (nothing.low, nothing.high) == pytest.approx((0, 0.0369935), abs=1e-6)
    some = score_interval(Moments.of(np.stack([np.arange(100) < 5, np.ones(100)], -1)), 1.959964)
    assert (some.low, some.high) == pytest.approx((0.0215436, 0.1117505), abs=1e-3)


def test_an_end_beyond_all_latencies_is_infinite():
    found = quantile(np.arange(40.0), np.arange(40), 0.95)
    assert found.high == float("inf")
    assert found.low < found.value
