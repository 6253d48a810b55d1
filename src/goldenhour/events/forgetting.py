"""Forgetting a user: everything of theirs is deleted, and what comes late or again does not bring it back.

For that the ids of forgotten projects, which are random, and of the user, which is a salted hash, are kept with the
time; a user who returns afterwards begins anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from uuid import UUID

from sqlalchemy import Connection, delete, except_, select

from goldenhour.events import schema
from goldenhour.events.insert import insert
from goldenhour.events.rows import Rows

IDS = 1000  # at once; SQLite takes 32,766 parameters


def forget_user(connection: Connection, user: UUID) -> dict[str, int]:
    """Delete a user's rows, and the recipes that nobody else was shown; how many rows went from each table."""
    now = time.time_ns() // 1_000_000
    theirs = connection.scalars(select(schema.projects.c.id).where(schema.projects.c.user_id == user)).all()
    deleted = delete_projects(connection, theirs, now)
    mark_forgotten(connection, {user: now})
    return deleted | sweep(connection)


def delete_projects(connection: Connection, projects: Sequence[UUID], now: int) -> dict[str, int]:
    """Delete projects and what belongs to them, and keep their ids with the time."""
    deleted = dict.fromkeys((table.name for table in (schema.projects, *schema.OF_A_PROJECT)), 0)
    for ids in _in_turns(projects):
        for table in schema.OF_A_PROJECT:
            deleted[table.name] += connection.execute(delete(table).where(table.c.project_id.in_(ids))).rowcount
        deleted["projects"] += connection.execute(delete(schema.projects).where(schema.projects.c.id.in_(ids))).rowcount
    mark_forgotten(connection, dict.fromkeys(projects, now))
    return deleted


def mark_forgotten(connection: Connection, times: Mapping[UUID, int]) -> None:
    """Keep that projects and users were forgotten, and when; the latest time counts."""
    known = _forgotten(connection, times)
    later = {key: at for key, at in times.items() if at > known.get(key, -1)}
    for ids in _in_turns(later):
        connection.execute(delete(schema.forgotten).where(schema.forgotten.c.id.in_(ids)))
        insert(connection, schema.forgotten, [{"id": key, "forgotten_at": later[key]} for key in ids])


def enforce_forgotten(connection: Connection) -> None:
    """Delete what the table of the forgotten names, after rows came into it from elsewhere."""
    projects, forgotten = schema.projects, schema.forgotten
    theirs = select(projects.c.id, forgotten.c.forgotten_at).join(forgotten, projects.c.user_id == forgotten.c.id)
    late = connection.execute(theirs.where(projects.c.started_at <= forgotten.c.forgotten_at)).all()
    mark_forgotten(connection, {row.id: row.forgotten_at for row in late})
    gone = select(forgotten.c.id)
    connection.execute(delete(projects).where(projects.c.id.in_(gone)))
    for table in schema.OF_A_PROJECT:
        connection.execute(delete(table).where(table.c.project_id.in_(gone)))
    sweep(connection)


def sweep(connection: Connection) -> dict[str, int]:
    """Delete the recipes that no answer, edit or export has, and the parts that no recipe has."""
    used = [select(table.c.recipe) for table in schema.WITH_RECIPES]
    unused = except_(select(schema.recipes.c.hash), *used)
    recipes = connection.execute(delete(schema.recipes).where(schema.recipes.c.hash.in_(unused))).rowcount
    lost = except_(select(schema.recipe_parts.c.recipe), select(schema.recipes.c.hash))
    connection.execute(delete(schema.recipe_parts).where(schema.recipe_parts.c.recipe.in_(lost)))
    alone = except_(select(schema.parts.c.hash), select(schema.recipe_parts.c.part))
    parts = connection.execute(delete(schema.parts).where(schema.parts.c.hash.in_(alone))).rowcount
    return {"recipes": recipes, "parts": parts}


def without_forgotten(connection: Connection, rows: Rows) -> Rows:
    """The rows less those of forgotten projects, and of projects that a user began before being forgotten."""
    if connection.scalar(select(schema.forgotten.c.id).limit(1)) is None:
        return rows
    projects = rows[schema.projects]
    users = _forgotten(connection, {row["user_id"] for row in projects.values()})
    late = [key for key, row in projects.items() if row["started_at"] <= users.get(row["user_id"], -1)]
    if late:  # what came of them before they did could not be known to be the user's
        delete_projects(connection, late, max(users.values()))
    ids = {*projects, *(row["project_id"] for table in schema.OF_A_PROJECT for row in rows[table].values())}
    gone = _forgotten(connection, ids)
    if not gone:
        return rows
    kept: Rows = {schema.projects: {key: row for key, row in projects.items() if key not in gone}}
    for table in schema.OF_A_PROJECT:
        kept[table] = {key: row for key, row in rows[table].items() if row["project_id"] not in gone}
    used = {row["recipe"] for table in schema.WITH_RECIPES for row in kept[table].values()}
    kept[schema.recipes] = {key: row for key, row in rows[schema.recipes].items() if key in used}
    kept[schema.recipe_parts] = {key: row for key, row in rows[schema.recipe_parts].items() if row["recipe"] in used}
    parts = {row["part"] for row in kept[schema.recipe_parts].values()}
    kept[schema.parts] = {key: row for key, row in rows[schema.parts].items() if key in parts}
    return kept


def _forgotten(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, int]:
    """When each of these was forgotten that was."""
    found: dict[UUID, int] = {}
    for some in _in_turns(ids):
        query = select(schema.forgotten.c.id, schema.forgotten.c.forgotten_at).where(schema.forgotten.c.id.in_(some))
        found |= {row.id: row.forgotten_at for row in connection.execute(query)}
    return found


def _in_turns(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(ids)
    while some := list(islice(remaining, IDS)):
        yield some
