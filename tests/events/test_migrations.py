import multiprocessing

import pytest
from happenings import WARM, clear, contents, days, exported_by_hand, started, visit
from sqlalchemy import inspect, select, text

from goldenhour.events import Exposed, Store, StoreError, migrations, open_store, schema
from goldenhour.events.insert import insert_all
from goldenhour.events.rows import rows_of


def open_and_write(url: str, user: str) -> None:
    with open_store(url) as store:
        store.write(visit(user, WARM))


def test_the_newest_schema_has_the_tables_and_columns_of_the_module(store):
    with store.reading() as connection:
        found = inspect(connection)
        for table in schema.metadata.sorted_tables:
            columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            # SQLite lets a text key be null unless told otherwise
            keys = set(table.primary_key.columns.keys())
            assert {name: null for name, null in columns.items() if name not in keys} == {
                column.name: column.nullable for column in table.columns if column.name not in keys
            }
            assert set(found.get_pk_constraint(table.name)["constrained_columns"]) == keys
        assert set(found.get_table_names()) == schema.metadata.tables.keys()


def write_as_of_the_first_schema(store: Store, projects: int) -> None:
    """What days() writes, without the columns and tables that later steps brought."""
    rows = rows_of((event for event in days(projects) if not isinstance(event, Exposed)), store.salt)
    for row in rows[schema.answers].values():
        for name in ("domain", "repaired", "refused", "follow_up"):
            del row[name]
    with store.writing() as connection:
        insert_all(connection, rows)


def test_a_store_of_the_first_schema_is_brought_to_the_newest(new_url, monkeypatch):
    url = new_url()
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
        with open_store(url) as store:
            write_as_of_the_first_schema(store, 10)
            salt = store.salt
            assert list(store.rows(select(schema.migrations.c.name))) == [("m001_tables",)]
    with open_store(url) as store:
        before = contents(store)
        assert store.salt == salt
        assert (len(before["projects"]), len(before["answers"]), len(before["exposures"])) == (10, 10, 0)
        assert {row[-4:] for row in before["answers"]} == {(None, False, False, False)}
        clear(store)
        write_as_of_the_first_schema(store, 10)
        assert contents(store) == before
        names = [row.name for row in store.rows(select(schema.migrations).order_by(schema.migrations.c.name))]
        assert names == [step.__name__ for step in migrations.MIGRATIONS]
        with store.reading() as connection:
            assert connection.scalar(text("SELECT COUNT(*) FROM export_outcomes")) == 15
        store.write(days(20))


def test_exports_of_an_older_schema_stay_and_others_may_be_of_no_answer(new_url, monkeypatch):
    url = new_url()
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:3])
        with open_store(url) as store:
            store.write(days(10))
            before = contents(store)
            with store.writing() as connection:
                connection.execute(text("CREATE VIEW my_report AS SELECT id FROM exports"))  # people have their own
    with open_store(url) as store:
        assert contents(store) == before
        with store.reading() as connection:
            assert connection.scalar(text("SELECT COUNT(*) FROM my_report")) == len(before["exports"])
        project = started("jane")
        store.write([project, exported_by_hand(project)])
        with store.reading() as connection:
            assert {index["name"] for index in inspect(connection).get_indexes("exports")} == {"exports_project_id"}
            assert connection.scalar(text("SELECT COUNT(*) FROM export_outcomes")) == 15
        assert len(contents(store)["exports"]) == len(before["exports"]) + 1


def test_a_store_of_a_newer_schema_is_refused(store, store_url):
    with store.writing() as connection:
        connection.execute(schema.migrations.insert(), {"name": "m999_colours", "applied_at": 0})
    with pytest.raises(StoreError, match=r"a newer Golden Hour made it \(m999_colours\); update Golden Hour"):
        open_store(store_url)


def test_a_database_of_something_else_is_refused(new_url):
    url = new_url()
    with open_store(url) as store, store.writing() as connection:
        connection.execute(text("DROP TABLE goldenhour_migrations"))
    with pytest.raises(StoreError, match="it has tables of something else"):
        open_store(url)


def test_a_failed_step_leaves_nothing_behind(new_url, monkeypatch):
    url = new_url()

    def m002_fails(connection):
        connection.execute(text("CREATE TABLE half (id BIGINT)"))
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS[:1], m002_fails))
        with pytest.raises(ConnectionError):
            open_store(url)
    with open_store(url) as store, store.reading() as connection:
        assert "half" not in inspect(connection).get_table_names()


def test_processes_that_open_a_new_store_at_once_make_one(new_url):
    url = new_url()
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=open_and_write, args=(url, f"user{i}")) for i in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    with open_store(url) as store:
        assert (store.counts().users, store.counts().exports) == (4, 4)
