"""What the preview shows is what an export has: the canvas of the WebGL2 engine against the server's render."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from browser.equality import adjust, assert_equal_to_export, photo, rgba, strong_recipes
from browser.harness import SPATIAL, spatial_amounts
from goldenhour.render.picture_file import read_picture
from goldenhour.render.still import render
from goldenhour.tools import Recipe, default_toolset
from icc_profiles import P3, matrix_profile

PHOTOS = ("lake", "night", "portrait")
SPATIAL_ENDS = (
    adjust(structure=100),
    adjust(structure=-100),
    adjust(sharpen=100),
    adjust(bloom=100),
    adjust(structure=100, sharpen=100, bloom=100, contrast=40),
)


@pytest.mark.parametrize("name", PHOTOS)
def test_the_canvas_equals_the_export(engine, name):
    side = (360, 360) if name == "portrait" else (480, 270)
    source = rgba(photo(name, *side))
    engine.show(source)
    assert np.array_equal(engine.read("read({ graded: false })"), source)
    for recipe in (*strong_recipes(), *SPATIAL_ENDS):
        engine.apply(recipe)
        got = engine.read()
        assert not np.array_equal(got, source)
        assert_equal_to_export(got, source, recipe)


def test_the_canvas_equals_what_the_server_sends(engine, server):
    """The whole way: the table of GET /v1/tables in the page, the picture of POST /v1/render beside it."""
    source = rgba(photo("night", 480, 270))
    recipe = next(recipe for recipe in reversed(strong_recipes()) if recipe.uses("filter"))
    engine.show(source)
    engine.page.evaluate(
        """async ([recipe, amounts]) => {
            engine.setTable(await module.fetchTable(recipe, 65));
            engine.setSpatial(amounts);
        }""",
        [recipe.to_dict(), spatial_amounts(recipe)],
    )
    file = io.BytesIO()
    Image.fromarray(source).save(file, "PNG")
    reply = engine.page.request.post(
        "/v1/render",
        multipart={
            "file": {"name": "night.png", "mimeType": "image/png", "buffer": file.getvalue()},
            "recipe": recipe.to_json(),
            "format": "png",
        },
    )
    assert reply.status == 200, reply.text()
    sent = np.asarray(Image.open(io.BytesIO(reply.body())).convert("RGBA"))
    assert np.array_equal(sent, render(source, recipe))
    assert_equal_to_export(engine.read(), source, recipe)


def test_two_megapixels_equal_the_export(engine):
    source = rgba(photo("lake", 1880, 1058))
    engine.show(source)
    recipe = adjust(structure=60, sharpen=40, bloom=30, saturation=50, temperature=-40)
    engine.apply(recipe)
    got = engine.read()
    assert got.shape == (1058, 1880, 4)
    assert_equal_to_export(got, source, recipe)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 3), (1, 40), (300, 2), (31, 57)])
def test_small_and_thin_pictures_equal_the_export(engine, width, height):
    source = rgba(np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8))
    engine.show(source)
    for recipe in (strong_recipes()[-1], SPATIAL_ENDS[-1]):
        engine.apply(recipe)
        assert_equal_to_export(engine.read(), source, recipe)


def test_every_colour_is_the_servers(engine):
    """A grid of all steps of 5 code values, and all greys, through a table: the kernel's integers, not only photos'."""
    axis = np.arange(0, 256, 5)
    grid = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    greys = np.repeat(np.arange(256)[:, None], 3, axis=1)
    colours = np.concatenate([grid, greys]).astype(np.uint8)
    source = rgba(np.resize(colours, (354, 400, 3)))
    engine.show(source)
    for size in (33, 65):
        engine.apply(strong_recipes()[-1], size)
        if size == 65:
            assert_equal_to_export(engine.read(), source, strong_recipes()[-1])
        else:
            off = np.abs(engine.read()[..., :3].astype(int) - render(source, strong_recipes()[-1])[..., :3])
            assert np.percentile(off, 90) <= 2  # a preview's table is coarser, and as right in the main


def test_without_a_table_or_with_the_neutral_one_pixels_stay_as_they_are(engine):
    source = np.random.default_rng(7).integers(0, 256, (90, 160, 4), np.uint8)
    engine.show(source)
    engine.page.evaluate("engine.draw()")
    assert np.array_equal(engine.read(), source)
    for size in (33, 65):
        engine.apply(Recipe.neutral(), size)
        assert np.array_equal(engine.read(), source)
    engine.apply(strong_recipes()[0])
    engine.page.evaluate("engine.setTable(null); engine.setSpatial({})")
    assert np.array_equal(engine.read(), source)


def test_the_engines_spatial_steps_are_the_toolsets_in_its_order(engine):
    steps = engine.page.evaluate("import('/web/engine/spatial.js').then((module) => module.SPATIAL_STEPS)")
    assert tuple(steps) == default_toolset().spatial == SPATIAL


def test_what_the_page_composes_is_what_is_read(engine):
    """Not only the drawing buffer: the canvas as another canvas, a screen or a file gets it."""
    source, recipe = rgba(photo("lake", 160, 90)), strong_recipes()[-1]
    engine.show(source)
    engine.apply(recipe)
    assert_equal_to_export(engine.read("shown()"), source, recipe)


def test_large_pictures_are_reduced_by_area_to_what_is_graded(engine):
    large = photo("lake", 1600, 900)
    engine.show(large, maxPixels=200_000)
    got = engine.read("read({ graded: false })")
    height, width = got.shape[:2]
    assert 0.99 * 200_000 < width * height <= 200_000
    assert width / height == pytest.approx(16 / 9, rel=0.01)
    want = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    assert np.abs(got[..., :3].astype(int) - want).max() <= 1
    engine.apply(strong_recipes()[-1])
    assert_equal_to_export(engine.read(), got, strong_recipes()[-1])


@pytest.mark.parametrize("kind", ["bitmap", "element"])
def test_profiles_and_rotation_of_a_file_are_honoured_as_by_an_export(engine, kind, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    path = tmp_path / "turned.jpg"
    turned = Image.fromarray(photo("lake", 160, 90)).transpose(Image.Transpose.ROTATE_90)
    turned.save(path, "JPEG", quality=98, subsampling=0, exif=exif, icc_profile=matrix_profile(P3))
    url = engine.serve(path.read_bytes(), "image/jpeg")
    engine.page.evaluate("([url, kind]) => (kind === 'element' ? setElement(url) : setPicture(url))", [url, kind])
    got = engine.read("read({ graded: false })")[..., :3].astype(int)
    want = read_picture(path).pixels
    assert got.shape == want.shape == (90, 160, 3)
    assert np.abs(want.astype(int) - photo("lake", 160, 90)).mean() > 2  # the profile matters
    assert np.abs(got - want).mean() < 1
