"""Preparing an annotation with a real student and real pictures."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from goldenhour.experiment.annotation import ARMS, AnnotationError, read_annotation
from goldenhour.render.picture import PictureError
from goldenhour.render.still import render
from goldenhour.serve.annotation.prepare import LONG_SIDE, prepare_annotation


def pixels(annotation, name):
    with Image.open(BytesIO(annotation.picture(name).read_bytes())) as image:
        assert image.format == "JPEG"
        assert not image.getexif()
        return np.asarray(image.convert("RGB")).astype(int)


def test_the_answers_are_those_of_student_and_teacher(annotation, student, rows):
    teacher = {row.intent: row.recipe for row in rows}
    assert len(annotation.items) == 5
    for item, answer in zip(annotation.items, student.predict([i.intent for i in annotation.items]), strict=True):
        assert item.answers["student"].recipe == answer.recipe
        assert item.answers["teacher"].recipe == teacher[item.intent]
        assert not teacher[item.intent].is_neutral
    assert annotation.about["student"] == "small"


def test_the_pictures_are_the_photo_through_the_recipes(annotation):
    for item in annotation.items[:2]:
        before = pixels(annotation, item.original)
        assert max(before.shape) <= LONG_SIDE
        for arm in ARMS:
            graded = render(before.astype(np.uint8), item.answers[arm].recipe).astype(int)
            # both are one more JPEG away from what was drawn
            assert np.abs(pixels(annotation, item.answers[arm].picture) - graded).mean() < 3


def test_names_of_files_and_their_order_say_nothing(annotation):
    pictures = [name for item in annotation.items for name in item.pictures]
    assert len({*pictures}) == 15
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in pictures)
    as_chosen = [name for item in annotation.items for name in (*item.pictures[1:], item.original)]
    by_time = sorted(pictures, key=lambda name: annotation.picture(name).stat().st_mtime_ns)
    assert by_time != as_chosen


def test_calibration_examples_are_as_plain_as_they_say(annotation):
    """Answers to one intention look alike, answers to opposite ones far from it, and all do something."""
    assert len(annotation.calibration) == 6
    for example in annotation.calibration:
        before = pixels(annotation, example.original)
        one, other = (pixels(annotation, shown.picture) for shown in example.answers.values())
        apart = np.abs(one - other).mean()
        if example.known.same:
            assert apart < 12, example.intent
        else:
            assert apart > 20, example.intent
        assert min(np.abs(before - one).mean(), np.abs(before - other).mean()) > 8
    answers = [said for example in annotation.calibration for said in example.known.relevant.values()]
    assert (answers.count(True), answers.count(False)) == (7, 5)  # nobody passes who always says the same


def test_the_same_seed_chooses_the_same_intents_under_other_names(prepared, tmp_path, student, rows):
    again = prepare_annotation(tmp_path / "again", student, rows, [], 5)
    other = prepare_annotation(tmp_path / "other", student, rows, [], 5, seed=1)
    first = read_annotation(prepared)
    assert [item.intent for item in again.items] == [item.intent for item in first.items]
    assert {item.intent for item in other.items}.isdisjoint(item.intent for item in first.items)
    assert first.secret != again.secret
    assert not {*first.items[0].pictures} & {*again.items[0].pictures}


def test_ones_own_pictures_are_taken_in_turn(photo, tmp_path, student, rows):
    (tmp_path / "other").mkdir()
    deep = tmp_path / "other" / "beach.jpg"
    Image.new("I;16", (40, 30), 40_000).save(tmp_path / "grey.png")
    Image.new("RGB", (3000, 10), "teal").save(deep)
    told = []
    found = prepare_annotation(
        tmp_path / "annotation",
        student,
        rows,
        [photo, tmp_path / "grey.png", deep],
        4,
        progress=lambda *n: told.append(n),
    )
    assert [item.photo for item in found.items] == ["beach.jpg", "grey.png", str(deep), "beach.jpg"]
    assert pixels(found, found.items[2].original).shape == (4, 1200, 3)
    assert pixels(found, found.items[1].original).mean() == pytest.approx(40_000 / 257, abs=1)
    assert told[-1] == (30, 30)


def test_what_cannot_be_prepared_leaves_nothing(tmp_path, student, rows, photo):
    folder = tmp_path / "annotation"
    with pytest.raises(AnnotationError, match="only 10 of the intents have answers that can be seen; ask for fewer"):
        prepare_annotation(folder, student, rows[:10], [], 11)
    photo.write_bytes(photo.read_bytes()[:5000])
    with pytest.raises(PictureError, match=r"beach\.jpg is cut off"):
        prepare_annotation(folder, student, rows, [photo], 2)
    assert [path.name for path in tmp_path.iterdir()] == ["beach.jpg"]
    folder.write_text("mine")
    with pytest.raises(AnnotationError, match="exists already; go on with it"):
        prepare_annotation(folder, student, rows, [], 2)
    assert folder.read_text() == "mine"


def test_a_disk_that_cannot_be_written_is_one_sentence(tmp_path, student, rows):
    (tmp_path / "file").touch()
    with pytest.raises(AnnotationError, match="cannot be written: Not a directory; choose another place"):
        prepare_annotation(tmp_path / "file" / "annotation", student, rows, [], 2)


def test_teachers_answers_that_change_nothing_are_not_asked_about(annotation, rows):
    bare = {row.intent for row in rows if row.recipe.is_neutral}
    assert bare
    assert not bare & {item.intent for item in annotation.items}
