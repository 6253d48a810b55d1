import pytest

from goldenhour.tools.whole_file import whole_file, whole_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fail_halfway(path, error):
    with whole_file(path) as temporary:
        temporary.write_text("half")
        raise error


def test_the_file_appears_at_the_end(tmp_path):
    with whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
        assert temporary.parent == tmp_path
        assert not (tmp_path / "a.txt").exists()
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "new"


def test_an_old_file_stays_until_then(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
        assert (tmp_path / "a.txt").read_text() == "old"
    assert (tmp_path / "a.txt").read_text() == "new"


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_after_any_error_nothing_has_changed(stop, tmp_path):
    (tmp_path / "a.txt").write_text("old")
    for name in ("a.txt", "b.txt"):
        with pytest.raises(stop):
            fail_halfway(tmp_path / name, stop)
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_temporary_file_that_is_gone_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "a.txt") as temporary:
        temporary.unlink()
    assert names(tmp_path) == []


def test_two_at_once_do_not_meet(tmp_path):
    with whole_file(tmp_path / "a.txt") as one, whole_file(tmp_path / "a.txt") as other:
        one.write_text("one")
        other.write_text("other")
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "one"


def test_a_missing_folder_and_a_folder_in_the_way_are_errors(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "none" / "a.txt"):
        pass
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError, match=r"a\.txt"), whole_file(tmp_path / "a.txt"):
        pass
    assert names(tmp_path) == ["a.txt"]


def interrupt(folder):
    with whole_folder(folder) as building:
        (building / "a.txt").write_text("half")
        raise KeyboardInterrupt


def test_a_folder_takes_the_place_of_another_when_it_is_whole(tmp_path):
    folder = tmp_path / "new" / "report"
    for text in ("old", "new"):
        with whole_folder(folder) as building:
            (building / "a.txt").write_text(text)
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("a.txt", "new")]
    with pytest.raises(KeyboardInterrupt):
        interrupt(folder)
    assert (folder / "a.txt").read_text() == "new"
    assert [path.name for path in folder.parent.iterdir()] == ["report"]
