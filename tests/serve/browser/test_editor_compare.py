"""Before and after: the original for as long as it is held, and a split with a handle."""

import pytest

from browser.editor import Editor, apart


@pytest.fixture
def editor(page, small):
    """A picture, strongly graded; with what it was and what it is."""
    editor = Editor(page).open(small)
    editor.before = editor.pixels()
    editor.set("Saturation", -100)
    editor.wait(lambda: apart(editor.before, editor.pixels()) > 5)
    editor.after = editor.pixels()
    page.evaluate("document.activeElement.blur()")
    return editor


@pytest.mark.parametrize("way", ["key", "button", "picture", "space"])
def test_hold_to_see_the_original(editor, way):
    page = editor.page
    if way == "key":
        page.keyboard.down("\\")
    elif way == "space":
        page.focus("#hold")
        page.keyboard.down(" ")
    else:
        page.hover("#hold" if way == "button" else "#canvas")
        page.mouse.down()
    assert apart(editor.pixels(), editor.before) < 0.5
    assert page.get_attribute("#hold", "aria-pressed") == "true"
    if way == "key":
        page.keyboard.up("\\")
    elif way == "space":
        page.keyboard.up(" ")
    else:
        page.mouse.up()
    assert apart(editor.pixels(), editor.after) < 0.5


def test_the_key_writes_into_a_field_instead(editor):
    editor.page.focus("#intent")
    editor.page.keyboard.press("\\")
    assert editor.page.input_value("#intent") == "\\"
    assert editor.page.get_attribute("#hold", "aria-pressed") == "false"


def test_split_by_key_and_moved_by_mouse_and_keys(editor):
    page = editor.page
    page.keyboard.press("y")
    handle = page.get_by_role("slider", name="Where before ends and after begins")
    assert handle.get_attribute("aria-valuenow") == "50"

    def assert_split(share):
        shown = editor.pixels()
        column = round(shown.shape[1] * share)
        assert apart(shown[:, : column - 3], editor.before[:, : column - 3]) < 0.5
        assert apart(shown[:, column + 3 :], editor.after[:, column + 3 :]) < 0.5

    assert_split(0.5)
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 40, steps=3)
    page.mouse.up()
    assert_split(0.25)
    handle.press("Home")
    assert handle.get_attribute("aria-valuenow") == "0"
    for _ in range(7):
        handle.press("Shift+ArrowRight")
    assert handle.get_attribute("aria-valuetext") == "70 % before"
    assert_split(0.7)
    page.click("#split-toggle")
    assert not handle.is_visible()
    assert apart(editor.pixels(), editor.after) < 0.5


def test_the_histogram_follows_the_picture(editor):
    canvas = editor.page.locator("#histogram")
    editor.wait(lambda: canvas.get_attribute("aria-label").startswith("Histogram: "))
    editor.set("Exposure", 100)
    editor.wait(lambda: "highlights clipped" in canvas.get_attribute("aria-label"))
    assert canvas.evaluate("(it) => it.getContext('2d').getImageData(0, 0, it.width, it.height).data.some(Boolean)")
