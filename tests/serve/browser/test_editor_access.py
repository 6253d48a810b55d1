"""The editor for everybody: names, contrast, targets, keyboard, reduced motion, phones; and what loading it costs."""

from pathlib import Path

import pytest
from clips import make_clip, moving

from browser.editor import Editor

PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 390, "height": 664}  # as much as the browser's own bars leave
FAULTS = (Path(__file__).parent / "access.js").read_text()


def faults(page, name, *bounds):
    """What is at fault in the page as it is now."""
    return page.evaluate(f"(bounds) => {FAULTS.strip()}.{name}(...bounds)", bounds)


def everything(editor):
    """The editor with all of its cards and its toasts shown."""
    for tool in ("adjust", "selective_adjust", "filter"):
        editor.unfold(tool)
    return editor


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_all_text_can_be_read(page, small, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    editor = Editor(page)
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == scheme
    assert faults(page, "lowContrast", 4.5) == []
    everything(editor.open(small).say("golden hour"))
    assert faults(page, "lowContrast", 4.5) == []
    page.click("#menu-button")
    assert faults(page, "lowContrast", 4.5) == []
    page.click("#keys-open")
    assert faults(page, "lowContrast", 4.5) == []
    page.click("#keys-close")
    page.click("#export-open")
    assert faults(page, "lowContrast", 4.5) == []


def test_everything_has_a_name(page, small):
    editor = Editor(page)
    assert faults(page, "unnamed") == []
    everything(editor.open(small).say("golden hour"))
    page.keyboard.press("Escape")
    assert faults(page, "unnamed") == []
    page.click("#split-toggle")
    page.click("#menu-button")
    assert faults(page, "unnamed") == []
    page.click("#menu-button")
    page.click("#export-open")
    assert faults(page, "unnamed") == []
    assert page.get_by_role("img", name="beach.jpg, graded: golden hour").count() == 1


def test_targets_are_large_enough(page, small):
    everything(Editor(page).open(small).say("golden hour"))
    assert faults(page, "smallTargets", 24) == []


def test_on_a_phone_targets_are_for_fingers_and_nothing_scrolls_sideways(page, small, tmp_path):
    page.emulate_media(reduced_motion="reduce")
    editor = Editor(page, **PHONE)
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not page.evaluate(wide)
    assert faults(page, "smallTargets", 44) == []
    editor.open(small).say("golden hour")
    for tab in page.locator("#tabs button").all():
        tab.click()
        assert not page.evaluate(wide)
        assert faults(page, "smallTargets", 44) == []
        assert page.locator(".card:visible").count() == 1
    # the picture stays in sight while the sheet is scrolled
    page.mouse.wheel(0, 900)
    editor.wait(lambda: page.evaluate("scrollY") > 200)
    box = page.locator("#canvas").bounding_box()
    assert 0 < box["y"] < 80
    page.click("#export-open")
    assert not page.evaluate(wide)
    assert faults(page, "smallTargets", 44) == []


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_on_a_small_phone_a_card_that_is_chosen_comes_into_sight(page, small, motion):
    page.emulate_media(reduced_motion=motion)
    editor = Editor(page, **SMALL_PHONE).open(small)
    card, tabs = page.locator(".card:visible"), page.locator("#tabs")

    at_end = "scrollY + innerHeight > document.documentElement.scrollHeight - 2"

    def is_in_sight():
        box, bar = card.bounding_box(), tabs.bounding_box()
        gap = box["y"] - bar["y"] - bar["height"]
        return abs(gap) < 3 or (gap > 0 and page.evaluate(at_end))

    for name in ("Filter", "Selective adjust"):
        page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        tabs.get_by_role("button", name=name).click()
        editor.wait(is_in_sight)
        assert card.bounding_box()["y"] < SMALL_PHONE["height"] - 150


def test_the_page_is_walked_through_by_keyboard(page, small):
    editor = Editor(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    editor.open(small)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "intent"
    editor.answered(lambda: (page.keyboard.type("golden hour"), page.keyboard.press("Enter")))
    page.keyboard.press("Tab")
    for _ in range(60):
        assert faults(page, "focusIsSeen"), page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Exposure":
            break
        page.keyboard.press("Tab")
    else:
        pytest.fail("the sliders are not reached by Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.locator("#keys dd", has_text="Undo").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    assert page.locator("#export").is_visible()


def test_motion_is_reduced_where_it_is_asked_for(page, tmp_path):
    page.emulate_media(reduced_motion="reduce")
    Editor(page).open(make_clip(tmp_path / "clip.mp4", moving(25)))
    assert page.get_attribute("#play", "aria-label") == "Play"  # it does not begin by itself
    assert faults(page, "moving") == []


def test_the_theme_is_chosen_and_remembered(page):
    page.emulate_media(color_scheme="dark")
    Editor(page)
    page.click("#menu-button")
    page.get_by_role("radio", name="Light").check(force=True)
    scheme = "getComputedStyle(document.documentElement).colorScheme"
    assert page.evaluate(scheme) == "light"
    page.reload()
    assert page.evaluate(scheme) == "light"
    page.click("#menu-button")
    page.get_by_role("radio", name="System").check(force=True)
    assert page.evaluate(scheme) == "dark"


def test_the_first_load_is_small(page):
    answers = []
    page.on("requestfinished", lambda request: answers.append(request))  # noqa: PLW0108 - playwright marks it
    Editor(page)
    page.wait_for_load_state("networkidle")
    loaded = sorted((sum(one.sizes().values()), one.url) for one in answers)  # bodies and headers, both ways
    assert sum(size for size, _ in loaded) <= 300_000, loaded[-5:]
    assert sum(url.endswith("-small.jpg") for _, url in loaded) >= 5
