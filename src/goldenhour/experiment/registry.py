"""Which experiments a store knows: each definition as it was first seen, when its weights changed, when it ended.

An end is a row like the others, with the definition and ``ENDED``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from goldenhour.events import Store, schema
from goldenhour.events.event import from_milliseconds
from goldenhour.events.insert import insert
from goldenhour.experiment.definition import Experiment, ExperimentError, read_experiment

ENDED = "ended"


@dataclass(frozen=True)
class Registered:
    """An experiment with its newest weights, all weights that it ever had with the time since when, and its end."""

    experiment: Experiment
    weights: Sequence[tuple[datetime, dict[str, float]]]
    ended: datetime | None = None

    @property
    def since(self) -> datetime:
        """When it was first seen."""
        return self.weights[0][0]

    @property
    def reweighted(self) -> datetime | None:
        """When its weights last became others; None if they never did."""
        return self.weights[-1][0] if len(self.weights) > 1 else None


def register(store: Store, experiment: Experiment) -> Registered:
    """Keep a definition, or new weights of one that is kept already, with the time.

    Raises ExperimentError if anything else of it changed: what was counted so far would mean something else; and if it
    has ended.
    """
    with store.writing(alone=True) as connection:
        known = _registered(connection, experiment.name)
        if known is not None and known.ended is not None:
            raise ExperimentError(
                f"the experiment {experiment.name} ended on {known.ended:%Y-%m-%d}; give the new one another name"
            )
        if known is not None and not _is_same(known.experiment, experiment):
            raise ExperimentError(
                f"the experiment {experiment.name} is running and {_changed(known.experiment, experiment)} changed;"
                " only the weights may: give the new one another name, or restore the definition"
            )
        if known is None or known.experiment.weights != experiment.weights:
            noted = known.experiment.with_weights(experiment.weights) if known else experiment
            _note(connection, experiment.name, noted.to_dict())
        found = _registered(connection, experiment.name)
    if found is None:
        raise ExperimentError(f"the experiment {experiment.name} was not kept; register it again")
    return found


def end(store: Store, name: str) -> Registered:
    """Note that an experiment ends now; one that has ended keeps its end. Raises ExperimentError for an unknown one."""
    known = find_experiment(store, name)
    with store.writing(alone=True) as connection:
        found = _registered(connection, name) or known
        if found.ended is None:
            _note(connection, name, found.experiment.to_dict() | {ENDED: True})
            found = _registered(connection, name) or found
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
    steps, ended = [], None
    for row in rows:
        data, at = json.loads(row.definition), from_milliseconds(row.since)
        if data.pop(ENDED, False):
            ended = ended or at
        steps.append((at, read_experiment(data)))
    if len({experiment.hash for _, experiment in steps}) > 1:  # stores of two servers were put together
        raise ExperimentError(f"the store has two different experiments {name}; give each its own name")
    weights = [(at, experiment.weights) for at, experiment in steps]
    changes = [step for place, step in enumerate(weights) if place == 0 or step[1] != weights[place - 1][1]]
    return Registered(steps[-1][1], changes, ended)


def _note(connection: Connection, name: str, definition: dict[str, Any]) -> None:
    """A row of an experiment, as of now; its times rise even if the clock does not."""
    table, now = schema.experiments, time.time_ns() // 1_000_000
    last = max(connection.scalars(select(table.c.since).where(table.c.name == name)), default=None)
    since = now if last is None else max(now, last + 1)
    insert(connection, table, [{"name": name, "since": since, "definition": json.dumps(definition)}])


def _is_same(known: Experiment, experiment: Experiment) -> bool:
    """Whether only the weights differ; what was registered before arms had versions may have any."""
    arms = tuple(
        replace(arm, version=None) if before.version is None else arm
        for arm, before in zip(experiment.arms, known.arms, strict=False)
    )
    return known.hash == experiment.hash or known.hash == replace(experiment, arms=arms).hash


def _changed(before: Experiment, after: Experiment) -> str:
    was, now = before.fixed(), after.fixed()
    return " and ".join(key for key in was if was[key] != now[key])
