import pytest
from hypothesis import given

from goldenhour.tools import Recipe, default_toolset, explain, repair
from goldenhour.tools.toolset import Choice, parse_toolset
from invented_toolset import invented, invented_data
from recipes import any_recipe


def changed(data):
    return repair(data)[0]


def test_a_recipe_in_words():
    recipe = changed(
        {
            "adjust": {"contrast": 10, "bloom": 20, "temperature": -40, "linearOffset": 5},
            "selective_adjust": {"red": {"saturation": -100}},
            "filter": {"name": "warm_Honey", "intensity": 40},
        }
    )
    assert explain(recipe) == [
        "slightly more contrast (+10)",
        "clearly cooler: temperature -40",
        "more bloom (20)",
        "slightly lifted: linearOffset +5",
        "strongly less saturation in red (-100)",
        "filter warm_Honey at intensity 40: gentle honey warmth, creamy, clean",
    ]


def test_more_is_of_a_thing_not_of_a_deed():
    assert explain(changed({"adjust": {"sharpen": 20}})) == ["more sharpening (20)"]


def test_a_recipe_that_changes_nothing_needs_no_words():
    assert explain(Recipe.neutral()) == []
    assert explain(Recipe.neutral(invented)) == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (0.5, "slightly warmer: temperature +0.5"),
        (12, "slightly warmer: temperature +12"),
        (13, "warmer: temperature +13"),
        (35, "warmer: temperature +35"),
        (36, "clearly warmer: temperature +36"),
        (70, "clearly warmer: temperature +70"),
        (71, "strongly warmer: temperature +71"),
        (100, "strongly warmer: temperature +100"),
        (-100, "strongly cooler: temperature -100"),
    ],
)
def test_the_word_follows_the_share_of_the_range(value, line):
    assert explain(changed({"adjust": {"temperature": value}})) == [line]


def test_sides_and_ranges_come_from_the_toolset():
    assert explain(Recipe.from_dict(invented_data(), invented)) == [
        "clearly amber: kelvin 8000",
        "less gain (-5)",
        "more heft in lows (1.25)",
        "strongly less lift in tops (-10)",
        "overlay cloth_Linen at mix 50: open weave",
    ]


@given(any_recipe)
def test_there_is_one_line_a_change(recipe):
    toolset = recipe.toolset
    with_choice = {slot.tool for slot in toolset.slots if isinstance(slot.parameter, Choice)}
    moved = [
        slot
        for slot, value in zip(toolset.slots, recipe.values, strict=True)
        if slot.tool not in with_choice and value != slot.parameter.neutral
    ]
    lines = explain(recipe)
    assert len(lines) == len(moved) + sum(recipe.uses(tool) for tool in with_choice)
    assert all(slot.keys[-1] in line for slot, line in zip(moved, lines, strict=False))


def test_every_look_is_described():
    names = list(default_toolset().slots[-2].parameter.options.items())
    for name, description in names:
        lines = explain(changed({"filter": {"name": name, "intensity": 50}}))
        assert lines == [f"filter {name} at intensity 50: {description}"]


def test_a_look_of_ones_own_is_called_that():
    data = {"adjust": None, "selective_adjust": None, "filter": {"name": "user:teal", "intensity": 80}}
    assert explain(Recipe.from_dict(data)) == ["filter user:teal at intensity 80: a look of your own"]


def test_a_choice_within_groups_is_named():
    toolset = parse_toolset(
        "tools: {tone: {colors: [u, v], parameters: {ink: {choice: inks}, load: {min: 0, max: 10}}}}\n"
        "apply: {}\n"
        "inks: {dark: {soot: lamp black, umber: brown earth}}\n"
    )
    data = {"tone": {"u": {"ink": "soot", "load": 3}, "v": {"ink": "umber", "load": 4}}}
    text = " ".join(explain(Recipe.from_dict(data, toolset)))
    assert all(word in text for word in ("soot", "lamp black", "umber", "brown earth"))
