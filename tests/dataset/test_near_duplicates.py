"""Intents of train that all but repeat one of test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.dataset.near_duplicates import near_duplicates


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sunset on a beach", "beach sunsets"),
        ("golden hour", "goldne hour"),
        ("very warm", "Warm!"),
        ("santorini white and blue", "santorni blue, white"),
        ("grandma's kitchen", "grandma kitchen"),
    ],
)
def test_the_same_words_or_a_letter_apart(one, other):
    assert near_duplicates([one], [other]).rows() == [(one, other)]
    assert near_duplicates([other], [one]).height == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("golden hour", "blue hour"),
        ("warm", "worn"),  # short words: a letter makes another word
        ("kelvin 4000", "kelvin 8000"),
        ("🍑", "🦋"),
        ("beach", "beach at night"),
    ],
)
def test_other_words(one, other):
    assert near_duplicates([one], [other]).is_empty()


def test_an_intent_is_no_duplicate_of_itself_and_pairs_are_sorted():
    found = near_duplicates(["b beach", "a beach town"], ["b beach", "town beach", "beach b"])
    assert found.rows() == [("a beach town", "town beach"), ("b beach", "beach b"), ("b beach", "town beach")][:2]


@given(st.lists(st.text(max_size=20), max_size=8), st.lists(st.text(max_size=20), max_size=8))
def test_any_text_is_taken(test, train):
    found = near_duplicates(test, train)
    assert set(found["test"]) <= set(test)
    assert set(found["train"]) <= set(train)
