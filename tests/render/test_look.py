from importlib import resources
from itertools import combinations

import numpy as np
import pytest

from goldenhour.render import chain, colour
from goldenhour.render.look import LookError, blend_look, look_chain, parse_look, with_look
from goldenhour.tools import Recipe, RecipeError, default_toolset

LOOKS = next(slot.parameter.options for slot in default_toolset().slots if slot.path == "filter.name")
FOLDER = resources.files("goldenhour.render") / "looks"
BLACK_AND_WHITE = [f"mono_{name}" for name in ("Classic", "HighContrast", "SoftSilver", "Infrared", "LowKey")]
RAMP = np.tile(np.linspace(0, 1, 1001), (3, 1))
AXIS = np.linspace(0, 1, 9)
CUBE = np.stack(np.meshgrid(AXIS, AXIS, AXIS, indexing="ij")).reshape(3, -1)


def cielab(rgb):
    return colour.linear_to_cielab(colour.srgb_decode(rgb))


@pytest.fixture(scope="module")
def sample(photo_pixels):
    return photo_pixels[::4].T / 255


@pytest.fixture(scope="module")
def labs(sample):
    """What each look makes of the sample photos, as CIELAB."""
    return {name: cielab(chain.run(look_chain(name), sample)) for name in LOOKS}


def test_there_is_one_file_for_each_look_of_the_toolset():
    assert sorted(file.name for file in FOLDER.iterdir()) == sorted(f"{name}.yaml" for name in LOOKS)


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_file_begins_with_its_description(name):
    assert (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").split("\n")[0] == f"# {LOOKS[name]}"


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_is_seen(name, labs, sample):
    assert colour.ciede2000(cielab(sample), labs[name]).mean() >= 5


def test_no_two_looks_are_alike(labs):
    differences = {pair: colour.ciede2000(labs[pair[0]], labs[pair[1]]).mean() for pair in combinations(LOOKS, 2)}
    assert {pair: d for pair, d in differences.items() if d < 4} == {}


@pytest.mark.parametrize("name", BLACK_AND_WHITE)
def test_black_and_white_is_exactly_grey(name, sample):
    for rgb in (sample, CUBE):
        assert np.ptp(chain.run(look_chain(name), rgb), axis=0).max() < 1e-12


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_never_turns_a_grey_ramp_around(name):
    light = colour.luminance(colour.srgb_decode(chain.run(look_chain(name), RAMP)))
    assert np.diff(light).min() >= -1e-9


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_stays_in_range(name):
    got = chain.run(look_chain(name), CUBE)
    assert got.min() >= -1e-12
    assert got.max() <= 1 + 1e-12


@pytest.mark.parametrize("intensity", [0, 25, 50, 100])
def test_intensity_is_the_share_of_the_look(intensity):
    full = chain.run(look_chain("warm_GoldenHour"), CUBE)
    got = blend_look(CUBE, {"name": "warm_GoldenHour", "intensity": intensity})
    assert got == pytest.approx(CUBE + intensity / 100 * (full - CUBE), abs=1e-12)


@pytest.mark.parametrize("name", ["warm_Nowhere", "", "../looks/warm_GoldenHour", "user:Mine", "warm_GoldenHour.yaml"])
def test_an_unknown_look_is_named(name):
    with pytest.raises(LookError) as error:
        look_chain(name)
    assert str(error.value) == f"there is no look named {name!r}; `goldenhour tools` lists them"


def test_a_look_takes_the_place_of_another():
    recipe = Recipe.from_dict(
        {"adjust": None, "selective_adjust": None, "filter": {"name": "mono_Classic", "intensity": 40}}
    )
    assert with_look(recipe, "warm_Honey").to_dict()["filter"] == {"name": "warm_Honey", "intensity": 40}
    assert with_look(recipe, "warm_Honey", 70).to_dict()["filter"] == {"name": "warm_Honey", "intensity": 70}
    assert with_look(Recipe.neutral(), "warm_Honey").to_dict()["filter"] == {"name": "warm_Honey", "intensity": 100}
    assert with_look(Recipe.neutral(), "warm_Honey", 0) == Recipe.neutral()
    with pytest.raises(RecipeError):
        with_look(recipe, "warm_Honey", 101)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("warm_honey", "did you mean warm_Honey?"),
        ("golden hour", "did you mean warm_GoldenHour or cool_BlueHour?"),
        ("noir", "did you mean cinematic_Noir?"),
        ("teal-2", "did you mean user:teal-2?"),
        ("user:teal", "did you mean user:teal-2?"),
        ("xqzzt", "`goldenhour looks list` shows all of them"),
        ("", "`goldenhour looks list` shows all of them"),
    ],
)
def test_looks_like_the_one_that_is_not_there_are_suggested(name, remedy, data_folder):
    (data_folder / "looks").mkdir(parents=True)
    (data_folder / "looks" / "teal-2.npz").touch()
    with pytest.raises(LookError) as error:
        with_look(Recipe.neutral(), name)
    assert str(error.value) == f"there is no look named {name!r}; {remedy}"


def test_a_look_file_is_a_list_of_operations_in_order():
    chain_ = parse_look("# a comment\n- exposure: 10\n- curve: {all: [[0, 0], [1, 1]]}\n- exposure: -5\n", "mine")
    assert [(operation.function.__name__, value) for operation, value in chain_] == [
        ("exposure", 10),
        ("curve", {"all": [[0, 0], [1, 1]]}),
        ("exposure", -5),
    ]
    assert parse_look("# nothing yet\n", "mine") == []


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("- sparkle: 3", "'sparkle'"),
        ("- exposure", "'exposure'"),
        ("- {exposure: 1, tint: 2}", "{'exposure': 1, 'tint': 2}"),
        ("- exposure: 10\n- [tint, 3]", "['tint', 3]"),
        ("- exposure: 10\n- ", "None"),
        ("- {}", "{}"),
        ("exposure: 10", "'exposure'"),
        ("- 3: 4", "3"),
    ],
)
def test_a_wrong_entry_is_named(text, entry):
    with pytest.raises(LookError) as error:
        parse_look(text, "mine")
    assert str(error.value).startswith("look 'mine': ")
    assert entry in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["5", "- exposure: ["])
def test_text_that_is_no_list_of_entries_is_refused_in_one_sentence(text):
    with pytest.raises(LookError, match=r"^look 'mine': [^\n]+$"):
        parse_look(text, "mine")
