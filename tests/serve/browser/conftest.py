"""A real server and a real browser: what a test says of ``page`` happens in Chromium, against ``goldenhour serve``."""

import os
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from browser.harness import Harness

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# no sandbox, because tests may run as root in a container; WebGL2 by SwiftShader, so that no GPU is needed
SWITCHES = (
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader"),
    "--autoplay-policy=no-user-gesture-required",
)
ADDRESS = "Golden Hour: "  # what `goldenhour serve` prints before it
PATIENCE = 60  # seconds; first imports and compilations on a busy machine


@dataclass(frozen=True)
class Server:
    url: str  # without a slash at the end
    data: Path  # its data folder, with its event store
    temporary: Path  # its TMPDIR
    process: subprocess.Popen[str]


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """The address that a starting server prints."""
    assert process.stdout
    until = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while (left := until - time.monotonic()) > 0 and process.poll() is None:
            if ready.select(left) and (line := process.stdout.readline()).startswith(ADDRESS):
                return line.removeprefix(ADDRESS).strip().rstrip("/")
    pytest.fail(f"goldenhour serve did not say its address:\n{log.read_text()}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``goldenhour serve`` on a free port, with a data folder, a store and a TMPDIR of its own."""
    folder = tmp_path_factory.mktemp("server")
    data, temporary, log = folder / "data", folder / "temporary", folder / "log"
    data.mkdir()
    temporary.mkdir()
    environment = {**os.environ, "GOLDENHOUR_DATA": str(data), "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "goldenhour", "serve", "--port", "0", "--store", str(data / "events.sqlite")]
    with (
        log.open("w") as errors,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            yield Server(_address(process, log), data, temporary, process)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="package")  # playwright's event loop must not outlive the tests that are about it
def launch() -> Iterator[Callable[..., Browser]]:
    """Start a headless Chromium, with further switches."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        pytest.skip("no Chromium here: install the package chromium, or put chromium or google-chrome on the PATH")
    with sync_playwright() as playwright:
        yield lambda *more: playwright.chromium.launch(executable_path=executable, args=[*SWITCHES, *more])


@pytest.fixture(scope="package")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """Headless Chromium."""
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of one's own, 480 x 270, with the camera's words and the sun's: beach.jpg."""
    path = tmp_path_factory.mktemp("photos") / "beach.jpg"
    with Image.open(str(resources.files("goldenhour") / "samples" / "lake.jpg")) as image:
        exif = Image.Exif()
        exif[0x010F], exif[0x9003] = "Golden Camera", "2026:06:21 21:14:00"  # Make, DateTimeOriginal
        image.reduce(3).crop((0, 0, 480, 270)).save(path, quality=92, exif=exif)
    return path


@pytest.fixture
def complaints() -> list[str]:
    """What went wrong in the page; a test fails by what is left here at its end, and may clear what it expected."""
    return []


@contextmanager
def opened(browser: Browser, server: Server, complaints: list[str]) -> Iterator[Page]:
    """A page of a browser without history, on nothing yet; errors in it and requests to elsewhere are complaints."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"{server.url}/", f"blob:{server.url}/", "data:")):
            complaints.append(f"request to elsewhere: {request.url}")

    context = browser.new_context(base_url=server.url, accept_downloads=True)
    page = context.new_page()
    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    page.on("request", on_request)
    yield page
    context.close()


@pytest.fixture
def page(browser: Browser, server: Server, complaints: list[str]) -> Iterator[Page]:
    """A page of the test's own."""
    with opened(browser, server, complaints) as page:
        yield page
    assert not complaints


@pytest.fixture(scope="module")
def harness(browser: Browser, server: Server) -> Iterator[Harness]:
    """A page with the engine alone, for all tests of a module: loading it takes longer than most of them."""
    complaints: list[str] = []
    with opened(browser, server, complaints) as page:
        yield Harness(page, complaints)


@pytest.fixture
def engine(harness: Harness) -> Iterator[Harness]:
    """An engine on a canvas, both new."""
    harness.renew()
    yield harness
    complaints = harness.complaints.copy()
    harness.complaints.clear()
    assert not complaints
