"""Words in the editor: a picture is graded, changed, read another way; and each Enter is one logged answer."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import goldenhour
from browser.editor import Editor, apart
from goldenhour.events import open_store
from goldenhour.tools import Recipe

NOTHING = {"adjust": None, "selective_adjust": None, "filter": None}


def asked(page):
    """The bodies of the requests for answers, from now on."""
    bodies = []
    page.on("request", lambda request: request.url.endswith("/v1/recipes") and bodies.append(request.post_data_json))
    return bodies


def held(page):
    """The requests for answers, from now on, which wait until they are continued."""
    waiting = []
    page.route("**/v1/recipes", lambda route: waiting.append(route))  # noqa: PLW0108 - playwright marks it
    return waiting


def say_on_its_way(editor, words):
    """Say words whose answer is on its way until the request, which is given, is continued."""
    waiting = held(editor.page)
    editor.page.fill("#intent", words)
    editor.page.press("#intent", "Enter")
    editor.wait(lambda: len(waiting) == 1)
    return waiting[0]


def exports(server):
    """How many there are in the store."""
    with open_store(str(server.data / "events.sqlite")) as store:
        return store.counts().exports


def test_words_grade_the_picture_as_the_server_would(page, small):
    editor = Editor(page).open(small)
    before = editor.pixels()
    bodies = asked(page)
    editor.say("golden hour")
    after = editor.pixels()
    assert apart(before, after) > 3
    assert [body["intent"] for body in bodies] == ["golden hour"]
    recipe = Recipe.from_dict(editor.recipe())
    assert recipe == goldenhour.recipe("golden hour")
    # what is seen is the export, as far as scaling to the screen lets it be
    with Image.open(small) as image:
        export = goldenhour.render(image, recipe).resize(after.shape[1::-1], Image.Resampling.BILINEAR)
    assert apart(after, np.asarray(export)) < 2.5
    assert "Golden Hour look" in page.inner_text("#changed")
    (measured,) = page.evaluate("performance.getEntriesByName('enter-to-graded').map((entry) => entry.duration)")
    assert 0 < measured < 10_000


def test_an_answer_brings_its_table_so_that_no_second_request_holds_the_picture_up(page, small):
    editor = Editor(page).open(small)
    sizes = []
    page.on("request", lambda request: "/v1/tables?" in request.url and sizes.append(request.url.rpartition("=")[2]))
    editor.say("golden hour").say("a bit warmer")
    editor.wait(lambda: sizes)
    assert set(sizes) == {"65"}  # the fine one, when the picture has rested


def test_a_follow_up_changes_the_current_recipe(page, small):
    editor = Editor(page).open(small).say("morocco")
    warmth, recipe = editor.value("Temperature"), editor.recipe()
    bodies = asked(page)
    editor.say("a bit warmer")
    assert bodies[0]["current"] == recipe
    assert editor.value("Temperature") > warmth
    assert editor.recipe()["filter"] == recipe["filter"]
    assert "warmer" in page.inner_text("#changed").lower()


def test_a_follow_up_changes_what_is_seen_at_an_intensity(page, small):
    editor = Editor(page).open(small).say("morocco")
    editor.set("Overall intensity", 50)
    seen, warmth = editor.recipe(), editor.value("Temperature")
    bodies = asked(page)
    with page.expect_response("**/v1/recipes") as answer:
        editor.say("a bit warmer")
    assert bodies[0]["current"] == seen
    assert editor.recipe() == answer.value.json()["recipe"]
    assert editor.value("Overall intensity") == 100
    sentence = page.inner_text("#changed").lower()
    assert "warmer" in sentence
    assert "intensity" not in sentence
    page.click("#undo")
    assert (editor.value("Overall intensity"), editor.value("Temperature")) == (50, warmth)
    assert editor.recipe() == seen


def test_another_take_reads_the_same_words_otherwise(page, small):
    editor = Editor(page).open(small).say("morocco")
    first, recipe = editor.pixels(), editor.recipe()
    bodies = asked(page)
    editor.answered(lambda: page.click("#another"))
    assert bodies == [{**bodies[0], "intent": "morocco", "take": 1}]
    assert "current" not in bodies[0]
    assert editor.recipe() != recipe
    assert apart(first, editor.pixels()) > 0.5
    assert page.locator("#tried-list button").all_inner_texts() == ["Original", "morocco", "Another take: morocco"]


def test_suggestions_are_looks_first_and_changes_then(page, small):
    editor = Editor(page).open(small)
    chips = page.locator("#suggestions button")
    first = chips.first.inner_text()
    editor.answered(chips.first.click)
    assert page.input_value("#intent") == first
    assert "a bit warmer" in chips.all_inner_texts()
    exposure = editor.recipe()
    editor.answered(page.get_by_role("button", name="brighter", exact=True).click)
    assert editor.recipe() != exposure


def test_the_filter_is_undone_by_words(page, small):
    editor = Editor(page).open(small).say("morocco")
    assert editor.recipe()["filter"]
    editor.answered(page.get_by_role("button", name="undo the filter").click)
    assert editor.recipe()["filter"] is None
    assert "No " in page.inner_text("#changed")


@pytest.mark.parametrize("words", ["undo that", "Undo!", "go back, please", "mach das rückgängig", "元に戻して"])
def test_words_that_mean_only_undo_are_one_step_back(page, small, words):
    editor = Editor(page).open(small).say("golden hour")
    recipe = editor.recipe()
    editor.say("a bit warmer")
    bodies = asked(page)
    for left in (recipe, NOTHING):
        page.fill("#intent", words)
        page.press("#intent", "Enter")
        editor.wait(lambda left=left: editor.recipe() == left)
    page.press("#intent", "Enter")
    expect(page.locator("#news .toast").last).to_contain_text("There is nothing to undo.")
    page.click("#redo")
    assert editor.recipe() == recipe
    assert bodies == []


def test_undo_that_takes_back_words_whose_answer_is_on_its_way(page, small):
    editor = Editor(page).open(small).say("golden hour")
    recipe = editor.recipe()
    say_on_its_way(editor, "morocco")
    page.fill("#intent", "undo that")
    page.press("#intent", "Enter")
    editor.wait(lambda: page.locator("#words[aria-busy]").count() == 0)
    assert editor.recipe() == recipe


def test_a_tool_that_was_switched_off_stays_off(page, small):
    editor = Editor(page).open(small).say("morocco")
    filter_on = page.get_by_role("switch", name="Filter on")
    with_filter = editor.pixels()
    filter_on.click()
    assert editor.recipe()["filter"] is None
    editor.wait(lambda: apart(with_filter, editor.pixels()) > 0.5)
    editor.say("golden hour")
    assert not filter_on.is_checked()
    assert editor.recipe()["filter"] is None
    assert "Filter stays off" in page.inner_text("#changed")
    filter_on.click()
    assert editor.recipe()["filter"]["name"] == "warm_GoldenHour"


def test_what_no_tool_can_do_is_said_in_a_friendly_sentence(page, small):
    editor = Editor(page).open(small).say("remove the person on the left")
    assert "not something that tonal tools can do" in page.locator("#news .toast span").first.inner_text()
    assert editor.recipe() == NOTHING
    assert page.locator("#undo").is_disabled()
    looks = editor.say("golden hour").page.locator("#tried-list button").count()
    editor.say("asdfgh")
    assert "no look" in page.locator("#news .toast span").last.inner_text()
    assert page.locator("#tried-list button").count() == looks


def test_looks_tried_are_restored_and_undone(page, small):
    editor = Editor(page).open(small).say("golden hour").say("foggy scandinavian morning")
    fog = editor.recipe()
    page.locator("#tried-list button", has_text="golden hour").click()
    assert Recipe.from_dict(editor.recipe()) == goldenhour.recipe("golden hour")
    assert page.locator("#tried-list [aria-current]").inner_text() == "golden hour"
    page.keyboard.press("Control+z")
    assert editor.recipe() == fog
    page.locator("#tried-list button", has_text="Original").click()
    assert editor.recipe() == NOTHING
    assert page.locator("#tried-list canvas").count() == 3


def test_what_was_changed_by_hand_is_kept_among_the_looks(page, small):
    editor = Editor(page).open(small).say("golden hour")
    editor.set("Exposure", 33)
    edited = editor.recipe()
    editor.say("morocco")
    page.locator("#tried-list button", has_text="golden hour, edited").click()
    assert editor.recipe() == edited


def test_an_answer_ends_what_was_said_of_the_look_before(page, small):
    editor = Editor(page).open(small).say("golden hour")
    editor.copied()
    expect(page.locator("#news .toast")).to_contain_text("Recipe copied.")
    editor.say("crop it to a square")
    expect(page.locator("#news .toast")).to_have_count(1)
    expect(page.locator("#news .toast")).not_to_contain_text("Recipe copied.")


def test_escape_leaves_the_words(page, small):
    editor = Editor(page).open(small).say("golden hour")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    assert page.input_value("#intent") == "golden hour"
    assert page.locator("#export").is_visible()
    assert editor.recipe()["filter"] or editor.recipe()["adjust"]


def test_when_the_server_is_gone_one_sentence_says_so_and_nothing_is_lost(page, small, complaints):
    editor = Editor(page).open(small).say("golden hour")
    graded, recipe = editor.pixels(), editor.recipe()
    page.route("**/v1/recipes", lambda route: route.abort())
    page.fill("#intent", "morocco")
    page.press("#intent", "Enter")
    page.wait_for_selector("#errors .toast")
    assert editor.error() == "The server cannot be reached; nothing is lost, try again when it runs."
    assert page.input_value("#intent") == "morocco"
    assert editor.recipe() == recipe
    assert apart(editor.pixels(), graded) == 0
    page.unroute("**/v1/recipes")
    complaints.clear()
    editor.answered(lambda: page.press("#intent", "Enter"))
    assert page.locator("#errors .toast").count() == 0
    assert editor.recipe() != recipe


def test_a_problem_of_the_server_is_shown_in_its_own_words(page, small, complaints):
    editor = Editor(page).open(small)
    page.fill("#intent", "warm\a")
    page.press("#intent", "Enter")
    page.wait_for_selector("#errors .toast")
    assert editor.error() == "The intent has the control character U+0007; type it in plain text."
    complaints.clear()


def test_answers_edits_and_exports_are_in_the_store(page, small, server):
    editor, before = Editor(page).open(small), exports(server)
    with page.expect_request("**/v1/edits", timeout=10_000) as edit:
        editor.say("golden hour")
        editor.set("Contrast", 20)
    recipe = editor.recipe()
    page.click("#export-open")
    with page.expect_response("**/v1/exports") as export:
        editor.download("#export-json")
    noted, sent = edit.value.post_data_json, export.value.request.post_data_json
    assert export.value.status == 202
    assert sent["recipe"] == noted["recipe"] == recipe
    assert sent["answer_id"] == noted["answer_id"]

    editor.wait(lambda: exports(server) == before + 1)


def test_an_export_of_what_was_graded_by_hand_alone_is_in_the_store(page, small, server):
    editor, before = Editor(page).open(small), exports(server)
    editor.set("Contrast", 20)
    page.click("#export-open")
    with page.expect_response("**/v1/exports") as export:
        editor.download("#export-json")
    assert export.value.status == 202
    assert export.value.request.post_data_json["answer_id"] is None
    editor.wait(lambda: exports(server) == before + 1)


@pytest.mark.parametrize("step", ["button", "keyboard"])
def test_undo_and_redo(page, small, step):
    editor = Editor(page).open(small)
    assert page.locator("#undo").is_disabled()
    editor.say("golden hour").say("morocco")
    morocco = editor.recipe()
    undo = (lambda: page.click("#undo")) if step == "button" else (lambda: page.keyboard.press("Control+z"))
    redo = (lambda: page.click("#redo")) if step == "button" else (lambda: page.keyboard.press("Control+Shift+z"))
    undo()
    assert Recipe.from_dict(editor.recipe()) == goldenhour.recipe("golden hour")
    undo()
    assert page.locator("#undo").is_disabled()
    redo()
    redo()
    assert editor.recipe() == morocco
    assert page.locator("#redo").is_disabled()


def test_words_for_two_pictures_at_once_grade_both(page, small, tmp_path):
    second = tmp_path / "second.jpg"
    second.write_bytes(small.read_bytes())
    editor = Editor(page).open(small, second)
    cells, field, waiting = page.locator("#film .cell"), page.locator("#intent"), held(page)
    for cell, words in ((0, "golden hour"), (1, "morocco")):
        cells.nth(cell).click()
        field.fill(words)
        field.press("Enter")
        editor.wait(lambda cell=cell: len(waiting) == cell + 1)
    field.fill("half a senten")
    waiting[0].continue_()
    cells.nth(0).click()
    editor.wait(lambda: editor.recipe()["filter"] is not None)
    assert Recipe.from_dict(editor.recipe()) == goldenhour.recipe("golden hour")
    assert page.locator("#words[aria-busy]").count() == 0
    cells.nth(1).click()
    assert page.locator("#words[aria-busy]").count() == 1
    waiting[1].continue_()
    editor.wait(lambda: editor.recipe()["filter"] is not None)
    assert Recipe.from_dict(editor.recipe()) == goldenhour.recipe("morocco")


def test_what_is_changed_while_an_answer_is_on_its_way_comes_back_by_one_undo(page, small):
    editor = Editor(page).open(small)
    request = say_on_its_way(editor, "golden hour")
    editor.set("Exposure", 33)
    by_hand = editor.recipe()
    editor.answered(request.continue_)
    assert Recipe.from_dict(editor.recipe()) == goldenhour.recipe("golden hour")
    assert page.locator("#news .toast", has_text="Undo brings back what you changed meanwhile").count() == 1
    page.click("#undo")
    assert editor.recipe() == by_hand


def test_words_that_say_nothing_leave_what_is_changed_while_they_are_on_their_way(page, small):
    editor = Editor(page).open(small)
    request = say_on_its_way(editor, "asdfgh")
    editor.set("Exposure", 33)
    editor.answered(request.continue_)
    assert editor.value("Exposure") == 33
    assert page.locator("#tried-list button").count() == 1


def test_an_edit_is_logged_once_however_often_its_picture_is_chosen(page, small, tmp_path):
    second = tmp_path / "second.jpg"
    second.write_bytes(small.read_bytes())
    editor = Editor(page).open(small, second)
    cells, edits = page.locator("#film .cell"), []
    page.on("request", lambda request: request.url.endswith("/v1/edits") and edits.append(request.post_data_json))
    editor.say("golden hour").set("Contrast", 20)
    editor.wait(lambda: len(edits) == 1)
    for step in ("#undo", "#redo"):  # leads back to what is logged
        page.click(step)
    for cell in (1, 0, 1):
        cells.nth(cell).click()
    # an edit of the other picture, which is logged later than the first one would have been again
    editor.say("morocco").set("Contrast", 30)
    editor.wait(lambda: len(edits) >= 2)
    assert [edit["recipe"]["adjust"]["contrast"] for edit in edits] == [20, 30]
    assert len({edit["project_id"] for edit in edits}) == 2


def test_what_the_server_could_not_take_is_sent_after_a_reload(page, small, complaints):
    editor = Editor(page).open(small)
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('goldenhour-unsent '))"
    page.route("**/v1/edits", lambda route: route.abort())
    with page.expect_request("**/v1/edits") as lost:
        editor.say("golden hour").set("Contrast", 20)
    editor.wait(lambda: len(page.evaluate(kept)) == 1)
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    page.unroute("**/v1/edits")
    complaints.clear()
    with page.expect_response("**/v1/edits") as taken:
        page.reload()
    assert dialogs == ["beforeunload"]  # the history would be gone
    assert taken.value.status == 202
    assert taken.value.request.post_data_json == lost.value.post_data_json
    editor.wait(lambda: page.evaluate(kept) == [])
    page.reload()
    assert dialogs == ["beforeunload"]  # there is none
    complaints.clear()  # of the request that was not let through, told at any time until here


def test_the_first_page_says_where_a_picture_goes(page):
    Editor(page)
    assert page.inner_text(".lead").endswith("and it never leaves this machine.")
