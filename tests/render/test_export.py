import numpy as np
import pytest
from lut_readers import by_colour, by_ocio

from goldenhour.render.cube import read_cube
from goldenhour.render.export import write_cube
from goldenhour.render.reference import RenderError
from goldenhour.render.still import render
from goldenhour.render.table import compile_table
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe

SPATIAL = {"adjust.bloom": 20, "adjust.structure": -5}


@pytest.fixture(scope="module")
def answers():
    """Recorded recipes, as far as a table can hold them."""
    found = {answer.recipe for answer in recorded_answers()}
    plain = [recipe for recipe in found if not recipe.is_neutral and recipe.uses("filter")]
    return [without_spatial(recipe) for recipe in sorted(plain, key=lambda recipe: recipe.hash)[::400]]


def without_spatial(recipe):
    data = recipe.to_dict()
    if data["adjust"]:
        data["adjust"] |= {"bloom": 0, "sharpen": 0, "structure": 0}
    return Recipe.from_dict(data)


@pytest.mark.parametrize(("size", "limit"), [(65, 1), (33, 2)])
def test_another_program_makes_the_same_picture_of_an_exported_recipe(size, limit, answers, photo_pixels, tmp_path):
    """Code values at the 99th percentile, OpenColorIO with tetrahedral interpolation, rounded as our picture is."""
    differences = []
    for recipe in answers:
        write_cube(recipe, tmp_path / "look.cube", size)
        ours = render(photo_pixels[None], recipe)[0].astype(float)
        theirs = np.rint(np.clip(by_ocio(tmp_path / "look.cube", photo_pixels.T / 255), 0, 1) * 255).T
        differences.append(np.abs(ours - theirs))
    assert len(differences) > 10
    assert max(np.percentile(difference, 99) for difference in differences) <= limit


@pytest.mark.parametrize("size", [33, 65])
def test_a_table_is_written_to_the_sixth_decimal(size, make_recipe, tmp_path):
    recipe = make_recipe({"adjust.contrast": 40, "adjust.temperature": 30})
    write_cube(recipe, tmp_path / "look.cube", size, "Warm")
    lut = read_cube(tmp_path / "look.cube")
    assert (lut.title, lut.kind) == ("Warm", f"3D, {size} points")
    assert np.abs(lut.cube.points - compile_table(recipe, size)).max() < 6e-7


def test_every_reader_takes_the_file(make_recipe, tmp_path, photo_pixels):
    write_cube(make_recipe({"adjust.contrast": 40}), tmp_path / "look.cube")
    rgb = photo_pixels[::50].T / 255
    assert np.abs(by_ocio(tmp_path / "look.cube", rgb) - by_colour(tmp_path / "look.cube", rgb, "Iridas")).max() < 1e-6


def test_the_file_says_what_it_is_and_what_it_lacks(make_recipe, tmp_path):
    recipe = make_recipe({"adjust.contrast": 10, "filter.name": "warm_Honey", "filter.intensity": 40} | SPATIAL)
    write_cube(recipe, tmp_path / "look.cube", title="golden hour")
    assert (tmp_path / "look.cube").read_text().split("\n")[:12] == [
        'TITLE "golden hour"',
        "# Made by Golden Hour.",
        "# Input and output: display-encoded sRGB / Rec.709, full range 0..1.",
        "# Recipe: slightly more contrast (+10)",
        "# Recipe: more bloom (20)",
        "# Recipe: slightly less structure (-5)",
        "# Recipe: filter warm_Honey at intensity 40: gentle honey warmth, creamy, clean",
        "# Not in here, because no table can hold it: adjust.structure",
        "# Not in here, because no table can hold it: adjust.bloom",
        "LUT_3D_SIZE 33",
        "DOMAIN_MIN 0.0 0.0 0.0",
        "DOMAIN_MAX 1.0 1.0 1.0",
    ]


def test_a_recipe_that_changes_nothing_is_the_identity(tmp_path):
    write_cube(Recipe.neutral(), tmp_path / "look.cube")
    assert "# Recipe: nothing\n" in (tmp_path / "look.cube").read_text()
    axis = np.linspace(0, 1, 33)
    assert np.abs(read_cube(tmp_path / "look.cube").cube.points[:, 0, 0, 0] - axis).max() < 6e-7


def test_what_cannot_be_written_is_said(tmp_path):
    with pytest.raises(RenderError, match="with 33 or 65 points, not 17"):
        write_cube(Recipe.neutral(), tmp_path / "look.cube", 17)
    with pytest.raises(RenderError, match=r"missing/look\.cube cannot be written: No such file"):
        write_cube(Recipe.neutral(), tmp_path / "missing" / "look.cube")
    assert list(tmp_path.iterdir()) == []
