import json
import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import MAX_INTENSITY, Recipe, RecipeError, default_toolset, repair
from goldenhour.tools.toolset import Number
from invented_toolset import NEUTRAL, invented, invented_data
from recipes import any_recipe, toolsets, vectors

HONEY = {"adjust": None, "selective_adjust": None, "filter": {"name": "warm_Honey", "intensity": 30}}


@given(any_recipe)
def test_a_recipe_survives_data_json_and_vector(recipe):
    assert Recipe.from_dict(recipe.to_dict(), recipe.toolset) == recipe
    assert Recipe.from_json(recipe.to_json(indent=2), recipe.toolset) == recipe
    assert Recipe.from_vector(recipe.to_vector(), recipe.toolset) == recipe


@given(toolsets.flatmap(lambda toolset: st.tuples(st.just(toolset), vectors(toolset))))
def test_every_finite_vector_is_a_valid_recipe(case):
    toolset, vector = case
    recipe = Recipe.from_vector(np.array(vector), toolset)
    assert Recipe.from_dict(recipe.to_dict(), toolset) == recipe


def test_a_vector_is_clamped_and_its_largest_option_above_0_is_chosen():
    vector = np.array([1e5, -1, -4, 5, 1, 5, 1, 50, 0.2, 0.7, -3])
    recipe = Recipe.from_vector(vector, invented)
    assert recipe.values == (10000, 0, -4, 5, 1, 5, 1, 50, "paper_Smooth")
    vector[8:] = 0, -1, -2
    assert not Recipe.from_vector(vector, invented).uses("overlay")


@pytest.mark.parametrize("vector", [np.zeros(10), np.zeros((1, 11)), np.full(11, math.nan), np.full(11, math.inf)])
def test_a_vector_of_another_shape_or_not_finite_is_refused(vector):
    with pytest.raises(RecipeError, match="a recipe vector has 11 finite numbers, not "):
        Recipe.from_vector(vector, invented)


def test_the_vector_has_the_numbers_in_their_units_and_each_choice_one_hot():
    recipe = Recipe.from_dict(invented_data(), invented)
    assert recipe.to_vector().tolist() == [8000, 0, -5, 5, 1.25, -10, 1, 50, 0, 0, 1]
    neutral = Recipe.neutral(invented)
    assert neutral.to_vector().tolist() == [*NEUTRAL[:-1], 0, 0, 0]


def test_a_users_own_look_is_kept_but_has_no_place_in_the_vector():
    recipe = Recipe.from_dict(HONEY | {"filter": {"name": "user:teal", "intensity": 30}})
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert recipe.scale(50).to_dict()["filter"] == {"name": "user:teal", "intensity": 15}
    nowhere = Recipe.from_dict(HONEY).to_vector()
    nowhere[nowhere == 1] = 0
    assert np.array_equal(recipe.to_vector(), nowhere)
    assert Recipe.from_vector(recipe.to_vector()) == Recipe.neutral()


def test_json_has_every_tool_and_all_parameters_of_a_used_one_in_the_order_of_the_toolset():
    backwards = json.loads(json.dumps(invented_data(develop=None)), object_pairs_hook=lambda pairs: dict(pairs[::-1]))
    assert Recipe.from_dict(backwards, invented).to_json() == (
        '{"develop": null, "zones": {"lows": {"lift": 5, "heft": 1.25}, "tops": {"lift": -10, "heft": 1}}, '
        '"overlay": {"mix": 50, "texture": "cloth_Linen"}}'
    )


@pytest.mark.parametrize(
    ("tool", "neutral"),
    [
        ("develop", {"kelvin": 6500, "blur": 0, "gain": -4}),
        ("zones", {"lows": {"lift": 5, "heft": 1}, "tops": {"lift": 5, "heft": 1}}),
        ("overlay", {"mix": 20, "texture": "cloth_Linen"}),
    ],
)
def test_a_tool_of_only_neutral_numbers_is_the_same_as_null(tool, neutral):
    recipe = Recipe.from_dict(invented_data(**{tool: neutral}), invented)
    assert recipe == Recipe.from_dict(invented_data(**{tool: None}), invented)
    assert not recipe.uses(tool)


def test_the_neutral_recipe_uses_no_tool():
    for toolset in (default_toolset(), invented):
        neutral = Recipe.neutral(toolset)
        assert neutral.is_neutral
        assert set(neutral.to_dict().values()) == {None}
    assert not Recipe.from_dict(HONEY).is_neutral


def test_numbers_are_kept_to_two_decimals_and_whole_ones_without():
    for written, kept in ((30.0, "30"), (29.999, "30"), (12.346, "12.35"), (0.004, "0"), (-0.0, "0")):
        recipe = Recipe.from_dict(HONEY | {"filter": {"name": "warm_Honey", "intensity": written}})
        assert json.dumps(recipe.values[-1]) == kept


def test_a_recipe_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Recipe.neutral().values = ()
    recipe = Recipe.from_dict(HONEY)
    recipe.to_dict()["filter"]["intensity"] = 99
    recipe.to_vector()[:] = 99
    assert recipe == Recipe.from_dict(HONEY)


def test_equal_recipes_are_one_key_and_have_one_hash():
    floats = HONEY | {"filter": {"intensity": 30.0, "name": "warm_Honey"}}
    assert {Recipe.from_dict(HONEY), Recipe.from_dict(floats)} == {Recipe.from_dict(HONEY)}
    assert Recipe.from_dict(HONEY).hash == Recipe.from_dict(floats).hash
    assert Recipe.from_dict(HONEY) != Recipe.neutral()


def test_recipes_of_different_toolsets_differ():
    other = replace(invented, tools=invented.tools[::-1])
    assert Recipe.neutral(other) != Recipe.neutral(invented)
    assert Recipe.neutral(other).hash != Recipe.neutral(invented).hash


def test_the_hash_never_changes_because_stored_answers_are_known_by_it():
    assert Recipe.from_dict(HONEY).hash == "d1b8fe9c8e56d7b7c4332ac9d0a4b348e8166a323ef9d05a8cffa2f5cb930060"


@given(any_recipe, st.floats(0, MAX_INTENSITY))
def test_scaling_moves_every_number_between_neutral_and_its_limit(recipe, intensity):
    assert recipe.scale(0).is_neutral
    assert recipe.scale(100) == recipe
    scaled = recipe.scale(intensity)
    assert Recipe.from_dict(scaled.to_dict(), recipe.toolset) == scaled
    for slot, before, after in zip(recipe.toolset.slots, recipe.values, scaled.values, strict=True):
        if isinstance(slot.parameter, Number):
            neutral = slot.parameter.neutral
            expected = slot.parameter.clamp(neutral + (before - neutral) * intensity / 100)
            assert after == pytest.approx(expected, abs=(slot.parameter.maximum - slot.parameter.minimum) / 10_000)
        else:
            assert after in (before, None)


def test_scaling_is_from_neutral_and_clamped():
    recipe = Recipe.from_dict(invented_data(), invented)
    assert recipe.scale(50).values == (7250, 0, -4.5, 5, 1.125, -2.5, 1, 35, "cloth_Linen")
    assert recipe.scale(150).values == (8750, 0, -5.5, 5, 1.375, -10, 1, 65, "cloth_Linen")


def test_other_values_are_clamped_and_leave_the_rest_as_it_is():
    recipe = Recipe.from_dict(invented_data(), invented)
    by_path = {slot.path: slot for slot in invented.slots}
    other = recipe.with_values({by_path["develop.kelvin"]: 90_000, by_path["overlay.texture"]: "paper_Rough"})
    assert other.values == (10_000, *recipe.values[1:-1], "paper_Rough")
    assert recipe.with_values({}) == recipe
    assert not recipe.with_values({by_path["overlay.texture"]: None}).uses("overlay")


def test_a_recipe_of_fewer_tools_is_carried_to_a_toolset_that_holds_them():
    whole = default_toolset()
    few = replace(whole, tools=whole.tools[:1], pointwise=(), spatial=())
    recipe = Recipe.from_dict(
        {"adjust": Recipe.neutral(few).with_values({few.slots[0]: 12.5}).to_dict()["adjust"]}, few
    )
    carried = recipe.carried_to(whole)
    assert carried.toolset == whole
    assert carried.to_dict() == recipe.to_dict() | {"selective_adjust": None, "filter": None}


def test_the_look_of_a_user_stays_when_another_value_changes():
    data = HONEY | {"filter": {"name": "user:teal", "intensity": 40}}
    slot = default_toolset().tool_slots["filter"][1]
    assert Recipe.from_dict(data).with_values({slot: 60}).to_dict()["filter"] == {"name": "user:teal", "intensity": 60}


@pytest.mark.parametrize(
    ("key", "value"),
    [*(("intensity", value) for value in (math.nan, math.inf, "warm", None, True)), ("name", "no_such"), ("name", 3)],
)
def test_other_values_that_cannot_be_are_refused(key, value):
    slots = {slot.keys[0]: slot for slot in default_toolset().tool_slots["filter"]}
    with pytest.raises(RecipeError, match=rf"^filter\.{key} cannot be "):
        Recipe.from_dict(HONEY).with_values({slots[key]: value})


@pytest.mark.parametrize("intensity", [-0.1, 150.1, math.nan, math.inf, -math.inf, True, "100", None, 10**400])
def test_an_intensity_that_is_not_0_to_150_is_refused(intensity):
    with pytest.raises(RecipeError, match=r"the intensity is .*, but must be 0 to 150"):
        Recipe.neutral().scale(intensity)


def test_recorded_answers_are_valid_and_need_no_repair():
    for answer in recorded_answers()[::20]:
        assert repair(answer.recipe_data) == (Recipe.from_dict(answer.recipe_data), [])


@given(any_recipe)
def test_a_part_is_the_same_when_its_tool_its_values_and_its_toolset_are(recipe):
    again = Recipe.from_json(recipe.to_json(), recipe.toolset)
    tools = [tool.name for tool in recipe.toolset.tools]
    hashes = [recipe.part_hash(tool) for tool in tools]
    assert [again.part_hash(tool) for tool in tools] == hashes
    assert len(set(hashes)) == len(tools)
    assert all(len(bytes.fromhex(part)) == 32 for part in hashes)


def test_null_parts_of_different_toolsets_are_different():
    assert Recipe.neutral().part_hash("adjust") != Recipe.neutral(invented).part_hash("develop")
