"""Words to a graded picture: the short Python API, and what the command line does with each file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from goldenhour.render.encode import ENCODERS
from goldenhour.render.picture import PictureError
from goldenhour.render.picture_file import read_picture, write_picture
from goldenhour.render.still import grade
from goldenhour.students import Student, embedded_student
from goldenhour.tools import Recipe, check_intent, normalise

SLASHES = ("/", "\\")


def recipe(intent: str, *, intensity: float = 100, student: Student | None = None) -> Recipe:
    """What a student (by default the embedded one) answers to an intent, at ``intensity`` percent (0..150).

    Raises IntentError for text that cannot be an intent, RecipeError for an intensity out of range.
    """
    (answer,) = (student or embedded_student()).predict([check_intent(intent)])
    return answer.recipe.scale(intensity)


def edit(
    path: str | Path,
    intent: str | Recipe,
    out: str | Path | None = None,
    *,
    intensity: float = 100,
    force: bool = False,
    quality: int | None = None,
    student: Student | None = None,
) -> Path:
    """Grade the picture ``path`` by an intent, or by a ready recipe, and write it; returns where it is.

    ``out`` is a file, whose suffix says the format, or a folder (if it ends in a slash, it is made); without it the
    picture goes beside the original under a name that ends in the intent. ``quality`` is 1..100 for formats that lose
    some. The original is only overwritten with ``force``. Raises a UserError (PictureError, IntentError, RecipeError);
    then nothing was written.
    """
    path = Path(path)
    chosen = (
        intent.scale(intensity) if isinstance(intent, Recipe) else recipe(intent, intensity=intensity, student=student)
    )
    target = output_path(path, out, intent if isinstance(intent, str) else "edited")
    if not force and file_identity(target) in {file_identity(path)} - {None}:
        raise PictureError(f"{target} is the original; choose another output, or add --force to overwrite it")
    picture = read_picture(path)
    graded = replace(picture, pixels=grade(picture.pixels, chosen))
    if str(out).endswith(SLASHES):
        _make_folder(target.parent)
    write_picture(graded, target, quality)
    return target


def output_path(path: Path, out: str | Path | None, label: str) -> Path:
    """Where the graded ``path`` goes: ``out``, into it if a folder, or beside the original, named by ``label``."""
    suffix = path.suffix if path.suffix.lower() in ENCODERS else ".jpg"
    if out is None:
        slug = re.sub(r"\W+", "-", normalise(label))[:40].strip("-") or "edited"
        return path.with_name(f"{path.stem}-{slug}{suffix}")
    if str(out).endswith(SLASHES) or _is_folder(Path(out)):
        return Path(out) / f"{path.stem}{suffix}"
    return Path(out)


def file_identity(path: Path) -> tuple[int, int] | None:
    """What two names of one file have in common, links included; None where there is no file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # such as a name that is too long; writing will say so
        return False


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PictureError(f"the folder {folder} cannot be made: {error.strerror}; choose another output") from None
