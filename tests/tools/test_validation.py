import copy
import math

import pytest

from goldenhour.tools import Recipe, RecipeError
from invented_toolset import invented, invented_data

PARAMETERS = (
    "exposure, contrast, brightness, highlights, shadows, saturation, vibrance, temperature, tint, hue, bloom, "
    "sharpen, structure, linearOffset"
)
VALID = {
    "adjust": dict.fromkeys(PARAMETERS.split(", "), 10),
    "selective_adjust": {
        colour: {"saturation": 5, "luminance": 0} for colour in ("red", "orange", "yellow", "green", "cyan", "blue")
    },
    "filter": {"name": "warm_Honey", "intensity": 30},
}
LOOKS = (
    "not one of faded_HighNoon, faded_SeaGlass, faded_Linen, faded_Dusk, faded_Instant, faded_Rose, film_Chrome, "
    "film_Portrait, film_Landscape, film_Greenhouse, film_Tungsten, film_Disposable, cinematic_TealOrange, "
    "cinematic_BleachBypass, cinematic_Wasteland and 39 more"
)
ABSENT = object()


def edited(valid, path, value):
    data = copy.deepcopy(valid)
    *parents, last = path.split(".")
    place = data
    for key in parents:
        place = place[key]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return data


def faults_of(data, toolset=None):
    with pytest.raises(RecipeError) as refused:
        Recipe.from_dict(data, toolset)
    assert str(refused.value) == "; ".join(refused.value.faults)
    return refused.value.faults


@pytest.mark.parametrize("data", [None, 5, "adjust", [], [VALID]])
def test_what_is_no_object_is_no_recipe(data):
    (fault,) = faults_of(data)
    assert fault.startswith("a recipe must be an object with adjust, selective_adjust, filter, not ")


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("crop", None, "unknown tool 'crop'; the tools are adjust, selective_adjust, filter"),
        ("filter", ABSENT, "the tool 'filter' is missing; write null for a tool that is not used"),
        ("filter", 5, "filter is 5, but must be an object with name, intensity"),
        ("filter", [], "filter is [], but must be an object with name, intensity"),
        ("adjust.glow", 5, f"adjust has the unknown parameter 'glow'; it has {PARAMETERS}"),
        ("adjust.hue", ABSENT, "adjust lacks hue"),
        ("adjust.hue", None, "adjust.hue is None, which is not a finite number"),
        ("adjust.hue", math.nan, "adjust.hue is nan, which is not a finite number"),
        ("adjust.hue", math.inf, "adjust.hue is inf, which is not a finite number"),
        ("adjust.hue", -math.inf, "adjust.hue is -inf, which is not a finite number"),
        ("adjust.hue", True, "adjust.hue is True, which is not a finite number"),
        ("adjust.hue", "15", "adjust.hue is '15', which is not a finite number"),
        ("adjust.hue", [15], "adjust.hue is [15], which is not a finite number"),
        ("adjust.hue", 10**400, f"adjust.hue is 1{'0' * 56}..., which is not a finite number"),
        ("adjust.hue", 100.01, "adjust.hue is 100.01, outside -100 to 100"),
        ("adjust.hue", -1e300, "adjust.hue is -1e+300, outside -100 to 100"),
        ("adjust.bloom", -1, "adjust.bloom is -1, outside 0 to 100"),
        (
            "selective_adjust.pink",
            {"saturation": 0, "luminance": 0},
            "selective_adjust has the unknown colour 'pink'; it has red, orange, yellow, green, cyan, blue",
        ),
        ("selective_adjust.red", ABSENT, "selective_adjust lacks red"),
        (
            "selective_adjust.red",
            None,
            "selective_adjust.red is None, but must be an object with saturation, luminance",
        ),
        ("selective_adjust.red.luminance", ABSENT, "selective_adjust.red lacks luminance"),
        (
            "selective_adjust.red.hue",
            5,
            "selective_adjust.red has the unknown parameter 'hue'; it has saturation, luminance",
        ),
        ("selective_adjust.red.luminance", 101, "selective_adjust.red.luminance is 101, outside -100 to 100"),
        ("filter.name", "warm_honey", f"filter.name is 'warm_honey', which is {LOOKS}"),
        ("filter.name", None, f"filter.name is None, which is {LOOKS}"),
        ("filter.name", [], f"filter.name is [], which is {LOOKS}"),
        ("filter.name", "x" * 100, f"filter.name is '{'x' * 56}..., which is {LOOKS}"),
        ("filter.name", ABSENT, "filter lacks name"),
        ("filter.intensity", 101, "filter.intensity is 101, outside 0 to 100"),
    ],
)
def test_each_fault_is_one_sentence(path, value, fault):
    assert faults_of(edited(VALID, path, value)) == [fault]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("develop.gain", 0, "develop.gain is 0, outside -8 to -2"),
        ("zones.mids", {}, "zones has the unknown colour 'mids'; it has lows, tops"),
        ("zones.tops.heft", 0.49, "zones.tops.heft is 0.49, outside 0.5 to 2"),
        (
            "overlay.texture",
            "wool",
            "overlay.texture is 'wool', which is not one of paper_Rough, paper_Smooth, cloth_Linen",
        ),
        ("adjust", None, "unknown tool 'adjust'; the tools are develop, zones, overlay"),
    ],
)
def test_the_sentences_come_from_the_toolset(path, value, fault):
    assert faults_of(edited(invented_data(), path, value), invented) == [fault]


@pytest.mark.parametrize("name", ["user:teal", "user:0", "user:a-b_c", "user:" + "a" * 64])
def test_a_users_own_look_may_be_chosen(name):
    assert Recipe.from_dict(edited(VALID, "filter.name", name)).to_dict()["filter"]["name"] == name


@pytest.mark.parametrize(
    "name",
    ["user:", "user:Teal", "user:-a", "user:_a", "user:a b", "user:a\n", "user:../a", "user:é", "user:٣", "User:a",
     "teal", "user:" + "a" * 65, " user:a"],
)  # fmt: skip
def test_the_name_of_a_users_own_look_has_one_form(name):
    assert faults_of(edited(VALID, "filter.name", name))[0].endswith(LOOKS)


def test_every_fault_is_told_at_once():
    assert faults_of({"crop": 1, "adjust": None, "filter": {"intensity": -1}}) == [
        "unknown tool 'crop'; the tools are adjust, selective_adjust, filter",
        "the tool 'selective_adjust' is missing; write null for a tool that is not used",
        "filter lacks name",
        "filter.intensity is -1, outside 0 to 100",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the recipe is not JSON: "),
        ("{'adjust': null}", "the recipe is not JSON: "),
        ("{} {}", "the recipe is not JSON: "),
        ("\ufeff{}", "the recipe is not JSON: "),
        ("1" * 5000, "the recipe is not JSON: "),
        ("null", "a recipe must be an object with "),
        ('{"adjust": NaN}', "the recipe has NaN, which is not a finite number"),
        ('{"adjust": -Infinity}', "the recipe has -Infinity, which is not a finite number"),
        ('{"filter": {"name": "warm_Honey", "name": "mono_Classic"}}', "the recipe has 'name' twice"),
        ('{"adjust": null, "adjust": null}', "the recipe has 'adjust' twice"),
        ("[" * 50_000, "the recipe is nested too deeply"),
        ('{"adjust":' * 9_000, "the recipe is nested too deeply"),
        (" " * 100_001, "a recipe has at most 100,000 characters, not 100,001"),
    ],
)
def test_what_is_wrong_with_json_text_is_one_sentence(text, fault):
    with pytest.raises(RecipeError) as refused:
        Recipe.from_json(text)
    assert str(refused.value).startswith(fault)
    assert len(refused.value.faults) == 1


def test_numbers_too_large_for_json_are_not_finite():
    text = '{"adjust": null, "selective_adjust": null, "filter": {"name": "warm_Honey", "intensity": 1e999}}'
    with pytest.raises(RecipeError, match=r"filter\.intensity is inf, which is not a finite number"):
        Recipe.from_json(text)


def nested(depth):
    data = 1
    for _ in range(depth):
        data = [data]
    return data


@pytest.mark.parametrize("value", [10**5000, nested(100_000)], ids=["5,000 digits", "nested"])
def test_values_that_cannot_be_shown_are_faults_too(value):
    assert len(faults_of(value)) == 1
    assert len(faults_of(edited(VALID, "adjust.hue", value))) == 1


def test_text_of_any_depth_is_refused():
    for depth in range(1, 1100):
        with pytest.raises(RecipeError):
            Recipe.from_json('{"adjust": ' + "[" * depth + "]" * depth + "}")
