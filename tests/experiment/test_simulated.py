"""Simulated users meet two arms: from the pixels that they judge to the sentence of the report."""

from datetime import UTC, datetime, timedelta
from itertools import chain

from traffic import define

from goldenhour.events import AnswerShown, Event, Exposed, new_id
from goldenhour.experiment.assignment import assign
from goldenhour.experiment.registry import register
from goldenhour.experiment.report import make_report
from goldenhour.simulate import Simulation, simulate
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe, normalise

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_student_that_changes_nothing_is_found_worse_than_the_teacher(store):
    experiment = define(start=FIRST_DAY, planned_users=100)
    register(store, experiment)
    wanted = {normalise(answer.intent): answer.recipe for answer in recorded_answers()[:12]}

    def answer(user, intent, random):
        teacher = assign(experiment, user).name == "teacher"
        return (wanted[intent], "recorded") if teacher else (Recipe.neutral(), "idle")

    def exposed(events: list[Event]) -> list[Event]:
        """What the server would log: the arm answered."""
        arms = {"recorded": "teacher", "idle": "student"}
        shown = [event for event in events if isinstance(event, AnswerShown)]
        return events + [Exposed(new_id(), e.project_id, "ab", arms[e.source_model], e.shown_at) for e in shown]

    users = simulate(Simulation(users=200, projects_per_user=2, seed=1), wanted, answer)
    store.write(chain.from_iterable(map(exposed, users)))
    report = make_report(store, "ab", FIRST_DAY + timedelta(days=40))
    assert sum(arm.users for arm in report.arms) == 200
    assert report.verdicts[0].kind == "worse"
    assert report.comparisons[0].ratio.value < 0.8
    assert report.oddities.users_in_two_arms == 0
    assert report.oddities.simulated_projects == sum(arm.started for arm in report.arms)
    assert report.planned["student"] in ("worse", None)
    assert sum(arm.completed for arm in report.arms) == store.counts().completed
