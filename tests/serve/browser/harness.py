"""The engine alone on a page of the server's origin, fed by a test and read back."""

import base64
import io
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, Route

from goldenhour.render.table import compile_table
from goldenhour.serve.tables import pack
from goldenhour.tools import Recipe

FOLDER = Path(__file__).parent
SPATIAL = ("adjust.structure", "adjust.sharpen", "adjust.bloom")

Pixels = NDArray[np.uint8]  # (H, W, 4), RGBA


class Harness:
    """A page of an engine on a canvas; its ``window`` has both, see harness.js."""

    def __init__(self, page: Page, complaints: list[str]):
        self.page, self.complaints = page, complaints
        self._numbers = count(1)
        self._files: dict[str, tuple[bytes, str]] = {
            "harness.html": ((FOLDER / "harness.html").read_bytes(), "text/html"),
            "harness.js": ((FOLDER / "harness.js").read_bytes(), "text/javascript"),
        }
        page.route("**/harness/*", self._answer)
        page.goto("/harness/harness.html")
        page.wait_for_function("window.renew !== undefined")

    def renew(self) -> None:
        """Another engine on another canvas."""
        self.page.evaluate("renew()")

    def _answer(self, route: Route) -> None:
        body, kind = self._files[route.request.url.rsplit("/", 1)[1]]
        route.fulfill(body=body, content_type=kind)

    def serve(self, body: bytes, kind: str = "application/octet-stream") -> str:
        """The path under which the page finds these bytes."""
        name = str(next(self._numbers))
        self._files[name] = body, kind
        return f"/harness/{name}"

    def show(self, pixels: NDArray[np.uint8], **options: Any) -> None:
        """Set these pixels, RGB or RGBA, as the source."""
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG", compress_level=1)
        self.page.evaluate("([url, options]) => setPicture(url, options)", [self.serve(file.getvalue()), options])

    def apply(self, recipe: Recipe, size: int = 65) -> None:
        """Set a recipe's table, as the server packs it, and its spatial steps; draw."""
        url = self.serve(pack([compile_table(recipe, size)]))
        self.page.evaluate(
            "async ([url, amounts]) => { await setTable(url); engine.setSpatial(amounts); engine.draw(); }",
            [url, spatial_amounts(recipe)],
        )

    def read(self, expression: str = "read()") -> Pixels:
        """What ``read`` of harness.js gives back."""
        return decoded(self.page.evaluate(expression))


def decoded(got: Mapping[str, Any]) -> Pixels:
    """Pixels as harness.js hands them over."""
    return np.frombuffer(base64.b64decode(got["pixels"]), np.uint8).reshape(got["height"], got["width"], 4)


def spatial_amounts(recipe: Recipe) -> dict[str, float]:
    """What the engine's ``setSpatial`` takes."""
    adjust = recipe.to_dict()["adjust"] or {}
    return {step: adjust.get(step.split(".")[1], 0) for step in SPATIAL}
