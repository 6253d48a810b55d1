"""What counts for whom: real events through a real store."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from traffic import BARE, MINUTE, START, WARM, define, project

from goldenhour.events import Exported, Exposed, ProjectStarted, new_id, schema
from goldenhour.experiment.definition import ExperimentError
from goldenhour.experiment.observed import Observed, observe

DAY = timedelta(days=1)


def observed(store, *events, experiment=None, now=START + 30 * DAY, **times) -> Observed:
    store.write([event for of_a_project in events for event in of_a_project])
    with store.reading() as connection:
        return observe(connection, experiment or define(), now, **times)


def counts(found: Observed) -> list[tuple]:
    """Arm, projects started and completed of each user."""
    return found.users.select("arm", "started", "completed").rows()


def odd(found: Observed) -> dict[str, int]:
    return {name: number for name, number in asdict(found.oddities).items() if number}


OTHER = project("other", "student", START + 20 * DAY)


def test_projects_of_a_user_are_counted_in_the_order_of_first_answers(store):
    found = observed(
        store,
        project("jane", "student", START + DAY, export=True),
        project("jane", "student", START + 2 * DAY),
        project("john", "teacher", START + MINUTE, export=True),
    )
    assert counts(found) == [(0, 1, 1), (1, 2, 1)]
    assert odd(found) == {}
    assert (found.first, found.last) == (START + MINUTE + MINUTE / 6, START + DAY + MINUTE / 6)


def test_a_project_exported_twice_is_completed_once(store):
    events = project("jane", "teacher", export=True)
    again = replace(events[-1], id=new_id(), exported_at=START + DAY)
    assert counts(observed(store, [*events, again], OTHER)) == [(0, 1, 1), (1, 1, 0)]


def test_an_export_of_no_answer_completes_its_project_whether_something_was_answered_in_it_or_not(store):
    jane, by_hand = project("jane", "teacher"), ProjectStarted(new_id(), "jane", START + DAY, "photo", "teacher")
    exports = [Exported(new_id(), one.id, None, START + 2 * DAY, WARM) for one in (jane[0], by_hand)]
    found = observed(store, [*jane, by_hand, *exports], OTHER)
    assert counts(found) == [(0, 2, 2), (1, 1, 0)]
    assert found.users["answered"].to_list() == [1, 1]
    assert odd(found) == {}


def test_duplicate_and_late_events_change_nothing(store):
    jane = project("jane", "teacher", export=True, edit=True)
    first = observed(store, OTHER, list(reversed(jane)), jane[1:], jane)
    second = observed(store, jane[::2], jane)
    assert first.users.equals(second.users)
    assert counts(first) == [(0, 1, 1), (1, 1, 0)]


def test_later_projects_count_whoever_answers_them_or_nobody(store):
    found = observed(
        store,
        project("jane", "teacher", START + DAY),
        project("jane", None, START + 2 * DAY, export=True),
        [ProjectStarted(new_id(), "jane", START + 3 * DAY, "clip")],
        OTHER,
    )
    assert counts(found)[0] == (0, 3, 1)
    assert found.users["answered"].to_list() == [2, 1]


def test_earlier_projects_are_history_and_exports_of_them_count_if_they_came_before(store):
    found = observed(
        store,
        project("jane", None, START - 9 * DAY, export=True),
        project("jane", None, START - 8 * DAY, export=START + 9 * DAY),
        project("jane", None, START + DAY / 2),
        project("jane", "teacher", START + DAY, export=True),
        OTHER,
    )
    assert counts(found)[0] == (0, 1, 1)
    assert found.users.select("started_before", "completed_before").row(0) == (3, 1)


def test_a_user_stays_in_the_arm_that_answered_first_and_is_named(store):
    found = observed(
        store,
        project("jane", "student", START + 2 * DAY, export=True),
        project("jane", "teacher", START + DAY),
        OTHER,
    )
    assert counts(found)[0] == (0, 2, 1)
    assert odd(found) == {"users_in_two_arms": 1}


def test_what_was_answered_before_the_start_is_no_exposure(store):
    found = observed(
        store,
        project("jane", "student", START - DAY, export=True),
        project("jane", "teacher", START + DAY),
        OTHER,
    )
    assert counts(found)[0] == (0, 1, 0)
    assert found.users.select("started_before", "completed_before").row(0) == (1, 1)
    assert odd(found) == {"exposures_before_start": 1}


def test_a_project_that_was_answered_before_the_start_is_history_though_an_arm_answers_in_it_again(store):
    begun = project("jane", None, START - DAY, export=True, edit=True, latency_ms=5_000.0)
    again = project("jane", "teacher", START + DAY)
    once_more = [replace(event, project_id=begun[0].id) for event in again[1:]]
    found = observed(store, begun, once_more, project("jane", "teacher", START + 2 * DAY), OTHER)
    assert counts(found)[0] == (0, 1, 0)
    assert found.users.select("started_before", "completed_before", "edited").row(0) == (1, 1, 0)
    assert found.latencies["latency_ms"].max() == 5.0
    assert odd(found) == {"projects_answered_before": 1}


def test_exposures_of_other_experiments_and_of_arms_that_are_none_are_left_out(store):
    found = observed(
        store,
        project("jane", "teacher"),
        OTHER,
        project("john", "student", experiment="another"),
        project("mary", "somebody"),
    )
    assert len(counts(found)) == 2
    assert odd(found) == {"exposures_to_unknown_arms": 1}


def test_exports_and_exposures_without_projects_are_left_out_and_counted(store):
    lost = new_id()
    found = observed(
        store,
        project("jane", "teacher"),
        OTHER,
        [
            Exported(new_id(), lost, new_id(), START + DAY, WARM),
            Exposed(new_id(), lost, "ab", "student", START + DAY),
        ],
    )
    assert counts(found) == [(0, 1, 0), (1, 1, 0)]
    assert odd(found) == {"exports_without_project": 1, "exposures_without_project": 1}


def test_clocks_that_go_backwards_take_nothing_away(store):
    found = observed(
        store,
        project("jane", "teacher", START + 3 * DAY, export=START + 2 * DAY, shown_at=START + DAY),
        project("mary", "teacher", START + 90 * DAY, export=True, shown_at=START + 4 * DAY),
        OTHER,
    )
    assert counts(found) == [(0, 1, 1), (0, 1, 1), (1, 1, 0)]
    assert odd(found) == {
        "exported_before_started": 1,
        "answered_before_started": 2,
        "started_in_the_future": 1,
    }


def test_a_project_whose_clock_is_far_behind_does_not_pull_history_into_the_experiment(store):
    found = observed(
        store,
        project("jane", None, START - 9 * DAY, export=True),
        project("jane", "teacher", START - 9_000 * DAY, shown_at=START + DAY, export=True),
        OTHER,
    )
    assert counts(found)[0] == (0, 1, 1)
    assert found.users.select("started_before", "completed_before").row(0) == (1, 1)


def test_an_export_before_its_answer_counts_and_is_named(store):
    found = observed(
        store, project("jane", "teacher", START + DAY, export=START + DAY + MINUTE, shown_at=START + 2 * DAY), OTHER
    )
    assert counts(found)[0] == (0, 1, 1)
    assert odd(found) == {"exported_before_answered": 1}


def test_guardrails_are_counted_by_answers_and_by_answered_projects(store):
    found = observed(
        store,
        project("jane", "teacher", edit=True, repaired=True, latency_ms=7.0),
        project("jane", "teacher", START + DAY, fallback=True, latency_ms=9.0),
        OTHER,
    )
    names = ("answers", "invalid", "fallbacks", "answered", "edited")
    assert found.users.select(names).row(0) == (2, 1, 1, 2, 1)
    assert sorted(found.latencies.filter(arm=0)["latency_ms"]) == [7.0, 9.0]


def segments(found: Observed, kind: str) -> list[tuple]:
    rows = found.segments[kind].group_by("segment", "arm").sum().sort("segment", "arm")
    return rows.select("segment", "arm", "started", "completed").rows()


def test_projects_are_broken_down_by_what_was_answered_first(store):
    second = project("jane", "teacher", START + DAY, export=True, media_kind="clip", recipe=BARE, domain="film")
    later = replace(second[1], id=new_id(), shown_at=START + 2 * DAY, recipe=WARM, domain="mood")
    found = observed(store, project("jane", "teacher", domain="places"), [*second, later], OTHER)
    assert segments(found, "media kind") == [("clip", 0, 1, 1), ("photo", 0, 1, 0), ("photo", 1, 1, 0)]
    assert segments(found, "domain") == [("film", 0, 1, 1), ("places", 0, 1, 0), ("unknown", 1, 1, 0)]
    assert segments(found, "tool") == [("filter", 0, 1, 0), ("filter", 1, 1, 0)]


def test_rare_domains_are_taken_together(store):
    found = observed(
        store,
        *(project(f"user{i}", "teacher", START + (1 + i) * MINUTE, domain=f"domain {i:02}") for i in range(20)),
        *(project("jane", "teacher", START + i * DAY, domain="film") for i in range(3)),
        OTHER,
    )
    by_name = {name: started for name, arm, started, _ in segments(found, "domain") if arm == 0}
    assert by_name["film"] == 3
    assert by_name["others"] == 20 - (len(by_name) - 2)
    assert len(by_name) <= 14


def test_simulated_projects_are_left_out_where_people_are_seen(store):
    simulated = project("robot", "teacher", simulated=True, export=True)
    found = observed(store, project("jane", "teacher"), simulated, OTHER)
    assert counts(found) == [(0, 1, 0), (1, 1, 0)]
    assert odd(found) == {"simulated_projects_left_out": 1}


def test_where_nobody_else_is_seen_simulated_projects_count_and_are_named(store):
    found = observed(store, project("a", "teacher", simulated=True), project("b", "student", simulated=True))
    assert odd(found) == {"simulated_projects": 2}


def test_nothing_that_began_after_the_end_counts_but_later_exports_do(store):
    end = START + 9 * DAY
    late = [ProjectStarted(new_id(), "jane", START + 10 * DAY, "photo")]
    found = observed(
        store,
        project("jane", "teacher", START + DAY, export=START + 12 * DAY),
        project("jane", "teacher", START + 11 * DAY, export=True, fallback=True),
        project("new", "teacher", START + 11 * DAY, export=True),
        project("john", "student", START + 2 * DAY),
        late,
        ended=end,
    )
    assert counts(found) == [(0, 1, 1), (1, 1, 0)]
    assert found.assigned["fallbacks"].sum() == 0
    assert odd(found) == {"exposures_after_end": 2}


def test_what_another_experiment_answered_does_not_count(store):
    later = project("jane", "student", START + 3 * DAY, experiment="another", export=True)
    found = observed(store, project("jane", "teacher", START + DAY), later, OTHER)
    assert counts(found) == [(0, 1, 0), (1, 1, 0)]


def test_users_from_before_new_weights_are_left_out_and_counted(store):
    found = observed(
        store,
        project("early", "teacher", START + DAY, export=True),
        project("early", "teacher", START + 6 * DAY, export=True),
        project("between", "student", START + 4 * DAY, shown_at=START + 6 * DAY),
        project("late", "teacher", START + 6 * DAY),
        OTHER,
        reweighted=START + 5 * DAY,
    )
    assert counts(found) == [(0, 1, 0), (1, 1, 0)]
    assert odd(found) == {"users_before_new_weights": 2}


def unexposed(events):
    return [event for event in events if not isinstance(event, Exposed)]


def test_who_was_never_answered_by_the_arm_counts_for_its_guardrails_alone(store):
    fell_back = unexposed(project("mary", "student", START + DAY, fallback=True))
    found = observed(store, project("jane", "teacher"), fell_back, OTHER)
    assert counts(found) == [(0, 1, 0), (1, 1, 0)]
    assert found.assigned.select("arm", "fallbacks").rows() == [(0, 0), (1, 0), (1, 1)]


def test_a_project_that_fell_back_before_the_first_answer_is_no_history(store):
    fell_back = unexposed(project("jane", "student", START + DAY, fallback=True))
    found = observed(store, fell_back, project("jane", "student", START + 2 * DAY), project("john", "teacher"))
    assert found.users.filter(arm=1).select("started", "started_before", "fallbacks").row(0) == (2, 0, 1)


def test_a_clock_that_is_ahead_does_not_make_the_last_answer(store):
    found = observed(store, project("jane", "teacher", START + 9_000 * DAY), project("john", "teacher"), OTHER)
    assert found.last == START + 20 * DAY + MINUTE / 6
    assert odd(found) == {"started_in_the_future": 1}


def test_an_experiment_that_nobody_met_is_one_sentence(store):
    with pytest.raises(ExperimentError, match=r"nobody has been answered by an arm of the experiment ab since 2026-03"):
        observed(store, project("jane", None))


def test_an_arm_without_users_is_one_sentence(store):
    with pytest.raises(ExperimentError, match="the experiment ab has no users in student, 2 in the rest; see whether"):
        observed(store, project("jane", "teacher"), project("john", "teacher"))


def test_forgotten_users_are_not_observed(store):
    jane = project("jane", "teacher", export=True)
    found = observed(store, jane, project("john", "teacher"), OTHER)
    store.forget("jane")
    after = observed(store, jane)
    assert len(after.users) == len(found.users) - 1
    assert not list(store.rows(select(schema.exposures).where(schema.exposures.c.project_id == jane[0].id)))
