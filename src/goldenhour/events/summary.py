"""What is in a store, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from goldenhour.events import schema
from goldenhour.events.event import from_milliseconds


@dataclass(frozen=True)
class Source:
    """Answers of one model in one version: how many stood in for another model's, were repaired, were refused."""

    model: str
    version: str
    answers: int
    fallbacks: int
    repaired: int
    refused: int


@dataclass(frozen=True)
class Counts:
    """A project is completed when it was exported at least once; ``waiting`` counts events without their project."""

    users: int
    projects: int
    completed: int
    simulated: int
    photos: int
    clips: int
    answers: int
    sources: tuple[Source, ...]
    edits: int
    exports: int
    exposures: int
    waiting: int
    first_day: date | None
    last_day: date | None

    @property
    def completion_rate(self) -> float | None:
        """Completed projects to started ones, 0..1; None where there are none."""
        return self.completed / self.projects if self.projects else None


def summarise(connection: Connection) -> Counts:
    """The numbers of a store; days are in UTC, from the first event to the last."""
    projects, answers, exports = schema.projects, schema.answers, schema.exports

    def number(query: Any) -> int:
        return int(connection.scalar(query) or 0)

    of_projects = select(func.count()).select_from(projects)
    sources = connection.execute(
        select(
            answers.c.source_model,
            answers.c.source_version,
            func.count(),
            *(func.count().filter(flag) for flag in (answers.c.fallback, answers.c.repaired, answers.c.refused)),
        )
        .group_by(answers.c.source_model, answers.c.source_version)
        .order_by(func.count().desc(), answers.c.source_model, answers.c.source_version)
    )
    found = tuple(Source(*row) for row in sources)
    times = [
        *(projects.c.started_at, answers.c.shown_at, schema.edits.c.edited_at),
        *(exports.c.exported_at, schema.exposures.c.exposed_at),
    ]
    ends = [connection.execute(select(func.min(at), func.max(at))).one() for at in times]
    firsts, lasts = ([end[side] for end in ends if end[side] is not None] for side in (0, 1))
    return Counts(
        users=number(select(func.count(projects.c.user_id.distinct()))),
        projects=number(of_projects),
        completed=number(of_projects.where(projects.c.id.in_(select(exports.c.project_id)))),
        simulated=number(of_projects.where(projects.c.simulated)),
        photos=number(of_projects.where(projects.c.media_kind == "photo")),
        clips=number(of_projects.where(projects.c.media_kind == "clip")),
        answers=sum(source.answers for source in found),
        sources=found,
        edits=number(select(func.count()).select_from(schema.edits)),
        exports=number(select(func.count()).select_from(exports)),
        exposures=number(select(func.count()).select_from(schema.exposures)),
        waiting=sum(number(_waiting(table)) for table in schema.OF_A_PROJECT),
        first_day=from_milliseconds(min(firsts)).date() if firsts else None,
        last_day=from_milliseconds(max(lasts)).date() if lasts else None,
    )


def _waiting(table: Table) -> Select[Any]:
    known = select(schema.projects.c.id).where(schema.projects.c.id == table.c.project_id)
    return select(func.count()).select_from(table).where(~known.exists())
