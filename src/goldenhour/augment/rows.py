"""Neighbours as training rows: files of answers whose rows also name their parent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from goldenhour.augment.mistakes import AugmentError
from goldenhour.augment.refusals import Neighbour
from goldenhour.students.examples import Example
from goldenhour.tools import Recipe
from goldenhour.tools.whole_file import write_text

MODEL = "augmented"  # who is said to have answered, where the parent's answer is carried over


def answers_by_intent(rows: Iterable[Example]) -> dict[str, list[Example]]:
    """The examples of each intent, in their order."""
    found: dict[str, list[Example]] = {}
    for row in rows:
        found.setdefault(row.intent, []).append(row)
    return found


def with_parents_answer(neighbours: Sequence[Neighbour], answers: Mapping[str, Sequence[Example]]) -> list[Example]:
    """A row a neighbour: its intent with the first answer that its parent was given."""
    return [
        Example(neighbour.intent, first.recipe, first.rationale, first.known)
        for neighbour in neighbours
        for first in answers[neighbour.parent][:1]
    ]


def with_own_answers(neighbours: Sequence[Neighbour], answers: Mapping[str, Sequence[Example]]) -> list[Example]:
    """The rows of the neighbours that were answered themselves."""
    return [row for neighbour in neighbours for row in answers.get(neighbour.intent, ())]


def write_rows(path: Path, neighbours: Sequence[Neighbour], rows: Iterable[Example]) -> None:
    """Write rows as ``goldenhour train --more`` reads them, with the parent and the similarity to it beside each.

    Raises AugmentError where that fails.
    """
    by_intent = {neighbour.intent: neighbour for neighbour in neighbours}
    lines = []
    for row in rows:
        neighbour = by_intent[row.intent]
        data = {
            "intent": row.intent,
            "domain": "",
            "call": 1,
            "recipe": row.recipe.to_dict(),
            "rationale": row.rationale,
            "model": MODEL,
            "form": MODEL,
            "known": list(row.known),
            "parent": neighbour.parent,
            "similarity": neighbour.similarity,
        }
        lines.append(json.dumps(data, ensure_ascii=False) + "\n")
    write_text(path, "".join(lines), AugmentError)


def read_rows(path: Path) -> tuple[list[Neighbour], list[Example]]:
    """What ``write_rows`` wrote; raises AugmentError."""
    neighbours, rows = [], []
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            data = json.loads(line)
            recipe = Recipe.from_dict(data["recipe"])
            neighbours.append(Neighbour(data["intent"], data["parent"], data["similarity"]))
            rows.append(Example(data["intent"], recipe, data["rationale"], tuple(data["known"])))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AugmentError(f"the neighbours {path} are damaged: {error}; remove the file and repeat") from None
    return neighbours, rows
