"""Events on their way to the store: none is lost while there is room, and none slows an answer."""

import sqlite3
import time
from datetime import UTC, datetime

import pytest
from servers import wait_until

from goldenhour.events import ProjectStarted, engine, new_id, open_store
from goldenhour.serve.event_queue import EventQueue
from goldenhour.serve.metrics import Metrics


def project(user="ada"):
    return ProjectStarted(new_id(), user, datetime.now(UTC), "photo")


@pytest.fixture
def place(tmp_path):
    return tmp_path / "events.sqlite"


@pytest.fixture
def queue(place):
    queues = []

    def make(most=1000, wrap=lambda store: store):
        queue = EventQueue(wrap(open_store(str(place))), most, Metrics())
        queues.append(queue)
        return queue

    return make


def projects(place):
    with open_store(str(place)) as store:
        return store.counts().projects


def test_what_is_noted_is_written_soon(queue, place):
    one = queue()
    one.start()
    for _ in range(2_500):
        one.note(project())
    wait_until(lambda: len(one) == 0)
    one.stop(5)
    assert projects(place) == 1_000  # those there was room for


def test_stopping_writes_what_is_there(queue, place):
    one = queue()
    one.start()
    for _ in range(300):
        one.note(project())
    one.stop(5)
    assert projects(place) == 300


def test_a_store_whose_disk_was_full_gets_everything_in_the_end(queue, place, monkeypatch, caplog):
    small = (*engine.PRAGMAS, "max_page_count = 60")  # what SQLite takes for a full disk
    monkeypatch.setattr(engine, "PRAGMAS", small)
    one = queue(most=5_000)
    one.start()
    for number in range(2_000):
        one.note(project(f"user {number}"))
    wait_until(lambda: any("the disk is full" in record.message for record in caplog.records))
    assert len(one) > 0
    monkeypatch.undo()  # somebody frees some space
    one._store._engine.dispose()
    wait_until(lambda: len(one) == 0)
    one.stop(5)
    assert projects(place) == 2_000


@pytest.fixture
def locked(place, monkeypatch):
    """Lock the store as another process does; what is returned unlocks it."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    blockers = []

    def lock():
        blockers.append(sqlite3.connect(place, isolation_level=None))
        blockers[-1].execute("BEGIN IMMEDIATE")
        return blockers[-1].rollback

    yield lock
    for blocker in blockers:
        blocker.close()


def test_a_store_that_another_process_has_locked_is_waited_for_by_nobody_else(queue, place, locked):
    one = queue()
    unlock = locked()
    one.start()
    began = time.monotonic()
    for _ in range(20):
        one.note(project())
    assert time.monotonic() - began < 0.5
    time.sleep(0.3)
    assert len(one) == 20
    unlock()
    wait_until(lambda: len(one) == 0)
    one.stop(5)
    assert projects(place) == 20


def test_what_there_is_no_room_for_is_dropped_counted_and_logged(queue, place, locked, caplog):
    one = queue(most=10)
    locked()
    one.start()
    for _ in range(25):
        one.note(project())
    assert len(one) == 10
    one.stop(0.2)
    assert b"goldenhour_dropped_events_total 25.0" in one._metrics.text()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "events are dropped: the store is behind; /metrics counts them",
        "events are dropped: the server stopped before the store could be written; /metrics counts them",
    ]
    wait_until(lambda: not one._thread.is_alive())
    one._store.close()


class Choosy:
    """A store that refuses an event for ever, which only a fault of the program could bring about."""

    def __init__(self, store):
        self.store = store

    def close(self):
        self.store.close()

    def write(self, events):
        if any(event.user == "poison" for event in events):
            raise RuntimeError("the store refused a row")
        return self.store.write(events)


def test_an_event_that_no_store_takes_is_dropped_alone(queue, place, caplog):
    one = queue(wrap=Choosy)
    for user in ("ada", "poison", "bob"):
        one.note(project(user))
    one.start()
    wait_until(lambda: len(one) == 0)
    one.stop(5)
    assert projects(place) == 2
    assert b"goldenhour_dropped_events_total 1.0" in one._metrics.text()


def test_a_server_that_stops_has_written_everything(tmp_path):
    from servers import running

    from goldenhour.serve.settings import Settings

    place = tmp_path / "events.sqlite"
    with running(Settings(store=str(place))) as server:
        for _ in range(20):
            server.http.post("/v1/projects", json={"media_kind": "photo"})
    assert projects(place) == 20
