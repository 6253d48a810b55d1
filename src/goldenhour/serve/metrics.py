"""What the server counts and times, as Prometheus reads it; one registry an application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

Stage = Literal["cache", "student", "repair", "teacher", "readings", "table", "render"]

# seconds, around what is promised: answers in 15 ms, at most 40; many at once within 500
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.04, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Metrics:
    """The counters; each is a name in Prometheus with ``goldenhour_`` before it."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests that were answered.", "route", "method", "status")
        self.seconds = self._timed("request", "From a request's head to the end of its response.", "route")
        self._stages = self._timed("stage", "Time of one stage of an answer.", "stage")
        self.answers = self._counter("answers", "Answers that were shown, by where they came from.", "source")
        self.invalid = self._counter("invalid_answers", "Answers of a model that no recipe could be made of.")
        self.repaired = self._counter("repaired_answers", "Answers of a model that were repaired.")
        self.fallbacks = self._counter("fallbacks", "Intents that another model was asked about.", "outcome")
        self.refused = self._counter("refused_intents", "Intents that ask for what no tonal tool can do.")
        self.turned_away = self._counter("turned_away", "Requests that were too many at once.")
        self.dropped = self._counter("dropped_events", "Events that the store could not be given.")

    def _timed(self, name: str, text: str, label: str) -> Histogram:
        whole = f"goldenhour_{name}_seconds"
        return Histogram(whole, text, [label], buckets=SECONDS, registry=self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"goldenhour_{name}", text, labels, registry=self._registry)

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge that is read when somebody looks."""
        Gauge(f"goldenhour_{name}", text, registry=self._registry).set_function(value)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Time a stage."""
        began = perf_counter()
        try:
            yield
        finally:
            self._stages.labels(stage).observe(perf_counter() - began)

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)
