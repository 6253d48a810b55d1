"""Out of the editor: pictures of full size with their metadata, clips, and the recipe for other editors."""

import io
import json

import av
import pytest
from clips import make_clip, moving
from PIL import Image

import goldenhour
from browser.editor import Editor
from goldenhour.render.cube import read_cube
from goldenhour.tools import Recipe


@pytest.fixture
def editor(page, small):
    return Editor(page).open(small).say("golden hour")


def test_a_picture_of_full_size_with_its_metadata(editor, small):
    editor.page.click("#export-open")
    assert "480 × 270" in editor.page.inner_text("#export-facts")
    with editor.page.expect_request("**/v1/exports") as export:
        name, content = editor.download("#export-go")
    assert name == "beach-golden-hour.jpg"
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("JPEG", (480, 270))
        assert image.getexif()[0x010F] == "Golden Camera"
    assert Recipe.from_dict(export.value.post_data_json["recipe"]) == goldenhour.recipe("golden hour")
    editor.wait(lambda: not editor.page.locator("#export").is_visible())
    assert editor.page.locator("#news .toast span").last.inner_text() == "beach-golden-hour.jpg exported."


def test_the_export_is_what_the_renderer_makes(editor, small):
    editor.set("Overall intensity", 60)
    editor.page.click("#export-open")
    editor.page.select_option("#export-format", "png")
    assert not editor.page.locator("#export-quality").is_visible()
    name, content = editor.download("#export-go")
    assert name == "beach-golden-hour.png"
    with Image.open(small) as original, Image.open(io.BytesIO(content)) as image:
        expected = goldenhour.render(original.convert("RGB"), goldenhour.recipe("golden hour").scale(60))
        assert image.convert("RGB").tobytes() == expected.tobytes()


def test_each_format_goes_back_to_its_own_quality(editor):
    editor.page.click("#export-open")
    for format_, quality in (("jpeg", 95), ("webp", 92), ("avif", 88)):
        editor.page.select_option("#export-format", format_)
        assert editor.value("Quality") == quality
        reset = editor.page.get_by_role("button", name="Reset quality")
        assert not reset.is_visible()
        editor.set("Quality", 30)
        reset.click()
        assert editor.value("Quality") == quality


def test_quality_makes_smaller_files(editor):
    sizes = []
    for quality in (95, 30):
        editor.page.click("#export-open")
        editor.set("Quality", quality)
        sizes.append(len(editor.download("#export-go")[1]))
        editor.wait(lambda: not editor.page.locator("#export").is_visible())
    assert sizes[1] < sizes[0] / 2


def test_the_recipe_for_other_editors(editor, tmp_path):
    editor.page.click("#export-open")
    name, cube = editor.download("#export-cube")
    assert name == "beach-golden-hour.cube"
    path = tmp_path / name
    path.write_bytes(cube)
    assert read_cube(path).cube.points.shape == (33, 33, 33, 3)
    editor.page.select_option("#export-cube-size", "65")
    path.write_bytes(editor.download("#export-cube")[1])
    assert read_cube(path).cube.points.shape == (65, 65, 65, 3)
    name, xmp = editor.download("#export-xmp")
    assert name.endswith(".xmp")
    assert b"crs:" in xmp
    name, recipe = editor.download("#export-json")
    assert name.endswith(".json")
    assert Recipe.from_json(recipe.decode()) == goldenhour.recipe("golden hour")


def test_the_points_of_the_cube_are_chosen_before_the_button_that_saves_it(editor):
    page = editor.page
    page.click("#export-open")
    page.locator("#export-cube-size").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "export-cube"
    size, cube, xmp = (page.locator(f"#export-{name}").bounding_box()["y"] for name in ("cube-size", "cube", "xmp"))
    assert size < cube < xmp


def test_all_files_are_exported_each_with_its_own_look(page, small, tmp_path):
    other = tmp_path / "dune.png"
    with Image.open(small) as image:
        image.rotate(180).save(other)
    editor = Editor(page).open(small, other).say("golden hour")
    page.click("#export-open")
    page.check("#export-all")
    files = []
    page.on("download", lambda download: files.append(download.suggested_filename))
    page.click("#export-go")
    editor.wait(lambda: len(files) == 2)
    assert files == ["beach-golden-hour.jpg", "dune-graded.jpg"]
    editor.wait(lambda: page.locator("#news .toast span").last.inner_text() == "2 files exported.")


def test_when_the_disk_or_the_server_fails_the_dialog_stays_and_says_why(editor, complaints):
    page = editor.page
    page.route("**/v1/render", lambda route: route.abort())
    page.click("#export-open")
    page.click("#export-go")
    page.wait_for_selector("#export #errors .toast")
    assert editor.error() == "The server cannot be reached; nothing is lost, try again when it runs."
    assert page.locator("#export-go").is_enabled()
    page.unroute("**/v1/render")
    complaints.clear()
    assert editor.download("#export-go")[0] == "beach-golden-hour.jpg"


def test_a_clip_is_exported_with_progress_as_the_kind_of_file_that_was_chosen(page, tmp_path):
    path = make_clip(tmp_path / "clip.mov", moving(30), sound="aac")
    editor = Editor(page).open(path).say("black and white")
    page.click("#export-open")
    assert page.inner_text("#export-kind") == "Clip"
    with page.expect_request("**/v1/videos/*/events") as events:
        name, content = editor.download("#export-go")
    assert events.value.headers["accept"] == "text/event-stream"
    assert name == "clip-black-and-white.mp4"
    assert content[4:12] == b"ftypisom"  # and no longer QuickTime, which the phone wrote
    with av.open(io.BytesIO(content)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        frame = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
        assert abs(frame[..., 0] - frame[..., 2]).mean() < 12
        assert len(container.streams.audio) == 1


def test_a_clips_export_is_cancelled(page, tmp_path):
    path = make_clip(tmp_path / "clip.mp4", moving(400, 640, 360))
    editor = Editor(page).open(path)
    editor.set("Structure", 40)
    page.click("#export-open")
    page.click("#export-go")
    page.wait_for_selector("#export-cancel")
    editor.wait(lambda: "Grading" in page.inner_text("#export-progress-words"))
    with page.expect_response(lambda response: response.request.method == "DELETE") as deleted:
        page.click("#export-cancel")
    assert deleted.value.status == 204
    assert page.locator("#news .toast span").last.inner_text() == "Export cancelled."
    assert page.locator("#export-go").is_enabled()
    assert not page.locator("#export-progress").is_visible()


def test_a_file_that_fails_does_not_keep_the_others_from_being_exported(page, small, tmp_path, complaints):
    others = [tmp_path / "dune.jpg", tmp_path / "cliff.jpg"]
    for path in others:
        path.write_bytes(small.read_bytes())
    editor = Editor(page).open(small, *others)
    problem = {"status": 507, "detail": "The server's disk is full; free some space."}
    files = []
    page.on("download", lambda download: files.append(download.suggested_filename))
    full = {"status": 507, "content_type": "application/problem+json", "body": json.dumps(problem)}
    page.route(
        "**/v1/render",
        lambda route: route.fulfill(**full) if b"dune.jpg" in route.request.post_data_buffer else route.continue_(),
    )
    page.click("#export-open")
    page.check("#export-all")
    page.click("#export-go")
    page.wait_for_selector("#export #errors .toast")
    assert editor.error() == "2 of 3 exported; dune.jpg: The server's disk is full; free some space."
    editor.wait(lambda: len(files) == 2)
    assert files == ["beach-graded.jpg", "cliff-graded.jpg"]
    complaints.clear()


def test_escape_does_not_end_a_running_export(editor):
    page, waiting = editor.page, []
    page.route("**/v1/render", lambda route: waiting.append(route))  # noqa: PLW0108 - playwright marks it
    page.click("#export-open")
    page.click("#export-go")
    editor.wait(lambda: len(waiting) == 1)
    for _ in range(3):
        page.keyboard.press("Escape")
    assert page.locator("#export").is_visible()
    with page.expect_download() as download:
        waiting[0].continue_()
    assert download.value.suggested_filename == "beach-golden-hour.jpg"
    editor.wait(lambda: not page.locator("#export").is_visible())
    page.click("#export-open")
    page.keyboard.press("Escape")
    assert not page.locator("#export").is_visible()
