"""Speed of the event store: events a second into SQLite, and how long a store of some size takes to be read."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from goldenhour.events import AnswerShown, Event, Exported, ProjectStarted, new_id, open_store
from goldenhour.events.parquet import export_store, import_store
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe
from measuring import Claim, Measured

PROJECTS = 20_000
ROUNDS = 3


def happenings(projects: int) -> Iterator[Event]:
    """Projects of 5,000 users with recorded answers, a third of them at another intensity; 40 % are exported."""
    chance = random.Random(0)
    answers = [(answer.intent, Recipe.from_dict(answer.recipe_data)) for answer in recorded_answers()]
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    for number in range(projects):
        at = begin + timedelta(seconds=number)
        project, answer, export = (new_id(1_704_067_200_000 + 1000 * number, chance.getrandbits(74)) for _ in range(3))
        intent, recipe = chance.choice(answers)
        if chance.random() < 1 / 3:
            recipe = recipe.scale(chance.randint(50, 99))
        yield ProjectStarted(project, f"user {number % 5000}", at, "photo", simulated=True)
        yield AnswerShown(answer, project, at, intent, recipe, "bench", "1", 12.5)
        if chance.random() < 0.4:
            yield Exported(export, project, answer, at, recipe if chance.random() < 0.7 else recipe.scale(80))


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure() -> Measured:
    """Claims and tables of this module."""
    events = list(happenings(PROJECTS))
    times: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name, open_store(f"{name}/events.sqlite") as store:
            works: dict[str, Callable[[], Any]] = {
                "write": lambda: store.write(events),
                "write again": lambda: store.write(events),
                "counts": store.counts,
                "export to Parquet": lambda: export_store(store, Path(name) / "parquet"),
                "import of that": lambda: import_store(store, Path(name) / "parquet"),
                "forget a user": lambda: store.forget("user 7"),
            }
            for what, work in works.items():
                times.setdefault(what, []).append(seconds(work))
    medians = {what: statistics.median(values) for what, values in times.items()}
    claims = [Claim("events into SQLite", len(events) / medians["write"], "a second", at_least=5_000)]
    page = [
        f"## An event store of {len(events):,} events in SQLite",
        "| work | s |",
        "| --- | ---: |",
        *(f"| {what} | {taken:.2f} |" for what, taken in medians.items()),
        "",
    ]
    return Measured(claims, {f"event store: {what}": 1000 * taken for what, taken in medians.items()}, page)
