"""How the engine behaves: comparing, counting, thumbnails, and whatever can go wrong."""

import numpy as np
import pytest

from browser.equality import adjust, assert_equal_to_export, photo, rgba, strong_recipes
from browser.harness import decoded
from goldenhour.render.kernel import apply_packed, pack_table
from goldenhour.render.still import render
from goldenhour.render.table import compile_table, identity_table
from goldenhour.serve.tables import look_recipes, pack
from goldenhour.tools import Recipe, default_toolset

RECIPE = adjust(exposure=30, saturation=60, structure=50)
FAULT = """async (code) => {
    try { await new Function('return (async () => {' + code + '})()')(); return null; }
    catch (error) { return [error.name, error.reason, error.message]; }
}"""


@pytest.fixture
def source(engine):
    """A picture that the engine shows through RECIPE."""
    source = rgba(photo("lake", 160, 90))
    engine.show(source)
    engine.apply(RECIPE)
    return source


def fault(engine, code):
    """The error that code throws in the page: its name, reason and sentence."""
    return engine.page.evaluate(FAULT, code)


# --- comparing


@pytest.mark.parametrize(("compare", "columns"), [("off", 0), ("original", 160), ("split", 80)])
def test_left_of_the_split_the_picture_is_as_it_was(engine, source, compare, columns):
    engine.page.evaluate("(mode) => engine.setCompare({ mode })", compare)
    shown = engine.read("frame()")
    assert np.array_equal(shown[:, :columns], source[:, :columns])
    graded = render(source, RECIPE)
    assert np.abs(shown[:, columns:].astype(int) - graded[:, columns:]).max(initial=0) <= 1


@pytest.mark.parametrize(("split", "columns"), [(0, 0), (0.25, 40), (1, 160), (-3, 0), (7, 160)])
def test_the_split_moves(engine, source, split, columns):
    engine.page.evaluate("(split) => engine.setCompare({ mode: 'split', split })", split)
    shown = engine.read("frame()")
    same = (shown == source).all(axis=(0, 2))
    assert same[:columns].all()
    assert not same[columns:].any()


def test_reading_ignores_the_comparison_and_leaves_it(engine, source):
    engine.page.evaluate("engine.setCompare({ mode: 'split', split: 0.5 })")
    shown = engine.read("frame()")
    assert_equal_to_export(engine.read(), source, RECIPE)
    assert np.array_equal(engine.read("read({ graded: false })"), source)
    assert np.array_equal(engine.read("(read({ graded: false }), composed())"), shown)


# --- counting


def counts(engine):
    got = engine.page.evaluate("""() => Object.fromEntries(
        Object.entries(engine.histogram()).map(([name, counts]) => [name, Array.from(counts)]))""")
    return {name: np.array(values) for name, values in got.items()}


def counted(pixels):
    """The same by NumPy."""
    luma = (pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722]) + 1e-6).astype(int)
    planes = {"red": pixels[..., 0], "green": pixels[..., 1], "blue": pixels[..., 2], "luma": luma}
    return {name: np.bincount(plane.ravel() // 4, minlength=64) for name, plane in planes.items()}


def test_the_histogram_counts_the_graded_picture(engine, source):
    want, got = counted(engine.read()), counts(engine)
    assert set(got) == {"red", "green", "blue", "luma"}
    for name in got:
        assert np.array_equal(got[name], want[name]), name
    assert not np.array_equal(got["luma"], counted(source)["luma"])


def test_the_histogram_of_a_large_picture_is_a_sample(engine):
    engine.show(photo("lake", 1280, 720))
    engine.apply(RECIPE)
    want, got = counted(engine.read()), counts(engine)
    for name in got:
        assert got[name].sum() == 256 * 256
        assert np.abs(got[name] / got[name].sum() - want[name] / want[name].sum()).sum() < 0.05, name


def test_white_is_in_the_last_bin(engine):
    engine.show(np.full((4, 4, 3), 255, np.uint8))
    assert {name: int(values[63]) for name, values in counts(engine).items()} == dict.fromkeys(
        ("red", "green", "blue", "luma"), 16
    )


# --- thumbnails


def thumbnails(engine, tables, width, height):
    url = engine.serve(pack(tables))
    return engine.page.evaluate("([url, width, height]) => thumbnails(url, width, height)", [url, width, height])


def test_thumbnails_are_the_middle_of_the_source_through_each_table(engine):
    engine.show(photo("lake", 640, 360))
    engine.apply(RECIPE)  # the source counts, not what is made of it
    before = engine.read()
    tables = [identity_table(17), *(compile_table(recipe, 17) for recipe in look_recipes(default_toolset()))]
    small, *looks = (decoded(one) for one in thumbnails(engine, tables, 90, 90))
    cut = photo("lake", 640, 360)[:, 140:500].reshape(90, 4, 90, 4, 3).mean(axis=(1, 3))
    assert np.abs(small[..., :3] - cut).max() <= 1
    assert len(looks) == 54
    for table, look in zip(tables[1:], looks, strict=True):
        want = apply_packed(pack_table(table), np.ascontiguousarray(small[..., :3]))
        assert np.abs(look[..., :3].astype(int) - want).max() <= 1
    assert np.array_equal(engine.read(), before)


def test_there_are_no_thumbnails_of_nothing(engine):
    assert fault(engine, "engine.thumbnails([], 10, 10)")[:2] == ["EngineError", "source"]
    engine.show(photo("lake", 40, 30))
    assert engine.page.evaluate("engine.thumbnails([], 10, 10)") == []
    assert fault(engine, "engine.thumbnails([{ size: 3 }], 10, 10)")[:2] == ["EngineError", "table"]


# --- nothing without a reason


def test_nothing_is_drawn_when_nothing_has_changed(engine):
    def draws(code):
        return engine.page.evaluate(f"(calls = {{}}, {code}, engine.draw(), engine.draw(), calls.drawArrays ?? 0)")

    engine.show(photo("lake", 40, 30))
    engine.apply(RECIPE)
    assert draws("0") == 0
    for change in ("setCompare({ mode: 'original' })", "setSpatial({})", "setTable(null)", "setSource(bitmap)"):
        assert draws(f"engine.{change}") == 1, change


def test_it_says_when_the_gpu_has_drawn(engine, source):
    code = "async () => { engine.setSpatial({}); engine.draw(); await engine.finished(); return 'drawn'; }"
    assert engine.page.evaluate(code) == "drawn"
    engine.page.evaluate("lose()")
    assert engine.page.evaluate("engine.finished().then(() => 'no waiting for what is gone')")


# --- sources


def test_the_canvas_takes_the_size_of_each_source(engine):
    for width, height in ((40, 30), (30, 40), (40, 30), (1, 200)):
        picture = rgba(photo("night", width, height))
        engine.show(picture)
        engine.apply(RECIPE)
        assert_equal_to_export(engine.read(), picture, RECIPE)


def test_a_canvas_is_a_source_too(engine):
    picture = rgba(photo("night", 30, 20))
    engine.show(picture)
    engine.page.evaluate("""() => {
        const copy = document.createElement('canvas');
        [copy.width, copy.height] = [30, 20];
        copy.getContext('2d').drawImage(bitmap, 0, 0);
        bitmap.close();
        engine.setSource(copy);
    }""")
    assert np.array_equal(engine.read("read({ graded: false })"), picture)


@pytest.mark.parametrize("code", ["engine.setSource(new Image())", "bitmap.close(); engine.setSource(bitmap)"])
def test_a_picture_without_pixels_is_refused_and_the_one_before_stays(engine, source, code):
    name, reason, sentence = fault(engine, code)
    assert (name, reason) == ("EngineError", "source")
    assert "no pixels" in sentence
    assert_equal_to_export(engine.read(), source, RECIPE)


# --- tables


def good():
    return pack([identity_table(3)])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GHT1",
        b"<!doctype html><title>Not found</title>",
        good()[:-1],
        good() + b"\0",
        good()[:4] + b"\xff\xff\xff\xff" + good()[8:],
        good()[:8] + b"\0\0\0\0",
        good()[:4] + b"\x01\0\0\0\x01\0\0\0" + bytes(6),
        b"GHT2" + good()[4:],
    ],
)
def test_damaged_tables_are_refused_and_the_one_before_stays(engine, source, data):
    name, reason, sentence = fault(engine, f"await setTable('{engine.serve(data)}')")
    assert (name, reason) == ("EngineError", "table")
    assert sentence.endswith(".")
    assert_equal_to_export(engine.read(), source, RECIPE)


@pytest.mark.parametrize("table", ["{}", "{ size: 3, data: new Uint16Array(80) }", "{ size: 3, data: [1] }", "7"])
def test_what_is_no_table_is_refused(engine, source, table):
    assert fault(engine, f"engine.setTable({table})")[:2] == ["EngineError", "table"]
    assert_equal_to_export(engine.read(), source, RECIPE)


def test_tables_come_from_the_server(engine, source):
    recipe = strong_recipes()[-1]
    engine.page.evaluate(
        "async ([recipe, size]) => engine.setTable(await module.fetchTable(recipe, size))", [recipe.to_dict(), 65]
    )
    engine.page.evaluate("engine.setSpatial({})")
    engine.page.evaluate("engine.draw()")
    pointwise = recipe.to_dict()
    pointwise["adjust"] |= dict.fromkeys(("structure", "sharpen", "bloom"), 0)
    assert_equal_to_export(engine.read(), source, Recipe.from_dict(pointwise))


def test_what_the_server_refuses_is_said_in_its_words(engine):
    name, reason, sentence = fault(engine, "await module.fetchTable({ adjust: 7 }, 33)")
    assert (name, reason) == ("EngineError", "table")
    assert "adjust" in sentence
    engine.complaints.clear()  # the console tells of every refusal


def test_a_table_no_longer_wanted_is_aborted(engine):
    code = "await module.fetchTable({}, 33, { signal: AbortSignal.abort() })"
    assert fault(engine, code)[0] == "AbortError"


# --- the GPU goes and comes


def test_a_lost_context_comes_back_as_it_was(engine, source):
    engine.page.evaluate("lose()")
    assert engine.page.evaluate("happened") == ["lost"]
    assert fault(engine, "engine.read()")[:2] == ["EngineError", "lost"]
    engine.page.evaluate("engine.draw()")
    engine.page.evaluate("comeBack()")
    assert engine.page.evaluate("happened") == ["lost", "restored"]
    assert_equal_to_export(engine.read(), source, RECIPE)


def test_what_is_set_while_the_context_is_lost_holds_when_it_is_back(engine, source):
    engine.page.evaluate("lose()")
    other, recipe = rgba(photo("night", 60, 90)), strong_recipes()[0]
    engine.show(other)
    engine.apply(recipe)
    engine.page.evaluate("comeBack()")
    assert_equal_to_export(engine.read(), other, recipe)


def test_a_bitmap_that_was_closed_cannot_come_back_but_another_can(engine, source):
    engine.page.evaluate("bitmap.close(); lose()")
    engine.page.evaluate("comeBack()")
    assert fault(engine, "engine.read()")[:2] == ["EngineError", "source"]
    engine.show(source)
    assert_equal_to_export(engine.read(), source, RECIPE)


def test_a_disposed_engine_leaves_the_canvas_to_another(engine, source):
    engine.page.evaluate("engine.dispose()")
    assert fault(engine, "engine.read()")[:2] == ["EngineError", "source"]
    engine.page.evaluate("engine.draw()")
    engine.page.evaluate("engine = new module.Engine(canvas)")
    engine.show(source)
    engine.apply(RECIPE)
    assert_equal_to_export(engine.read(), source, RECIPE)
    assert engine.page.evaluate("canvas.getContext('webgl2').getError()") == 0
