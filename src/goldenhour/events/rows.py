"""Events as rows: what each one writes into which table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Table

from goldenhour.events import schema
from goldenhour.events.event import AnswerShown, Edited, Event, Exported, Exposed, ProjectStarted, to_milliseconds
from goldenhour.events.ids import user_id
from goldenhour.events.masking import mask
from goldenhour.tools.intent import check_intent, normalise
from goldenhour.tools.recipe import Recipe

Row = dict[str, Any]
Rows = dict[Table, dict[Any, Row]]  # of each table, by primary key


class _RecipeRows(NamedTuple):
    hash: bytes
    recipe: Row
    recipe_parts: tuple[Row, ...]
    parts: tuple[Row, ...]


def rows_of(events: Iterable[Event], salt: bytes) -> Rows:
    """The rows of events, each once; of two with the same id the first counts, as in the store."""
    rows: Rows = {table: {} for table in schema.EVENT_TABLES}
    for event in events:
        match event:
            case ProjectStarted():
                _add_project(rows, event, salt)
            case AnswerShown():
                _add_answer(rows, event)
            case Edited():
                row = _ids(event) | {"edited_at": to_milliseconds(event.edited_at)}
                rows[schema.edits].setdefault(event.id, row | {"recipe": _add_recipe(rows, event.recipe)})
            case Exported():
                row = _ids(event) | {"exported_at": to_milliseconds(event.exported_at)}
                rows[schema.exports].setdefault(event.id, row | {"recipe": _add_recipe(rows, event.recipe)})
            case Exposed():
                _add_exposure(rows, event)
    return rows


def _add_project(rows: Rows, event: ProjectStarted, salt: bytes) -> None:
    project = {
        "id": event.id,
        "user_id": user_id(event.user, salt),
        "started_at": to_milliseconds(event.started_at),
        "media_kind": event.media_kind,
        "arm": event.arm,
        "simulated": event.simulated,
    }
    rows[schema.projects].setdefault(event.id, project)


def _add_answer(rows: Rows, event: AnswerShown) -> None:
    intent = mask(check_intent(event.intent))
    answer = {
        "id": event.id,
        "project_id": event.project_id,
        "shown_at": to_milliseconds(event.shown_at),
        "intent": intent,
        "intent_key": normalise(intent),
        "recipe": _add_recipe(rows, event.recipe),
        "source_model": event.source_model,
        "source_version": event.source_version,
        "latency_ms": float(event.latency_ms),
        "fallback": event.fallback,
        "domain": event.domain,
        "repaired": event.repaired,
        "refused": event.refused,
        "follow_up": event.follow_up,
    }
    rows[schema.answers].setdefault(event.id, answer)


def _add_exposure(rows: Rows, event: Exposed) -> None:
    exposure = {
        "id": event.id,
        "project_id": event.project_id,
        "experiment": event.experiment,
        "arm": event.arm,
        "exposed_at": to_milliseconds(event.exposed_at),
    }
    rows[schema.exposures].setdefault(event.id, exposure)


def _ids(event: Edited | Exported) -> Row:
    return {"id": event.id, "project_id": event.project_id, "answer_id": event.answer_id}


def _add_recipe(rows: Rows, recipe: Recipe) -> bytes:
    made = _recipe_rows(recipe)
    if made.hash not in rows[schema.recipes]:
        rows[schema.recipes][made.hash] = made.recipe
        rows[schema.recipe_parts] |= {(made.hash, row["tool"]): row for row in made.recipe_parts}
        rows[schema.parts] |= {row["hash"]: row for row in made.parts}
    return made.hash


@lru_cache(4096)
def _recipe_rows(recipe: Recipe) -> _RecipeRows:
    key = bytes.fromhex(recipe.hash)
    hashes = {tool.name: bytes.fromhex(recipe.part_hash(tool.name)) for tool in recipe.toolset.tools}
    data = {tool: None if part is None else json.dumps(part) for tool, part in recipe.to_dict().items()}
    return _RecipeRows(
        key,
        {"hash": key, "toolset": bytes.fromhex(recipe.toolset.hash)},
        tuple({"recipe": key, "tool": tool, "part": part} for tool, part in hashes.items()),
        tuple({"hash": part, "tool": tool, "data": data[tool]} for tool, part in hashes.items()),
    )
