"""A browser without WebGL2: the pointwise steps all the same, and one sentence about what is missing."""

import numpy as np
import pytest

from browser.equality import adjust, assert_equal_to_export, photo, rgba
from browser.harness import Harness, decoded
from goldenhour.render.kernel import apply_packed, pack_table
from goldenhour.render.table import compile_table
from goldenhour.serve.tables import look_recipes, pack
from goldenhour.tools import default_toolset

RECIPE = adjust(exposure=30, saturation=60, temperature=-40)


@pytest.fixture(scope="module")
def harness(launch, server):
    browser = launch("--disable-3d-apis")
    page = browser.new_page(base_url=server.url)
    yield Harness(page, [])
    browser.close()


@pytest.fixture
def engine(harness):
    harness.renew()
    return harness


def test_the_engine_itself_is_refused_in_one_sentence(engine):
    code = """() => {
        try { new module.Engine(document.createElement('canvas')); }
        catch (error) { return [error.name, error.reason, error.message]; }
    }"""
    name, reason, sentence = engine.page.evaluate(code)
    assert (name, reason) == ("EngineError", "unsupported")
    assert "WebGL2" in sentence
    assert "exports work" in sentence


def test_what_is_missing_is_said_once(engine):
    (sentence,) = engine.page.evaluate("happened")
    assert "leaves out structure, sharpen and bloom; exports have all." in sentence


def test_the_pointwise_steps_are_the_exports(engine):
    source = rgba(photo("lake", 240, 136))
    engine.show(source)
    assert np.array_equal(engine.read(), source)
    for size in (33, 65):
        engine.apply(RECIPE, size)
    assert_equal_to_export(engine.read(), source, RECIPE)
    assert_equal_to_export(engine.read("shown()"), source, RECIPE)
    assert np.array_equal(engine.read("read({ graded: false })"), source)


def test_a_split_shows_both(engine):
    source = rgba(photo("lake", 160, 90))
    engine.show(source)
    engine.apply(RECIPE)
    engine.page.evaluate("engine.setCompare({ mode: 'split', split: 0.25 })")
    same = (engine.read("frame()") == source).all(axis=(0, 2))
    assert same[:40].all()
    assert not same[40:].any()


def test_large_pictures_are_reduced(engine):
    engine.show(photo("lake", 1600, 900))
    height, width = engine.read().shape[:2]
    assert 390_000 < width * height <= 400_000


def test_thumbnails_and_histogram(engine):
    engine.show(photo("lake", 640, 360))
    engine.apply(RECIPE)
    tables = [compile_table(recipe, 17) for recipe in look_recipes(default_toolset())[:3]]
    call = "([url, width, height]) => thumbnails(url, width, height)"
    identity = compile_table(adjust(), 17)
    small, *looks = map(decoded, engine.page.evaluate(call, [engine.serve(pack([identity, *tables])), 90, 60]))
    for table, look in zip(tables, looks, strict=True):
        want = apply_packed(pack_table(table), np.ascontiguousarray(small[..., :3]))
        assert np.abs(look[..., :3].astype(int) - want).max() <= 1
    red = engine.page.evaluate("Array.from(engine.histogram().red)")
    assert np.array_equal(red, np.bincount(engine.read()[..., 0].ravel() // 4, minlength=64))
