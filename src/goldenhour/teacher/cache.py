"""Replies that were paid for, kept in an SQLite file, so that nothing is asked twice and a stopped run goes on."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from goldenhour.teacher.errors import TeacherError
from goldenhour.tools.write_ahead import write_ahead

VERSION = 1
WAIT = 30  # seconds for another process that writes


class ReplyCache:
    """Good replies by the key of their request. Safe with several processes; what ``put`` returned from is kept."""

    def __init__(self, path: Path):
        self.path = path
        with self._sentences():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
        try:
            with self._sentences():
                self._prepare()
        except BaseException:
            self._file.close()
            raise

    def _prepare(self) -> None:
        version = self._file.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise TeacherError(f"the cache {self.path} is of a newer Golden Hour; upgrade, or choose another --cache")
        # WAL: readers do not wait for the writer; and every commit is on the disk, since replies cost money
        write_ahead(self._file, WAIT)
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS replies"
            " (key TEXT PRIMARY KEY, reply TEXT NOT NULL, model TEXT NOT NULL, asked_at REAL NOT NULL) WITHOUT ROWID"
        )
        if version < VERSION:
            self._file.execute(f"PRAGMA user_version = {VERSION}")

    def get(self, key: str) -> Any:
        """The reply to a request, or None."""
        with self._sentences():
            row = self._file.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        try:
            return json.loads(row[0]) if row else None
        except ValueError:
            return None  # damaged: it is asked again

    def put(self, key: str, reply: Any, model: str) -> None:
        """Keep a good reply, in place of an older one to the same request."""
        row = (key, json.dumps(reply), model, time.time())
        with self._sentences():
            self._file.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?)", row)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise TeacherError(
                f"the cache {self.path} cannot be used: {error}; make room, or choose another file with --cache"
            ) from None
