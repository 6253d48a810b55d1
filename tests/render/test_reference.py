import numpy as np
import pytest

from goldenhour.render import chain, operations
from goldenhour.render.kernel import apply_float
from goldenhour.render.operations import OPERATIONS, STEPS, operation
from goldenhour.render.reference import RenderError, grade_exactly, recipe_chain
from goldenhour.render.spatial import SPATIAL, spatial
from goldenhour.render.still import render
from goldenhour.render.table import compile_table
from goldenhour.tools import Recipe, UserError, default_toolset
from goldenhour.tools.toolset import parse_toolset

RGB = np.random.default_rng(6).random((3, 200))
IMAGE = np.random.default_rng(7).integers(0, 256, (20, 30, 3), np.uint8)

SMALL = """
version: 1
apply: {{pointwise: [{pointwise}], spatial: [{spatial}]}}
tools:
  adjust:
    parameters:
      contrast: {{min: -100, max: 100}}
      exposure: {{min: -100, max: 100}}
  solarise:
    parameters:
      threshold: {{min: 0, max: 100, neutral: 100}}
      strength: {{min: 0, max: 100}}
"""


def small_toolset(pointwise="adjust.exposure, adjust.contrast, solarise", spatial=""):
    return parse_toolset(SMALL.format(pointwise=pointwise, spatial=spatial))


@pytest.fixture
def registries():
    """What a test files, it does not leave behind."""
    kept = [(registry, dict(registry)) for registry in (OPERATIONS, STEPS, SPATIAL)]
    yield
    for registry, before in kept:
        registry.clear()
        registry.update(before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_neutral_recipe_returns_identical_pixels(dtype):
    assert recipe_chain(Recipe.neutral()) == []
    rgb = RGB.astype(dtype)
    assert grade_exactly(Recipe.neutral(), rgb).dtype == dtype
    assert np.array_equal(grade_exactly(Recipe.neutral(), rgb), rgb)


def test_a_recipe_is_its_steps_that_are_not_neutral(make_recipe):
    recipe = make_recipe({"adjust.contrast": 20, "adjust.bloom": 50, "selective_adjust.red.luminance": -30})
    assert [
        (op.function.__name__, value if op.space == "encoded" else value["red"]) for op, value in recipe_chain(recipe)
    ] == [
        ("contrast", 20),
        ("selective_adjust", {"saturation": 0, "luminance": -30}),
    ]


def test_the_toolsets_order_is_the_order_of_application(make_recipe):
    values = {"filter.intensity": 80, "filter.name": "mono_Classic"} | {
        f"adjust.{name}": 30 for name in ("saturation", "brightness", "exposure", "tint")
    }
    recipe = make_recipe(values)
    data = recipe.to_dict()
    rgb = RGB
    for step in ("adjust.exposure", "adjust.tint", "adjust.brightness", "adjust.saturation"):
        rgb = chain.run([(STEPS[step], 30)], rgb)
    rgb = chain.run([(STEPS["filter"], data["filter"])], rgb)
    assert np.abs(grade_exactly(recipe, RGB) - rgb).max() < 1e-6


def test_another_order_is_another_picture(make_recipe):
    values = {"adjust.exposure": 60, "adjust.contrast": 60}
    orders = ("adjust.exposure, adjust.contrast", "adjust.contrast, adjust.exposure")
    recipes = [make_recipe(values, small_toolset(order)) for order in orders]
    exact = [grade_exactly(recipe, RGB) for recipe in recipes]
    assert np.abs(exact[0] - exact[1]).max() > 0.05
    for recipe, want in zip(recipes, exact, strict=True):
        got = render(np.ascontiguousarray(RGB.T[None].astype(np.float32)), recipe)
        assert np.abs(got[0].T - want).mean() < 0.002


@pytest.mark.parametrize("kind", ["pointwise", "spatial"])
def test_a_step_without_a_function_is_named(kind, make_recipe):
    recipe = make_recipe({"solarise.strength": 50}, small_toolset(**{"pointwise": "", "spatial": "", kind: "solarise"}))
    with pytest.raises(RenderError) as error:
        render(IMAGE, recipe)
    assert str(error.value) == "no render function is registered for the step 'solarise' of the toolset"
    assert isinstance(error.value, UserError)


def test_a_step_without_a_function_that_is_not_used_does_no_harm(make_recipe):
    toolset = small_toolset()
    assert np.array_equal(render(IMAGE, Recipe.neutral(toolset)), IMAGE)
    used = render(IMAGE, make_recipe({"adjust.contrast": 30}, toolset))
    assert np.array_equal(used, render(IMAGE, make_recipe({"adjust.contrast": 30})))


@pytest.mark.usefixtures("registries")
def test_a_new_tool_is_an_entry_and_one_function(make_recipe):
    @operation("encoded", step="solarise")
    def solarise(rgb, parameters):
        turned = np.where(rgb > parameters["threshold"] / 100, 1 - rgb, rgb)
        return rgb + parameters["strength"] / 100 * (turned - rgb)

    recipe = make_recipe({"solarise.threshold": 50, "solarise.strength": 100}, small_toolset())
    assert grade_exactly(recipe, RGB) == pytest.approx(np.minimum(RGB, 1 - RGB))
    got = apply_float(compile_table(recipe), IMAGE)
    assert np.abs(got.astype(int) - np.minimum(IMAGE, 255 - IMAGE)).max() <= 2
    assert operations.OPERATIONS["solarise"] is operations.STEPS["solarise"]


@pytest.mark.usefixtures("registries")
def test_a_new_spatial_tool_is_an_entry_and_one_function(make_recipe):
    @spatial("solarise")
    def mirror(image, parameters):
        if parameters["strength"] > 50:
            image[:] = image[:, ::-1].copy()

    recipe = make_recipe({"solarise.strength": 80}, small_toolset("adjust.contrast", "solarise"))
    assert np.array_equal(render(IMAGE, recipe), IMAGE[:, ::-1])


def test_looks_are_filed_as_the_filter(make_recipe):
    assert "filter" in STEPS
    half, whole = (
        grade_exactly(make_recipe({"filter.name": "vintage_Sepia", "filter.intensity": share}), RGB)
        for share in (50, 100)
    )
    assert half == pytest.approx((RGB + whole) / 2)


@pytest.mark.parametrize("name", next(s.parameter.options for s in default_toolset().slots if s.path == "filter.name"))
def test_every_look_can_be_asked_for_in_a_recipe(name, make_recipe):
    recipe = make_recipe({"filter.name": name, "filter.intensity": 70})
    got = grade_exactly(recipe, RGB)
    assert np.abs(got - RGB).max() > 0.02
