"""The way of events into the store: one thread writes them in batches, so that no answer waits for a disk."""

from __future__ import annotations

import logging
from collections import deque
from itertools import islice
from threading import Event as Signal
from threading import Lock, Thread
from time import monotonic, sleep

from goldenhour.events import Event, Store, StoreError
from goldenhour.serve.metrics import Metrics

BATCH = 1_000
GATHER_SECONDS = 0.05  # after the first event of a batch, for others to come
FIRST_WAIT, LONGEST_WAIT = 0.25, 10.0  # seconds before the store is tried again, doubled each time

_log = logging.getLogger("goldenhour.serve")


class EventQueue:
    """Keeps at most ``most`` events in memory until the store has them; what is beyond is dropped, counted and logged.

    While the store fails, writing is tried again and again; events are written in the order in which they came. One
    that the store will never take, through a fault of the program, is dropped alone.
    """

    def __init__(self, store: Store, most: int, metrics: Metrics):
        self._store, self._most, self._metrics = store, most, metrics
        self._events: deque[Event] = deque()  # the thread takes from the left what the store has
        self._lock = Lock()
        self._came, self._stopping = Signal(), Signal()
        self._deadline = float("inf")
        self._full = False
        self._thread = Thread(target=self._run, name="events", daemon=True)
        metrics.watch("waiting_events", "Events that the store does not have yet.", lambda: len(self._events))

    def __len__(self) -> int:
        return len(self._events)

    def note(self, event: Event) -> None:
        """Hand an event over; never waits, never raises."""
        with self._lock:
            if len(self._events) >= self._most:
                self._drop(1, "the store is behind")
                return
            self._events.append(event)
            self._full = False
        self._came.set()

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Write what is there, for at most so long, and close the store."""
        self._deadline = monotonic() + seconds
        self._stopping.set()
        self._came.set()
        self._thread.join(seconds)
        if self._events:
            with self._lock:
                self._full = False
                self._drop(len(self._events), "the server stopped before the store could be written")
        if not self._thread.is_alive():  # else it is within the database, and ends with the process
            self._store.close()

    def _run(self) -> None:
        wait = FIRST_WAIT
        while True:
            self._came.wait()
            self._came.clear()
            self._stopping.wait(GATHER_SECONDS)
            while batch := self._next():
                if self._write(batch):
                    wait = FIRST_WAIT
                elif self._stopping.wait(wait):  # at the end it is tried until the deadline
                    if monotonic() > self._deadline:
                        return
                    sleep(FIRST_WAIT)
                else:
                    wait = min(2 * wait, LONGEST_WAIT)
            if self._stopping.is_set():
                return

    def _next(self) -> list[Event]:
        with self._lock:
            return list(islice(self._events, BATCH))

    def _write(self, batch: list[Event]) -> bool:
        """Write a batch and take it from the queue; whether the store could be written."""
        try:
            self._store.write(batch)
        except StoreError as error:
            _log.warning("%s; %s events wait", error, f"{len(self._events):,}")
            return False
        except Exception:
            if len(batch) > 1:
                return all(self._write([event]) for event in batch)
            _log.exception("an event cannot be written")
            self._metrics.dropped.inc()
        for _ in batch:
            self._events.popleft()
        return True

    def _drop(self, count: int, why: str) -> None:
        self._metrics.dropped.inc(count)
        if not self._full:
            _log.error("events are dropped: %s; /metrics counts them", why)
        self._full = True
