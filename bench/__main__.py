"""Speed, as ratios against named peers in the same run: ``make bench`` writes docs/benchmarks.md and .json.

Medians of interleaved runs, so that whatever else the machine does falls on all alike.
"""

from __future__ import annotations

import json
import platform
import sys
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.table import Table

import batch
import events
import render
import students
import video
from goldenhour.render.kernel import available_threads
from measuring import ROUNDS, Claim, Measured

DOCS = Path(__file__).parent.parent / "docs"


def main() -> None:
    """Measure, print, and write docs/benchmarks.md and .json; exit 1 where a bound is broken.

    With names of modules, as in ``python bench students``, only those are measured, and nothing is written.
    """
    modules = {module.__name__: module for module in (render, batch, video, events, students)}
    if unknown := set(sys.argv[1:]) - set(modules):
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}; known are {', '.join(modules)}")
    found = [modules[name].measure() for name in sys.argv[1:] or modules]
    claims = [claim for measured in found for claim in measured.claims]
    machine = f"{platform.machine()}, {available_threads()} cores, Python {platform.python_version()}"
    show(claims)
    if not sys.argv[1:]:
        write(machine, claims, found)
    if not all(claim.holds for claim in claims):
        sys.exit(1)


def show(claims: list[Claim]) -> None:
    """The terminal's table."""
    table = Table(title="Bounds")
    for heading in ("what", "measured", "bound", ""):
        table.add_column(heading)
    for claim in claims:
        table.add_row(claim.what, f"{claim.value:.3g} {claim.unit}", claim.bound, "ok" if claim.holds else "BROKEN")
    Console().print(table)


def write(machine: str, claims: list[Claim], found: list[Measured]) -> None:
    """The Markdown page and its JSON."""
    lines = [
        "# Benchmarks",
        "",
        f"Printed by `make bench` ({machine}): medians of interleaved runs, {ROUNDS} unless they are whole commands.",
        "Ratios travel better than milliseconds.",
        "",
        "| what | measured | bound |",
        "| --- | ---: | ---: |",
        *(f"| {c.what} | {c.value:.3g} {c.unit} | {c.bound} {c.unit} |" for c in claims),
        "",
        *chain.from_iterable(measured.page for measured in found),
    ]
    (DOCS / "benchmarks.md").write_text("\n".join(lines), encoding="utf-8")
    data = {
        "command": "make bench",
        "machine": machine,
        "milliseconds": {name: ms for measured in found for name, ms in measured.milliseconds.items()},
        "bounds": [
            {"what": c.what, "value": c.value, "unit": c.unit, "bound": c.bound, "holds": c.holds} for c in claims
        ],
    }
    (DOCS / "benchmarks.json").write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
