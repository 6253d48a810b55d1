"""The chain behind an answer: cache, student, repair, and the teacher where the student is unsure."""

import asyncio
import time

import pytest
from sqlalchemy import select

from goldenhour.events import schema
from goldenhour.serve.chain import Chain, Panel
from goldenhour.serve.metrics import Metrics
from goldenhour.serve.models import StudentModel, open_student
from goldenhour.serve.problems import Problem
from goldenhour.serve.settings import ServeError, Settings
from goldenhour.students import Answer, embedded_student
from goldenhour.teacher.faults import Faults
from goldenhour.teacher.practice import PracticeTeacher
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.server import Manner
from goldenhour.teacher.settings import Endpoint
from goldenhour.tools import Recipe

UNSURE = next(  # something of which the student is not all too sure, and that the practice teacher knows
    answer
    for answer in recorded_answers()
    if embedded_student().predict([answer.intent])[0].confidence < 0.9
    and embedded_student().predict([answer.intent])[0].recipe != answer.recipe
)


def ask(server, intent=UNSURE.intent):
    response = server.http.post("/v1/recipes", json={"intent": intent})
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
def taught(serving, practice_servers):
    """A server that asks a practice teacher of some manner."""

    def start(manner=None, unsure=0.95, **settings):
        teacher = practice_servers(PracticeTeacher(), manner)
        endpoint = Endpoint(teacher.url, "recorded")
        return serving(unsure=unsure, teacher=endpoint, **settings), teacher

    return start


def test_where_the_student_is_unsure_the_teacher_answers(taught):
    server, teacher = taught()
    found = ask(server)
    assert (found["source"], found["model"], found["confidence"]) == ("teacher", "recorded", 1)
    assert Recipe.from_dict(found["recipe"]) == UNSURE.recipe
    assert ask(server)["source"] == "cache"
    assert teacher.requests == 1
    assert server.metric('goldenhour_fallbacks_total{outcome="answered"}') == 1
    with server.flushed() as store:
        assert [(row.source_model, row.fallback) for row in store.rows(select(schema.answers))] == [
            ("recorded", True)
        ] * 2


def test_where_it_is_sure_the_teacher_is_not_asked(taught):
    server, teacher = taught(unsure=0.01)
    assert ask(server)["source"] == "student"
    assert ask(server, "crop it")["message"]
    assert teacher.requests == 0


@pytest.mark.parametrize(
    "manner",
    [Manner(delay=3), Manner(Faults(rate_500=1)), Manner(Faults(cut=1)), Manner(Faults(rate_429=1), retry_after=60)],
    ids=["slow", "broken", "cut", "busy"],
)
def test_a_teacher_that_does_not_answer_in_time_leaves_the_students_answer(taught, manner):
    server, _ = taught(manner, teacher_seconds=0.8)
    began = time.monotonic()
    found = ask(server)
    assert time.monotonic() - began < 2.5
    assert (found["source"], found["model"]) == ("student", "direct")
    assert found["recipe"] == embedded_student().predict([UNSURE.intent])[0].recipe.to_dict()
    assert server.metric('goldenhour_fallbacks_total{outcome="failed"}') == 1
    assert ask(server)["source"] == "student"  # such an answer is not kept: the teacher may be well again


def test_a_teacher_that_keeps_failing_is_left_alone(taught):
    server, teacher = taught(Manner(delay=1.5), teacher_seconds=0.3)
    for number in range(3):
        ask(server, f"{UNSURE.intent} {number}")
    asked = teacher.requests
    assert ask(server, f"{UNSURE.intent} at last")["source"] == "student"
    assert teacher.requests == asked


def test_a_teacher_that_is_not_there_leaves_the_students_answer(serving):
    server = serving(unsure=0.95, teacher=Endpoint("http://127.0.0.1:9/v1", "nobody"), teacher_seconds=2)
    assert ask(server)["source"] == "student"


def test_asking_a_teacher_needs_one():
    with pytest.raises(ServeError, match="--teacher-url"):
        Settings(unsure=0.5)


class Damaged:
    """A student that breaks its promises."""

    def __init__(self, answer):
        self.answer = answer

    def predict(self, intents):
        if self.answer is None:
            raise MemoryError("no memory left")
        return [self.answer] * len(intents)


def read(student, intent="dusk", panel=None):
    metrics = Metrics()
    chain = Chain(Panel(student), metrics)
    try:
        return asyncio.run(chain.read(intent, panel)), metrics
    finally:
        chain.close()


def test_a_student_that_fails_is_a_problem_and_counts_as_invalid():
    with pytest.raises(Problem, match="no model could answer"):
        read(StudentModel(Damaged(None), "damaged", "1"))


def test_a_recipe_that_is_not_valid_is_repaired_and_counted():
    good = Recipe.neutral()
    values = tuple(
        500 if slot.path == "adjust.contrast" else value
        for slot, value in zip(good.toolset.slots, good.values, strict=True)
    )
    student = StudentModel(Damaged(Answer(Recipe(values, good.toolset), 0.5)), "damaged", "1")
    reading, metrics = read(student)
    assert reading.takes[0].to_dict()["adjust"]["contrast"] == 100
    assert reading.repairs == ("clamped adjust.contrast from 500 to 100",)
    assert b"goldenhour_repaired_answers_total 1.0" in metrics.text()


def test_an_arm_whose_student_fails_is_answered_by_the_servers_own():
    own = open_student(None)
    failing = Panel(StudentModel(Damaged(None), "damaged", "1"), arm="new student")
    reading, metrics = read(own, panel=failing)
    assert (reading.model, reading.fallback, reading.lasting) == ("direct", True, False)
    assert b"goldenhour_invalid_answers_total 1.0" in metrics.text()
