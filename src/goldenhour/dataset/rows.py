"""The rows of a dataset: one an intent, with its chosen answer, from the event store or from the recorded answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from goldenhour.dataset.estimate import Estimator
from goldenhour.dataset.observed import Observed
from goldenhour.dataset.select import Selection, select_answers
from goldenhour.teacher.recorded import TeacherAnswer
from goldenhour.tools import Toolset, normalise
from goldenhour.tools.intent import split_of


def row_schema(toolset: Toolset) -> dict[str, Any]:
    """The columns of a dataset.

    ``recipe`` and each of ``alternatives`` (other answers to the intent) are JSON. ``shown`` and ``exported`` say for
    each tool how often its chosen part was; they are null where nobody was asked, as for recorded answers. A tool of
    which nothing was ever exported has 0 there and null in the recipe, which is then no label.
    """
    counts = pl.Struct({tool.name: pl.Int64() for tool in toolset.tools})
    text = pl.String()
    return {
        "id": text,
        "split": text,
        "intent": text,
        "intent_key": text,
        "domain": text,
        "recipe": text,
        "rationale": text,
        "alternatives": pl.List(pl.String()),
        "shown": counts,
        "exported": counts,
    }


def rows_from_recorded(answers: Iterable[TeacherAnswer], toolset: Toolset) -> pl.DataFrame:
    """Of several answers to an intent the first one with the lowest ``call`` is chosen; the others are alternatives."""
    by_intent: dict[str, list[TeacherAnswer]] = {}
    for answer in answers:
        by_intent.setdefault(normalise(answer.intent), []).append(answer)
    rows = []
    for key, found in by_intent.items():
        chosen, *others = sorted(found, key=lambda answer: answer.call)
        recipe = chosen.recipe.to_json()
        rows.append(
            {
                "intent": chosen.intent,
                "intent_key": key,
                "domain": chosen.domain,
                "recipe": recipe,
                "rationale": chosen.rationale,
                "alternatives": [other.recipe.to_json() for other in others],
            }
        )
    return _finished(rows, toolset)


def rows_from_store(
    observed: Observed,
    selection: Selection,
    estimator: Estimator,
    toolset: Toolset,
    domains: Mapping[str, str],
) -> pl.DataFrame:
    """The best-exported answer to each intent that has one; ``domains`` of known intents by their normalised form."""
    chosen = select_answers(observed, selection, estimator)
    parts = chosen.group_by("intent_key", maintain_order=True).agg("tool", "data", "shown", "exported")
    rows = []
    for intent_key, intent, tools, data, shown, exported in (
        parts.join(observed.intents, on="intent_key")
        .select("intent_key", "intent", "tool", "data", "shown", "exported")
        .iter_rows()
    ):
        found = {tool: json.loads(part) for tool, part in zip(tools, data, strict=True) if part is not None}
        rows.append(
            {
                "intent": intent,
                "intent_key": intent_key,
                "domain": domains.get(intent_key),
                "recipe": json.dumps({tool.name: found.get(tool.name) for tool in toolset.tools}),
                "alternatives": [],
                "shown": _by_tool(tools, shown, toolset),
                "exported": _by_tool(tools, exported, toolset),
            }
        )
    return _finished(rows, toolset)


def _by_tool(tools: list[str], counts: list[int], toolset: Toolset) -> dict[str, int]:
    return {tool.name: 0 for tool in toolset.tools} | dict(zip(tools, counts, strict=True))


def _finished(rows: list[dict[str, Any]], toolset: Toolset) -> pl.DataFrame:
    """With ids and splits, in the order of the intents' normalised form."""
    for row in rows:
        row["split"] = split_of(row["intent_key"])
        row["id"] = hashlib.sha256(f"{row['intent_key']}\0{row['recipe']}".encode()).hexdigest()[:16]
    return pl.DataFrame(rows, schema=row_schema(toolset)).sort("intent_key")
