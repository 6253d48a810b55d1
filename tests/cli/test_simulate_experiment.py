"""``goldenhour simulate`` with an experiment: what the page on experiments says to try first."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from importlib import resources

import pytest
from sqlalchemy import func, select

from goldenhour.events import ProjectStarted, new_id, open_store, schema
from goldenhour.events.event import from_milliseconds
from goldenhour.experiment.domain import DOMAINS

FILE = """
name: student-v2
arms:
  - {name: teacher, weight: 50, teacher: gpt-4.1}
  - {name: student, weight: 50, student: built-in}
start: 2025-03-01T09:00:00Z
planned_users: 300
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "student-v2.yaml"
    path.write_text(FILE)
    return path


@pytest.fixture
def simulated(run, file, tmp_path):
    """Simulate into a store; gives what was printed."""

    def simulate(*more):
        sizes = ("--users", "250", "--projects", "3", "--variants", "1", "--seed", "1")
        return run("simulate", *sizes, "--experiment", file, "--store", tmp_path / "try.sqlite", *more)

    return simulate


def test_an_arm_that_completes_less_is_found_worse_by_the_report(run, simulated, tmp_path):
    result = simulated("--completes", "student=0.4")
    assert (result.code, result.err) == (0, "")
    assert "events of 250 simulated users in" in result.out
    found = run("experiment", "report", "student-v2", "--store", tmp_path / "try.sqlite")
    words = " ".join(found.out.split())
    assert (found.code, found.err) == (0, "")
    assert words.startswith("student is worse than teacher")
    assert "of the projects are simulated: they say nothing about people" in words


def test_the_report_breaks_it_down_by_domain(run, simulated, tmp_path):
    assert simulated().code == 0
    found = json.loads(run("experiment", "report", "student-v2", "--store", tmp_path / "try.sqlite", "--json").out)
    assert {segment["name"] for segment in found["segments"] if segment["kind"] == "domain"} == {*DOMAINS}


def test_the_same_seed_fills_a_store_once(run, simulated, tmp_path):
    counts = []
    for _ in range(2):
        assert simulated().code == 0
        counts.append(run("events", "show", "--store", tmp_path / "try.sqlite").out)
    assert counts[0] == counts[1]


def starting(file, start):
    file.write_text(FILE.replace("2025-03-01T09:00:00Z", start))


def times(path):
    """When the first and the last project of a store were started."""
    at = schema.projects.c.started_at
    with open_store(str(path), create=False) as store, store.reading() as connection:
        return [from_milliseconds(connection.scalar(select(limit(at)))) for limit in (func.min, func.max)]


def test_projects_are_spread_over_the_days_that_have_passed_since_the_start(simulated, file, tmp_path):
    now = datetime.now(UTC)
    start = now - timedelta(days=3, hours=6)
    starting(file, start.isoformat())
    result = simulated()
    told = "goldenhour: the projects are spread over the whole days since the start of student-v2: 3, not 30\n"
    assert (result.code, result.err) == (0, told)
    first, last = times(tmp_path / "try.sqlite")
    assert start <= first < start + timedelta(hours=6)
    assert start + timedelta(days=2, hours=18) < last < start + timedelta(days=3)


def test_projects_of_an_older_experiment_are_spread_over_as_many_days_as_asked(simulated, file, tmp_path):
    start = datetime(2025, 3, 1, 9, tzinfo=UTC)
    assert simulated("--days", "5").err == ""
    first, last = times(tmp_path / "try.sqlite")
    assert start <= first < start + timedelta(days=1)
    assert start + timedelta(days=4) < last < start + timedelta(days=5)


@pytest.mark.parametrize("ahead", [timedelta(hours=-20), timedelta(days=40)])
def test_an_experiment_without_a_day_behind_it_is_not_simulated(simulated, file, tmp_path, ahead):
    now = datetime.now(UTC).replace(microsecond=0)
    starting(file, (now + ahead).isoformat())
    result = simulated("--days", "20")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert f"the experiment student-v2 starts at {now + ahead:%Y-%m-%d %H:%M %Z}, and simulated users" in result.err
    assert not (tmp_path / "try.sqlite").exists()
    starting(file, result.err.partition("write start: ")[2].split()[0])
    result = simulated("--days", "20")
    assert (result.code, result.err) == (0, "")
    assert times(tmp_path / "try.sqlite")[1] < now


def test_another_student_in_an_arms_folder_is_refused_by_the_store(simulated, file, tmp_path):
    packaged = resources.files("goldenhour.students") / "embedded"
    shutil.copytree(str(packaged), tmp_path / "student")
    file.write_text(FILE.replace("built-in", "student"))
    assert simulated().code == 0
    manifest = tmp_path / "student" / "student.json"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "the experiment student-v2 is running and arms changed" in simulated().err


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--completes", "nobody=0.5"), "the experiment student-v2 has no arm 'nobody'; it has teacher, student"),
        (("--completes", "student=2"), "--completes is 'student=2'; write an arm and a share from 0 to 1"),
        (("--completes", "student"), "--completes is 'student'; write an arm and a share from 0 to 1"),
    ],
)
def test_what_no_arm_can_complete_is_one_sentence(simulated, tmp_path, more, sentence):
    result = simulated(*more)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err
    assert not (tmp_path / "try.sqlite").exists()


def test_shares_without_an_experiment_are_refused(run, tmp_path):
    result = run("simulate", "--completes", "student=0.5", "--store", tmp_path / "try.sqlite")
    assert result.code == 2
    assert "name its file with --experiment" in result.err


def test_a_store_of_people_is_warned_of(run, tmp_path):
    store = tmp_path / "events.sqlite"
    simulate = ("simulate", "--users", "2", "--projects", "1", "--variants", "1", "--store", store)
    assert run(*simulate).err == ""
    assert run(*simulate).err == ""  # those that are there are simulated, too
    with open_store(str(store)) as opened:
        opened.write([ProjectStarted(new_id(), "jane", datetime.now(UTC), "photo")])
    result = run(*simulate)
    assert result.code == 0
    assert result.err == (
        f"goldenhour: {store} has projects of people (1), and simulated ones come beside them; "
        "for practice name a store of its own, as in --store try.sqlite\n"
    )
