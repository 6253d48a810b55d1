"""The editor's state as pure functions: the same numbers as the server's, and what undo brings back."""

import json

import numpy as np
import pytest

from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import Number

IMPORTS = """async (given) => {
  const [settings, reducer, sentences] = await Promise.all(
    ["settings", "reducer", "sentences"].map((name) => import(`/web/state/${name}.js`)));
  const toolset = await (await fetch("/v1/toolset")).json();
  const { untouched, reducerOf, NOTHING_OPEN } = reducer;
  const run = (...actions) => [{ type: "opened", id: "a", name: "a.jpg", kind: "photo" }, ...actions]
    .reduce(reducerOf(toolset), NOTHING_OPEN).pictures[0];
  return (%s)(given);
}"""


@pytest.fixture
def state(page):
    """Runs a function of JavaScript in which the modules of the state and a toolset are at hand."""
    page.goto("/")
    return lambda code, given=None: page.evaluate(IMPORTS % code, given)


def random_recipes(count):
    """Recipes with all decimals that a recipe may have."""
    rng, toolset = np.random.default_rng(7), default_toolset()
    for _ in range(count):
        vector = np.zeros(toolset.width)
        for slot in toolset.slots:
            if isinstance(slot.parameter, Number):
                vector[slot.start] = rng.uniform(slot.parameter.minimum, slot.parameter.maximum)
            else:
                vector[slot.start + rng.integers(slot.width)] = 1
        yield Recipe.from_vector(vector)


def test_recipes_come_back_as_they_were(state):
    recipes = [recipe.to_dict() for recipe in (*random_recipes(10), Recipe.neutral())]
    back = "(recipes) => recipes.map((one) => settings.recipeOf(toolset, settings.settingsOf(toolset, one)))"
    assert state(back, recipes) == recipes


@pytest.mark.parametrize("intensity", [0, 12.5, 50, 99, 150])
def test_intensity_scales_as_the_server_does(state, intensity):
    recipes = [*random_recipes(10), *(Recipe.from_dict(each) for each in HALVES)]
    code = """([recipes, intensity]) => recipes.map((one) =>
      settings.recipeOf(toolset, settings.scaled(toolset, settings.settingsOf(toolset, one), intensity)))"""
    scaled = state(code, [[recipe.to_dict() for recipe in recipes], intensity])
    assert [Recipe.from_dict(each) for each in scaled] == [recipe.scale(intensity) for recipe in recipes]


def neutral_adjust(**values):
    names = [parameter.name for parameter in default_toolset().tools[0].parameters]
    return {"adjust": dict.fromkeys(names, 0) | values, "selective_adjust": None, "filter": None}


HALVES = [neutral_adjust(exposure=0.01, contrast=0.03, shadows=-0.05), neutral_adjust(exposure=1, tint=-0.2, hue=0.6)]


def test_steps_of_a_gesture_are_one(state):
    code = """() => run(
      { type: "moved", values: { "adjust.exposure": 5 }, gesture: "drag" },
      { type: "moved", values: { "adjust.exposure": 9 }, gesture: "drag" },
      { type: "moved", values: { "adjust.exposure": 12 }, gesture: "another drag" },
      { type: "moved", values: { "adjust.exposure": 12 }, gesture: null })"""
    picture = state(code)
    assert [edit["settings"]["adjust.exposure"] for edit in picture["past"]] == [0, 9]
    assert picture["present"]["settings"]["adjust.exposure"] == 12
    assert picture["present"]["changes"] == ["slightly more exposure (+9 → +12)"]


def test_a_gesture_that_comes_back_to_where_it_began_is_no_step(state):
    code = """() => run(
      { type: "moved", values: { "adjust.exposure": 5 }, gesture: null },
      { type: "moved", values: { "adjust.exposure": 9 }, gesture: "drag" },
      { type: "moved", values: { "adjust.exposure": 5 }, gesture: "drag" })"""
    picture = state(code)
    assert [edit["settings"]["adjust.exposure"] for edit in picture["past"]] == [0]
    assert picture["present"]["settings"]["adjust.exposure"] == 5


def test_a_new_step_ends_what_could_be_redone(state):
    code = """() => run(
      { type: "moved", values: { "adjust.tint": 5 }, gesture: null }, { type: "undone" }, { type: "undone" },
      { type: "moved", values: { "adjust.tint": 7 }, gesture: null }, { type: "redone" })"""
    picture = state(code)
    assert (len(picture["past"]), len(picture["future"])) == (1, 0)
    assert picture["present"]["settings"]["adjust.tint"] == 7


def test_words_keep_what_waits_in_a_tool_that_is_off(state):
    look = {"adjust": None, "selective_adjust": None, "filter": {"name": "film_Chrome", "intensity": 40}}
    code = """([look, other]) => {
      const answer = (recipe, change) =>
        ({ answer_id: "1", recipe, take: 0, takes: 1, change, source: "student", message: null });
      const picture = run(
        { type: "answered", id: "a", intent: "chrome", current: null, answer: answer(look, "new") },
        { type: "switched", tool: "filter" },
        { type: "answered", id: "a", intent: "brighter", current: null, answer: answer(other, "relative") });
      return [settings.effectiveRecipe(toolset, picture.present), picture.present.settings["filter.name"]];
    }"""
    other = neutral_adjust(exposure=20)
    assert state(code, [look, other]) == [other, "film_Chrome"]


def test_a_toolset_of_other_tools_is_understood(state):
    code = """() => {
      const amount = { name: "amount", kind: "number", min: 1, max: 9, neutral: 3, decimals: 0, meaning: "" };
      const grain = { name: "grain", summary: "", groups: ["fine", "coarse"], parameters: [amount] };
      const apply = { pointwise: [], spatial: [] };
      const other = { hash: "x", version: "1", user_looks: [], max_intensity: 150, apply, tools: [grain] };
      const at = { ...settings.neutralSettings(other), "grain.coarse.amount": 5 };
      return [settings.recipeOf(other, at), settings.recipeOf(other, settings.scaled(other, at, 50)),
        sentences.changesBetween(other, untouched(other), { ...untouched(other), settings: at })];
    }"""
    assert state(code) == [
        {"grain": {"fine": {"amount": 3}, "coarse": {"amount": 5}}},
        {"grain": {"fine": {"amount": 3}, "coarse": {"amount": 4}}},
        ["more amount in coarse (5)"],
    ]


def test_a_recipe_in_words_names_the_largest_change_first(state):
    recipe = neutral_adjust(temperature=40, contrast=-10, bloom=80) | {
        "filter": {"name": "warm_GoldenHour", "intensity": 40}
    }
    code = """(recipe) => sentences.changesBetween(toolset, untouched(toolset),
      { ...untouched(toolset), settings: settings.settingsOf(toolset, recipe) })"""
    assert state(code, json.loads(json.dumps(recipe))) == [
        "Golden Hour look at 40",
        "strongly more bloom (80)",
        "clearly warmer (+40)",
        "slightly less contrast (−10)",
    ]
