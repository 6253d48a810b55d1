"""Answers to all rows, and how long they took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from goldenhour.evaluate.candidates import Candidate
from goldenhour.students import Answer

WARM_UP, SINGLES = 3, 30  # intents
BATCH = 64

Tell = Callable[[str, int, int], None]  # what is done, how much of it, of how much


@dataclass(frozen=True)
class Speed:
    """Median milliseconds of an answer, one at a time after warm-up; answers a second in batches of ``batch``."""

    milliseconds: float
    per_second: float
    batch: int = BATCH


def ask(candidate: Candidate, intents: Sequence[str], tell: Tell) -> tuple[list[Answer], Speed | None]:
    """One answer an intent, in order, and the speed on this machine; the same intents are timed for everybody."""
    if not candidate.timed:
        return candidate.predict(intents), None
    candidate.predict(intents[:WARM_UP])
    singles = [_timed(candidate, [intent])[1] for intent in intents[:SINGLES]]
    answers: list[Answer] = []
    seconds = 0.0
    for start in range(0, len(intents), BATCH):
        tell(f"{candidate.name} answers", start, len(intents))
        found, took = _timed(candidate, intents[start : start + BATCH])
        answers += found
        seconds += took
    return answers, Speed(1_000 * median(singles), len(intents) / max(seconds, 1e-9))


def _timed(candidate: Candidate, intents: Sequence[str]) -> tuple[list[Answer], float]:
    start = time.perf_counter()
    return candidate.predict(intents), time.perf_counter() - start
