"""Speed, as ratios against named peers in the same run: ``make bench`` writes docs/benchmarks.md and .json.

Medians of interleaved runs, so that whatever else the machine does falls on all alike.
"""

from __future__ import annotations

import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import batch
import events
import render
import serve
import students
import video
from goldenhour.render.kernel import available_threads
from goldenhour.tools.whole_file import write_text
from measuring import ROUNDS, Claim, Measured

DOCS = Path(__file__).parent.parent / "docs"
PARTS = {module.__name__: module for module in (render, batch, video, events, students, serve)}


def main() -> None:
    """Measure, print, and write docs/benchmarks.md and .json; exit 1 where a bound is broken.

    With names of parts, as in ``python bench students``, only those are measured, and only their rows are written anew.
    """
    names = sys.argv[1:] or list(PARTS)
    if unknown := set(names) - set(PARTS):
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}; known are {', '.join(PARTS)}")
    path = DOCS / "benchmarks.json"
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    claims = []
    for name in names:
        measured = PARTS[name].measure()
        claims += measured.claims
        kept[name] = as_json(measured)
        ordered = {part: kept[part] for part in PARTS if part in kept}
        write_text(path, json.dumps(ordered, indent=2, ensure_ascii=False) + "\n")
        write_text(DOCS / "benchmarks.md", page(ordered))
    show(claims)
    if not all(claim.holds for claim in claims):
        sys.exit(1)


def as_json(measured: Measured) -> dict[str, Any]:
    """What a part found, and when and where."""
    return {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{platform.machine()}, {available_threads()} cores, Python {platform.python_version()}",
        "bounds": [
            {"what": c.what, "value": c.value, "unit": c.unit, "bound": c.bound, "holds": c.holds}
            for c in measured.claims
        ],
        "milliseconds": measured.milliseconds,
        "page": measured.page,
    }


def show(claims: list[Claim]) -> None:
    """The terminal's table."""
    table = Table(title="Bounds")
    for heading in ("what", "measured", "bound", ""):
        table.add_column(heading)
    for claim in claims:
        table.add_row(claim.what, f"{claim.value:.3g} {claim.unit}", claim.bound, "ok" if claim.holds else "BROKEN")
    Console().print(table)


def page(parts: dict[str, Any]) -> str:
    """The Markdown page of all parts, whenever each was measured."""
    lines = [
        "# Benchmarks",
        "",
        f"Printed by `make bench`: medians of interleaved runs, {ROUNDS} unless they are whole commands. `python bench",
        "NAME` measures one part again. Ratios travel better than milliseconds.",
        "",
        "| part | what | measured | bound |",
        "| --- | --- | ---: | ---: |",
    ]
    for name, part in parts.items():
        for bound in part["bounds"]:
            unit = bound["unit"]
            lines.append(f"| {name} | {bound['what']} | {bound['value']:.3g} {unit} | {bound['bound']} {unit} |")
    lines += ["", *(f"`{name}`: {part['day']}, {part['machine']}.  " for name, part in parts.items())]
    for part in parts.values():
        lines += ["", *part["page"]]
    return "\n".join(lines).replace("\n\n\n", "\n\n").rstrip() + "\n"


if __name__ == "__main__":
    main()
