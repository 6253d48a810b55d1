"""Krippendorff's alpha against his own examples, and against the definition by pairs."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest

from goldenhour.experiment.annotation_alpha import nominal_alpha

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": sections A, B and C, a row an observer
BINARY = ["0100000010", "1110010000"]
NOMINAL = ["aabbdcccedda", "babbbccceddd"]
MISSING = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


def counts(observers: list[str]) -> np.ndarray:
    """(units, categories): how often each value was given to each unit; a full stop is none."""
    categories = sorted(set("".join(observers)) - {"."})
    units = zip(*observers, strict=True)
    return np.array([[unit.count(category) for category in categories] for unit in units], np.int64)


def by_coincidences(observers: list[str]) -> Fraction:
    """Alpha from the coincidence matrix, pair by pair, as the paper's steps 1 to 4 say."""
    matrix: dict[tuple[str, str], Fraction] = {}
    for unit in zip(*observers, strict=True):
        values = [value for value in unit if value != "."]
        for pair in permutations(range(len(values)), 2):
            key = values[pair[0]], values[pair[1]]
            matrix[key] = matrix.get(key, Fraction()) + Fraction(1, len(values) - 1)
    n = sum(matrix.values())
    given: dict[str, Fraction] = {}
    for (value, _), count in matrix.items():
        given[value] = given.get(value, Fraction()) + count
    agreed = sum(count for (one, other), count in matrix.items() if one == other)
    chance = sum(count * (count - 1) for count in given.values())
    return ((n - 1) * agreed - chance) / (n * (n - 1) - chance)


@pytest.mark.parametrize(
    ("observers", "published", "values"), [(BINARY, 0.095, 20), (NOMINAL, 0.692, 24), (MISSING, 0.743, 40)]
)
def test_krippendorffs_examples(observers, published, values):
    alpha = nominal_alpha(counts(observers))
    assert round(alpha.value, 3) == published
    assert alpha.value == pytest.approx(float(by_coincidences(observers)))
    assert alpha.values == values  # of units that two or more judged
    assert alpha.low < alpha.value < alpha.high


def test_the_binary_examples_coincidences_by_hand():
    # o00 = 10, o01 = o10 = 4, o11 = 2, so n0 = 14, n1 = 6, n = 20: 1 - 19 * 4 / (14 * 6)
    assert nominal_alpha(counts(BINARY)).value == pytest.approx(1 - 19 * 4 / (14 * 6))


def test_it_is_the_definition_for_any_data():
    random = np.random.default_rng(5)
    for _ in range(30):
        table = random.choice(list("abc."), (random.integers(2, 5), 12))
        observers = ["".join(row) for row in table]
        assert nominal_alpha(counts(observers)).value == pytest.approx(float(by_coincidences(observers)))


def test_agreement_of_all_is_one_and_of_chance_about_none():
    assert nominal_alpha(counts(["aabb", "aabb"])).value == 1
    random = np.random.default_rng(0)
    guesses = ["".join(random.choice(list("ab"), 4000)) for _ in range(2)]
    alpha = nominal_alpha(counts(guesses))
    assert abs(alpha.value) < 0.05
    assert alpha.low < 0 < alpha.high


def test_the_interval_covers_what_generated_the_data():
    """Two observers who both say the truth with 0.9, else the other value: alpha is (0.82 - 0.5) / 0.5 = 0.64."""
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        truth = random.random(60) < 0.5
        said = [truth ^ (random.random(60) < 0.1) for _ in range(2)]
        yes = sum(column.astype(np.int64) for column in said)
        alpha = nominal_alpha(np.column_stack([2 - yes, yes]))
        covered += alpha.low <= 0.64 <= alpha.high
    assert 180 <= covered <= 199  # 95 % of 200 is 190; the percentile bootstrap of 60 items is a little narrow


def test_the_interval_is_of_whole_items_and_the_same_each_time():
    """Units that always go together are one item: counted as two, the interval would be too narrow."""
    once = counts(["ababbabaab" * 3, "abbbbabbab" * 3])
    twice = np.repeat(once, 2, axis=0)
    groups = np.repeat(np.arange(len(once)), 2)
    grouped, apart = nominal_alpha(twice, groups), nominal_alpha(twice)
    assert nominal_alpha(twice, groups) == grouped
    assert grouped.value == apart.value
    assert grouped.high - grouped.low > 1.2 * (apart.high - apart.low)


def test_where_it_is_not_defined_it_says_why():
    nothing = nominal_alpha(np.zeros((0, 2), np.int64))
    alone = nominal_alpha(counts(["ab..", "..ab"]))
    unanimous = nominal_alpha(counts(["aaa", "aaa"]))
    assert nothing.value is alone.value is unanimous.value is None
    assert nothing.why == alone.why == "no item was judged by two annotators"
    assert unanimous.why.startswith("all judgements are the same")
