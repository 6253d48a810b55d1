"""A store and an experiment of one's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from traffic import define

from goldenhour.events import Store, open_store
from goldenhour.experiment.definition import Experiment


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "events.sqlite")) as store:
        yield store


@pytest.fixture
def experiment() -> Experiment:
    """The experiment ab: the teacher, which is the control, and a student, half the users each."""
    return define()
