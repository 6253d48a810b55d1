"""What every student can do, whatever its family, and the manifest of its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from goldenhour.tools import Recipe, Toolset, UserError

MANIFEST = "student.json"  # written last, so that its presence means that the folder is complete


class StudentError(UserError):
    """A student's folder that cannot be used; one sentence with the remedy."""


@dataclass(frozen=True)
class Answer:
    """A student's answer: always a valid recipe, its confidence 0..1, and what had to be repaired in it.

    ``ranked``: for the path of each choice the likeliest options, best first; empty if the student does not weigh them.
    ``tokens``: how many a model wrote for it; None where nothing is written, or where a server does not say.
    """

    recipe: Recipe
    confidence: float
    repairs: tuple[str, ...] = ()
    ranked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tokens: int | None = None


class Student(Protocol):
    """A model that answers intents."""

    def predict(self, intents: Sequence[str]) -> list[Answer]:
        """One answer an intent, in order; never raises, whatever the text."""
        ...

    def save(self, folder: Path) -> None:
        """Write the student as a folder that ``load_student`` reads."""
        ...


def write_manifest(folder: Path, family: str, toolset: Toolset, **facts: Any) -> None:
    """The folder's ``student.json``, as the last file of it."""
    text = json.dumps({"family": family, "toolset": toolset.hash, **facts}, indent=2) + "\n"
    temporary = folder / f".{MANIFEST}.part"
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(folder / MANIFEST)
