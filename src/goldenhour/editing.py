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

    ``out`` is a file, whose suffix says the format, or a folder; without it the picture goes beside the original under
    a name that ends in the intent. ``quality`` is 1..100 for formats that lose some. The original is only overwritten
    with ``force``. Raises a UserError (PictureError, IntentError, RecipeError); then nothing was written.
    """
    path = Path(path)
    chosen = (
        intent.scale(intensity) if isinstance(intent, Recipe) else recipe(intent, intensity=intensity, student=student)
    )
    target = output_path(path, out, intent if isinstance(intent, str) else "edited")
    if not force and target.exists() and path.exists() and target.samefile(path):
        raise PictureError(f"{target} is the original; choose another output, or add --force to overwrite it")
    picture = read_picture(path)
    write_picture(replace(picture, pixels=grade(picture.pixels, chosen)), target, quality)
    return target


def output_path(path: Path, out: str | Path | None, label: str) -> Path:
    """Where the graded ``path`` goes: ``out``, into it if a folder, or beside the original, named by ``label``."""
    suffix = path.suffix if path.suffix.lower() in ENCODERS else ".jpg"
    if out is None:
        slug = re.sub(r"\W+", "-", normalise(label))[:40].strip("-") or "edited"
        return path.with_name(f"{path.stem}-{slug}{suffix}")
    if Path(out).is_dir() or str(out).endswith(("/", "\\")):
        return Path(out) / f"{path.stem}{suffix}"
    return Path(out)
