"""The editor as a person has it: files in, words, sliders, files out; and what is seen of it."""

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page

SHORT = 15_000  # ms; a busy machine
COPY = """() => {
  const clipboardData = new DataTransfer();
  document.activeElement?.blur();
  document.dispatchEvent(new ClipboardEvent("copy", { clipboardData, cancelable: true, bubbles: true }));
  return clipboardData.getData("text/plain");
}"""
TRANSFER = """([kind, files, text]) => {
  const data = new DataTransfer();
  const bytes = (encoded) => Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  for (const [name, encoded] of files) data.items.add(new File([bytes(encoded)], name));
  if (text) data.setData("text/plain", text);
  const how = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent(kind, { clipboardData: data, ...how })
    : new DragEvent(kind, { dataTransfer: data, ...how });
  document.body.dispatchEvent(event);
}"""
GRADED = "performance.getEntriesByName('enter-to-graded')"


class Editor:
    """A page with the editor in it, ready."""

    def __init__(self, page: Page, **viewport: int):
        self.page = page
        page.set_default_timeout(SHORT)
        page.set_viewport_size({"width": 1280, "height": 800} | viewport)
        page.goto("/")
        page.wait_for_selector("body[data-ready]")

    def open(self, *paths: Path) -> "Editor":
        """Choose files in the dialog; back when the last is open."""
        before = self.count
        self.page.set_input_files("#files", list(paths))
        self.wait(lambda: self.count == before + len(paths))
        self.page.wait_for_selector("#stage[data-shown]:visible")
        return self

    @property
    def count(self) -> int:
        """How many files are open."""
        cells = self.page.locator(".film-cell").count()
        return cells if self.page.locator("#stage").is_visible() else 0

    def say(self, words: str) -> "Editor":
        """Type words and press Enter; back when the picture is graded."""
        self.page.fill("#intent", words)
        return self.answered(lambda: self.page.press("#intent", "Enter"))

    def answered(self, act: Callable[[], Any]) -> "Editor":
        """Do what asks for an answer; back when the picture is graded by it."""
        before = self.page.evaluate(f"{GRADED}.length")
        act()
        self.wait(lambda: self.page.evaluate(f"{GRADED}.length") > before)
        return self

    def pixels(self) -> NDArray[np.uint8]:
        """The picture as it is seen on the stage, RGB."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")
        # what lies over the picture is not the picture
        cover = "document.querySelectorAll('.toasts, .split, .tag').forEach((each) => each.style.visibility = '{}')"
        self.page.evaluate(cover.replace("{}", "hidden"))
        shot = self.page.locator("#canvas").screenshot()
        self.page.evaluate(cover.replace("{}", ""))
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))

    def slider(self, label: str) -> Locator:
        """The slider with this name."""
        return self.page.get_by_role("slider", name=label, exact=True)

    def value(self, label: str) -> float:
        """Where a slider stands."""
        return float(self.slider(label).input_value())

    def set(self, label: str, value: float) -> None:
        """Type a number into the field beside a slider."""
        field = self.page.get_by_label(f"{label}, number", exact=True)
        field.fill(str(value))
        field.press("Tab")

    def unfold(self, tool: str) -> None:
        """Open a card."""
        head = self.page.locator(f".card[data-tool={tool}] .unfold")
        if head.get_attribute("aria-expanded") == "false":
            head.click()

    def choose(self, item: str) -> None:
        """An entry of the menu."""
        self.page.click("#menu-button")
        self.page.click(f"#{item}")

    def download(self, selector: str) -> tuple[str, bytes]:
        """What is downloaded by a click: its name and content."""
        with self.page.expect_download(timeout=60_000) as waiting:
            self.page.click(selector)
        return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()

    def recipe(self) -> dict[str, Any]:
        """The recipe as the editor copies it."""
        return self.copied()["recipe"]

    def copied(self) -> dict[str, Any]:
        """What Ctrl+C would put into the clipboard."""
        return json.loads(self.page.evaluate(COPY))

    def paste(self, *files: Path, text: str = "") -> None:
        """Ctrl+V of files, or of text."""
        self._transfer("paste", files, text)

    def drop(self, *files: Path) -> None:
        """Let go of files over the window."""
        self._transfer("drop", files, "")

    def _transfer(self, kind: str, files: tuple[Path, ...], text: str) -> None:
        given = [[file.name, base64.b64encode(file.read_bytes()).decode()] for file in files]
        self.page.evaluate(TRANSFER, [kind, given, text])

    def error(self) -> str:
        """The sentence that is shown because something went wrong."""
        return self.page.locator("#errors .toast span").inner_text()

    def wait(self, condition: Callable[[], bool]) -> None:
        """Until something is so; it fails after a while."""
        for _ in range(SHORT // 25):
            if condition():
                return
            self.page.wait_for_timeout(25)
        raise AssertionError("it did not happen in time")


def apart(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean difference of two pictures in code values."""
    assert one.shape == other.shape
    return float(np.abs(one.astype(np.int16) - other).mean())
