"""The low-data study with students of ten thousand weights, on a few dozen rows."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("transformers", reason="needs the [train] extra")

from goldenhour.augment.mistakes import AugmentError
from goldenhour.augment.refusals import Band
from goldenhour.augment.study import Run, Study, first_answers, low_data, read_runs, runs
from goldenhour.augment.study_report import write_study
from goldenhour.students.direct.training import DirectSettings
from goldenhour.tools import split_of
from students.direct.conftest import make_base


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    base = make_base(tmp_path_factory.mktemp("base") / "bert")
    settings = DirectSettings(base=str(base), epochs=1.0, batch=16, learning_rate=1e-3)
    return Study("direct", settings, (0.5, 1.0), (1,), Band(0.2, 0.999, 2))


@pytest.fixture(scope="module")
def held_back(examples):
    return {"dev": examples.dev, "test": first_answers("test")[:10]}


@pytest.fixture(scope="module")
def finished(study, examples, held_back, by_letters, tmp_path_factory):
    folder, said = tmp_path_factory.mktemp("study") / "low-data", []
    low_data(folder, study, examples, held_back, by_letters, said.append)
    return folder, said


def test_each_seed_and_share_has_its_runs_and_all_the_data_only_one():
    study = Study("direct", DirectSettings(), (1.0, 0.125), (1, 2), Band())
    assert [str(run) for run in runs(study)] == [
        *(f"0.125 of the data, {variant}, seed 1" for variant in ("without", "augmented", "teacher-asked")),
        *(f"0.125 of the data, {variant}, seed 2" for variant in ("without", "augmented", "teacher-asked")),
        "1 of the data, without, seed 1",
        "1 of the data, without, seed 2",
    ]


def test_every_run_is_scored_on_dev_and_test_and_its_student_is_deleted(finished, held_back):
    folder, said = finished
    found = {(run["fraction"], run["variant"]): run for run in read_runs(folder)}
    assert list(found) == [(0.5, "without"), (0.5, "augmented"), (0.5, "teacher-asked"), (1.0, "without")]
    for run in found.values():
        assert 0 <= run["dev"]["overall"] <= 1
        assert 0 <= run["test"]["overall"] <= 1
    assert not any((folder / "students").iterdir())
    assert said[-1].startswith("run 4 of 4 (1 of the data, without, seed 1): dev 0.")
    assert said[-1].endswith("; 0 s left")


def test_new_rows_are_of_mistaken_intents_and_their_answers_of_the_parent_or_their_own(finished, examples):
    folder, _ = finished
    found = {run["variant"]: run for run in read_runs(folder) if run["fraction"] == 0.5}
    accepted = found["without"]["augmentation"]["neighbours"]["accepted"]
    assert accepted > 0
    assert [found[name]["new_rows"] for name in found] == [0, accepted, accepted]
    assert len({run["data"] for run in found.values()}) == 3
    by_intent = {row.intent: row for row in examples.train}
    for line in (folder / "runs" / "0.5-neighbours-1.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        assert row["recipe"] == by_intent[row["parent"]].recipe.to_dict()
        assert row["intent"] in by_intent
        assert split_of(row["intent"]) == "train"


def test_a_killed_study_goes_on_and_makes_nothing_twice(finished, study, examples, held_back, by_letters):
    folder, _ = finished
    before = {run["variant"]: run for run in read_runs(folder) if run["fraction"] == 0.5}
    (folder / "runs" / "0.5-augmented-1.json").unlink()
    times = {path: path.stat().st_mtime_ns for path in folder.glob("runs/*")}
    said = []
    low_data(folder, study, examples, held_back, by_letters, said.append)
    assert said[0] == "3 of 4 runs are there already"
    assert len(said) == 2
    assert {path: path.stat().st_mtime_ns for path in times} == times
    again = next(run for run in read_runs(folder) if run["variant"] == "augmented")
    assert again | {"seconds": 0} == before["augmented"] | {"seconds": 0}  # the same seed, the same student


def test_a_folder_of_another_study_is_refused(finished, study, examples, held_back, by_letters):
    folder, _ = finished
    others = replace(study, band=Band(0.5)), replace(study, settings=replace(study.settings, epochs=2.0))
    for other, name in zip(others, ("band", "settings"), strict=True):
        with pytest.raises(AugmentError, match=f"holds a study with other {name}: repeat its command"):
            low_data(folder, other, examples, held_back, by_letters, lambda _: None)
    more_seeds = replace(study, seeds=(1, 2), fractions=(1.0,))
    assert more_seeds.definition(examples) == study.definition(examples)


def test_with_the_same_steps_less_data_is_seen_more_often():
    study = Study("direct", DirectSettings(epochs=3.0), (0.5, 1.0), (1,), Band(), same_steps=True)
    assert (study.epochs(100, 100), study.epochs(25, 100)) == (3, 12)
    assert replace(study, same_steps=False).epochs(25, 100) == 3


def test_the_report_is_written_from_whatever_is_there(finished):
    folder, _ = finished
    assert [path.name for path in write_study(folder)] == ["study.svg", "study.md", "study.json"]
    data = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    assert len(data["runs"]) == 4
    assert data["definition"]["family"] == "direct"


def test_a_damaged_result_is_named(tmp_path):
    (tmp_path / "runs").mkdir()
    with pytest.raises(AugmentError, match="has no finished run"):
        write_study(tmp_path)
    (tmp_path / "runs" / f"{Run(1, 'without', 1).name}.json").write_text("{", encoding="utf-8")
    with pytest.raises(AugmentError, match=r"1-without-1\.json is damaged"):
        read_runs(tmp_path)
