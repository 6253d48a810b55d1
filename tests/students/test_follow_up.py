"""The table of examples is the specification of `follow_up`: what words make of the recipe that stands."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.students import embedded_student
from goldenhour.students.follow_up import FollowUp, follow_up
from goldenhour.students.wish_words import _data, vocabulary
from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import Choice, Number
from invented_toolset import invented, invented_data
from recipes import recipe_of, recipes

TOOLSET = default_toolset()
SLOTS = {slot.path: slot for slot in TOOLSET.slots}

# the recipe that stands in every row of the table
CURRENT = recipe_of(
    {
        "adjust.exposure": 10,
        "adjust.contrast": 20,
        "adjust.saturation": -12,
        "adjust.temperature": 30,
        "adjust.bloom": 16,
    }
    | {"selective_adjust.blue.saturation": -20, "filter.name": "warm_Honey", "filter.intensity": 40}
)
# what a student answers to words for a look, and to a correction
LOOK = recipe_of({"adjust.contrast": 8, "adjust.shadows": 6, "filter.name": "warm_Sahara", "filter.intensity": 60})
CORRECTION = recipe_of({"adjust.exposure": 6, "adjust.shadows": 20})

LOOKS_NUMBERS = "exposure 0, contrast 8, shadows 6, saturation 0, temperature 0, bloom 0, blue.saturation 0"
NO_FILTER = "filter.name None, filter.intensity 0"
WARMER, COLDER, BRIGHTER = "temperature 55", "temperature 5", "exposure 35"
TWO_THIRDS = (
    "exposure 6.67, contrast 13.33, saturation -8, temperature 20, bloom 10.67, blue.saturation -13.33, intensity 26.67"
)
HALF = "exposure 5, contrast 10, saturation -6, temperature 15, bloom 8, blue.saturation -10, intensity 20"
HALF_MORE = "exposure 15, contrast 30, saturation -18, temperature 45, bloom 24, blue.saturation -30, intensity 60"

# words | what becomes of CURRENT: the values that change, or `as it stands`, `neutral`, `the answer`
TABLE = {
    "relative": f"""
        warmer                             | {WARMER}
        a bit warmer                       | temperature 38
        much warmer                        | temperature 75
        make it a little cooler, please    | temperature 22
        less contrast                      | contrast -5
        less contrast and saturation       | contrast -5, saturation -37
        brighter and warmer                | {BRIGHTER}, {WARMER}
        a bit brighter, much less contrast | exposure 18, contrast -25
        darker shadows                     | shadows -25
        less blue                          | blue.saturation -45
        darker blues                       | blue.luminance -25
        way more bloom                     | bloom 84
        too warm                           | {COLDER}
        a bit too warm                     | temperature 22
        too dark, fix it                   | {BRIGHTER}
        it's still too dark                | {BRIGHTER}
        shadows too dark                   | shadows 25
        too much contrast                  | contrast -5
        not enough contrast                | contrast 45
        not so warm                        | {COLDER}
        not too warm                       | {COLDER}
        not warm enough                    | {WARMER}
        not warm                           | temperature 0
        not cold                           | as it stands
        warm enough                        | as it stands
        don't touch the shadows, warmer    | {WARMER}
        warmer but keep the filter         | {WARMER}
        warmer by 10                       | temperature 40
        10% darker                         | exposure 0
        half a stop brighter               | exposure 35
        +10 contrast                       | contrast 30
        contrast +10                       | contrast 30
        -10 contrast                       | contrast 10
        lower contrast by 5 and exposure by 3 | contrast 15, exposure 7
        contrast 35                        | contrast 35
        contrast -10                       | contrast -10
        raise contrast to 35               | contrast 35
        lower the contrast to 5            | contrast 5
        set saturation to 0 and bloom to 5 | saturation 0, bloom 5
        contrast 900                       | contrast 100
        filter 30                          | intensity 30
        filter at 70%                      | intensity 28
        filter +10                         | intensity 50
        less filter                        | intensity 26.67
        the filter is too strong           | intensity 26.67
        half the filter                    | intensity 20
        more honey                         | intensity 60
        noir filter                        | filter.name cinematic_Noir
        use the noir filter instead        | filter.name cinematic_Noir
        sepia 80                           | filter.name vintage_Sepia, intensity 80
        more                               | {HALF_MORE}
        stronger                           | {HALF_MORE}
        not strong enough                  | {HALF_MORE}
        less                               | {TWO_THIRDS}
        too much                           | {TWO_THIRDS}
        tone it down                       | {TWO_THIRDS}
        half of it                         | {HALF}
        50 %                               | {HALF}
        50% less                           | {HALF}
        remove the bloom and make it warmer | bloom 0, {WARMER}
        same                               | as it stands
        perfect, thanks                    | as it stands
        crop it                            | as it stands
        crop it and warmer                 | {WARMER}
        warmer, and crop it to a square    | {WARMER}
        rotate it, contrast 35             | contrast 35
        recadre et plus chaud              | {WARMER}
        schneide es zu, etwas wärmer       | temperature 38
        un peu plus chaud                  | temperature 38
        plus de contraste                  | contrast 45
        trop sombre                        | {BRIGHTER}
        etwas wärmer                       | temperature 38
        weniger Kontrast                   | contrast -5
        zu dunkel                          | {BRIGHTER}
        un poco más cálido                 | temperature 38
        demasiado oscuro                   | {BRIGHTER}
        um pouco mais quente               | temperature 38
        un po' più caldo                   | temperature 38
        troppo scuro                       | {BRIGHTER}
        daha sıcak                         | {WARMER}
        чуть теплее                        | temperature 38
        слишком темно                      | {BRIGHTER}
        もう少し暖かく                         | temperature 38
        もっと                               | {HALF_MORE}
        조금 더 따뜻하게                         | temperature 38
        太暗                                | {BRIGHTER}
        降低对比度                            | contrast -5
        أكثر دفئا                          | {WARMER}
        קצת יותר חם                        | temperature 38
    """,
    "mixed": f"""
        same but colder                    | {COLDER}
        same but a bit colder              | temperature 22
        like this but brighter             | {BRIGHTER}
        same filter but brighter           | {BRIGHTER}
        keep this but with the noir filter | filter.name cinematic_Noir
        same but noir                      | filter.name cinematic_Noir
        same but no filter                 | {NO_FILTER}
        same but colder, and crop it       | {COLDER}
        like before but less orange        | orange.saturation -25
        like it was but warmer             | {WARMER}
        como antes pero más frío           | {COLDER}
        wie zuvor, aber kälter             | {COLDER}
        как раньше, но холоднее            | {COLDER}
        和之前一样但是更冷                        | {COLDER}
        crop it, more cinematic            | contrast 24, shadows 3
        same but misty and hazy            | contrast 24, shadows 3
        more cinematic                     | contrast 24, shadows 3
        moodier                            | contrast 24, shadows 3
        warmer and more cinematic          | {WARMER}, contrast 24, shadows 3
        morocco but keep the filter        | {LOOKS_NUMBERS}
        pareil mais plus froid             | {COLDER}
        das gleiche, aber kälter           | {COLDER}
        lo mismo pero más frío             | {COLDER}
        o mesmo mas mais frio              | {COLDER}
        то же самое, но холоднее           | {COLDER}
        一样但是更冷                           | {COLDER}
        אותו דבר אבל קר יותר               | {COLDER}
    """,
    "undone": f"""
        undo the filter                    | {NO_FILTER}
        no filter                          | {NO_FILTER}
        filter off                         | {NO_FILTER}
        without the honey filter           | {NO_FILTER}
        remove honey                       | {NO_FILTER}
        remove sepia                       | as it stands
        remove the bloom                   | bloom 0
        no filter or bloom                 | bloom 0, {NO_FILTER}
        undo the filter and the bloom      | bloom 0, {NO_FILTER}
        reset the saturation               | saturation 0
        undo the blues                     | blue.saturation 0
        undo the shadows                   | as it stands
        undo                               | neutral
        undo that                          | neutral
        no contrast                        | contrast 0
        without contrast                   | contrast 0
        undo everything                    | neutral
        start over                         | neutral
        back to the original               | neutral
        start over and crop it             | neutral
        crop it and remove the bloom       | bloom 0
        enlève le filtre                   | {NO_FILTER}
        annule tout                        | neutral
        Filter entfernen                   | {NO_FILTER}
        alles zurücksetzen                 | neutral
        quita el filtro                    | {NO_FILTER}
        sem filtro                         | {NO_FILTER}
        togli il filtro                    | {NO_FILTER}
        filtreyi kaldır                    | {NO_FILTER}
        убери фильтр                       | {NO_FILTER}
        フィルターを外して                       | {NO_FILTER}
        필터 제거                             | {NO_FILTER}
        去掉滤镜                             | {NO_FILTER}
        恢复原图                             | neutral
        أزل الفلتر                         | {NO_FILTER}
        תסיר את הפילטר                     | {NO_FILTER}
    """,
    "new": """
        morocco                            | the answer
        golden hour                        | the answer
        foggy morning                      | the answer
        warm and cozy                      | the answer
        morocco but less saturated         | the answer
        a warm evening in may              | the answer
        start over, morocco                | the answer
        golden hour without lens flare     | the answer
        très cinématographique             | the answer
    """,
}
ROWS = [
    (change, *(cell.strip() for cell in row.split("|")))
    for change, rows in TABLE.items()
    for row in rows.strip().splitlines()
]


def expected(text, answer=LOOK):
    """The recipe of a cell of the table."""
    whole = {"as it stands": CURRENT, "neutral": Recipe.neutral(), "the answer": answer}
    if text in whole:
        return whole[text]
    values = {}
    for change in text.split(", "):
        name, value = change.split(" ")
        (slot,) = (slot for path, slot in SLOTS.items() if path.endswith(name) and not _colour(path, name))
        values[slot] = None if value == "None" else value if isinstance(slot.parameter, Choice) else float(value)
    return CURRENT.with_values(values)


def _colour(path, name):
    return path.startswith("selective_adjust") and "." not in name


def moved(recipe, before):
    values = zip(TOOLSET.slots, recipe.values, before.values, strict=True)
    return {slot.path for slot, value, old in values if value != old}


@pytest.mark.parametrize(("change", "intent", "result"), ROWS)
def test_words_beside_a_recipe(change, intent, result):
    found = follow_up(intent, CURRENT, LOOK)
    assert found.recipe == expected(result)
    assert found.change == change


def test_the_table_has_all_thirteen_languages_and_many_rows():
    text = " ".join(intent for _, intent, _ in ROWS)
    for word in ("warmer", "cálido", "quente", "chaud", "wärmer", "caldo", "sıcak", "теплее", "暖かく", "따뜻하게"):
        assert word in text
    for word in ("对比度", "دفئا", "חם"):
        assert word in text
    assert len(ROWS) >= 80


# --- corrections whose words are not all understood, on top of what stands


@pytest.mark.parametrize(
    "intent", ["brighter skin", "recover the faces", "remove the haze", "more light on the left", "fix it"]
)
def test_a_correction_comes_on_top_of_what_stands(intent):
    found = follow_up(intent, CURRENT, CORRECTION)
    assert found.recipe == expected("exposure 16, shadows 20")
    assert found.change == "mixed"


def test_a_correction_of_what_is_named_leaves_the_answer_to_it_out():
    assert follow_up("remove the haze, a bit darker", CURRENT, CORRECTION).recipe == expected("exposure 2, shadows 20")


def test_a_look_replaces_whatever_stands_also_where_its_words_are_tonal():
    assert follow_up("dark forest", CURRENT, LOOK).change == "new"


# --- what is understood


@pytest.mark.parametrize("intent", ["asdfgh", "what?", "thanks", "perfect, thanks", "more qwertz", "fix it", "..."])
def test_where_nothing_is_understood_it_says_so(intent):
    found = follow_up(intent, CURRENT, Recipe.neutral())
    assert (found.recipe, found.heard) == (CURRENT, False)


@pytest.mark.parametrize("intent", ["same", "warm enough", "undo the shadows", "not cold", "warmer, asdfgh"])
def test_words_may_be_understood_and_change_little_or_nothing(intent):
    assert follow_up(intent, CURRENT, Recipe.neutral()).heard


@pytest.mark.parametrize(("intent", "beyond"), [("crop it and warmer", True), ("warmer", False), ("crop it", True)])
def test_what_no_tool_can_do_is_told_apart_from_what_is_followed(intent, beyond):
    found = follow_up(intent, CURRENT, LOOK)
    assert (found.beyond, found.heard) == (beyond, "warmer" in intent)


# --- nothing comes back


@pytest.mark.parametrize("intent", ["more filter", "stronger filter", "filter 30", "much more", "double it"])
def test_what_is_switched_off_stays_off(intent):
    off = follow_up("undo the filter", CURRENT, LOOK).recipe
    assert not follow_up(intent, off, LOOK).recipe.uses("filter")


@pytest.mark.parametrize("intent", ["more", "less filter", "half of it", "undo the bloom", "same", "crop it"])
def test_a_neutral_recipe_has_nothing_to_scale_or_undo(intent):
    assert follow_up(intent, Recipe.neutral(), LOOK).recipe.is_neutral


@pytest.mark.parametrize("intent", ["a bit warmer", "too dark", "moodier", "brighter skin"])
def test_beside_a_neutral_recipe_wishes_are_the_answer(intent):
    assert follow_up(intent, Recipe.neutral(), LOOK) == follow_up("morocco", CURRENT, LOOK)


def test_a_users_own_look_survives_a_wish():
    own = Recipe.from_dict(CURRENT.to_dict() | {"filter": {"name": "user:teal", "intensity": 45}})
    assert follow_up("a bit warmer", own, LOOK).recipe == own.with_values({SLOTS["adjust.temperature"]: 38})
    assert follow_up("no filter", own, LOOK).recipe == follow_up("no filter", CURRENT, LOOK).recipe
    assert follow_up("more cinematic", own, LOOK).recipe.to_dict()["filter"] == {"name": "user:teal", "intensity": 45}


# --- with the real student


def test_a_conversation_with_the_student():
    student = embedded_student()
    recipe = Recipe.neutral()
    for intent, look, change in [
        ("morocco", "warm_Terracotta", "new"),
        ("a bit warmer", "warm_Terracotta", "relative"),
        ("same but less contrast", "warm_Terracotta", "mixed"),
        ("undo the filter", None, "undone"),
        ("more", None, "relative"),
        ("black and white", "mono_Classic", "new"),
        ("start over", None, "undone"),
    ]:
        found = follow_up(intent, recipe, student.predict([intent])[0])
        recipe = found.recipe
        assert found.change == change, intent
        assert recipe.values[TOOLSET.slots.index(SLOTS["filter.name"])] == look, intent
    assert recipe.is_neutral


# --- whatever is typed


SAID = sorted(vocabulary(TOOLSET, beside=True)._phrases)
texts = st.text(max_size=60) | st.lists(
    st.sampled_from(SAID) | st.sampled_from(["but", ",", "20", "%", "+5", "moss"]), max_size=8
).map(" ".join)


@settings(max_examples=400)
@given(texts, recipes(TOOLSET), recipes(TOOLSET))
def test_any_text_leads_from_any_recipe_to_a_valid_one(text, current, answer):
    found = follow_up(text, current, answer)
    assert Recipe.from_json(found.recipe.to_json()) == found.recipe
    assert found.change in ("new", "relative", "mixed", "undone")
    if found.change == "undone":
        for slot, value, old in zip(TOOLSET.slots, found.recipe.values, current.values, strict=True):
            assert value in (old, slot.parameter.neutral)
    assert follow_up(text, current, answer) == found


@given(texts, recipes(invented))
def test_a_toolset_that_the_words_do_not_know_is_no_fault(text, current):
    found = follow_up(text, current, Recipe.from_dict(invented_data(), invented))
    assert Recipe.from_json(found.recipe.to_json(), invented) == found.recipe


WISHES = {
    "warmer": ("adjust.temperature", 1),
    "slightly cooler": ("adjust.temperature", -1),
    "more contrast": ("adjust.contrast", 1),
    "much darker": ("adjust.exposure", -1),
    "darker shadows": ("adjust.shadows", -1),
    "less blue": ("selective_adjust.blue.saturation", -1),
    "too saturated": ("adjust.saturation", -1),
    "plus lumineux": ("adjust.exposure", 1),
}


@given(st.sampled_from(sorted(WISHES)), recipes(TOOLSET).filter(lambda recipe: not recipe.is_neutral))
def test_a_relative_wish_said_again_goes_on_until_the_end_and_moves_nothing_else(intent, current):
    path, way = WISHES[intent]
    slot = SLOTS[path]
    place = TOOLSET.slots.index(slot)
    end = slot.parameter.maximum if way > 0 else slot.parameter.minimum
    for _ in range(40):
        found = follow_up(intent, current, LOOK)
        if current.is_neutral:
            return  # a recipe that became neutral on its way is none to follow
        assert found.change == "relative"
        assert moved(found.recipe, current) <= {path}
        before, after = current.values[place], found.recipe.values[place]
        assert after == end if abs(end - before) < 4 else way * (after - before) > 0
        current = found.recipe
    assert current.values[place] == end


@given(recipes(TOOLSET))
def test_less_takes_back_what_more_gave_but_for_what_met_the_end(current):
    again = follow_up("less", follow_up("more", current, LOOK).recipe, LOOK).recipe
    for slot, value, old in zip(TOOLSET.slots, again.values, current.values, strict=True):
        if isinstance(slot.parameter, Number) and abs(old) <= 66:
            assert value == pytest.approx(old, abs=0.02)


def test_text_without_end_takes_no_time():
    started = time.perf_counter()
    for text in ("undo the filter, " * 10_000, "warmer " * 10_000, "no more less too " * 10_000, "a,b," * 10_000):
        follow_up(text, CURRENT, LOOK)
    assert time.perf_counter() - started < 2


# --- the vocabulary


def test_no_phrase_of_a_follow_up_has_two_meanings():
    found = [phrase for words, _ in vocabulary(TOOLSET)._follow_ups(_data()["follow-ups"]) for phrase in {*words}]
    assert len(found) == len(set(found))


def test_follow_up_words_say_nothing_without_a_recipe():
    alone = vocabulary(TOOLSET)
    assert [word.kind for word in alone.read("undo")] == ["unknown"]
    assert [word.kind for word in vocabulary(TOOLSET, beside=True).read("undo")] == ["undo"]


def test_words_to_which_the_answer_changes_nothing_leave_the_recipe_as_it_stands():
    assert follow_up("asdfghjk qwe", CURRENT, Recipe.neutral()) == FollowUp(CURRENT, "relative")
    assert follow_up("undo everything", CURRENT, Recipe.neutral()) == FollowUp(Recipe.neutral(), "undone")
