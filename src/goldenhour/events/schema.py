"""The tables of an event store, as its newest migration leaves them.

Ids are UUIDs (16 bytes in SQLite), times Unix milliseconds in UTC, hashes the 32 bytes of a SHA-256. Recipes are
content-addressed: a row of ``recipes`` for each different one, its parts in ``recipe_parts`` and ``parts``, so that an
answer is one short row however often it is shown. No foreign keys: an export may come before its answer.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Double, LargeBinary, MetaData, Table, Text, Uuid, false
from sqlalchemy.engine import Dialect


class IdBytes(LargeBinary):
    """A UUID as 16 bytes; SQLAlchemy's own type would take 32 characters in SQLite."""

    def bind_processor(self, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """To the database."""
        return lambda value: None if value is None else value.bytes

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ARG002
        """From the database."""
        return lambda value: None if value is None else UUID(bytes=value)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:  # noqa: ARG002
        """The type of a UUID in a condition: as in a row."""
        return self


class HashBytes(LargeBinary):
    """Bytes as they are; LargeBinary would wrap each one for SQLite, which takes longer than to write it."""

    def bind_processor(self, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """To the database."""
        return None


Id = IdBytes(16).with_variant(Uuid(), "postgresql")
Hash = HashBytes(32)

metadata = MetaData()

projects = Table(
    "projects",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, nullable=False),  # a salted hash of the name: ids.user_id
    Column("started_at", BigInteger, nullable=False),
    Column("media_kind", Text, nullable=False),  # photo or clip
    Column("arm", Text),
    Column("simulated", Boolean, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, nullable=False),
    Column("shown_at", BigInteger, nullable=False),
    Column("intent", Text, nullable=False),  # as typed, masked
    Column("intent_key", Text, nullable=False),  # its normalised form
    Column("recipe", Hash, nullable=False),
    Column("source_model", Text, nullable=False),
    Column("source_version", Text, nullable=False),
    Column("latency_ms", Double, nullable=False),
    Column("fallback", Boolean, nullable=False),
    Column("domain", Text),
    Column("repaired", Boolean, nullable=False, server_default=false()),
    Column("refused", Boolean, nullable=False, server_default=false()),
    Column("follow_up", Boolean, nullable=False, server_default=false()),
)

edits = Table(
    "edits",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, nullable=False),
    Column("answer_id", Id, nullable=False),
    Column("edited_at", BigInteger, nullable=False),
    Column("recipe", Hash, nullable=False),
)

exports = Table(
    "exports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, nullable=False),
    Column("answer_id", Id),  # null: made of no answer
    Column("exported_at", BigInteger, nullable=False),
    Column("recipe", Hash, nullable=False),
)

# which arm of which experiment really answered in a project
exposures = Table(
    "exposures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, nullable=False),
    Column("experiment", Text, nullable=False),
    Column("arm", Text, nullable=False),
    Column("exposed_at", BigInteger, nullable=False),
)

# definitions of experiments as they were first seen, and again with each change of their weights
experiments = Table(
    "experiments",
    metadata,
    Column("name", Text, primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("definition", Text, nullable=False),  # JSON
)

recipes = Table(
    "recipes",
    metadata,
    Column("hash", Hash, primary_key=True),  # Recipe.hash
    Column("toolset", Hash, nullable=False),  # Toolset.hash
)

recipe_parts = Table(
    "recipe_parts",
    metadata,
    Column("recipe", Hash, primary_key=True),
    Column("tool", Text, primary_key=True),
    Column("part", Hash, nullable=False),
)

parts = Table(
    "parts",
    metadata,
    Column("hash", Hash, primary_key=True),  # Recipe.part_hash
    Column("tool", Text, nullable=False),
    Column("data", Text),  # JSON; null where the tool is not used
)

# projects and users that were forgotten, so that an event that comes late or again does not bring them back
forgotten = Table(
    "forgotten",
    metadata,
    Column("id", Id, primary_key=True),
    Column("forgotten_at", BigInteger, nullable=False),
)

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

migrations = Table(
    "goldenhour_migrations",
    metadata,
    Column("name", Text, primary_key=True),
    Column("applied_at", BigInteger, nullable=False),
)

# what events write, in the order in which it is always written: two writers cannot wait for each other in a circle
EVENT_TABLES = (parts, recipe_parts, recipes, projects, answers, edits, exports, exposures)
WITH_RECIPES = (answers, edits, exports)
OF_A_PROJECT = (*WITH_RECIPES, exposures)
