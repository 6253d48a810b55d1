"""Files in the editor: every way in, several at once, clips that play, and what no browser decodes."""

import json

import numpy as np
import pytest
from clips import make_clip, moving
from PIL import Image

from browser.editor import Editor, apart
from goldenhour.render.picture_file import read_picture, write_picture

NOTHING = {"adjust": None, "selective_adjust": None, "filter": None}


@pytest.fixture
def other(small, tmp_path):
    """Another photo: the first, upside down."""
    path = tmp_path / "dune.png"
    with Image.open(small) as image:
        image.rotate(180).save(path)
    return path


def in_format(small, tmp_path, suffix):
    """The photo in another format."""
    path = tmp_path / f"beach{suffix}"
    write_picture(read_picture(small), path)
    return path


@pytest.mark.parametrize("way", ["drop", "paste", "pick"])
def test_ways_in(page, small, way):
    editor = Editor(page)
    assert page.locator("#welcome").is_visible()
    if way == "pick":
        with page.expect_file_chooser() as chooser:
            page.click("#welcome-open")
        chooser.value.set_files(small)
    else:
        getattr(editor, way)(small)
    page.wait_for_selector("#stage[data-shown]:visible")
    assert not page.locator("#welcome").is_visible()
    assert page.inner_text("#file-name") == "beach.jpg"
    with Image.open(small) as image:
        expected = image.convert("RGB")
    shown = editor.pixels()
    assert apart(shown, np.asarray(expected.resize(shown.shape[1::-1], Image.Resampling.BILINEAR))) < 2.5


def test_a_sample_is_tried(page):
    editor = Editor(page)
    page.click("[data-sample=portrait]")
    page.wait_for_selector("#stage[data-shown]:visible")
    assert page.inner_text("#file-name") == "portrait.jpg"
    assert editor.pixels().std() > 20


@pytest.mark.parametrize("suffix", [".tif", ".heic"])
def test_what_no_browser_decodes_comes_by_a_proxy(page, small, tmp_path, suffix):
    path = in_format(small, tmp_path, suffix)
    editor = Editor(page)
    with page.expect_response("**/v1/proxies") as proxy:
        editor.open(path)
    assert proxy.value.status == 200
    shown = editor.pixels()
    with Image.open(small) as image:
        expected = np.asarray(image.convert("RGB").resize(shown.shape[1::-1], Image.Resampling.BILINEAR))
    assert apart(shown, expected) < 4
    editor.set("Saturation", -100)
    editor.wait(lambda: apart(shown, editor.pixels()) > 5)


def test_a_clip_that_no_browser_plays_comes_by_a_proxy(page, tmp_path):
    path = make_clip(tmp_path / "master.mov", moving(8), "prores_ks", "yuv422p10le", options={"profile": "0"})
    editor = Editor(page).open(path)
    assert page.locator("#player").is_visible()
    assert editor.pixels().std() > 10


def test_a_broken_file_is_one_sentence_and_leaves_the_rest_as_it_was(page, small, tmp_path, complaints):
    editor = Editor(page).open(small).say("golden hour")
    recipe = editor.recipe()
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    page.set_input_files("#files", broken)
    page.wait_for_selector("#errors .toast")
    sentence = editor.error()
    assert "broken.jpg" in sentence
    assert "\n" not in sentence
    assert editor.recipe() == recipe
    assert page.inner_text("#file-name") == "beach.jpg"
    page.locator("#errors").get_by_role("button", name="Dismiss").click()
    assert page.locator("#errors .toast").count() == 0
    complaints.clear()  # the browser itself tells of the answer 4xx


def refused(small, tmp_path, name):
    """A file that a browser decodes and the server does not take."""
    path = tmp_path / name
    with Image.open(small) as image:
        if name.endswith("webp"):
            image.save(path, save_all=True, append_images=[image.rotate(180)])
        else:
            image.convert("P" if name.endswith("gif") else "RGB").save(path)
    return path


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("t.gif", " is not a JPEG, PNG, WebP, TIFF, HEIC or AVIF picture: convert it to one of these first."),
        ("t.bmp", " is not a JPEG, PNG, WebP, TIFF, HEIC or AVIF picture: convert it to one of these first."),
        ("t.webp", " is an animation of 2 pictures: save the one you want as a picture of its own."),
    ],
)
def test_what_could_not_be_exported_is_not_opened(page, small, tmp_path, complaints, name, reason):
    editor = Editor(page)
    editor.drop(refused(small, tmp_path, name))
    page.wait_for_selector("#errors .toast")
    assert editor.error() == name + reason
    assert editor.count == 0
    complaints.clear()  # the browser itself tells of the answer 4xx


@pytest.mark.parametrize(
    ("largest", "sentence"),
    [
        ({"megabytes": 0.01}, "beach.jpg has more than 0.01 megabytes: make it smaller."),
        ({"megapixels": 0.1}, "beach.jpg has 480 × 270 pixels, more than 0.1 megapixels: make it smaller."),
        ({"side": 90}, "clip.mp4 has frames of 160 × 90 pixels, more than 90 on a side: make it smaller."),
        ({"minutes": 0.005}, "clip.mp4 has more than 0.005 minutes: cut it."),
    ],
)
def test_a_file_beyond_the_servers_limits_is_refused_before_it_is_sent(page, small, tmp_path, largest, sentence):
    def lowered(route):
        toolset = route.fetch().json()
        for kind, limits in toolset["largest"].items():
            toolset["largest"][kind] = limits | {name: most for name, most in largest.items() if name in limits}
        route.fulfill(json=toolset)

    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    page.route("**/v1/toolset", lowered)
    editor = Editor(page)
    editor.drop(small if sentence.startswith("beach") else make_clip(tmp_path / "clip.mp4", moving(20)))
    page.wait_for_selector("#errors .toast")
    assert editor.error() == sentence
    assert editor.count == 0
    assert sent == []


def test_files_that_are_refused_together_are_all_named_in_one_sentence(page, small, tmp_path, complaints):
    editor = Editor(page)
    broken = [tmp_path / f"broken{number}.jpg" for number in (1, 2)]
    for path in broken:
        path.write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    page.set_input_files("#files", [broken[0], small, broken[1]])
    page.wait_for_selector("#errors .toast")
    sentence = editor.error()
    assert sentence.startswith("1 of 3 files opened; broken1.jpg")
    assert sentence.endswith("(likewise broken2.jpg).")
    assert page.inner_text("#file-name") == "beach.jpg"
    complaints.clear()  # the browser itself tells of the answers 4xx


def test_each_of_several_files_has_its_own_recipe_and_history(page, small, other):
    editor = Editor(page).open(small, other)
    cells = page.locator("#film .cell")
    assert cells.count() == 2
    assert page.inner_text("#file-name") == "beach.jpg"
    editor.set("Exposure", 25)
    first = editor.pixels()
    cells.nth(1).click()
    editor.wait(lambda: page.inner_text("#file-name") == "dune.png")
    assert editor.recipe() == NOTHING
    assert page.locator("#undo").is_disabled()
    cells.nth(0).click()
    assert editor.recipe()["adjust"]["exposure"] == 25
    editor.wait(lambda: apart(editor.pixels(), first) < 0.5)
    page.get_by_role("button", name="Close beach.jpg").click()
    editor.wait(lambda: page.inner_text("#file-name") == "dune.png")
    assert not page.locator("#film").is_visible()
    editor.choose("close-file")
    assert page.locator("#welcome").is_visible()


def test_one_look_for_all_files_is_one_step_in_each(page, small, other):
    editor = Editor(page).open(small, other).say("morocco")
    recipe = editor.recipe()
    editor.choose("apply-all")
    page.locator("#film .cell").nth(1).click()
    editor.wait(lambda: page.inner_text("#file-name") == "dune.png")
    assert editor.recipe() == recipe
    page.click("#undo")
    assert editor.recipe() == NOTHING


def test_one_look_for_all_files_is_taken_back_from_all_where_nothing_followed_it(page, small, other, tmp_path):
    third = in_format(small, tmp_path, ".webp")
    editor = Editor(page).open(small, other, third).say("morocco")
    recipe = editor.recipe()
    editor.choose("apply-all")
    cells = page.locator("#film .cell")
    cells.nth(1).click()
    editor.wait(lambda: page.inner_text("#file-name") == "dune.png")
    editor.set("Exposure", 25)
    page.locator("#news").get_by_role("button", name="Undo for all").click()
    assert editor.recipe()["adjust"]["exposure"] == 25
    for place, left in ((0, recipe), (2, NOTHING)):
        cells.nth(place).click()
        editor.wait(lambda left=left: editor.recipe() == left)


def test_a_recipe_is_copied_from_one_picture_and_pasted_to_another(page, small, other):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    editor = Editor(page).open(small, other).say("golden hour")
    recipe = editor.recipe()
    editor.choose("copy")
    page.locator("#film .cell").nth(1).click()
    editor.wait(lambda: page.inner_text("#file-name") == "dune.png")
    editor.choose("paste")
    editor.wait(lambda: editor.recipe() == recipe)
    page.click("#undo")
    editor.paste(text=json.dumps({**recipe, "adjust": {"exposure": 30}}))
    assert editor.recipe()["adjust"]["exposure"] == 30
    assert page.locator("#tried-list button").last.inner_text() == "Pasted recipe"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("warm please", "That text is not a recipe: a recipe is JSON, as “Copy” gives it."),
        ('{"a": 1}', "That JSON is not a recipe: it has none of adjust, selective_adjust, filter."),
        (
            '{"adjust": {"exposure": 900}}',
            "That recipe cannot be used: adjust.exposure must be a number from -100 to 100.",
        ),
        (
            '{"filter": {"name": "warm_Nothing", "intensity": 5}}',
            'That recipe cannot be used: filter.name is "warm_Nothing", which is not among the looks here.',
        ),
        ("[1]", "That JSON is not a recipe: it has none of adjust, selective_adjust, filter."),
        (
            '{"recipe": {"filter": {"name": "toString", "intensity": 50}}}',
            'That recipe cannot be used: filter.name is "toString", which is not among the looks here.',
        ),
        (
            '{"adjust": {"exposure": 20}, "filter": null, "vignette": {"amount": 5}}',
            'That recipe cannot be used: it has the unknown tool "vignette"; '
            "the tools are adjust, selective_adjust, filter.",
        ),
        (
            '{"selective_adjust": {"red": {"saturation": 20, "hue": 5}}}',
            'That recipe cannot be used: selective_adjust.red has the unknown member "hue"; '
            "it has saturation, luminance.",
        ),
        (
            '{"selective_adjust": {"pink": {"saturation": 20}}}',
            'That recipe cannot be used: selective_adjust has the unknown member "pink"; '
            "it has red, orange, yellow, green, cyan, blue.",
        ),
        ('{"filter": {"name": "film_Chrome"}}', "That recipe cannot be used: filter.intensity is missing."),
        ('{"filter": 5}', "That recipe cannot be used: filter must be an object with name, intensity."),
    ],
)
def test_what_is_no_recipe_is_one_sentence(page, small, text, sentence):
    editor = Editor(page).open(small)
    editor.paste(text=text)
    assert editor.error() == sentence
    assert editor.recipe() == NOTHING


def test_a_dropped_recipe_grades_the_open_picture(page, small, tmp_path):
    editor = Editor(page).open(small)
    path = tmp_path / "look.json"
    path.write_text(json.dumps({"adjust": {"contrast": 15}, "selective_adjust": None, "filter": None}))
    editor.drop(path)
    editor.wait(lambda: editor.value("Contrast") == 15)


def test_a_clip_plays_graded_pauses_and_seeks(page, tmp_path):
    path = make_clip(tmp_path / "clip.mp4", moving(50), sound="aac")
    editor = Editor(page).open(path)
    play, seek = page.locator("#play"), page.locator("#seek")
    editor.wait(lambda: float(seek.input_value()) > 0.1)  # it plays
    editor.set("Saturation", -100)

    def is_grey():
        return np.ptp(editor.pixels().astype(int), axis=2).max() < 8

    editor.wait(is_grey)
    seen = [editor.pixels() for _ in range(4)]
    assert all(np.ptp(frame.astype(int), axis=2).max() < 8 for frame in seen)
    assert max(apart(seen[0], frame) for frame in seen[1:]) > 0.5  # and goes on
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    editor.wait(lambda: play.get_attribute("aria-label") == "Play")
    still = editor.pixels()
    assert apart(editor.pixels(), still) == 0
    seek.fill("1.5")
    editor.wait(lambda: apart(editor.pixels(), still) > 0.5)
    assert is_grey()
    assert page.inner_text("#time").startswith("0:01 / 0:0")
    page.click("#loop")
    assert page.get_attribute("#loop", "aria-pressed") == "false"


def opened_with_another_four(page, small, tmp_path):
    """A photo that only the server decodes, graded, and four more: no more than four stay decoded. Its recipe."""
    editor = Editor(page).open(in_format(small, tmp_path, ".tif")).say("golden hour")
    recipe = editor.recipe()
    more = [tmp_path / f"more-{number}.jpg" for number in range(4)]
    for path in more:
        path.write_bytes(small.read_bytes())
    editor.open(*more)
    editor.wait(lambda: page.inner_text("#file-name") == "more-0.jpg")
    return editor, recipe


@pytest.mark.parametrize("why", ["refused", "cancelled"])
def test_a_file_that_cannot_be_read_again_keeps_its_recipe_and_history(page, small, tmp_path, why, complaints):
    editor, recipe = opened_with_another_four(page, small, tmp_path)
    first, name = page.locator("#film .cell").first, page.locator("#file-name")
    busy = {"type": "about:blank", "status": 429, "detail": "The server is busy; try again."}
    answer = {"status": 429, "content_type": "application/problem+json", "body": json.dumps(busy)}
    page.route("**/v1/proxies", lambda route: route.fulfill(**answer) if why == "refused" else None)
    first.click()
    if why == "refused":
        page.wait_for_selector("#errors .toast")
        assert editor.error() == "The server is busy; try again."
    else:
        page.click("#working-cancel")
    editor.wait(lambda: name.inner_text() == "more-0.jpg")
    assert editor.count == 5
    assert editor.recipe() == NOTHING
    assert not page.locator("#working").is_visible()
    page.unroute("**/v1/proxies")
    complaints.clear()
    first.click()
    editor.wait(lambda: page.locator("#tried-list button").all_inner_texts() == ["Original", "golden hour"])
    assert name.inner_text() == "beach.tif"
    assert editor.recipe() == recipe
    page.keyboard.press("Control+z")
    assert editor.recipe() == NOTHING


def test_a_file_that_is_closed_while_it_is_read_lets_the_next_one_in(page, small, other, tmp_path):
    editor, _ = opened_with_another_four(page, small, tmp_path)
    working, waiting = page.locator("#working"), []
    page.route("**/v1/proxies", lambda route: waiting.append(route))  # noqa: PLW0108 - playwright marks it
    page.locator("#film .cell").first.click()
    editor.wait(lambda: len(waiting) == 1 and working.is_visible())
    editor.drop(other)
    page.get_by_role("button", name="Close beach.tif").click()
    editor.wait(lambda: page.inner_text("#file-name") == "dune.png")
    assert editor.count == 5
    assert not working.is_visible()
    assert page.locator(".toast.error").count() == 0


def test_a_photo_and_a_recipe_that_are_dropped_together_belong_together(page, small, other, tmp_path):
    editor = Editor(page).open(small)
    path = tmp_path / "look.json"
    path.write_text(json.dumps({"adjust": {"contrast": 15}, "selective_adjust": None, "filter": None}))
    editor.drop(path, other)
    editor.wait(lambda: editor.count == 2 and page.inner_text("#file-name") == "dune.png")
    editor.wait(lambda: editor.value("Contrast") == 15)
    page.locator("#film .cell").first.click()
    assert editor.recipe() == NOTHING
