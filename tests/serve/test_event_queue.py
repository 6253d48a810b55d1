"""Events on their way to the store: none is lost while there is room, and none slows an answer."""

import sqlite3
import time
from datetime import UTC, datetime

import pytest
from servers import wait_until

from goldenhour.events import ProjectStarted, StoreError, new_id, open_store
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


class Failing:
    """A store that fails a number of times, as one whose disk is full does."""

    def __init__(self, store, times):
        self.store, self.times = store, times

    def write(self, events):
        if self.times > 0:
            self.times -= 1
            raise StoreError("the store x: the disk is full; free some space and run it again")
        return self.store.write(events)

    def close(self):
        self.store.close()


def test_a_store_that_fails_for_a_while_gets_everything_in_the_end(queue, place):
    one = queue(wrap=lambda store: Failing(store, 2))
    one.start()
    for _ in range(50):
        one.note(project())
    assert len(one) == 50
    wait_until(lambda: len(one) == 0)
    one.stop(5)
    assert projects(place) == 50


def test_a_store_that_another_process_has_locked_is_waited_for_without_waiting(queue, place, monkeypatch):
    monkeypatch.setattr("goldenhour.events.engine.BUSY_SECONDS", 0.05)
    one = queue()
    one.start()
    blocker = sqlite3.connect(place, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    for _ in range(20):
        one.note(project())
    assert time.monotonic() - began < 0.5
    time.sleep(0.3)
    assert len(one) == 20
    blocker.execute("ROLLBACK")
    blocker.close()
    wait_until(lambda: len(one) == 0)
    one.stop(5)
    assert projects(place) == 20


def test_what_there_is_no_room_for_is_dropped_counted_and_logged(queue, place, caplog):
    one = queue(most=10, wrap=lambda store: Failing(store, 1_000))
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


class Choosy(Failing):
    def write(self, events):
        if any(event.user == "poison" for event in events):
            raise RuntimeError("the store refused a row")
        return self.store.write(events)


def test_an_event_that_no_store_takes_is_dropped_alone(queue, place, caplog):
    one = queue(wrap=lambda store: Choosy(store, 0))
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
