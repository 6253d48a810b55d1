import json
import re

import polars
import pytest

from goldenhour.teacher.answers import TeacherAnswer, read_answer_file, write_answer_file
from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe, UserError
from goldenhour.tools.extras import install

ANSWERS = [
    *recorded_answers()[:5],
    TeacherAnswer("ümläut “x”", "", 2, Recipe.neutral().to_dict(), "why\nnot", ("a", "b"), "m", "per-tool"),
]


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "A.JSONL"])
@pytest.mark.parametrize("answers", [ANSWERS, []])
def test_answers_come_back_from_either_file(tmp_path, name, answers):
    write_answer_file(tmp_path / name, answers)
    assert read_answer_file(tmp_path / name) == answers
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_columns_of_both_files_are_the_same(tmp_path):
    write_answer_file(tmp_path / "a.jsonl", ANSWERS)
    write_answer_file(tmp_path / "a.parquet", ANSWERS)
    frame = polars.read_parquet(tmp_path / "a.parquet")
    row = json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert frame.columns == list(row)
    assert Recipe.from_json(frame["recipe"][0]) == ANSWERS[0].recipe
    assert frame.schema["repairs"] == polars.List(polars.String)


def test_the_recorded_columns_are_enough(tmp_path):
    row = {"intent": "x", "domain": "word", "call": 1, "recipe": {}, "rationale": "y"}
    (tmp_path / "a.jsonl").write_text(f"\ufeff{json.dumps(row)}\n\n", encoding="utf-8")
    assert read_answer_file(tmp_path / "a.jsonl") == [TeacherAnswer("x", "word", 1, {}, "y")]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.csv", b"", r"must be a name that ends in .parquet or .jsonl"),
        ("a.jsonl", b'{"intent": "x"}\n', "row 1: KeyError"),
        ("a.jsonl", b"[]\n", "row 1: TypeError"),
        ("a.jsonl", b"no JSON\n", "row 1"),
        ("a.jsonl", b"\xff\n", "row 1"),
        ("a.parquet", b"PAR1 and no more", "is not a Parquet file"),
        ("missing/a.jsonl", None, "cannot be read: No such file"),
        ("missing/a.parquet", None, "cannot be read: No such file"),
    ],
)
def test_what_is_no_file_of_answers_gets_a_sentence(tmp_path, name, data, sentence):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(TeacherError, match=sentence):
        read_answer_file(tmp_path / name)


def test_a_parquet_file_of_something_else_gets_a_sentence(tmp_path):
    polars.DataFrame({"x": [1]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(TeacherError, match="row 1: KeyError"):
        read_answer_file(tmp_path / "a.parquet")


def test_what_cannot_be_written_gets_a_sentence_and_leaves_nothing(tmp_path):
    for name in ("missing/a.jsonl", "missing/a.parquet", "a.csv"):
        with pytest.raises(TeacherError):
            write_answer_file(tmp_path / name, ANSWERS)
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_the_remedy_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(UserError, match=re.escape(f"needs polars; {install('data')}")):
        write_answer_file(tmp_path / "a.parquet", ANSWERS)
    write_answer_file(tmp_path / "a.jsonl", ANSWERS)
    assert read_answer_file(tmp_path / "a.jsonl") == ANSWERS
