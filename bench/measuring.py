"""What the benchmarks share: claims with their bounds, timing in turns, and photos to time with."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROUNDS = 15
GOLDENHOUR = (sys.executable, "-m", "goldenhour")
SAMPLES = ("forest", "lake", "meadow", "night", "portrait")


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


@dataclass(frozen=True)
class Measured:
    """What one module of benchmarks found: claims, and the milliseconds behind them with their part of the page."""

    claims: list[Claim]
    milliseconds: dict[str, float]
    page: list[str]  # lines of Markdown


def photo(width: int, height: int, sample: str = "lake") -> NDArray[np.uint8]:
    """A sample photo at a size, with film grain, without which an enlarged photo would be too easy on the caches."""
    with Image.open(str(resources.files("goldenhour") / "samples" / f"{sample}.jpg")) as image:
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
