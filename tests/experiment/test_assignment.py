"""Assignment: sticky, uniform, independent between experiments, and nobody moves who need not."""

import hashlib
import math
import time
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare

from goldenhour.experiment.assignment import assign, assign_many
from goldenhour.experiment.definition import ExperimentError, read_experiment

USERS = [f"user {number}" for number in range(40_000)]


def experiment(*weights, name="ab"):
    arms = [{"name": chr(97 + i), "weight": weight, "teacher": None} for i, weight in enumerate(weights)]
    return read_experiment({"name": name, "arms": arms, "start": "2026-03-01"})


def by_the_docs(name, arms, user):
    """docs/experiments.md's formula in plain Python: what another system would write."""
    key = hashlib.sha256(b"goldenhour experiment " + name.encode()).digest()

    def number(text):
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8, key=key).digest(), "little")

    def mix(x):
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        x = (x ^ x >> 27) * 0x94D049BB133111EB % 2**64
        return x ^ x >> 31

    scores = {
        arm: -weight / math.log((mix(number(user) ^ number(arm)) >> 12) / 2**52 + 2**-53)
        for arm, weight in arms.items()
    }
    return max(scores, key=scores.get)


@pytest.mark.parametrize("weights", [(50, 50), (90, 10), (1, 1, 98), (0.25, 0.25, 0.25, 0.25)])
def test_shares_are_the_weights(weights):
    counts = np.bincount(assign_many(experiment(*weights), USERS), minlength=len(weights))
    expected = np.array(weights) / sum(weights) * len(USERS)
    assert chisquare(counts, expected).pvalue > 1e-4


def test_every_slice_of_similar_names_is_shared_alike():
    places = assign_many(experiment(50, 50), USERS).reshape(400, 100)
    spread = ((places.sum(1) - 50) ** 2 / 25).sum()  # chi² with 400 degrees of freedom
    assert 300 < spread < 515


def test_experiments_are_independent_of_each_other():
    one = assign_many(experiment(50, 50, name="one"), USERS)
    other = assign_many(experiment(50, 50, name="two"), USERS)
    table = np.bincount(2 * one + other, minlength=4).reshape(2, 2)
    assert chi2_contingency(table).pvalue > 1e-4


def test_one_user_and_many_are_assigned_alike_and_as_the_page_says():
    weights = {"a": 0.6, "b": 0.3, "c": 0.1}
    chosen = experiment(*weights.values(), name="Zoë 7".replace("ë", "e"))
    users = [*USERS[:300], "jane@example.org", "für Elise", "金色"]
    many = [chosen.arms[place].name for place in assign_many(chosen, users)]
    assert many == [assign(chosen, user).name for user in users]
    assert many == [by_the_docs(chosen.name, weights, user) for user in users]


def test_a_user_is_the_same_however_the_name_is_encoded():
    chosen = experiment(50, 50)
    assert all(assign(chosen, f" Rene\u0301{i} ") == assign(chosen, f"Ren\u00e9{i}") for i in range(50))


def test_assignment_never_changes_between_versions():
    # by the formula of docs/experiments.md when it was published
    places = assign_many(experiment(50, 50, name="student-v2"), ["jane", "john", "mary", "ann", "bob", "eve"])
    assert places.tolist() == PUBLISHED


PUBLISHED = [0, 0, 1, 0, 0, 0]


def test_with_two_arms_only_those_move_who_must():
    for before, after in pairwise((0.5, 0.6, 0.95, 0.2)):
        old = assign_many(experiment(before, 1 - before), USERS)
        new = assign_many(experiment(after, 1 - after), USERS)
        moved = old != new
        assert len(set(new[moved])) == 1  # all of them to the arm that grew
        assert moved.mean() == pytest.approx(abs(after - before), abs=0.01)


def test_a_new_arm_takes_its_share_and_moves_nobody_else():
    old = assign_many(experiment(0.5, 0.5), USERS)
    new = assign_many(experiment(0.4, 0.4, 0.2), USERS)
    assert set(new[old != new]) == {2}
    assert (old != new).mean() == pytest.approx(0.2, abs=0.01)


def test_with_three_arms_few_move_who_need_not():
    before, after = (0.5, 0.3, 0.2), (0.3, 0.5, 0.2)
    old, new = (assign_many(experiment(*weights), USERS) for weights in (before, after))
    must = 0.2
    assert must - 0.01 <= (old != new).mean() <= 2 * must / (1 + must) + 0.01
    assert not np.any((old == 1) & (new != 1))  # nobody leaves the arm that grew


def test_weights_as_percentages_are_the_same_shares():
    assert np.array_equal(assign_many(experiment(30, 70), USERS), assign_many(experiment(0.3, 0.7), USERS))


def test_two_hundred_thousand_users_a_second():
    chosen = experiment(50, 50)
    users = USERS * 5
    start = time.perf_counter()
    assign_many(chosen, users)
    assert len(users) / (time.perf_counter() - start) > 200_000


@pytest.mark.parametrize("user", ["", " \n", "\ud800"])
def test_a_name_that_is_none_is_refused(user):
    with pytest.raises(ExperimentError, match="a user's name is"):
        assign(experiment(50, 50), user)


def test_nobody_is_assigned_to_no_arm():
    assert assign_many(experiment(50, 50), []).tolist() == []
