"""Real servers on loopback for every test."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from servers import Serving, running

from goldenhour.serve.settings import Settings
from goldenhour.students.nearest import NearestStudent
from goldenhour.teacher.recorded import recorded_answers


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    """Start servers, each with its settings."""
    with contextlib.ExitStack() as stack:

        def start(**settings: object) -> Serving:
            store = {"store": str(tmp_path / "events.sqlite")}
            return stack.enter_context(running(Settings(**store | settings)))

        yield start


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server as it comes, for all tests of a file."""
    store = tmp_path_factory.mktemp("store") / "events.sqlite"
    with running(Settings(store=str(store))) as serving:
        yield serving


@pytest.fixture(scope="module")
def http(shared: Serving) -> httpx.Client:
    return shared.http


@pytest.fixture
def nearest(tmp_path: Path) -> Path:
    """The folder of another student."""
    folder = tmp_path / "nearest"
    NearestStudent(recorded_answers()[:300]).save(folder)
    return folder


@pytest.fixture
def definition(nearest: Path) -> dict[str, object]:
    """An experiment of two arms."""
    return {
        "name": "nearest against built-in",
        "arms": [
            {"name": "built-in", "weight": 0.5, "student": "built-in"},
            {"name": "nearest", "weight": 0.5, "student": str(nearest)},
        ],
        "start": "2026-01-01",
    }
