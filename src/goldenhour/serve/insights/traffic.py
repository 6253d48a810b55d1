"""Queries of the insights: each bounded by a span of days, and the costly ones by the newest answers in it.

Ids are UUIDs of version 7, which begin with the time at which they were made, and rows lie in their order: the primary
key is the index by time. So a span reads the rows whose ids were made in it, or up to a day before (``SLACK``: clocks
differ), and of those the ones whose own time is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, Table, and_, cast, func, select

from goldenhour.events import schema
from goldenhour.events.event import to_milliseconds
from goldenhour.events.ids import new_id

DAY = 86_400_000  # milliseconds
SLACK = DAY
NEWEST = 100_000  # answers of which latency, tools and intents are looked at

Rows = list[Any]  # with the columns that each docstring names

projects, answers, exports, exposures = schema.projects, schema.answers, schema.exports, schema.exposures


@dataclass(frozen=True)
class Span:
    """Whole days in UTC, today the last of them."""

    days: int
    today: date

    @property
    def since(self) -> int:
        """Its start, in Unix milliseconds."""
        return to_milliseconds(datetime(self.today.year, self.today.month, self.today.day, tzinfo=UTC)) - (
            DAY * (self.days - 1)
        )

    def dates(self) -> list[date]:
        """Every day of it, the first first."""
        return [self.today - timedelta(days=back) for back in reversed(range(self.days))]

    def covers(self, table: Table, time: ColumnElement[int]) -> ColumnElement[bool]:
        """The condition that a row is in it."""
        return and_(
            table.c.id >= _first_id(self.since - SLACK), time >= self.since, time < self.since + self.days * DAY
        )

    def newest(self) -> CTE:
        """The newest answers in it."""
        found = select(answers).where(self.covers(answers, answers.c.shown_at))
        return found.order_by(answers.c.id.desc()).limit(NEWEST).cte("newest")


def _first_id(milliseconds: int) -> UUID:
    return new_id(max(0, milliseconds), 0)


def _day(time: ColumnElement[int]) -> ColumnElement[int]:
    """The number of a day since 1970."""
    return (time // DAY).label("day")


def projects_by_day(connection: Connection, span: Span) -> Rows:
    """(day, projects, users, completed, simulated); completed: exported at least once, whenever that was."""
    exported = select(exports.c.id).where(exports.c.project_id == projects.c.id).exists()
    query = (
        select(
            _day(projects.c.started_at),
            func.count().label("projects"),
            func.count(projects.c.user_id.distinct()).label("users"),
            func.count().filter(exported).label("completed"),
            func.count().filter(projects.c.simulated).label("simulated"),
        )
        .where(span.covers(projects, projects.c.started_at))
        .group_by("day")
    )
    return list(connection.execute(query))


def users(connection: Connection, span: Span) -> int:
    """How many users started a project."""
    query = select(func.count(projects.c.user_id.distinct())).where(span.covers(projects, projects.c.started_at))
    return int(connection.scalar(query) or 0)


def answers_by_day(connection: Connection, span: Span) -> Rows:
    """(day, answers, fallbacks, repaired, refused)."""
    query = (
        select(
            _day(answers.c.shown_at),
            func.count().label("answers"),
            func.count().filter(answers.c.fallback).label("fallbacks"),
            func.count().filter(answers.c.repaired).label("repaired"),
            func.count().filter(answers.c.refused).label("refused"),
        )
        .where(span.covers(answers, answers.c.shown_at))
        .group_by("day")
    )
    return list(connection.execute(query))


def latencies(connection: Connection, newest: CTE) -> Rows:
    """(day, tenths, answers): how many of the newest answers took so many tenths of a millisecond, rounded."""
    tenths = cast(func.round(newest.c.latency_ms * 10), BigInteger).label("tenths")
    query = select(_day(newest.c.shown_at), tenths, func.count().label("answers")).group_by("day", "tenths")
    return list(connection.execute(query))


def sources(connection: Connection, newest: CTE) -> Rows:
    """(source_model, source_version, answers, fallbacks, repaired, refused) of the newest answers, most first."""
    who = newest.c.source_model, newest.c.source_version
    flags = [
        func.count().filter(newest.c[column]).label(name)
        for column, name in (("fallback", "fallbacks"), ("repaired", "repaired"), ("refused", "refused"))
    ]
    query = select(*who, func.count().label("answers"), *flags).group_by(*who).order_by(func.count().desc(), *who)
    return list(connection.execute(query))


def tool_use(connection: Connection, newest: CTE) -> Rows:
    """(tool, answers): in how many of the newest answers each tool is used."""
    recipes = select(newest.c.recipe, func.count().label("answers")).group_by(newest.c.recipe).subquery()
    total = func.sum(recipes.c.answers)
    query = (
        select(schema.recipe_parts.c.tool, total.label("answers"))
        .join(recipes, recipes.c.recipe == schema.recipe_parts.c.recipe)
        .join(schema.parts, schema.parts.c.hash == schema.recipe_parts.c.part)
        .where(schema.parts.c.data.is_not(None))
        .group_by(schema.recipe_parts.c.tool)
    )
    return list(connection.execute(query))


def intents(connection: Connection, newest: CTE, least: int, users: int = 1) -> Rows:
    """(intent_key, shown, exported): of intents shown in ``least`` projects of ``users`` users, in how many of each."""
    own = and_(exports.c.project_id == newest.c.project_id, exports.c.answer_id == newest.c.id)
    shown, people = func.count(newest.c.project_id.distinct()), func.count(projects.c.user_id.distinct())
    query = (
        select(
            newest.c.intent_key,
            shown.label("shown"),
            func.count(exports.c.project_id.distinct()).label("exported"),
        )
        .select_from(newest.join(projects, projects.c.id == newest.c.project_id).outerjoin(exports, own))
        .where(~newest.c.refused, ~newest.c.follow_up)
        .group_by(newest.c.intent_key)
        .having(shown >= least, people >= users)
    )
    return list(connection.execute(query))


def exposed(connection: Connection, span: Span) -> Rows:
    """(experiment, arm, users, projects) that arms of experiments really answered in the span."""
    which = exposures.c.experiment, exposures.c.arm
    query = (
        select(*which, func.count(projects.c.user_id.distinct()), func.count(exposures.c.project_id.distinct()))
        .join(projects, projects.c.id == exposures.c.project_id)
        .where(span.covers(exposures, exposures.c.exposed_at))
        .group_by(*which)
    )
    return list(connection.execute(query))
