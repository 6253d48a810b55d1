"""Which experiment a server runs: what it was given, what it kept, what the store says; and the end of one."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from importlib import resources
from pathlib import Path

import pytest
import yaml
from arms import MODELS, USERS, ask, post
from servers import PATIENCE, running, wait_until

from goldenhour.events import open_store
from goldenhour.experiment.definition import ExperimentError
from goldenhour.experiment.registry import end, find_experiment
from goldenhour.serve import trials
from goldenhour.serve.models import TeacherModel
from goldenhour.serve.settings import Settings
from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.practice import PracticeTeacher
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.server import Manner
from goldenhour.teacher.settings import Endpoint

pytestmark = pytest.mark.usefixtures("data_folder")  # experiments are kept there
TWO_STUDENTS = (
    "name: {name}\nstart: 2026-01-01\narms:\n- {{name: a, weight: 0.5, student: built-in}}\n"
    "- {{name: b, weight: 0.5, student: built-in}}\n"
)


def test_a_file_takes_the_place_of_what_was_kept_and_says_so(tmp_path, definition, caplog):
    settings = Settings(store=str(tmp_path / "events.sqlite"))
    with running(settings) as server:
        post(server, definition)
    file = tmp_path / "experiment.yaml"
    file.write_text(TWO_STUDENTS.format(name="of the file"))
    with (
        caplog.at_level(logging.WARNING, "goldenhour.serve"),
        running(Settings(store=settings.store, experiment=file)) as server,
    ):
        assert ask(server, "ada")["arm"] in ("a", "b")
    assert [record.getMessage() for record in caplog.records] == [
        "the experiment nearest against built-in has ended here: --experiment runs of the file in its place"
    ]
    with running(settings) as server:  # neither goes on by itself
        assert ask(server, "ada")["arm"] is None


def test_a_file_of_the_experiment_that_was_kept_goes_on_with_it(tmp_path, definition, caplog):
    settings = Settings(store=str(tmp_path / "events.sqlite"))
    with running(settings) as server:
        post(server, definition)
    file = tmp_path / "experiment.yaml"
    file.write_text(yaml.safe_dump(definition))
    for experiment in (file, file, None):  # and without the file by what was kept
        with running(Settings(store=settings.store, experiment=experiment)) as server:
            assert ask(server, "ada")["arm"] in MODELS
        with open_store(settings.store) as store:
            assert find_experiment(store, definition["name"]).ended is None
    assert not caplog.records


def test_a_file_that_is_no_experiment_ends_nothing(tmp_path, definition):
    settings = Settings(store=str(tmp_path / "events.sqlite"))
    with running(settings) as server:
        post(server, definition)
    file = tmp_path / "experiment.yaml"
    file.write_text("name: broken\n")
    with pytest.raises(ExperimentError, match="lacks"), running(Settings(store=settings.store, experiment=file)):
        pass
    with running(settings) as server:
        assert ask(server, "ada")["arm"] in MODELS


def test_a_folder_is_the_same_whether_a_file_or_a_request_names_it(serving, run, definition, nearest, monkeypatch):
    monkeypatch.chdir(nearest.parent)
    arms = [definition["arms"][0], definition["arms"][1] | {"student": nearest.name}]
    file = Path("sub/experiment.yaml")
    file.parent.mkdir()
    in_file = [arms[0], arms[1] | {"student": f"../{nearest.name}"}]
    file.write_text(yaml.safe_dump(definition | {"arms": in_file}))
    server = serving()
    assert run("experiment", "start", file, "--store", server.place).code == 0
    response = post(server, definition | {"arms": arms})
    assert response.status_code == 201, response.text
    assert response.json()["arms"][1]["student"] == str(nearest)


def connections():
    """Connections that practice teachers hold, each by a thread."""
    return sum("process_request_thread" in thread.name for thread in threading.enumerate())


def test_the_connections_of_an_arms_teacher_are_closed_when_its_experiment_ends(serving, practice_servers):
    teacher = practice_servers(PracticeTeacher())
    server = serving()
    arms = [{"name": name, "weight": 0.5, "teacher": {"url": teacher.url, "model": "recorded"}} for name in "ab"]
    for name in ("first", "second"):
        assert post(server, {"name": name, "arms": arms, "start": "2026-01-01"}).status_code == 201
        assert ask(server, "ada", recorded_answers()[0].intent)["source"] in ("teacher", "cache")
        assert connections() > 0
        assert server.http.delete(f"/v1/experiments/{name}").status_code == 204
        wait_until(lambda: connections() == 0, 5)  # keep-alive would hold them for longer


def test_an_arm_may_tell_its_teacher_of_other_tools(serving, practice_servers, tmp_path):
    """A toolset with fewer tools: the teacher is offered these, and its answer is one in the product's."""
    packaged = yaml.safe_load((resources.files("goldenhour.tools") / "toolset.yaml").read_text(encoding="utf-8"))
    del packaged["tools"]["filter"]
    packaged["apply"]["pointwise"].remove("filter")
    (tmp_path / "no-filter.yaml").write_text(yaml.safe_dump(packaged, sort_keys=False))
    teacher = practice_servers(PracticeTeacher())
    whole = {"teacher": {"url": teacher.url, "model": "recorded"}}
    arms = [
        {"name": "all tools", "weight": 0.5, **whole},
        {"name": "no filter", "weight": 0.5, **whole, "toolset": str(tmp_path / "no-filter.yaml")},
    ]
    server = serving()
    assert post(server, {"name": "tools", "arms": arms, "start": "2026-01-01"}).status_code == 201
    intent = next(answer.intent for answer in recorded_answers() if answer.recipe.uses("filter"))
    answers = {answer["arm"]: answer for answer in (ask(server, user, intent) for user in USERS)}
    assert answers["all tools"]["recipe"]["filter"] is not None
    assert answers["no filter"]["recipe"]["filter"] is None
    assert answers["no filter"]["recipe"]["adjust"] is not None
    assert answers["all tools"]["version"] != answers["no filter"]["version"]
    assert {one["source"] for one in answers.values()} <= {"teacher", "cache"}


def test_who_is_asking_an_arms_teacher_when_its_experiment_ends_gets_the_answer(serving, practice_servers):
    teacher = practice_servers(PracticeTeacher(), Manner(delay=0.5))
    server = serving()
    arms = [{"name": name, "weight": 0.5, "teacher": {"url": teacher.url, "model": "recorded"}} for name in "ab"]
    post(server, {"name": "short", "arms": arms, "start": "2026-01-01"})
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(ask, server, "ada", recorded_answers()[0].intent)
        wait_until(lambda: teacher.at_once)
        assert server.http.delete("/v1/experiments/short").status_code == 204
        assert (asked.result()["source"], asked.result()["arm"] in ("a", "b")) == ("teacher", True)
    assert ask(server, "ada", recorded_answers()[0].intent)["arm"] is None


def test_a_teacher_that_was_stopped_answers_nobody(practice_servers):
    model = TeacherModel(Endpoint(practice_servers(PracticeTeacher()).url, "recorded"), 5)

    async def ask_after_the_end():
        await model.start()
        await model.stop()
        await model.answer("golden hour")

    with pytest.raises(TeacherError, match="its experiment has ended"):
        asyncio.run(ask_after_the_end())


def test_a_server_takes_up_what_the_store_says_of_its_experiment(run, serving, definition, tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "FOLLOWS", 0.05)
    server = serving()
    assert post(server, definition).status_code == 201
    file = tmp_path / "other-weights.yaml"
    arms = [arm | {"weight": weight} for arm, weight in zip(definition["arms"], (0.001, 0.999), strict=True)]
    file.write_text(yaml.safe_dump(definition | {"arms": arms}))
    assert run("experiment", "start", file, "--store", server.place).code == 0
    wait_until(lambda: {ask(server, user)["arm"] for user in USERS} == {"nearest"}, 10)
    assert run("experiment", "end", definition["name"], "--store", server.place).code == 0
    wait_until(lambda: ask(server, "ada")["arm"] is None, 10)


def test_new_weights_are_not_undone_by_a_look_at_the_store_that_began_before(serving, definition, monkeypatch, caplog):
    looked, may_answer = threading.Semaphore(0), threading.Semaphore(0)

    def slow(store, name):
        found = find_experiment(store, name)
        looked.release()
        may_answer.acquire(timeout=PATIENCE)
        return found

    def weighing(*weights):
        arms = [arm | {"weight": weight} for arm, weight in zip(definition["arms"], weights, strict=True)]
        return definition | {"arms": arms}

    monkeypatch.setattr(trials, "find_experiment", slow)
    monkeypatch.setattr(trials, "FOLLOWS", 0.01)
    server = serving()
    assert post(server, weighing(0.5, 0.5)).status_code == 201
    with caplog.at_level(logging.WARNING, "goldenhour.serve"), ThreadPoolExecutor(1) as threads:
        assert looked.acquire(timeout=PATIENCE)
        posted = threads.submit(post, server, weighing(0.001, 0.999))
        wait([posted], 0.5)  # in vain, if it waits its turn
        may_answer.release()
        assert posted.result().status_code == 201
        assert looked.acquire(timeout=PATIENCE)  # so the first look is over
        assert {ask(server, user)["arm"] for user in USERS} == {"nearest"}
        monkeypatch.setattr(trials, "FOLLOWS", 60)
        may_answer.release()
    assert not caplog.records


def test_an_older_file_does_not_bring_back_its_weights(run, definition, tmp_path, caplog):
    store, files = str(tmp_path / "events.sqlite"), []
    for number, weights in enumerate(((0.5, 0.5), (0.001, 0.999))):
        arms = [arm | {"weight": weight} for arm, weight in zip(definition["arms"], weights, strict=True)]
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(yaml.safe_dump(definition | {"arms": arms}))
        assert run("experiment", "start", files[-1], "--store", store).code == 0
    with (
        caplog.at_level(logging.WARNING, "goldenhour.serve"),
        running(Settings(store=store, experiment=files[0])) as server,
    ):
        assert {ask(server, user)["arm"] for user in USERS} == {"nearest"}
        listed = server.http.get("/v1/experiments").json()["experiments"]
        assert [arm["weight"] for arm in listed[0]["arms"]] == [0.001, 0.999]
    assert "are not the newest that the store knows, which hold" in caplog.text


def test_an_end_is_noted_in_the_store_and_holds_for_the_next_server(tmp_path, definition, caplog):
    settings = Settings(store=str(tmp_path / "events.sqlite"))
    with running(settings) as server:
        post(server, definition)
        with open_store(settings.store) as store:
            assert find_experiment(store, definition["name"]).ended is None
    with open_store(settings.store) as store:
        end(store, definition["name"])  # while no server looks
    with running(settings) as server:
        assert ask(server, "ada")["arm"] is None
        assert post(server, definition).status_code == 409
        assert post(server, definition | {"name": "second"}).status_code == 201
        assert server.http.delete("/v1/experiments/second").status_code == 204
        with open_store(settings.store) as store:
            assert find_experiment(store, "second").ended is not None
    assert "so it no longer runs here" in caplog.text
