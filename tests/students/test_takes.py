from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.simulate.perception import Eye
from goldenhour.students import Answer, embedded_student
from goldenhour.students.takes import APART, APART_PLAINLY, difference, takes
from goldenhour.students.wishes import beyond, explicit, obey, plainly
from goldenhour.teacher.recorded import one_answer_each
from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import Choice
from recipes import any_recipe, recipe_of, recipes

TOOLSET = default_toolset()
(LOOKS,) = (slot for slot in TOOLSET.slots if isinstance(slot.parameter, Choice))
MOROCCO = recipe_of(
    {"adjust.temperature": 30, "adjust.contrast": 12, "filter.name": "warm_Sahara", "filter.intensity": 40}
)
RANKED = {"filter.name": ("warm_Sahara", "warm_Terracotta", "vivid_Carnival", "film_Chrome")}


def option(recipe):
    return recipe.values[TOOLSET.slots.index(LOOKS)]


@pytest.fixture(scope="module")
def asked():
    """Intents of every tenth kind that were recorded, and the student's answers to them."""
    intents = [answer.intent for answer in one_answer_each()[::90]]
    return list(zip(intents, embedded_student().predict(intents), strict=True))


def test_the_first_take_is_the_answer_and_the_others_are_other_readings():
    found = takes("morocco", Answer(MOROCCO, 0.9, ranked=RANKED), 5)
    assert [option(recipe) for recipe in found] == [
        "warm_Sahara",
        "warm_Terracotta",
        "warm_Sahara",
        "vivid_Carnival",
        None,
    ]
    assert found[0] is MOROCCO
    assert found[2] == MOROCCO.scale(150)
    assert takes("morocco", Answer(MOROCCO, 0.9, ranked=RANKED), 3) == found[:3]
    assert takes("morocco", Answer(MOROCCO, 0.9, ranked=RANKED), 1) == [MOROCCO]


def test_a_student_that_ranks_nothing_has_takes_by_strength():
    found = takes("morocco", Answer(MOROCCO, 0.9), 5)
    assert [option(recipe) for recipe in found] == ["warm_Sahara", "warm_Sahara", None, "warm_Sahara"]


def test_takes_on_recorded_intents_are_clearly_apart(asked):
    eye = Eye()
    seen = []
    for intent, answer in asked:
        found = takes(intent, answer, 5)
        assert found[0] is answer.recipe
        for one, other in combinations(found, 2):
            assert difference(one, other) >= (APART_PLAINLY if plainly(intent) else APART), intent
            seen.append(eye.distance(one, other))
    assert len(asked) > 60
    assert np.percentile(seen, 1) > 1  # mean CIEDE2000 on the sample photos; what can just be noticed
    assert np.median(seen) > 4


def test_nearly_every_wish_for_a_look_has_five_takes(asked):
    counts = [
        len(takes(intent, answer, 5))
        for intent, answer in asked
        if answer.recipe.uses("filter") and explicit(intent) is None
    ]
    assert np.mean([count == 5 for count in counts]) > 0.95


def test_every_take_obeys_the_words(asked):
    for intent, answer in asked:
        for recipe in takes(intent, answer, 5):
            assert obey(intent, recipe) == recipe, intent


@pytest.mark.parametrize(
    ("intent", "holds"),
    [
        ("morocco, no filter", lambda recipe: not recipe.uses("filter")),
        ("morocco with contrast 20", lambda recipe: recipe.to_dict()["adjust"]["contrast"] == 20),
        ("moody but not warm", lambda recipe: recipe.to_dict()["adjust"]["temperature"] <= 0),
        ("dreamy, don't touch the saturation", lambda recipe: recipe.to_dict()["adjust"]["saturation"] == 0),
        ("a stormy sea with the noir filter", lambda recipe: option(recipe) == "cinematic_Noir"),
        ("much warmer", lambda recipe: 40 <= recipe.to_dict()["adjust"]["temperature"] <= 50),
    ],
)
def test_what_is_said_outright_holds_in_every_take(intent, holds):
    (answer,) = embedded_student().predict([intent])
    found = takes(intent, answer, 5)
    assert len(found) > 1
    assert all(map(holds, found))


@pytest.mark.parametrize("intent", ["contrast 20", "saturation -15, filter sepia 80", "crop it", "add music"])
def test_numbers_and_what_no_tool_can_do_have_one_reading(intent):
    (answer,) = embedded_student().predict([intent])
    assert explicit(intent) is not None or beyond(intent)
    assert takes(intent, answer, 5) == [answer.recipe]


def test_a_plain_correction_gets_no_look():
    (answer,) = embedded_student().predict(["brighter and warmer"])
    found = takes("brighter and warmer", answer, 5)
    assert len(found) > 1
    assert not any(recipe.uses("filter") for recipe in found)


@settings(max_examples=50)
@given(st.text(max_size=40), recipes(TOOLSET), st.integers(1, 5), st.permutations(sorted(LOOKS.parameter.options)))
def test_takes_of_any_answer_are_valid_distinct_and_always_the_same(intent, recipe, count, ranked):
    answer = Answer(recipe, 0.5, ranked={LOOKS.path: tuple(ranked[:5])})
    found = takes(intent, answer, count)
    assert 1 <= len(found) == len(set(found)) <= count
    assert all(Recipe.from_json(one.to_json()) == one for one in found)
    assert takes(intent, answer, count) == found


@given(any_recipe)
def test_a_toolset_of_ones_own_has_takes_too(recipe):
    found = takes("moss", Answer(recipe, 0.5), 5)
    assert found[0] == recipe
    assert len(set(found)) == len(found)


def test_the_difference_is_that_of_numbers_and_of_looks_the_sum():
    changed = MOROCCO.with_values({TOOLSET.slots[0]: 10})
    assert difference(MOROCCO, MOROCCO) == 0
    assert difference(MOROCCO, changed) == difference(changed, MOROCCO) == 10
    assert difference(MOROCCO, MOROCCO.with_values({LOOKS: "film_Chrome"})) == 80
    assert difference(MOROCCO, Recipe.neutral()) == 82
