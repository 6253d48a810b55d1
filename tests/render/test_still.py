import numpy as np
import pytest
from PIL import Image

import goldenhour
from goldenhour.render.reference import RenderError, grade_exactly
from goldenhour.render.still import render
from goldenhour.tools import Recipe, UserError

DTYPES = [np.uint8, np.uint16, np.float32]
POINTWISE = {"adjust.contrast": 30, "adjust.temperature": 20, "filter.name": "film_Portrait", "filter.intensity": 50}
SPATIAL = {"adjust.structure": 60, "adjust.bloom": 40}
RECIPES = {"pointwise": POINTWISE, "spatial": SPATIAL, "both": POINTWISE | SPATIAL}


def full(dtype):
    return 1 if dtype == np.float32 else np.iinfo(dtype).max


def picture(dtype=np.uint8, channels=3, height=24, width=36):
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    values = np.stack([x, y, 1 - x * y, 0.2 + 0.7 * x * y][:channels], axis=-1) * full(dtype)
    return values.astype(dtype) if dtype == np.float32 else np.rint(values).astype(dtype)


@pytest.fixture(scope="module", params=RECIPES)
def recipe(request, make_recipe):
    return make_recipe(RECIPES[request.param])


# --- the neutral recipe


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [3, 4])
def test_a_neutral_recipe_returns_an_equal_picture(dtype, channels):
    image = picture(dtype, channels)
    got = render(image, Recipe.neutral())
    assert got.dtype == dtype
    assert np.array_equal(got, image)
    assert not np.shares_memory(got, image)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_neutral_recipe_returns_an_equal_pil_image(mode):
    image = Image.fromarray(picture(channels=len(mode)))
    assert render(image, Recipe.neutral()) == image


# --- arrays


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [3, 4])
def test_dtype_and_alpha_are_kept(dtype, channels, recipe):
    image = picture(dtype, channels)
    before = image.copy()
    got = render(image, recipe)
    assert got.dtype == dtype
    assert got.shape == image.shape
    assert np.array_equal(image, before)
    assert not np.array_equal(got[..., :3], image[..., :3])
    assert np.array_equal(got[..., 3:], image[..., 3:])
    assert np.array_equal(got[..., :3], render(image[..., :3], recipe))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_grey_array_is_graded_as_rgb(dtype, recipe):
    grey = picture(dtype)[..., 0]
    got = render(grey, recipe)
    assert got.dtype == dtype
    assert np.array_equal(got, render(np.stack([grey] * 3, axis=-1), recipe))


@pytest.mark.parametrize("dtype", DTYPES)
def test_pixels_are_what_the_recipe_means(dtype, make_recipe):
    image, recipe = picture(dtype), make_recipe(POINTWISE)
    want = grade_exactly(recipe, image.reshape(-1, 3).T / full(dtype)).T.reshape(image.shape)
    error = np.abs(render(image, recipe) / full(dtype) - want) * 255
    assert error.mean() < (0.3 if dtype == np.uint8 else 0.05)  # 8 bits round by a quarter code on average
    assert error.max() < 1.5


def test_every_depth_is_the_same_picture(recipe):
    eight = picture()
    got8 = render(eight, recipe) / 255
    got16 = render(eight.astype(np.uint16) * 257, recipe) / 65535
    got32 = render((eight / 255).astype(np.float32), recipe)
    assert np.abs(got16 - got32).max() < 1e-4
    assert np.abs(got8 - got32).max() < 1.01 / 255


def test_spatial_steps_come_after_the_table(make_recipe):
    image = picture(np.float32)
    both = render(image, make_recipe(POINTWISE | SPATIAL))
    one_by_one = render(render(image, make_recipe(POINTWISE)), make_recipe(SPATIAL))
    assert np.array_equal(both, one_by_one)


@pytest.mark.parametrize("more", [{}, SPATIAL])
def test_sixteen_bits_are_not_squeezed_through_eight(more, make_recipe):
    ramp = np.tile(np.linspace(0, 65535, 4096).astype(np.uint16)[None, :, None], (4, 1, 3))
    got = render(ramp, make_recipe({"adjust.contrast": 40} | more))
    assert len(np.unique(got[0, :, 0])) > 3000


def test_a_view_is_graded_like_its_copy(recipe):
    image = picture(height=40, width=50)[::2, ::-1]
    assert np.array_equal(render(image, recipe), render(image.copy(), recipe))


def test_the_same_picture_comes_out_every_time(recipe):
    image = picture(np.uint16)
    assert np.array_equal(render(image, recipe), render(image, recipe))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 50), (3, 2)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_tiny_pictures_work(dtype, height, width, recipe):
    assert render(np.full((height, width, 3), full(dtype) // 2 or 0.5, dtype), recipe).shape == (height, width, 3)


# --- PIL images


@pytest.mark.parametrize(
    ("mode", "out"), [("RGB", "RGB"), ("RGBA", "RGBA"), ("L", "RGB"), ("P", "RGB"), ("LA", "RGBA")]
)
def test_pil_images_of_any_mode_are_graded_as_rgb(mode, out, recipe):
    image = Image.fromarray(picture(channels=4)).convert(mode)
    got = render(image, recipe)
    assert (got.mode, got.size) == (out, image.size)
    assert np.array_equal(np.asarray(got), render(np.asarray(image.convert(out)), recipe))
    if "A" in mode:
        assert np.array_equal(np.asarray(got)[..., 3], np.asarray(image.convert("RGBA"))[..., 3])


def test_a_palettes_transparent_colour_stays_transparent(recipe):
    image = Image.fromarray(picture()).convert("P", palette=Image.Palette.ADAPTIVE)
    image.info["transparency"] = 3
    got = np.asarray(render(image, recipe))
    assert np.array_equal(got[..., 3] == 0, np.asarray(image) == 3)


# --- what is not a picture


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (None, "not a NoneType"),
        ("photo.jpg", "not a str"),
        ([[0, 0, 0]], "not a list"),
        (np.zeros((4, 4, 3)), "not an array of float64"),
        (np.zeros((4, 4, 3), np.int32), "not an array of int32"),
        (np.zeros((4, 4, 3), bool), "not an array of bool"),
        (np.zeros((4, 4, 3), ">u2"), "not an array of >u2"),
        (np.zeros(4, np.uint8), r"not \(4,\)"),
        (np.zeros((4, 4, 1), np.uint8), r"not \(4, 4, 1\)"),
        (np.zeros((4, 4, 2), np.uint8), r"not \(4, 4, 2\)"),
        (np.zeros((4, 4, 5), np.uint8), r"not \(4, 4, 5\)"),
        (np.zeros((2, 4, 4, 3), np.uint8), r"not \(2, 4, 4, 3\)"),
        (np.zeros((0, 4, 3), np.uint8), r"not \(0, 4, 3\)"),
        (np.zeros((0, 0), np.uint8), r"not \(0, 0, 3\)"),
    ],
    ids=str,
)
@pytest.mark.parametrize("neutral", [True, False])
def test_what_is_not_a_picture_is_refused(wrong, sentence, neutral, make_recipe):
    with pytest.raises(RenderError, match=sentence) as error:
        render(wrong, Recipe.neutral() if neutral else make_recipe(POINTWISE))
    assert str(error.value).startswith("a picture ")
    assert isinstance(error.value, UserError)


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_pil_images_of_more_than_8_bits_are_refused_and_not_clipped(mode):
    with pytest.raises(RenderError):
        render(Image.new(mode, (4, 4), 40000), Recipe.neutral())


# --- the short API


def test_the_package_can_be_called_and_is_still_a_package(recipe):
    from goldenhour.render import colour, still

    image = picture()
    assert np.array_equal(goldenhour.render(image, recipe), still.render(image, recipe))
    assert goldenhour.render(Image.fromarray(image), recipe) == render(Image.fromarray(image), recipe)
    assert goldenhour.render.still is still
    assert goldenhour.render.colour is colour
    with pytest.raises(RenderError):
        goldenhour.render(None, recipe)
