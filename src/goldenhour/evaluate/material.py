"""What students are evaluated on, and what the floors may learn from: never the same rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from goldenhour.metrics.rows import Bools
from goldenhour.teacher.answers import TeacherAnswer
from goldenhour.teacher.recorded import one_answer_each, recorded_answers
from goldenhour.tools import Recipe, Toolset, UserError, default_toolset, normalise
from goldenhour.tools.extras import needs
from goldenhour.tools.intent import split_of

SUBSETS = {"All": 1, "r3": 3, "r5": 5}  # the paper's: rows whose chosen answer was exported so often
UNKNOWN = "unknown"  # the domain of an intent that has none

Kept = TypeVar("Kept")
EvaluatedSplit = Literal["test", "dev"]


class EvaluationError(UserError):
    """Something that cannot be evaluated, or a report that cannot be written: one sentence with the remedy."""


@dataclass(frozen=True)
class Row:
    """An intent with the teacher's answer; ``exported`` says how often each tool's part was, None: nobody was asked."""

    answer: TeacherAnswer
    exported: Mapping[str, int] | None = None

    @property
    def intent(self) -> str:
        """What the user typed."""
        return self.answer.intent

    @property
    def recipe(self) -> Recipe:
        """What is to be answered."""
        return self.answer.recipe

    @property
    def domain(self) -> str:
        """The kind of intent."""
        return self.answer.domain or UNKNOWN


@dataclass(frozen=True)
class Material:
    """The rows to answer, and the train rows that floors are made of; ``source`` in words, ``hash`` of a dataset."""

    source: str
    split: EvaluatedSplit
    rows: tuple[Row, ...]
    train: tuple[Row, ...]
    hash: str | None = None

    @property
    def has_exports(self) -> bool:
        """Whether there are the subsets r3 and r5."""
        return any(row.exported is not None for row in self.rows)


def read_material(folder: Path | None, split: EvaluatedSplit, limit: int | None = None) -> Material:
    """The test or dev rows of a dataset's folder, or of the recorded answers.

    ``limit`` takes so many, always the same. Raises a UserError for a folder that is no dataset, and EvaluationError if
    there are no rows to answer or none to learn from.
    """
    found = _recorded() if folder is None else _dataset(folder)
    source, rows, content = found
    asked, train = rows[split], rows["train"]
    for name, part in ((split, asked), ("train", train)):
        if not part:
            raise EvaluationError(f"{source} have no rows in the {name} split: build a larger dataset")
    return Material(source, split, tuple(few(asked, lambda row: row.intent, limit)), tuple(train), content)


def few(rows: Sequence[Kept], intent: Callable[[Kept], str], limit: int | None) -> Sequence[Kept]:
    """So many of the rows, always the same, of all kinds; None: all, in their order."""
    if limit is None:
        return rows
    return sorted(rows, key=lambda row: hashlib.sha256(normalise(intent(row)).encode()).digest())[:limit]


def known(rows: Sequence[Row], toolset: Toolset, exports: int = 1) -> Bools:
    """(n, T): of which tools rows say anything: those of recorded answers, and parts that were exported so often."""
    says = [[row.exported is None or row.exported[tool.name] >= exports for tool in toolset.tools] for row in rows]
    return np.array(says, dtype=bool).reshape(-1, len(toolset.tools))


def answered_twice() -> list[tuple[TeacherAnswer, TeacherAnswer]]:
    """The recorded intents, of any split, that two independent teachers answered: the first's answer, the second's."""
    found: dict[str, dict[int, TeacherAnswer]] = {}
    for answer in recorded_answers():
        found.setdefault(normalise(answer.intent), {}).setdefault(answer.call, answer)
    return [(calls[1], calls[2]) for calls in found.values() if {1, 2} <= calls.keys()]


Found = tuple[str, dict[str, list[Row]], str | None]


def _recorded() -> Found:
    rows: dict[str, list[Row]] = {"train": [], "dev": [], "test": []}
    for answer in one_answer_each():
        rows[split_of(answer.intent)].append(Row(answer))
    return "the recorded answers", rows, None


def _dataset(folder: Path) -> Found:
    with needs("data"):
        from goldenhour.dataset.folder import load_dataset  # noqa: PLC0415 - not part of the plain install
    dataset = load_dataset(folder)
    toolset = default_toolset()
    rows: dict[str, list[Row]] = {"train": [], "dev": [], "test": []}
    columns = dataset.rows.select("split", "intent", "domain", "recipe", "rationale", "exported")
    for split, intent, domain, recipe, rationale, exported in columns.iter_rows():
        data = Recipe.from_json(recipe, toolset).to_dict()
        rows[split].append(Row(TeacherAnswer(intent, domain or "", 1, data, rationale or ""), exported))
    return f"the rows of {folder.name}", rows, str(dataset.manifest["hash"])
