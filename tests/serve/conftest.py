"""Real servers on loopback for every test."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from servers import Serving, running

from goldenhour.serve.settings import Settings


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
