import io
import time
import zipfile
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.experiment.domain import DOMAINS, FEATURES, domain_of, features
from goldenhour.teacher.recorded import one_answer_each
from goldenhour.tools import split_of

FILE = resources.files("goldenhour.experiment") / "domains.npz"


@pytest.mark.parametrize(
    ("intent", "domain"),
    [
        ("saturation -15", "correction"),
        ("too dark, fix it", "correction"),
        ("kodak portra 400", "film"),
        ("like an 80s film", "film"),
        ("morocco", "place"),
        ("streets of tokyo", "place"),
        ("melancholic", "mood"),
        ("golden hour", "light"),
        ("candlelight dinner", "light"),
        ("teal and orange", "colour"),
        ("pastel pink and mint", "colour"),
    ],
)
def test_what_an_intent_is_about(intent, domain):
    assert domain_of(intent) == domain


@pytest.mark.parametrize("split", ["dev", "test"])
def test_of_intents_that_it_never_saw_it_knows_far_more_than_the_most_common_domain(split):
    asked = [answer for answer in one_answer_each() if split_of(answer.intent) == split and answer.domain in DOMAINS]
    right = np.mean([domain_of(answer.intent) == answer.domain for answer in asked])
    common = max(np.mean([answer.domain == domain for answer in asked]) for domain in DOMAINS)
    assert right >= 0.48
    assert right >= 2.2 * common


def test_case_and_punctuation_at_the_ends_do_not_count():
    assert domain_of("  Kodak Portra 400!! ") == domain_of("kodak portra 400")
    assert np.array_equal(features("MOROCCO."), features("morocco"))


def test_which_number_it_is_does_not_count():
    assert np.array_equal(features("contrast 20"), features("contrast 55"))


@given(st.text() | st.text(st.characters()).map(lambda text: text * 50))
def test_any_text_has_a_domain(text):
    assert domain_of(text) in DOMAINS
    rows = features(text)
    assert len(rows) > 0
    assert len(set(rows.tolist())) == len(rows)
    assert 0 <= rows.min() <= rows.max() < FEATURES


@pytest.mark.parametrize("text", ["", " ", "\udc80", "\0", "💥" * 1_000, "a" * 100_000])
def test_odd_texts_have_one_too(text):
    assert domain_of(text) in DOMAINS


def test_it_is_small_and_carries_no_pickle():
    data = FILE.read_bytes()
    assert len(data) <= 300_000
    assert set(zipfile.ZipFile(io.BytesIO(data)).namelist()) == {"weights.npy", "scale.npy", "bias.npy"}
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        assert arrays["weights"].shape == (FEATURES, len(DOMAINS))
        assert arrays["weights"].dtype == np.int8


def test_an_intent_takes_a_fraction_of_a_millisecond():
    domain_of("warm")  # reads the weights
    intents = ["golden hour in morocco please", "like an 80s music video", "a bit warmer"] * 30
    times = []
    for intent in intents:
        started = time.perf_counter()
        domain_of(intent)
        times.append(time.perf_counter() - started)
    assert np.median(times) < 0.2e-3
