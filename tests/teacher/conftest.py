from collections import Counter

import pytest
from hypothesis import settings

from goldenhour.teacher.cache import ReplyCache
from goldenhour.teacher.client import Tally
from goldenhour.teacher.cost import Budget, Prices
from goldenhour.teacher.pace import Limits
from goldenhour.teacher.practice import PracticeTeacher
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.request import Asking
from goldenhour.teacher.settings import Endpoint
from goldenhour.teacher.teach import Teacher, teach
from goldenhour.tools import default_toolset, normalise

# the same examples on every run, however slow the machine
settings.register_profile("steady of the teacher", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("steady of the teacher")

PRICES = Prices(0.4, 1.6)


@pytest.fixture(scope="session")
def known():
    """Sixty recorded answers to intents that have one answer, by intent."""
    asked = Counter(normalise(answer.intent) for answer in recorded_answers())
    once = [answer for answer in recorded_answers() if asked[normalise(answer.intent)] == 1]
    return {answer.intent: answer for answer in once[:60]}


@pytest.fixture
def serve(known, practice_servers):
    """Start practice servers of those sixty answers, each with its manner."""
    return lambda manner=None, port=0: practice_servers(PracticeTeacher(list(known.values())), manner, port)


class Run:
    """One run of the real client: its lesson, tally and budget."""

    def __init__(self, intents, teacher, cache, cap=None):
        self.tally, self.budget, self.seen = Tally(), Budget(teacher.endpoint.prices, cap), []
        self.lesson = teach(intents, teacher, cache, self.budget, self.tally, lambda *done: self.seen.append(done))

    def recipes(self):
        return {answer.intent: answer.recipe for answer in self.lesson.answers}


@pytest.fixture
def cache(tmp_path):
    with ReplyCache(tmp_path / "cache" / "replies.sqlite") as cache:
        yield cache


def teacher_at(server_or_url, prices=PRICES, key="", model="recorded", **how):
    """A teacher at a server, which does not wait long between attempts."""
    limits = {name: how.pop(name) for name in list(how) if name in Limits.__dataclass_fields__}
    url = getattr(server_or_url, "url", server_or_url)
    return Teacher(
        Endpoint(url, model, key, prices), Asking(**how), default_toolset(), Limits(**{"first_wait": 0.01, **limits})
    )


@pytest.fixture
def ask(cache):
    """Ask a server about intents."""

    def ask(server, intents, cap=None, **how):
        return Run(intents, teacher_at(server, **how), cache, cap)

    return ask
