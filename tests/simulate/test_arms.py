"""Simulated users in the arms of an experiment: who answers them, what is noted, what is not exported."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from goldenhour.events import AnswerShown, Exported, Exposed, ProjectStarted
from goldenhour.simulate import Simulation, answered_by_arm, in_arms, simulate
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import normalise

START = datetime(2026, 5, 1, tzinfo=UTC)
WANTED = {normalise(answer.intent): answer.recipe for answer in recorded_answers()[:12]}
USERS = Simulation(users=80, projects_per_user=4, seed=2, first_day=START, days=10)


def arm_of(user):
    return "even" if int(user.rpartition("-")[2]) % 2 == 0 else "odd"


def domain_of(intent):
    return f"about {intent}"


def noted(completes):
    """The events of all users, each of whom gets what was wanted, by kind."""
    by_arm = {arm: lambda _user, intent, _random, arm=arm: (WANTED[intent], f"{arm}'s") for arm in ("even", "odd")}
    random = np.random.default_rng(3)
    events = [
        event
        for user in simulate(USERS, WANTED, answered_by_arm(arm_of, by_arm))
        for event in in_arms(user, "trial", arm_of, domain_of, completes, random)
    ]
    return {kind: [event for event in events if type(event) is kind] for kind in {*map(type, events)}}


@pytest.fixture(scope="module")
def whole():
    return noted({})


def test_every_project_is_in_its_users_arm_which_answered_it_once(whole):
    arms = {project.id: project.arm for project in whole[ProjectStarted]}
    assert all(project.arm == arm_of(project.user) for project in whole[ProjectStarted])
    assert {shown.project_id: shown.source_model for shown in whole[AnswerShown]} == {
        project: f"{arm}'s" for project, arm in arms.items()
    }
    assert len(whole[Exposed]) == len(arms)
    assert {exposed.project_id: exposed.arm for exposed in whole[Exposed]} == arms
    assert {exposed.experiment for exposed in whole[Exposed]} == {"trial"}


def test_every_answer_has_the_domain_of_its_intent(whole):
    assert {(shown.intent, shown.domain) for shown in whole[AnswerShown]} == {
        (intent, f"about {intent}") for intent in WANTED
    }


def test_all_of_it_happens_from_the_start_on(whole):
    times = [project.started_at for project in whole[ProjectStarted]]
    assert START <= min(times) < START + timedelta(days=1)
    assert START + timedelta(days=9) < max(times) < START + timedelta(days=10)


def test_an_arm_completes_the_share_that_it_is_to(whole):
    def completed(events):
        arms = {project.id: project.arm for project in events[ProjectStarted]}
        found = [arms[exported.project_id] for exported in events[Exported]]
        return {arm: found.count(arm) for arm in ("even", "odd")}

    before, after, none = completed(whole), completed(noted({"odd": 0.5})), completed(noted({"odd": 0.0}))
    assert before["even"] == after["even"] == none["even"]
    assert after["odd"] == pytest.approx(before["odd"] / 2, rel=0.25)
    assert none["odd"] == 0


def test_the_same_seed_gives_the_same_events(whole):
    assert noted({}) == whole
