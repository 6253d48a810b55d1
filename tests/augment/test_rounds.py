import json

import pytest

from goldenhour.augment.mistakes import AugmentError
from goldenhour.augment.neighbours import recorded_neighbours, unseen_intents
from goldenhour.augment.refusals import Band, recorded_test_intents
from goldenhour.augment.rounds import Plan, augment
from goldenhour.students import Answer
from goldenhour.students.examples import Examples, example_of
from goldenhour.students.nearest import NearestStudent
from goldenhour.teacher.answers import TeacherAnswer, read_answer_file
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import default_toolset, normalise, split_of

pytest.importorskip("polars", reason="needs the [data] extra")

WIDE = Band(0.3, 0.99, 2)


@pytest.fixture
def plan(by_letters):
    def make(**more):
        pool = unseen_intents(())[::15]
        options = {
            "generator": lambda number, training: recorded_neighbours(sorted({*pool} - {*training}), by_letters),
            "described": "recorded",
            "test": recorded_test_intents(),
            "similarity": by_letters,
            "band": WIDE,
        }
        return Plan(**options | more)

    return make


def nearest(folder, learnt):
    """Train the student *nearest*, which takes no time."""
    NearestStudent(
        [TeacherAnswer(row.intent, "", 1, row.recipe.to_dict(), row.rationale) for row in learnt.train]
    ).save(folder)


def test_the_rows_have_the_parents_answer_and_train_reads_them(plan, student, examples, tmp_path):
    said = []
    assert augment(tmp_path / "out", student, examples, plan(), said.append) == [tmp_path / "out" / "round-1"]
    path = tmp_path / "out" / "round-1" / "answers.jsonl"
    parents = {row.intent: row for row in examples.train}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines
    for line in lines:
        parent = parents[line["parent"]]
        assert (line["recipe"], line["rationale"]) == (parent.recipe.to_dict(), parent.rationale)
        assert line["intent"] not in parents
        assert split_of(line["intent"]) == "train"
        assert WIDE.least <= line["similarity"] <= WIDE.most
    assert len(read_answer_file(path)) == len(lines)
    assert said[-1].startswith("round 1: ")


def test_the_report_counts_everything(plan, student, examples, tmp_path):
    augment(tmp_path / "out", student, examples, plan(), lambda _: None)
    folder = tmp_path / "out" / "round-1"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    found = report["neighbours"]
    assert found["proposed"] == found["accepted"] + sum(found["refused"].values())
    assert report["rows"] == found["accepted"] == len((folder / "answers.jsonl").read_text().splitlines())
    assert report["dataset"] == examples.hash
    assert report["generator"] == "recorded"
    assert report["parents"] == report["mistakes"]["intents"] > 0
    assert report["parents_without_proposals"] == 0


def test_rounds_go_on_while_they_help_and_are_not_made_again(plan, student, examples, tmp_path):
    trained, said = [], []

    def train(folder, learnt):
        trained.append(folder.parent.name)
        nearest(folder, learnt)

    out = tmp_path / "out"
    helped = augment(out, student, examples, plan(train=train, rounds=3), said.append)
    made = sorted(path.name for path in out.iterdir())
    assert trained == made
    assert [path.name for path in helped] == made[: len(helped)]
    assert len(helped) in (len(made), len(made) - 1)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    again = augment(out, student, examples, plan(train=train, rounds=3), said.append)
    assert (again, trained) == (helped, made)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_a_round_that_does_not_help_on_dev_is_the_last(plan, student, examples, tmp_path):
    said = []
    good = Examples.of(examples.train, examples.dev, "good")

    def forget(folder, learnt):
        NearestStudent([answer for answer in recorded_answers() if split_of(answer.intent) == "train"][-2:]).save(
            folder
        )

    assert augment(tmp_path / "out", student, good, plan(train=forget), said.append) == []
    assert said[-1] == "round 1 no longer helps on dev, so it is the last"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["round-1"]


def test_a_killed_training_goes_on_without_a_new_search(plan, student, examples, tmp_path):
    def killed(folder, learnt):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        augment(tmp_path / "out", student, examples, plan(train=killed), lambda _: None)
    rows = (tmp_path / "out" / "round-1" / "answers.jsonl").read_bytes()

    def none(number, training):
        assert number > 1, "the first round's neighbours are there"
        return lambda parents: dict.fromkeys(parents, ())

    augment(tmp_path / "out", student, examples, plan(train=nearest, generator=none), lambda _: None)
    assert (tmp_path / "out" / "round-1" / "answers.jsonl").read_bytes() == rows
    assert (tmp_path / "out" / "round-1" / "student" / "student.json").is_file()


def test_a_student_without_mistakes_is_said_to_have_none(plan, examples, tmp_path):
    class Right:
        def predict(self, intents):
            known = {row.intent: row.recipe for row in (*examples.train, *examples.dev)}
            return [Answer(known[intent], 1.0) for intent in intents]

    with pytest.raises(AugmentError, match=r"makes no mistake on the 64 training rows: there is nothing to augment"):
        augment(tmp_path / "out", Right(), examples, plan(), lambda _: None)
    assert not (tmp_path / "out").exists()


def test_no_neighbours_are_one_sentence_with_the_reasons(plan, student, examples, tmp_path):
    with pytest.raises(AugmentError, match=r"too far from its parent [\d,]+.*choose another --generator") as error:
        augment(tmp_path / "out", student, examples, plan(band=Band(0.999, 1.0, 1)), lambda _: None)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_with_all_recorded_answers_learnt_no_recorded_neighbour_is_left():
    assert unseen_intents([normalise(answer.intent) for answer in recorded_answers()]) == []


@pytest.mark.parametrize("change", [{"described": "lexical"}, {"band": Band(0.4, 0.99, 2)}, {"decisions": True}])
def test_a_folder_of_another_plan_is_refused(plan, student, examples, tmp_path, change):
    augment(tmp_path / "out", student, examples, plan(), lambda _: None)
    with pytest.raises(AugmentError, match=r"round-1 was made with another .*: choose another folder with -o"):
        augment(tmp_path / "out", student, examples, plan(**change), lambda _: None)


def test_damage_is_said(plan, student, examples, tmp_path):
    augment(tmp_path / "out", student, examples, plan(), lambda _: None)
    folder = tmp_path / "out" / "round-1"
    (folder / "answers.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(AugmentError, match=r"answers\.jsonl are damaged"):
        augment(tmp_path / "out", student, examples, plan(), lambda _: None)
    (folder / "report.json").write_text("[]", encoding="utf-8")
    with pytest.raises(AugmentError, match=r"report\.json is damaged"):
        augment(tmp_path / "out", student, examples, plan(), lambda _: None)


def test_a_teacher_can_answer_the_neighbours_instead(plan, student, examples, tmp_path):
    own = {normalise(answer.intent): answer for answer in recorded_answers()}

    def answer(neighbours):
        return [example_of(own[neighbour.intent], default_toolset()) for neighbour in neighbours]

    augment(tmp_path / "out", student, examples, plan(answer=answer, parents=5), lambda _: None)
    folder = tmp_path / "out" / "round-1"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert (report["answers"], report["parents"]) == ("a teacher's own", 5)
    for found in read_answer_file(folder / "answers.jsonl"):
        assert found.recipe == own[found.intent].recipe
