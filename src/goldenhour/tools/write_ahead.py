"""SQLite's write-ahead log, switched on although other processes open the same new file."""

from __future__ import annotations

import sqlite3
import time


def write_ahead(connection: sqlite3.Connection, seconds: float) -> None:
    """Put the file in WAL mode; waits that long for others, since SQLite does not wait for the lock that this takes.

    Raises sqlite3.OperationalError if the file stays locked or cannot be written.
    """
    deadline = time.monotonic() + seconds
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
