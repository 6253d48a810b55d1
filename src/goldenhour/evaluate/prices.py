"""What the teacher's answers cost: the paper's reason to distil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goldenhour.evaluate.material import Row
from goldenhour.teacher.cost import Prices, Usage, estimated_usage
from goldenhour.teacher.request import Asking, Dialect, Question, body
from goldenhour.teacher.text_form import to_text
from goldenhour.tools import default_toolset

SAMPLE = 100  # rows; requests hardly differ in length


@dataclass(frozen=True)
class TeacherCost:
    """Mean tokens of a request and of its reply, estimated from their lengths, and dollars per 1,000 answers."""

    tokens_in: float
    tokens_out: float
    dollars: float


def teacher_cost(rows: Sequence[Row], prices: Prices) -> TeacherCost:
    """What an LLM charges for answering such rows, each by one request about all tools."""
    toolset = default_toolset()
    tools = tuple(tool.name for tool in toolset.tools)
    asked = rows[:SAMPLE]
    usage = Usage()
    for row in asked:
        request = body(Question(row.intent, tools, 1), Asking(), toolset, "", Dialect())
        usage += estimated_usage(request, row.answer.rationale + to_text(row.recipe))
    count = len(asked)
    return TeacherCost(usage.tokens_in / count, usage.tokens_out / count, 1_000 * prices.cost(usage) / count)
