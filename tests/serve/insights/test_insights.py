"""What the insights count, from events by hand; the same on SQLite and PostgreSQL."""

from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from days import BARE, BRIGHT, NOW, WARM, id_at, project

from goldenhour.events import Exported, Exposed, ProjectStarted
from goldenhour.experiment.definition import read_experiment
from goldenhour.experiment.registry import end, register
from goldenhour.serve.insights import traffic
from goldenhour.serve.insights.insights import LEAST_SHOWN, LEAST_USERS, insights

DAY = timedelta(days=1)


def test_an_empty_store_has_every_day_and_nothing_in_it(store):
    found = insights(store, 7, NOW)
    assert (found["first"], found["last"], found["days"]) == ("2026-03-25", "2026-03-31", 7)
    assert [day["day"][-2:] for day in found["daily"]] == ["25", "26", "27", "28", "29", "30", "31"]
    assert not any(value for day in found["daily"] for name, value in day.items() if name != "day")
    assert found["total"]["completion_rate"] is None
    assert found["latency"] == {"answers": 0, "p50": None, "p95": None, "p99": None, "daily": []}
    assert [tool["answers"] for tool in found["tools"]] == [0, 0, 0]
    assert found["sources"] == found["teach_next"] == found["experiments"] == []


def test_traffic_and_completion_by_day(store):
    store.write(
        [
            *project("jane", NOW, "golden hour", "morocco", exported=1),
            *project("jane", NOW, "golden hour"),
            *project("joe", NOW - DAY, "noir", exported=0),
            *project("jane", NOW - DAY, "noir", simulated=True),
            *project("jane", NOW - 6 * DAY, "noir"),
            *project("jane", NOW - 7 * DAY, "noir", exported=0),  # before the first day
            *project("jane", NOW + DAY, "noir"),  # a clock that is wrong: after the last
        ]
    )
    found = insights(store, 7, NOW)
    days = {day.pop("day"): day for day in found["daily"]}
    counted = ("users", "projects", "completed", "simulated", "answers")
    assert [days["2026-03-31"][name] for name in counted] == [1, 2, 1, 0, 3]
    assert [days["2026-03-30"][name] for name in counted] == [2, 2, 1, 1, 2]
    assert [days["2026-03-25"][name] for name in counted] == [1, 1, 0, 0, 1]
    assert [found["total"][name] for name in counted] == [2, 5, 2, 1, 6]
    assert found["total"]["completion_rate"] == 0.4
    # Wilson (1927) of 2 of 5
    assert found["total"]["completion_low"] == pytest.approx(0.1176, abs=5e-5)
    assert found["total"]["completion_high"] == pytest.approx(0.7693, abs=5e-5)
    assert insights(store, 1, NOW)["total"]["projects"] == 2
    assert insights(store, 8, NOW)["total"]["projects"] == 6


def test_an_export_of_no_answer_completes_its_project_and_is_no_export_of_the_answers_in_it(store):
    by_hand = ProjectStarted(id_at(NOW), "jane", NOW, "photo")
    shown = [event for user in range(LEAST_SHOWN) for event in project(f"user{user}", NOW - DAY, "noir")]
    projects = [by_hand, *(event for event in shown if isinstance(event, ProjectStarted))]
    store.write([by_hand, *shown, *(Exported(id_at(NOW), one.id, None, NOW, WARM) for one in projects)])
    total = insights(store, 7, NOW)["total"]
    assert (total["projects"], total["completed"], total["completion_rate"]) == (LEAST_SHOWN + 1, LEAST_SHOWN + 1, 1)
    with store.reading() as connection:
        newest = traffic.Span(7, NOW.date()).newest()
        assert [tuple(row) for row in traffic.intents(connection, newest, 1)] == [("noir", LEAST_SHOWN, 0)]


def test_days_are_utc_to_the_millisecond(store):
    midnight = NOW.replace(hour=0)
    store.write([*project("a", midnight, "noir"), *project("b", midnight - timedelta(milliseconds=1), "noir")])
    assert [day["projects"] for day in insights(store, 2, NOW)["daily"]] == [1, 1]
    east = NOW.astimezone(ZoneInfo("Asia/Tokyo"))  # 21:00 of the same day in UTC
    assert insights(store, 2, east)["last"] == "2026-03-31"


def test_ids_may_be_older_than_what_they_are_of_by_a_day_but_what_is_older_is_not_looked_for(store):
    first = insights(store, 3, NOW)["first"]
    assert first == "2026-03-29"
    start = NOW.replace(hour=0) - 2 * DAY
    for late in (timedelta(hours=23), timedelta(hours=25)):
        made, *_ = project("late", start + timedelta(minutes=1), "noir")
        store.write([type(made)(id_at(start - late), "late", made.started_at, "photo")])
    assert insights(store, 3, NOW)["total"]["projects"] == 1


def test_kinds_of_answers_and_who_gave_them(store):
    store.write(
        [
            *project("a", NOW, "noir", "morocco", repaired=True),
            *project("a", NOW, "crop it", refused=True, recipe=BARE),
            *project("a", NOW - DAY, "noir", fallback=True, source_model="teacher"),
        ]
    )
    found = insights(store, 7, NOW)
    kinds = ("answers", "fallbacks", "repaired", "refused")
    assert [[day[kind] for kind in kinds] for day in found["daily"][-2:]] == [[1, 1, 0, 0], [3, 0, 2, 1]]
    assert [tuple(source.values()) for source in found["sources"]] == [
        ("small", "1", 3, 0, 2, 1),
        ("teacher", "1", 1, 1, 0, 0),
    ]


def test_latency_percentiles_of_all_and_by_day(store):
    for latency in range(1, 101):
        store.write(project("a", NOW - DAY, "noir", latency_ms=float(latency)))
    store.write(project("a", NOW, "noir", latency_ms=500.0))
    found = insights(store, 7, NOW)["latency"]
    yesterday, today = found.pop("daily")
    # of 1, 2, ..., 100, linear between ranks
    assert yesterday == {"day": "2026-03-30", "answers": 100, "p50": 50.5, "p95": 95.05, "p99": 99.01}
    assert today == {"day": "2026-03-31", "answers": 1, "p50": 500, "p95": 500, "p99": 500}
    assert found == {"answers": 101, "p50": 51, "p95": 96, "p99": 100}


def test_tools_are_counted_where_they_are_used(store):
    store.write(
        [event for recipe in (WARM, WARM, BRIGHT, BARE) for event in project("a", NOW, "noir", recipe=recipe)],
    )
    assert insights(store, 1, NOW)["tools"] == [
        {"tool": "filter", "answers": 2},
        {"tool": "adjust", "answers": 1},
        {"tool": "selective_adjust", "answers": 0},
    ]


def test_what_to_teach_next_is_certain_and_begins_with_what_costs_most(store):
    def shown(intent, times, exports):
        for number in range(times):
            store.write(project(f"u{number}", NOW, intent, exported=0 if number < exports else None))

    shown("golden hour", 120, 60)
    shown("noir", 60, 4)
    shown("Foggy!", 40, 0)
    shown("rare", LEAST_SHOWN - 1, 0)  # too few to say anything
    shown("unlucky", LEAST_SHOWN, 4)  # 20 %, against 27 % in all: may be luck
    found = insights(store, 1, NOW)["teach_next"]
    assert [intent["intent"] for intent in found] == ["foggy", "noir"]
    noir = found[1]
    usual = 68 / 240
    assert (noir["shown"], noir["exported"], noir["rate"], noir["usual"]) == (
        60,
        4,
        0.0667,
        pytest.approx(usual, abs=5e-5),
    )
    assert noir["rate"] < noir["at_most"] < usual
    assert noir["missing"] == pytest.approx(60 * (usual - noir["at_most"]), abs=0.01)


def test_by_luck_alone_hardly_any_intent_is_named(store):
    """250 intents of one true rate, 1 in 20 of which would fall below a plain 95 % bound."""
    luck = Random(3)
    events = []
    for number in range(250):
        for user in range(LEAST_SHOWN):
            exported = 0 if luck.random() < 0.5 else None
            events += project(f"u{user}", NOW, f"look {number}", exported=exported)
    store.write(events)
    assert len(insights(store, 1, NOW)["teach_next"]) <= 1


def test_a_project_counts_once_for_an_intent_and_only_for_the_one_exported(store):
    for number in range(LEAST_SHOWN):
        store.write(project(f"u{number}", NOW, "noir", "noir", "golden hour", exported=2))
    with store.reading() as connection:
        span = traffic.Span(1, NOW.date())
        found = {row.intent_key: (row.shown, row.exported) for row in traffic.intents(connection, span.newest(), 1)}
    assert found == {"noir": (LEAST_SHOWN, 0), "golden hour": (LEAST_SHOWN, LEAST_SHOWN)}


def test_one_person_alone_teaches_nothing(store):
    for number in range(60):
        store.write(project(f"u{number}", NOW, "golden hour", exported=0))
        store.write(project(f"u{number % (LEAST_USERS - 1)}", NOW, "noir"))
    assert insights(store, 1, NOW)["teach_next"] == []
    store.write(project("another", NOW, "noir"))
    assert [intent["intent"] for intent in insights(store, 1, NOW)["teach_next"]] == ["noir"]


def test_an_experiment_that_ended_is_not_running(store):
    arms = [{"name": name, "weight": 50, "teacher": None} for name in "ab"]
    register(store, read_experiment({"name": "ab", "arms": arms, "start": NOW - 40 * DAY}))
    events = project("jane", NOW, "noir")
    store.write([*events, Exposed(id_at(NOW), events[0].id, "ab", "a", NOW)])
    found = insights(store, 7, NOW)["experiments"][0]
    assert (found["running"], found["ended"]) == (True, None)
    ended = end(store, "ab").ended
    found = insights(store, 7, NOW)["experiments"][0]
    assert not found["running"]
    assert found["ended"] == ended.isoformat(timespec="seconds")


def test_requests_outside_the_tools_are_no_wish_to_teach(store):
    for number in range(40):
        store.write(project(f"u{number}", NOW, "crop it", refused=True, recipe=BARE))
        store.write(project(f"u{number}", NOW, "noir", exported=0))
    assert insights(store, 1, NOW)["teach_next"] == []


def test_of_many_answers_the_newest_are_looked_at(store, monkeypatch):
    monkeypatch.setattr(traffic, "NEWEST", 3)
    monkeypatch.setattr("goldenhour.serve.insights.insights.NEWEST", 3)
    for number in range(5):
        store.write(project("a", NOW - number * timedelta(hours=1), "noir", latency_ms=float(number)))
    found = insights(store, 1, NOW)
    assert found["newest"] == {"answers": 3, "all": False}
    assert found["total"]["answers"] == 5
    assert (found["latency"]["answers"], found["latency"]["p50"]) == (3, 1)


def test_experiments_with_whom_their_arms_answered(store):
    arms = [
        {"name": "teacher", "weight": 75, "teacher": None},
        {"name": "student", "weight": 25, "student": "built-in"},
    ]
    register(store, read_experiment({"name": "ab", "arms": arms, "start": NOW - 40 * DAY, "planned_users": 100}))
    for user, arm in (("jane", "student"), ("jane", "student"), ("joe", "teacher")):
        events = project(user, NOW, "noir")
        store.write([*events, Exposed(id_at(NOW), events[0].id, "ab", arm, NOW)])
    (found,) = insights(store, 7, NOW)["experiments"]
    assert (found["name"], found["running"]) == ("ab", True)
    assert found["arms"] == [
        {"arm": "teacher", "weight": 0.75, "users": 1, "projects": 1},
        {"arm": "student", "weight": 0.25, "users": 1, "projects": 2},
    ]
