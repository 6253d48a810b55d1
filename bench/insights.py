"""Speed of the insights on a store of a million answers.

Not part of ``make bench``, since filling the store takes minutes.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from events import happenings
from goldenhour.events import open_store
from goldenhour.serve.insights.insights import insights
from measuring import Claim

ANSWERS = 1_000_000
ROUNDS = 5
DAYS = 30
# happenings come one a second, from the first day of 2024 on
LAST = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=ANSWERS)


def measure() -> list[Claim]:
    """Claims of this module."""
    times = []
    with tempfile.TemporaryDirectory() as name, open_store(str(Path(name) / "events.sqlite")) as store:
        store.write(happenings(ANSWERS))
        for _ in range(ROUNDS):
            start = time.perf_counter()
            found = insights(store, DAYS, LAST)
            times.append(time.perf_counter() - start)
    if found["total"]["answers"] != ANSWERS:
        raise RuntimeError(f"{found['total']['answers']:,} answers were counted instead of {ANSWERS:,}")
    return [Claim(f"insights of {DAYS} days with {ANSWERS:,} answers", statistics.median(times), "s", at_most=2)]


if __name__ == "__main__":
    for claim in measure():
        print(f"{claim.what}: {claim.value:.2f} {claim.unit} ({claim.bound}), {'ok' if claim.holds else 'BROKEN'}")
