"""What students are trained on: the train and dev rows of a dataset, never those of test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from goldenhour.students.student import StudentError
from goldenhour.teacher.answers import read_answer_file
from goldenhour.teacher.recorded import TeacherAnswer, recorded_answers
from goldenhour.tools import Recipe, Toolset, default_toolset, normalise
from goldenhour.tools.extras import needs
from goldenhour.tools.intent import split_of


@dataclass(frozen=True)
class Example:
    """An intent in normalised form, the chosen answer, why, and of which tools, in order, that answer says anything."""

    intent: str
    recipe: Recipe
    rationale: str
    known: tuple[bool, ...]


@dataclass(frozen=True)
class Examples:
    """The examples to learn from and those to stop and tune by; SHA-256 of both, and where they come from."""

    train: tuple[Example, ...]
    dev: tuple[Example, ...]
    hash: str
    source: str

    @staticmethod
    def of(train: Sequence[Example], dev: Sequence[Example], source: str) -> Examples:
        """Examples with their hash; raises StudentError if there are too few to train on."""
        if len(train) < 2 or not dev:
            raise StudentError(
                f"{source}: {len(train)} rows to train on and {len(dev)} to stop by are too few;"
                " training needs at least 2 and 1: build a larger dataset"
            )
        digest = hashlib.sha256()
        for example in (*train, *dev):
            digest.update(f"{json.dumps(example.intent)} {example.recipe.to_json()} {example.known}\n".encode())
        return Examples(tuple(train), tuple(dev), digest.hexdigest(), source)


def part_of(examples: Examples, fraction: float, draw: int) -> Examples:
    """A share 0..1 of the intents to learn from, drawn by hash: a smaller share of the same draw lies within a larger.

    All rows of an intent stay together; dev is the same.
    """
    if not 0 < fraction <= 1:
        raise StudentError(f"a part of the data is above 0 and at most 1, not {fraction:g}")
    if fraction == 1:
        return examples
    intents = dict.fromkeys(example.intent for example in examples.train)
    drawn = sorted(intents, key=lambda intent: hashlib.sha256(f"{draw}:{intent}".encode("utf-8", "replace")).digest())
    kept = set(drawn[: round(fraction * len(drawn))])
    train = [example for example in examples.train if example.intent in kept]
    return Examples.of(train, examples.dev, f"{fraction:g} of {examples.source}, draw {draw}")


def read_examples(
    folder: Path | None = None, more: Sequence[Path] = (), limit: int | None = None, toolset: Toolset | None = None
) -> Examples:
    """The examples of a dataset's folder, or of the recorded answers, and of further files of a teacher's answers.

    Of those files the answers to new intents of the train split are taken, the first one to each. ``limit`` keeps the
    first so many to learn from. Raises a UserError for what cannot be read, and StudentError if too little is left.
    """
    toolset = toolset or default_toolset()
    found = list(_recorded(toolset) if folder is None else _dataset(folder, toolset))
    train, dev = ([example for kind, example in found if kind == split] for split in ("train", "dev"))
    known = {example.intent for example in train}
    for path in more:
        for answer in read_answer_file(path):
            key = normalise(answer.intent)
            if key not in known and split_of(key) == "train":
                known.add(key)
                train.append(example_of(answer, toolset))
    train = train[:limit]
    source = ", ".join(["the recorded answers" if folder is None else folder.name, *(path.name for path in more)])
    return Examples.of(train, dev, source)


def _recorded(toolset: Toolset) -> Iterator[tuple[str, Example]]:
    """All recorded answers to the intents of train, which average out a teacher's whims; the first to those of dev."""
    seen = set()
    for answer in sorted(recorded_answers(), key=lambda answer: answer.call):
        split, key = split_of(answer.intent), normalise(answer.intent)
        if split == "train" or (split == "dev" and key not in seen):
            seen.add(key)
            yield split, example_of(answer, toolset)


def example_of(answer: TeacherAnswer, toolset: Toolset) -> Example:
    """A teacher's answer, which says something of every tool, as an example."""
    return Example(normalise(answer.intent), answer.recipe, answer.rationale, (True,) * len(toolset.tools))


def _dataset(folder: Path, toolset: Toolset) -> Iterator[tuple[str, Example]]:
    with needs("data"):
        from goldenhour.dataset.folder import labelled, load_dataset  # noqa: PLC0415 - not part of the plain install
    dataset = load_dataset(folder)
    for split in ("train", "dev"):
        rows = dataset.split(split).select("intent_key", "recipe", "rationale", "exported")
        for intent, recipe, rationale, exported in rows.iter_rows():
            known = tuple(labelled(exported, tool.name) for tool in toolset.tools)
            yield split, Example(intent, Recipe.from_json(recipe, toolset), rationale or "", known)
