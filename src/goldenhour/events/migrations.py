"""The schema of a store, step by step; a step that has shipped never changes, a change of the schema is a new step.

The names of the steps that a store has gone through stand in its table ``goldenhour_migrations``, with the time.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from sqlalchemy import Connection, inspect, select, text

from goldenhour.events import schema
from goldenhour.events.engine import StoreError

_LOCK = 0x676F6C64  # PostgreSQL's advisory lock of a store, "gold"; writers share it, migrations have it alone


def m001_tables(connection: Connection) -> None:
    """Projects, answers, edits, exports; recipes by content; what was forgotten; the salt of this store."""
    sqlite = connection.dialect.name == "sqlite"
    types = {"id": "BLOB", "hash": "BLOB"} if sqlite else {"id": "UUID", "hash": "BYTEA"}
    clustered = "WITHOUT ROWID" if sqlite else ""  # the rows lie in the tree of their keys
    for statement in _M001.split(";"):
        connection.exec_driver_sql(statement.format(**types, clustered=clustered))
    salt = secrets.token_hex(32)
    connection.execute(text("INSERT INTO meta VALUES ('salt', :salt)"), {"salt": salt})


_M001 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE projects (
    id {id} PRIMARY KEY, user_id {id} NOT NULL, started_at BIGINT NOT NULL,
    media_kind TEXT NOT NULL CHECK (media_kind IN ('photo', 'clip')), arm TEXT, simulated BOOLEAN NOT NULL
) {clustered};
CREATE INDEX projects_user_id ON projects (user_id);
CREATE TABLE answers (
    id {id} PRIMARY KEY, project_id {id} NOT NULL, shown_at BIGINT NOT NULL, intent TEXT NOT NULL,
    intent_key TEXT NOT NULL, recipe {hash} NOT NULL, source_model TEXT NOT NULL, source_version TEXT NOT NULL,
    latency_ms DOUBLE PRECISION NOT NULL, fallback BOOLEAN NOT NULL
) {clustered};
CREATE INDEX answers_project_id ON answers (project_id);
CREATE TABLE edits (
    id {id} PRIMARY KEY, project_id {id} NOT NULL, answer_id {id} NOT NULL, edited_at BIGINT NOT NULL,
    recipe {hash} NOT NULL
) {clustered};
CREATE INDEX edits_project_id ON edits (project_id);
CREATE TABLE exports (
    id {id} PRIMARY KEY, project_id {id} NOT NULL, answer_id {id} NOT NULL, exported_at BIGINT NOT NULL,
    recipe {hash} NOT NULL
) {clustered};
CREATE INDEX exports_project_id ON exports (project_id);
CREATE TABLE recipes (hash {hash} PRIMARY KEY, toolset {hash} NOT NULL) {clustered};
CREATE TABLE recipe_parts (
    recipe {hash} NOT NULL, tool TEXT NOT NULL, part {hash} NOT NULL, PRIMARY KEY (recipe, tool)
) {clustered};
CREATE TABLE parts (hash {hash} PRIMARY KEY, tool TEXT NOT NULL, data TEXT);
CREATE TABLE forgotten (id {id} PRIMARY KEY, forgotten_at BIGINT NOT NULL) {clustered}
"""


def m002_views(connection: Connection) -> None:
    """For reports: users, and what became of each tool's part in each export, as outcome.py defines it."""
    for statement in _M002.split(";"):
        connection.exec_driver_sql(statement)


_M002 = """
CREATE VIEW users AS
SELECT user_id AS id, MIN(started_at) AS first_seen, COUNT(*) AS projects FROM projects GROUP BY user_id;
CREATE VIEW export_outcomes AS
SELECT exports.id AS export_id, exports.answer_id, exports.project_id, shown.tool,
    CASE WHEN shown.part = final.part THEN 'kept' WHEN parts.data IS NULL THEN 'removed' ELSE 'changed' END AS outcome
FROM exports
JOIN answers ON answers.id = exports.answer_id AND answers.project_id = exports.project_id
JOIN recipe_parts AS shown ON shown.recipe = answers.recipe
JOIN recipe_parts AS final ON final.recipe = exports.recipe AND final.tool = shown.tool
JOIN parts ON parts.hash = final.part
"""


def m003_experiments(connection: Connection) -> None:
    """Experiments, and which arm answered; of an answer its domain, and what kind of answer it was."""
    sqlite = connection.dialect.name == "sqlite"
    words = {"id": "BLOB", "clustered": "WITHOUT ROWID"} if sqlite else {"id": "UUID", "clustered": ""}
    for statement in _M003.split(";"):
        connection.exec_driver_sql(statement.format(**words))


_M003 = """
ALTER TABLE answers ADD COLUMN domain TEXT;
ALTER TABLE answers ADD COLUMN repaired BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE answers ADD COLUMN refused BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE answers ADD COLUMN follow_up BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE exposures (
    id {id} PRIMARY KEY, project_id {id} NOT NULL, experiment TEXT NOT NULL, arm TEXT NOT NULL,
    exposed_at BIGINT NOT NULL
) {clustered};
CREATE INDEX exposures_project_id ON exposures (project_id);
CREATE TABLE experiments (
    name TEXT NOT NULL, since BIGINT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (name, since)
) {clustered}
"""


def m004_exports_without_answer(connection: Connection) -> None:
    """An export may be of no answer: its project was graded by hand, or by a recipe from elsewhere."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE exports ALTER COLUMN answer_id DROP NOT NULL")
        return
    for statement in _M004_SQLITE.split(";"):
        connection.exec_driver_sql(statement)


# SQLite takes no constraint back, so the table is made anew; views that miss it meanwhile, and people have their own,
# would forbid the renaming, but for the pragma
_M004_SQLITE = """
PRAGMA legacy_alter_table = ON;
CREATE TABLE exports_anew (
    id BLOB PRIMARY KEY, project_id BLOB NOT NULL, answer_id BLOB, exported_at BIGINT NOT NULL, recipe BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO exports_anew SELECT id, project_id, answer_id, exported_at, recipe FROM exports;
DROP TABLE exports;
ALTER TABLE exports_anew RENAME TO exports;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX exports_project_id ON exports (project_id)
"""

MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    m001_tables,
    m002_views,
    m003_experiments,
    m004_exports_without_answer,
)


def lock(connection: Connection, *, alone: bool) -> None:
    """In this transaction many may write, or one may change the schema or sweep. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({_LOCK})")


def is_current(connection: Connection, place: str) -> bool:
    """Whether the store has gone through every step; raises StoreError if it is newer, or no store at all."""
    tables = set(inspect(connection).get_table_names())
    if schema.migrations.name not in tables:
        if foreign := sorted(tables & schema.metadata.tables.keys()):
            raise StoreError(
                f"the store {place}: it has tables of something else ({', '.join(foreign)}); name a database of its own"
            )
        return False
    applied = set(connection.scalars(select(schema.migrations.c.name)))
    if newer := sorted(applied - {step.__name__ for step in MIGRATIONS}):
        raise StoreError(
            f"the store {place}: a newer Golden Hour made it ({', '.join(newer)}); update Golden Hour to open it"
        )
    return len(applied) == len(MIGRATIONS)


def migrate(connection: Connection, place: str) -> None:
    """The steps that are missing, in the transaction of a connection that writes; raises StoreError."""
    lock(connection, alone=True)
    if is_current(connection, place):  # another process was first
        return
    schema.migrations.create(connection, checkfirst=True)
    applied = set(connection.scalars(select(schema.migrations.c.name)))
    for step in MIGRATIONS:
        if step.__name__ not in applied:
            step(connection)
            row = {"name": step.__name__, "applied_at": time.time_ns() // 1_000_000}
            connection.execute(schema.migrations.insert(), row)
