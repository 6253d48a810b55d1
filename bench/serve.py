"""Speed of the server: an answer over HTTP, many clients at once, Enter to the graded picture, the first load."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import normalise
from measuring import GOLDENHOUR, Claim, Measured, photo

ALONE = 1_000  # answers to one client
AT_ONCE, EACH = 50, 60  # clients, and answers to each
ENTERS = 15
LOADS = 5
PHOTO = (4_000, 3_000)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = ("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking")
# what Chromium does without a GPU, which it no longer does unasked: the cores that are measured draw the picture, too
SOFTWARE_GL = ("--enable-unsafe-swiftshader",)
GRADED = "performance.getEntriesByName('enter-to-graded')"


def measure() -> Measured:
    """Claims and tables of this module."""
    intents = fresh_intents()
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as url:
        alone = asyncio.run(clients(url, intents, 1, ALONE))
        began = time.perf_counter()
        many = asyncio.run(clients(url, intents, AT_ONCE, EACH))
        rate = AT_ONCE * EACH / (time.perf_counter() - began)
        in_browser = browser_times(url, Path(name), intents)
    claims = [
        Claim("an answer over HTTP, not cached, one client: median", statistics.median(alone), "ms", at_most=15),
        Claim("that: 99th percentile", percentile(alone, 0.99), "ms", at_most=40),
        Claim(f"{AT_ONCE} clients at once, not cached", rate, "answers a second", at_least=150),
        Claim("that: 99th percentile", percentile(many, 0.99), "ms", at_most=500),
        *in_browser,
    ]
    milliseconds = {
        "serve: answer, one client": statistics.median(alone),
        f"serve: answer, {AT_ONCE} clients": statistics.median(many),
    }
    return Measured(claims, milliseconds, page(alone, many, bool(in_browser)))


def page(alone: Sequence[float], many: Sequence[float], in_browser: bool) -> list[str]:
    """The table of answers, and what the browser was."""
    note = (
        "In the browser: headless Chromium as it is without a GPU, whose WebGL2 runs in software on the same cores,"
        " with a photo of 12 megapixels open; measured in the page, from Enter to the first frame that is drawn with"
        " the answer's table."
    )
    if not in_browser:
        note = "What is measured in a browser was left out: no Chromium is installed."
    return [
        "## Answers over HTTP: all different, none cached, each logged in the event store",
        "| clients | median, ms | 99th percentile, ms |",
        "| ---: | ---: | ---: |",
        f"| 1 | {statistics.median(alone):.1f} | {percentile(alone, 0.99):.1f} |",
        f"| {AT_ONCE} | {statistics.median(many):.1f} | {percentile(many, 0.99):.1f} |",
        "",
        note,
        "",
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def fresh_intents() -> Iterator[str]:
    """Intents, each once: those recorded, then again with a word more."""
    recorded = sorted({normalise(answer.intent) for answer in recorded_answers()})
    for more in ("", " please", " today"):
        yield from (f"{intent}{more}" for intent in recorded)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The command, in a process of its own with a data folder of its own; its address."""
    environment = os.environ | {"GOLDENHOUR_DATA": str(folder / "data")}
    command = [*GOLDENHOUR, "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield line.removeprefix("Golden Hour: ").strip()
        finally:
            process.terminate()


async def clients(url: str, intents: Iterator[str], count: int, each: int) -> list[float]:
    """Milliseconds of every answer to so many clients at once; RuntimeError if any is not 200."""
    place = urlsplit(url)
    times: list[float] = []

    async def client(asked: Sequence[str]) -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        for intent in asked:
            body = json.dumps({"intent": intent}).encode()
            head = f"POST /v1/recipes HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
            began = time.perf_counter()
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = json.loads(await _body(reader))
            times.append(1000 * (time.perf_counter() - began))
            if answer["source"] == "cache":
                raise RuntimeError(f"{intent} was cached")
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(client(list(islice(intents, each))) for _ in range(count)))
    return times


async def _body(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise RuntimeError(f"the server answered {head!r}")
    (length,) = (line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    return await reader.readexactly(int(length))


def browser_times(url: str, folder: Path, intents: Iterator[str]) -> list[Claim]:
    """What is measured in the page; nothing without a browser."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        return []
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*SWITCHES, *SOFTWARE_GL])
        try:
            sizes, loads = zip(*(first_load(browser, url) for _ in range(LOADS)), strict=True)
            enter = enter_to_graded(browser, url, folder, intents)
        finally:
            browser.close()
    return [
        Claim("Enter to graded picture in the browser, 12 megapixels: median", enter, "ms", at_most=100),
        Claim("first load of the page", max(sizes) / 1000, "KB", at_most=300),
        Claim("first load of the page, until it is ready: median", statistics.median(loads), "s", at_most=1),
    ]


def first_load(browser: Any, url: str) -> tuple[int, float]:
    """Bytes over the wire, heads included, and seconds until the editor is ready, with nothing cached."""
    context = browser.new_context()
    try:
        tab = context.new_page()
        received = []
        tab.on("requestfinished", lambda request: received.append(request.sizes()))
        began = time.perf_counter()
        tab.goto(f"{url}/")
        tab.wait_for_selector("body[data-ready]")
        seconds = time.perf_counter() - began
        tab.wait_for_load_state("networkidle")
        return sum(one["responseBodySize"] + one["responseHeadersSize"] for one in received), seconds
    finally:
        context.close()


def enter_to_graded(browser: Any, url: str, folder: Path, intents: Iterator[str]) -> float:
    """Median milliseconds from Enter to the first frame with the answer's table, as the page measures it."""
    path = folder / "photo.jpg"
    Image.fromarray(photo(*PHOTO)).save(path, quality=90)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        tab = context.new_page()
        tab.goto(f"{url}/")
        tab.wait_for_selector("body[data-ready]")
        tab.set_input_files("#files", str(path))
        tab.wait_for_selector("#stage:visible")
        for number, intent in enumerate(islice(intents, ENTERS + 1)):
            tab.fill("#intent", intent)
            tab.press("#intent", "Enter")
            while tab.evaluate(f"{GRADED}.length") <= number:  # the page's policy lets no text be run in it
                tab.wait_for_timeout(20)
            tab.wait_for_timeout(1_000)  # a person looks; the page has drawn what it draws after
        times: list[float] = tab.evaluate(f"{GRADED}.map((entry) => entry.duration)")
    finally:
        context.close()
    return statistics.median(times[1:])  # the first compiles the shaders


if __name__ == "__main__":
    found = measure()
    print("\n".join(f"{claim.what}: {claim.value:.3g} {claim.unit} ({claim.bound})" for claim in found.claims))
    print("\n".join(found.page))
