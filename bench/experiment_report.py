"""How long a report on many events takes, and how much memory: ``python bench/experiment_report.py [MILLIONS]``.

A store in SQLite of so many million events (default 10): a quarter of them projects, each with an exposure, an answer
or two; a third of the projects is exported. The report runs in a process of its own.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldenhour.events import AnswerShown, new_id, open_store, schema
from goldenhour.events.insert import insert
from goldenhour.events.rows import rows_of
from goldenhour.experiment.definition import read_experiment
from goldenhour.experiment.registry import register
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe

PROJECTS_OF_A_USER = 6
START = datetime(2026, 3, 1, tzinfo=UTC)
BATCH = 100_000
OF_ANSWERS = "id, project_id, shown_at, intent, intent_key, recipe, latency_ms, fallback, domain, repaired"
OF_OTHERS = "id, project_id, answer_id"
INSERTS = {
    "projects": "(id, user_id, started_at, media_kind, simulated) VALUES (?, ?, ?, ?, 1)",
    "exposures": "(id, project_id, experiment, arm, exposed_at) VALUES (?, ?, 'bench', ?, ?)",
    "answers": f"({OF_ANSWERS}, source_model, source_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'bench', '1')",
    "exports": f"({OF_OTHERS}, exported_at, recipe) VALUES (?, ?, ?, ?, ?)",
    "edits": f"({OF_OTHERS}, edited_at, recipe) VALUES (?, ?, ?, ?, ?)",
}
AT_MOST_SECONDS, AT_MOST_GB = 30.0, 1.5


def fill(path: Path, millions: float) -> int:
    """A store of so many million events; how many there are."""
    arms = [{"name": name, "weight": 50, "student": "built-in"} for name in ("control", "arm")]
    with open_store(str(path)) as store:
        register(store, read_experiment({"name": "bench", "arms": arms, "start": START}))
        recipes = [Recipe.from_dict(answer.recipe_data) for answer in recorded_answers()[:5000]]
        answers = (AnswerShown(new_id(), new_id(), START, "golden hour", recipe, "bench", "1", 1) for recipe in recipes)
        rows = rows_of(answers, store.salt)
        with store.writing() as connection:
            for of in (schema.parts, schema.recipe_parts, schema.recipes):
                insert(connection, of, list(rows[of].values()))
        hashes = list(rows[schema.recipes])
    events = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for happened in happenings(round(millions * 1e6 / 4), hashes):
            connection.execute("BEGIN")
            for table, values in happened.items():
                connection.executemany(f"INSERT INTO {table} {INSERTS[table]}", values)
                events += len(values)
            connection.execute("COMMIT")
    return events


def happenings(projects: int, hashes: list[bytes]) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """Rows of each table, of a batch of projects at a time."""
    random = np.random.default_rng(0)
    users = max(projects // PROJECTS_OF_A_USER, 2)
    user_ids = ids(random, users, 0)
    begin = int(START.timestamp() * 1000) - 14 * 86_400_000  # two weeks of history
    step = 42 * 86_400_000 / projects
    domains = ["places", "weather", "film", "mood", None]
    for first in range(0, projects, BATCH):
        count = min(BATCH, projects - first)
        times = (begin + step * np.arange(first, first + count)).astype(np.int64)
        project, answer, exposure, export, edit = (ids(random, count, times) for _ in range(5))
        user = random.integers(users, size=count)
        recipe = [hashes[place] for place in random.integers(len(hashes), size=count)]
        at = times.tolist()
        rate = 0.33 - 0.01 * (user % 2)
        exported, edited = random.random(count) < rate, random.random(count) < 0.12
        again = random.random(count) < 0.35
        latency = random.lognormal(2, 0.4, count).round(2).tolist()
        domain = [domains[place] for place in random.integers(len(domains), size=count)]
        shown = [
            (
                *(answer[i], project[i], at[i] + 2000, "golden hour on the beach", "golden hour on the beach"),
                *(recipe[i], latency[i], i % 50 == 0, domain[i], i % 40 == 0),
            )
            for i in range(count)
        ]
        more = [
            (ids_, *row[1:2], row[2] + 9000, *row[3:])
            for ids_, row in zip(ids(random, count, times), shown, strict=True)
        ]
        yield {
            "projects": [(project[i], user_ids[user[i]], at[i], "photo" if i % 3 else "clip") for i in range(count)],
            "answers": shown + [row for row, wanted in zip(more, again, strict=True) if wanted],
            "exposures": [
                (exposure[i], project[i], "arm" if user[i] % 2 else "control", at[i] + 2000) for i in range(count)
            ],
            "exports": [
                (export[i], project[i], answer[i], at[i] + 60_000, recipe[i]) for i in np.flatnonzero(exported)
            ],
            "edits": [(edit[i], project[i], answer[i], at[i] + 30_000, recipe[i]) for i in np.flatnonzero(edited)],
        }


def ids(random: np.random.Generator, count: int, milliseconds: NDArray[np.int64] | int) -> list[bytes]:
    """UUIDv7 as the 16 bytes of SQLite."""
    data = random.integers(0, 256, (count, 16), np.uint8)
    data[:, :6] = (
        np.broadcast_to(np.asarray(milliseconds, np.int64), count).astype(">u8").view(np.uint8).reshape(-1, 8)[:, 2:]
    )
    data[:, 6] = data[:, 6] & 0x0F | 0x70
    data[:, 8] = data[:, 8] & 0x3F | 0x80
    return [bytes(row) for row in data]


def report(path: Path) -> tuple[float, float]:
    """Seconds and peak GB of ``goldenhour experiment report``, start-up included."""
    command = [sys.executable, "-m", "goldenhour", "experiment", "report", "bench", "--json", "--store", str(path)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        data = json.loads(process.stdout.read())
        process.wait()
    taken = time.perf_counter() - start
    assert data["kind"] == "experiment report"
    return taken, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def main() -> None:
    """Fill a store, report on it, say how long and how much; exit 1 where a bound is broken."""
    millions = float(sys.argv[1]) if sys.argv[1:] else 10.0
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "events.sqlite"
        start = time.perf_counter()
        events = fill(path, millions)
        print(
            f"{events:,} events in {path.stat().st_size / 1e9:.2f} GB, written in {time.perf_counter() - start:.0f} s"
        )
        seconds, gigabytes = report(path)
    print(f"report: {seconds:.1f} s (at most {AT_MOST_SECONDS:g}), {gigabytes:.2f} GB (at most {AT_MOST_GB:g})")
    if seconds > AT_MOST_SECONDS or gigabytes > AT_MOST_GB:
        sys.exit(1)


if __name__ == "__main__":
    main()
