"""Bad input: a problem of RFC 9457 with one clear sentence, whatever it is, and the server lives on."""

import json
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenhour.events import new_id
from goldenhour.tools import Recipe, default_toolset
from recipes import written

NEUTRAL = Recipe.neutral().to_dict()
ID = str(new_id())
EXPORT = {"project_id": ID, "answer_id": ID, "recipe": NEUTRAL}
STRANGE = {"adjust": {"exposure": 900}, "curves": None}


def check(response, status, *said):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert set(problem) >= {"type", "title", "status", "detail"}
    assert "\n" not in problem["detail"]
    assert "Traceback" not in response.text
    for words in said:
        assert words in problem["detail"]


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/v1/recipes", {}, "send either intent, or intents"),
        ("/v1/recipes", {"intent": "a", "intents": ["b"]}, "send either intent, or intents"),
        ("/v1/recipes", {"intent": "a", "n": 2, "take": 1}, "send either n, or take"),
        ("/v1/recipes", {"intent": "   "}, "the intent is empty"),
        ("/v1/recipes", {"intent": "x" * 501}, "501 characters"),
        ("/v1/recipes", {"intent": "bell \a"}, "control character U+0007"),
        ("/v1/recipes", {"intents": ["fine", ""]}, "intents.1: the intent is empty"),
        ("/v1/recipes", {"intents": ["a"] * 101}, "intents"),
        ("/v1/recipes", {"intents": []}, "intents"),
        ("/v1/recipes", {"intent": 7}, "intent is 7"),
        ("/v1/recipes", {"intent": "a", "n": 6}, "n is 6"),
        ("/v1/recipes", {"intent": "a", "take": -1}, "take is -1"),
        ("/v1/recipes", {"intent": "a", "colour": "red"}, "colour is not known here"),
        ("/v1/recipes", {"intent": "a", "project_id": "7"}, "project_id is '7'"),
        ("/v1/recipes", {"intent": "a", "project_id": "6fa459ea-ee8a-4ca4-894e-db77e160355e"}, "project_id"),
        ("/v1/recipes", {"intent": "a", "current": STRANGE}, "unknown tool 'curves'"),
        ("/v1/recipes", {"intent": "a", "user": "u" * 201}, "user"),
        ("/v1/recipes", {"intent": "a", "user": "\ud800"}, "user"),
        ("/v1/recipes", ["a"], "the body must be a JSON object"),
        ("/v1/projects", {"media_kind": "song"}, "media_kind is 'song'"),
        ("/v1/projects", {}, "media_kind is missing"),
        ("/v1/exports", EXPORT | {"answer_id": "no"}, "answer_id is 'no'"),
        ("/v1/exports", EXPORT | {"export_id": 3}, "export_id is 3"),
        ("/v1/exports", EXPORT | {"exported_at": "yesterday"}, "exported_at is 'yesterday'"),
        ("/v1/exports", EXPORT | {"exported_at": "2026-01-01T10:00:00"}, "exported_at"),
        ("/v1/exports", {"project_id": ID, "answer_id": ID}, "recipe is missing"),
        ("/v1/exports", EXPORT | {"recipe": STRANGE}, "unknown tool 'curves'; the tools are adjust"),
        ("/v1/edits", EXPORT | {"recipe": None}, "a recipe must be an object"),
        ("/v1/tables", {"recipe": NEUTRAL, "size": 64}, "size is 64"),
        ("/v1/tables", {"recipe": "neutral"}, "a recipe must be an object"),
        ("/v1/cube", {"recipe": NEUTRAL | {"adjust": {"exposure": "bright"}}}, "adjust lacks"),
        ("/v1/xmp", {"recipe": NEUTRAL, "name": "n" * 201}, "name"),
        ("/v1/chat/completions", {"messages": []}, "messages"),
        ("/v1/chat/completions", {"messages": [{"role": "system", "content": "x"}]}, 'role "user"'),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": ""}]}, "the intent is empty"),
        (
            "/v1/chat/completions",
            {
                "messages": [{"role": "user", "content": "dusk"}],
                "tools": [{"type": "function", "function": {"name": "weather"}}],
            },
            "none of weather is a tool here; offer adjust",
        ),
        (
            "/v1/chat/completions",
            {"messages": [{"role": "user", "content": "dusk"}], "metadata": {"project_id": "7"}},
            "metadata.project_id is '7'",
        ),
    ],
)
def test_what_a_body_says_wrongly_is_named(http, path, body, said):
    check(http.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"}), 422, said)


@pytest.mark.parametrize(
    ("path", "wrong", "instead"),
    [
        ("recipes", {"intent": 7}, "intent is 7: send text"),
        ("recipes", {"intent": "a", "n": 6}, "n is 6: choose 5 or less"),
        ("recipes", {"intent": "a", "n": 0}, "n is 0: choose 1 or more"),
        ("recipes", {"intent": "a", "n": 1.5}, "n is 1.5: send a whole number"),
        ("recipes", {"intent": "a", "n": "two"}, "n is 'two': send a whole number"),
        ("recipes", {"intent": "a", "take": 5}, "take is 5: choose a number below 5"),
        ("recipes", {"intents": "a"}, "intents is 'a': send a list"),
        ("recipes", {"intents": []}, "intents is []: send a list of 1 or more"),
        ("recipes", {"intents": [3]}, "intents.0 is 3: send text"),
        ("recipes", {"intent": "a", "user": ""}, "user is '': send text, or leave it out"),
        ("recipes", {"intent": "a", "project_id": "7"}, "project_id is '7': send a UUID of version 7"),
        ("recipes", {"intent": "a", "project_id": 7}, "project_id is 7: send a UUID of version 7"),
        ("projects", {"media_kind": "song"}, "media_kind is 'song': choose 'photo' or 'clip'"),
        ("exports", EXPORT | {"exported_at": "yesterday"}, "'yesterday': send a time with its zone, such as"),
        ("exports", EXPORT | {"exported_at": "2026-01-01"}, "'2026-01-01': send a time with its zone, such as"),
        ("exports", EXPORT | {"exported_at": "2026-99-99T10:00:00Z"}, "Z': send a time with its zone, such as"),
        ("exports", EXPORT | {"exported_at": []}, "exported_at is []: send a time with its zone, such as"),
        ("tables", {"recipe": NEUTRAL, "size": 64}, "size is 64: choose 33 or 65"),
        ("chat/completions", {"messages": [3]}, "messages.0 is 3: send an object"),
        ("chat/completions", {"messages": [{}], "stream": "maybe"}, "stream is 'maybe': send true or false"),
    ],
)
def test_what_to_send_instead_is_said_in_our_own_words(http, path, wrong, instead):
    check(http.post(f"/v1/{path}", json=wrong), 422, instead)


def test_a_wrong_look_is_told_where_other_tools_are_missing_too(http):
    recipe = {"filter": {"name": "warm_Nothing", "intensity": 40}}
    for path, body in (("cube", {"recipe": recipe}), ("recipes", {"intent": "warmer", "current": recipe})):
        response = http.post(f"/v1/{path}", json=body)
        check(response, 422, "the tool 'adjust' is missing", "filter.name is 'warm_Nothing', which is not one of")


def test_addresses_are_checked_in_the_same_words(http):
    check(http.get("/v1/insights?days=0"), 422, "days is '0': choose 1 or more")
    check(http.get("/v1/videos/7"), 422, "video_id is '7': send a UUID")


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        (b"", 422, "the body is missing"),
        (b"{", 400, "the body is not JSON"),
        (b'{"intent": "a"', 400, "the body is not JSON"),
        (b"\xff\xfe{", 400, "the body"),
        (b"[" * 200_000, 400, "cannot be read"),
        (b'{"intent": "a", "n": NaN}', 422, "n is nan"),
        (b'{"intent": "a", "n": ' + b"9" * 100_000 + b"}", 400, "cannot be read"),
    ],
)
def test_what_is_no_json_is_said_to_be_none(http, text, status, said):
    check(http.post("/v1/recipes", content=text, headers={"Content-Type": "application/json"}), status, said)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(http, value):
    current = NEUTRAL | {"filter": {"name": "warm_GoldenHour", "intensity": "VALUE"}}
    text = json.dumps({"intent": "a", "current": current}).replace('"VALUE"', value)
    check(http.post("/v1/recipes", content=text, headers={"Content-Type": "application/json"}), 422, "filter.intensity")


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_another_kind_of_body_is_refused(http, kind):
    response = http.post("/v1/recipes", content=b'{"intent": "a"}', headers={"Content-Type": kind})
    check(response, 415, "send JSON with Content-Type: application/json")


def test_a_body_without_a_kind_is_refused(http):
    check(http.post("/v1/recipes", content=b'{"intent": "a"}'), 415, "send JSON")


def test_a_body_that_is_too_large_is_refused_with_a_sentence(http):
    body = json.dumps({"intent": "a" * 1_000_000}).encode()
    check(http.post("/v1/recipes", content=body, headers={"Content-Type": "application/json"}), 413, "1 MB")
    endless = (b"a" * 65_536 for _ in range(64))  # in chunks, without a length
    check(http.post("/v1/recipes", content=endless, headers={"Content-Type": "application/json"}), 413, "1 MB")
    assert http.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/v1/",
        "/v1/recipe",
        "/web/nothing.js",
        "/web/../app.py",
        "/web/%2e%2e/app.py",
        "/samples/x.jpg",
        "/samples/..%2f..%2fapp.py",
        "/v1/models/gpt",
        "/docs",
    ],
)
def test_what_is_not_there_is_not_there(http, path):
    check(http.get(path), 404)


def test_a_method_that_a_route_does_not_have_is_refused(http):
    response = http.get("/v1/recipes")
    check(response, 405, "GET is not for '/v1/recipes'")
    assert response.headers["allow"] == "POST"


def test_a_long_or_broken_recipe_in_an_address_is_refused(http):
    check(http.get("/v1/tables"), 422, "recipe is missing")
    check(http.get("/v1/tables", params={"recipe": "{"}), 422, "the recipe is not JSON")
    check(http.get("/v1/tables", params={"recipe": "[" * 15_000}), 422, "nested too deeply")
    check(http.get("/v1/tables", params={"recipe": "x" * 30_000}), 422, "recipe")


def test_openai_clients_find_the_sentence_where_they_look(http):
    response = http.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": " "}]})
    assert response.json()["error"]["message"] == response.json()["detail"]


def test_what_is_no_http_is_turned_away(shared):
    host, port = shared.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 400")
    assert shared.http.get("/healthz").status_code == 200


PATHS = ("recipes", "projects", "edits", "exports", "tables", "cube", "xmp", "chat/completions", "experiments")
KEYS = ("intent", "current", "recipe", "project_id", "answer_id", "messages", "tools", "user", "name", "arms", "start")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PATHS), st.dictionaries(st.sampled_from(KEYS), written(default_toolset()), max_size=4))
def test_no_body_whatever_is_a_fault_of_the_server(http, path, body):
    text = json.dumps(body, default=str)
    response = http.post(f"/v1/{path}", content=text, headers={"Content-Type": "application/json"})
    assert response.status_code < 500, response.text


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(PATHS), st.binary(max_size=300))
def test_no_bytes_whatever_are_a_fault_of_the_server(http, path, data):
    response = http.post(f"/v1/{path}", content=data, headers={"Content-Type": "application/json"})
    assert response.status_code < 500, response.text


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "role": st.sampled_from(("user", "assistant", "tool", "system")),
                "content": written(default_toolset()) | st.text(max_size=20),
            }
        ),
        min_size=1,
        max_size=4,
    ),
    written(default_toolset()),
)
def test_no_chat_whatever_is_a_fault_of_the_server(http, messages, tools):
    text = json.dumps(
        {"messages": messages, "tools": [{"function": tools}], "response_format": {"json_schema": tools}}, default=str
    )
    response = http.post("/v1/chat/completions", content=text, headers={"Content-Type": "application/json"})
    assert response.status_code < 500, response.text
