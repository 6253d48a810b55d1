"""Which experiments a store knows: each definition as it was first seen, and when its weights changed."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from goldenhour.events import Store, schema
from goldenhour.events.event import from_milliseconds
from goldenhour.events.insert import insert
from goldenhour.experiment.definition import Experiment, ExperimentError, read_experiment


@dataclass(frozen=True)
class Registered:
    """An experiment with its newest weights, and all weights that it ever had, with the time since when."""

    experiment: Experiment
    weights: Sequence[tuple[datetime, dict[str, float]]]

    @property
    def since(self) -> datetime:
        """When it was first seen."""
        return self.weights[0][0]


def register(store: Store, experiment: Experiment) -> Registered:
    """Keep a definition, or new weights of one that is kept already, with the time.

    Raises ExperimentError if anything else of it changed: what was counted so far would mean something else.
    """
    with store.writing(alone=True) as connection:
        known = _registered(connection, experiment.name)
        if known is not None and known.experiment.hash != experiment.hash:
            raise ExperimentError(
                f"the experiment {experiment.name} is running and {_changed(known.experiment, experiment)} changed;"
                " only the weights may: give the new one another name, or restore the definition"
            )
        if known is None or known.experiment.weights != experiment.weights:
            now = time.time_ns() // 1_000_000
            since = now if known is None else max(now, _last(connection, experiment.name) + 1)
            row = {"name": experiment.name, "since": since, "definition": json.dumps(experiment.to_dict())}
            insert(connection, schema.experiments, [row])
        found = _registered(connection, experiment.name)
    if found is None:
        raise ExperimentError(f"the experiment {experiment.name} was not kept; register it again")
    return found


def find_experiment(store: Store, name: str) -> Registered:
    """The experiment of that name; raises ExperimentError with the names that there are."""
    with store.reading() as connection:
        found = _registered(connection, name)
        if found is not None:
            return found
        known = sorted(set(connection.scalars(select(schema.experiments.c.name))))
    there = f"it has {', '.join(known)}" if known else "start one with: goldenhour experiment start FILE"
    raise ExperimentError(f"the store {store.place} has no experiment {name!r}; {there}")


def experiments(store: Store) -> list[Registered]:
    """All of a store, in the order in which they were first seen."""
    with store.reading() as connection:
        listed = set(connection.scalars(select(schema.experiments.c.name)))
        found = [registered for name in listed if (registered := _registered(connection, name)) is not None]
    return sorted(found, key=lambda registered: (registered.since, registered.experiment.name))


def _registered(connection: Connection, name: str) -> Registered | None:
    table = schema.experiments
    query = select(table.c.since, table.c.definition).where(table.c.name == name).order_by(table.c.since)
    rows = connection.execute(query).all()
    if not rows:
        return None
    steps = [(from_milliseconds(row.since), read_experiment(json.loads(row.definition))) for row in rows]
    if len({experiment.hash for _, experiment in steps}) > 1:  # stores of two servers were put together
        raise ExperimentError(f"the store has two different experiments {name}; give each its own name")
    return Registered(steps[-1][1], [(at, experiment.weights) for at, experiment in steps])


def _last(connection: Connection, name: str) -> int:
    table = schema.experiments
    return int(max(connection.scalars(select(table.c.since).where(table.c.name == name))))


def _changed(before: Experiment, after: Experiment) -> str:
    was, now = before.fixed(), after.fixed()
    return " and ".join(key for key in was if was[key] != now[key])
