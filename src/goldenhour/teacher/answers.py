"""Answers of a teacher, and the files that they are kept in: JSON lines or Parquet, with the same columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from goldenhour.teacher.errors import TeacherError
from goldenhour.tools import Recipe, UserError
from goldenhour.tools.extras import needs
from goldenhour.tools.whole_file import whole_file

SUFFIXES = (".parquet", ".jsonl")


@dataclass(frozen=True)
class TeacherAnswer:
    """One answer of a teacher: the recipe as it was written, why, and the kind of intent (``domain``; empty: unknown).

    ``call`` tells several answers to one intent apart: the number of the sample; among the recorded answers, 2 where an
    intent that has an answer was put to a second, independent teacher. ``repairs`` says what was repaired in the
    recipe, ``model`` who answered, ``form`` how it was asked: joint or per-tool.
    """

    intent: str
    domain: str
    call: int
    recipe_data: dict[str, Any]
    rationale: str
    repairs: tuple[str, ...] = ()
    model: str = "recorded"
    form: str = "recorded"

    @cached_property
    def recipe(self) -> Recipe:
        """The validated recipe; on demand, since validating all recorded answers takes a second."""
        return Recipe.from_dict(self.recipe_data)


def read_answers(lines: Iterable[str]) -> Iterator[TeacherAnswer]:
    """Answers from JSON lines with intent, domain, call, recipe and rationale; the other columns may be missing."""
    for line in lines:
        yield _answer(json.loads(line))


def read_answer_file(path: Path) -> list[TeacherAnswer]:
    """The answers of a ``.jsonl`` or ``.parquet`` file, in its order; raises TeacherError naming the row at fault."""
    check_answer_file_name(path)
    answers: list[TeacherAnswer] = []
    try:
        for row in _rows(path):
            answers.append(_answer(json.loads(row) if isinstance(row, str) else row))  # noqa: PERF401 - counts below
        return answers
    except OSError as error:
        raise TeacherError(f"the answers {path} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, UserError):
            raise
        raise TeacherError(f"{path} is not a file of answers: row {len(answers) + 1}: {error!r}") from None


def write_answer_file(path: Path, answers: Sequence[TeacherAnswer]) -> None:
    """Write answers as ``.jsonl`` or ``.parquet``, in which the recipe is JSON text; raises TeacherError."""
    check_answer_file_name(path)
    data = (_as_jsonl if path.suffix.lower() == ".jsonl" else _as_parquet)([_row(answer) for answer in answers])
    try:
        with whole_file(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise TeacherError(f"{path} cannot be written: {error.strerror or error}; choose another place") from None


def _as_jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _as_parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    polars = _polars()
    columns = dict.fromkeys(("intent", "domain"), polars.String) | {"call": polars.Int32}
    columns |= {"recipe": polars.String, "rationale": polars.String}
    columns |= {"repairs": polars.List(polars.String), "model": polars.String, "form": polars.String}
    data = BytesIO()  # not the file itself: when the disk is full, polars says so in its own way
    polars.DataFrame([{**row, "recipe": json.dumps(row["recipe"])} for row in rows], schema=columns).write_parquet(data)
    return data.getvalue()


def check_answer_file_name(path: Path) -> None:
    """Raise TeacherError unless answers can be in a file of this name: its suffix, and what is installed."""
    if path.suffix.lower() not in SUFFIXES:
        raise TeacherError(f"{path} must be a name that ends in {' or '.join(SUFFIXES)}")
    if path.suffix.lower() == ".parquet":
        _polars()


def _polars() -> Any:
    with needs("data"):
        import polars  # noqa: PLC0415 - not part of the plain install
    return polars


def _rows(path: Path) -> Iterator[str | dict[str, Any]]:
    if path.suffix.lower() == ".jsonl":
        with path.open(encoding="utf-8-sig") as lines:
            yield from (line for line in lines if line.strip())
        return
    polars = _polars()
    try:
        frame = polars.read_parquet(path)
    except polars.exceptions.PolarsError as error:
        raise TeacherError(f"{path} is not a Parquet file: {error}") from None
    yield from frame.iter_rows(named=True)


def _answer(row: Mapping[str, Any]) -> TeacherAnswer:
    extra = {name: row[name] for name in ("model", "form") if name in row}
    recipe = row["recipe"]
    return TeacherAnswer(
        row["intent"],
        row["domain"],
        row["call"],
        json.loads(recipe) if isinstance(recipe, str) else recipe,
        row["rationale"],
        tuple(row.get("repairs", ())),
        **extra,
    )


def _row(answer: TeacherAnswer) -> dict[str, Any]:
    return {
        "intent": answer.intent,
        "domain": answer.domain,
        "call": answer.call,
        "recipe": answer.recipe_data,
        "rationale": answer.rationale,
        "repairs": list(answer.repairs),
        "model": answer.model,
        "form": answer.form,
    }
