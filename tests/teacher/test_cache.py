import sqlite3
import subprocess
import sys

import pytest

from goldenhour.teacher.cache import VERSION, ReplyCache
from goldenhour.teacher.errors import TeacherError


def test_what_was_put_is_got_in_this_process_and_the_next(tmp_path):
    path = tmp_path / "new" / "cache.sqlite"
    reply = {"message": {"content": "lone \ud83d surrogate, “quotes”"}, "usage": None}
    with ReplyCache(path) as cache:
        assert cache.get("a") is None
        cache.put("a", reply, "m")
        assert cache.get("a") == reply
    with ReplyCache(path) as cache:
        assert cache.get("a") == reply
        cache.put("a", {}, "m")
        assert cache.get("a") == {}


def test_a_damaged_reply_counts_as_none(tmp_path):
    with ReplyCache(tmp_path / "c") as cache:
        cache.put("a", {}, "m")
    with sqlite3.connect(tmp_path / "c") as file:
        file.execute("UPDATE replies SET reply = '{'")
    file.close()
    with ReplyCache(tmp_path / "c") as cache:
        assert cache.get("a") is None


def test_it_is_a_write_ahead_log_with_a_version(tmp_path):
    ReplyCache(tmp_path / "c").close()
    file = sqlite3.connect(tmp_path / "c")
    assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert file.execute("PRAGMA user_version").fetchone() == (VERSION,)
    file.execute(f"PRAGMA user_version = {VERSION + 1}")
    file.close()
    with pytest.raises(TeacherError, match="newer Golden Hour"):
        ReplyCache(tmp_path / "c")


def test_what_cannot_be_a_cache_gets_a_sentence(tmp_path):
    (tmp_path / "text").write_text("these are words, and many of them" * 100)
    (tmp_path / "folder").mkdir()
    for name in ("text", "folder", "text/cache"):
        with pytest.raises(TeacherError, match="choose another file with --cache"):
            ReplyCache(tmp_path / name)


def test_a_full_disk_gets_a_sentence_and_what_was_put_before_stays(tmp_path):
    with ReplyCache(tmp_path / "c") as cache:
        cache.put("a", {}, "m")
        cache._file.execute("PRAGMA max_page_count = 4")  # SQLite's own way to run out of room
        with pytest.raises(TeacherError, match=r"full.*make room"):
            cache.put("b", "x" * 100_000, "m")
        assert cache.get("a") == {}


WRITER = """
import sys
from pathlib import Path
from goldenhour.teacher.cache import ReplyCache
with ReplyCache(Path(sys.argv[1])) as cache:
    for number in range(40):
        cache.put(f"{sys.argv[2]} {number}", {"from": sys.argv[2]}, "m")
"""


def test_several_processes_write_at_once(tmp_path):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, tmp_path / "c", name]) for name in ("one", "other")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with ReplyCache(tmp_path / "c") as cache:
        for name in ("one", "other"):
            assert all(cache.get(f"{name} {number}") == {"from": name} for number in range(40))
