"""The database behind a store: its URL, its connections, and what goes wrong there as one sentence without secrets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from goldenhour.tools.data_folder import data_folder
from goldenhour.tools.errors import UserError
from goldenhour.tools.write_ahead import write_ahead

BUSY_SECONDS = 30  # how long to wait for another writer
CONNECT_SECONDS = 10
PRAGMAS = (
    "synchronous = NORMAL",  # with WAL: whole after a crash of the machine, complete after one of the process
    "secure_delete = ON",  # what is deleted is overwritten, not just unlinked
    "cache_size = -65536",  # KiB
)
EXAMPLE = "a file's path, or postgresql://user:password@host/database"

_SQLITE_FAULTS = {
    "SQLITE_FULL": "the disk is full; free some space and run it again",
    "SQLITE_BUSY": "another process has locked it; wait until that is done and run it again",
    "SQLITE_LOCKED": "another process has locked it; wait until that is done and run it again",
    "SQLITE_CANTOPEN": "it cannot be opened; its folder must exist and be writable",
    "SQLITE_READONLY": "it cannot be written; allow writing to the file and its folder",
    "SQLITE_PERM": "it cannot be written; allow writing to the file and its folder",
    "SQLITE_NOTADB": "it is not a SQLite database; name another file",
    "SQLITE_CORRUPT": "it is damaged; restore it from a copy, or from an export by `goldenhour events import`",
    "SQLITE_IOERR": "the disk failed to read or write it; check the disk and run it again",
}
_POSTGRESQL_FAULTS = {  # by SQLSTATE or its class; PostgreSQL's manual, appendix A
    "28": "the user or the password is wrong",
    "3D": "there is no such database; create it first",
    "42501": "the user may not create or write tables there; grant it",
    "53100": "the server's disk is full; free some space and run it again",
    "53": "the server is short of memory or connections; try again later",
    "25006": "the server accepts no writing; name the primary server",
    "57": "the server shut down or ended the work; run it again",
    "08": "the connection broke; run it again",
    "40": "other writers were in the way; run it again",
}


class StoreError(UserError):
    """A store that cannot be opened, read or written; one sentence that names it, never with its password."""


def store_url(text: str | None) -> URL:
    """The URL of a store; without text, the SQLite file in the user's data folder. Raises StoreError."""
    if text is None or "://" not in text:
        path = data_folder() / "events.sqlite" if text is None else Path(text).expanduser()
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError):  # a port that is no number; the text may have a password, so it is not shown
        raise StoreError(f"the store's URL cannot be understood; write {EXAMPLE}") from None
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return URL.create("sqlite", database=url.database)
    raise StoreError(f"a store is {EXAMPLE}, not {backend}://")


def place_of(url: URL) -> str:
    """The store for a sentence: its path, or its URL without password and options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


def make_engine(url: URL) -> Engine:
    """Connections to the store; nothing is connected yet."""
    if url.get_backend_name() == "sqlite":
        # hide_parameters: an error's text must not show what users typed
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    # pre-ping: a server that was restarted meanwhile is no error
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=options)


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # _begin_sqlite begins; the driver would only at the first write
    write_ahead(connection, BUSY_SECONDS)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Writers wait for each other at the start: one that began to read could not become one that writes."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def faults_told(url: URL) -> Iterator[None]:
    """Turns what goes wrong in the database, and is not a fault of the program, into a StoreError."""
    try:
        yield
    except IntegrityError as error:  # a fault of the program; PostgreSQL's further lines have what users typed
        raise RuntimeError(f"the store refused a row: {str(error.orig).partition(chr(10))[0]}") from None
    except DBAPIError as error:
        if (reason := _reason(error.orig, url)) is None:
            raise
        raise StoreError(f"the store {place_of(url)}: {reason}") from None
    except sqlite3.Error as error:  # from _prepare_sqlite
        if (reason := _reason(error, url)) is None:
            raise
        raise StoreError(f"the store {place_of(url)}: {reason}") from None


def _reason(error: BaseException | None, url: URL) -> str | None:
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "")
        return next((reason for start, reason in _SQLITE_FAULTS.items() if name.startswith(start)), None)
    code = getattr(error, "sqlstate", None) or ""
    for start in (code, code[:2]):
        if start in _POSTGRESQL_FAULTS:
            return _POSTGRESQL_FAULTS[start]
    if code or type(error).__name__ not in ("OperationalError", "ConnectionTimeout"):
        return None
    first = str(error).strip().partition("\n")[0]  # no connection: the driver knows why
    if url.password:
        first = first.replace(str(url.password), "***")
    return f"no connection ({first}); check the URL and that the server runs"
