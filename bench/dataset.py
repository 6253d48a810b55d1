"""Speed and memory of building a dataset from a store of a million answers: ``make million`` prints them.

Not part of ``make bench``, since filling the store takes minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from events import happenings
from goldenhour.events import open_store
from measuring import Claim

ANSWERS = 1_000_000
BUILD = """
import resource, sys, time
from pathlib import Path
start = time.perf_counter()
from goldenhour.dataset.build import build_from_store
from goldenhour.events import open_store
with open_store(sys.argv[1]) as store:
    build_from_store(Path(sys.argv[2]), store)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(time.perf_counter() - start, peak / (2**30 if sys.platform == "darwin" else 2**20))
"""


def measure() -> list[Claim]:
    """Claims of this module."""
    with tempfile.TemporaryDirectory() as name:
        path = str(Path(name) / "events.sqlite")
        with open_store(path) as store:
            store.write(happenings(ANSWERS))
        # a process of its own, so that its memory can be read
        output = subprocess.check_output([sys.executable, "-c", BUILD, path, str(Path(name) / "data")], text=True)
    seconds, gigabytes = map(float, output.split())
    what = f"`dataset build` from {ANSWERS:,} answers"
    return [
        Claim(f"{what}, start-up included", seconds, "s", at_most=60),
        Claim(f"{what}: most memory", gigabytes, "GiB", at_most=1.5),
    ]


if __name__ == "__main__":
    for claim in measure():
        print(f"{claim.what}: {claim.value:.2f} {claim.unit} ({claim.bound}), {'ok' if claim.holds else 'BROKEN'}")
