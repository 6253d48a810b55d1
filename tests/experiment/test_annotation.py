"""The folder of an annotation, and what is blind about it."""

import json

import pytest
from annotations import rewrite, write_annotation

from goldenhour.experiment.annotation import ARMS, MANIFEST, AnnotationError, annotator_key, read_annotation


@pytest.fixture
def annotation(tmp_path):
    return write_annotation(tmp_path / "annotation", items=400)


def test_a_coin_decides_which_side_each_arm_is_on(annotation):
    jane = [annotation.sides(item, "jane") for item in annotation.items]
    assert jane == [annotation.sides(item, "jane") for item in annotation.items]
    assert {frozenset(sides) for sides in jane} == {frozenset(ARMS)}
    # of 400 fair coins 160 to 240 fall on one side but once in 20,000 times; the secret is fixed, so it does not vary
    assert 160 <= sum(sides[0] == "student" for sides in jane) <= 240
    agreed = sum(annotation.sides(item, "joe") == sides for item, sides in zip(annotation.items, jane, strict=True))
    assert 160 <= agreed <= 240


def test_each_annotator_has_an_order_of_ones_own(annotation):
    orders = [[item.id for item in annotation.order(annotation.items, name)] for name in ("jane", "joe", "jane")]
    assert orders[0] == orders[2] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(item.id for item in annotation.items)


def test_a_repeated_calibration_round_is_shuffled(annotation):
    examples = annotation.items[:20]
    rounds = [[annotation.sides(item, "jane", attempt) for item in examples] for attempt in (0, 1)]
    assert rounds[0] != rounds[1]
    assert annotation.order(examples, "jane", 0) != annotation.order(examples, "jane", 1)


@pytest.mark.parametrize(
    ("name", "key"),
    [("Jane", "jane"), ("  JANE   Doe ", "jane doe"), ("Zoë St. John-B.", "zoë st. john-b."), ("田中", "田中")],
)
def test_names_are_compared_without_case_and_spaces(name, key):
    assert annotator_key(name) == key


@pytest.mark.parametrize("name", ["", " ", "../jane", "a/b", "a\\b", ".hidden", "x" * 41, "a\0b", "con:", None, 5])
def test_names_that_are_no_file_names_are_refused(name):
    with pytest.raises(AnnotationError, match="an annotator's name is 1 to 40 letters and digits"):
        annotator_key(name)


def test_a_folder_that_was_changed_is_refused_by_the_name_of_the_file(tmp_path):
    folder = tmp_path / "annotation"
    annotation = write_annotation(folder)
    picture = annotation.picture("i0-before")
    picture.write_bytes(b"another")
    with pytest.raises(AnnotationError, match=r"pictures/i0-before.jpg was changed; restore it"):
        read_annotation(folder)
    picture.unlink()
    with pytest.raises(AnnotationError, match=r"pictures/i0-before.jpg is missing"):
        read_annotation(folder)
    picture.write_bytes(b"i0-before")
    assert read_annotation(folder) == annotation
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    (folder / MANIFEST).write_text(text.replace("intent of i0", "intent of i1"), encoding="utf-8")
    with pytest.raises(AnnotationError, match=r"annotation.json is not what was written"):
        read_annotation(folder)


@pytest.mark.parametrize("content", ["", "[]", "{", "{}", '{"hash": 5}', "[" * 5000])
def test_what_is_no_manifest_is_refused(tmp_path, content):
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(AnnotationError, match="is damaged"):
        read_annotation(tmp_path)


def test_a_folder_that_is_none_and_another_toolset_are_refused(tmp_path):
    with pytest.raises(AnnotationError, match=r"it has no annotation.json; make one with: goldenhour annotate prepare"):
        read_annotation(tmp_path)
    write_annotation(tmp_path / "annotation")
    rewrite(tmp_path / "annotation", toolset="0" * 64)
    with pytest.raises(AnnotationError, match="prepared for another toolset; prepare it anew"):
        read_annotation(tmp_path / "annotation")


def test_the_manifest_is_plain_json(annotation):
    data = json.loads((annotation.folder / MANIFEST).read_text(encoding="utf-8"))
    assert list(data["items"][0]["answers"]) == list(ARMS)
    assert "known" not in data["items"][0]
    assert data["calibration"][0]["known"] == {"relevant": {"first": True, "second": False}, "same": False}
