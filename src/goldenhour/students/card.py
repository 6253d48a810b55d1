"""A student's model card (Mitchell et al. 2019): what it is, was trained on, how well it answers, its limits."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from goldenhour.students.folder import CARD
from goldenhour.tools import default_toolset


def model_card(folder: Path, family: str, facts: Mapping[str, Any]) -> None:
    """Write the card of a student with the facts of its manifest, in Markdown."""
    template = resources.files("goldenhour.students").joinpath("card.md").read_text(encoding="utf-8")
    metrics = "\n".join(f"| {name.replace('_', ' ')} | {value} |" for name, value in facts["metrics"].items())
    settings = "\n".join(f"{name}: {value!r}" for name, value in facts["settings"].items())
    text = template.format(
        family=family,
        base=facts["base"],
        source=facts["source"],
        rows=facts["rows"],
        dataset=facts["dataset"],
        toolset=default_toolset().hash,
        metrics=metrics,
        settings=settings,
    )
    (folder / CARD).write_text(text, encoding="utf-8", newline="\n")
