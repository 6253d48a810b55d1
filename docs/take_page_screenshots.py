"""Takes the pictures of docs/annotation.md and docs/insights.md in headless Chromium. ``make screenshots``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page
from take_screenshots import DESKTOP, FOLDER, PHONE, blank, chromium, saved, serving, started

from goldenhour.events import open_store
from goldenhour.serve.insights.insights import insights
from goldenhour.simulate import Simulation, simulate
from goldenhour.simulate.projects import FIRST_DAY
from goldenhour.students import embedded_student
from goldenhour.teacher.recorded import one_answer_each

PHOTO = Path(__file__).parents[1] / "src/goldenhour/samples/lake.jpg"
DAYS = 30
INTENTS = 150  # that simulated users type


@contextmanager
def annotating(folder: str) -> Iterator[str]:
    """The address of an annotation's page."""
    prepare = [sys.executable, "-m", "goldenhour", "annotate", "prepare", folder, "--pictures", str(PHOTO)]
    subprocess.run(prepare, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    with started("annotate", "serve", folder, "--port", "0") as url:
        yield url


def calibrate(page: Page, folder: str) -> None:
    """Enter, and judge the examples with known answers as is expected."""
    manifest = json.loads(Path(folder, "annotation.json").read_text(encoding="utf-8"))
    known = {
        answer["picture"]: (example["known"]["relevant"][arm], example["known"]["same"])
        for example in manifest["calibration"]
        for arm, answer in example["answers"].items()
    }
    page.fill("#name", "Ada")
    page.keyboard.press("Enter")
    for number in range(len(manifest["calibration"])):
        page.get_by_text(f"Practice: {number} of").wait_for()
        left, right = (known[Path(page.get_attribute(f"#{side}", "src") or "").stem] for side in ("left", "right"))
        for key, yes in ((1, left[0]), (3, right[0]), (5, left[1])):
            page.keyboard.press(str(key if yes else key + 1))
        page.keyboard.press("Enter")
    page.locator("#result").wait_for()
    page.keyboard.press("Enter")
    page.locator("#judging").wait_for()


def annotation(browser: Browser) -> None:
    """Judging, by keys and on a phone."""
    with tempfile.TemporaryDirectory() as name, annotating(f"{name}/annotation") as url:
        for shot, scheme, size in (("annotation", "light", DESKTOP), ("annotation-phone", "dark", PHONE)):
            page = blank(browser, scheme, size)
            page.goto(url)
            if size == DESKTOP:
                calibrate(page, f"{name}/annotation")
                page.keyboard.press("1")
                page.keyboard.press("3")
            else:
                page.fill("#name", "Ada")  # goes on where she stopped
                page.keyboard.press("Enter")
            page.wait_for_load_state("networkidle")
            saved(page.screenshot(full_page=size == PHONE), FOLDER / f"{shot}.jpg")
            page.context.close()


def simulated() -> dict[str, object]:
    """The insights of a month of simulated users who are answered by the embedded student."""
    wanted = {answer.intent: answer.recipe for answer in one_answer_each()[:INTENTS]}
    answers = dict(zip(wanted, embedded_student().predict(list(wanted)), strict=True))
    with tempfile.TemporaryDirectory() as name, open_store(f"{name}/events.sqlite") as store:
        for events in simulate(
            Simulation(users=400, projects_per_user=6), wanted, lambda _, intent, __: (answers[intent].recipe, "direct")
        ):
            store.write(events)
        return insights(store, DAYS, FIRST_DAY + timedelta(days=DAYS - 1, hours=23))


def insights_page(browser: Browser) -> None:
    """The insights page."""
    found = simulated()
    with serving() as url:
        page = blank(browser, "dark", DESKTOP)
        page.route("**/v1/insights*", lambda route: route.fulfill(json=found))
        page.goto(f"{url}/insights")
        page.locator(".tile").first.wait_for()
        saved(page.screenshot(full_page=True), FOLDER / "insights.jpg")
        page.context.close()


def main() -> None:
    """Take all."""
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser:
        annotation(browser)
        insights_page(browser)


if __name__ == "__main__":
    main()
