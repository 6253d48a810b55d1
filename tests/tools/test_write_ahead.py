"""Processes that open the same new database at the same moment."""

import sqlite3
import threading

import pytest

from goldenhour.tools.write_ahead import write_ahead


def test_a_file_that_another_is_writing_is_waited_for(tmp_path):
    path = tmp_path / "new.sqlite"
    other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    other.execute("CREATE TABLE t (x)")
    threading.Timer(0.2, other.commit).start()
    mine = sqlite3.connect(path, timeout=0.01, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        write_ahead(mine, 0)
    mine.execute("PRAGMA busy_timeout = 5000")
    write_ahead(mine, 5)
    assert mine.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    mine.close()
    other.close()


def test_a_lock_that_stays_is_an_error(tmp_path):
    other = sqlite3.connect(tmp_path / "new.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    mine = sqlite3.connect(tmp_path / "new.sqlite", timeout=0.01, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        write_ahead(mine, 0.05)
    mine.close()
    other.close()
