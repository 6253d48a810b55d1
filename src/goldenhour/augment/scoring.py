"""A student's scores on rows, as they are kept in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from goldenhour.metrics import paper_scores
from goldenhour.students import Student
from goldenhour.students.examples import Example


def scored(student: Student, rows: Sequence[Example]) -> dict[str, Any]:
    """The overall score of the student's answers to rows, and the scores of each tool."""
    answers = student.predict([row.intent for row in rows])
    known = np.array([row.known for row in rows], dtype=bool)
    scores = paper_scores([answer.recipe for answer in answers], [row.recipe for row in rows], known=known)
    return {"overall": scores.overall, "tools": {name: asdict(tool) for name, tool in scores.tools.items()}}
