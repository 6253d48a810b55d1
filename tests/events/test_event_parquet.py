import hashlib
import json

import polars as pl
import pyarrow.parquet as pq
import pytest
from happenings import WARM, contents, days, exported_by_hand, shown, started, visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldenhour.events import StoreError, open_store, parquet, schema
from goldenhour.events.insert import insert
from goldenhour.events.parquet import export_store, import_store


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backup"


def test_a_store_travels_from_any_database_to_any_other(store, new_postgresql, tmp_path, folder, monkeypatch):
    monkeypatch.setattr(parquet, "BATCH", 16)
    by_hand = started("anna")
    store.write([*days(50), *visit("mary", WARM), by_hand, exported_by_hand(by_hand)])
    store.forget("mary")
    with store.writing() as connection:
        insert(connection, schema.experiments, [{"name": "ab", "since": 1, "definition": "{}"}])
    written = export_store(store, folder)
    for url in (str(tmp_path / "copy.sqlite"), new_postgresql()):
        with open_store(url) as copy:
            assert import_store(copy, folder) == written
            assert contents(copy) == contents(store)
            assert copy.user_id("user1") == store.user_id("user1")
            assert import_store(copy, folder) == written
            assert contents(copy) == contents(store)
            again = tmp_path / f"again{len(url)}"
            export_store(copy, again)
        for file in folder.iterdir():
            assert file.read_bytes() == (again / file.name).read_bytes()


def test_an_empty_store_travels_too(store, folder):
    assert set(export_store(store, folder).values()) == {0}
    assert set(import_store(store, folder).values()) == {0}


def test_the_files_can_be_read_by_any_tool(store, folder):
    store.write(days(10))
    export_store(store, folder)
    answers = pl.read_parquet(folder / "answers.parquet")
    assert answers.height == 10
    assert answers["shown_at"].dtype == pl.Datetime("ms", "UTC")
    assert answers.join(pl.read_parquet(folder / "projects.parquet"), left_on="project_id", right_on="id").height == 10
    assert sorted(path.stem for path in folder.iterdir()) == sorted(
        ["manifest", *(table.name for table in (schema.forgotten, schema.experiments, *schema.EVENT_TABLES))]
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=50).filter(str.strip))
def test_any_text_travels(tmp_path_factory, typed):
    folder = tmp_path_factory.mktemp("text")
    project = started(arm=typed)
    with open_store(str(folder / "a.sqlite")) as one, open_store(str(folder / "b.sqlite")) as two:
        one.write([project, shown(project, intent=f"a {typed}", source_model=typed)])
        export_store(one, folder / "out")
        import_store(two, folder / "out")
        assert contents(two) == contents(one)


def test_an_import_adds_what_is_missing_and_forgets_what_either_store_has_forgotten(store, new_url, folder, tmp_path):
    jane, john, mary = (visit(user, WARM) for user in ("jane", "john", "mary"))
    store.write([*jane, *john])
    export_store(store, folder)
    store.forget("jane")
    store.write(mary)
    with open_store(new_url()) as other:
        import_store(other, folder)
        other.forget("john")
        export_store(other, tmp_path / "others")
        assert other.counts().users == 1
    import_store(store, tmp_path / "others")
    import_store(store, folder)
    assert [(row.user_id) for row in store.rows(schema.projects.select())] == [store.user_id("mary")]
    assert store.counts().waiting == 0
    assert len(contents(store)["recipes"]) == 1


def test_an_export_of_an_older_schema_is_imported_with_the_defaults_of_what_it_lacks(store, new_url, folder):
    store.write(days(30))
    with store.writing() as connection:
        connection.execute(schema.exposures.delete())
        connection.execute(schema.answers.update().values(domain=None, repaired=False, refused=False, follow_up=False))
    export_store(store, folder)
    answers = folder / "answers.parquet"
    pq.write_table(pq.read_table(answers).drop_columns(["domain", "repaired", "refused", "follow_up"]), answers)
    for table in ("exposures", "experiments"):
        (folder / f"{table}.parquet").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["migrations"] = manifest["migrations"][:2]
    del manifest["tables"]["exposures"], manifest["tables"]["experiments"]
    manifest["tables"]["answers"]["sha256"] = hashlib.sha256(answers.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with open_store(new_url()) as copy:
        assert "exposures" not in import_store(copy, folder)
        assert contents(copy) == contents(store)


def test_users_of_two_salts_are_not_mixed(store, new_url, folder):
    store.write(days(5))
    export_store(store, folder)
    with open_store(new_url()) as other:
        other.write(days(1))
        with pytest.raises(StoreError, match=r"with another salt than the store .*; import it into an empty store"):
            import_store(other, folder)


def test_a_folder_is_exported_into_once(store, folder):
    export_store(store, folder)
    with pytest.raises(StoreError, match="has an export already; name another folder"):
        export_store(store, folder)


def spoil(folder, what):
    manifest = folder / "manifest.json"
    data = json.loads(manifest.read_text())
    match what:
        case "unfinished":
            manifest.unlink()
        case "no table":
            (folder / "parts.parquet").unlink()
        case "cut":
            (folder / "answers.parquet").write_bytes((folder / "answers.parquet").read_bytes()[:-1])
        case "garbage":
            manifest.write_text("{")
        case "list":
            manifest.write_text("[]")
        case "no salt":
            manifest.write_text(json.dumps(data | {"salt": None}))
        case "dataset":
            manifest.write_text(json.dumps(data | {"kind": "dataset"}))
        case "newer":
            manifest.write_text(json.dumps(data | {"migrations": ["m999_colours"]}))


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("unfinished", "is no whole export, it lacks manifest.json"),
        ("no table", "is no whole export, it lacks parts.parquet"),
        ("cut", "answers.parquet is damaged; export again"),
        ("garbage", "manifest.json is damaged; export again"),
        ("list", "manifest.json is damaged"),
        ("no salt", "manifest.json is damaged"),
        ("dataset", "is no export of events but of dataset"),
        ("newer", r"a newer Golden Hour made .* \(m999_colours\)"),
    ],
)
def test_what_is_no_whole_export_is_refused_before_anything_is_written(store, new_url, folder, what, sentence):
    store.write(days(5))
    export_store(store, folder)
    spoil(folder, what)
    with open_store(new_url()) as other:
        with pytest.raises(StoreError, match=sentence):
            import_store(other, folder)
        assert not any(contents(other).values())


def test_an_export_where_nothing_can_be_written_is_one_sentence(store, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"the export into .*file/out failed: Not a directory"):
        export_store(store, tmp_path / "file" / "out")


def test_an_export_that_was_cut_off_is_begun_again(store, folder, monkeypatch):
    store.write(days(5))
    with monkeypatch.context() as patch:
        patch.setattr(parquet, "_sha256", lambda path: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            export_store(store, folder)
    assert not list(folder.iterdir())
    export_store(store, folder)
    assert (folder / "manifest.json").exists()
