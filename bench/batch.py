"""Speed of grading a folder of photos: all cores against one worker, whole commands."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from PIL import Image

from measuring import GOLDENHOUR, SAMPLES, Claim, Measured, photo

PHOTOS = 1_000


def batch_times() -> dict[str, float]:
    """`goldenhour edit -r` over JPEGs of 1920 x 1080 pixels, start-up included."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "photos"
        folder.mkdir()
        for sample in SAMPLES:
            first = folder / f"{sample}.jpg"
            Image.fromarray(photo(1920, 1080, sample)).save(first, quality=92)
            for copy in range(1, PHOTOS // len(SAMPLES)):
                first.with_stem(f"{sample}-{copy}").write_bytes(first.read_bytes())
        edit = [*GOLDENHOUR, "edit", "-r", str(folder), "golden hour", "-o", str(Path(name) / "graded")]
        # once each, in minutes: whole commands need no warming up
        times = {}
        for workers, options in (("all cores", []), ("one worker", ["--jobs", "1"])):
            start = time.perf_counter()
            subprocess.run([*edit, *options], check=True, capture_output=True)
            times[workers] = 1000 * (time.perf_counter() - start)
        return times


def measure() -> Measured:
    """Claims and tables of this module."""
    times = batch_times()
    claims = [
        Claim(
            f"a folder of {PHOTOS:,} photos of 2 megapixels: times faster than one worker",
            times["one worker"] / times["all cores"],
            "×",
            at_least=1.7,
        )
    ]
    page = [
        f"## Grading {PHOTOS:,} JPEGs of 1920 × 1080 pixels by `goldenhour edit -r`",
        "| workers | s | photos a second |",
        "| --- | ---: | ---: |",
        *(f"| {name} | {ms / 1000:.1f} | {1000 * PHOTOS / ms:.1f} |" for name, ms in times.items()),
        "",
    ]
    return Measured(claims, {f"{PHOTOS} photos, {name}": ms for name, ms in times.items()}, page)
