"""Counts, majorities and agreement, from judgements by hand."""

import pytest
from annotations import calibrate, judge, write_annotation

from goldenhour.experiment.annotation_journal import Journal
from goldenhour.experiment.annotation_results import Count, results


@pytest.fixture
def journal(tmp_path):
    return Journal(write_annotation(tmp_path / "annotation", items=4))


def found(journal):
    return results(journal.annotation, journal.records())


def counts(annotated):
    return {question: (count.yes, count.of, count.tied) for question, count in annotated.counts.items()}


def test_each_annotator_and_the_majority_are_counted(journal):
    said = {
        "ann": {"i0": "yyy", "i1": "yyn", "i2": "nyn", "i3": "nyy"},
        "ben": {"i0": "yyy", "i1": "nyn", "i2": "nyn", "i3": "yyn"},
        "cem": {"i0": "yyy", "i1": "yyn", "i2": "nnn"},
    }
    for name, answers in said.items():
        calibrate(journal, name)
        judge(journal, name, answers)
    got = found(journal)
    assert [counts(one) for one in got.annotators] == [
        {"student": (2, 4, 0), "teacher": (4, 4, 0), "same": (2, 4, 0)},
        {"student": (2, 4, 0), "teacher": (4, 4, 0), "same": (1, 4, 0)},
        {"student": (2, 3, 0), "teacher": (2, 3, 0), "same": (1, 3, 0)},
    ]
    # i3 was judged by two who differ on the student and on sameness
    assert counts(got.majority) == {"student": (2, 3, 1), "teacher": (4, 4, 0), "same": (1, 3, 1)}
    assert [one.judged for one in (*got.annotators, got.majority)] == [4, 4, 3, 4]
    assert got.notes == ("have not judged all 4 items yet: cem",)
    assert [(d.item.id, d.size) for d in got.disagreements] == [("i3", 2), ("i1", 1), ("i2", 1)]
    assert got.disagreements[0].yes == {"student": ("ben",), "teacher": ("ann", "ben"), "same": ("ann",)}
    assert got.disagreements[1].no == {"student": ("ben",), "teacher": (), "same": ("ann", "ben", "cem")}


def test_alpha_is_over_all_judgements_of_relevance_and_over_those_of_sameness(journal):
    for name, answers in {"ann": ["yyy", "yny", "nyn", "nnn"], "ben": ["yyy", "yny", "yyn", "nnn"]}.items():
        calibrate(journal, name)
        judge(journal, name, {f"i{number}": letters for number, letters in enumerate(answers)})
    alphas = found(journal).alphas
    # 8 pairs on relevance, of which one differs: yes 9 times, no 7; 1 - 15 * 1 / (9 * 7)
    assert alphas["relevance"].value == pytest.approx(1 - 15 / 63)
    assert (alphas["relevance"].units, alphas["relevance"].values) == (8, 16)
    assert (alphas["sameness"].value, alphas["sameness"].units) == (1, 4)


def test_who_has_not_passed_the_calibration_does_not_count(journal):
    calibrate(journal, "ann")
    judge(journal, "ann", {"i0": "yyy"})
    calibrate(journal, "ben", right=False)
    got = found(journal)
    assert [one.name for one in got.annotators] == ["ann"]
    assert got.notes[0] == "left out, since they have not passed the calibration: ben"


def test_without_overlap_alpha_is_a_sentence_and_no_number(journal):
    for name, of in (("ann", "i0"), ("ben", "i1")):
        calibrate(journal, name)
        judge(journal, name, {of: "yyy"})
    got = found(journal)
    assert got.alphas["relevance"].value is None
    assert "Krippendorff's alpha of relevance is not defined: no item was judged by two annotators" in got.notes
    assert got.disagreements == ()


def test_before_anybody_has_judged_there_is_nothing_and_no_fault(journal):
    calibrate(journal, "ann")
    got = found(journal)
    assert got.annotators == ()
    assert counts(got.majority) == dict.fromkeys(("student", "teacher", "same"), (0, 0, 0))


def test_of_nothing_every_share_is_possible():
    assert Count(0, 0).interval == (0, 1)
