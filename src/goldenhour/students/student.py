"""What every student can do, whatever its family, and how one is found: in a folder, or embedded in the package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from goldenhour.tools import Recipe, Toolset, UserError, default_toolset

MANIFEST = "student.json"  # written last, so that its presence means that the folder is complete


class StudentError(UserError):
    """A student's folder that cannot be used; one sentence with the remedy."""


@dataclass(frozen=True)
class Answer:
    """A student's answer: always a valid recipe, its confidence 0..1, and what had to be repaired in it."""

    recipe: Recipe
    confidence: float
    repairs: tuple[str, ...] = ()


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


def load_student(folder: Path) -> Student:
    """The student in a folder; raises StudentError if it is no student or was made for another toolset."""
    from goldenhour.students.nearest import NearestStudent  # noqa: PLC0415 - families import this module

    families = {"nearest": NearestStudent.load}
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise StudentError(f"{folder} is not a student's folder: it has no readable {MANIFEST}") from None
    family = manifest.get("family") if isinstance(manifest, dict) else None
    if family not in families:
        raise StudentError(f"{folder} is a student of the unknown family {family!r}; known are {', '.join(families)}")
    if manifest.get("toolset") != default_toolset().hash:
        raise StudentError(f"{folder} was trained for another toolset; train it again, or install the toolset it knows")
    return families[family](folder)


@cache
def embedded_student() -> Student:
    """The student that comes with the package, ready to answer."""
    from goldenhour.students.nearest import NearestStudent  # noqa: PLC0415
    from goldenhour.teacher.recorded import recorded_answers  # noqa: PLC0415

    return NearestStudent(recorded_answers())
