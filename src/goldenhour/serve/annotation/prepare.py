"""Preparing an annotation: which intents, what student and teacher answer, and the pictures of it under blind names."""

from __future__ import annotations

import hashlib
import random
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from goldenhour.evaluate.material import Row
from goldenhour.experiment.annotation import (
    MANIFEST,
    Annotation,
    AnnotationError,
    Item,
    Judgement,
    Shown,
    item_data,
    manifest_text,
    read_annotation,
)
from goldenhour.render.picture_file import read_picture
from goldenhour.render.still import grade
from goldenhour.students import Student
from goldenhour.teacher.recorded import one_answer_each
from goldenhour.tools import Recipe, default_toolset, normalise
from goldenhour.tools.strict_yaml import load_yaml
from goldenhour.tools.whole_file import whole_folder

LONG_SIDE = 1_200  # pixels of a shown picture
QUALITY = 92

Pixels = NDArray[np.uint8]  # (H, W, 3), encoded sRGB
Progress = Callable[[int, int], None]  # pictures drawn, of how many


@dataclass(frozen=True)
class _Drawing:
    """What is to be seen under a blind name."""

    name: str
    photo: str
    recipe: Recipe


class _Studio:
    """The photos by name, and what is to be drawn of them."""

    def __init__(self) -> None:
        self.photos: dict[str, Pixels] = {}
        self.drawings: list[_Drawing] = []

    def draw(self, photo: str, recipe: Recipe) -> str:
        """The blind name of a picture that will be drawn: random, so that it says nothing."""
        self.drawings.append(_Drawing(secrets.token_hex(16), photo, recipe))
        return self.drawings[-1].name

    def item(self, intent: str, photo: str, answers: Mapping[str, Recipe], known: Judgement | None = None) -> Item:
        """An item whose pictures will be drawn."""
        shown = {arm: Shown(self.draw(photo, recipe), recipe) for arm, recipe in answers.items()}
        original = self.draw(photo, Recipe.neutral())
        return Item(secrets.token_hex(8), intent, photo.removeprefix(_SAMPLE), original, shown, known)


_SAMPLE = "sample:"  # a photo of the package, so that it cannot be mixed up with one of the user's


def prepare_annotation(
    folder: Path,
    student: Student,
    rows: Sequence[Row],
    photos: Sequence[Path],
    count: int,
    *,
    seed: int = 0,
    about: Mapping[str, Any] | None = None,
    progress: Progress = lambda *_: None,
) -> Annotation:
    """Write the folder of an annotation of ``count`` of the rows; it appears when it is whole.

    The rows are chosen by chance, the same for a seed; where the teacher changes nothing there is nothing to judge. The
    photos are taken in turn, without any the samples of the package. ``about`` is kept for the report. Raises a
    UserError: the folder is in the way, a photo cannot be read, there are too few rows.
    """
    check_place(folder)
    chosen = _choose(rows, count, seed)
    studio = _Studio()
    names = _load_photos(studio, photos)
    answers = student.predict([row.intent for row in chosen])
    items = [
        studio.item(row.intent, names[number % len(names)], {"student": answer.recipe, "teacher": row.recipe})
        for number, (row, answer) in enumerate(zip(chosen, answers, strict=True))
    ]
    calibration = list(_calibration(studio))
    try:
        with whole_folder(folder) as building:
            (building / "pictures").mkdir()
            data = {
                "kind": "annotation",
                "toolset": default_toolset().hash,
                "about": dict(about or {}),
                "secret": secrets.token_hex(32),
                "items": list(map(item_data, items)),
                "calibration": list(map(item_data, calibration)),
                "files": dict(_draw_all(studio, building, progress)),
            }
            (building / MANIFEST).write_text(manifest_text(data), encoding="utf-8", newline="\n")
    except OSError as error:
        raise AnnotationError(
            f"the annotation {folder} cannot be written: {error.strerror}; choose another place"
        ) from None
    return read_annotation(folder)


def check_place(folder: Path) -> None:
    """Raise AnnotationError if something is where the annotation shall be."""
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists():
        raise AnnotationError(f"{folder} exists already; go on with it (goldenhour annotate serve), or choose another")


def _choose(rows: Sequence[Row], count: int, seed: int) -> list[Row]:
    """So many rows that change something, by chance."""
    visible = [row for row in rows if not row.recipe.is_neutral]
    if len(visible) < count:
        raise AnnotationError(f"only {len(visible)} of the intents have answers that can be seen; ask for fewer")

    def chance(row: Row) -> bytes:
        return hashlib.sha256(f"{seed} {normalise(row.intent)}".encode()).digest()

    return sorted(visible, key=chance)[:count]


def _load_photos(studio: _Studio, photos: Sequence[Path]) -> list[str]:
    """The names of the photos on which the items are shown, once they can be drawn on."""
    names = []
    for path in photos:
        name = path.name if path.name not in studio.photos else str(path)
        pixels = read_picture(path).pixels
        studio.photos[name] = _small(pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8))
        names.append(name)
    for sample in SAMPLES:
        studio.photos[_SAMPLE + sample] = _small(read_picture(_sample(sample)).pixels)
    return names or [_SAMPLE + sample for sample in SAMPLES]


SAMPLES = ("lake", "portrait", "meadow", "night", "forest")


def _sample(name: str) -> Path:
    return Path(str(resources.files("goldenhour") / "samples" / f"{name}.jpg"))


def _small(pixels: NDArray[Any]) -> Pixels:
    height, width = pixels.shape[:2]
    share = LONG_SIDE / max(height, width)
    if share < 1:
        size = max(1, round(width * share)), max(1, round(height * share))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def _calibration(studio: _Studio) -> Iterable[Item]:
    """The examples with known answers, made from recorded ones."""
    file = resources.files("goldenhour.serve.annotation") / "calibration.yaml"
    recorded = {normalise(answer.intent): answer.recipe_data for answer in one_answer_each()}
    for example in load_yaml(file.read_text(encoding="utf-8"), own=True):
        answers = {
            arm: Recipe.from_dict(recorded[answer["of"]]).scale(answer.get("percent", 100))
            for arm, answer in example["answers"].items()
        }
        known = Judgement(example["known"]["relevant"], example["known"]["same"])
        yield studio.item(example["intent"], _SAMPLE + example["photo"], answers, known)


def _draw_all(studio: _Studio, folder: Path, progress: Progress) -> Iterable[tuple[str, str]]:
    """Draw every picture, in an order of chance, since the times of files would tell, too; each file with its hash."""
    drawings = random.SystemRandom().sample(studio.drawings, len(studio.drawings))
    for done, drawing in enumerate(drawings):
        progress(done, len(drawings))
        data = BytesIO()
        graded = grade(studio.photos[drawing.photo], drawing.recipe)
        Image.fromarray(graded).save(data, "JPEG", quality=QUALITY, subsampling=0)
        name = f"pictures/{drawing.name}.jpg"
        (folder / name).write_bytes(data.getvalue())
        yield name, hashlib.sha256(data.getvalue()).hexdigest()
    progress(len(drawings), len(drawings))
