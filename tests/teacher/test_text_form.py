import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.teacher.errors import AnswerError
from goldenhour.teacher.text_form import from_text, to_text
from goldenhour.tools import Recipe
from recipes import any_recipe


@given(any_recipe)
def test_a_recipe_comes_back_from_its_text_without_repairs(recipe):
    assert from_text(to_text(recipe), recipe.toolset) == (recipe, [])


@given(any_recipe)
def test_the_part_of_a_tool_comes_back_alone(recipe):
    for tool in recipe.toolset.tool_slots:
        data = dict.fromkeys(recipe.toolset.tool_slots, None) | {tool: recipe.to_dict()[tool]}
        expected = Recipe.from_dict(data, recipe.toolset)
        assert from_text(to_text(recipe, tool), recipe.toolset, tool) == (expected, [])


@given(any_recipe)
def test_the_text_is_one_line_of_compact_json_in_the_order_of_the_toolset(recipe):
    text = to_text(recipe)
    assert "\n" not in text
    assert json.loads(text) == recipe.to_dict()
    assert list(json.loads(text)) == [tool.name for tool in recipe.toolset.tools]
    assert len(text) <= len(recipe.to_json())
    assert ": " not in text


@given(any_recipe, st.integers(0, 2000))
def test_a_text_that_breaks_off_says_no_more_than_it_said_or_is_refused(recipe, place):
    text = to_text(recipe)[:place]
    try:
        read, repairs = from_text(text, recipe.toolset)
    except AnswerError:
        return
    assert repairs or text == to_text(recipe)
    for slot, value, meant in zip(recipe.toolset.slots, read.values, recipe.values, strict=True):
        if value not in (meant, slot.parameter.neutral):  # missing beside a choice: the middle of the range
            assert f"filled {slot.path}, missing" in "".join(repairs)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"crop": 1}', "I would warm it up.", "{", "{{{{", '{"adjust":']
)
def test_text_without_a_recipe_is_refused(text):
    with pytest.raises(AnswerError):
        from_text(text)
