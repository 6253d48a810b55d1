"""Intents to recipes over HTTP, and what of it reaches the event store."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import func, select

from goldenhour.events import new_id, schema
from goldenhour.experiment.domain import domain_of
from goldenhour.students import embedded_student
from goldenhour.students.nearest import NearestStudent
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import Recipe, explain

NEUTRAL = Recipe.neutral().to_dict()


def ask(http, **body):
    response = http.post("/v1/recipes", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def rows(serving, table):
    with serving.flushed() as store:
        return list(store.rows(select(table)))


def test_an_intent_is_answered_as_the_student_alone_answers_it(http):
    found = ask(http, intent="  golden hour in morocco ")
    (expected,) = embedded_student().predict(["golden hour in morocco"])
    recipe = Recipe.from_dict(found["recipe"])
    assert recipe == expected.recipe
    assert found["intent"] == "golden hour in morocco"
    assert found["confidence"] == round(expected.confidence, 4)
    assert found["explanation"] == explain(recipe)
    assert (found["source"], found["model"], found["take"]) == ("student", "direct", 0)
    assert (found["change"], found["message"], found["arm"]) == ("new", None, None)
    assert UUID(found["answer_id"]).version == UUID(found["project_id"]).version == 7
    assert 0 < found["latency_ms"] < 5_000


def test_the_same_words_come_from_the_cache_under_an_id_of_their_own(http):
    first, second = (ask(http, intent="a foggy pier at dawn") for _ in range(2))
    assert (first["source"], second["source"]) == ("student", "cache")
    assert first["recipe"] == second["recipe"]
    assert first["answer_id"] != second["answer_id"]
    assert first["project_id"] != second["project_id"]


def test_the_cache_keeps_apart_what_only_a_sign_tells_apart(http):
    darker, brighter = (ask(http, intent=intent) for intent in ("-20 exposure", "+20 exposure"))
    assert brighter["source"] == "student"
    assert (darker["recipe"]["adjust"]["exposure"], brighter["recipe"]["adjust"]["exposure"]) == (-20, 20)


def test_an_answer_does_not_depend_on_what_is_asked_at_the_same_moment(http):
    intents = [f"{look} in {place}" for look in ("autumn", "neon night", "faded film") for place in ("rome", "oslo")]
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(lambda intent: ask(http, intent=intent)["recipe"], intents))
    alone = [embedded_student().predict([intent])[0].recipe.to_dict() for intent in intents]
    assert together == alone


def test_a_batch_is_answered_in_its_order_in_one_project(http):
    intents = ["morocco", "winter morning", "morocco"]
    found = ask(http, intents=intents)["answers"]
    assert [one["intent"] for one in found] == intents
    assert len({one["project_id"] for one in found}) == 1
    assert len({one["answer_id"] for one in found}) == 3
    assert found[0]["recipe"] == found[2]["recipe"] != found[1]["recipe"]


def test_a_batch_takes_no_n_for_its_answers_would_be_of_any_number(http):
    response = http.post("/v1/recipes", json={"intents": ["morocco", "dusk"], "n": 2})
    assert response.status_code == 422
    assert response.json()["detail"] == "n goes with one intent; send intents without it, or ask for each alone"
    again = ask(http, intents=["morocco", "dusk"], n=1, take=1)["answers"]
    assert [(one["intent"], one["take"]) for one in again] == [
        ("morocco", 1 % again[0]["takes"]),
        ("dusk", 1 % again[1]["takes"]),
    ]


@pytest.mark.parametrize("user", ["a\0b", " ", "\ud800", "x" * 201])
@pytest.mark.parametrize("path", ["/v1/recipes", "/v1/projects"])
@pytest.mark.parametrize("named", [True, False])
def test_a_user_is_a_name_that_can_be_kept(http, user, path, named):
    body = {"user": user} | ({"project_id": str(new_id())} if named else {})
    body |= {"intent": "dusk"} if path == "/v1/recipes" else {"media_kind": "photo"}
    response = http.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["detail"].startswith("user ")


def test_several_takes_on_the_same_words_differ_and_each_is_logged(shared, http):
    several = ask(http, intent="like an 80s music video", n=5)["answers"]
    takes = several[0]["takes"]
    assert takes >= 3
    assert [(one["take"], one["takes"]) for one in several] == [(take, takes) for take in range(takes)]
    assert len({Recipe.from_dict(one["recipe"]) for one in several}) == takes
    assert len({one["answer_id"] for one in several}) == takes
    assert len({one["project_id"] for one in several}) == 1
    again = [ask(http, intent="like an 80s music video", take=take) for take in (1, 4)]
    assert [one["recipe"] for one in again] == [several[1]["recipe"], several[4 % takes]["recipe"]]
    logged = {str(row.id) for row in rows(shared, schema.answers)}
    assert {one["answer_id"] for one in (*several, *again)} <= logged


def test_words_that_leave_one_reading_have_one_take(http):
    (only,) = ask(http, intent="contrast +20", n=5)["answers"]
    assert only["takes"] == 1


@pytest.mark.parametrize("size", [33, 65])
def test_an_answer_brings_the_table_of_its_recipe_where_it_is_asked_for(http, size):
    found = ask(http, intent="a neon street in the rain", table=size)
    alone = http.post("/v1/tables", json={"recipe": found["recipe"], "size": size})
    assert base64.b64decode(found["table"], validate=True) == alone.content
    assert "table" not in ask(http, intent="a neon street in the rain")


@pytest.mark.parametrize("several", [{"intent": "dusk", "n": 2}, {"intents": ["dusk"]}])
def test_several_answers_bring_no_tables(http, several):
    response = http.post("/v1/recipes", json=several | {"table": 33})
    assert response.status_code == 422
    assert response.json()["detail"] == ("table goes with one answer; POST /v1/tables compiles the recipes of several")


def test_a_relative_wish_changes_the_recipe_that_stands(http):
    current = ask(http, intent="morocco")["recipe"]
    found = ask(http, intent="+10 contrast", current=current)
    assert found["change"] == "relative"
    assert found["recipe"]["adjust"] == current["adjust"] | {"contrast": current["adjust"]["contrast"] + 10}
    assert found["recipe"]["filter"] == current["filter"]
    undone = ask(http, intent="undo the filter", current=current)
    assert (undone["change"], undone["recipe"]["filter"]) == ("undone", None)
    absolute = ask(http, intent="winter morning", current=current)
    assert (absolute["change"], absolute["recipe"]) == ("new", ask(http, intent="winter morning")["recipe"])


def test_no_take_on_a_correction_replaces_the_look_that_stands(http):
    current = ask(http, intent="morocco")["recipe"]
    found = ask(http, intent="brighter skin", current=current, n=5)["answers"]
    assert len(found) > 1
    assert {one["change"] for one in found} == {"mixed"}
    assert all(one["recipe"]["filter"] == current["filter"] for one in found)


def test_what_no_tool_can_do_leaves_the_recipe_that_stands(http):
    current = ask(http, intent="morocco")["recipe"]
    found = ask(http, intent="crop it to a square", current=current)
    assert found["recipe"] == current
    assert "not something that tonal tools can do" in found["message"]


def test_what_no_tool_can_do_keeps_the_rest_from_nothing(http):
    current = ask(http, intent="golden hour")["recipe"]
    found = ask(http, intent="crop it and warmer", current=current)
    assert found["change"] == "relative"
    assert found["recipe"] == ask(http, intent="warmer", current=current)["recipe"] != current
    assert found["message"].startswith("A part of this is not something that tonal tools can do")
    again = ask(http, intent="like before but less orange", current=current)
    assert (again["change"], again["message"]) == ("mixed", None)
    assert again["recipe"] == ask(http, intent="less orange", current=current)["recipe"]


def test_what_no_tonal_tool_can_do_gets_a_friendly_sentence(http):
    found = ask(http, intent="crop it to a square")
    assert found["recipe"] == NEUTRAL
    assert "not something that tonal tools can do" in found["message"]


def test_a_student_of_ones_own_answers_and_may_find_no_look_in_the_words(serving, tmp_path):
    folder = tmp_path / "nearest"
    NearestStudent(recorded_answers()[:50]).save(folder)
    server = serving(student=folder)
    found = ask(server.http, intent="zzqx")
    assert (found["model"], found["confidence"], found["recipe"]) == ("nearest", 0, NEUTRAL)
    assert found["message"].startswith("I read no look in this")


def test_words_without_a_look_are_told_and_take_no_look_away(http):
    assert ask(http, intent="asdfghjk qwpoeiru")["message"].startswith("I read no look in this")
    stands = ask(http, intent="golden hour")["recipe"]
    for words in ("asdfghjk qwpoeiru", "what?", "thanks"):
        found = ask(http, intent=words, current=stands)
        assert found["recipe"] == stands
        assert found["message"].startswith("I read no look in this")


@pytest.mark.parametrize("words", ["same", "keep the filter", "warm enough", "contrast +0", "a bit warmer", "undo"])
def test_words_that_are_understood_are_answered_by_the_recipe_alone(http, words):
    assert ask(http, intent=words, current=ask(http, intent="golden hour")["recipe"])["message"] is None


def test_answers_edits_and_exports_reach_the_store(shared, http):
    answer = ask(http, intent="a lavender field at noon", user="ada")
    ids = {"project_id": answer["project_id"], "answer_id": answer["answer_id"], "recipe": answer["recipe"]}
    edit = http.post("/v1/edits", json=ids | {"recipe": NEUTRAL})
    export = http.post("/v1/exports", json=ids)
    assert (edit.status_code, export.status_code) == (202, 202)
    (shown,) = [row for row in rows(shared, schema.answers) if str(row.id) == answer["answer_id"]]
    assert (shown.intent, shown.source_model, str(shown.project_id)) == (
        "a lavender field at noon",
        "direct",
        answer["project_id"],
    )
    assert shown.domain == domain_of("a lavender field at noon")
    assert shown.latency_ms > 0
    assert not shown.fallback
    assert edit.json()["edit_id"] in {str(row.id) for row in rows(shared, schema.edits)}
    assert export.json()["export_id"] in {str(row.id) for row in rows(shared, schema.exports)}
    assert answer["project_id"] in {str(row.id) for row in rows(shared, schema.projects)}


def test_the_store_tells_answers_to_words_alone_from_what_words_made_of_a_recipe(shared, http):
    first = ask(http, intent="morocco")
    same = ask(http, intent="same but colder", current=first["recipe"], project_id=first["project_id"])
    other = ask(http, intent="a foggy harbour", current=first["recipe"], project_id=first["project_id"])
    logged = {str(row.id): row.follow_up for row in rows(shared, schema.answers)}
    assert [logged[one["answer_id"]] for one in (first, same, other)] == [False, True, False]


@pytest.mark.parametrize("unsaid", [{}, {"answer_id": None}])
def test_an_export_of_what_no_answer_began_completes_its_project(serving, unsaid):
    server = serving()
    project = {"project_id": str(new_id())}
    assert server.http.post("/v1/projects", json=project | {"media_kind": "photo"}).status_code == 201
    sent = server.http.post("/v1/exports", json=project | {"recipe": NEUTRAL} | unsaid)
    assert sent.status_code == 202
    (row,) = rows(server, schema.exports)
    assert (str(row.id), str(row.project_id), row.answer_id) == (
        sent.json()["export_id"],
        project["project_id"],
        None,
    )
    total = server.http.get("/v1/insights", params={"days": 1}).json()["total"]
    assert (total["projects"], total["completed"]) == (1, 1)


def test_an_export_sent_twice_is_one_and_may_come_before_its_answer(shared, http):
    body = {"export_id": str(new_id()), "project_id": str(new_id()), "answer_id": str(new_id()), "recipe": NEUTRAL}
    late = body | {"exported_at": "2026-01-01T10:00:00+01:00"}
    assert [http.post("/v1/exports", json=late).json() for _ in range(2)] == [{"export_id": body["export_id"]}] * 2
    found = [row for row in rows(shared, schema.exports) if str(row.id) == body["export_id"]]
    assert [row.exported_at for row in found] == [1_767_258_000_000]


def test_a_project_sent_twice_is_one_and_keeps_its_user(shared, http):
    project = str(new_id())
    for user in ("ada", "bob"):
        response = http.post("/v1/projects", json={"project_id": project, "media_kind": "clip", "user": user})
        assert (response.status_code, response.json()) == (201, {"project_id": project, "arm": None})
    answer = ask(http, intent="dusk", project_id=project)
    assert answer["project_id"] == project
    (found,) = [row for row in rows(shared, schema.projects) if str(row.id) == project]
    with shared.flushed() as store:
        assert found.user_id == store.user_id("ada")
    assert found.media_kind == "clip"


def test_a_project_may_be_started_after_its_first_answer(shared, http):
    project = str(new_id())
    ask(http, intent="dusk", project_id=project, user="ada")
    assert http.post("/v1/projects", json={"project_id": project, "media_kind": "photo"}).status_code == 201
    (found,) = [row for row in rows(shared, schema.projects) if str(row.id) == project]
    with shared.flushed() as store:
        assert found.user_id == store.user_id("ada")


def test_the_metrics_tell_sources_stages_and_refusals(shared, http):
    before = {name: shared.metric(name) for name in METRICS}
    ask(http, intent="a metric of the evening")
    ask(http, intent="a metric of the evening")
    ask(http, intent="rotate it")
    after = {name: shared.metric(name) - before[name] for name in METRICS}
    assert after == METRICS


METRICS = {
    'goldenhour_answers_total{source="student"}': 2,
    'goldenhour_answers_total{source="cache"}': 1,
    "goldenhour_refused_intents_total": 1,
    'goldenhour_stage_seconds_count{stage="cache"}': 3,
    'goldenhour_stage_seconds_count{stage="student"}': 1,
    'goldenhour_requests_total{method="POST",route="/v1/recipes",status="200"}': 3,
    'goldenhour_request_seconds_count{route="/v1/recipes"}': 3,
    "goldenhour_invalid_answers_total": 0,
}


def test_a_server_says_that_it_is_well(http):
    assert http.get("/healthz").json()["status"] == "ok"


def test_every_answer_of_a_batch_is_one_event(serving):
    server = serving()
    ask(server.http, intents=["rome", "oslo", "lima"])
    with server.flushed() as store, store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.answers)) == 3
        assert connection.scalar(select(func.count()).select_from(schema.projects)) == 1
