import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.teacher.compact_form import from_compact, to_compact
from goldenhour.teacher.errors import AnswerError
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.text_form import to_text
from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import parse_toolset
from invented_toolset import invented, invented_data
from recipes import any_recipe, recipes

# names of which one is the beginning of another, with digits, of other alphabets; options that look like values
AWKWARD = parse_toolset(
    """
apply: {pointwise: [zone, 色], spatial: []}
tools:
  zone:
    parameters: {hue: {min: 0, max: 1}, hues: {min: 0, max: 0.001}, zone1: {min: -5, max: 5}, zone10: {min: 0, max: 9}}
  色:
    colors: [a, ab]
    parameters: {bc: {min: -1, max: 1}, c: {min: -1, max: 1}, kind: {choice: kinds}, other: {choice: kinds}}
kinds:
  all: {a1: "", "-": "", ";": "", "two words": "", "#3": "", plain: "", Ünï: ""}
"""
)


@given(any_recipe)
def test_a_recipe_comes_back_from_its_text_without_repairs(recipe):
    assert from_compact(to_compact(recipe), recipe.toolset) == (recipe, [])


@given(recipes(AWKWARD))
def test_so_does_one_of_a_toolset_with_awkward_names(recipe):
    assert from_compact(to_compact(recipe), AWKWARD) == (recipe, [])


@given(any_recipe)
def test_the_part_of_a_tool_comes_back_alone(recipe):
    for tool in recipe.toolset.tool_slots:
        data = dict.fromkeys(recipe.toolset.tool_slots, None) | {tool: recipe.to_dict()[tool]}
        expected = Recipe.from_dict(data, recipe.toolset)
        assert from_compact(to_compact(recipe, tool), recipe.toolset, tool) == (expected, [])


@given(any_recipe)
def test_it_is_one_line_and_shorter_than_json(recipe):
    assert "\n" not in to_compact(recipe)
    assert len(to_compact(recipe)) < len(to_text(recipe))


def test_every_recorded_answer_comes_back():
    for answer in recorded_answers()[::10]:
        assert from_compact(to_compact(answer.recipe)) == (answer.recipe, [])


def test_what_is_neutral_is_left_out_and_an_unused_tool_is_a_dash():
    recipe = Recipe.from_dict(invented_data(zones=None), invented)
    assert to_compact(recipe) == "k8000 g-5; -; m50 cloth_Linen"


@given(st.text() | st.text(alphabet="ecbrhisadvtl;-0123456789. #_", max_size=60))
def test_any_text_is_read_or_refused(text):
    for tool in (None, *default_toolset().tool_slots):
        try:
            recipe, _ = from_compact(text, tool=tool)
        except AnswerError:
            continue
        assert Recipe.from_dict(recipe.to_dict()) == recipe


@given(any_recipe, st.integers(0, 300))
def test_a_text_that_breaks_off_is_mended_aloud_or_refused(recipe, place):
    whole = to_compact(recipe)
    try:
        read, repairs = from_compact(whole[:place], recipe.toolset)
    except AnswerError:
        return
    ends_within_a_tool = whole[:place].count(";") == whole.count(";")  # which cannot be told from a shorter answer
    assert repairs or read == recipe or ends_within_a_tool


@pytest.mark.parametrize("text", ["", " ", ";;", "null", "I would warm it up.", "e", "{", "--", "\x00"])
def test_text_without_a_recipe_is_refused(text):
    with pytest.raises(AnswerError, match="nothing in the text can be read as an answer"):
        from_compact(text, tool="adjust")


@pytest.mark.parametrize(
    ("text", "meant", "repair"),
    [
        ("e900; -; -", "e100; -; -", "clamped adjust.exposure from 900 to 100"),
        ("e5 e10; -; -", "e10; -; -", "took the last of several values of adjust.exposure"),
        ("e5 zz10 warm; -; -", "e5; -; -", "dropped 'zz10', which is nothing of adjust"),
        ("E=5; -; -", "e5; -; -", None),
        ("e5", "e5; -; -", "took the missing tool 'filter' for not used"),
        ("e5; -; -; c10", "e5; -; -", "dropped 'c10' after the last tool"),
        ("-; -; warm_Hony i40", "-; -; warm_Honey i40", "took filter.name 'warm_Hony' for 'warm_Honey'"),
        ("-; -; warm_Honey", "-; -; warm_Honey i50", "filled filter.intensity, missing"),
        ("e5; -; i40", "e5; -; -", "dropped filter: without name it does nothing"),
        ("e5; rs1e5; -", "e5; rs100; -", "clamped selective_adjust.red.saturation from 100000 to 100"),
    ],
)
def test_what_can_be_mended_is_mended_and_said(text, meant, repair):
    recipe, repairs = from_compact(text)
    assert to_compact(recipe) == meant
    assert (repair in " ".join(repairs)) if repair else repairs == []


def test_ten_thousand_words_are_read_in_a_moment():
    with pytest.raises(AnswerError):
        from_compact("x" * 10**6)
