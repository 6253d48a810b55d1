import pytest
from hypothesis import settings

from goldenhour.students.nearest import NearestStudent
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import split_of

# the same examples on every run, however slow the machine
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def student():
    """The student *nearest* of all recorded answers."""
    return NearestStudent(recorded_answers())


@pytest.fixture(scope="session")
def trained():
    """A student that has seen the train split only, as in every evaluation."""
    return NearestStudent([answer for answer in recorded_answers() if split_of(answer.intent) == "train"])


@pytest.fixture
def saved(tmp_path):
    """The folder of a student of a few answers."""
    NearestStudent(recorded_answers()[:50]).save(tmp_path / "new" / "student")
    return tmp_path / "new" / "student"
