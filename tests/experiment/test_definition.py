"""What an experiment's file may say, and one sentence for all that it may not."""

import hashlib
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from goldenhour.experiment.definition import (
    ExperimentError,
    Teacher,
    check_arms,
    load_experiment,
    read_experiment,
)
from goldenhour.tools import default_toolset

FILE = """
name: student-v2
arms:
  - {name: teacher, weight: 50, teacher: gpt-4.1, prompt: joint}
  - {name: student, weight: 50, student: students/v2}
control: teacher
unit: user
metric: project_completion_rate
direction: higher
margin: 0.97
guardrails: {latency_p95: 50, invalid_answers: 0.01}
start: 2026-03-01T09:00:00Z
planned_users: 20000
"""
STUDENT, TEACHER = (
    {"name": "student", "weight": 0.5, "student": "built-in"},
    {
        "name": "teacher",
        "weight": 0.5,
        "teacher": None,
    },
)
START = "2026-03-01T09:00:00Z"


def definition(**changed):
    return {"name": "ab", "arms": [TEACHER, STUDENT], "start": START} | changed


def test_a_file_is_read(tmp_path):
    path = tmp_path / "ab.yaml"
    path.write_text(FILE)
    experiment = load_experiment(path)
    assert (experiment.name, experiment.control, experiment.others) == ("student-v2", "teacher", ("student",))
    assert experiment.weights == {"teacher": 0.5, "student": 0.5}
    assert experiment.places == {"teacher": 0, "student": 1}
    assert (experiment.margin, experiment.planned_users) == (0.97, 20_000)
    assert experiment.guardrails == {"latency_p95": 50.0, "invalid_answers": 0.01}
    assert experiment.start == datetime(2026, 3, 1, 9, tzinfo=UTC)
    teacher, student = experiment.arms
    assert (teacher.teacher, teacher.prompt, teacher.folder) == (Teacher("gpt-4.1"), "joint", None)
    assert student.folder == tmp_path / "students" / "v2"


def test_what_is_not_said_is_the_papers_way():
    experiment = read_experiment(definition())
    assert (experiment.control, experiment.margin, experiment.planned_users) == ("teacher", 0.97, 20_000)
    assert experiment.arms[0].teacher == Teacher(None, None)
    assert experiment.arms[1].folder is None


def test_a_definition_survives_json():
    experiment = read_experiment(definition(guardrails={"fallbacks": 0.02}, control="student"))
    again = read_experiment(experiment.to_dict())
    assert (again, again.hash) == (experiment, experiment.hash)


def test_the_hash_is_of_all_but_the_weights():
    experiment = read_experiment(definition())
    assert experiment.with_weights({"teacher": 0.9, "student": 0.1}).hash == experiment.hash
    for change in ({"margin": 0.9}, {"start": "2026-03-02"}, {"control": "student"}, {"planned_users": 5}):
        assert read_experiment(definition(**change)).hash != experiment.hash


def test_a_day_is_its_midnight_in_utc():
    assert read_experiment(definition(start="2026-03-01")).start == datetime(2026, 3, 1, tzinfo=UTC)


def arms(*changes):
    return definition(arms=[arm | change for arm, change in zip((TEACHER, STUDENT), changes, strict=True)])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "an experiment must have name, arms, start, but is None"),
        ({"name": "ab", "start": START}, "an experiment lacks arms"),
        (definition(weights=[1, 2]), "an experiment has the unknown key 'weights'; it can have name, arms"),
        (definition(name="a/b"), "name is 'a/b'; it must be 1 to 64 letters, digits"),
        (definition(name=7), "name is 7"),
        (definition(arms=[STUDENT]), "arms must be a list of at least two arms"),
        (arms({}, {"weight": 0.6}), "the weights 0.5 [+] 0.6 sum to 1.1; they must sum to 1 [(]or to 100"),
        (arms({"weight": 0}, {"weight": 1}), "the arm teacher: weight is 0; it must be a number above 0"),
        (arms({"weight": True}, {}), "the arm teacher: weight is True"),
        (arms({}, {"name": "teacher"}), "two arms have the name 'teacher'"),
        (arms({}, {"teacher": "gpt"}), "the arm student needs either a student .* or a teacher"),
        (arms({}, {"student": " "}), "the arm student: student is ' '; name its folder, or write built-in"),
        (arms({"teacher": 7}, {}), "the arm teacher: teacher must have model, url, but is 7"),
        (arms({"teacher": {"key": "geheim"}}, {}), "has the unknown key 'key'; it can have model, url"),
        (arms({"prompt": "long"}, {}), "prompt is 'long'; a teacher's can be joint, per-tool"),
        (arms({}, {"version": "v2"}), "the arm student: version is 'v2'; leave it out"),
        (arms({}, {"prompt": "joint"}), "the arm student: prompt is 'joint'; a teacher's"),
        (
            arms({"toolset": "v2"}, {}),
            "toolset is 'v2'; it must be 8 or more digits of a .* hash, or a YAML file of the",
        ),
        (arms({}, {"toolset": "v2.yaml"}), "toolset is 'v2.yaml'; it must be 8 or more digits of a toolset's hash$"),
        (definition(control="nobody"), "the experiment ab has no arm 'nobody'; it has teacher, student"),
        (definition(unit="project"), "unit is 'project'; it can only be user"),
        (definition(direction="lower"), "direction is 'lower'; it can only be higher"),
        (definition(margin=1.2), "margin is 1.2; it must be a share of the control's rate below 1"),
        (definition(guardrails={"speed": 1}), "guardrails has the unknown key 'speed'; it can have latency_p95"),
        (definition(guardrails={"fallbacks": -1}), "guardrails: fallbacks is -1; it must be by how much"),
        (definition(start="tomorrow"), "start is 'tomorrow'; write a time like"),
        (definition(start=datetime(2026, 3, 1)), "start is '2026-03-01 00:00:00'; write a time with its zone"),
        (definition(planned_users=0.5), "planned_users is 0.5; it must be a whole number of users"),
    ],
)
def test_what_is_no_experiment_is_refused_in_one_sentence(data, sentence):
    with pytest.raises(ExperimentError, match=sentence) as caught:
        read_experiment(data)
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: [", "ab.yaml is not YAML: while parsing"),
        ("name: a\nname: b", "ab.yaml is not YAML: 'name' stands twice"),
        ("name: a", "ab.yaml: an experiment lacks arms, start"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path, text, sentence):
    path = tmp_path / "ab.yaml"
    path.write_text(text)
    with pytest.raises(ExperimentError, match=sentence):
        load_experiment(path)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(ExperimentError, match=r"there is no file .*none\.yaml; write an experiment"):
        load_experiment(tmp_path / "none.yaml")
    with pytest.raises(ExperimentError, match="cannot be read: Is a directory"):
        load_experiment(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ExperimentError, match="is not YAML"):
        load_experiment(tmp_path / "bytes.yaml")


def test_an_arm_whose_student_is_missing_is_found_before_anybody_is_sent_there(tmp_path):
    experiment = read_experiment(arms({}, {"student": "mine"}), tmp_path)
    with pytest.raises(ExperimentError, match=r"the arm student of the experiment ab names the student .*mine, but"):
        check_arms(experiment)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "student.json").write_text("{}")
    check_arms(experiment)


def test_another_student_in_the_same_folder_is_another_experiment(tmp_path):
    (tmp_path / "student.json").write_text("{}")
    experiment = check_arms(read_experiment(arms({}, {"student": str(tmp_path)})))
    version = hashlib.sha256(b"{}").hexdigest()[:12]
    assert [arm.version for arm in experiment.arms] == [None, version]
    kept = read_experiment(experiment.to_dict())
    assert check_arms(kept) == kept
    (tmp_path / "student.json").write_text('{"family": "other"}')
    assert check_arms(read_experiment(arms({}, {"student": str(tmp_path)}))).hash != experiment.hash
    with pytest.raises(ExperimentError, match=f"began with another student in .*: {version}, now "):
        check_arms(kept)


def test_an_arm_for_another_toolset_is_refused():
    mine = default_toolset().hash[:12]
    check_arms(read_experiment(arms({}, {"toolset": mine})))
    with pytest.raises(ExperimentError, match="the arm student of the experiment ab is for the toolset 00000000"):
        check_arms(read_experiment(arms({}, {"toolset": "00000000"})))


def test_a_teachers_arm_may_have_a_toolset_of_its_own_that_fits_the_one_in_use(tmp_path):
    path = tmp_path / "gentle.yaml"
    experiment = read_experiment(arms({"toolset": "gentle.yaml"}, {}), tmp_path)
    assert experiment.arms[0].toolset_file == path
    assert read_experiment(experiment.to_dict()) == experiment
    with pytest.raises(ExperimentError, match=r"the arm teacher .*: cannot read the toolset .*gentle.yaml"):
        check_arms(experiment)
    packaged = (resources.files("goldenhour.tools") / "toolset.yaml").read_text(encoding="utf-8")
    exposure = "exposure:     {min: -100, max: 100"
    path.write_text(packaged.replace(exposure, "exposure:     {min: -50, max: 50"))
    check_arms(experiment)
    path.write_text(packaged.replace(exposure, "exposure:     {min: -100, max: 150"))
    with pytest.raises(ExperimentError, match=r"does not fit the toolset here: adjust\.exposure goes from -100 to 100"):
        check_arms(experiment)


def test_folders_are_named_from_where_the_file_lies_or_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_experiment(arms({}, {"student": "mine"})).arms[1].folder == Path.cwd() / "mine"
    named = read_experiment(arms({}, {"student": "../mine"}), tmp_path / "sub")
    assert named.hash == read_experiment(arms({}, {"student": "mine"})).hash  # the same folder, seen from elsewhere


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"start": "0001-01-01T00:00:00+14:00"}, "write a time of the years 1970 to 9000"),
        ({"start": "9999-12-31T23:59:59-12:00"}, "write a time of the years 1970 to 9000"),
        (
            {"planned_users": 10**400},
            "planned_users is too large; it must be a whole number of users, 1 to 1,000,000,000",
        ),
        (
            {"arms": [{"name": n, "weight": 50, "student": "~nosuchuser/s"} for n in "ab"]},
            "in nobody's home; name its whole path",
        ),
    ],
)
def test_what_is_at_the_ends_of_the_world_is_one_sentence(changes, sentence):
    arms = [{"name": name, "weight": 50, "teacher": None} for name in "ab"]
    with pytest.raises(ExperimentError, match=sentence):
        read_experiment({"name": "ab", "arms": arms, "start": "2026-03-01"} | changes)
