"""From the event store: how often each answer was shown for an intent, and how often it was exported.

All grouping is done by the database and by Polars, column by column; nothing loops over answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import Connection, Select, func, select

from goldenhour.events import schema

_BATCH = 100_000  # rows that are in Python's hands at once


@dataclass(frozen=True)
class Observed:
    """Counts of a store, as data frames with the columns named.

    ``answers``: intent_key, recipe, shown, exported with every part unchanged. ``parts``: intent_key, tool, part,
    shown, exported with that part unchanged. ``intents``: intent_key, intent. ``recipes``: recipe, tool, part, data
    (JSON, null where the tool is not used). ``users``: the pseudonyms of those whose answers are counted.
    ``simulated``: whether any of the projects was.
    """

    answers: pl.DataFrame
    parts: pl.DataFrame
    intents: pl.DataFrame
    recipes: pl.DataFrame
    users: list[UUID]
    simulated: bool


def observe(connection: Connection, toolset_hash: str) -> Observed:
    """Count the answers in one toolset; of several exports of one answer the last counts, as one.

    Answers whose project is not known (yet) are left out: nobody could ask for them to be forgotten. So are follow-ups,
    which answer more than their words.
    """
    shown = _read(connection, _shown(toolset_hash), {"intent_key": pl.String, "recipe": pl.Binary, "shown": pl.Int64})
    exported = _read(
        connection,
        _exported(toolset_hash),
        {"intent_key": pl.String, "recipe": pl.Binary, "final": pl.Binary, "exported": pl.Int64},
    )
    recipes = _read(
        connection,
        select(schema.recipe_parts, schema.parts.c.data)
        .join(schema.parts, schema.parts.c.hash == schema.recipe_parts.c.part)
        .join(schema.recipes, schema.recipes.c.hash == schema.recipe_parts.c.recipe)
        .where(schema.recipes.c.toolset == bytes.fromhex(toolset_hash)),
        {"recipe": pl.Binary, "tool": pl.String, "part": pl.Binary, "data": pl.String},
    )
    projects = (
        select(schema.projects.c.user_id, schema.projects.c.simulated)
        .join(schema.answers, schema.answers.c.project_id == schema.projects.c.id)
        .where(~schema.answers.c.follow_up)
    )
    users = connection.execute(projects.distinct()).all()
    return Observed(
        answers=_with_exports(shown, exported.filter(pl.col("recipe") == pl.col("final")), ["intent_key", "recipe"]),
        parts=_of_parts(shown, exported, recipes.select("recipe", "tool", "part")),
        intents=_read(connection, _intents(), {"intent_key": pl.String, "intent": pl.String}),
        recipes=recipes,
        users=sorted({user for user, _ in users}),
        simulated=any(simulated for _, simulated in users),
    )


def _shown(toolset_hash: str) -> Select[Any]:
    answers, recipes = schema.answers, schema.recipes
    return (
        select(answers.c.intent_key, answers.c.recipe, func.count().label("shown"))
        .join(recipes, recipes.c.hash == answers.c.recipe)
        .join(schema.projects, schema.projects.c.id == answers.c.project_id)
        .where(recipes.c.toolset == bytes.fromhex(toolset_hash), ~answers.c.follow_up)
        .group_by(answers.c.intent_key, answers.c.recipe)
    )


def _exported(toolset_hash: str) -> Select[Any]:
    """What was shown, what became of it, and how often."""
    answers, recipes, exports = schema.answers, schema.recipes, schema.exports
    latest = func.row_number().over(
        partition_by=exports.c.answer_id, order_by=(exports.c.exported_at.desc(), exports.c.id.desc())
    )
    of_answers = exports.c.answer_id.is_not(None)
    last = select(exports.c.answer_id, exports.c.recipe, latest.label("place")).where(of_answers).subquery()
    return (
        select(answers.c.intent_key, answers.c.recipe, last.c.recipe.label("final"), func.count().label("exported"))
        .join(last, last.c.answer_id == answers.c.id)
        .join(recipes, recipes.c.hash == answers.c.recipe)
        .join(schema.projects, schema.projects.c.id == answers.c.project_id)
        .where(recipes.c.toolset == bytes.fromhex(toolset_hash), last.c.place == 1, ~answers.c.follow_up)
        .group_by(answers.c.intent_key, answers.c.recipe, last.c.recipe)
    )


def _intents() -> Select[Any]:
    """One way, always the same, in which each intent was typed."""
    answers = schema.answers
    typed = select(answers.c.intent_key, func.min(answers.c.intent).label("intent"))
    return typed.where(~answers.c.follow_up).group_by(answers.c.intent_key)


def _of_parts(shown: pl.DataFrame, exported: pl.DataFrame, recipes: pl.DataFrame) -> pl.DataFrame:
    key = ["intent_key", "tool", "part"]
    of_shown = shown.join(recipes, on="recipe").group_by(key).agg(pl.col("shown").sum())
    final = recipes.rename({"recipe": "final", "part": "final_part"})
    kept = (
        exported.join(recipes, on="recipe")
        .join(final, on=["final", "tool"])
        .filter(pl.col("part") == pl.col("final_part"))
    )
    return _with_exports(of_shown, kept, key)


def _with_exports(shown: pl.DataFrame, exported: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    counts = exported.group_by(key).agg(pl.col("exported").sum())
    return shown.join(counts, on=key, how="left").with_columns(pl.col("exported").fill_null(0))


def _read(connection: Connection, query: Select[Any], columns: dict[str, Any]) -> pl.DataFrame:
    """The rows of a query with the names and types of ``columns``, fetched in batches."""
    result = connection.execution_options(stream_results=True, yield_per=_BATCH).execute(query)
    batches = [pl.DataFrame(rows, schema=columns, orient="row") for rows in result.partitions(_BATCH)]
    return pl.concat(batches) if batches else pl.DataFrame(schema=columns)
