"""A trained student in its folder: what it answers to any text, and what is refused."""

import hashlib
import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.students import StudentError, load_student
from goldenhour.students.direct.serving import LANGUAGES, MAX_TOKENS, MEMORY, MODEL, TOKENIZER, DirectStudent
from goldenhour.students.student import MANIFEST
from goldenhour.tools import Recipe
from invented_toolset import invented

TYPED = ["Morocco!", "rainy tokyo alley", "lower highlights by 25", "夕阳", "", "make my cat a king", "no filter"]


@pytest.fixture(scope="module")
def student(direct):
    return load_student(direct)


@pytest.fixture
def folder(direct, tmp_path):
    return shutil.copytree(direct, tmp_path / "student")


def rewrite(folder, **facts):
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | facts), encoding="utf-8")


def accept(folder, name):
    """Enter the file as it is now into the manifest."""
    files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    rewrite(folder, files=files | {name: hashlib.sha256((folder / name).read_bytes()).hexdigest()})


# --- any text


def assert_valid(answer):
    assert Recipe.from_dict(answer.recipe.to_dict()) == answer.recipe
    assert 0 <= answer.confidence <= 1 + 1e-6


@settings(max_examples=30)
@given(st.lists(st.text() | st.text(st.characters(min_codepoint=0xD7F0, max_codepoint=0xE010)), max_size=3))
def test_any_text_has_a_valid_answer(student, texts):
    answers = student.predict(texts)
    assert len(answers) == len(texts)
    for answer in answers:
        assert_valid(answer)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\0", "\x07warm\x1b[0m", "\n" * 9, "\udcff", "warm \ud800 light", "\udcff\ud800"),
        *("warm " * 20_000, "x" * 100_000, "é" * 100_000, "e\u0301" * 50_000, "ﷺ" * 100_000, "1 " * 50_000),
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_odd_text_has_a_valid_answer(student, text):
    (answer,) = student.predict([text])
    assert_valid(answer)


def test_of_a_long_text_the_beginning_is_read(student):
    assert student.predict(["cold night " * 10_000]) == student.predict([("cold night " * 1_000)])
    assert MAX_TOKENS <= 500


# --- batches


def test_a_batch_is_answered_as_one_by_one_and_in_order(student):
    long = ["warm light over the hills and far away, with a train passing by", "red", *TYPED, *(["film"] * 70)]
    batch = student.predict(long)
    for intent, answer in zip(long, batch, strict=True):
        (alone,) = student.predict([intent])
        assert alone.recipe.to_dict().keys() == answer.recipe.to_dict().keys()
        assert np.abs(alone.recipe.to_vector() - answer.recipe.to_vector()).max() <= 1  # rounding of other batches
        assert alone.confidence == pytest.approx(answer.confidence, abs=0.02)
    assert student.predict([]) == []


def test_the_same_question_has_the_same_answer(student, direct):
    assert student.predict(TYPED) == student.predict(TYPED) == load_student(direct).predict(TYPED)


def test_case_and_marks_at_the_ends_do_not_matter(student):
    assert student.predict(["  GOLDEN Hour!! "]) == student.predict(["golden hour"])


# --- answers


def test_numbers_are_obeyed_to_the_number_and_for_sure(student):
    (answer,) = student.predict(["saturation -15, lower highlights by 25"])
    moved = {
        slot.path: value for slot, value in zip(answer.recipe.toolset.slots, answer.recipe.values, strict=True) if value
    }
    assert moved == {"adjust.saturation": -15, "adjust.highlights": -25}
    assert answer.confidence == 1


def test_no_filter_is_obeyed(student):
    (answer,) = student.predict(["golden hour, no filter"])
    assert not answer.recipe.uses("filter")


def test_options_are_ranked(student):
    (answer,) = student.predict(["golden light"])
    (ranked,) = answer.ranked.values()
    assert len(set(ranked)) == 5
    chosen = [value for value in answer.recipe.values if isinstance(value, str)]
    assert chosen in ([], [ranked[0]])


# --- folders


def test_a_saved_student_answers_the_same(student, tmp_path):
    student.save(tmp_path / "new" / "copy")
    assert load_student(tmp_path / "new" / "copy").predict(TYPED) == student.predict(TYPED)


def test_a_student_within_answers_what_is_not_english(folder, direct):
    (folder / LANGUAGES).mkdir()
    for name in (MODEL, TOKENIZER):
        shutil.copyfile(direct / name, folder / LANGUAGES / name)
    both = load_student(folder)
    assert both.predict(TYPED) == load_student(direct).predict(TYPED)  # they are the same network
    (folder / LANGUAGES / MODEL).write_bytes(b"none")
    with pytest.raises(StudentError, match=r"the student .*languages is damaged"):
        load_student(folder)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER, MEMORY])
def test_a_changed_file_is_refused(folder, name):
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(StudentError, match=f"the student .* is damaged: {name} is not what was saved; copy it anew"):
        load_student(folder)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER, MEMORY])
def test_a_missing_file_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(StudentError, match=f"the student .* is not whole: {name} is missing; copy it anew"):
        load_student(folder)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER, MEMORY])
@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_cut_file_is_refused_even_where_its_hash_was_made_anew(folder, name, share):
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: int(share * len(whole))])
    accept(folder, name)
    with pytest.raises(StudentError, match=r"the student .* is damaged: ") as caught:
        load_student(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname", "a/../../outside.txt", "nul\0", ".", ""])
def test_file_names_that_lead_out_of_the_folder_are_refused(folder, name):
    (folder.parent / "outside.txt").write_text("none of its files", encoding="utf-8")
    rewrite(folder, files={name: "0" * 64})
    with pytest.raises(StudentError, match=r"is not to be trusted: its student\.json names|is not whole"):
        load_student(folder)


@pytest.mark.parametrize("files", [None, [], "model.onnx", 5])
def test_a_manifest_without_a_list_of_files_is_refused(folder, files):
    rewrite(folder, files=files)
    with pytest.raises(StudentError, match=r"its student\.json lists no files"):
        load_student(folder)


@pytest.mark.parametrize(
    "facts",
    [
        {"thresholds": None},
        {"thresholds": {"uses": [0.5], "moves": 0.2}},
        {"thresholds": {"uses": [0.5, 0.5, 7], "moves": 0.2}},
        {"memory": None},
        {"memory": "much"},
        {"memory": 1.5},
    ],
    ids=str,
)
def test_a_manifest_with_impossible_facts_is_refused(folder, facts):
    rewrite(folder, **facts)
    with pytest.raises(StudentError, match=r"the student .* is damaged: "):
        load_student(folder)


def test_a_student_of_another_toolset_is_refused(folder):
    rewrite(folder, toolset=invented.hash)
    with pytest.raises(StudentError, match="was trained for another toolset; train it again"):
        load_student(folder)


def test_a_network_of_another_toolset_is_refused(folder, layout):
    from goldenhour.students.direct.layout import Layout
    from goldenhour.students.direct.serving import Encoder

    with pytest.raises(StudentError, match=r"has outputs .*, but toolset and memory need"):
        Encoder(folder, Layout(invented), 64)
    with pytest.raises(StudentError, match=r"has outputs .*, but toolset and memory need"):
        Encoder(folder, layout, 65)
    assert isinstance(load_student(folder), DirectStudent)
