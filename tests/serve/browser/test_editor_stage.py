"""How large the picture is that the page draws, and what a browser without WebGL2 has of the page."""

import io

import numpy as np
import pytest
from PIL import Image

from browser.editor import Editor


@pytest.fixture
def large(tmp_path):
    """A photo of 6 megapixels."""
    path = tmp_path / "large.jpg"
    rows = np.linspace(0, 255, 2000, dtype=np.uint8)
    pixels = np.stack([np.tile(rows[:, None], (1, 3000)), np.full((2000, 3000), 90, np.uint8)], axis=-1)
    Image.fromarray(np.dstack([pixels, pixels[..., :1]])).save(path)
    return path


def drawn(page):
    return page.locator("#canvas").evaluate("(canvas) => canvas.width * canvas.height")


def test_the_page_draws_what_the_stage_shows_of_the_picture_whatever_its_size(page, large):
    editor = Editor(page, width=900, height=700).open(large)

    def fits():
        shown = page.locator("#frame").evaluate("({ clientWidth, clientHeight }) => clientWidth * clientHeight")
        return shown / 1.4 < drawn(page) < shown * 1.4

    editor.wait(fits)
    small = drawn(page)
    page.set_viewport_size({"width": 1800, "height": 1300})
    editor.wait(lambda: drawn(page) > 2 * small and fits())
    page.set_viewport_size({"width": 900, "height": 700})
    editor.wait(lambda: drawn(page) < 1.3 * small and fits())


def test_without_webgl2_the_page_grades_says_what_is_missing_and_exports(launch, server, large):
    browser = launch("--disable-3d-apis")
    try:
        page = browser.new_page(base_url=server.url, accept_downloads=True)
        editor = Editor(page)
        assert "no WebGL2" in page.locator("#errors").inner_text()
        editor.open(large)
        before = editor.pixels()
        editor.say("black and white")
        graded = editor.pixels().astype(int)
        assert np.abs(graded - before).max() > 20
        assert np.abs(graded[..., 0] - graded[..., 1]).max() <= 12  # it was 165
        editor.paste(text="no recipe")
        page.wait_for_selector("#errors .error")
        editor.say("black and white")
        assert page.locator("#errors .error").count() == 0
        assert "no WebGL2" in page.locator("#errors").inner_text()  # until it is dismissed
        page.locator("#errors").get_by_role("button", name="Dismiss").click()
        assert page.locator("#errors .toast").count() == 0
        page.click("#export-open")
        _, content = editor.download("#export-go")
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.size == (3000, 2000)
    finally:
        browser.close()
