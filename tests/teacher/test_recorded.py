import dataclasses
from collections import Counter

import pytest

from goldenhour.teacher.recorded import read_answers, recorded_answers
from goldenhour.tools import RecipeError, check_intent, normalise

DOMAINS = {
    "colour",
    "combined",
    "correction",
    "everyday",
    "film",
    "light",
    "long_tail",
    "mood",
    "place",
    "second_opinion",
    "talk",
    "word",
}


def test_9667_answers_are_recorded_each_intent_put_to_the_first_teacher_once():
    answers = recorded_answers()
    assert len(answers) == 9_667
    assert Counter(answer.call for answer in answers) == {1: 8_336, 2: 1_331}
    first = [normalise(answer.intent) for answer in answers if answer.call == 1]
    assert len(set(first)) == len(first)


def test_an_intent_may_have_several_second_answers_but_only_one_row_stands_twice():
    rows = Counter((answer.intent, str(answer)) for answer in recorded_answers())
    assert [row[0] for row, count in rows.items() if count > 1] == ["starry night"]


def test_every_answer_has_an_intent_a_domain_and_a_rationale():
    for answer in recorded_answers():
        assert check_intent(answer.intent) == answer.intent
        assert answer.rationale.strip()
    assert {answer.domain for answer in recorded_answers()} == DOMAINS
    assert {answer.call for answer in recorded_answers() if answer.domain == "second_opinion"} == {2}


def test_answers_are_read_once_and_in_file_order():
    assert recorded_answers() is recorded_answers()
    assert [answer.intent for answer in recorded_answers()[:3]] == ["morocco", "marrakech souk", "tokyo at night"]


def test_an_answer_keeps_what_was_written_and_validates_it_when_asked():
    (answer,) = read_answers(['{"intent": "x", "domain": "word", "call": 1, "recipe": {}, "rationale": "y"}'])
    assert dataclasses.astuple(answer) == ("x", "word", 1, {}, "y", (), "recorded", "recorded")
    with pytest.raises(RecipeError):
        _ = answer.recipe


@pytest.mark.parametrize("line", ["", "no JSON", "[]", '{"intent": "x"}'])
def test_a_line_that_is_no_answer_is_refused(line):
    with pytest.raises((ValueError, KeyError, TypeError)):
        list(read_answers([line]))
