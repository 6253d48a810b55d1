"""What is noted of answers, and what is not."""

import asyncio
import contextlib
import threading

import pytest

from goldenhour.events import AnswerShown, ProjectStarted, Store, new_id, open_store
from goldenhour.events.engine import store_url
from goldenhour.experiment.definition import read_experiment
from goldenhour.serve.assistant import Assistant, Wish
from goldenhour.serve.chain import Chain, Panel
from goldenhour.serve.metrics import Metrics
from goldenhour.serve.models import StudentModel, open_student
from goldenhour.serve.problems import Problem
from goldenhour.serve.projects import Projects
from goldenhour.serve.settings import Settings
from goldenhour.serve.trials import Trials
from goldenhour.students import embedded_student

ARMS = [{"name": name, "weight": 0.5, "student": "built-in"} for name in "ab"]


class Fails:
    """A student that answers all but one intent."""

    def predict(self, intents):
        if "dusk" in intents:
            raise MemoryError("no memory left")
        return embedded_student().predict(intents)


@contextlib.contextmanager
def assisting(store, student):
    """An assistant, and the list of what it notes."""
    noted, metrics, own = [], Metrics(), Panel(student)
    chain, trials = Chain(own, metrics), Trials(store, Settings(), own)
    projects = Projects(store, trials, noted.append)
    with contextlib.closing(chain), contextlib.closing(projects):
        yield Assistant(chain, noted.append, metrics, projects, trials), trials, noted


@pytest.fixture
def place(tmp_path):
    return str(tmp_path / "events.sqlite")


def test_a_batch_of_which_one_intent_fails_shows_nothing(place):
    with open_store(place) as store, assisting(store, StudentModel(Fails(), "fails", "1")) as (assistant, _, noted):
        with pytest.raises(Problem, match="no model could answer"):
            asyncio.run(assistant.batch(Wish(""), ["golden hour", "morocco", "dusk", "oslo"]))
        assert noted == []
        asyncio.run(assistant.batch(Wish(""), ["golden hour", "morocco"]))
    assert [type(event) for event in noted] == [ProjectStarted, AnswerShown, AnswerShown]


class Hangs(Store):
    """A store that can be opened, and whose rows do not come."""

    def __init__(self, url):
        super().__init__(url)
        self.let_go = threading.Event()

    def rows(self, query, batch=10_000):
        self.let_go.wait(20)
        return super().rows(query, batch)


def test_a_store_that_hangs_holds_an_answer_up_for_a_moment_only(place, monkeypatch, caplog):
    monkeypatch.setattr("goldenhour.serve.projects.PATIENCE", 0.1)
    with Hangs(store_url(place)) as store, assisting(store, open_student(None)) as (assistant, trials, noted):
        experiment = read_experiment({"name": "e", "arms": ARMS, "start": "2026-01-01"})
        trials.running = trials.open(experiment)
        project = new_id()

        async def ask():
            async with asyncio.timeout(10):
                return [(await assistant.answers(Wish("golden hour", project_id=project)))[0] for _ in range(2)]

        answers = asyncio.run(ask())
        store.let_go.set()
    assert [answered.arm for answered in answers] == [None, None]
    assert [type(event) for event in noted] == [AnswerShown, AnswerShown]
    assert [record.getMessage() for record in caplog.records] == [  # once: then it is remembered
        "a project is not looked up: the store is slow"
    ]
