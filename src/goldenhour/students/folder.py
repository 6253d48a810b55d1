"""A student's folder: it appears when it is whole, and its manifest knows the hash of every file in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from goldenhour.students.student import MANIFEST, StudentError
from goldenhour.tools import Toolset
from goldenhour.tools.whole_file import whole_folder

CARD = "README.md"


def write_student(folder: Path, family: str, toolset: Toolset, write: Callable[[Path], Mapping[str, Any]]) -> None:
    """Make a student's folder: ``write`` puts its files into a folder and returns the facts of its manifest.

    The manifest is written last, and the folder appears when it is whole, or not at all. Raises StudentError.
    """
    refuse_occupied(folder)
    try:
        with whole_folder(folder) as building:
            facts = write(building)
            files = {path.relative_to(building).as_posix(): _hash(path) for path in _files(building)}
            manifest = {"family": family, "toolset": toolset.hash, **facts, "files": files}
            text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
            (building / MANIFEST).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StudentError(
            f"the student {folder} cannot be written: {error.strerror or error}; choose another place"
        ) from None


def refuse_occupied(folder: Path) -> None:
    """Raise StudentError if a folder is there that is no student and not empty; another student may be replaced."""
    if folder.name in ("", ".."):
        raise StudentError(f"{folder} is no name for a student's folder: name another folder with -o")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise StudentError(f"{folder} holds something else than a student: name another folder with -o")
    if folder.exists() and not folder.is_dir():
        raise StudentError(f"{folder} is a file: name another folder with -o")


def check_files(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise StudentError unless the folder's files are those that its manifest lists."""
    files = manifest.get("files")
    if not isinstance(files, Mapping):
        raise StudentError(f"the student {folder} is damaged: its {MANIFEST} lists no files; copy it anew")
    for name, expected in files.items():
        path = folder / name
        if "\0" in name or not path.resolve().is_relative_to(folder.resolve()):
            raise StudentError(f"the student {folder} is not to be trusted: its {MANIFEST} names {name!r}")
        try:
            found = _hash(path)
        except OSError:
            raise StudentError(f"the student {folder} is not whole: {name} is missing; copy it anew") from None
        if found != expected:
            raise StudentError(f"the student {folder} is damaged: {name} is not what was saved; copy it anew")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
