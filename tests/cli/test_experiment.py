"""goldenhour experiment."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from goldenhour.events import AnswerShown, Exported, Exposed, ProjectStarted, new_id, open_store
from goldenhour.experiment.assignment import assign
from goldenhour.experiment.definition import load_experiment
from goldenhour.tools import Recipe
from goldenhour.tools.extras import install

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
FILE = """
name: ab
arms:
  - {name: teacher, weight: 50, teacher: gpt-4.1}
  - {name: student, weight: 50, student: built-in}
start: 2026-03-01T09:00:00Z
planned_users: 300
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ab.yaml"
    path.write_text(FILE)
    return path


@pytest.fixture
def started(run, file, data_folder):
    """The experiment ab in the default store, with 400 users who complete every second or third project."""
    assert run("experiment", "start", file).code == 0
    experiment = load_experiment(file)
    with open_store() as store:
        events = []
        for number in range(400):
            project, answer, arm = new_id(), new_id(), assign(experiment, f"user {number}").name
            at = AT + timedelta(minutes=number)
            events += [
                ProjectStarted(project, f"user {number}", at, "photo"),
                AnswerShown(answer, project, at, "golden hour", Recipe.neutral(), "m", "1", 5.0),
                Exposed(new_id(), project, "ab", arm, at),
            ]
            if number % (2 if arm == "teacher" else 3) == 0:
                events.append(Exported(new_id(), project, answer, at, Recipe.neutral()))
        store.write(events)
    return experiment


def test_start_keeps_an_experiment_and_list_names_it(run, file, data_folder):
    result = run("experiment", "start", file)
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        f"ab from 2026-03-01 09:00 UTC on: teacher 50.0%, student 50.0%; in {data_folder / 'events.sqlite'}\n"
    )
    file.write_text(FILE.replace("50", "10", 1).replace("50", "90", 1))
    assert "teacher 10.0%, student 90.0%" in run("experiment", "start", file).out
    listed = run("experiment", "list").out
    assert listed.startswith(
        "ab: from 2026-03-01, teacher 10.0%, student 90.0%, 300 users an arm, other weights since 20"
    )


def test_end_ends_an_experiment_for_good(run, file, started):
    result = run("experiment", "end", "ab")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("ab ended on 20")
    assert run("experiment", "end", "ab").out == result.out
    assert ", ended on 20" in run("experiment", "list").out
    assert "the experiment ab ended on 20" in run("experiment", "start", file).err


def test_a_changed_experiment_is_refused(run, file, data_folder):
    run("experiment", "start", file)
    file.write_text(FILE + "margin: 0.9\n")
    result = run("experiment", "start", file)
    assert (result.code, result.out) == (2, "")
    assert "the experiment ab is running and margin changed; only the weights may" in result.err


def test_assign_says_the_arm_that_python_says(run, started, file):
    expected = "".join(f"{user}\t{assign(started, user).name}\n" for user in ("jane", "john"))
    assert run("experiment", "assign", "ab", "jane", "john").out == expected
    assert run("experiment", "assign", file, "jane", "john").out == expected


def test_assign_reads_names_from_standard_input(run, started, file, monkeypatch):
    done = subprocess.run(
        [sys.executable, "-m", "goldenhour", "experiment", "assign", str(file), "-"],
        input="jane\njohn\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == run("experiment", "assign", file, "jane", "john").out


def test_report_begins_with_the_conclusion(run, started):
    result = run("experiment", "report", "ab")
    assert (result.code, result.err) == (0, "")
    first = " ".join(result.out.split())
    assert first.startswith("student is worse than teacher: it reaches 62.6 % of its completion rate (")
    for title in ("Completion", "Beside the control", "Did users come as the weights say?", "Guardrails"):
        assert title in result.out


def test_report_writes_json_and_a_page(run, started, tmp_path):
    page = tmp_path / "report.html"
    result = run("experiment", "report", "ab", "--json", "--html", page)
    data = json.loads(result.out)
    assert [arm["users"] for arm in data["arms"]] == [
        sum(assign(started, f"user {n}").name == arm for n in range(400)) for arm in ("teacher", "student")
    ]
    assert data["verdicts"][0]["sentence"] in page.read_text(encoding="utf-8")


def test_plan_reads_the_traffic_of_the_store(run, started):
    lines = run("experiment", "plan", "--margin", "0.8", "--window", "7").out.splitlines()
    assert lines[0].startswith("completion rate 39.8%, ")
    assert "1.00 projects a user" in lines[0]
    assert lines[1].startswith("one look at the end: ")
    assert lines[2].startswith("looking every day: ")
    assert all("users an arm, about " in line for line in lines[1:])


def test_plan_works_without_a_store(run, data_folder):
    result = run(
        *("experiment", "plan", "--margin", "1", "--truth", "0.961", "--rate", "0.25", "--projects", "3.5"),
        *("--users-a-day", "2000"),
    )
    assert result.out.splitlines() == [
        "completion rate 25.0%, 3.50 projects a user, spread 0.86",
        "one look at the end: 8,675 users an arm, about 9 days",
        "looking every day: 16,612 users an arm, about 17 days",
    ]


def test_plan_shares_the_users_among_all_arms(run, data_folder):
    def days(*options):
        plan = ("plan", "--margin", "1", "--truth", "0.961", "--rate", "0.25", "--users-a-day", "10", *options)
        return [
            (int(users.replace(",", "")), int(days.replace(",", "")))
            for users, days in re.findall(r": ([\d,]+) users an arm, about ([\d,]+) days", run("experiment", *plan).out)
        ]

    for arms in (2, 3, 5):
        planned = days("--arms", str(arms))
        assert len(planned) == 2
        assert planned == [(users, round(users * arms / 10)) for users, _ in planned]
        assert planned == days("--arms", str(arms), "--share", str(1 / arms))
    half = [(users, round(users / 0.25 / 10)) for users, _ in days()]
    assert days("--share", "0.25") == half  # the smallest arm is half of an equal share


def write_evaluation(path, name, overall):
    scores = {"overall": overall}
    subsets = {"All": {"scores": scores, "low": {"overall": overall - 0.1}, "high": {"overall": overall + 0.1}}}
    evaluation = {"name": name, "kind": "student", "subsets": subsets}
    path.write_text(json.dumps({"kind": "evaluation", "evaluations": [evaluation]}))
    return path


def test_align_puts_scores_beside_rates(run, started, tmp_path):
    files = [
        f"{arm}={write_evaluation(tmp_path / f'{arm}.json', arm, score)}"
        for arm, score in (("teacher", 0.8), ("student", 0.7))
    ]
    options = [part for file in files for part in ("--evaluation", file)]
    page = tmp_path / "align.html"
    result = run("experiment", "align", "ab", *options, "--html", page)
    assert result.code == 0
    assert "Offline and online put the same arm first: teacher" in " ".join(result.out.split())
    assert "Completion rate by offline score" in page.read_text(encoding="utf-8")
    assert json.loads(run("experiment", "align", "ab", *options, "--json").out)["agreement"] == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["start", "none.yaml"], "there is no file none.yaml; write an experiment, or name another file"),
        (["report", "none"], "has no experiment 'none'; it has ab"),
        (["report", "ab", "--html", "none/report.html"], "none/report.html cannot be written: No such file"),
        (["end", "none"], "has no experiment 'none'; it has ab"),
        (["assign", "ab"], "no users were named; name them, or give - and their names on standard input"),
        (["assign", "ab", " "], "a user's name is empty; name the user"),
        (["plan", "--margin", "1"], "no number of users tells a ratio of 1 from 1"),
        (["plan", "--margin", "1"], "say how good you think the arm is, other than --margin, as in --truth 0.96"),
        (["plan", "--share", "0.6"], "--share is 0.6, but the smallest of 2 arms has 0.5 of the users at most; give"),
        (["plan", "--arms", "3", "--share", "0.5"], "--share is 0.5, but the smallest of 3 arms has 0.333 of the"),
        (["plan", "--rate", "2"], "the completion rate is 2; it must be between 0 and 1"),
        (["list", "--store", "none.sqlite"], "there is no store none.sqlite"),
        (["align", "ab", "--evaluation", "none.json"], "none.json cannot be read: No such file"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run, started, arguments, sentence, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = run("experiment", *arguments)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err
    assert result.err.count("\n") == 1


def test_a_report_of_nobody_is_one_sentence(run, file, data_folder):
    run("experiment", "start", file)
    result = run("experiment", "report", "ab")
    assert result.code == 2
    assert "nobody has been answered by an arm of the experiment ab since 2026-03-01 09:00; serve it with" in result.err


def test_a_student_that_is_missing_is_one_sentence(run, file, data_folder):
    file.write_text(FILE.replace("built-in", "students/none"))
    result = run("experiment", "start", file)
    assert result.code == 2
    assert "students/none, but there is none; train it, or mend the path" in result.err
    assert run("experiment", "list").code == 2  # nothing was kept, not even a store


@pytest.mark.parametrize("module", ["scipy", "tea_tasting", "sqlalchemy"])
def test_the_plain_install_says_what_it_lacks(module, data_folder, run, started):
    code = f"import sys; sys.modules[{module!r}] = None; from goldenhour.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "experiment", "report", "ab"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"goldenhour: this needs {module}")
    assert done.stderr.endswith(f"; {install('experiments')}\n")


@pytest.mark.parametrize("evaluation", ["text", {"kind": "student"}, {"name": ["x"], "kind": "student"}, None])
def test_an_evaluation_that_is_none_is_one_sentence(run, started, tmp_path, evaluation):
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"kind": "evaluation", "evaluations": [evaluation]}))
    result = run("experiment", "align", "ab", "--evaluation", path)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "is no evaluation; name a report.json of goldenhour evaluate" in result.err
