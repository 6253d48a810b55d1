"""Whether answers go the way that somebody's settings go."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.metrics.directions import directions, distances
from goldenhour.tools import default_toolset
from recipes import recipe_of, recipes


def test_a_worked_example():
    answers = [recipe_of({"adjust.contrast": 5, "adjust.shadows": 10}), recipe_of({"adjust.tint": 3})]
    stated = [{"adjust.contrast": 40.0, "adjust.shadows": -10.0, "adjust.hue": 5.0}, {"adjust.contrast": 1.0}]
    found = directions(answers, stated)
    assert (found.stated.tolist(), found.moved.tolist(), found.agreeing.tolist()) == ([3, 1], [2, 0], [1, 0])
    assert found.cosine == pytest.approx([100 / math.hypot(40, 10, 5) / math.hypot(5, 10), 0])
    assert found.by_parameter["adjust.contrast"] == (2, 1, 1)


def test_where_nothing_is_stated_there_is_no_cosine():
    assert math.isnan(directions([recipe_of({})], [{}]).cosine[0])


@settings(max_examples=50)
@given(recipes(default_toolset()), st.floats(0.1, 1))
def test_an_answer_agrees_with_itself_at_any_strength_and_never_with_its_opposite(answer, strength):
    stated = {path: value * strength for path, value in distances(answer).items() if value}
    found = directions([answer, answer], [stated, {path: -value for path, value in stated.items()}])
    assert found.agreeing.tolist() == [len(stated), 0]
    assert found.moved.tolist() == found.stated.tolist() == [len(stated)] * 2
    if stated:
        assert found.cosine == pytest.approx([1, -1])
