"""Annotations written by hand: no student, no renderer; the pictures are a few bytes."""

import hashlib
import json
from pathlib import Path

from goldenhour.experiment.annotation import (
    ARMS,
    MANIFEST,
    Annotation,
    Item,
    Judgement,
    Shown,
    item_data,
    manifest_text,
    read_annotation,
)
from goldenhour.experiment.annotation_journal import Journal
from goldenhour.tools import Recipe, default_toolset

BARE = Recipe.neutral()
RIGHT = {"relevant": {"first": True, "second": False}, "same": False}


def item(name: str, arms: tuple[str, ...] = ARMS, known: Judgement | None = None) -> Item:
    shown = {arm: Shown(f"{name}{number}", BARE) for number, arm in enumerate(arms)}
    return Item(name, f"intent of {name}", "beach.jpg", f"{name}-before", shown, known)


def write_annotation(folder: Path, items: int = 3, examples: int = 2) -> Annotation:
    """Items i0, i1, …; calibration examples c0, c1, …, whose first answer alone is relevant."""
    found = [item(f"i{number}") for number in range(items)]
    known = Judgement(RIGHT["relevant"], RIGHT["same"])
    calibration = [item(f"c{number}", ("first", "second"), known) for number in range(examples)]
    (folder / "pictures").mkdir(parents=True)
    files = {}
    for picture in (name for part in (*found, *calibration) for name in part.pictures):
        (folder / "pictures" / f"{picture}.jpg").write_bytes(picture.encode())
        files[f"pictures/{picture}.jpg"] = hashlib.sha256(picture.encode()).hexdigest()
    data = {
        "toolset": default_toolset().hash,
        "about": {"student": "small"},
        "secret": "5a" * 32,
        "items": list(map(item_data, found)),
        "calibration": list(map(item_data, calibration)),
        "files": files,
    }
    (folder / MANIFEST).write_text(manifest_text(data), encoding="utf-8")
    return read_annotation(folder)


def rewrite(folder: Path, **changed) -> None:
    """A manifest that somebody wrote anew, hash and all."""
    data = json.loads((folder / MANIFEST).read_text(encoding="utf-8")) | changed
    del data["hash"]
    (folder / MANIFEST).write_text(manifest_text(data), encoding="utf-8")


def calibrate(journal: Journal, name: str, right: bool = True) -> None:
    """One calibration round, all of it right or wrong."""
    for example in journal.annotation.calibration:
        relevant = {arm: said is right for arm, said in example.known.relevant.items()}
        journal.judge(name, example, Judgement(relevant, example.known.same is right))


def judge(journal: Journal, name: str, answers: dict[str, str]) -> None:
    """Judgements as three letters each, y or n: student relevant, teacher relevant, the same."""
    for of, letters in answers.items():
        student, teacher, same = (letter == "y" for letter in letters)
        journal.judge(name, journal.annotation.item(of), Judgement({"student": student, "teacher": teacher}, same))
