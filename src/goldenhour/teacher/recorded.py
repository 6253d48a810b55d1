"""The teacher's recorded answers that ship with the package: the default teacher where no LLM can be asked."""

from __future__ import annotations

import gzip
from functools import cache
from importlib import resources

from goldenhour.teacher.answers import TeacherAnswer, read_answers
from goldenhour.tools.intent import normalise

__all__ = ["TeacherAnswer", "one_answer_each", "read_answers", "recorded_answers"]


@cache
def recorded_answers() -> tuple[TeacherAnswer, ...]:
    """All recorded answers, in file order."""
    file = resources.files("goldenhour.teacher") / "recorded.jsonl.gz"
    return tuple(read_answers(gzip.decompress(file.read_bytes()).decode().splitlines()))


def one_answer_each() -> list[TeacherAnswer]:
    """The recorded answer to each intent that is taken for right: that of the lowest call."""
    by_intent: dict[str, TeacherAnswer] = {}
    for answer in sorted(recorded_answers(), key=lambda answer: answer.call):
        by_intent.setdefault(normalise(answer.intent), answer)
    return list(by_intent.values())
