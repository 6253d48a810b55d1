"""What annotators said is kept, line by line, through crashes and many hands."""

import json
import threading

import pytest
from annotations import calibrate, judge, write_annotation

from goldenhour.experiment.annotation import AnnotationError, Judgement
from goldenhour.experiment.annotation_journal import Journal

YES = Judgement({"student": True, "teacher": True}, True)


@pytest.fixture
def annotation(tmp_path):
    return write_annotation(tmp_path / "annotation")


@pytest.fixture
def journal(annotation):
    return Journal(annotation)


def file_of(journal, name="jane"):
    return journal.annotation.folder / "judgements" / f"{name}.jsonl"


def test_calibration_comes_first_and_then_each_item_once(journal, annotation):
    assert {item.id for item in journal.record("Jane").waiting(annotation)} == {"c0", "c1"}
    with pytest.raises(AnnotationError, match="judged already"):  # nothing else may be judged yet
        journal.judge("Jane", annotation.items[0], YES)
    calibrate(journal, "Jane")
    assert {item.id for item in journal.record("jane").waiting(annotation)} == {"i0", "i1", "i2"}
    judge(journal, "Jane", {"i1": "yny"})
    with pytest.raises(AnnotationError, match="judged already, perhaps in another window"):
        journal.judge("JANE", annotation.item("i1"), YES)
    again = Journal(annotation).record("jane")  # another process
    assert (again.name, again.calibrated) == ("Jane", True)
    assert again.judgements == {"i1": Judgement({"student": True, "teacher": False}, True)}
    assert {item.id for item in again.waiting(annotation)} == {"i0", "i2"}


def test_four_fifths_of_a_round_must_be_right_and_it_may_be_repeated(tmp_path):
    journal = Journal(write_annotation(tmp_path / "annotation", examples=5))
    calibration = journal.annotation.calibration
    for wrong in (4, 3):  # of 15 judgements
        for number, example in enumerate(calibration):
            known = example.known
            flips = [number * 3 + place < wrong for place in range(3)]
            relevant = {arm: said ^ flip for (arm, said), flip in zip(known.relevant.items(), flips, strict=False)}
            assert not journal.record("jane").calibrated
            record = journal.judge("jane", example, Judgement(relevant, known.same ^ flips[2]))
    assert [(round_.right, round_.count, round_.passed) for round_ in record.rounds] == [
        (11, 15, False),
        (12, 15, True),
    ]
    assert [item.id for item in record.rounds[0].missed] == ["c0", "c1"]
    assert record.calibrated


def test_judgements_are_taken_back_one_by_one_but_no_complete_round(journal, annotation):
    with pytest.raises(AnnotationError, match="nothing to take back"):
        journal.undo("jane")
    journal.judge("jane", annotation.calibration[0], Judgement({"first": False, "second": True}, True))
    assert len(journal.undo("jane").waiting(annotation)) == 2
    calibrate(journal, "jane")
    with pytest.raises(AnnotationError, match="a complete calibration round stands"):
        journal.undo("jane")
    judge(journal, "jane", {"i0": "yyy", "i2": "nnn"})
    assert list(journal.undo("jane").judgements) == ["i0"]
    judge(journal, "jane", {"i2": "yyn"})
    record = Journal(annotation).record("jane")
    assert record.judgements["i2"] == Judgement({"student": True, "teacher": True}, False)
    assert record.judgements == journal.record("jane").judgements


def test_a_line_that_a_crash_cut_off_is_as_if_it_never_was(journal, annotation):
    calibrate(journal, "jane")
    judge(journal, "jane", {"i0": "yyy"})
    whole = file_of(journal).read_bytes()
    for cut in range(1, len(whole.splitlines()[-1]) + 1):
        file_of(journal).write_bytes(whole[:-cut])
        assert journal.record("jane").judgements == {}
    judge(journal, "jane", {"i0": "nnn"})
    assert journal.record("jane").judgements["i0"] == Judgement({"student": False, "teacher": False}, False)
    file_of(journal).write_bytes(b'{"annot')  # in the midst of the very first line
    assert journal.record("jane").rounds == []
    calibrate(journal, "jane")
    assert journal.record("jane").calibrated


@pytest.mark.parametrize(
    "line", ["", "5", "{}", '{"undo": true}', '{"item": "none"}', '{"item": "i0", "relevant": {}}', "[" * 5000]
)
def test_a_damaged_line_is_named(journal, line):
    calibrate(journal, "jane")
    lines = file_of(journal).read_text(encoding="utf-8").splitlines()
    file_of(journal).write_text("\n".join([*lines, line, lines[-1]]) + "\n", encoding="utf-8")
    with pytest.raises(AnnotationError, match=r"jane.jsonl are damaged in line 4; restore the file"):
        journal.record("jane")


def test_yes_and_no_are_all_that_counts(journal):
    calibrate(journal, "jane")
    said = {"item": "i0", "relevant": {"student": 1, "teacher": True}, "same": True}
    with file_of(journal).open("a", encoding="utf-8") as file:
        file.write(json.dumps(said) + "\n")
    with pytest.raises(AnnotationError, match="damaged in line 4"):
        journal.record("jane")


def test_judgements_of_another_annotation_or_under_another_name_are_refused(journal, tmp_path):
    other = Journal(write_annotation(tmp_path / "other", items=4))
    calibrate(other, "jane")
    file_of(journal).parent.mkdir()
    file_of(journal).write_bytes(file_of(other).read_bytes())
    with pytest.raises(AnnotationError, match="belong to another annotation; take the file out"):
        journal.records()
    file_of(other).rename(file_of(other, "joe"))
    with pytest.raises(AnnotationError, match="are those of jane; name the file so again"):
        other.records()


def test_files_from_other_machines_are_simply_put_beside(journal, annotation, tmp_path):
    calibrate(journal, "jane")
    file_of(journal).rename(tmp_path / "jane.jsonl")
    calibrate(journal, "joe")
    (tmp_path / "jane.jsonl").rename(file_of(journal))
    assert [record.name for record in journal.records()] == ["jane", "joe"]


def test_many_annotators_at_once_and_one_in_two_windows(tmp_path):
    annotation = write_annotation(tmp_path / "annotation", items=12)
    journal = Journal(annotation)
    names = ["jane", "joe", "田中", "zoe"]
    for name in names:
        calibrate(journal, name)
    refused = []

    def work(name):
        for item in annotation.items:
            try:
                journal.judge(name, item, YES)
            except AnnotationError:
                refused.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in [*names, "jane"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["jane"] * 12
    assert [len(record.judgements) for record in journal.records()] == [12] * 4


def test_where_it_cannot_be_kept_it_says_so_and_nothing_is_judged(journal, annotation):
    calibrate(journal, "jane")
    whole = file_of(journal).read_bytes()
    file_of(journal).unlink()
    file_of(journal).mkdir()
    with pytest.raises(AnnotationError, match="cannot be read"):
        judge(journal, "jane", {"i0": "yyy"})
    file_of(journal).rmdir()
    file_of(journal).write_bytes(whole)
    assert journal.record("jane").judgements == {}
