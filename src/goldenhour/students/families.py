"""The families of students, and how one is found: in a folder, or embedded in the package."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from goldenhour.students.folder import check_files
from goldenhour.students.nearest import NearestStudent
from goldenhour.students.student import MANIFEST, Student, StudentError
from goldenhour.tools import default_toolset
from goldenhour.tools.extras import needs


def _direct(folder: Path, manifest: Mapping[str, Any]) -> Student:
    from goldenhour.students.direct.serving import DirectStudent  # noqa: PLC0415 - its libraries are for it alone

    return DirectStudent(folder, manifest)


def _seq2seq(folder: Path, manifest: Mapping[str, Any]) -> Student:
    with needs("seq2seq"):
        from goldenhour.students.seq2seq.serving import Seq2SeqStudent  # noqa: PLC0415 - its library is for it alone
    return Seq2SeqStudent(folder, manifest)


def _causal(folder: Path, manifest: Mapping[str, Any]) -> Student:
    from goldenhour.students.causal.serving import CausalStudent  # noqa: PLC0415 - its libraries are for it alone

    return CausalStudent(folder, manifest)


FAMILIES: dict[str, Callable[[Path, Mapping[str, Any]], Student]] = {
    "nearest": NearestStudent.load,
    "direct": _direct,
    "seq2seq": _seq2seq,
    "causal": _causal,
}


def load_student(folder: Path) -> Student:
    """The student in a folder; raises StudentError if it is no student or was made for another toolset."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise StudentError(f"{folder} is not a student's folder: it has no readable {MANIFEST}") from None
    family = manifest.get("family") if isinstance(manifest, dict) else None
    if not isinstance(family, str) or family not in FAMILIES:
        raise StudentError(f"{folder} is a student of the unknown family {family!r}; known are {', '.join(FAMILIES)}")
    if manifest.get("toolset") != default_toolset().hash:
        raise StudentError(f"{folder} was trained for another toolset; train it again, or install the toolset it knows")
    if family != "nearest":
        check_files(folder, manifest)
    return FAMILIES[family](folder, manifest)


@cache
def embedded_student() -> Student:
    """The student that comes with the package, ready to answer; ``make student`` trains it."""
    return load_student(Path(str(resources.files("goldenhour.students") / "embedded")))
