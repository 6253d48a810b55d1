"""What annotators said, line by line: a file of JSON lines each, that a crash cannot spoil and a person can read.

A line is on the disk before the next question comes. Nothing is rewritten: taking a judgement back is a line, too.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from goldenhour.experiment.annotation import (
    PASS_SHARE,
    Annotation,
    AnnotationError,
    Item,
    Judgement,
    annotator_key,
    judgement_data,
)

FOLDER = "judgements"


@dataclass(frozen=True)
class Round:
    """One calibration round that is complete: how many of its judgements were right, and the examples that were not."""

    right: int
    count: int
    missed: tuple[Item, ...]

    @property
    def passed(self) -> bool:
        """Whether enough was right."""
        return self.right >= PASS_SHARE * self.count


@dataclass
class Record:
    """What one annotator has said of an annotation, by item; ``trial`` is the calibration round that goes on."""

    name: str
    rounds: list[Round] = field(default_factory=list)
    trial: dict[str, Judgement] = field(default_factory=dict)
    judgements: dict[str, Judgement] = field(default_factory=dict)

    @property
    def calibrated(self) -> bool:
        """Whether a round was passed."""
        return any(round_.passed for round_ in self.rounds)

    @property
    def can_undo(self) -> bool:
        """Whether there is a judgement to take back; those of a complete calibration round stand."""
        return bool(self.judgements if self.calibrated else self.trial)

    def waiting(self, annotation: Annotation) -> list[Item]:
        """What is still to be judged, in the annotator's order: of the calibration round, then of the items."""
        items, done, attempt = annotation.items, self.judgements, 0
        if not self.calibrated:
            items, done, attempt = annotation.calibration, self.trial, len(self.rounds)
        ordered = annotation.order(items, annotator_key(self.name), attempt)
        return [item for item in ordered if item.id not in done]

    def sides(self, annotation: Annotation, item: Item) -> tuple[str, ...]:
        """The arms in the order, left to right, in which the annotator sees the answers to an item that waits."""
        return annotation.sides(item, annotator_key(self.name), len(self.rounds) if item.known else 0)

    def add(self, annotation: Annotation, item: Item, judgement: Judgement) -> None:
        """Note a judgement; the last of a calibration round completes it."""
        if item.known is None:
            self.judgements[item.id] = judgement
            return
        self.trial[item.id] = judgement
        if len(self.trial) == len(annotation.calibration):
            self.rounds.append(_mark(annotation, self.trial))
            self.trial = {}

    def undo(self) -> None:
        """Forget the last judgement."""
        (self.judgements if self.calibrated else self.trial).popitem()


def _mark(annotation: Annotation, trial: Mapping[str, Judgement]) -> Round:
    right, count, missed = 0, 0, []
    for item in annotation.calibration:
        if item.known is not None:
            agreed = item.known.agreements(trial[item.id])
            right, count = right + agreed, count + item.known.count
            if agreed < item.known.count:
                missed.append(item)
    return Round(right, count, tuple(missed))


class Journal:
    """The files of one annotation. Safe with several threads; each annotator's file has one writer at a time."""

    def __init__(self, annotation: Annotation):
        self.annotation = annotation
        self._folder = annotation.folder / FOLDER
        self._lock = threading.Lock()

    def record(self, name: str) -> Record:
        """What an annotator has said; an empty record for a new one. Raises AnnotationError."""
        path = self._path(name)
        return _replay(path, self.annotation) if path.exists() else Record(" ".join(name.split()))

    def records(self) -> list[Record]:
        """Those of all annotators, by name; raises AnnotationError."""
        return [_replay(path, self.annotation) for path in sorted(self._folder.glob("*.jsonl"))]

    def judge(self, name: str, item: Item, judgement: Judgement) -> Record:
        """Keep a judgement of an item that waits for one; raises AnnotationError if it does not, or cannot be kept."""
        with self._lock:
            record = self.record(name)
            if item.id not in {waiting.id for waiting in record.waiting(self.annotation)}:
                raise AnnotationError("this was judged already, perhaps in another window; go on with the next one")
            sides = record.sides(self.annotation, item)
            self._append(record, {"item": item.id, **judgement_data(judgement), "sides": sides})
            record.add(self.annotation, item, judgement)
            return record

    def undo(self, name: str) -> Record:
        """Take back the last judgement; raises AnnotationError where there is none to take back."""
        with self._lock:
            record = self.record(name)
            if not record.can_undo:
                raise AnnotationError("there is nothing to take back; a complete calibration round stands")
            self._append(record, {"undo": True})
            record.undo()
            return record

    def _path(self, name: str) -> Path:
        return self._folder / f"{annotator_key(name)}.jsonl"

    def _append(self, record: Record, line: Mapping[str, Any]) -> None:
        """Add a line, and return when it is on the disk; the start of one that a crash cut off goes first."""
        path = self._path(record.name)
        try:
            self._folder.mkdir(exist_ok=True)
            with path.open("ab+") as file:
                file.seek(0)
                whole = _whole(file.read())
                file.truncate(whole)
                if not whole:
                    file.write(_line({"annotator": record.name, "annotation": self.annotation.hash}))
                file.write(_line({**line, "at": datetime.now(UTC).isoformat(timespec="seconds")}))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise AnnotationError(
                f"the judgement cannot be kept in {path}: {error.strerror or error}; make room, and judge it again"
            ) from None


def _line(data: Mapping[str, Any]) -> bytes:
    return (json.dumps(data, ensure_ascii=False) + "\n").encode()


def _whole(data: bytes) -> int:
    """The length of the lines that are whole: one without its end was cut off by a crash, and never acknowledged."""
    return data.rfind(b"\n") + 1


def _replay(path: Path, annotation: Annotation) -> Record:
    """A file's lines one after the other; raises AnnotationError that names the line at fault."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AnnotationError(f"the judgements {path} cannot be read: {error.strerror or error}") from None
    lines = data[: _whole(data)].splitlines()
    record: Record | None = None
    for number, line in enumerate(lines, 1):
        try:
            said = json.loads(line)
            if record is None:
                record = _begin(path, said, annotation)
            elif "undo" in said:
                record.undo()
            else:
                record.add(annotation, *_judgement(said, annotation))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            if isinstance(error, AnnotationError):
                raise
            raise AnnotationError(
                f"the judgements {path} are damaged in line {number}; restore the file from a copy, or delete that line"
            ) from None
    return record or Record(path.stem)


def _begin(path: Path, said: Mapping[str, Any], annotation: Annotation) -> Record:
    if said["annotation"] != annotation.hash:
        raise AnnotationError(f"the judgements {path} belong to another annotation; take the file out of this folder")
    if annotator_key(said["annotator"]) != path.stem:
        raise AnnotationError(f"the judgements {path} are those of {said['annotator']}; name the file so again")
    return Record(said["annotator"])


def _judgement(said: Mapping[str, Any], annotation: Annotation) -> tuple[Item, Judgement]:
    item = annotation.item(said["item"])
    if item is None:
        raise KeyError(said["item"])
    relevant = {arm: said["relevant"][arm] for arm in item.answers}
    if not all(isinstance(value, bool) for value in (*relevant.values(), said["same"])):
        raise TypeError("a judgement is true or false")
    return item, Judgement(relevant, said["same"])
