"""Experiments in the server: users stay in their arms, and what really answered is noted."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from arms import MODELS, USERS, ask, post
from servers import running
from sqlalchemy import select

from goldenhour.events import ProjectStarted, new_id, open_store, schema
from goldenhour.experiment.assignment import assign
from goldenhour.experiment.definition import ExperimentError, read_experiment
from goldenhour.serve.settings import Settings
from goldenhour.teacher.practice import PracticeTeacher
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.server import Manner
from goldenhour.teacher.settings import Endpoint

pytestmark = pytest.mark.usefixtures("data_folder")  # experiments are kept there


def test_users_are_answered_by_their_arms_and_stay_there(serving, definition):
    server = serving()
    response = post(server, definition)
    assert response.status_code == 201, response.text
    experiment = read_experiment(response.json())
    for user in USERS:
        arm = assign(experiment, user).name
        for intent in ("golden hour", "dusk"):
            found = ask(server, user, intent)
            assert (found["arm"], found["model"]) == (arm, MODELS[arm])
    with server.flushed() as store:
        exposures = list(store.rows(select(schema.exposures)))
        projects = {row.id: row for row in store.rows(select(schema.projects))}
    assert len(exposures) == 2 * len(USERS)
    assert {row.experiment for row in exposures} == {experiment.name}
    assert {row.arm for row in exposures} == set(MODELS)
    assert all(projects[row.project_id].arm == row.arm for row in exposures)


def test_a_project_says_its_arm_and_is_exposed_once(serving, definition):
    server = serving()
    experiment = read_experiment(post(server, definition).json())
    body = {"project_id": str(new_id()), "media_kind": "photo", "user": "ada"}
    arm = assign(experiment, "ada").name
    assert server.http.post("/v1/projects", json=body).json()["arm"] == arm
    found = [
        server.http.post("/v1/recipes", json={"intent": intent, "project_id": body["project_id"]}).json()
        for intent in ("golden hour", "dusk", "crop it")
    ]
    assert {one["arm"] for one in found} == {arm}  # by the user of the project, who is not named again
    with server.flushed() as store:
        assert len(list(store.rows(select(schema.exposures)))) == 1


def exposed(server, project):
    with server.flushed() as store:
        return {row.arm for row in store.rows(select(schema.exposures)) if str(row.project_id) == project}


def start_project(server, **body):
    response = server.http.post("/v1/projects", json={"media_kind": "photo"} | body)
    assert response.status_code == 201, response.text
    return response.json()


class TestAfterARestart:
    """The server has forgotten its projects; the store has not."""

    @pytest.fixture
    def started(self, tmp_path, definition):
        """Projects of users, and of nobody, with the arm of each."""
        settings = Settings(store=str(tmp_path / "events.sqlite"))
        with running(settings) as server:
            post(server, definition)
            projects = [start_project(server, **({"user": user} if user else {})) for user in (*USERS, *[None] * 6)]
            server.flushed().close()
        assert {project["arm"] for project in projects} == set(MODELS)
        return settings, {project["project_id"]: project["arm"] for project in projects}

    def test_a_project_keeps_its_arm_though_its_user_is_not_named_again(self, started):
        settings, arms = started
        with running(settings) as server:
            for project, arm in arms.items():
                response = server.http.post("/v1/recipes", json={"intent": "golden hour", "project_id": project})
                assert (response.json()["arm"], response.json()["model"]) == (arm, MODELS[arm])
                assert exposed(server, project) == {arm}

    def test_it_keeps_it_if_it_is_started_again_or_another_user_is_named(self, started):
        settings, arms = started
        with running(settings) as server:
            for project, arm in arms.items():
                assert start_project(server, project_id=project)["arm"] == arm
            with server.flushed() as store:
                assert len(list(store.rows(select(schema.projects)))) == len(arms)
        with running(settings) as server:
            assert [ask(server, "mallory", project_id=project)["arm"] for project in arms] == list(arms.values())


def test_a_project_of_which_nothing_is_known_is_answered_by_the_servers_own_model_and_not_counted(serving, definition):
    server = serving()
    experiment = read_experiment(post(server, definition).json())
    project = str(new_id())
    for intent in ("golden hour", "dusk"):
        found = server.http.post("/v1/recipes", json={"intent": intent, "project_id": project}).json()
        assert (found["arm"], found["model"]) == (None, "direct")
    assert exposed(server, project) == set()
    arm = assign(experiment, "ada").name
    assert start_project(server, project_id=project, user="ada")["arm"] == arm
    assert ask(server, "ada", project_id=project)["arm"] == arm
    assert exposed(server, project) == {arm}


def test_an_arm_of_an_earlier_experiment_is_none_of_this_one(tmp_path, definition):
    settings, project = Settings(store=str(tmp_path / "events.sqlite")), new_id()
    with open_store(settings.store) as store:
        store.write([ProjectStarted(project, "ada", datetime(2025, 12, 1, tzinfo=UTC), "photo", "nearest")])
    with running(settings) as server:
        post(server, definition)
        body = {"intent": "golden hour", "project_id": str(project)}
        assert server.http.post("/v1/recipes", json=body).json()["arm"] is None


def test_before_its_start_nobody_is_in_it(serving, definition):
    server = serving()
    assert post(server, definition | {"start": "2099-01-01"}).status_code == 201
    assert ask(server, "ada")["arm"] is None
    (listed,) = server.http.get("/v1/experiments").json()["experiments"]
    assert (listed["running"], listed["ended"]) == (False, None)
    other = post(server, definition | {"name": "another"})
    assert "is to run from 2099-01-01 00:00 UTC on, and two would both decide" in other.json()["detail"]
    with server.flushed() as store:
        assert list(store.rows(select(schema.exposures))) == []


def test_weights_may_change_while_it_runs_and_nothing_else(serving, definition):
    server = serving()
    post(server, definition)
    definition["arms"][0]["weight"], definition["arms"][1]["weight"] = 0.9, 0.1
    assert post(server, definition).status_code == 201
    changed = post(server, definition | {"margin": 0.5})
    assert changed.status_code == 409
    assert "is running and margin changed; only the weights may" in changed.json()["detail"]
    (listed,) = server.http.get("/v1/experiments").json()["experiments"]
    assert listed["running"]
    assert [arm["weight"] for arm in listed["arms"]] == [0.9, 0.1]
    assert listed["margin"] == 0.97


def test_it_goes_on_when_the_server_starts_again_and_can_be_ended(tmp_path, definition):
    settings = Settings(store=str(tmp_path / "events.sqlite"))
    with running(settings) as server:
        post(server, definition)
        before = ask(server, "ada")["arm"]
    with running(settings) as server:
        assert ask(server, "ada")["arm"] == before
        other = post(server, definition | {"name": "another"})
        assert other.status_code == 409
        assert "end it first: DELETE /v1/experiments/nearest against built-in" in other.json()["detail"]
        assert server.http.delete(f"/v1/experiments/{definition['name']}").status_code == 204
        assert server.http.delete(f"/v1/experiments/{definition['name']}").status_code == 404
        assert ask(server, "ada")["arm"] is None
        assert not server.http.get("/v1/experiments").json()["experiments"][0]["running"]
    with running(settings) as server:
        assert ask(server, "ada")["arm"] is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"arms": []}, "arms must be a list of at least two arms"),
        ({"name": "../x"}, "name is '../x'"),
        ({"start": "soon"}, "start is 'soon'"),
        ({"weights": 1}, "unknown key 'weights'"),
        (
            {
                "arms": [
                    {"name": "a", "weight": 0.5, "student": "built-in"},
                    {"name": "b", "weight": 0.5, "teacher": None},
                ]
            },
            "the arm b asks a teacher, but none is set",
        ),
        (
            {
                "arms": [
                    {"name": "a", "weight": 0.5, "student": "built-in"},
                    {"name": "b", "weight": 0.5, "student": "no"},
                ]
            },
            "but there is none; train it",
        ),
    ],
)
def test_what_is_no_experiment_is_a_problem(serving, definition, changes, said):
    response = post(serving(), definition | changes)
    assert response.status_code == 422
    assert said in response.json()["detail"]


def test_an_arm_whose_student_is_missing_is_a_sentence_at_the_start(serving, definition, tmp_path):
    file = tmp_path / "experiment.yaml"
    file.write_text(
        "name: e\nstart: 2026-01-01\narms:\n- {name: a, weight: 0.5, student: built-in}\n"
        "- {name: b, weight: 0.5, student: students/none}\n"
    )
    with pytest.raises(ExperimentError, match="the arm b of the experiment e names the student"):
        serving(experiment=file)


def test_a_teacher_may_be_an_arm_in_each_of_its_prompts(tmp_path, practice_servers):
    teacher = practice_servers(PracticeTeacher())
    file = tmp_path / "experiment.yaml"
    arms = "\n".join(
        f"- {{name: {prompt}, weight: 0.5, prompt: {prompt}, teacher: {{url: '{teacher.url}', model: recorded}}}}"
        for prompt in ("joint", "per-tool")
    )
    file.write_text(f"name: prompts\nstart: 2026-01-01\narms:\n{arms}\n")
    recorded = recorded_answers()[0]
    with running(Settings(store=str(tmp_path / "events.sqlite"), experiment=file)) as server:
        found = {one["arm"]: one for one in (ask(server, user, recorded.intent) for user in USERS)}
    assert set(found) == {"joint", "per-tool"}
    assert {one["model"] for one in found.values()} == {"recorded"}
    assert len({one["version"] for one in found.values()}) == 2
    assert all(one["recipe"] == recorded.recipe.to_dict() for one in found.values())
    assert teacher.requests == 4  # one and three: the others came from the cache


def test_a_teacher_elsewhere_is_asked_though_one_of_its_name_answered_the_same_before(serving, practice_servers):
    first, second = recorded_answers()[:2]
    server = serving()
    for number, answer in enumerate((first, replace(first, recipe_data=second.recipe_data))):
        teacher = practice_servers(PracticeTeacher([answer]))
        arms = [{"name": name, "weight": 0.5, "teacher": {"url": teacher.url, "model": "m"}} for name in "ab"]
        assert post(server, {"name": f"trial {number}", "arms": arms, "start": "2026-01-01"}).status_code == 201
        found = [ask(server, user, first.intent) for user in USERS]
        assert {one["arm"] for one in found} == {"a", "b"}
        assert [one["source"] for one in found].count("teacher") == 2  # once in each arm
        assert all(one["recipe"] == answer.recipe.to_dict() for one in found)
        assert server.http.delete(f"/v1/experiments/trial {number}").status_code == 204


def test_what_another_answered_in_an_arms_stead_is_no_exposure(tmp_path, practice_servers):
    teacher = practice_servers(PracticeTeacher(), Manner(delay=2))
    file = tmp_path / "experiment.yaml"
    file.write_text(
        "name: slow\nstart: 2026-01-01\narms:\n- {name: student, weight: 0.5, student: built-in}\n"
        "- {name: teacher, weight: 0.5, teacher: }\n"
    )
    endpoint = Endpoint(teacher.url, "recorded")
    settings = Settings(store=str(tmp_path / "events.sqlite"), experiment=file, teacher=endpoint, teacher_seconds=0.2)
    with running(settings) as server:
        found = [ask(server, user, f"dusk {user}") for user in USERS[:6]]
        with server.flushed() as store:
            exposed = {row.arm for row in store.rows(select(schema.exposures))}
            fallbacks = {row.fallback for row in store.rows(select(schema.answers)) if row.source_model == "direct"}
    assert {one["arm"] for one in found} == {"student", "teacher"}
    assert {one["model"] for one in found} == {"direct"}
    assert exposed == {"student"}
    assert fallbacks == {True, False}


def test_a_key_goes_to_the_settings_own_teacher_alone(serving, practice_servers):
    other = practice_servers(PracticeTeacher(), Manner(key="the key of the settings"))
    server = serving(teacher=Endpoint("http://127.0.0.1:9/v1", "m", "the key of the settings"), teacher_seconds=1)
    arms = [
        {"name": "a", "weight": 0.5, "teacher": {"url": other.url, "model": "recorded"}},
        {"name": "b", "weight": 0.5, "teacher": {"url": f"{other.url}/", "model": "recorded"}},
    ]
    assert post(server, {"name": "elsewhere", "arms": arms, "start": "2026-01-01"}).status_code == 201
    assert ask(server, "ada")["source"] == "student"  # refused there: no key came with the question
    assert other.replies == 0
