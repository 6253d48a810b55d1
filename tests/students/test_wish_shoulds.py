import time

import pytest

from goldenhour.students import embedded_student
from goldenhour.students.wish_shoulds import missed, outright
from goldenhour.students.wish_words import vocabulary
from goldenhour.students.wishes import obey
from goldenhour.tools import Recipe, default_toolset
from recipes import recipe_of

KNOWN = vocabulary(default_toolset())


def value(recipe, path):
    return recipe.values[[slot.path for slot in recipe.toolset.slots].index(path)]


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("the sky should be pink", "make the sky pink"),
        ("it should look like a dream", "make it like a dream"),
        ("i like it, the sky should be pink, please", "i like it, make the sky pink, please"),
        ("there should be more contrast", "more contrast"),
        ("der himmel soll blauer sein", "der himmel blauer"),
        ("el cielo debería ser rosa", "el cielo rosa"),
        ("le ciel devrait être rose", "le ciel rose"),
        ("il cielo dovrebbe essere rosa", "il cielo rosa"),
        ("the sky should not be pink", "the sky should not be pink"),
        ("the sky shouldn't be pink", "the sky shouldn't be pink"),
        ("the sky is pink", "the sky is pink"),
        ("should be", "should be"),
    ],
)
def test_what_should_be_is_an_outright_wish(text, wish):
    assert outright(text) == wish


def test_an_answer_that_goes_no_hues_way_misses_it():
    green = recipe_of({"adjust.tint": -8})
    assert missed("the sky should be pink", green, KNOWN)
    assert not missed("the sky should be pink", recipe_of({"adjust.tint": 8}), KNOWN)
    assert not missed("the sky should be darker", recipe_of({"adjust.exposure": 2}), KNOWN)  # maybe only its blue is
    assert not missed("the sky should be less pink", green, KNOWN)
    assert not missed("the sky should be like a dream", green, KNOWN)
    assert not missed("pink sky", green, KNOWN)


def test_a_missed_hue_is_answered_by_the_words_alone():
    recipe = obey("der Himmel soll blauer sein", recipe_of({"adjust.exposure": 9, "adjust.temperature": 30}))
    assert recipe == recipe_of({"selective_adjust.blue.saturation": 25})
    assert obey("the sky should be pink", Recipe.neutral()) == recipe_of({"adjust.tint": 25})


@pytest.mark.parametrize(
    ("intent", "path", "way"),
    [
        ("the sky should be pink", "adjust.tint", 1),
        ("it should look pink", "adjust.tint", 1),
        ("der Himmel sollte rosa aussehen", "adjust.tint", 1),
        ("el cielo debería ser rosa", "adjust.tint", 1),
        ("the sky should be bluer", "selective_adjust.blue.saturation", 1),
        ("The grass should be blue!", "selective_adjust.blue.saturation", 1),
        ("der Himmel soll blauer sein", "selective_adjust.blue.saturation", 1),
        ("the sky should be less blue", "selective_adjust.blue.saturation", -1),
        ("it should be warmer", "adjust.temperature", 1),
    ],
)
def test_the_embedded_student_goes_the_way_of_what_should_be(intent, path, way):
    (answer,) = embedded_student().predict([intent])
    assert way * value(answer.recipe, path) >= 12


@pytest.mark.parametrize("phrase", ["soll ", "soll a ", "should be ", "muss sein "])
def test_words_that_repeat_without_end_take_no_time(phrase):
    began = time.perf_counter()
    for text in ((phrase * 500)[:500], ("a " * 250)[:490] + phrase):
        outright(text)
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize(
    "intent",
    [
        "golden hour, the shadows should be cool",
        "golden hour but the sky should be pink",
        "golden hour should be cool",
        "the shadows should be cool",
        "The sky should be pink. More contrast!",
        "the sky should be pink and dreamy",
        "sepia, it should be colder",
    ],
)
def test_a_hue_that_should_be_takes_no_look_away(intent):
    look = recipe_of({"adjust.temperature": 30, "adjust.tint": -4, "adjust.exposure": 9})
    assert obey(intent, look) == look


def test_a_colour_that_should_be_beside_a_look_moves_alone():
    look = {"adjust.temperature": 30, "adjust.exposure": 9}
    recipe = obey("golden hour, the sky should be bluer", recipe_of(look))
    assert recipe == recipe_of(look | {"selective_adjust.blue.saturation": 25})
