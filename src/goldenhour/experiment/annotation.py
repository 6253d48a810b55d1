"""Annotation, the paper's reality check: people judge a student's answers and the teacher's without knowing whose.

A folder of it, which ``serve.annotation.prepare`` writes:

| file | what is in it |
| --- | --- |
| ``annotation.json`` | the items with both answers, the calibration examples, the hash of every picture and its own |
| ``pictures/`` | the originals and what the answers make of them, under random names that say nothing |
| ``judgements/`` | a file of JSON lines an annotator (`annotation_journal`); those of other machines may be copied in |
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldenhour.tools import Recipe, UserError, default_toolset
from goldenhour.tools.sentences import shorten

MANIFEST = "annotation.json"  # written last, so that its presence means that the folder is complete
ARMS = ("student", "teacher")
PASS_SHARE = 0.8  # of the known answers of a calibration round
MAX_NAME = 40  # characters of an annotator's name


class AnnotationError(UserError):
    """An annotation that cannot be prepared, read or gone on with; one sentence with the remedy."""


@dataclass(frozen=True)
class Shown:
    """One answer as annotators see it: the name of its picture. The recipe is for the report."""

    picture: str
    recipe: Recipe


@dataclass(frozen=True)
class Judgement:
    """What is judged of an item: is each answer relevant to the intent, and do both express the same intention."""

    relevant: Mapping[str, bool]  # by arm
    same: bool

    def agreements(self, other: Judgement) -> int:
        """How many of the judgements are the other's, too."""
        return sum(other.relevant[arm] == said for arm, said in self.relevant.items()) + (self.same == other.same)

    @property
    def count(self) -> int:
        """How many judgements it is made of."""
        return len(self.relevant) + 1


@dataclass(frozen=True)
class Item:
    """An intent, a picture and its two answers, by arm; ``known`` is what is right, for calibration examples alone."""

    id: str
    intent: str
    photo: str  # whose picture it is, for people
    original: str
    answers: Mapping[str, Shown]
    known: Judgement | None = None

    @property
    def pictures(self) -> tuple[str, ...]:
        """The names of all its pictures."""
        return self.original, *(shown.picture for shown in self.answers.values())


@dataclass(frozen=True)
class Annotation:
    """A folder's items; ``about`` says what was compared, ``hash`` is that of all the rest."""

    folder: Path
    items: tuple[Item, ...]
    calibration: tuple[Item, ...]
    secret: bytes
    about: Mapping[str, Any]
    hash: str

    def item(self, name: str) -> Item | None:
        """The item or calibration example of an id."""
        return next((item for item in (*self.items, *self.calibration) if item.id == name), None)

    def picture(self, name: str) -> Path:
        """The file of a picture."""
        return self.folder / "pictures" / f"{name}.jpg"

    def sides(self, item: Item, annotator: str, attempt: int = 0) -> tuple[str, ...]:
        """The arms in the order, left to right, in which an annotator sees them: a coin for each item and annotator.

        ``attempt`` is the calibration round, so that repeating one cannot be done by heart.
        """
        arms = sorted(item.answers)
        coin = self._coin("sides", item.id, annotator, str(attempt))[0] & 1
        return tuple(arms[::-1] if coin else arms)

    def order(self, items: Sequence[Item], annotator: str, attempt: int = 0) -> list[Item]:
        """The items in the order in which an annotator sees them, another one for each."""
        return sorted(items, key=lambda item: self._coin("order", item.id, annotator, str(attempt)))

    def _coin(self, *words: str) -> bytes:
        """Chance that is the same for the same words, and that nobody foretells without the folder's secret."""
        return hmac.digest(self.secret, "\n".join(words).encode(), hashlib.sha256)


def annotator_key(name: Any) -> str:
    """The form by which annotators' names are compared, which names their file; raises AnnotationError.

    Letters and digits of any script, with spaces, full stops and hyphens between them.
    """
    text = unicodedata.normalize("NFKC", name).casefold() if isinstance(name, str) else ""
    key = " ".join(text.split())
    if not re.fullmatch(r"[^\W_]+(?:(?:\. ?|[ -])[^\W_]+)*\.?", key) or len(key) > MAX_NAME:
        raise AnnotationError(
            f"an annotator's name is 1 to {MAX_NAME} letters and digits, such as jane, not {shorten(name)}"
        )
    return key


def manifest_text(data: Mapping[str, Any]) -> str:
    """The manifest's JSON, with the hash of all the rest of it."""
    return json.dumps({**data, "hash": content_hash(data)}, ensure_ascii=False, indent=1) + "\n"


def content_hash(data: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest without its hash, whatever the order of its keys."""
    rest = {key: value for key, value in data.items() if key != "hash"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def item_data(item: Item) -> dict[str, Any]:
    """An item as it stands in the manifest."""
    answers = {arm: {"picture": s.picture, "recipe": s.recipe.to_dict()} for arm, s in item.answers.items()}
    data = {"id": item.id, "intent": item.intent, "photo": item.photo, "original": item.original, "answers": answers}
    return data | ({"known": judgement_data(item.known)} if item.known else {})


def judgement_data(judgement: Judgement) -> dict[str, Any]:
    """A judgement as it stands in files."""
    return {"relevant": dict(judgement.relevant), "same": judgement.same}


def read_annotation(folder: Path) -> Annotation:
    """The annotation in a folder; raises AnnotationError if it is none, not whole, damaged or changed."""
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        remedy = "make one with: goldenhour annotate prepare"
        raise AnnotationError(f"{folder} is no annotation: it has no {MANIFEST}; {remedy}") from None
    except (OSError, ValueError, RecursionError):
        raise _damaged(folder, f"{MANIFEST} cannot be read") from None
    if not isinstance(data, dict) or data.get("hash") != content_hash(data):
        raise _damaged(folder, f"{MANIFEST} is not what was written")
    if data["toolset"] != default_toolset().hash:
        raise AnnotationError(f"the annotation {folder} was prepared for another toolset; prepare it anew")
    for name, expected in data["files"].items():
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError:
            raise _damaged(folder, f"{name} is missing") from None
        if found != expected:
            raise _damaged(folder, f"{name} was changed")
    items, calibration = (tuple(map(_item, data[part])) for part in ("items", "calibration"))
    return Annotation(folder, items, calibration, bytes.fromhex(data["secret"]), data["about"], data["hash"])


def _damaged(folder: Path, why: str) -> AnnotationError:
    return AnnotationError(f"the annotation {folder} is damaged: {why}; restore it from a copy, or prepare it anew")


def _item(data: Mapping[str, Any]) -> Item:
    answers = {arm: Shown(s["picture"], Recipe.from_dict(s["recipe"])) for arm, s in data["answers"].items()}
    known = data.get("known")
    judgement = Judgement(known["relevant"], known["same"]) if known else None
    return Item(data["id"], data["intent"], data["photo"], data["original"], answers, judgement)
