import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.students.direct.layout import OUTPUTS, Layout, Thresholds
from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import Choice, Number
from invented_toolset import invented
from recipes import any_recipe, toolsets


def outputs_of(layout, recipe):
    """What heads that know the answer say."""
    targets = {name: rows[0] for name, rows in layout.targets([recipe]).items()}
    return targets | {"moves": (targets["numbers"] != 0).astype(np.float32)}


def even(layout):
    return Thresholds((0.5,) * len(layout.tools), 0.5)


@st.composite
def guesses(draw):
    """A toolset's layout, outputs of any heads for it, and thresholds."""
    layout = Layout(draw(toolsets))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    outputs = {name: random.random(size, np.float32) for name, size in layout.sizes.items()}
    outputs["numbers"] = random.normal(0, draw(st.sampled_from([0, 1e-3, 1, 30, 1e4])), len(layout.numbers))
    for _, span in layout.choices:
        outputs["choices"][span] /= outputs["choices"][span].sum()
    moves = draw(st.sampled_from([0.0, 0.3, 0.9, 1.0]))
    thresholds = Thresholds(tuple(random.random(len(layout.tools)).tolist()), moves)
    return layout, outputs | {"numbers": outputs["numbers"].astype(np.float32)}, thresholds


@pytest.mark.parametrize("toolset", [default_toolset(), invented], ids=["packaged", "invented"])
def test_every_value_of_a_recipe_has_its_place_in_the_outputs(toolset):
    layout = Layout(toolset)
    assert tuple(layout.sizes) == OUTPUTS
    assert layout.sizes["uses"] == len(toolset.tools)
    assert layout.sizes["numbers"] + layout.sizes["choices"] == toolset.width
    spans = [number for _, span in layout.choices for number in range(span.start, span.stop)]
    assert spans == list(range(layout.sizes["choices"]))


@settings(max_examples=50)
@given(any_recipe)
def test_heads_that_know_the_answer_give_it(recipe):
    layout = Layout(recipe.toolset)
    back = layout.recipe(outputs_of(layout, recipe), even(layout))
    for slot, value, found in zip(recipe.toolset.slots, recipe.values, back.values, strict=True):
        if isinstance(slot.parameter, Choice):
            assert found == value
            continue
        step = 10.0 ** -max(0, slot.parameter.decimals - 2)
        assert abs(found - value) <= step + 1e-3
        assert (found == slot.parameter.neutral) == (value == slot.parameter.neutral)
    assert layout.recipe(outputs_of(layout, back), even(layout)) == back


@settings(max_examples=50)
@given(guesses())
def test_a_tool_is_used_where_its_probability_says_so_and_then_does_something(guess):
    layout, outputs, thresholds = guess
    recipe = layout.recipe(outputs, thresholds)
    assert Recipe.from_dict(recipe.to_dict(), layout.toolset) == recipe
    for tool, use, threshold in zip(layout.tools, outputs["uses"], thresholds.uses, strict=True):
        assert recipe.uses(tool) == (use >= threshold)


@settings(max_examples=50)
@given(guesses())
def test_only_what_probably_moves_is_moved(guess):
    layout, outputs, thresholds = guess
    recipe = layout.recipe(outputs, thresholds)
    values = zip(recipe.toolset.slots, recipe.values, strict=True)
    moved = [slot for slot, value in values if value != slot.parameter.neutral]
    for tool in layout.tools:
        still = [
            slot
            for slot, probability in zip(layout.numbers, outputs["moves"], strict=True)
            if slot.tool == tool and slot in moved and probability < thresholds.moves
        ]
        assert len(still) <= 1  # the one without which the tool would do nothing


@settings(max_examples=50)
@given(guesses())
def test_the_chosen_option_is_the_likeliest(guess):
    layout, outputs, thresholds = guess
    chosen = dict(zip(layout.toolset.slots, layout.recipe(outputs, thresholds).values, strict=True))
    ranked = layout.ranked(outputs)
    for slot, span in layout.choices:
        options = list(slot.parameter.options)
        order = [float(outputs["choices"][span][options.index(option)]) for option in ranked[slot.path]]
        assert order == sorted(outputs["choices"][span].tolist(), reverse=True)[:5]
        assert chosen[slot] in (None, ranked[slot.path][0])


@settings(max_examples=50)
@given(guesses())
def test_confidence_is_a_share(guess):
    layout, outputs, _ = guess
    assert 0 <= layout.confidence(outputs) <= 1 + 1e-6


def test_heads_without_doubt_are_sure_and_heads_in_doubt_are_not(layout):
    recipe = Recipe.from_vector(np.ones(default_toolset().width))
    outputs = outputs_of(layout, recipe)
    assert layout.confidence(outputs) == pytest.approx(1)
    doubt = {name: np.full_like(values, 0.5) for name, values in outputs.items()}
    assert layout.confidence(doubt | {"choices": doubt["choices"] / 100}) < 0.55


def test_numbers_are_as_fine_as_can_be_seen(layout):
    outputs = outputs_of(layout, Recipe.neutral())
    outputs["uses"] = np.ones_like(outputs["uses"])
    outputs["moves"] = np.ones_like(outputs["moves"])
    outputs["numbers"] = np.full_like(outputs["numbers"], 12.3456)
    for slot, value in zip(default_toolset().slots, layout.recipe(outputs, even(layout)).values, strict=True):
        if isinstance(slot.parameter, Number):
            assert value == slot.parameter.clamp(round(12.3456, slot.parameter.decimals - 2))


@pytest.mark.parametrize(
    "data",
    [
        {"uses": [0.5], "moves": 0.5},
        {"uses": [0.5, 0.5, 1.5], "moves": 0.5},
        {"uses": [0.5, 0.5, float("nan")], "moves": 0.5},
        {"uses": [0.5] * 3, "moves": -1},
        {"uses": ["a"] * 3, "moves": 0},
    ],
)
def test_thresholds_that_are_no_probabilities_are_refused(layout, data):
    with pytest.raises(ValueError, match=r"thresholds are 3 probabilities|could not convert"):
        Thresholds.from_dict(data, layout)
