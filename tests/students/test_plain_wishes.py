import pytest

from goldenhour.students import Answer, embedded_student
from goldenhour.students.takes import takes
from goldenhour.students.wish_words import vocabulary
from goldenhour.students.wishes import explicit, obey, plainly
from goldenhour.tools import Recipe
from recipes import recipe_of

MIST = recipe_of(
    {"adjust.exposure": 3, "adjust.temperature": -3, "filter.name": "cool_Mist", "filter.intensity": 40}
)  # such as a network makes of two complaints


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        ("too dark and too cold", {"adjust.exposure": 25, "adjust.temperature": 25}),
        ("it's much too dark, and a bit too cold", {"adjust.exposure": 45, "adjust.temperature": 8}),
        ("too bright and too yellow", {"adjust.exposure": -25, "selective_adjust.yellow.saturation": -25}),
        ("too bright and too contrasty", {"adjust.exposure": -25, "adjust.contrast": -25}),
        ("too much contrast and too dark", {"adjust.contrast": -25, "adjust.exposure": 25}),
        ("too dark, warmer please", {"adjust.exposure": 25, "adjust.temperature": 25}),
        ("too dark, brighter please", {"adjust.exposure": 25}),
        ("zu dunkel und zu kalt", {"adjust.exposure": 25, "adjust.temperature": 25}),
        ("trop sombre et trop froid", {"adjust.exposure": 25, "adjust.temperature": 25}),
        ("demasiado oscuro y demasiado frío", {"adjust.exposure": 25, "adjust.temperature": 25}),
        ("слишком темно и слишком холодно", {"adjust.exposure": 25, "adjust.temperature": 25}),
        ("too cold", {"adjust.temperature": 25}),
    ],
)
def test_complaints_that_a_network_does_not_hear_are_answered_by_the_words_alone(intent, expected):
    assert obey(intent, MIST) == recipe_of(expected)
    assert plainly(intent)


def test_complaints_that_a_network_hears_are_its_own_to_answer():
    heard = recipe_of({"adjust.exposure": 20, "adjust.temperature": 14, "adjust.shadows": 25})
    assert obey("too dark and too cold", heard) is heard
    assert obey("too dark", heard) is heard
    one_of_two = recipe_of({"adjust.exposure": 20, "adjust.shadows": 25})
    assert obey("too dark and too cold", one_of_two) == recipe_of({"adjust.exposure": 20, "adjust.temperature": 25})


@pytest.mark.parametrize(
    "intent",
    [
        "too dark and cold",  # of both, or a wish for cold?
        "too bright and brighter please",
        "the sky is too dark and too cold",
        "too sharp",  # no tool unsharpens
        "così caldo",  # "so warm" is praise, too
        "too much",
        "too dark warmer",
    ],
)
def test_what_is_not_clearly_a_complaint_is_left_to_the_network(intent):
    assert obey(intent, MIST) is MIST


def test_complaints_have_takes_of_other_strengths_and_no_look():
    found = takes("too dark and too cold", Answer(recipe_of({"adjust.exposure": 22, "adjust.temperature": 25}), 0.9), 5)
    assert len(found) > 1
    assert not any(recipe.uses("filter") for recipe in found)


def test_the_embedded_student_hears_both_complaints():
    intents = ["too dark and too cold", "Zu dunkel und zu kalt!", "trop sombre et trop froid"]
    for answer in embedded_student().predict(intents):
        moved = {
            slot.path: value
            for slot, value in zip(answer.recipe.toolset.slots, answer.recipe.values, strict=True)
            if value
        }
        assert set(moved) == {"adjust.exposure", "adjust.temperature"}
        assert all(value >= 12 for value in moved.values())


def test_a_complaint_on_an_answer_that_changes_nothing_is_answered_too():
    assert obey("too warm", Recipe.neutral()) == recipe_of({"adjust.temperature": -25})


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        ("no saturation", {"adjust.saturation": -100}),
        ("Without contrast, please!", {"adjust.contrast": -100}),
        ("zero contrast", {"adjust.contrast": -100}),
        ("no bloom", {}),
        ("no saturation or contrast", {"adjust.saturation": -100, "adjust.contrast": -100}),
        ("no contrast and saturation, please!", {"adjust.saturation": -100, "adjust.contrast": -100}),
        ("no red saturation", {"selective_adjust.red.saturation": -100}),
        ("no contrast, too dark", {"adjust.contrast": -100, "adjust.exposure": 25}),
        ("sin saturación", {"adjust.saturation": -100}),
        ("pas de contraste", {"adjust.contrast": -100}),
        ("ohne Kontrast", {"adjust.contrast": -100}),
        ("null Kontrast", {"adjust.contrast": -100}),
        ("コントラストなし", {"adjust.contrast": -100}),
    ],
)
def test_without_a_parameter_none_of_it_is_left(intent, expected):
    assert obey(intent, MIST) == recipe_of(expected)


def test_none_of_it_has_one_reading():
    assert takes("no saturation", Answer(recipe_of({"adjust.saturation": -100}), 0.9), 5) == [
        recipe_of({"adjust.saturation": -100})
    ]


@pytest.mark.parametrize("intent", ["contrast zero", "0 contrast", "set the contrast to zero", "zero exposure"])
def test_a_parameter_at_zero_is_one_in_numbers(intent):
    assert explicit(intent) == Recipe.neutral()
    assert explicit("exposure zero contrast 20") == recipe_of({"adjust.contrast": 20})


@pytest.mark.parametrize(
    "intent", ["don't add contrast", "morocco without contrast", "no highlights", "no temperature", "not contrasty"]
)
def test_other_refusals_only_bound_what_the_network_says(intent):
    assert obey(intent, MIST) is MIST


@pytest.mark.parametrize(
    "intent",
    [
        "warmer, no saturation change",
        "brighter, without contrast change",
        "no change in contrast",
        "no change to saturation",
        "less saturation, no contrast change",
        "no contrast adjustment",
        "zero contrast change",
        "sin cambio de contraste",
        "pas de changement de contraste",
        "keine Kontraständerung",
        "没有调整对比度",
        "no saturation, contrast",
        "no saturation but contrast",
    ],
)
def test_what_is_not_surely_none_of_it_keeps_what_there_is(intent):
    assert not plainly(intent)
    recipe = obey(intent, MIST)
    assert recipe.uses("filter")
    for slot, value in zip(recipe.toolset.slots, recipe.values, strict=True):
        assert slot.path not in ("adjust.contrast", "adjust.saturation") or value == 0


def test_what_leaves_nothing_at_its_minimum_is_of_the_toolset():
    known = vocabulary(Recipe.neutral().toolset)
    assert {slot.path.partition(".")[2] for slot in known.toolset.slots if known.none_left(slot)} >= {
        "contrast",
        "saturation",
        "vibrance",
        "structure",
        "sharpen",
        "bloom",
        "red.saturation",
    }
