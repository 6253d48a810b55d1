"""A playing clip stays graded: what the engine draws by itself, frame by frame."""

import av
import numpy as np
import pytest

from browser.equality import adjust, assert_equal_to_export, photo, rgba, strong_recipes
from browser.harness import decoded


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Two seconds of a pan over a photo, 320 x 180, H.264."""
    path = tmp_path_factory.mktemp("clip") / "pan.mp4"
    view = photo("lake", 420, 236)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=24, options={"preset": "ultrafast", "g": "12"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        for number in range(48):
            view_now = view[number : number + 180, 2 * number : 2 * number + 320]
            container.mux(video.encode(av.VideoFrame.from_ndarray(view_now.copy(), "rgb24")))
        container.mux(video.encode(None))
    return path.read_bytes()


@pytest.fixture
def paused(engine, clip):
    """The engine with the clip, which does not play yet."""
    engine.page.evaluate("setClip", engine.serve(clip, "video/mp4"))
    return engine


def calls(engine, milliseconds):
    """How often the engine called what of WebGL in a while."""
    code = "async (ms) => { calls = {}; await new Promise((done) => setTimeout(done, ms)); return calls; }"
    return engine.page.evaluate(code, milliseconds)


@pytest.mark.parametrize("recipe", [strong_recipes()[-1], adjust(saturation=-100, sharpen=80, bloom=60)])
def test_a_playing_clip_stays_graded(paused, recipe):
    paused.apply(recipe)
    paused.page.evaluate("video.play()")
    frames = paused.page.evaluate("watch(5)")
    sources = [decoded(frame["source"]) for frame in frames]
    assert len({source.tobytes() for source in sources}) >= 3
    for frame, source in zip(frames, sources, strict=True):
        assert source.shape == (180, 320, 4)
        assert_equal_to_export(decoded(frame["shown"]), source, recipe)


def test_another_recipe_takes_over_while_it_plays(paused):
    paused.page.evaluate("video.play()")
    for recipe in strong_recipes()[-3:]:
        paused.apply(recipe)
        (frame,) = paused.page.evaluate("watch(1)")
        assert_equal_to_export(decoded(frame["shown"]), decoded(frame["source"]), recipe)


def test_playing_draws_and_does_nothing_else(paused):
    """Nothing is made and nothing read back for a frame; a clip that stands still costs nothing."""
    paused.apply(adjust(structure=40, sharpen=40, bloom=40))
    paused.page.evaluate("video.play()")
    paused.page.evaluate("watch(2)")
    playing = paused.page.evaluate("callsWhile(4)")
    assert playing.pop("drawArrays") >= 4
    assert playing == {}
    paused.page.evaluate("video.pause()")
    assert {} in (calls(paused, 300) for _ in range(10))  # the last frame may be late on a busy machine


def test_a_paused_clip_shows_the_frame_that_is_sought(paused):
    recipe = strong_recipes()[-1]
    paused.apply(recipe)
    before = paused.read("read({ graded: false })")
    seek = """new Promise((done) => {
        video.addEventListener('seeked', () => setTimeout(done, 100), { once: true });
        video.currentTime = 1.5;
    })"""
    paused.page.evaluate(seek)
    after = paused.read("read({ graded: false })")
    assert not np.array_equal(before, after)
    # the frame there, as the page itself draws it
    drawn = paused.read("""(() => {
        const context = new OffscreenCanvas(320, 180).getContext('2d');
        context.drawImage(video, 0, 0);
        return { width: 320, height: 180, pixels: encoded(context.getImageData(0, 0, 320, 180).data) };
    })()""")
    assert np.abs(after.astype(int) - drawn).max() <= 2
    assert_equal_to_export(paused.read(), after, recipe)


def test_a_paused_clip_is_graded_again_by_another_recipe(paused):
    for recipe in strong_recipes()[-2:]:
        paused.apply(recipe)
        assert_equal_to_export(paused.read("shown()"), paused.read("read({ graded: false })"), recipe)


def test_after_a_clip_comes_a_picture_and_the_clip_no_longer_shows(paused):
    paused.page.evaluate("video.play()")
    paused.page.evaluate("watch(1)")
    picture = rgba(photo("lake", 100, 60))
    paused.show(picture)
    assert calls(paused, 300).get("drawArrays", 0) == 0
    assert not paused.page.evaluate("video.paused")
    assert np.array_equal(paused.read(), picture)


def test_a_large_clip_is_reduced_frame_by_frame(engine, clip):
    page = engine.page
    page.evaluate("([url, options]) => setClip(url, options)", [engine.serve(clip, "video/mp4"), {"maxPixels": 20_000}])
    engine.apply(strong_recipes()[-1])
    page.evaluate("video.play()")
    frames = page.evaluate("watch(3)")
    assert len({frame["source"]["pixels"] for frame in frames}) > 1
    for frame in frames:
        assert frame["shown"]["width"] * frame["shown"]["height"] <= 20_000
        assert_equal_to_export(decoded(frame["shown"]), decoded(frame["source"]), strong_recipes()[-1])


def test_a_clip_that_is_still_loading_shows_nothing_and_harms_nothing(engine):
    message = engine.page.evaluate("""() => {
        engine.setSource(document.createElement('video'));
        engine.draw();
        try { engine.read(); } catch (error) { return [error.name, error.reason, error.message]; }
    }""")
    assert message == ["EngineError", "source", "There is no picture to read yet."]
    engine.show(photo("lake", 40, 30))
    assert engine.read().shape == (30, 40, 4)
