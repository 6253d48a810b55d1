"""What the insights are, as one JSON document: traffic, completion, latency, tools, what to teach next, experiments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from statistics import NormalDist
from typing import Any

import numpy as np
from sqlalchemy import Connection

from goldenhour.events import Store
from goldenhour.experiment.definition import ExperimentError
from goldenhour.experiment.registry import experiments
from goldenhour.experiment.wilson import wilson_interval
from goldenhour.serve.insights import traffic
from goldenhour.serve.insights.traffic import NEWEST, Span
from goldenhour.tools import default_toolset

MOST_DAYS = 366
LEAST_SHOWN = 20  # projects in which an intent was shown, before anything is said of it
LEAST_USERS = 10  # who were shown it
TAUGHT_NEXT = 25  # intents at most
PERCENTILES = (50, 95, 99)
COUNTED = ("projects", "completed", "simulated", "answers", "fallbacks", "repaired", "refused")
_FIRST_DAY = date(1970, 1, 1)

Json = dict[str, Any]


def insights(store: Store, days: int, now: datetime | None = None) -> Json:
    """The insights of the last ``days`` (1 to 366) days in UTC, today included; raises StoreError."""
    now = now or datetime.now(UTC)
    span = Span(days, now.astimezone(UTC).date())
    with store.reading() as connection:
        daily = _daily(connection, span)
        total = {name: sum(day[name] for day in daily) for name in COUNTED}
        total["users"] = traffic.users(connection, span)
        newest = span.newest()
        found = {
            "total": total | _completion(total["completed"], total["projects"]),
            "daily": daily,
            "newest": {"answers": min(total["answers"], NEWEST), "all": total["answers"] <= NEWEST},
            "latency": _latency(traffic.latencies(connection, newest)),
            "tools": _tools(connection, span),
            "sources": [row._asdict() for row in traffic.sources(connection, newest)],
            "teach_next": _teach_next(connection, span),
            "exposed": traffic.exposed(connection, span),
        }
    running = _experiments(store, found.pop("exposed"), now)
    about = {
        "days": days,
        "first": str(span.dates()[0]),
        "last": str(span.today),
        "at": now.isoformat(timespec="seconds"),
    }
    return {**about, **found, "experiments": running}


def _daily(connection: Connection, span: Span) -> list[Json]:
    """Every day of the span, those without traffic too."""
    by_day: dict[date, Json] = {day: dict.fromkeys(("users", *COUNTED), 0) for day in span.dates()}
    for rows in (traffic.projects_by_day(connection, span), traffic.answers_by_day(connection, span)):
        for row in rows:
            counted = {name: int(value) for name, value in row._asdict().items() if name != "day"}
            by_day[_date(row.day)].update(counted)
    return [{"day": str(day), **counts} for day, counts in by_day.items()]


def _date(day: int) -> date:
    return _FIRST_DAY + timedelta(days=int(day))


def _completion(completed: int, started: int) -> Json:
    """The completion rate with its 95 % interval; None where nothing was started."""
    if not started:
        return {"completion_rate": None, "completion_low": None, "completion_high": None}
    low, high = wilson_interval(completed, started)
    rates = {"completion_rate": completed / started, "completion_low": low, "completion_high": high}
    return {name: round(rate, 6) for name, rate in rates.items()}


def _latency(rows: Iterable[Any]) -> Json:
    """Percentiles of all, and of each day that has any, in ms."""
    by_day: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for day, tenths, answers in rows:
        by_day[day].append((tenths, answers))
    everything = [counted for day in by_day.values() for counted in day]
    daily = [{"day": str(_date(day)), **_percentiles(by_day[day])} for day in sorted(by_day)]
    return {**_percentiles(everything), "daily": daily}


def _percentiles(counted: list[tuple[int, int]]) -> Json:
    """Of latencies in tenths of a millisecond, each with how many answers took it."""
    if not counted:
        return {"answers": 0} | {f"p{percent}": None for percent in PERCENTILES}
    tenths, answers = np.array(counted, dtype=np.int64).T
    values = np.percentile(np.repeat(tenths, answers), PERCENTILES) / 10
    named = {f"p{percent}": round(float(value), 2) for percent, value in zip(PERCENTILES, values, strict=True)}
    return {"answers": int(answers.sum())} | named


def _tools(connection: Connection, span: Span) -> list[Json]:
    """Every tool of the toolset, and what answers of older toolsets used, most used first."""
    used = dict.fromkeys((tool.name for tool in default_toolset().tools), 0)
    used |= {row.tool: int(row.answers) for row in traffic.tool_use(connection, span.newest())}
    return [{"tool": tool, "answers": count} for tool, count in sorted(used.items(), key=lambda item: -item[1])]


def _teach_next(connection: Connection, span: Span) -> list[Json]:
    """The intents whose answers are exported less often than others', for certain; those that cost most exports first.

    For certain: the upper end of the interval of the intent's export rate (Wilson 1927) lies below the rate of all
    intents together; at 95 % for all of them at once (Bonferroni), since of a thousand intents some have bad luck. What
    it costs: the exports that are missing even at that upper end. Projects of one person are
    alike, so it takes ``LEAST_USERS`` different ones.
    """
    rows = list(traffic.intents(connection, span.newest(), LEAST_SHOWN, LEAST_USERS))
    shown, exported = sum(row.shown for row in rows), sum(row.exported for row in rows)
    usual = exported / shown if shown else 0.0
    z = NormalDist().inv_cdf(1 - 0.025 / max(len(rows), 1))
    found = []
    for row in rows:
        _, high = wilson_interval(row.exported, row.shown, z)
        if high < usual:
            rates = {
                "rate": row.exported / row.shown,
                "at_most": high,
                "usual": usual,
                "missing": row.shown * (usual - high),
            }
            rounded = {name: round(rate, 4) for name, rate in rates.items()}
            found.append({"intent": row.intent_key, "shown": row.shown, "exported": row.exported, **rounded})
    return sorted(found, key=lambda intent: (-intent["missing"], intent["intent"]))[:TAUGHT_NEXT]


def _experiments(store: Store, exposed: Iterable[Any], now: datetime) -> list[Json]:
    """The experiments that the store knows, newest first, with whom their arms answered in the span.

    One is running from its start to its end, if the span has anybody whom its arms answered.
    """
    counted = {(name, arm): {"users": users, "projects": projects} for name, arm, users, projects in exposed}
    nobody = {"users": 0, "projects": 0}
    try:
        known = experiments(store)
    except ExperimentError as error:  # two of one name, when stores were put together
        return [{"name": "", "problem": str(error), "since": None, "ended": None, "running": False, "arms": []}]
    found = []
    for registered in reversed(known):
        name, weights = registered.experiment.name, registered.experiment.weights
        arms = [{"arm": arm, "weight": weight, **counted.get((name, arm), nobody)} for arm, weight in weights.items()]
        begun = registered.experiment.start <= now and registered.ended is None
        running = begun and any(arm["users"] for arm in arms)
        since = registered.since.isoformat(timespec="seconds")
        ended = registered.ended.isoformat(timespec="seconds") if registered.ended else None
        found.append({"name": name, "since": since, "ended": ended, "running": running, "arms": arms})
    return found
