import json

import pytest

from goldenhour.students import StudentError, embedded_student, load_student
from goldenhour.students.student import MANIFEST
from invented_toolset import invented


def test_the_embedded_student_is_made_once():
    assert embedded_student() is embedded_student()


def rewrite_manifest(folder, **facts):
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | facts), encoding="utf-8")


def test_a_student_of_another_toolset_is_refused(saved):
    rewrite_manifest(saved, toolset=invented.hash)
    with pytest.raises(StudentError, match="was trained for another toolset; train it again"):
        load_student(saved)


def test_an_unknown_family_is_refused(saved):
    rewrite_manifest(saved, family="oracle")
    with pytest.raises(StudentError, match="is a student of the unknown family 'oracle'; known are nearest"):
        load_student(saved)


@pytest.mark.parametrize("family", [None, 5, [], {}])
def test_a_family_that_is_no_name_is_refused(saved, family):
    rewrite_manifest(saved, family=family)
    with pytest.raises(StudentError, match="unknown family"):
        load_student(saved)


@pytest.mark.parametrize(
    "manifest", [b"", b"{", b"\xff", b"[" * 100_000, None], ids=["empty", "cut", "binary", "nested", "none"]
)
def test_a_folder_without_a_readable_manifest_is_refused(saved, manifest):
    (saved / MANIFEST).unlink() if manifest is None else (saved / MANIFEST).write_bytes(manifest)
    with pytest.raises(StudentError, match=r"is not a student's folder: it has no readable student\.json"):
        load_student(saved)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(StudentError, match="is not a student's folder"):
        load_student(tmp_path / "none")
