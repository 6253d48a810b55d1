"""goldenhour events and goldenhour forget."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from goldenhour.events import AnswerShown, Exported, Exposed, ProjectStarted, new_id, open_store
from goldenhour.tools import Recipe
from goldenhour.tools.extras import install

AT = datetime(2024, 5, 1, 8, tzinfo=UTC)


@pytest.fixture
def jane(data_folder):
    """The default store, where Jane exported one photo of two and John a clip; Jane's id."""
    with open_store() as store:
        for user, kind, done in (("jane", "photo", True), ("jane", "photo", False), ("john", "clip", True)):
            project, answer, recipe = new_id(), new_id(), Recipe.neutral()
            events = [
                ProjectStarted(project, user, AT, kind, simulated=True),
                AnswerShown(answer, project, AT, "golden hour", recipe, "nearest", "1", 1.5, fallback=not done),
            ]
            store.write(events + [Exported(new_id(), project, answer, AT, recipe)] * done)
        return store.user_id("jane")


def test_show_says_what_is_in_the_store(run, jane, data_folder):
    result = run("events", "show")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        f"store: {data_folder / 'events.sqlite'}",
        "users: 2",
        "projects: 3 started, 2 completed (66.7%)",
        "  photos: 2, clips: 1; simulated: 3",
        "answers: 3",
        "  nearest 1: 3, 1 as fallback",
        "edits: 0",
        "exports: 2",
        "days: 2024-05-01 to 2024-05-01",
    ]


def test_show_says_what_kinds_of_answers_and_exposures_there_are(run, data_folder):
    project = new_id()
    how = {"repaired": True, "refused": True}
    with open_store() as store:
        store.write(
            [
                ProjectStarted(project, "jane", AT, "photo"),
                AnswerShown(new_id(), project, AT, "golden hour", Recipe.neutral(), "nearest", "1", 1, **how),
                Exposed(new_id(), project, "ab", "student", AT),
            ]
        )
    out = run("events", "show").out
    assert "  nearest 1: 1, 1 repaired, 1 refused\n" in out
    assert "exposures to arms of experiments: 1\n" in out


def test_an_export_is_imported_into_another_store(run, jane, tmp_path):
    exported = run("events", "export", tmp_path / "backup")
    assert (exported.code, exported.err) == (0, "")
    assert "answers: 3\n" in exported.out
    imported = run("events", "import", tmp_path / "backup", "--store", tmp_path / "copy.sqlite")
    assert imported == exported
    shown = run("events", "show", "--store", tmp_path / "copy.sqlite")
    assert shown.out.splitlines()[1:] == run("events", "show").out.splitlines()[1:]


def test_an_events_that_waits_is_said(run, data_folder):
    with open_store() as store:
        store.write([AnswerShown(new_id(), new_id(), AT, "golden hour", Recipe.neutral(), "nearest", "1", 1)])
    out = run("events", "show").out.splitlines()
    assert out[1:3] == ["users: 0", "projects: 0 started, 0 completed"]
    assert out[-2] == "waiting for the start of their project: 1"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["events", "show", "--store", "none.sqlite"], "there is no store none.sqlite; name one with --store"),
        (["events", "export", "out", "--store", "none.sqlite"], "there is no store none.sqlite"),
        (["events", "import", "out"], "out is no whole export, it lacks manifest.json"),
        (
            ["events", "show", "--store", "postgresql://jane:geheim@127.0.0.1:1/db"],
            "jane:***@127.0.0.1:1/db: no conn",
        ),
        (["forget", "jane", "--store", "none.sqlite"], "there is no store none.sqlite"),
        (["forget", "jane", "--models", "nowhere"], "there is no folder nowhere; nothing was deleted"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run, jane, arguments, sentence, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("goldenhour: ")
    assert sentence in result.err
    assert "geheim" not in result.err
    assert result.err.count("\n") == 1
    assert run("events", "show").out.splitlines()[1] == "users: 2"


def write_dataset(folder, name, users):
    (folder / name).mkdir(parents=True)
    (folder / name / "users.txt").write_text("".join(f"{user}\n" for user in users))
    manifest = {"kind": "dataset", "hash": f"hash of {name}", "users": {"count": len(users), "file": "users.txt"}}
    (folder / name / "manifest.json").write_text(json.dumps(manifest))


def write_student(folder, name, dataset):
    (folder / name).mkdir(parents=True)
    (folder / name / "student.json").write_text(json.dumps({"family": "nearest", "dataset": dataset}))


def test_forget_deletes_a_user_and_names_the_datasets_and_students_with_their_rows(run, jane, data_folder):
    write_dataset(data_folder / "datasets", "v1", [new_id(), jane])
    write_dataset(data_folder / "datasets", "v2", [new_id()])
    write_student(data_folder / "students", "ours/old", "hash of v1")
    write_student(data_folder / "students", "new", "hash of v2")
    write_student(data_folder / "students", "built-in", None)
    result = run("forget", "jane")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "deleted: projects 2, answers 2, exports 1",
        f"dataset with their rows, build it again: {data_folder / 'datasets' / 'v1'}",
        f"student made of their rows, train it again: {data_folder / 'students' / 'ours' / 'old'}",
    ]
    assert run("events", "show").out.splitlines()[1] == "users: 1"
    again = run("forget", "jane")
    assert again.out.splitlines()[0] == "deleted: nothing; the store has no events of a user by this name"
    assert again.out.splitlines()[1:] == result.out.splitlines()[1:]


def test_forget_looks_where_it_is_told_and_says_what_it_cannot_tell(run, jane, tmp_path):
    here = tmp_path / "data"
    write_dataset(here, "v1", [jane])
    write_dataset(here, "v2", [])
    (here / "v2" / "users.txt").unlink()
    write_student(tmp_path / "models", "one", "hash of v1")
    write_student(tmp_path / "models", "lost", "hash of v7")
    write_student(tmp_path / "models", "broken", None)
    (tmp_path / "models" / "broken" / "student.json").write_text("{")
    (here / "export").mkdir()
    (here / "export" / "manifest.json").write_text('{"kind": "events"}')
    result = run("forget", "jane", "--datasets", here, "--models", tmp_path / "models")
    assert result.code == 0
    assert [line.rpartition("/")[2] for line in result.out.splitlines()[1:]] == ["v1", "one"]
    assert result.err.splitlines() == [
        f"goldenhour: the dataset {here / 'v2'} does not say whose rows it has",
        f"goldenhour: {tmp_path / 'models' / 'broken' / 'student.json'} cannot be read",
        f"goldenhour: the student {tmp_path / 'models' / 'lost'} was made of a dataset that is not there (hash of v7)",
    ]


@pytest.mark.parametrize("command", ["'events', 'show'", "'forget', 'jane'"])
def test_the_plain_install_says_what_it_lacks(command):
    code = f"import sys; sys.modules['sqlalchemy'] = None; from goldenhour.cli import main; main([{command}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"goldenhour: this needs sqlalchemy; {install('data')}\n"
