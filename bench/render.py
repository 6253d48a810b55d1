"""Speed of rendering stills: tables, the kernel, and whole commands."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from goldenhour.render.kernel import apply_packed, pack_table
from goldenhour.render.table import EXPORT_SIZE, PREVIEW_SIZE, compile_table
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe
from measuring import GOLDENHOUR, Claim, Measured, interleaved, photo


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
        edit = [*GOLDENHOUR, "edit", str(source), "golden hour", "-o", str(source.with_name("o.jpg"))]
        times = interleaved({"edit": lambda: subprocess.run(edit, check=True, capture_output=True)}, 5)
    # the interpreter's own start is no doing of ours, so the import is timed inside
    code = "import time; t = time.perf_counter(); import goldenhour; print(time.perf_counter() - t)"
    imports = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(7)]
    return times | {"import": 1000 * statistics.median(imports)}


def measure() -> Measured:
    """Claims and tables of this module."""
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
    memcpy = applied["memcpy"]
    page = [
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
    return Measured(claims, applied | built, page)
