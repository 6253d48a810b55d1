"""Offline scores beside online rates."""

import json

import pytest
from test_experiment_report import NOW, traffic
from traffic import define

from goldenhour.experiment.align import align, align_data, align_page, kendall
from goldenhour.experiment.definition import ExperimentError
from goldenhour.experiment.registry import register
from goldenhour.experiment.report import make_report


@pytest.fixture
def report(store):
    arms = [
        {"name": "teacher", "weight": 50, "student": "students/large"},
        {"name": "student", "weight": 50, "student": "built-in"},
    ]
    register(store, define(arms=arms))
    store.write(traffic(400, effect=0.5))
    return make_report(store, "ab", NOW)


def evaluated(name, overall, kind="student"):
    scores = {"overall": overall, "strict": overall / 2, "tools": {}}
    low, high = ({key: value + by for key, value in scores.items() if key != "tools"} for by in (-0.02, 0.02))
    return {"name": name, "kind": kind, "subsets": {"All": {"scores": scores, "low": low, "high": high, "rows": 100}}}


@pytest.fixture
def write(tmp_path):
    def write(name, *evaluations, **changed):
        path = tmp_path / name
        path.write_text(json.dumps({"kind": "evaluation", "evaluations": evaluations} | changed))
        return str(path)

    return write


def test_a_file_an_arm_puts_scores_beside_rates(report, write):
    files = [f"{arm}={write(f'{arm}.json', evaluated('x', score), evaluated('mean', 0.1, 'floor'))}"
             for arm, score in (("teacher", 0.8), ("student", 0.7))]  # fmt: skip
    found = align(report, files)
    assert [(arm.name, arm.scores["overall"].value) for arm in found.arms] == [("teacher", 0.8), ("student", 0.7)]
    assert found.arms[0].rate.value > found.arms[1].rate.value
    assert found.agreement == 1
    assert found.sentence == "Offline and online put the same arm first: teacher; Kendall's tau over 2 arms is +1.00."
    assert json.loads(json.dumps(align_data(found)))["arms"][1]["scores"]["strict"]["value"] == 0.35


def test_one_file_names_all_arms_by_their_folders_or_names(report, write):
    found = align(report, [write("report.json", evaluated("large", 0.6), evaluated("student", 0.7))])
    assert [(arm.name, arm.candidate) for arm in found.arms] == [("teacher", "large"), ("student", "student")]
    assert found.agreement == -1
    assert found.sentence.startswith("They disagree about the first: student offline, teacher online")


def test_the_page_draws_both_arms(report, write):
    text = align_page(align(report, [write("report.json", evaluated("large", 0.6), evaluated("student", 0.7))]))
    assert text.count("<circle") == 2
    assert "Completion rate by offline score" in text


@pytest.mark.parametrize(
    ("one", "other", "tau"),
    [([1, 2, 3, 4], [1, 2, 3, 4], 1.0), ([1, 2, 3, 4], [4, 3, 2, 1], -1.0), ([1, 2, 3, 4], [1, 3, 2, 4], 4 / 6)],
)
def test_kendalls_tau_counts_pairs(one, other, tau):
    assert kendall(one, other) == pytest.approx(tau)


def test_evaluations_that_do_not_fit_are_one_sentence(report, write, tmp_path):
    whole = write("whole.json", evaluated("a", 0.6), evaluated("b", 0.7))
    cases = {
        str(tmp_path / "none.json"): "cannot be read: No such file or directory; make it with: goldenhour evaluate",
        write("other.json", kind="dataset"): "is no evaluation but dataset; name a report.json",
        write("list.json", evaluations=7): "is no evaluation; name a report.json",
        f"nobody={whole}": "the experiment ab has no arm 'nobody'; it has teacher, student",
        f"student={whole}": "has several students and none named student: a, b; name one file an arm",
        whole: "of the arms teacher, student only 0 are in these evaluations, not two; say which is whose",
    }
    for given, sentence in cases.items():
        with pytest.raises(ExperimentError, match=sentence):
            align(report, [given])
    broken = [f"{arm}={write(f'{arm}.json', evaluated('x', 0.5) | {'subsets': {}})}" for arm in ("teacher", "student")]
    with pytest.raises(ExperimentError, match="the evaluation of teacher lacks its scores; evaluate it again"):
        align(report, broken)


@pytest.mark.parametrize(
    ("made", "begin", "end"),
    [({}, "", ", but online they are not told apart yet."), ({"lost": 2}, "No verdict: users did not come", ".")],
)
def test_what_is_not_decided_online_is_not_said_to_be(store, write, made, begin, end):
    register(store, define())
    store.write(traffic(400, **made))
    files = [f"{arm}={write(f'{arm}.json', evaluated(arm, 0.8))}" for arm in ("teacher", "student")]
    sentence = align(make_report(store, "ab", NOW), files).sentence
    assert sentence.startswith(begin)
    assert sentence.endswith(end)
