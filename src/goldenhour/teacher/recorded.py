"""The teacher's recorded answers that ship with the package: the default teacher where no LLM can be asked."""

from __future__ import annotations

import gzip
from functools import cache
from importlib import resources

from goldenhour.teacher.answers import TeacherAnswer, read_answers

__all__ = ["TeacherAnswer", "read_answers", "recorded_answers"]


@cache
def recorded_answers() -> tuple[TeacherAnswer, ...]:
    """All recorded answers, in file order."""
    file = resources.files("goldenhour.teacher") / "recorded.jsonl.gz"
    return tuple(read_answers(gzip.decompress(file.read_bytes()).decode().splitlines()))
