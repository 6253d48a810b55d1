"""Errors of numbers; packs and ranks of choices."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.metrics.parameters import absolute_errors, pack_hits, top_hits
from goldenhour.metrics.rows import compare, row_scores
from goldenhour.tools import default_toolset
from recipes import recipe_of, recipes

TOOLSET = default_toolset()
HONEY = {"filter.name": "warm_Honey", "filter.intensity": 40}
SAHARA = HONEY | {"filter.name": "warm_Sahara"}
ARCTIC = HONEY | {"filter.name": "cool_Arctic"}


def compared(students, teachers):
    given, wanted = [recipe_of(values) for values in students], [recipe_of(values) for values in teachers]
    return given, wanted, compare(given, wanted, TOOLSET)


def test_errors_count_where_both_use_the_tool():
    students = [{"adjust.contrast": 10}, {"adjust.contrast": 10}, HONEY]
    teachers = [{"adjust.contrast": -5, "adjust.hue": 2}, {}, HONEY | {"filter.intensity": 55}]
    errors = absolute_errors(*compared(students, teachers))
    assert errors["adjust.contrast"][0] == 15
    assert errors["adjust.hue"][0] == 2
    assert np.isnan(errors["adjust.contrast"][1:]).all()
    assert errors["filter.intensity"][2] == 15
    assert "filter.name" not in errors


def test_a_neighbour_in_the_pack_is_a_hit():
    hits = pack_hits(*compared([HONEY, HONEY, HONEY, {}], [HONEY, SAHARA, ARCTIC, HONEY]))["filter.name"]
    assert hits[:3].tolist() == [1, 1, 0]
    assert math.isnan(hits[3])


def test_the_likeliest_options_are_hits_and_the_chosen_one_is_the_first_of_them():
    given, wanted, rows = compared([HONEY] * 4, [HONEY, SAHARA, ARCTIC, ARCTIC])
    ranked = [{"filter.name": names} for names in ((), ("warm_Sahara",), ("a", "b", "cool_Arctic"), ("cool_Arctic",))]
    assert top_hits(given, ranked, wanted, rows)["filter.name"].tolist() == [1, 1, 0, 1]
    assert top_hits(given, [{}] * 4, wanted, rows)["filter.name"].tolist() == [1, 0, 0, 0]


def test_no_rows_have_no_errors():
    assert absolute_errors([], [], compare([], [], TOOLSET)) == {}


def test_a_row_scores_by_the_tools_that_either_side_uses():
    warm = {"adjust.temperature": 20}
    students = [warm | HONEY, warm, {}, warm | HONEY]
    teachers = [warm | HONEY, warm | HONEY, {}, {"adjust.temperature": -20} | HONEY]
    assert row_scores(compared(students, teachers)[2]) == pytest.approx([1, 0.5, 1, 0])


@settings(max_examples=30)
@given(st.lists(recipes(TOOLSET), min_size=1, max_size=6))
def test_the_same_answers_have_no_error(answers):
    rows = compare(answers, answers, TOOLSET)
    assert row_scores(rows) == pytest.approx(np.ones(len(answers)))
    for errors in absolute_errors(answers, answers, rows).values():
        assert np.nansum(errors) == 0
    for hits in pack_hits(answers, answers, rows).values():
        assert set(hits[np.isfinite(hits)]) <= {1}
