"""The recipe by hand: sliders, colours, looks, intensity; each gesture one step back."""

import pytest

from browser.editor import Editor, apart

NOTHING = {"adjust": None, "selective_adjust": None, "filter": None}


@pytest.fixture
def editor(page, small):
    return Editor(page).open(small)


def test_the_cards_have_every_parameter_of_the_toolset(editor):
    toolset = editor.page.evaluate("fetch('/v1/toolset').then((response) => response.json())")
    paths = [
        (tool["name"], group, parameter)
        for tool in toolset["tools"]
        for group in tool["groups"] or [None]
        for parameter in tool["parameters"]
    ]
    looks = sum(
        len(pack) for *_, parameter in paths if parameter["kind"] == "choice" for pack in parameter["packs"].values()
    )
    sliders = editor.page.locator(".card input[type=range]")
    assert sliders.count() == sum(parameter["kind"] == "number" for *_, parameter in paths)
    assert editor.page.locator(".looks input[type=radio]").count() == looks == 54
    exposure = editor.slider("Exposure")
    assert [exposure.get_attribute(name) for name in ("min", "max")] == ["-100", "100"]


def test_a_slider_is_moved_by_keys_and_says_what_it_means(editor):
    before = editor.pixels()
    slider = editor.slider("Temperature")
    slider.focus()
    for _ in range(3):
        slider.press("Shift+ArrowRight")
    slider.press("ArrowRight")
    assert editor.value("Temperature") == 31
    assert slider.get_attribute("aria-valuetext") == "plus 31, warmer"
    assert editor.recipe()["adjust"]["temperature"] == 31
    assert editor.page.inner_text("#changed").lower() == "slightly warmer (+30 → +31)"  # the last step was by 1
    editor.wait(lambda: apart(before, editor.pixels()) > 1)
    slider.focus()
    slider.press("Delete")
    assert editor.recipe() == NOTHING


def test_a_drag_is_one_step(editor):
    slider = editor.slider("Exposure")
    box = slider.bounding_box()
    mouse, y = editor.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] / 2, y)
    mouse.down()
    for share in (0.55, 0.6, 0.7, 0.8):
        mouse.move(box["x"] + box["width"] * share, y)
    mouse.up()
    first = editor.value("Exposure")
    assert first > 40
    editor.set("Contrast", 10)
    editor.page.click("#undo")
    assert editor.recipe()["adjust"]["exposure"] == first
    editor.page.click("#undo")
    assert editor.recipe() == NOTHING
    assert editor.page.locator("#undo").is_disabled()
    editor.page.click("#redo")
    assert editor.value("Exposure") == first


@pytest.mark.parametrize("keys", ["ArrowRight", "Shift+ArrowRight"])
def test_a_key_that_is_held_is_one_step(editor, keys):
    keyboard, slider = editor.page.keyboard, editor.slider("Exposure")
    slider.focus()
    *modifiers, key = keys.split("+")
    moved = []
    for _ in range(2):
        for each in modifiers:
            keyboard.down(each)
        for _ in range(4):
            keyboard.down(key)
        for each in (key, *modifiers):
            keyboard.up(each)
        moved.append(editor.value("Exposure"))
    assert moved == ([40, 80] if modifiers else [4, 8])
    editor.page.click("#undo")
    assert editor.value("Exposure") == moved[0]
    editor.page.click("#undo")
    assert editor.recipe() == NOTHING
    assert editor.page.locator("#undo").is_disabled()


@pytest.mark.parametrize("start", [0, 40])
def test_a_double_click_beside_the_thumb_is_one_step(editor, start):
    if start:
        editor.set("Vibrance", start)
    slider = editor.slider("Vibrance")
    box = slider.bounding_box()
    slider.dblclick(position={"x": box["width"] * 0.9, "y": box["height"] / 2})
    assert editor.recipe() == NOTHING
    if start:
        editor.page.click("#undo")
        assert editor.value("Vibrance") == start
        editor.page.click("#undo")
    assert editor.page.locator("#undo").is_disabled()


def test_a_field_takes_numbers_and_keeps_to_the_range(editor):
    editor.set("Shadows", 12.345)
    assert editor.recipe()["adjust"]["shadows"] in (12.34, 12.35)
    editor.set("Shadows", -500)
    assert editor.recipe()["adjust"]["shadows"] == -100
    field = editor.page.get_by_label("Shadows, number", exact=True)
    field.fill("")
    field.press("Tab")
    assert field.input_value() == "-100"


@pytest.mark.parametrize("way", ["double-click", "button", "card"])
def test_ways_back_to_neutral(editor, way):
    editor.set("Vibrance", 40)
    if way == "double-click":
        editor.slider("Vibrance").dblclick()
    elif way == "button":
        editor.page.get_by_role("button", name="Reset vibrance").click()
    else:
        editor.page.get_by_role("button", name="Reset adjust", exact=True).click()
    assert editor.recipe() == NOTHING
    assert editor.page.get_by_role("button", name="Reset vibrance", include_hidden=True).is_disabled()
    editor.page.click("#undo")
    assert editor.value("Vibrance") == 40


def test_each_colour_has_its_own_sliders(editor):
    editor.unfold("selective_adjust")
    tabs = editor.page.get_by_role("tablist", name="Selective adjust").get_by_role("tab")
    assert tabs.count() == 6
    tabs.nth(0).focus()
    editor.page.keyboard.press("ArrowLeft")
    assert editor.page.evaluate("document.activeElement.dataset.colour") == "blue"
    before = editor.pixels()
    editor.set("Blue saturation", -80)
    assert editor.recipe()["selective_adjust"]["blue"] == {"saturation": -80, "luminance": 0}
    assert editor.page.locator("[data-tool=selective_adjust] .summary").inner_text() == "blue"
    assert tabs.nth(5).get_attribute("aria-label") == "Blue, changed"
    editor.wait(lambda: apart(before, editor.pixels()) > 1)


def test_looks_are_shown_on_the_picture_itself(editor):
    editor.unfold("filter")
    page = editor.page
    filled = """[...document.querySelectorAll(".look canvas:not([hidden])")]
      .filter((canvas) => canvas.getContext("2d").getImageData(60, 40, 1, 1).data[3]).length"""
    editor.wait(lambda: page.evaluate(filled) == 54)
    saturation = """(name) => {
      const canvas = document.querySelector(`input[value=${name}] + canvas`);
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) {
        const rgb = data.slice(at, at + 3);
        sum += Math.max(...rgb) - Math.min(...rgb);
      }
      return sum / (data.length / 4);
    }"""
    assert page.evaluate(saturation, "mono_Classic") < 3 < page.evaluate(saturation, "vivid_Pop")
    before = editor.pixels()
    page.get_by_role("radio", name="Noir").check(force=True)
    assert editor.recipe()["filter"] == {"name": "cinematic_Noir", "intensity": 100}
    editor.wait(lambda: apart(before, editor.pixels()) > 5)
    editor.set("Filter intensity", 30)
    page.get_by_role("radio", name="Sepia").check(force=True)
    assert editor.recipe()["filter"] == {"name": "vintage_Sepia", "intensity": 30}
    assert page.locator("[data-tool=filter] .summary").inner_text() == "Sepia 30"
    page.get_by_role("radio", name="None").check(force=True)
    assert editor.recipe() == NOTHING


def test_overall_intensity_scales_the_recipe_and_is_undone(editor):
    editor.set("Saturation", 40)
    editor.set("Overall intensity", 150)
    assert editor.recipe()["adjust"]["saturation"] == 60
    assert editor.value("Saturation") == 40
    editor.set("Overall intensity", 0)
    assert editor.recipe() == NOTHING
    editor.page.click("#undo")
    editor.page.click("#undo")
    assert editor.value("Overall intensity") == 100


def test_a_card_switched_off_waits(editor):
    editor.set("Hue", 50)
    before = editor.pixels()
    switch = editor.page.get_by_role("switch", name="Adjust on", exact=True)
    switch.click()
    assert editor.recipe() == NOTHING
    assert editor.slider("Hue").is_disabled()
    editor.wait(lambda: apart(before, editor.pixels()) > 3)
    switch.click()
    assert editor.recipe()["adjust"]["hue"] == 50


def test_a_card_that_is_unfolded_comes_into_sight(page, small):
    page.emulate_media(reduced_motion="reduce")
    editor = Editor(page, width=1280, height=720).open(small)
    page.get_by_role("button", name="Filter").first.click()
    editor.wait(lambda: page.locator(".look:visible").count() > 0)
    box = page.locator(".look:visible").nth(3).bounding_box()
    assert box["y"] + box["height"] < 720
