import numpy as np
import pytest

from goldenhour.render import colour
from goldenhour.render.kernel import apply_float
from goldenhour.render.reference import grade_exactly
from goldenhour.render.table import EXPORT_SIZE, PREVIEW_SIZE, compile_table, identity_table
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe
from goldenhour.tools.toolset import Number

STRONG = {
    "adjust.exposure": 20,
    "adjust.contrast": 40,
    "adjust.saturation": 40,
    "adjust.temperature": 30,
    "selective_adjust.blue.saturation": -60,
    "filter.name": "cinematic_TealOrange",
    "filter.intensity": 60,
}


def strength(recipe):
    numbers = [slot.start for slot in recipe.toolset.slots if isinstance(slot.parameter, Number)]
    return float(np.linalg.norm(recipe.to_vector()[numbers]))


def cielab(rgb):
    return colour.linear_to_cielab(colour.srgb_decode(np.clip(rgb, 0, 1)))


@pytest.fixture(scope="module")
def strongest():
    recipes = {answer.recipe for answer in recorded_answers()}
    full = [recipe for recipe in recipes if recipe.uses("adjust") and recipe.uses("filter")]
    return sorted(full, key=lambda recipe: (strength(recipe), recipe.hash))[-60:]


def test_tables_follow_the_strongest_recorded_recipes_on_photos(strongest, photo_pixels):
    rgb, as_float = photo_pixels.T / 255, np.float32(1 / 255) * photo_pixels
    errors, differences = [], []
    for recipe in strongest:
        exact, got = grade_exactly(recipe, rgb), apply_float(compile_table(recipe), as_float).T.astype(float)
        errors.append(np.abs(got - exact).mean() * 255)
        differences.append(colour.ciede2000(cielab(exact), cielab(got)))
    assert np.mean(errors) <= 0.1  # code values
    assert np.percentile(differences, 99.9) <= 0.5


def test_an_export_table_is_finer_than_a_preview(make_recipe, photo_pixels):
    recipe, as_float = make_recipe(STRONG), np.float32(1 / 255) * photo_pixels
    exact = grade_exactly(recipe, photo_pixels.T / 255)
    coarse, fine = (
        np.abs(apply_float(compile_table(recipe, size), as_float).T - exact).mean()
        for size in (PREVIEW_SIZE, EXPORT_SIZE)
    )
    assert fine < coarse / 2


def test_preview_and_export_agree_where_both_have_points(make_recipe):
    preview, export = (compile_table(make_recipe(STRONG), size) for size in (PREVIEW_SIZE, EXPORT_SIZE))
    assert preview.shape == (33, 33, 33, 3)
    assert export.shape == (65, 65, 65, 3)
    assert np.abs(export[::2, ::2, ::2] - preview).max() < 1e-5


def test_entries_are_the_exact_grades_of_their_red_green_blue(make_recipe):
    recipe, table = make_recipe(STRONG), compile_table(make_recipe(STRONG), 17)
    at = np.array([(0, 0, 0), (16, 0, 0), (0, 16, 0), (0, 0, 16), (3, 9, 14), (12, 7, 1), (16, 16, 16)])
    assert table[tuple(at.T)] == pytest.approx(grade_exactly(recipe, at.T / 16).T, abs=1e-5)


@pytest.mark.parametrize("size", [2, 17, 33, 65])
def test_the_neutral_recipe_is_the_identity(size):
    table = compile_table(Recipe.neutral(), size)
    assert np.array_equal(table, identity_table(size))
    assert table[1, 0, 0] == pytest.approx([1 / (size - 1), 0, 0])
    assert table[0, 0, -1].tolist() == [0, 0, 1]


def test_spatial_steps_are_not_in_the_table(make_recipe):
    recipe = make_recipe({"adjust.bloom": 100, "adjust.sharpen": 50, "adjust.structure": 50})
    assert np.array_equal(compile_table(recipe, 9), identity_table(9))


@pytest.mark.parametrize("size", [2, 33, 65])
def test_threads_make_the_same_table(size, make_recipe):
    one, two, three = (compile_table(make_recipe(STRONG), size, threads) for threads in (1, 2, 3))
    assert one.dtype == np.float32
    assert np.array_equal(one, two)
    assert np.array_equal(one, three)


@pytest.mark.parametrize("end", [-100, 100])
def test_entries_stay_in_range(end, make_recipe):
    table = compile_table(make_recipe({f"adjust.{name}": end for name in ("exposure", "temperature", "saturation")}))
    assert table.min() >= 0
    assert table.max() <= 1
