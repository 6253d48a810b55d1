"""The teacher's recorded answers that ship with the package: the default teacher where no LLM can be asked."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

from goldenhour.tools import Recipe


@dataclass(frozen=True)
class TeacherAnswer:
    """One answer of a teacher: the recipe as it was written, why, and the kind of intent (``domain``).

    ``call`` is 2 where an intent that has an answer was put to a second, independent teacher.
    """

    intent: str
    domain: str
    call: int
    recipe_data: dict[str, Any]
    rationale: str

    @cached_property
    def recipe(self) -> Recipe:
        """The validated recipe; on demand, since validating all recorded answers takes a second."""
        return Recipe.from_dict(self.recipe_data)


def read_answers(lines: Iterable[str]) -> Iterator[TeacherAnswer]:
    """Answers from JSON lines with intent, domain, call, recipe and rationale."""
    for line in lines:
        row = json.loads(line)
        yield TeacherAnswer(row["intent"], row["domain"], row["call"], row["recipe"], row["rationale"])


@cache
def recorded_answers() -> tuple[TeacherAnswer, ...]:
    """All recorded answers, in file order."""
    file = resources.files("goldenhour.teacher") / "recorded.jsonl.gz"
    return tuple(read_answers(gzip.decompress(file.read_bytes()).decode().splitlines()))
