"""Whatever is wrong with a database is one sentence, never with its password, and nothing that was written is lost."""

import os
import pwd
import re
import sqlite3
import traceback
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from happenings import WARM, contents, days, visit
from postgresql import PASSWORD
from sqlalchemy import make_url, text

from goldenhour.events import StoreError, engine, open_store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.sqlite"


@pytest.fixture
def as_nobody(tmp_path):
    """The test's folder is closed; root may write anywhere, so for a while it is not root."""
    tmp_path.chmod(0o555)
    if os.geteuid() == 0:
        for folder in list(tmp_path.parents)[:3]:  # pytest's
            if folder != Path("/tmp"):
                folder.chmod(folder.stat().st_mode | 0o055)
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    yield
    if os.getuid() == 0:
        os.seteuid(0)
    tmp_path.chmod(0o755)


def sentence_of(url: str, sentence: str) -> str:
    """The error that opening a store and writing to it gives."""
    with pytest.raises(StoreError, match=sentence) as caught, open_store(url) as store:
        store.write(visit("jane", WARM))
    assert "\n" not in str(caught.value)
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "postgresql://jane:geheim@host:port/db",
            "the store's URL cannot be understood; write a file's path, or postg",
        ),
        ("://geheim", "the store's URL cannot be understood"),
        ("mysql://jane:geheim@host/db", "a store is a file's path, or .*, not mysql://"),
        ("sqlite://", "a store is a file's path"),
        ("sqlite:///:memory:", "a store is a file's path"),
        (
            "postgresql://jane:geheim@127.0.0.1:1/db",
            r"the store postgresql://jane:\*\*\*@127.0.0.1:1/db: no connection",
        ),
        (
            "postgres://jane:geheim@127.0.0.1:1/db?sslkey=geheim",
            "no connection .*; check the URL and that the server r",
        ),
        (
            "postgresql://jane@127.0.0.1:1/db?password=geheim",
            "the store postgresql://jane@127.0.0.1:1/db: no connection",
        ),
    ],
)
def test_a_url_that_leads_nowhere(url, sentence):
    assert "geheim" not in sentence_of(url, sentence)


def test_a_wrong_password_is_said_but_not_shown(new_postgresql):
    url = make_url(new_postgresql()).set(password="geheimer %/@")
    shown = sentence_of(url.render_as_string(hide_password=False), "the user or the password is wrong|no connection")
    assert "geheimer" not in shown
    assert "password authentication failed" in shown or "the password is wrong" in shown


def test_a_database_that_is_not_there(new_postgresql):
    url = make_url(new_postgresql()).set(database="nowhere").render_as_string(hide_password=False)
    shown = sentence_of(url, 'there is no such database|database "nowhere" does not exist')
    assert not re.search(re.escape(PASSWORD), shown)


def test_a_role_that_may_not_make_tables(new_postgresql):
    url = new_postgresql()
    with open_store(new_postgresql()) as store, store.writing() as connection:
        connection.execute(text("CREATE ROLE guest LOGIN PASSWORD 'guest'"))
    guest = (
        make_url(url)
        .set(username="guest", password="guest")
        .difference_update_query(["options"])
        .render_as_string(hide_password=False)
    )
    sentence_of(guest, "the user may not create or write tables there; grant it")


def test_a_server_that_was_restarted_meanwhile_is_found_again(new_postgresql):
    with open_store(new_postgresql()) as store:
        store.write(visit("jane", WARM))
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        with pytest.raises(StoreError, match="the server shut down or ended the work; run it again"):  # noqa: SIM117
            with store.writing() as connection:
                connection.execute(text(ended))
        store.write(visit("john", WARM))
        assert store.counts().users == 2


def test_a_store_in_a_folder_that_is_not_there(tmp_path):
    sentence_of(str(tmp_path / "none" / "events.sqlite"), "it cannot be opened; its folder must exist and be writable")


def test_a_folder_where_the_store_should_be(tmp_path):
    sentence_of(str(tmp_path), "it cannot be opened")


def test_a_data_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GOLDENHOUR_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(StoreError, match=r"the folder .*data cannot be made: Not a directory"):
        open_store()


def test_a_folder_that_is_closed(tmp_path, as_nobody):
    sentence_of(str(tmp_path / "events.sqlite"), "it cannot be opened; its folder must exist and be writable")


def test_a_file_that_is_closed(path, request):
    with open_store(str(path)) as store:
        store.write(visit("jane", WARM))
    path.chmod(0o444)
    request.getfixturevalue("as_nobody")
    sentence_of(str(path), "it cannot be (written|opened)")


def test_a_file_of_something_else(path):
    path.write_text("Dear diary, " * 500)
    sentence_of(str(path), "it is not a SQLite database; name another file")
    assert path.read_text() == "Dear diary, " * 500


def test_a_damaged_file(path):
    with open_store(str(path)) as store:
        store.write(days(300))
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\xff" * (len(data) - 4096 * 2)
    path.write_bytes(data)
    sentence_of(str(path), "it is damaged; restore it from a copy, or from an export")


def test_a_full_disk_keeps_what_was_written_and_going_on_completes_it(path, tmp_path, monkeypatch):
    with open_store(str(tmp_path / "whole.sqlite")) as whole:
        whole.write(days(3000))
        expected = contents(whole)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "PRAGMAS", (*engine.PRAGMAS, "max_page_count = 150"))
        sentence = r"events.sqlite: the disk is full; free some space and run it again"
        with open_store(str(path)) as store, pytest.raises(StoreError, match=sentence):
            store.write(days(3000))
    with open_store(str(path)) as store:
        assert 0 < store.counts().projects < 3000
        store.write(days(3000))
        assert contents(store) == with_users_of(store, expected)


def with_users_of(store, expected):
    """Contents of another store, whose users have other ids: in the order of their first projects."""
    ours = {row[0]: row[1] for row in contents(store)["projects"]}
    return expected | {"projects": [(row[0], ours[row[0]], *row[2:]) for row in expected["projects"]]}


def test_a_store_that_another_process_has_locked(path, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    with open_store(str(path)) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process has locked it; wait until that is done"):
            store.write(visit("jane", WARM))
        assert store.counts().projects == 0  # reading goes on
        other.execute("ROLLBACK")
        store.write(visit("jane", WARM))


def test_what_users_typed_is_not_even_in_faults_of_the_program(store, monkeypatch):
    monkeypatch.setattr("goldenhour.events.rows.normalise", lambda intent: None)
    with pytest.raises(RuntimeError, match="intent_key") as caught:
        store.write(visit("jane", WARM))
    assert "Golden" not in "".join(traceback.format_exception(caught.value))


def test_faults_of_the_program_are_not_dressed_up(store):
    with pytest.raises(Exception, match="nothing") as caught, store.reading() as connection:
        connection.execute(text("SELECT nothing FROM answers"))
    assert not isinstance(caught.value, StoreError)


def test_a_postgresql_error_that_is_not_known_stays_as_it_is(new_postgresql):
    with (
        open_store(new_postgresql()) as store,
        pytest.raises(Exception, match="division by zero") as caught,
        store.reading() as connection,
    ):
        connection.execute(text("SELECT 1 / 0"))
    assert isinstance(caught.value.orig, psycopg.errors.DivisionByZero)
