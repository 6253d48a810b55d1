"""What is written, on SQLite and PostgreSQL alike."""

import json
from dataclasses import replace

import pytest
from happenings import BARE, FAINT, MORNING, WARM, clear, contents, days, exported, exposed, shown, started, visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from goldenhour.events import StoreError, open_store, schema
from goldenhour.events.store import BATCH
from goldenhour.tools import Recipe, default_toolset


def test_an_event_becomes_a_row_and_its_recipe_is_kept_by_content(store):
    project, first, edit, export = visit("jane", WARM, FAINT)
    second = shown(project, WARM, intent=" MOROCCO ", fallback=True)
    assert store.write([project, first, edit, export, second]) == 5
    (row,) = store.rows(select(schema.projects))
    millis = int(MORNING.timestamp() * 1000)
    assert row == (project.id, store.user_id("jane"), millis, "photo", None, False)
    answers = {row.id: row for row in store.rows(select(schema.answers))}
    assert answers[first.id][2:] == (millis + 5000, "Golden hour!", "golden hour", *answers[first.id][5:])
    assert answers[first.id][6:] == ("nearest", "1", 1.5, False, None, False, False, False)
    assert (answers[second.id].intent, answers[second.id].intent_key) == ("MOROCCO", "morocco")
    assert answers[first.id].recipe.hex() == answers[second.id].recipe.hex() == WARM.hash
    (exported_row,) = store.rows(select(schema.exports))
    assert exported_row[:3] == (export.id, project.id, first.id)
    assert exported_row.recipe.hex() == FAINT.hash
    assert {row.hash.hex(): row.toolset.hex() for row in store.rows(select(schema.recipes))} == {
        WARM.hash: default_toolset().hash,
        FAINT.hash: default_toolset().hash,
    }


def test_a_recipe_comes_back_from_its_parts(store):
    store.write(visit("jane", WARM, BARE))
    parts = select(schema.recipe_parts.c.recipe, schema.recipe_parts.c.tool, schema.parts.c.data).join(
        schema.parts, schema.parts.c.hash == schema.recipe_parts.c.part
    )
    data: dict[bytes, dict[str, object]] = {}
    for recipe, tool, part in store.rows(parts):
        data.setdefault(recipe, {})[tool] = None if part is None else json.loads(part)
    assert {key.hex(): Recipe.from_dict(value) for key, value in data.items()} == {WARM.hash: WARM, BARE.hash: BARE}


@st.composite
def disorder(draw):
    """The same events in any order, each once or more."""
    events = list(days(6))
    repeated = events + draw(st.lists(st.sampled_from(events), max_size=6))
    return events, draw(st.permutations(repeated)), draw(st.integers(1, 40))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(disorder())
def test_late_repeated_and_disordered_events_change_nothing(store, case):
    events, disordered, cut = case
    clear(store)
    store.write(events)
    expected = contents(store)
    clear(store)
    store.write(disordered[:cut])
    store.write(disordered[cut:])
    store.write([])
    assert contents(store) == expected


def test_an_answers_kind_and_an_exposure_are_kept(store):
    project = started()
    answer = shown(project, domain="places", repaired=True, refused=True)
    exposure = exposed(project, "teacher")
    store.write([project, answer, exposure, replace(exposure, arm="student")])
    (row,) = store.rows(select(schema.answers))
    assert (row.domain, row.repaired, row.refused) == ("places", True, True)
    millis = int(MORNING.timestamp() * 1000) + 6000
    assert list(store.rows(select(schema.exposures))) == [(exposure.id, project.id, "ab", "teacher", millis)]


def test_the_first_of_two_events_with_one_id_counts(store):
    project = started("jane")
    store.write([project, replace(project, media_kind="clip")])
    store.write([replace(project, media_kind="clip", user="john")])
    (row,) = store.rows(select(schema.projects))
    assert (row.media_kind, row.user_id) == ("photo", store.user_id("jane"))


def test_what_was_written_before_an_error_stays_and_writing_again_completes_it(store):
    def broken():
        for number, event in enumerate(days(BATCH)):
            if number == BATCH + 100:
                raise ConnectionError
            yield event

    with pytest.raises(ConnectionError):
        store.write(broken())
    kept = contents(store)
    assert sum(len(kept[table]) for table in ("projects", "answers", "edits", "exports", "exposures")) == BATCH
    store.write(days(BATCH))
    again = contents(store)
    store.write(days(BATCH))
    assert contents(store) == again


def test_counts_say_what_is_there(store):
    empty = store.counts()
    assert (empty.users, empty.projects, empty.completion_rate, empty.first_day) == (0, 0, None, None)
    clip = started("john", media_kind="clip", simulated=True)
    lonely = shown(started(), fallback=True, repaired=True, source_version="2")
    store.write(
        [*visit("jane", WARM, FAINT), *visit("jane", BARE), clip, shown(clip, source_version="2", refused=True), lonely]
    )
    store.write([exposed(clip), exposed(started())])
    counts = store.counts()
    assert (counts.users, counts.projects, counts.completed) == (2, 3, 2)
    assert (counts.photos, counts.clips, counts.simulated, counts.waiting) == (2, 1, 1, 2)
    assert (counts.answers, counts.edits, counts.exports, counts.exposures) == (4, 1, 2, 2)
    assert [(s.model, s.version, s.answers, s.fallbacks, s.repaired, s.refused) for s in counts.sources] == [
        ("nearest", "1", 2, 0, 0, 0),
        ("nearest", "2", 2, 1, 1, 1),
    ]
    assert counts.completion_rate == pytest.approx(2 / 3)
    assert (str(counts.first_day), str(counts.last_day)) == ("2024-05-01", "2024-05-02")


def test_a_project_exported_twice_is_completed_once(store):
    project = started()
    answer = shown(project)
    store.write([project, answer, exported(answer), exported(answer)])
    assert (store.counts().completed, store.counts().exports) == (1, 2)


def test_users_are_seen_from_their_first_project_on(store):
    store.write(days(30))
    with store.reading() as connection:
        users = connection.execute(text("SELECT first_seen, projects FROM users")).all()
    assert sum(row.projects for row in users) == 30
    assert min(row.first_seen for row in users) == int(MORNING.timestamp() * 1000)


def test_neither_names_nor_addresses_are_in_the_files(tmp_path):
    path = tmp_path / "events.sqlite"
    with open_store(str(path)) as store:
        project = started("Jane Appleseed")
        store.write([project, shown(project, intent="as on jane@example.org, call +44 20 7946 0958 or @jane")])
        (row,) = store.rows(select(schema.answers))
        assert row.intent == "as on <email>, call <phone> or <name>"
        assert row.intent_key == "as on <email>, call <phone> or <name>"
        for file in tmp_path.iterdir():
            assert not any(secret in file.read_bytes() for secret in (b"Jane", b"jane", b"7946"))


def test_a_reader_sees_one_state_while_another_writes(store, store_url):
    store.write(visit("jane", WARM))
    with store.reading() as connection, open_store(store_url) as other:
        before = connection.execute(select(schema.answers)).all()
        other.write(visit("john", BARE))
        assert connection.execute(select(schema.answers)).all() == before
    assert store.counts().answers == 2


def test_many_rows_are_read_in_batches(store):
    store.write(days(50))
    rows = store.rows(select(schema.answers), batch=7)
    assert len(list(rows)) == 50


def test_a_store_that_must_be_there_is_not_made(tmp_path):
    with pytest.raises(StoreError, match=r"there is no store .*none\.sqlite; name one with --store"):
        open_store(str(tmp_path / "none.sqlite"), create=False)
    assert not list(tmp_path.iterdir())


def test_the_default_store_is_in_the_data_folder(data_folder):
    with open_store() as store:
        assert store.place == str(data_folder / "events.sqlite")
    assert (data_folder / "events.sqlite").exists()
