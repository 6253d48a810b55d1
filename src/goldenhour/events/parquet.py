"""A whole store as a folder of Parquet files, one a table, and back: a copy, or the way to another database.

Ids and hashes are hexadecimal text and times are timestamps in UTC, so that any tool can read the files. The manifest
is written last: its presence means that the folder is whole. It has the salt with which names became ids, so keep such
a folder as you keep the store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import BigInteger, Boolean, Column, Connection, Double, Table, func, select, update

from goldenhour.events import schema
from goldenhour.events.engine import StoreError
from goldenhour.events.forgetting import enforce_forgotten, mark_forgotten, without_forgotten
from goldenhour.events.insert import insert, insert_all
from goldenhour.events.migrations import MIGRATIONS, m003_experiments
from goldenhour.events.rows import Row, Rows
from goldenhour.events.store import Store
from goldenhour.tools.whole_file import whole_file

MANIFEST = "manifest.json"
BATCH = 20_000  # rows in memory
NEW_IN_M003 = (schema.experiments, schema.exposures)
TABLES = (schema.forgotten, schema.experiments, *schema.EVENT_TABLES)


def export_store(store: Store, folder: Path) -> dict[str, int]:
    """Write every table, as of one moment, into a folder; the number of rows of each. Raises StoreError."""
    if (folder / MANIFEST).exists():
        raise StoreError(f"{folder} has an export already; name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with store.reading() as connection:
            tables = {table.name: _export(connection, table, folder / f"{table.name}.parquet") for table in TABLES}
        steps = [step.__name__ for step in MIGRATIONS]
        manifest = {"kind": "events", "migrations": steps, "salt": store.salt.hex(), "tables": tables}
        with whole_file(folder / MANIFEST) as temporary:
            temporary.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"the export into {folder} failed: {error.strerror or error}") from None
    return {name: int(table["rows"]) for name, table in tables.items()}


def import_store(store: Store, folder: Path) -> dict[str, int]:
    """Write what an export has and the store lacks; the number of rows read from each table. Raises StoreError.

    An empty store takes the export's salt over; one with rows must have the same, or users could not be told apart.
    What either store has forgotten stays forgotten.
    """
    manifest = _read_manifest(folder)
    _take_salt(store, manifest["salt"], folder)
    counts = {}
    for table in _tables_of(manifest):
        counts[table.name] = 0
        for rows in _read(folder / f"{table.name}.parquet", table):
            with store.writing() as connection:
                _import(connection, table, rows)
            counts[table.name] += len(rows)
    if counts[schema.forgotten.name]:
        with store.writing(alone=True) as connection:
            enforce_forgotten(connection)
    return counts


def _export(connection: Connection, table: Table, path: Path) -> dict[str, Any]:
    fields = pa.schema([pa.field(column.name, _arrow(column), nullable=column.nullable) for column in table.columns])
    count = 0
    converters = [_as_text(column)[0] for column in table.columns]
    ordered = select(table).order_by(*table.primary_key)
    with whole_file(path) as temporary:
        with pq.ParquetWriter(temporary, fields, compression="zstd") as writer:
            result = connection.execution_options(yield_per=BATCH).execute(ordered)
            for rows in result.partitions(BATCH):
                columns = [
                    pa.array(map(convert, values), field.type)
                    for convert, field, values in zip(converters, fields, zip(*rows, strict=True), strict=True)
                ]
                writer.write_batch(pa.record_batch(columns, schema=fields))
                count += len(rows)
        return {"rows": count, "sha256": _sha256(temporary)}


def _read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an export whose files are all as they were written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["kind"] != "events":
            raise StoreError(f"{folder} is no export of events but of {manifest['kind']}; name another folder")
        newer = sorted(set(manifest["migrations"]) - {step.__name__ for step in MIGRATIONS})
        if newer:
            raise StoreError(f"a newer Golden Hour made {folder} ({', '.join(newer)}); update Golden Hour to import it")
        for table in _tables_of(manifest):
            path = folder / f"{table.name}.parquet"
            if _sha256(path) != manifest["tables"][table.name]["sha256"]:
                raise StoreError(f"{path} is damaged; export again")
        bytes.fromhex(manifest["salt"])
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise StoreError(f"{folder} is no whole export, it lacks {missing}; name another, or export again") from None
    except OSError as error:
        raise StoreError(f"{folder} cannot be read: {error.strerror}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"{folder / MANIFEST} is damaged; export again") from None
    return dict(manifest)


def _tables_of(manifest: dict[str, Any]) -> tuple[Table, ...]:
    """The tables that there were when the export was made."""
    if m003_experiments.__name__ in manifest["migrations"]:
        return TABLES
    return tuple(table for table in TABLES if table not in NEW_IN_M003)


def _take_salt(store: Store, salt: str, folder: Path) -> None:
    if store.salt.hex() == salt:
        return
    with store.writing(alone=True) as connection:
        if any(connection.scalar(select(func.count()).select_from(table)) for table in TABLES):
            raise StoreError(
                f"the export {folder} made its users' ids with another salt than the store {store.place}, so they"
                " would not be the same users; import it into an empty store"
            )
        connection.execute(update(schema.meta).where(schema.meta.c.name == "salt").values(value=salt))
    store.salt = bytes.fromhex(salt)


def _read(path: Path, table: Table) -> Iterator[list[Row]]:
    with pq.ParquetFile(path) as file:
        # an older export lacks the newest columns, which then get the table's defaults
        columns = [column for column in table.columns if column.name in file.schema_arrow.names]
        names = [column.name for column in columns]
        converters = [_as_text(column)[1] for column in columns]
        for batch in file.iter_batches(BATCH, columns=names):
            # timestamps as numbers: Python's datetimes would take most of the time
            read = [
                (values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values).to_pylist()
                for values in batch.columns
            ]
            converted = [list(map(convert, values)) for convert, values in zip(converters, read, strict=True)]
            yield [dict(zip(names, values, strict=True)) for values in zip(*converted, strict=True)]


def _import(connection: Connection, table: Table, rows: list[Row]) -> None:
    if table is schema.forgotten:
        mark_forgotten(connection, {row["id"]: row["forgotten_at"] for row in rows})
        return
    if table is schema.experiments:
        insert(connection, table, rows)
        return
    keys = table.primary_key.columns.keys()
    made: Rows = {other: {} for other in schema.EVENT_TABLES}
    made[table] = {tuple(row[key] for key in keys) if len(keys) > 1 else row[keys[0]]: row for row in rows}
    insert_all(connection, without_forgotten(connection, made))


def _arrow(column: Column[Any]) -> pa.DataType:
    match column.type:
        case BigInteger():  # every one of them is a time
            return pa.timestamp("ms", "UTC")
        case Boolean():
            return pa.bool_()
        case Double():
            return pa.float64()
    return pa.string()


def _as_text(column: Column[Any]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """To and from what a column has in Parquet: ids and hashes are text there."""
    match column.type:
        case schema.IdBytes() if column.nullable:
            return (lambda value: value and str(value)), (lambda value: value and UUID(value))
        case schema.IdBytes():
            return str, UUID
        case schema.HashBytes():
            return bytes.hex, bytes.fromhex
    return (lambda value: value,) * 2


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
