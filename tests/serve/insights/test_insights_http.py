"""The insights over HTTP: counted in a thread of their own, kept a while, for those who may see them."""

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from days import project

from goldenhour.events import open_store


def test_what_was_asked_of_the_server_is_in_its_insights(serving):
    server = serving()
    answer = server.http.post("/v1/recipes", json={"intent": "golden hour", "user": "jane"}).json()
    export = {key: answer[key] for key in ("project_id", "answer_id", "recipe")}
    assert server.http.post("/v1/exports", json=export).status_code == 202
    server.flushed().close()
    response = server.http.get("/v1/insights", params={"days": 2})
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    found = response.json()
    total = found["total"]
    assert [total[name] for name in ("users", "projects", "completed", "answers")] == [1, 1, 1, 1]
    assert found["daily"][-1]["day"] == f"{datetime.now(UTC):%Y-%m-%d}"
    assert found["latency"]["p50"] == pytest.approx(answer["latency_ms"], abs=0.06)  # it is counted in tenths


def test_what_was_counted_is_kept_for_some_seconds_and_by_the_number_of_days(serving):
    server = serving()
    first = server.http.get("/v1/insights").content
    with open_store(server.place) as store:
        store.write(project("jane", datetime.now(UTC), "golden hour"))
    with ThreadPoolExecutor(8) as many:
        again = list(many.map(lambda _: server.http.get("/v1/insights").content, range(8)))
    assert again == [first] * 8
    assert server.http.get("/v1/insights?days=29").json()["total"]["projects"] == 1


@pytest.mark.parametrize(
    ("days", "instead"),
    [
        ("0", "choose 1 or more"),
        ("367", "choose 366 or less"),
        ("-1", "choose 1 or more"),
        ("1.5", "send a whole number"),
        ("month", "send a whole number"),
        ("", "send a whole number"),
    ],
)
def test_other_spans_than_a_year_of_days_are_refused(shared, http, days, instead):
    response = http.get("/v1/insights", params={"days": days})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == f"days is '{days}': {instead}"


def test_the_page_and_its_modules(http):
    page = http.get("/insights")
    assert page.status_code == 200
    for path in (
        "/insights/web/insights.js",
        "/insights/web/charts.js",
        "/insights/web/insights.css",
        "/web/theme.css",
    ):
        response = http.get(path)
        assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")
    assert http.get("/insights/web/../insights.py").status_code == 404


def test_they_are_for_those_with_the_token(serving):
    server = serving(token="secret")
    for path in ("/insights", "/v1/insights", "/insights/web/insights.js"):
        assert server.http.get(path).status_code == 401
    assert server.http.get("/v1/insights", headers={"Authorization": "Bearer secret"}).status_code == 200


def test_a_store_that_fails_is_one_sentence(serving, tmp_path):
    server = serving()
    place = tmp_path / "events.sqlite"
    with contextlib.closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    place.write_bytes(b"nothing" * 20_000)
    response = server.http.get("/v1/insights?days=5")
    assert response.status_code == 503
    assert response.json()["detail"] == "the event store cannot be used at the moment; try again later"
    assert server.http.get("/healthz").status_code == 200
