"""Words to a graded picture or clip: the short Python API, and what the command line does with each file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from goldenhour.render.clip import CLIP_SUFFIXES, Progress
from goldenhour.render.clip_codecs import Encoding, fitting_suffix
from goldenhour.render.encode import ENCODERS
from goldenhour.render.picture import Picture, PictureError
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
    encoding: Encoding | None = None,
    progress: Progress | None = None,
    student: Student | None = None,
) -> Path:
    """Grade the picture or clip ``path`` by an intent, or by a ready recipe, and write it; returns where it is.

    ``out`` is a file, whose suffix says the format, or a folder (if it ends in a slash, it is made); without it the
    picture goes beside the original under a name that ends in the intent. ``quality`` is 1..100 for pictures' formats
    that lose some, ``encoding`` says how a clip is encoded, and ``progress`` is told its frames done and expected. The
    original is only overwritten with ``force``. Raises a UserError (PictureError, ClipError, IntentError, RecipeError);
    then nothing was written. What a clip could not keep is a ClipWarning.
    """
    path = Path(path)
    chosen = (
        intent.scale(intensity) if isinstance(intent, Recipe) else recipe(intent, intensity=intensity, student=student)
    )
    encoding = encoding or Encoding()
    target = output_path(path, out, intent if isinstance(intent, str) else "edited", encoding.codec)
    if not force and file_identity(target) in {file_identity(path)} - {None}:
        raise PictureError(f"{target} is the original; choose another output, or add --force to overwrite it")
    if is_clip(path):
        from goldenhour.render.footage import grade_clip  # noqa: PLC0415 - photos need no FFmpeg

        if str(out).endswith(SLASHES):
            _make_folder(target.parent)
        grade_clip(path, target, chosen, encoding, progress=progress)
        return target
    picture = read_picture(path)
    graded = replace(picture, pixels=grade(picture.pixels, chosen))
    if str(out).endswith(SLASHES):
        _make_folder(target.parent)
    write_picture(graded, target, quality)
    return target


def preview(
    path: str | Path,
    intent: str | Recipe,
    out: str | Path | None = None,
    *,
    moments: int = 6,
    label: str | None = None,
    force: bool = False,
    student: Student | None = None,
) -> Path:
    """Draw moments of a clip, or a photo, before and after, on one sheet, and write it; returns where it is.

    ``out`` is a picture's file or a folder; without it the sheet goes beside the original, named by ``label`` or the
    intent. Raises a UserError, also where a file is in the way and ``force`` is not said; then nothing was written.
    """
    from goldenhour.render.sheet import clip_moments, draw_sheet, photo_moment  # noqa: PLC0415 - photos need no FFmpeg

    path = Path(path)
    chosen = intent if isinstance(intent, Recipe) else recipe(intent, student=student)
    label = label or (intent if isinstance(intent, str) else "edited")
    target = output_path(path.with_suffix(".jpg"), out, f"{normalise(label)[:30]} preview")
    if target.exists() and not force:
        raise PictureError(f"{target} exists already; choose another output, or add --force to overwrite it")
    drawn = draw_sheet(clip_moments(path, chosen, moments) if is_clip(path) else [photo_moment(path, chosen)])
    if str(out).endswith(SLASHES):
        _make_folder(target.parent)
    write_picture(Picture(drawn), target)
    return target


def is_clip(path: Path) -> bool:
    """Whether a file is taken for a clip, by its suffix."""
    return path.suffix.lower() in CLIP_SUFFIXES


def output_path(path: Path, out: str | Path | None, label: str, codec: str | None = None) -> Path:
    """Where the graded ``path`` goes: ``out``, into it if a folder, or beside the original, named by ``label``.

    ``codec`` is that of a clip, which not every container holds.
    """
    if is_clip(path):
        suffix = fitting_suffix(path.suffix, codec)
    else:
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
