"""Columns of the store, part by part."""

import polars as pl
import pytest
from sqlalchemy import select
from traffic import MINUTE, START, project

from goldenhour.events import schema
from goldenhour.experiment import columns
from goldenhour.experiment.columns import Words, read, read_parts

ANSWERS = {
    "project": ("project_id", "id"),
    "shown_at": ("shown_at", "time"),
    "latency_ms": ("latency_ms", "number"),
    "fallback": ("fallback", "flag"),
    "domain": ("domain", "text"),
    "recipe": ("recipe", "hash"),
}


@pytest.mark.parametrize("projects", [0, 1, 5, 6, 7, 12, 13])
def test_rows_are_the_same_however_they_are_parted(store, monkeypatch, projects):
    for number in range(projects):
        answer = {"latency_ms": number / 4, "fallback": number % 2 == 0, "domain": ("film", None)[number % 2]}
        store.write(project("jane", None, START + number * MINUTE, **answer))
    with store.reading() as connection:
        whole = read(connection, ANSWERS, "answers ORDER BY shown_at", {"domain": Words({"film": 0, None: 1})})
        monkeypatch.setattr(columns, "BATCH", 3)
        monkeypatch.setattr(columns, "PART", 2)
        words = Words()
        parts = list(read_parts(connection, ANSWERS, "answers ORDER BY shown_at", {"domain": words}))
    assert pl.concat(parts).equals(whole)
    assert all(part.height <= 6 for part in parts)
    assert words.list == ["film", None][: min(projects, 2)]
    rows = list(store.rows(select(schema.answers).order_by(schema.answers.c.shown_at)))
    assert whole["latency_ms"].to_list() == [row.latency_ms for row in rows]
    pairs = zip(whole["project_high"], whole["project_low"], strict=True)
    assert [(high << 64) + low for high, low in pairs] == [row.project_id.int for row in rows]
    assert whole["recipe"].to_list() == [int.from_bytes(row.recipe[:8], "big") for row in rows]
