import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import IntentError, check_intent, normalise, split_of
from goldenhour.tools.intent import MAX_CHARACTERS


@given(st.text())
def test_normalising_twice_is_normalising_once(text):
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize("text", ["\u03aa\u0341", "\u1f96\u0341", "\u1fae\u0306"])
def test_normalising_twice_is_normalising_once_in_polytonic_greek(text):
    assert normalise(normalise(text)) == normalise(text)
    assert split_of(normalise(text)) == split_of(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  Golden \t\n Hour!! ", "golden hour"),
        ("“Too dark, fix it.”", "too dark, fix it"),
        ("black & white", "black & white"),
        ("ＷＡＲＭ\u3000ｌｉｇｈｔ", "warm light"),
        ("Cafe\u0301", "caf\u00e9"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ﬁlm", "film"),
        ("夕阳。", "夕阳"),
        ("sunset 🌅", "sunset 🌅"),
        ("+1 stop", "+1 stop"),
        ("(moody)", "moody"),
        ("?!", "?!"),
        (" \n", ""),
    ],
)
def test_intents_are_compared_in_one_form(text, normal):
    assert normalise(text) == normal


@pytest.mark.parametrize("text", ["morocco", "  Too dark,\tfix\nit! ", "夕阳 🌅", "é" * MAX_CHARACTERS, "?!"])
def test_an_intent_is_kept_as_typed_but_trimmed(text):
    assert check_intent(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", 'the intent is empty; say how the picture should look, for example "golden hour"'),
        (" \n\t ", 'the intent is empty; say how the picture should look, for example "golden hour"'),
        ("x" * 501, "the intent has 501 characters; say it in at most 500"),
        ("x" * 100_000, "the intent has 100,000 characters; say it in at most 500"),
        ("a\0b", "the intent has the control character U+0000; type it in plain text"),
        ("a\x1b[31mb", "the intent has the control character U+001B; type it in plain text"),
        ("a\x85b", "the intent has the control character U+0085; type it in plain text"),
        ("a\udcffb", "the intent has the control character U+DCFF; type it in plain text"),
    ],
)
def test_what_cannot_be_an_intent_is_refused_with_the_remedy(text, sentence):
    with pytest.raises(IntentError) as refused:
        check_intent(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("intent", "split"),
    [
        ("morocco", "train"),
        ("black and white", "train"),
        ("夕阳", "train"),
        ("golden hour", "test"),
        ("cyberpunk", "test"),
        ("tokyo at night", "dev"),
        ("cozy", "dev"),
    ],
)
def test_an_intent_keeps_its_split_for_ever(intent, split):
    assert split_of(intent) == split


words = st.lists(st.text(string.ascii_letters + "éßü夕", min_size=1, max_size=6), min_size=1, max_size=4)
marks = st.text("!?.,;:'\"()… \t", max_size=3)


@given(words, marks, marks)
def test_the_split_ignores_case_spaces_and_punctuation_at_the_ends(intent, before, after):
    plain = " ".join(intent)
    assert split_of(before + "  ".join(intent).swapcase() + after) == split_of(plain)


@given(st.text(st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)))
def test_every_text_has_a_split(text):
    assert split_of(text) in ("train", "dev", "test")


def test_of_the_recorded_intents_about_12_percent_are_test_and_6_percent_dev():
    intents = {normalise(answer.intent) for answer in recorded_answers()}
    shares = {split: 100 * count / len(intents) for split, count in Counter(map(split_of, intents)).items()}
    assert shares == pytest.approx({"test": 12, "dev": 6, "train": 82}, abs=1.5)
