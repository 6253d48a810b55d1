"""Which answer is best, by how often it was shown and exported."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.dataset.estimate import ESTIMATORS, beta_prior, score

counts = st.lists(st.tuples(st.integers(1, 10_000), st.floats(0, 1)), min_size=1, max_size=50).map(
    lambda rows: (np.array([n for n, _ in rows]), np.array([int(n * share) for n, share in rows]))
)


def several(random=None):
    """A thousand answers of which a third is exported, and two to choose between: 1 of 1, and 40 of 50."""
    random = np.random.default_rng(0) if random is None else random
    shown = random.integers(1, 40, 1000)
    exported = random.binomial(shown, random.beta(2, 4, 1000))
    return np.append(shown, [1, 50]), np.append(exported, [1, 40])


def test_one_of_one_does_not_beat_forty_of_fifty_by_luck():
    shown, exported = several()
    lucky = {estimator: np.diff(score(estimator, shown, exported)[-2:]) < 0 for estimator in ESTIMATORS}
    assert lucky == {"shrinkage": False, "wilson": False, "max": True}


def test_with_much_to_go_by_all_agree_with_the_export_rate():
    shown, exported = np.array([100_000, 200_000]), np.array([30_000, 70_000])
    for estimator in ESTIMATORS:
        assert score(estimator, shown, exported) == pytest.approx([0.30, 0.35], abs=0.005)


def test_wilsons_bound_is_the_published_one():
    # Agresti and Coull 1998, The American Statistician 52(2), p. 121: 0 of 10 has the score interval 0 to 0.278
    upper = 1 - score("wilson", np.array([10]), np.array([10]))
    assert upper == pytest.approx(0.278, abs=5e-4)
    assert score("wilson", np.array([10]), np.array([0])) == pytest.approx(0)


@pytest.mark.parametrize(("successes", "failures"), [(2, 3), (8, 4), (0.5, 0.5), (20, 60)])
def test_the_prior_is_found_again(successes, failures):
    random = np.random.default_rng(3)
    shown = random.integers(2, 60, 20_000)
    exported = random.binomial(shown, random.beta(successes, failures, len(shown)))
    assert beta_prior(shown, exported) == pytest.approx((successes, failures), rel=0.08)


def test_answers_that_do_not_differ_shrink_to_their_common_rate():
    random = np.random.default_rng(4)
    shown = random.integers(1, 20, 5000)
    exported = random.binomial(shown, 0.3)
    assert np.ptp(score("shrinkage", shown, exported)) < 0.1


@given(counts)
def test_scores_lie_between_nought_and_one_and_more_exports_never_hurt(found):
    shown, exported = found
    for estimator in ESTIMATORS:
        scores = score(estimator, shown, exported)
        assert np.isfinite(scores).all()
        assert (scores >= -1e-12).all()
        assert (scores <= 1 + 1e-12).all()
        same = shown == shown[0]
        order = np.argsort(exported[same], kind="stable")
        assert (np.diff(scores[same][order]) >= -1e-12).all()
