"""Columns of the event store as data frames, quickly: millions of rows pass through Python only as plain tuples.

Ids are pairs of unsigned numbers, NAME_high and NAME_low; texts are numbers of their own list. An object for each id,
which SQLAlchemy's types would make, takes longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection, text

Kind = Literal["id", "hash", "time", "number", "flag", "text"]
BATCH = 1_000  # rows in Python's hands at once: what fits into the processor's caches is half again as fast
PART = 500  # batches of a data frame


@dataclass
class Words:
    """The different values of a column of text, None among them, by the number that stands for each."""

    numbers: dict[str | None, int] = field(default_factory=dict)

    def encode(self, values: Sequence[str | None]) -> NDArray[np.uint32]:
        """The numbers of some values; new ones get the next."""
        numbers = self.numbers
        for value in dict.fromkeys(values):  # not a set: its order differs from run to run
            if value not in numbers:
                numbers[value] = len(numbers)
        return np.fromiter(map(numbers.__getitem__, values), np.uint32, len(values))

    @property
    def list(self) -> list[str | None]:
        """The values in the order of their numbers."""
        return list(self.numbers)


def read(
    connection: Connection,
    columns: Mapping[str, tuple[str, Kind]],
    source: str,
    words: Mapping[str, Words] | None = None,
    **parameters: Any,
) -> pl.DataFrame:
    """The ``columns`` (name: SQL and kind) of ``source``, what follows FROM; texts are numbered by ``words``."""
    return pl.concat(read_parts(connection, columns, source, words, **parameters))


def read_parts(
    connection: Connection,
    columns: Mapping[str, tuple[str, Kind]],
    source: str,
    words: Mapping[str, Words] | None = None,
    **parameters: Any,
) -> Iterator[pl.DataFrame]:
    """The same in parts of so many rows that they are joined quickly, and little memory is taken; at least one part."""
    ids = "uuid_send({})" if connection.dialect.name == "postgresql" else "{}"
    chosen = ", ".join(ids.format(sql) if kind == "id" else sql for sql, kind in columns.values())
    query = f"SELECT {chosen} FROM {source}"  # noqa: S608 - no part of it comes from outside
    encoders = [_encoder(kind, (words or {}).get(name)) for name, (_, kind) in columns.items()]
    batches = _batches(connection, query, parameters)
    more = True
    while more:
        pieces: list[list[NDArray[Any]]] = [[encode(())] for encode in encoders]
        count = 0
        for rows in islice(batches, PART):
            count += 1
            for encode, of_column, values in zip(encoders, pieces, zip(*rows, strict=True), strict=True):
                of_column.append(encode(values))
        more = count == PART
        yield _frame(columns, pieces)


def _frame(columns: Mapping[str, tuple[str, Kind]], pieces: Sequence[Sequence[NDArray[Any]]]) -> pl.DataFrame:
    made: dict[str, NDArray[Any]] = {}
    for (name, (_, kind)), of_column in zip(columns.items(), pieces, strict=True):
        whole = np.concatenate(of_column)
        made |= {f"{name}_high": whole[:, 0], f"{name}_low": whole[:, 1]} if kind == "id" else {name: whole}
    return pl.DataFrame({name: pl.Series(np.ascontiguousarray(values)) for name, values in made.items()})


def _batches(connection: Connection, query: str, parameters: dict[str, Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows in the transaction of a connection; SQLite's come from its own cursor, in two thirds of the time."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(BATCH):
            yield rows
        cursor.close()
    else:
        result = connection.execution_options(yield_per=10 * BATCH).execute(text(query), parameters)
        yield from result.partitions()


def _encoder(kind: Kind, words: Words | None) -> Callable[[Sequence[Any]], NDArray[Any]]:
    """Values of a column, as the driver gives them, as an array (n,), or (n, 2) for ids."""
    match kind:
        case "id":
            return lambda values: _numbers(values).reshape(-1, 2)
        case "hash":  # 64 of its 256 bits: that two of a million share them has a chance of 3e-8
            return lambda values: _numbers(values)[::4]
        case "time":
            return lambda values: np.fromiter(values, np.int64, len(values))
        case "number":
            return lambda values: np.fromiter(values, np.float64, len(values))
        case "flag":
            return lambda values: np.fromiter(values, np.bool_, len(values))
        case "text":
            return (words or Words()).encode


def _numbers(values: Sequence[bytes]) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join(values), ">u8").astype(np.uint64)
