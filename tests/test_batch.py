"""Many pictures: order, how many at once, what stands in whose way, and Ctrl+C."""

import _thread
import threading
import time
from pathlib import Path

import cv2
import pytest

from goldenhour import batch, recipe
from goldenhour.render.kernel import available_threads
from goldenhour.tools import Recipe, UserError

NEUTRAL = Recipe.neutral()


@pytest.fixture
def photos(photo, tmp_path):
    """Six copies of a photo, each with the folder that its graded version goes to."""
    paths = [tmp_path / f"{number}.jpg" for number in range(6)]
    for path in paths:
        path.write_bytes(photo.read_bytes())
    return [(path, f"{tmp_path}/graded/") for path in paths]


@pytest.fixture
def replace_edit(monkeypatch):
    """Another function of the photo in place of ``editing.edit``."""

    def replace(function):
        monkeypatch.setattr(batch, "edit", lambda photo, *_, **__: function(photo))

    return replace


def test_the_files_are_the_same_however_many_are_graded_at_once(photos, tmp_path):
    chosen = recipe("golden hour, sharp, glowing")
    results = []
    for jobs in (1, 2, 5):
        places = list(batch.edit_all(photos, chosen, "x", jobs=jobs))
        assert places == [tmp_path / "graded" / photo.name for photo, _ in photos]
        results.append([place.read_bytes() for place in places])
    assert results[0] == results[1] == results[2]


def test_so_many_pictures_as_jobs_are_graded_at_once_and_they_share_the_cores(photos, replace_edit, monkeypatch):
    monkeypatch.setattr(batch, "available_threads", lambda: 8)
    running, seen = threading.Semaphore(3), []
    together = threading.Barrier(3)

    def edit(photo):
        assert running.acquire(blocking=False)
        together.wait(10)
        seen.append((available_threads(), cv2.getNumThreads()))
        time.sleep(0.01)
        running.release()
        return photo

    replace_edit(edit)
    before = cv2.getNumThreads(), available_threads()
    assert list(batch.edit_all(photos, NEUTRAL, "x", jobs=3)) == [photo for photo, _ in photos]
    assert seen == [(1, 1)] * 6
    assert (cv2.getNumThreads(), available_threads()) == before


@pytest.mark.parametrize(("jobs", "count", "cores"), [(None, 1, 8), (1, 1, 1), (None, 3, 2), (None, 6, 1), (20, 1, 8)])
def test_cores_that_have_no_picture_of_their_own_help_with_the_others(
    photos, replace_edit, monkeypatch, jobs, count, cores
):
    monkeypatch.setattr(batch, "available_threads", lambda: 8)
    shares = set()
    replace_edit(lambda photo: shares.add(available_threads()))
    list(batch.edit_all(photos[:count], NEUTRAL, "x", jobs=jobs))
    assert shares == {cores}


def test_results_come_in_order_though_a_later_picture_is_done_first(photos, replace_edit):
    later_ones_done = threading.Event()

    def edit(photo):
        if photo.stem == "0":
            assert later_ones_done.wait(10)
        elif photo.stem == "3":
            raise UserError("3.jpg is damaged")
        elif photo.stem == "5":
            later_ones_done.set()
        return photo

    replace_edit(edit)
    outcomes = list(batch.edit_all(photos, NEUTRAL, "x", jobs=2))
    assert [str(outcome)[-5:] for outcome in outcomes] == ["0.jpg", "1.jpg", "2.jpg", "maged", "4.jpg", "5.jpg"]
    assert outcomes[3] == "3.jpg is damaged"


def test_after_ctrl_c_what_was_begun_is_finished_and_told_and_nothing_else_begins(photos, replace_edit):
    begun, interrupted = [], threading.Event()

    def edit(photo):
        begun.append(photo)
        time.sleep(0.1)  # the main thread waits for results by then
        if photo.stem == "1":
            _thread.interrupt_main()
            interrupted.set()
        interrupted.wait(10)
        time.sleep(0.1)  # and hears of the interruption before the next picture's turn
        return photo

    replace_edit(edit)
    told = []
    with pytest.raises(KeyboardInterrupt):
        told.extend(batch.edit_all(photos, NEUTRAL, "x", jobs=2))
    assert sorted(begun) == told
    assert 2 <= len(told) < 6


def test_a_caller_who_stops_listening_stops_the_work(photos, replace_edit):
    begun = []

    def edit(photo):
        begun.append(photo)
        time.sleep(0.05)
        return photo

    replace_edit(edit)
    outcomes = batch.edit_all(photos, NEUTRAL, "x", jobs=1)
    next(outcomes)
    outcomes.close()
    assert len(begun) < 6


def test_an_error_that_nobody_foresaw_is_not_swallowed(photos, replace_edit):
    def edit(photo):
        raise ZeroDivisionError

    replace_edit(edit)
    with pytest.raises(ZeroDivisionError):
        list(batch.edit_all(photos, NEUTRAL, "x"))


def test_with_force_each_photo_takes_its_own_place_but_never_anothers(photos, tmp_path):
    in_place = [(photo, f"{tmp_path}/") for photo, _ in photos]
    assert all(isinstance(outcome, str) for outcome in batch.edit_all(in_place, NEUTRAL, "x"))
    assert list(batch.edit_all(in_place, NEUTRAL, "x", force=True)) == [photo for photo, _ in photos]
    (tmp_path / "sub").mkdir()
    (other,) = tmp_path.glob("0.jpg")
    twin = other.rename(tmp_path / "sub" / "1.jpg")
    before = photos[1][0].read_bytes()
    swapped = [(twin, f"{tmp_path}/"), (photos[1][0], f"{tmp_path}/sub/")]
    outcomes = list(batch.edit_all(swapped, recipe("morocco"), "x", force=True))
    assert all("which is graded too" in outcome for outcome in outcomes)
    assert photos[1][0].read_bytes() == before


def test_no_work_is_no_trouble():
    assert list(batch.edit_all([], NEUTRAL, "x")) == []


def test_two_names_of_one_place_are_one_place(photos, tmp_path):
    (tmp_path / "graded").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "graded")
    errands = [photos[0], (photos[0][0], f"{tmp_path}/link/")]
    first, second = batch.edit_all(errands, NEUTRAL, "x")
    assert first == Path(tmp_path / "graded" / "0.jpg")
    assert "would overwrite the graded" in second
