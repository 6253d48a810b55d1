"""Speed of rendering, as ratios against named peers in the same run: ``make bench`` writes docs/benchmarks.md.

Medians of interleaved runs, so that whatever else the machine does falls on all alike.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from rich.console import Console
from rich.table import Table

from goldenhour.render.kernel import apply_packed, available_threads, pack_table
from goldenhour.render.table import EXPORT_SIZE, PREVIEW_SIZE, compile_table
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe

ROUNDS = 15
DOCS = Path(__file__).parent.parent / "docs"


@dataclass(frozen=True)
class Claim:
    """A measured value and the bound that it must keep."""

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def holds(self) -> bool:
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def bound(self) -> str:
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"


def photo(width: int, height: int) -> NDArray[np.uint8]:
    """A sample photo at a size, with film grain, without which an enlarged photo would be too easy on the caches."""
    with Image.open(str(resources.files("goldenhour") / "samples" / "lake.jpg")) as image:
        pixels = np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS), np.float32)
    grain = np.random.default_rng(0).normal(0, 3, pixels.shape)
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def interleaved(works: dict[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median milliseconds of each, in turns; the first turn only warms up."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            if turn:
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def strong_recipe() -> Recipe:
    """The recorded recipe with the largest parameters among those that use all three tools."""
    candidates = [answer for answer in recorded_answers() if all(answer.recipe_data.values())]
    return max((answer.recipe for answer in candidates[:500]), key=lambda r: float(np.linalg.norm(r.to_vector())))


def apply_times() -> dict[str, float]:
    """Applying tables to 3840 x 2160 pixels of 8 bits."""
    pixels = photo(3840, 2160)
    image = Image.fromarray(pixels)
    halves = [image.crop((0, 0, 3840, 1080)), image.crop((0, 1080, 3840, 2160))]
    tables = {size: compile_table(strong_recipe(), size) for size in (33, 65)}
    packed = {size: pack_table(table) for size, table in tables.items()}
    # Pillow takes tables with red running fastest
    pillow = {size: ImageFilter.Color3DLUT(size, t.transpose(2, 1, 0, 3).ravel()) for size, t in tables.items()}
    with ThreadPoolExecutor(2) as pool:
        return interleaved(
            {
                "memcpy": pixels.copy,
                "ours, 33 points, 1 thread": lambda: apply_packed(packed[33], pixels, threads=1),
                "ours, 33 points, 2 threads": lambda: apply_packed(packed[33], pixels, threads=2),
                "ours, 65 points, 1 thread": lambda: apply_packed(packed[65], pixels, threads=1),
                "ours, 65 points, 2 threads": lambda: apply_packed(packed[65], pixels, threads=2),
                "Pillow Color3DLUT, 65 points, 1 thread": lambda: image.filter(pillow[65]),
                "Pillow Color3DLUT, 65 points, 2 threads": lambda: list(
                    pool.map(lambda half: half.filter(pillow[65]), halves)
                ),
            }
        )


def table_times() -> dict[str, float]:
    """Building a table, and a slider tick at 720p: build 33 points, pack, apply."""
    recipe, pixels = strong_recipe(), photo(1280, 720)
    return interleaved(
        {
            "build, 33 points": lambda: compile_table(recipe, PREVIEW_SIZE),
            "build, 65 points": lambda: compile_table(recipe, EXPORT_SIZE),
            "slider tick, 720p": lambda: apply_packed(pack_table(compile_table(recipe, PREVIEW_SIZE)), pixels),
        }
    )


def command_times() -> dict[str, float]:
    """Whole processes, start-up included: grading a JPEG of 12 megapixels, and importing the package."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "twelve.jpg"
        Image.fromarray(photo(4000, 3000)).save(source, quality=92)
        edit = [
            sys.executable,
            "-m",
            "goldenhour",
            "edit",
            str(source),
            "golden hour",
            "-o",
            str(source.with_name("o.jpg")),
        ]
        times = interleaved({"edit": lambda: subprocess.run(edit, check=True, capture_output=True)}, 5)
    # the interpreter's own start is no doing of ours, so the import is timed inside
    code = "import time; t = time.perf_counter(); import goldenhour; print(time.perf_counter() - t)"
    imports = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(7)]
    return times | {"import": 1000 * statistics.median(imports)}


def main() -> None:
    """Measure, print, and write docs/benchmarks.md and .json; exit 1 where a bound is broken."""
    applied, built, commands = apply_times(), table_times(), command_times()
    ours = applied["ours, 65 points, 2 threads"]
    one, two = (applied[f"Pillow Color3DLUT, 65 points, {n}"] for n in ("1 thread", "2 threads"))
    claims = [
        Claim("2160p, 65 points, 2 threads: times faster than Pillow on one thread", one / ours, "×", at_least=6),
        Claim("2160p, 65 points, 2 threads: times faster than Pillow split over two", two / ours, "×", at_least=3.5),
        Claim("rebuilding a 33-point table", built["build, 33 points"], "ms", at_most=20),
        Claim("slider tick at 720p (build 33 points, apply)", built["slider tick, 720p"], "ms", at_most=50),
        Claim("`goldenhour edit` of a 12-megapixel JPEG, start-up included", commands["edit"] / 1000, "s", at_most=2.5),
        Claim("`import goldenhour`", commands["import"] / 1000, "s", at_most=0.3),
    ]
    machine = f"{platform.machine()}, {available_threads()} cores, Python {platform.python_version()}"
    report(machine, applied, built, claims)
    if not all(claim.holds for claim in claims):
        sys.exit(1)


def report(machine: str, applied: dict[str, float], built: dict[str, float], claims: list[Claim]) -> None:
    """The terminal's table, the Markdown page and its JSON."""
    table = Table(title="Bounds")
    for heading in ("what", "measured", "bound", ""):
        table.add_column(heading)
    for claim in claims:
        table.add_row(claim.what, f"{claim.value:.3g} {claim.unit}", claim.bound, "ok" if claim.holds else "BROKEN")
    Console().print(table)
    memcpy = applied["memcpy"]
    lines = [
        "# Benchmarks",
        "",
        f"Printed by `make bench` ({machine}): medians of {ROUNDS} interleaved rounds. Ratios travel better than",
        "milliseconds.",
        "",
        "| what | measured | bound |",
        "| --- | ---: | ---: |",
        *(f"| {c.what} | {c.value:.3g} {c.unit} | {c.bound} {c.unit} |" for c in claims),
        "",
        "## Applying a table to 3840 × 2160 pixels of 8 bits",
        "| engine | ms | × memcpy |",
        "| --- | ---: | ---: |",
        *(f"| {name} | {ms:.1f} | {ms / memcpy:.1f} |" for name, ms in applied.items()),
        "",
        "## Compiling a recipe (all three tools, strong)",
        "| what | ms |",
        "| --- | ---: |",
        *(f"| {name} | {ms:.1f} |" for name, ms in built.items()),
        "",
    ]
    (DOCS / "benchmarks.md").write_text("\n".join(lines), encoding="utf-8")
    data = {
        "command": "make bench",
        "machine": machine,
        "milliseconds": applied | built,
        "bounds": [
            {"what": c.what, "value": c.value, "unit": c.unit, "bound": c.bound, "holds": c.holds} for c in claims
        ],
    }
    (DOCS / "benchmarks.json").write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
