"""Real servers on loopback, in this process: uvicorn on a thread, each with an event store of its own."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from goldenhour.events import Store, open_store
from goldenhour.serve.listener import address_of, bind, prepare
from goldenhour.serve.settings import Settings

PATIENCE = 20  # seconds, on a busy machine


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to pass in time"
        time.sleep(0.01)


@dataclass(frozen=True)
class Serving:
    """A server that runs."""

    url: str
    settings: Settings
    http: httpx.Client

    @property
    def place(self) -> str:
        assert self.settings.store
        return self.settings.store

    def metric(self, name: str) -> float:
        """The value of a metric, named with its labels."""
        lines = self.http.get("/metrics").text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name), 0.0)

    def flushed(self) -> Store:
        """The store, when it has everything that was noted; to be closed."""
        wait_until(lambda: self.metric("goldenhour_waiting_events") == 0)
        return open_store(self.place)


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[Serving]:
    listens = threading.Event()
    with bind(settings.host, 0) as listening:
        server = prepare(settings, listens.set)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            assert listens.wait(PATIENCE)
            url = address_of(settings, listening)
            with httpx.Client(base_url=url, timeout=PATIENCE) as http:
                yield Serving(url, settings, http)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
    assert not thread.is_alive()
