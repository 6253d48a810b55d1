import colorsys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.render import chain, colour
from goldenhour.render.operations import OPERATIONS, STEPS, hue_degrees, monotone_curve
from goldenhour.render.reference import grade_exactly
from goldenhour.tools import Recipe, default_toolset

NUMERIC = [step for step in default_toolset().pointwise if step.startswith("adjust.")]
TINTING = ["adjust.temperature", "adjust.tint"]
TONE = [f"adjust.{name}" for name in ("exposure", "contrast", "brightness", "highlights", "shadows", "linearOffset")]
KEEP_HUE = [step for step in TONE if step != "adjust.linearOffset"]
BANDS = ["red", "orange", "yellow", "green", "cyan", "blue"]
# ColorChecker Classic, sRGB codes published by its maker
PATCHES = {
    "red": (175, 54, 60),
    "orange": (214, 126, 44),
    "yellow": (231, 199, 31),
    "green": (70, 148, 73),
    "cyan": (8, 133, 161),
    "blue": (56, 61, 150),
    "light skin": (194, 150, 130),
    "dark skin": (115, 82, 68),
    "blue sky": (98, 122, 157),
}
AXIS = np.linspace(0, 1, 17)
CUBE = np.stack(np.meshgrid(AXIS, AXIS, AXIS, indexing="ij")).reshape(3, -1)
RAMP = np.tile(np.linspace(0, 1, 257), (3, 1))

amounts = st.floats(-100, 100)
units = st.floats(0, 1)


def step(name, value, rgb):
    return chain.run([(STEPS[name], value)], np.asarray(rgb, float))


def patch(name):
    return np.array([PATCHES[name]]).T / 255


def oklab(rgb):
    return colour.linear_to_oklab(colour.srgb_decode(rgb))


def chroma(rgb):
    return np.hypot(*oklab(rgb)[1:])


def bands(saturation=None, luminance=None):
    """Parameters of selective adjust from {band: amount}."""
    return {
        band: {"saturation": (saturation or {}).get(band, 0), "luminance": (luminance or {}).get(band, 0)}
        for band in BANDS
    }


def turned(degrees):
    return (degrees + 180) % 360 - 180


def test_every_pointwise_step_of_the_toolset_is_registered():
    assert set(default_toolset().pointwise) <= set(STEPS)


# --- every step


@pytest.mark.parametrize("name", NUMERIC)
def test_the_neutral_value_changes_nothing(name):
    assert step(name, 0, CUBE) == pytest.approx(CUBE, abs=1e-6)


def test_neutral_bands_change_nothing():
    assert step("selective_adjust", bands(), CUBE) == pytest.approx(CUBE, abs=1e-6)


@pytest.mark.parametrize("name", [name for name in NUMERIC if name not in TINTING])
@given(amount=amounts)
@settings(max_examples=25)
def test_greys_stay_grey(name, amount):
    assert np.ptp(step(name, amount, RAMP), axis=0).max() < 1e-6


@given(saturation=amounts, luminance=amounts)
@settings(max_examples=25)
def test_selective_adjust_leaves_greys_alone(saturation, luminance):
    value = bands(dict.fromkeys(BANDS, saturation), dict.fromkeys(BANDS, luminance))
    assert step("selective_adjust", value, RAMP) == pytest.approx(RAMP, abs=1e-6)


@pytest.mark.parametrize("name", ["adjust.hue", "adjust.vibrance", "adjust.saturation"])
@pytest.mark.parametrize("amount", [-100, 100])
def test_colour_steps_leave_greys_alone(name, amount):
    assert step(name, amount, RAMP) == pytest.approx(RAMP, abs=1e-6)


@pytest.mark.parametrize("name", NUMERIC)
@pytest.mark.parametrize("amount", [-100, 100])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_step_stays_in_range(name, amount, dtype):
    got = chain.run([(STEPS[name], amount)], CUBE.astype(dtype))
    assert got.dtype == dtype
    assert got.min() >= 0
    assert got.max() <= 1 + 2 * np.finfo(dtype).eps


@pytest.mark.parametrize("saturation", [-100, 0, 100])
@pytest.mark.parametrize("luminance", [-100, 0, 100])
def test_selective_adjust_stays_in_range(saturation, luminance):
    value = bands(dict.fromkeys(BANDS, saturation), dict.fromkeys(BANDS, luminance))
    got = step("selective_adjust", value, CUBE)
    assert got.min() >= 0
    assert got.max() <= 1


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_any_recipe_stays_in_range(seed):
    toolset = default_toolset()
    recipe = Recipe.from_vector(np.random.default_rng(seed).uniform(-100, 100, toolset.width), toolset)
    got = grade_exactly(recipe, CUBE[:, ::7])
    assert got.min() >= -1e-12
    assert got.max() <= 1 + 1e-12


# --- tone


@pytest.mark.parametrize("name", TONE)
@given(amount=amounts)
@settings(max_examples=25)
def test_tone_steps_never_turn_a_ramp_around(name, amount):
    assert (np.diff(step(name, amount, RAMP), axis=1) > 0).all()


@pytest.mark.parametrize("name", ["adjust.contrast", "adjust.brightness", "adjust.highlights", "adjust.shadows"])
@given(amount=amounts)
@settings(max_examples=25)
def test_black_and_white_stay(name, amount):
    assert step(name, amount, RAMP[:, [0, -1]]) == pytest.approx(RAMP[:, [0, -1]], abs=1e-9)


@pytest.mark.parametrize("name", KEEP_HUE)
@given(rgb=st.tuples(units, units, units), amount=amounts)
@settings(max_examples=25)
def test_tone_steps_keep_hsv_hue(name, rgb, amount):
    after = STEPS[name].function(np.array([rgb]).T, amount)[:, 0]
    if min(np.ptp(rgb), np.ptp(after)) > 1e-3:
        turn = 360 * (colorsys.rgb_to_hsv(*after)[0] - colorsys.rgb_to_hsv(*rgb)[0])
        assert turned(turn) == pytest.approx(0, abs=1e-2)


@given(amount=st.floats(-100, 0))
def test_negative_exposure_is_a_gain_in_stops(amount):
    linear = RAMP * [[1], [0.7], [0.2]]
    assert STEPS["adjust.exposure"].function(linear, amount) == pytest.approx(linear * 2 ** (amount / 50), abs=1e-12)


@given(amount=st.floats(0, 100))
def test_positive_exposure_is_a_gain_in_stops_below_the_knee(amount):
    linear = RAMP * [[1], [0.7], [0.2]] * 0.6 / 2 ** (amount / 50)
    assert STEPS["adjust.exposure"].function(linear, amount) == pytest.approx(linear * 2 ** (amount / 50), abs=1e-6)


def test_full_exposure_is_two_stops():
    assert STEPS["adjust.exposure"].function(np.full((3, 1), 0.1), 100) == pytest.approx(0.4)


def test_exposure_rolls_highlights_off():
    bright = np.tile(np.arange(200, 256) / 255, (3, 1))
    got = step("adjust.exposure", 100, bright)
    assert (np.diff(got) > 1e-4).all()
    assert got[:, -1] == pytest.approx(1)


@pytest.mark.parametrize(("amount", "slope"), [(100, 2.3), (-100, 1 / 2.3)])
def test_contrast_turns_about_middle_grey(amount, slope):
    grey = colour.srgb_encode(np.array([0.18]))[0]
    near = np.tile([grey - 1e-4, grey, grey + 1e-4], (3, 1))
    got = step("adjust.contrast", amount, near)[0]
    assert got[1] == pytest.approx(grey, abs=1e-6)
    assert (got[2] - got[0]) / 2e-4 == pytest.approx(slope, rel=0.01)


@given(amount=amounts)
def test_brightness_moves_every_midtone_its_way(amount):
    change = step("adjust.brightness", amount, RAMP[:, 1:-1]) - RAMP[:, 1:-1]
    assert (change * amount >= -1e-12).all()


@pytest.mark.parametrize(("name", "tone", "away"), [("highlights", 0.75, 0.1), ("shadows", 0.25, 0.9)])
@pytest.mark.parametrize("amount", [-100, -40, 60, 100])
def test_highlights_and_shadows_move_their_own_end(name, tone, away, amount):
    got = step(f"adjust.{name}", amount, np.tile([tone, away], (3, 1)))[0]
    assert got[0] == pytest.approx(tone + 0.1 * amount / 100, abs=1e-6)
    assert got[1] == pytest.approx(away, abs=2e-3)


def test_linear_offset_lifts_black_and_holds_white():
    assert STEPS["adjust.linearOffset"].function(RAMP[:, [0, -1]], 100)[0] == pytest.approx([0.08, 1])


def test_negative_linear_offset_crushes_only_blacks():
    got = STEPS["adjust.linearOffset"].function(np.tile([0, 0.02, 0.5, 1], (3, 1)), -100)[0]
    assert got[[0, 3]] == pytest.approx([0, 1])
    assert got[1] < 0.01
    assert got[2] == pytest.approx(0.5, abs=0.05)


# --- white balance


def test_temperature_warms():
    red, _, blue = (step("adjust.temperature", a, np.full((3, 1), 0.5))[:, 0] for a in (50, 0, -50))
    assert red[0] > red[1] > red[2]
    assert blue[0] < blue[1] < blue[2]


def chromaticity(name, amount):
    x, y, z = colour.RGB_TO_XYZ @ STEPS[name].function(np.full(3, 0.2)[:, None], amount)[:, 0]
    return x / (x + y + z), y / (x + y + z)


@pytest.mark.parametrize("amount", [-60, -30, 0, 50, 100])
def test_temperature_counts_in_mired(amount):
    x, y = chromaticity("adjust.temperature", amount)
    n = (x - 0.3320) / (0.1858 - y)  # McCamy (1992)
    kelvin = 449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33
    assert 1e6 / kelvin - 1e6 / 6504 == pytest.approx(amount, abs=5)


@pytest.mark.parametrize("amount", [-100, -50, 50, 100])
def test_tint_counts_in_duv(amount):
    (u, v), (u0, v0) = (
        (4 * x / (-2 * x + 12 * y + 3), 6 * y / (-2 * x + 12 * y + 3))
        for x, y in (chromaticity("adjust.tint", amount), (0.3127, 0.3290))
    )
    assert np.hypot(u - u0, v - v0) == pytest.approx(abs(amount) / 3000, rel=0.02)
    assert (v < v0) == (amount > 0)  # magenta lies below the locus


@given(amount=st.floats(1, 100))
@settings(max_examples=25)
def test_tint_is_magenta_against_green(amount):
    for sign in (1, -1):
        red, green, blue = step("adjust.tint", sign * amount, np.full((3, 1), 0.5))[:, 0]
        assert sign * ((red + blue) / 2 - green) > 0


@pytest.mark.parametrize("name", TINTING)
@pytest.mark.parametrize("amount", [-100, 100])
def test_white_balance_keeps_black_and_never_turns_a_ramp_around(name, amount):
    got = step(name, amount, RAMP)
    assert got[:, 0] == pytest.approx(0, abs=1e-9)
    assert (np.diff(got, axis=1) > 0).all()


# --- colour


def test_no_saturation_is_greyscale():
    assert np.ptp(step("adjust.saturation", -100, CUBE), axis=0).max() < 1e-6


@pytest.mark.parametrize(("name", "sign"), [(n, s) for n in ("adjust.saturation", "adjust.vibrance") for s in (-1, 1)])
@pytest.mark.parametrize("colour_name", PATCHES)
def test_saturation_and_vibrance_move_chroma_their_way(name, sign, colour_name):
    before = patch(colour_name)
    assert sign * (chroma(step(name, sign * 50, before)) - chroma(before)) > 0


@pytest.mark.parametrize(("amount", "angle"), [(100, 180), (-100, 180), (50, 90), (-25, -45)])
def test_hue_turns_muted_colours_by_its_angle(amount, angle):
    before = np.array([[130, 124, 126]]).T / 255
    after = step("adjust.hue", amount, before)
    assert abs(turned(hue_degrees(oklab(after)) - hue_degrees(oklab(before)) - angle)) < 0.5
    assert oklab(after)[0] == pytest.approx(oklab(before)[0], abs=1e-3)
    assert chroma(after) == pytest.approx(chroma(before), rel=0.02)


@pytest.mark.parametrize("skin", ["light skin", "dark skin"])
def test_vibrance_protects_skin(skin):
    gain = {name: chroma(step("adjust.vibrance", 100, patch(name))) / chroma(patch(name)) for name in PATCHES}
    muted_blue = 0.5 * patch("blue sky") + 0.5 * np.mean(patch("blue sky"))
    assert gain[skin] < 0.95 * gain["blue sky"]
    assert chroma(step("adjust.vibrance", 100, muted_blue)) / chroma(muted_blue) > gain["blue sky"]


def test_vibrance_moves_muted_colours_first():
    # one OkLCh hue at four chromas
    c = np.array([0.02, 0.05, 0.1, 0.15])
    lab = np.stack([np.full(4, 0.6), c * np.cos(4.5), c * np.sin(4.5)])
    gain = chroma(step("adjust.vibrance", 60, colour.srgb_encode(colour.oklab_to_linear(lab)))) / c
    assert (np.diff(gain) < 0).all()
    assert gain[-1] >= 1


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("parameter", ["saturation", "luminance"])
def test_a_band_moves_its_own_colour(band, parameter):
    measure = chroma if parameter == "saturation" else lambda rgb: oklab(rgb)[0]
    value = bands(**{parameter: {band: -50}})
    loss = {
        name: 1 - measure(step("selective_adjust", value, patch(name)))[0] / measure(patch(name))[0] for name in BANDS
    }
    assert max(loss, key=loss.get) == band
    assert loss[band] > (0.2 if parameter == "saturation" else 0.12)
    at = BANDS.index(band)
    for name in set(BANDS) - set(BANDS[max(at - 1, 0) : at + 2]):
        assert loss[name] == pytest.approx(0, abs=0.01)


def test_the_red_band_moves_red_and_neither_cyan_nor_green():
    value = bands({"red": 100}, {"red": 50})
    assert np.abs(step("selective_adjust", value, patch("red")) - patch("red")).max() > 0.05
    for name in ("cyan", "green"):
        assert step("selective_adjust", value, patch(name)) == pytest.approx(patch(name), abs=1e-6)


ALTERNATING = {band: 100 * (-1) ** i for i, band in enumerate(BANDS)}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("parameters", [("saturation",), ("luminance",), ("saturation", "luminance")])
@pytest.mark.parametrize("radius", [0.05, 0.1])
def test_neighbouring_bands_pull_apart_without_banding_or_hue_flips(sign, parameters, radius):
    value = bands(**{name: {band: sign * amount for band, amount in ALTERNATING.items()} for name in parameters})
    angle = np.radians(np.arange(0, 360, 0.02))
    lab = np.stack([np.full_like(angle, 0.7), radius * np.cos(angle), radius * np.sin(angle)])
    got = step("selective_adjust", value, colour.srgb_encode(colour.oklab_to_linear(lab)))
    jumps = np.abs(np.diff(got, axis=1, append=got[:, :1]))
    assert jumps.max() < 0.0015  # 0.4 of an 8-bit code for a fiftieth of a degree
    # a band at -100 leaves a trace of colour, whose hue must still be the old one
    turn = turned(hue_degrees(oklab(got)) - np.degrees(angle))[chroma(got) > 1e-4]
    assert np.abs(turn).max() < 5


# --- operations of looks


# as a look file writes them
points = st.dictionaries(st.integers(0, 100), st.integers(0, 1000), min_size=2, max_size=8).map(
    lambda p: [(x / 100, p[x] / 1000) for x in sorted(p)]
)


@given(points)
def test_a_curve_passes_through_its_points_and_never_overshoots(points):
    curve = monotone_curve(points)
    x, y = np.array(points).T
    assert curve(x) == pytest.approx(y, abs=1e-9)
    for (x0, y0), (x1, y1) in pairwise(points):
        between = curve(np.linspace(x0, x1, 50))
        assert between.min() >= min(y0, y1) - 1e-9
        assert between.max() <= max(y0, y1) + 1e-9
        assert (np.diff(between) * np.sign(y1 - y0) >= -1e-9).all()
    assert curve(np.array([-1.0, 2.0])) == pytest.approx([y[0], y[-1]], abs=1e-9)


def look_operation(name, value, rgb):
    return chain.run([(OPERATIONS[name], value)], rgb)


def test_curves_are_for_all_channels_then_for_each():
    value = {"all": [[0, 0], [1, 0.5]], "blue": [[0, 0.1], [1, 0.9]]}
    got = look_operation("curve", value, RAMP)
    assert got[0] == pytest.approx(RAMP[0] / 2)
    assert got[1] == pytest.approx(RAMP[1] / 2)
    assert got[2] == pytest.approx(0.1 + 0.8 * RAMP[2] / 2)


rows = st.lists(st.lists(st.floats(-0.4, 2).map(lambda v: round(v, 2)), min_size=3, max_size=3), min_size=3, max_size=3)


@given(rows.filter(lambda rows: all(sum(row) > 0.5 for row in rows)))
@settings(max_examples=25)
def test_a_channel_mixer_keeps_greys_and_the_range(rows):
    assert look_operation("matrix", rows, RAMP) == pytest.approx(RAMP, abs=1e-6)
    got = look_operation("matrix", rows, CUBE)
    assert got.min() >= 0
    assert got.max() <= 1


@pytest.mark.parametrize("mix", [[0.3, 0.6, 0.1], [1, 0, 0], [0.35, 0.9, -0.25], [-0.3, 0.5, 0.8]])
def test_mono_is_grey_in_range_and_weak_by_its_amount(mix):
    full = look_operation("mono", {"mix": mix}, CUBE)
    assert np.ptp(full, axis=0).max() < 1e-6
    assert full.min() >= 0
    assert full.max() <= 1
    assert full[:, 0] == pytest.approx(0, abs=1e-9)
    assert look_operation("mono", {"mix": mix, "amount": 0}, CUBE) == pytest.approx(CUBE, abs=1e-6)


@pytest.mark.parametrize(("zone", "at"), [("shadows", 1 / 3), ("midtones", 1 / 2), ("highlights", 2 / 3)])
def test_split_tone_tints_a_zone_and_neither_black_nor_white(zone, at):
    light = np.array([0, 1 / 3, 1 / 2, 2 / 3, 1])
    lab = np.stack([light, np.zeros(5), np.zeros(5)])
    got = OPERATIONS["split_tone"].function(lab, {zone: {"hue": 90, "chroma": 0.05}})
    assert got[0] == pytest.approx(light)
    assert got[1] == pytest.approx(0, abs=1e-12)
    assert got[2, [0, -1]] == pytest.approx(0, abs=1e-12)
    assert got[2].max() == got[2, light == at][0] == pytest.approx(0.05)


def test_a_hue_band_turns_its_colours_and_no_others():
    value = [{"hue": hue_degrees(oklab(patch("green")))[0], "width": 40, "shift": -20, "saturation": 20}]
    green, blue = (OPERATIONS["hues"].function(oklab(patch(name)), value) for name in ("green", "blue"))
    assert -20 < turned(hue_degrees(green) - hue_degrees(oklab(patch("green"))))[0] < -10
    assert np.hypot(*green[1:]) > chroma(patch("green"))
    assert blue == pytest.approx(oklab(patch("blue")), abs=1e-9)
    assert look_operation("hues", value, RAMP) == pytest.approx(RAMP, abs=1e-6)
