"""Floors know train rows only; students come from folders."""

import pytest

from goldenhour.evaluate.candidates import floors, mean_recipe, students
from goldenhour.evaluate.material import Row, read_material
from goldenhour.students import StudentError
from goldenhour.students.nearest import NearestStudent
from goldenhour.teacher.answers import TeacherAnswer
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe
from recipes import recipe_of


def row(values):
    return Row(TeacherAnswer("x", "", 1, recipe_of(values).to_dict(), ""))


def test_no_floor_has_seen_a_row_that_is_asked():
    material = read_material(None, "test")
    changed = [row for row in material.rows if not row.recipe.is_neutral][:10]
    nearest, mean = (floor.predict([row.intent for row in changed]) for floor in floors(material))
    # it answers an intent that it has seen with confidence 1 and the very answer
    assert not any(answer.recipe == row.recipe for answer, row in zip(nearest, changed, strict=True))
    assert all(answer.confidence < 1 for answer in nearest)
    assert len({answer.recipe for answer in mean}) == 1
    seen = next(row for row in material.train if not row.recipe.is_neutral)
    assert floors(material)[0].predict([seen.intent])[0].confidence == 1


def test_the_mean_recipe_uses_what_most_use():
    honey = {"filter.name": "warm_Honey", "filter.intensity": 40}
    rows = [row({"adjust.contrast": 10} | honey), row({"adjust.contrast": 20}), row(honey | {"filter.intensity": 60})]
    assert mean_recipe(rows) == recipe_of({"adjust.contrast": 15} | honey | {"filter.intensity": 50})
    assert mean_recipe([*rows, row({}), row({})]) == Recipe.neutral()


def test_a_part_that_nobody_exported_is_no_part_of_the_mean():
    exported = {"adjust": 1, "selective_adjust": 1, "filter": 0}
    rows = [row({"adjust.contrast": 10}), row({"filter.name": "warm_Honey", "filter.intensity": 40})]
    rows = [Row(one.answer, exported) for one in rows] + [row({"adjust.contrast": 30})]
    assert mean_recipe(rows) == recipe_of({"adjust.contrast": 20})


def test_students_go_by_their_folders_names_or_paths_where_these_are_the_same(tmp_path):
    for folder in ("one/s", "two/s", "t", "mean recipe"):
        NearestStudent(recorded_answers()[:3]).save(tmp_path / folder)
    found = students([tmp_path / "one/s", tmp_path / "two/s", tmp_path / "t"])
    assert [student.name for student in found] == [str(tmp_path / "one/s"), str(tmp_path / "two/s"), "t"]
    assert [student.name for student in students([tmp_path / "mean recipe"])] == [str(tmp_path / "mean recipe")]
    assert [student.name for student in students([])] == ["embedded"]
    with pytest.raises(StudentError, match="not a student's folder"):
        students([tmp_path])
