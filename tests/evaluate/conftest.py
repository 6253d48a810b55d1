"""A few recorded rows to ask, and a few to learn from."""

from collections import defaultdict

import pytest

from goldenhour.evaluate.material import Material, Row
from goldenhour.evaluate.sight import Sight
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import split_of


@pytest.fixture(scope="session")
def material():
    by_split = defaultdict(list)
    for answer in recorded_answers():
        if answer.call == 1 and len(by_split[split_of(answer.intent)]) < 40:
            by_split[split_of(answer.intent)].append(Row(answer))
    return Material("a few recorded answers", "test", tuple(by_split["test"][:12]), tuple(by_split["train"]))


@pytest.fixture(scope="session")
def sight():
    return Sight()


@pytest.fixture
def untold():
    """Somebody who does not want to know how far it is."""
    return lambda what, done, total: None
