from datetime import UTC, datetime, timedelta
from pathlib import Path

from happenings import (
    BARE,
    FAINT,
    WARM,
    clear,
    contents,
    days,
    edited,
    exported,
    exported_by_hand,
    exposed,
    graded,
    shown,
    started,
    visit,
)
from sqlalchemy import select, text

from goldenhour.events import open_store, schema


def of_others(store, events, others):
    """What the store would have if only the others had ever been."""
    clear(store)
    store.write(others)
    expected = contents(store)
    clear(store)
    store.write(events)
    return expected


def without_marks(found):
    return found | {"forgotten": []}


def test_everything_of_a_user_goes_and_nothing_of_others(store):
    jane = [*visit("jane", WARM, FAINT), *visit("jane", graded(exposure=7))]
    others = [*visit("john", WARM, graded(exposure=9)), *visit("mary", BARE)]
    jane, others = ([*events, exposed(events[0])] for events in (jane, others))
    jane.append(exported_by_hand(jane[0], graded(exposure=8)))
    expected = of_others(store, [*jane, *others], others)
    deleted = store.forget("jane")
    assert without_marks(contents(store)) == expected
    # FAINT, exposure 7 and exposure 8; of their parts WARM's null ones are still John's
    assert deleted == {"projects": 2, "answers": 2, "edits": 1, "exports": 3, "exposures": 1, "recipes": 3, "parts": 3}
    assert not any(store.forget("jane").values())


def test_more_projects_than_a_query_takes_ids(store):
    others = visit("john", WARM)
    expected = of_others(store, [*others, *(started("jane") for _ in range(2100))], others)
    assert store.forget("jane")["projects"] == 2100
    assert without_marks(contents(store)) == expected


def test_what_comes_late_or_again_does_not_bring_a_user_back(store):
    jane = visit("jane", WARM, FAINT)
    store.write(jane)
    store.forget("jane")
    gone = contents(store)
    late = shown(jane[0], graded(exposure=3))
    store.write([*jane, late, edited(late, BARE), exported(late), exposed(jane[0])])
    assert contents(store) == gone


def test_a_project_that_becomes_known_after_its_user_was_forgotten_goes_with_all_that_waited_for_it(store):
    project, *rest = visit("jane", WARM, FAINT)
    store.write(rest)
    store.forget("jane")
    assert store.counts().waiting == 3
    store.write([project, *visit("john", WARM)])
    assert (store.counts().waiting, store.counts().projects, store.counts().answers) == (0, 1, 1)
    store.write(rest)
    assert store.counts().answers == 1


def test_a_user_who_returns_begins_anew(store):
    store.write(visit("jane", WARM))
    store.forget("jane")
    store.write([started("jane", started_at=datetime.now(UTC) + timedelta(minutes=1))])
    assert (store.counts().users, store.counts().projects) == (1, 1)


def test_only_ids_and_times_of_the_forgotten_stay(store):
    jane = visit("jane", WARM)
    store.write(jane)
    store.forget("jane")
    assert {row.id for row in store.rows(select(schema.forgotten))} == {store.user_id("jane"), jane[0].id}


def test_what_was_typed_is_not_in_the_files_any_more(tmp_path):
    def found() -> bool:
        return any(b"hibiscus" in path.read_bytes() for path in Path(tmp_path).iterdir())

    with open_store(str(tmp_path / "events.sqlite")) as store:
        store.write(days(200))
        project = started("jane")
        store.write([project, shown(project, intent="hibiscus on sand")])
        assert found()
        store.forget("jane")
        assert not found()


def test_a_store_with_nothing_but_the_forgotten_is_still_a_store(store, store_url):
    store.write(visit("jane", WARM))
    store.forget("jane")
    with open_store(store_url) as again, again.reading() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM users")) == 0
