"""The annotation page in Chromium, against ``goldenhour annotate serve``: by keys, by mouse, on a phone."""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from goldenhour.evaluate.material import read_material
from goldenhour.experiment.annotation import Annotation, read_annotation
from goldenhour.experiment.annotation_journal import Journal
from goldenhour.serve.annotation.prepare import prepare_annotation
from goldenhour.students.nearest import NearestStudent
from goldenhour.teacher.recorded import recorded_answers

ITEMS = 3
PATIENCE = 60  # seconds, on a busy machine


@pytest.fixture(scope="module")
def annotation(tmp_path_factory: pytest.TempPathFactory) -> Annotation:
    folder = tmp_path_factory.mktemp("page") / "annotation"
    return prepare_annotation(
        folder, NearestStudent(recorded_answers()[:300]), read_material(None, "test").rows, [], ITEMS
    )


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and process.poll() is None:
            if ready.select(1):
                return process.stdout.readline().removeprefix("Golden Hour: ").strip()
    pytest.fail("goldenhour annotate serve did not say its address")


@pytest.fixture(scope="module")
def url(annotation: Annotation) -> Iterator[str]:
    """The page of a real server in a process of its own."""
    command = [sys.executable, "-m", "goldenhour", "annotate", "serve", str(annotation.folder), "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if name != "GOLDENHOUR_TOKEN"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield address(process)
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator:
    """Open the page, each time in a browser that knows nothing; what goes wrong in it fails the test."""
    contexts, complaints = [], []

    def visit(**options) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 500 else None)
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
    # what the server refuses, Chromium reports by itself
    assert [said for said in complaints if "status of 422" not in said] == []


def enter(page: Page, name: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator("#judging")).to_be_visible()


def names(page: Page) -> list[str]:
    """The pictures on the left and on the right, by the names of their files."""
    return [Path(page.get_attribute(f"#{side}", "src") or "").stem for side in ("left", "right")]


def calibrate(page: Page, annotation: Annotation, right: bool = True) -> None:
    """Judge all examples of a round by keys, and read the result."""
    by_picture = {shown.picture: (item, arm) for item in annotation.calibration for arm, shown in item.answers.items()}
    for number in range(len(annotation.calibration)):
        expect(page.locator("#progress-text")).to_have_text(f"Practice: {number} of {len(annotation.calibration)}")
        (item, left), (_, other) = (by_picture[name] for name in names(page))
        known = item.known
        answers = [known.relevant[left], known.relevant[other], known.same]
        for place, said in enumerate(answers):
            page.keyboard.press(str(2 * place + (1 if said is right else 2)))
        page.keyboard.press("Enter")
    expect(page.locator("#result")).to_be_visible()


def test_by_keys_alone_from_the_name_to_the_last_item(visit, annotation):
    page = visit()
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Jane")
    page.keyboard.press("Enter")
    calibrate(page, annotation, right=False)
    expect(page.locator("#result-title")).to_have_text("Not quite yet.")
    expect(page.locator(".solved")).to_have_count(6)
    page.keyboard.press("Enter")
    calibrate(page, annotation)
    expect(page.locator("#result-title")).to_have_text("Well judged.")
    page.keyboard.press("Enter")
    expected = {}
    for number in range(ITEMS):
        expect(page.locator("#progress-text")).to_have_text(f"Judged: {number} of {ITEMS}")
        expect(page.locator("#intent")).to_be_focused()
        left, right = names(page)
        expected |= {left: True, right: False}
        page.keyboard.press("Enter")  # not before all is said
        for key in "146":
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(page.locator("#done")).to_be_visible()
    record = Journal(read_annotation(annotation.folder)).record("Jane")
    for item in annotation.items:
        assert record.judgements[item.id].relevant == {arm: expected[s.picture] for arm, s in item.answers.items()}
        assert record.judgements[item.id].same is False


def test_undo_and_coming_back_later(visit, annotation, url):
    page = visit()
    enter(page, "Joe")
    calibrate(page, annotation)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Undo last")).to_be_disabled()
    first, intent = names(page), page.locator("#intent").inner_text()
    for key in ("1", "3", "5", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#progress-text")).to_have_text(f"Judged: 1 of {ITEMS}")
    expect(page.locator("#status")).to_have_text("Saved.")
    page.keyboard.press("u")
    expect(page.locator("#progress-text")).to_have_text(f"Judged: 0 of {ITEMS}")
    assert (names(page), page.locator("#intent").inner_text()) == (first, intent)
    assert page.locator("input:checked").count() == 0
    page.goto(url)  # the browser was closed meanwhile: it goes on by itself
    expect(page.locator("#who-name")).to_have_text("Joe")
    assert names(page) == first
    page.get_by_role("button", name="Not you?").click()
    expect(page.get_by_label("Your name")).to_be_focused()
    enter(page, "joe ")  # on another machine, by the same name
    assert names(page) == first


def test_by_mouse_with_questions_that_say_what_they_ask(visit, annotation):
    page = visit()
    enter(page, "Zoë")
    save = page.get_by_role("button", name="Save and next")
    expect(save).to_be_disabled()
    for question, answer in (("Is A relevant", "Yes"), ("Is B relevant", "No"), ("same intention", "No")):
        group = page.get_by_role("group", name=question)
        group.get_by_role("radio", name=answer).click()
    expect(save).to_be_enabled()
    save.click()
    expect(page.locator("#progress-text")).to_have_text("Practice: 1 of 6")
    page.get_by_role("button", name="Undo last").click()
    expect(page.locator("#progress-text")).to_have_text("Practice: 0 of 6")


def test_the_original_takes_the_answers_place_while_it_is_asked_for(visit, annotation):
    page = visit()
    enter(page, "Ann")
    original, before = page.get_attribute("#original", "src"), names(page)
    page.keyboard.down("o")
    assert [page.get_attribute(f"#{side}", "src") for side in ("left", "right")] == [original] * 2
    page.keyboard.up("o")
    assert names(page) == before
    page.locator("#left").hover()
    page.mouse.down()
    assert page.get_attribute("#left", "src") == original
    assert names(page)[1] == before[1]
    page.mouse.up()
    assert names(page) == before


def test_what_was_judged_in_another_window_is_said_and_passed_over(visit, annotation, url):
    page = visit()
    enter(page, "Cem")
    other = page.context.new_page()
    other.goto(url)
    expect(other.locator("#judging")).to_be_visible()
    for window in (other, page):
        for key in ("1", "3", "5", "Enter"):
            window.keyboard.press(key)
        expect(window.locator("#progress-text")).to_have_text("Practice: 1 of 6")
    expect(page.get_by_role("alert")).to_contain_text("This was judged already, perhaps in another window")
    expect(other.get_by_role("alert")).to_be_hidden()


def test_a_name_that_is_none_is_refused_in_a_sentence(visit):
    page = visit()
    page.get_by_label("Your name").fill("../etc")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("An annotator's name is 1 to 40 letters and digits")


def test_the_page_never_knows_which_answer_is_whose(visit, annotation):
    page = visit()
    seen = []
    page.on("response", lambda response: seen.append((response.url, str(response.headers))))
    enter(page, "Eve")
    calibrate(page, annotation)
    page.keyboard.press("Enter")
    expect(page.locator("#judging")).to_be_visible()
    assert len(seen) > 20
    for text in (page.content(), page.evaluate("JSON.stringify(localStorage)"), *(" ".join(pair) for pair in seen)):
        assert not any(word in text.lower() for word in ("student", "teacher", "recipe"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_it_fits_and_can_be_read(visit, annotation, scheme):
    page = visit(viewport={"width": 360, "height": 720}, is_mobile=True, has_touch=True, color_scheme=scheme)
    enter(page, f"Phone {scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    heights = page.evaluate("[...document.querySelectorAll('fieldset span, .foot button')].map(e => e.offsetHeight)")
    assert len(heights) == 8
    assert min(heights) >= 44
    for selector in ("#intent", "legend", "fieldset span", "#phase", "#undo", "#save", ".brand span"):
        assert page.evaluate(CONTRAST, selector) >= 4.5, selector


# WCAG 2.2, "contrast ratio": of an element's text to the first background behind it that is not transparent
CONTRAST = """selector => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = channels(colour).map((c) => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const element = document.querySelector(selector);
  let behind = element;
  while (channels(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const pair = [luminance(getComputedStyle(element).color), luminance(getComputedStyle(behind).backgroundColor)];
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""
