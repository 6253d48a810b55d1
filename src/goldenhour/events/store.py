"""The event store: what was shown to whom and what became of it, in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from sqlalchemy import URL, Connection, Row, Select, select

from goldenhour.events import schema
from goldenhour.events.engine import StoreError, faults_told, make_engine, place_of, store_url
from goldenhour.events.event import Event
from goldenhour.events.forgetting import forget_user, without_forgotten
from goldenhour.events.ids import user_id
from goldenhour.events.insert import insert_all
from goldenhour.events.migrations import is_current, lock, migrate
from goldenhour.events.rows import rows_of
from goldenhour.events.summary import Counts, summarise
from goldenhour.tools.data_folder import data_folder

BATCH = 2_000  # events in a transaction


class Store:
    """An open event store; ``open_store`` makes one. Everything that fails in the database raises StoreError."""

    def __init__(self, url: URL):
        self._url = url
        self._engine = make_engine(url)
        self.place = place_of(url)
        try:
            with self.reading() as connection:
                current = is_current(connection, self.place)
            if not current:
                with self.writing(alone=True) as connection:
                    migrate(connection, self.place)
            with self.reading() as connection:
                salt = select(schema.meta.c.value).where(schema.meta.c.name == "salt")
                self.salt = bytes.fromhex(connection.scalars(salt).one())
        except BaseException:
            self.close()
            raise

    def write(self, events: Iterable[Event]) -> int:
        """Write events, in transactions of 2,000, and say how many there were.

        An event whose id the store has already is left as it is; so is a project that was forgotten. After an error
        every transaction before it is kept: writing the same events again writes what is missing.
        """
        remaining, count = iter(events), 0
        while batch := list(islice(remaining, BATCH)):
            rows = rows_of(batch, self.salt)
            with self.writing() as connection:
                insert_all(connection, without_forgotten(connection, rows))
            count += len(batch)
        return count

    def rows(self, query: Select[Any], batch: int = 10_000) -> Iterator[Row[Any]]:
        """The rows of a query over the tables of ``schema``, from one snapshot, ``batch`` of them in memory."""
        with self.reading() as connection:
            yield from connection.execution_options(yield_per=batch).execute(query)

    def counts(self) -> Counts:
        """What is in the store, in numbers."""
        with self.reading() as connection:
            return summarise(connection)

    def user_id(self, name: str) -> UUID:
        """The id that a user has in this store."""
        return user_id(name, self.salt)

    def forget(self, user: str) -> dict[str, int]:
        """Delete everything of a user, in one transaction; the number of rows deleted from each table.

        Recipes and parts that no one else was shown go too. What comes late or again of the user's projects is dropped.
        """
        with self.writing(alone=True) as connection:
            deleted = forget_user(connection, self.user_id(user))
        if self._engine.dialect.name == "sqlite":
            with faults_told(self._url), closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log still has the rows
        return deleted

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store, whatever others write meanwhile."""
        options: dict[str, Any] = {}
        if self._engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with (
            faults_told(self._url),
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """A connection with a transaction that is kept if nothing is raised."""
        with (
            faults_told(self._url),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            lock(connection, alone=alone)
            yield connection

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_store(url: str | None = None, *, create: bool = True) -> Store:
    """The store at a path or a postgresql:// URL, made or brought to the newest schema if need be.

    Without a URL it is ``events.sqlite`` in the user's data folder. ``create=False`` refuses a file that is not there.
    Raises StoreError.
    """
    parsed = store_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(str(parsed.database))
        if not create and not path.exists():
            raise StoreError(f"there is no store {path}; name one with --store, or write events first")
        if url is None:
            try:
                data_folder().mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"the folder {data_folder()} cannot be made: {error.strerror}") from None
    return Store(parsed)
