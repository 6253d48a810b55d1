"""Takes the pictures of docs/editor.md: the real page of a real server in headless Chromium. ``make screenshots``."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent / "screenshots"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# no sandbox, because it may run as root in a container; WebGL2 by SwiftShader, so that no GPU is needed
SWITCHES = ("--no-sandbox", "--enable-unsafe-swiftshader")
ADDRESS = "Golden Hour: "  # what `goldenhour serve` prints before it
DESKTOP, PHONE = (1440, 900), (390, 844)
PATIENCE = 60_000  # ms
QUIET = 1_500  # ms without a request until everything is drawn: thumbnails, the finer table, the histogram
MOST_BYTES = 150_000


@contextmanager
def started(*words: str, **environment: str) -> Iterator[str]:
    """The address that a command of ours says when it serves."""
    command = [sys.executable, "-m", "goldenhour", *words]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            lines = iter(process.stdout or ())
            yield next(line for line in lines if line.startswith(ADDRESS)).removeprefix(ADDRESS).strip()
        finally:
            process.terminate()


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server with a data folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = "--port", "0", "--store", f"{folder}/events.sqlite"
        with started("serve", *place, GOLDENHOUR_DATA=folder) as url:
            yield url


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, without a window."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(SWITCHES))
        yield browser
        browser.close()


def blank(browser: Browser, scheme: str, size: tuple[int, int]) -> Page:
    """A page of a browser without history."""
    phone = size == PHONE
    page = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
        device_scale_factor=2 if phone else 1,
        has_touch=phone,
        is_mobile=phone,
        reduced_motion="reduce",
    ).new_page()
    page.set_default_timeout(PATIENCE)
    return page


def sample(page: Page, *names: str) -> None:
    """Open a sample, as a visitor does; further ones are opened as files."""
    page.click(f"[data-sample={names[0]}]")
    page.wait_for_selector("#stage[data-shown]:visible")
    photos = Path(__file__).parents[1] / "src/goldenhour/samples"
    if names[1:]:
        page.set_input_files("#files", [photos / f"{name}.jpg" for name in names[1:]])
        page.wait_for_selector(f".film-cell:nth-child({len(names)})")
        page.click(".film-cell:first-child .cell")


def say(page: Page, *intents: str) -> None:
    """Words, and the pictures that they make."""
    for intent in intents:
        page.fill("#intent", intent)
        page.press("#intent", "Enter")
        page.wait_for_selector(f'#tried-list [aria-current][title="{intent}"]')
        page.wait_for_timeout(QUIET)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def unfold(page: Page, *tools: str) -> None:
    """Only these cards open."""
    for head in page.locator(".unfold").all():
        tool = head.get_attribute("aria-controls") or ""
        if (head.get_attribute("aria-expanded") == "true") != (tool.removeprefix("card-") in tools):
            head.click()


def empty(page: Page) -> None:
    """As it is first seen."""


def photo(page: Page) -> None:
    """A look, and a follow-up on it."""
    sample(page, "lake")
    say(page, "golden hour", "foggy scandinavian morning", "like an 80s music video", "golden hour", "a bit warmer")


def split(page: Page) -> None:
    """Before and after, and the looks on the picture itself."""
    sample(page, "meadow")
    say(page, "morocco")
    unfold(page, "filter")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("y")


def clip(page: Page) -> None:
    """A clip with its controls, and the six colours."""
    sample(page, "harbour")
    say(page, "warm sunset over the city, deep shadows")
    unfold(page, "selective_adjust")
    page.click("[role=tab][data-colour=blue]")
    page.locator("#seek").fill("2.5")


def several(page: Page) -> None:
    """Several files, on their way out."""
    sample(page, "portrait", "lake", "night", "meadow")
    say(page, "old polaroid")
    page.click("#menu-button")
    page.click("#apply-all")
    page.click("#export-open")


def phone_photo(page: Page) -> None:
    """A photo on a phone."""
    sample(page, "forest")
    say(page, "moody forest", "less contrast")


def phone_looks(page: Page) -> None:
    """The looks in the sheet, the picture above it."""
    sample(page, "portrait")
    say(page, "wes anderson pastels")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.mouse.wheel(0, 560)


def phone_clip(page: Page) -> None:
    """A clip on a phone."""
    sample(page, "harbour")
    say(page, "golden hour")
    page.locator("#seek").fill("1.2")


SHOTS: tuple[tuple[str, str, tuple[int, int], Callable[[Page], None]], ...] = (
    ("desktop-empty", "dark", DESKTOP, empty),
    ("desktop-photo", "dark", DESKTOP, photo),
    ("desktop-split", "light", DESKTOP, split),
    ("desktop-clip", "dark", DESKTOP, clip),
    ("desktop-export", "light", DESKTOP, several),
    ("phone-empty", "light", PHONE, empty),
    ("phone-photo", "dark", PHONE, phone_photo),
    ("phone-looks", "light", PHONE, phone_looks),
    ("phone-clip", "dark", PHONE, phone_clip),
)


def saved(shot: bytes, path: Path) -> None:
    """As JPEG of at most 150 KB."""
    with Image.open(io.BytesIO(shot)) as image:
        picture = image.convert("RGB")
    for quality in range(90, 30, -5):
        picture.save(path, quality=quality, optimize=True, progressive=True)
        if path.stat().st_size <= MOST_BYTES:
            return


def main(folder: Path = FOLDER) -> None:
    """Take all."""
    folder.mkdir(exist_ok=True)
    with serving() as url, chromium() as browser:
        for name, scheme, size, prepare in SHOTS:
            page = blank(browser, scheme, size)
            page.goto(url)
            page.wait_for_selector("body[data-ready]")
            prepare(page)
            page.mouse.move(0, 0)
            page.wait_for_timeout(2 * QUIET)
            saved(page.screenshot(), folder / f"{name}.jpg")
            page.context.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
