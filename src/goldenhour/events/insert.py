"""Writing rows so that doing it twice is doing it once, on both databases."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from goldenhour.events import schema
from goldenhour.events.rows import Row, Rows


def insert_all(connection: Connection, rows: Rows) -> None:
    """The rows of each table, in one order of tables and keys, in which no two writers wait for each other."""
    for table in schema.EVENT_TABLES:
        insert(connection, table, [rows[table][key] for key in sorted(rows[table])])


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Rows whose key is there already are left out."""
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)
