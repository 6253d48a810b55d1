import json

import pytest

from goldenhour.students import StudentError
from goldenhour.students.folder import check_files, refuse_occupied, write_student
from goldenhour.students.student import MANIFEST
from goldenhour.tools import default_toolset


def write(text):
    def into(folder):
        (folder / "within").mkdir()
        (folder / "within" / "weights.bin").write_text(text, encoding="utf-8")
        return {"base": "none"}

    return into


def make(folder, text="one"):
    write_student(folder, "direct", default_toolset(), write(text))
    return folder


def manifest(folder):
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def test_the_manifest_knows_every_file(tmp_path):
    folder = make(tmp_path / "new" / "student")
    found = manifest(folder)
    assert found["family"] == "direct"
    assert found["toolset"] == default_toolset().hash
    assert found["base"] == "none"
    assert list(found["files"]) == ["within/weights.bin"]
    check_files(folder, found)


def test_a_student_is_replaced_whole(tmp_path):
    folder = make(tmp_path / "student")
    (folder / "left.over").write_text("old", encoding="utf-8")
    make(folder, "two")
    assert (folder / "within" / "weights.bin").read_text(encoding="utf-8") == "two"
    assert {path.name for path in folder.iterdir()} == {"within", MANIFEST}


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "student").mkdir()
    check_files(make(tmp_path / "student"), manifest(tmp_path / "student"))


@pytest.mark.parametrize("error", [RuntimeError("out of luck"), StudentError("no"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("before", [False, True], ids=["new", "replaced"])
def test_what_fails_leaves_things_as_they_were(tmp_path, error, before):
    folder = tmp_path / "student"
    if before:
        make(folder)

    def fail(building):
        (building / "half").write_text("written", encoding="utf-8")
        raise error

    with pytest.raises(type(error)):
        write_student(folder, "direct", default_toolset(), fail)
    assert [path.name for path in tmp_path.iterdir()] == (["student"] if before else [])
    if before:
        check_files(folder, manifest(folder))


def test_a_full_disk_is_one_sentence(tmp_path):
    def fail(_):
        raise OSError(28, "No space left on device")

    with pytest.raises(StudentError, match="cannot be written: No space left on device; choose another place"):
        write_student(tmp_path / "student", "direct", default_toolset(), fail)


def test_something_else_is_not_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work", encoding="utf-8")
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    for place, what in ((tmp_path / "thesis", "holds something else"), (tmp_path / "file", "is a file")):
        with pytest.raises(StudentError, match=f"{what}.*name another folder with -o"):
            make(place)
    assert (tmp_path / "thesis" / "chapter.txt").read_text(encoding="utf-8") == "years of work"


@pytest.mark.parametrize("name", [".", "..", "a/..", "/"])
def test_a_place_without_a_name_is_refused(tmp_path, monkeypatch, name):
    from pathlib import Path

    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    with pytest.raises(StudentError, match="name another folder with -o"):
        refuse_occupied(Path(name))


def test_a_changed_a_missing_and_an_escaping_file_are_refused(tmp_path):
    folder = make(tmp_path / "student")
    found = manifest(folder)
    outside = tmp_path / "outside.txt"
    outside.write_text("one", encoding="utf-8")
    (weights,) = found["files"].values()
    for name in ("../outside.txt", str(outside), "within/../../outside.txt", "a\0b"):
        with pytest.raises(StudentError, match="is not to be trusted"):
            check_files(folder, {"files": {name: weights}})
    (folder / "within" / "weights.bin").write_text("two", encoding="utf-8")
    with pytest.raises(StudentError, match=r"is damaged: within/weights\.bin is not what was saved; copy it anew"):
        check_files(folder, found)
    (folder / "within" / "weights.bin").unlink()
    with pytest.raises(StudentError, match=r"is not whole: within/weights\.bin is missing; copy it anew"):
        check_files(folder, found)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    folder = make(tmp_path / "student")
    found = manifest(folder)
    (tmp_path / "outside.txt").write_text("one", encoding="utf-8")
    (folder / "within" / "weights.bin").unlink()
    (folder / "within" / "weights.bin").symlink_to(tmp_path / "outside.txt")
    with pytest.raises(StudentError, match="is not to be trusted"):
        check_files(folder, found)
