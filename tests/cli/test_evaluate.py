"""``goldenhour evaluate``."""

import json

import pytest

from goldenhour.evaluate import asking
from goldenhour.students.nearest import NearestStudent
from goldenhour.teacher.recorded import recorded_answers


@pytest.fixture
def student(tmp_path):
    NearestStudent(recorded_answers()[:30]).save(tmp_path / "students" / "small")
    return tmp_path / "students" / "small"


def test_a_student_beside_floors_and_ceiling(run, student, tmp_path):
    presets = tmp_path / "presets.jsonl"
    presets.write_text('{"name": "noir", "adjust": {"contrast": 40}}\n')
    out = tmp_path / "report"
    options = ["--limit", "6", "--split", "dev", "--price", "0.4", "1.6", "--presets", presets]
    result = run("evaluate", student, "-o", out, *options)
    assert (result.code, result.out.splitlines()) == (0, [str(out / "index.html"), str(out / "report.json")])
    data = json.loads((out / "report.json").read_text(encoding="utf-8"))
    names = ["small", "nearest (train rows)", "mean recipe", "teacher's second opinion"]
    assert [evaluation["name"] for evaluation in data["evaluations"]] == names
    assert [line.split(":")[0] for line in result.err.splitlines()] == names
    assert (data["data"]["split"], data["data"]["rows"]) == ("dev", 6)
    assert list(data["presets"]) == names[:3]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["presets.jsonl", "report", "students"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "nowhere is not a student's folder"),
        (["--split", "train"], "train"),
        (["--data", "nowhere"], "not a finished dataset"),
        (["--presets", "none.jsonl"], "none.jsonl cannot be read"),
        (["--presets", "bad.jsonl"], "bad.jsonl, line 1: it is not JSON"),
        (["--price", "-1", "2"], "two prices of 0 or more"),
        (["--limit", "0"], "limit"),
        (["-o", "bad.jsonl"], "is a file"),
    ],
)
def test_bad_input_is_said_and_leaves_nothing(run, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.jsonl").write_text("{\n")
    result = run("evaluate", *arguments)
    assert result.code == 2
    assert says in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["bad.jsonl"]


def test_ctrl_c_is_one_sentence_and_leaves_nothing(run, student, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(asking, "_timed", interrupted)
    result = run("evaluate", student, "-o", tmp_path / "report", "--limit", "2")
    out = tmp_path / "report"
    assert (result.code, result.err) == (2, f"goldenhour: stopped; nothing was written to {out}\n")
    assert not out.exists()
