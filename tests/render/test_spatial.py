import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.render.spatial import SPATIAL, apply_spatial, has_spatial
from goldenhour.tools import Recipe, default_toolset

ENDS = [("structure", -100), ("structure", 100), ("sharpen", 100), ("bloom", 100)]
DARK, BRIGHT = 0.2, 1.0


def spatial(name, amount, image):
    """A changed copy: the operations themselves work in place."""
    image = np.array(image, np.float32)
    SPATIAL[f"adjust.{name}"](image, amount)
    return image


def applied(recipe, image):
    image = image.copy()
    apply_spatial(recipe, image)
    return image


def flat(value, height=60, width=80):
    return np.full((height, width, 3), value, np.float32)


def edge(low=0.3, high=0.7, blur=1.5, height=200, width=1800):
    """An upright edge in the middle, wide enough for a radius of pixels."""
    across = np.where(np.arange(width) < width // 2, low, high).astype(np.float32)
    return np.repeat(cv2.GaussianBlur(np.tile(across, (height, 1)), (0, 0), blur)[..., None], 3, axis=2)


def local_contrast(image):
    luma = cv2.transform(image, np.array([[0.2126, 0.7152, 0.0722]], np.float32))
    return float((luma - cv2.GaussianBlur(luma, (0, 0), 4)).std())


@pytest.fixture(scope="module")
def lake(photo):
    return np.float32(1 / 255) * photo("lake", 300, 168)


@pytest.fixture(scope="module")
def spot():
    """A white square in a dark field."""
    image = flat(DARK, 120, 160)
    image[55:65, 75:85] = BRIGHT
    return image


def test_every_spatial_step_of_the_toolset_is_registered():
    assert set(default_toolset().spatial) == set(SPATIAL)


def test_a_neutral_recipe_has_nothing_spatial(lake, make_recipe):
    for recipe in (Recipe.neutral(), make_recipe({"adjust.contrast": 30})):
        assert not has_spatial(recipe)
        assert np.array_equal(applied(recipe, lake), lake)


@pytest.mark.parametrize(("name", "amount"), ENDS)
def test_amount_zero_changes_nothing_and_a_recipe_is_its_steps(name, amount, lake, make_recipe):
    assert spatial(name, 0, lake) == pytest.approx(lake, abs=1e-6)
    recipe = make_recipe({f"adjust.{name}": amount})
    assert has_spatial(recipe)
    assert np.array_equal(applied(recipe, lake), spatial(name, amount, lake))


def test_spatial_steps_follow_the_toolsets_order(lake, make_recipe):
    recipe = make_recipe({"adjust.bloom": 60, "adjust.sharpen": 80, "adjust.structure": 70})
    want = spatial("bloom", 60, spatial("sharpen", 80, spatial("structure", 70, lake)))
    assert np.array_equal(applied(recipe, lake), want)


@pytest.mark.parametrize("value", [0.0, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(("name", "amount"), [end for end in ENDS if end[0] != "bloom"])
def test_a_flat_picture_is_left_alone(name, amount, value):
    assert np.abs(spatial(name, amount, flat(value)) - value).max() < 1e-5


@pytest.mark.parametrize(("name", "amount"), ENDS)
def test_a_photo_is_changed_and_stays_in_range(name, amount, lake):
    got = spatial(name, amount, lake)
    assert np.abs(got - lake).mean() > 0.002
    assert got.min() >= 0
    assert got.max() <= 1


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    end=st.sampled_from(ENDS),
)
@settings(max_examples=60)
def test_noise_of_any_size_stays_in_range(seed, height, width, end):
    image = np.random.default_rng(seed).integers(0, 2, (height, width, 3)).astype(np.float32)
    got = spatial(*end, image)
    assert got.shape == image.shape
    assert got.min() >= 0
    assert got.max() <= 1


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 50), (50, 1), (3, 2), (2, 2), (1, 5000)])
@pytest.mark.parametrize(("name", "amount"), ENDS)
def test_tiny_and_thin_pictures_work(name, amount, height, width):
    image = np.linspace(0, 1, height * width * 3, dtype=np.float32).reshape(height, width, 3)
    got = spatial(name, amount, image)
    assert got.shape == image.shape
    assert np.isfinite(got).all()


@pytest.mark.parametrize("name", ["lake", "night"])
@pytest.mark.parametrize(("step", "amount"), ENDS)
def test_a_picture_looks_the_same_at_any_size(name, step, amount, photo):
    large = np.float32(1 / 255) * photo(name, 3200, 1800)
    small = cv2.resize(large, (800, 450), interpolation=cv2.INTER_AREA)
    reduced = cv2.resize(spatial(step, amount, large), (800, 450), interpolation=cv2.INTER_AREA)
    difference = np.abs(reduced - spatial(step, amount, small)).mean()
    assert difference * 255 < 1  # code values
    # sharpening is of a pixel's size, and the reduction has blurred part of it away
    assert difference < (0.5 if step == "sharpen" else 0.1) * np.abs(reduced - small).mean()


# --- structure


def test_structure_is_local_contrast(lake):
    contrasts = [local_contrast(spatial("structure", amount, lake)) for amount in (-100, -50, 0, 50, 100)]
    assert (np.diff(contrasts) > 0).all()
    assert contrasts[0] < 0.8 * contrasts[2]
    assert contrasts[4] > 1.25 * contrasts[2]


def test_structure_keeps_the_overall_brightness(lake):
    for amount in (-100, 100):
        assert spatial("structure", amount, lake).mean() == pytest.approx(lake.mean(), abs=0.005)


@pytest.mark.parametrize("amount", [-100, 100])
def test_structure_makes_no_halo_at_a_strong_edge(amount):
    step = flat(0.1, 120, 160)
    step[:, 80:] = 0.9
    assert np.abs(spatial("structure", amount, step) - step).max() < 0.06


@pytest.mark.parametrize("name", ["structure", "sharpen"])
def test_structure_and_sharpen_move_light_and_not_colour(name, photo):
    image = 0.25 + np.float32(0.5 / 255) * photo("portrait", 128, 128)  # room for both ways
    change = spatial(name, 100, image) - image
    assert np.abs(change).max() > 0.01
    unclipped = ((image + change) > 0).all(axis=-1) & ((image + change) < 1).all(axis=-1)
    assert np.ptp(change, axis=-1)[unclipped].max() < 1e-6


@pytest.mark.parametrize("amount", [-100, 100])
def test_structure_leaves_black_and_white_alone(amount, lake):
    image = np.where(lake > 0.5, np.float32(1), np.float32(0)).max(axis=-1, keepdims=True).repeat(3, axis=-1)
    assert np.abs(spatial("structure", amount, image) - image).max() < 1e-6


# --- sharpen


def test_sharpening_raises_the_slope_of_an_edge():
    slopes = [np.diff(spatial("sharpen", amount, edge())[100, :, 0]).max() for amount in (0, 30, 60, 100)]
    assert (np.diff(slopes) > 0).all()
    assert slopes[-1] > 1.2 * slopes[0]


def test_overshoot_is_limited(lake):
    for image in (edge(), edge(0.05, 0.95, 0.5), lake):
        assert np.abs(spatial("sharpen", 100, image) - image).max() < 0.12
    # and there is one, on both sides
    got = spatial("sharpen", 100, edge())
    assert got.max() > 0.7
    assert got.min() < 0.3


# --- bloom


def test_bloom_glows_around_highlights_and_fades_with_distance(spot):
    glow = (spatial("bloom", 100, spot) - spot)[60, :, 0]
    assert glow[88] > 0.01
    assert glow[86] > glow[90] > glow[95] > glow[105]
    assert np.abs(glow[[0, -1]]).max() < 1e-3


@pytest.mark.parametrize("amount", [20, 100])
def test_bloom_never_darkens(amount, spot, lake):
    for image in (spot, lake):
        assert (spatial("bloom", amount, image) - image).min() > -1e-6


def test_bloom_grows_with_its_amount(lake):
    means = [spatial("bloom", amount, lake).mean() for amount in (0, 30, 60, 100)]
    assert (np.diff(means) > 0).all()


def test_bloom_has_the_colour_of_the_highlight():
    image = flat(DARK, 120, 160)
    image[55:65, 75:85] = (1.0, 0.8, 0.3)
    red, green, blue = (spatial("bloom", 100, image) - image)[60, 88]
    assert red > green > blue


def test_bloom_leaves_a_picture_without_highlights_alone():
    image = np.random.default_rng(4).random((60, 80, 3), np.float32) * 0.5
    assert np.abs(spatial("bloom", 100, image) - image).max() < 1e-6
