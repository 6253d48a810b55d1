import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.tools import Recipe, default_toolset, repair
from invented_toolset import invented, invented_data
from recipes import any_recipe, toolsets, written

UNUSED = {"adjust": None, "selective_adjust": None, "filter": None}
ADJUST = {slot.keys[0]: 0 for slot in default_toolset().tool_slots["adjust"]}
COLOURS = {slot.keys[0]: {"saturation": 0, "luminance": 0} for slot in default_toolset().tool_slots["selective_adjust"]}


def adjust(**changed):
    return UNUSED | {"adjust": ADJUST | changed}


def colours(**changed):
    return UNUSED | {"selective_adjust": COLOURS | changed}


def look(name="warm_Honey", intensity=30):
    return UNUSED | {"filter": {"name": name, "intensity": intensity}}


@given(any_recipe)
def test_a_valid_recipe_is_left_alone(recipe):
    assert repair(recipe.to_dict(), recipe.toolset) == (recipe, [])


@given(toolsets.flatmap(lambda toolset: st.tuples(st.just(toolset), written(toolset))))
def test_anything_becomes_a_valid_recipe_that_needs_no_further_repair(case):
    toolset, data = case
    recipe, repairs = repair(data, toolset)
    assert repair(recipe.to_dict(), toolset) == (recipe, [])
    assert all(isinstance(sentence, str) and sentence for sentence in repairs)
    if not repairs:
        assert Recipe.from_dict(data, toolset) == recipe


@pytest.mark.parametrize(
    ("data", "expected", "repairs"),
    [
        (None, UNUSED, ["took None, which is not an object, for an empty recipe"]),
        ([look()], UNUSED, [f"took {repr([look()])[:57]}..., which is not an object, for an empty recipe"]),
        (
            {"filter": None},
            UNUSED,
            ["took the missing tool 'adjust' for not used", "took the missing tool 'selective_adjust' for not used"],
        ),
        (look() | {"crop": 5}, look(), ["dropped the unknown tool 'crop'"]),
        (UNUSED | {"adjust": 5}, UNUSED, ["dropped adjust: 5 is not an object"]),
        (
            {"adjust": None, "selectiveAdjust": None, "Filter": look()["filter"]},
            look(),
            ["took the tool 'selectiveAdjust' for 'selective_adjust'", "took the tool 'Filter' for 'filter'"],
        ),
        (
            look() | {"Filter": {"name": "mono_Classic", "intensity": 50}},
            look(),
            ["dropped the unknown tool 'Filter'"],
        ),
        (adjust(hue=5) | {3: 4}, adjust(hue=5), ["dropped the unknown tool 3"]),
        (adjust(contrast="+15"), adjust(contrast=15), ["read adjust.contrast '+15' as 15"]),
        (adjust(contrast=" 15 % "), adjust(contrast=15), ["read adjust.contrast ' 15 % ' as 15"]),
        (adjust(contrast=150), adjust(contrast=100), ["clamped adjust.contrast from 150 to 100"]),
        (
            adjust(contrast="-1e3"),
            adjust(contrast=-100),
            ["read adjust.contrast '-1e3' as -1000", "clamped adjust.contrast from -1000 to -100"],
        ),
        (
            adjust(contrast="a lot", hue=5),
            adjust(hue=5),
            ["replaced adjust.contrast 'a lot', which is not a number, by 0"],
        ),
        (adjust(contrast=math.nan), UNUSED, ["replaced adjust.contrast nan, which is not a number, by 0"]),
        (adjust(contrast="inf"), UNUSED, ["replaced adjust.contrast 'inf', which is not a number, by 0"]),
        (adjust(contrast=True), UNUSED, ["replaced adjust.contrast True, which is not a number, by 0"]),
        (
            adjust(contrast=10**400),
            UNUSED,
            [f"replaced adjust.contrast 1{'0' * 56}..., which is not a number, by 0"],
        ),
        (adjust(contrast=None, tint=5), adjust(tint=5), ["filled adjust.contrast, missing, with neutral"]),
        (
            UNUSED | {"adjust": {name: 9 for name in ADJUST if name not in ("hue", "tint")}},
            adjust(**{name: 9 for name in ADJUST if name not in ("hue", "tint")}),
            ["filled adjust.tint, adjust.hue, missing, with neutral"],
        ),
        (
            adjust(linear_offset=7),
            UNUSED,
            ["dropped the unknown parameter of adjust 'linear_offset'"],
        ),
        (adjust(glow=7, hue=5), adjust(hue=5), ["dropped the unknown parameter of adjust 'glow'"]),
        (
            colours(red={"Saturation": 5, "luminance": 6}),
            colours(red={"saturation": 5, "luminance": 6}),
            ["took the parameter of selective_adjust.red 'Saturation' for 'saturation'"],
        ),
        (
            colours(pink={"saturation": 5, "luminance": 6}),
            UNUSED,
            ["dropped the unknown colour of selective_adjust 'pink'"],
        ),
        (
            colours(red=5),
            UNUSED,
            [
                "dropped selective_adjust.red: 5 is not an object",
                "filled selective_adjust.red.saturation, selective_adjust.red.luminance, missing, with neutral",
            ],
        ),
        (
            UNUSED | {"filter": {"name": "warm_Honey"}},
            look(intensity=50),
            ["filled filter.intensity, missing, with the middle of the range"],
        ),
        (
            look(intensity="strong"),
            look(intensity=50),
            ["replaced filter.intensity 'strong', which is not a number, by 50"],
        ),
        (look(name="quite unlike any look"), UNUSED, ["dropped filter: without name it does nothing"]),
        (look(name=5), UNUSED, ["dropped filter: without name it does nothing"]),
        (UNUSED | {"filter": {"intensity": 5}}, UNUSED, ["dropped filter: without name it does nothing"]),
    ],
)
def test_what_is_repaired_is_told(data, expected, repairs):
    assert repair(data) == (Recipe.from_dict(expected), repairs)


def test_a_parameter_in_another_spelling_fills_a_missing_one():
    data = {name: 0 for name in ADJUST if name != "linearOffset"} | {"linear_offset": 7}
    assert repair(UNUSED | {"adjust": data}) == (
        Recipe.from_dict(adjust(linearOffset=7)),
        ["took the parameter of adjust 'linear_offset' for 'linearOffset'"],
    )


@pytest.mark.parametrize(
    ("written_name", "name"),
    [
        ("golden hour", "warm_GoldenHour"),
        ("warm-goldenhour", "warm_GoldenHour"),
        ("Warm_GoldenHuor", "warm_GoldenHour"),
        ("WARM_GOLDENHOUR", "warm_GoldenHour"),
        ("GoldenHour", "warm_GoldenHour"),
        ("teal & orange", "cinematic_TealOrange"),
        ("Teal and Orange", "cinematic_TealOrange"),
        ("technicolour", "vintage_Technicolor"),
    ],
)
def test_misspelt_looks_are_mapped_to_the_nearest(written_name, name):
    recipe, repairs = repair(look(written_name))
    assert recipe == Recipe.from_dict(look(name))
    assert repairs == [f"took filter.name {written_name!r} for {name!r}"]


@pytest.mark.parametrize("name", list(default_toolset().slots[-2].parameter.options))
def test_every_look_is_known_without_its_pack(name):
    assert repair(look(name.split("_")[1]))[0] == Recipe.from_dict(look(name))


def test_a_users_own_look_is_none_that_a_model_may_choose():
    recipe, repairs = repair(look("user:xqzzt"))
    assert recipe == Recipe.neutral()
    assert repairs == ["dropped filter: without name it does nothing"]


def test_neutral_values_and_ranges_come_from_the_toolset():
    data = {
        "develop": {"kelvin": "warm", "gain": 0},
        "zones": {"lows": {"heft": 0}, "tops": None},
        "overlay": {"texture": "linen"},
    }
    recipe, repairs = repair(data, invented)
    assert recipe.to_dict() == {
        "develop": {"kelvin": 6500, "blur": 0, "gain": -2},
        "zones": {"lows": {"lift": 5, "heft": 0.5}, "tops": {"lift": 5, "heft": 1}},
        "overlay": {"mix": 50, "texture": "cloth_Linen"},
    }
    assert repairs == [
        "replaced develop.kelvin 'warm', which is not a number, by 6500",
        "clamped develop.gain from 0 to -2",
        "filled develop.blur, missing, with neutral",
        "dropped zones.tops: None is not an object",
        "clamped zones.lows.heft from 0 to 0.5",
        "filled zones.lows.lift, zones.tops.lift, zones.tops.heft, missing, with neutral",
        "took overlay.texture 'linen' for 'cloth_Linen'",
        "filled overlay.mix, missing, with the middle of the range",
    ]
    assert repair(invented_data(), invented)[1] == []


def nested(depth):
    data = 1
    for _ in range(depth):
        data = [data]
    return data


@pytest.mark.parametrize(
    "data",
    [10**5000, {10**5000: 1}, nested(100_000), adjust(hue=10**5000), adjust(hue=nested(5000))],
    ids=["digits", "digits as name", "nested", "parameter of digits", "nested parameter"],
)
def test_what_cannot_be_shown_is_repaired_too(data):
    recipe, repairs = repair(data)
    assert recipe.is_neutral
    assert repairs
