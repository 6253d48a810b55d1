"""The practice server itself, spoken to without the client."""

import http.client
import json

import pytest

from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.faults import Faults
from goldenhour.teacher.prompt import messages, offered_functions, reply_format
from goldenhour.teacher.server import Manner
from goldenhour.tools import default_toolset

TOOLSET = default_toolset()
ALL = tuple(TOOLSET.tool_slots)


def say(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection(*server.server_address, timeout=10)
    try:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, data, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or "null"), response.headers
    finally:
        connection.close()


def chat(server, request, **headers):
    return say(server, "POST", "/v1/chat/completions", request, **headers)


def request(intent="marrakech souk", asked=ALL, mode="text", **more):
    return {"model": "m", "messages": messages(intent, asked, TOOLSET, mode), **more}


def test_models_are_listed(serve):
    status, data, _ = say(serve(), "GET", "/v1/models")
    assert (status, data["object"], [model["id"] for model in data["data"]]) == (200, "list", ["recorded"])


def test_a_completion_is_one_of_openais(serve, known):
    from openai.types.chat import ChatCompletion

    server = serve()
    for more in (
        {},
        {"tools": offered_functions(ALL, TOOLSET)},
        {"response_format": reply_format(("filter",), TOOLSET)},
    ):
        status, data, _ = chat(server, request(**more))
        completion = ChatCompletion.model_validate(data, strict=True)
        assert status == 200
        assert (
            completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 500
        )
        message = completion.choices[0].message
        if "tools" in more:
            calls = {call.function.name: json.loads(call.function.arguments) for call in message.tool_calls}
            used = {tool: part for tool, part in known["marrakech souk"].recipe_data.items() if part is not None}
            assert calls == {"rationale": {"text": known["marrakech souk"].rationale}, **used}
        else:
            assert set(json.loads(message.content)) == {"rationale", *(("filter",) if more else ALL)}


def test_the_most_similar_intent_answers_for_an_unknown_one(serve, known):
    _, data, _ = chat(serve(), request("a marrakesh souk at noon"))
    content = json.loads(data["choices"][0]["message"]["content"])
    assert content["filter"] == known["marrakech souk"].recipe_data["filter"]


def test_the_same_seed_gives_the_same_faults_in_whatever_order(serve, known):
    def statuses(seed, order):
        server = serve(Manner(Faults(rate_429=0.3, rate_500=0.3), seed=seed))
        return {intent: [chat(server, request(intent))[0] for _ in range(3)] for intent in order}

    intents = list(known)[:10]
    first = statuses(1, intents)
    assert first == statuses(1, intents[::-1])
    assert first != statuses(2, intents)
    assert {status for row in first.values() for status in row} == {200, 429, 500}


def test_with_too_many_requests_it_says_when_to_come_back(serve):
    status, data, headers = chat(serve(Manner(Faults(rate_429=1), retry_after=7)), request())
    assert (status, headers["Retry-After"]) == (429, "7")
    assert data["error"]["message"]


def test_a_cut_reply_is_shorter_than_promised(serve):
    with pytest.raises(http.client.IncompleteRead):
        chat(serve(Manner(Faults(cut=1))), request())


def test_what_it_does_not_understand_it_refuses_by_name(serve):
    server = serve(Manner(calls=False, schema=False))
    for name, value in (("tools", offered_functions(ALL, TOOLSET)), ("response_format", reply_format(ALL, TOOLSET))):
        status, data, _ = chat(server, request(**{name: value}))
        assert (status, data["error"]["param"]) == (400, name)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"[" * 9999, b'{"messages": [5]}', b'{"messages": "x"}'])
def test_what_is_no_request_is_refused(serve, body):
    status, data, _ = chat(serve(), body)
    assert status == 400
    assert data["error"]["message"].startswith("this is no chat completion request")


def test_other_paths_hosts_keys_and_sizes_are_refused(serve):
    server = serve(Manner(key="right"))
    key = {"Authorization": "Bearer right"}
    assert say(server, "GET", "/", **key)[0] == 404
    assert say(server, "POST", "/v1/embeddings", {}, **key)[0] == 404
    assert chat(server, request())[0] == 401
    assert chat(server, request(), Authorization="Bearer wrong")[0] == 401
    assert chat(server, request(), **key)[0] == 200
    assert chat(server, request(), Host="example.org", **key)[0] == 403
    assert chat(server, b"", **{"Content-Length": "2000000"}, **key)[0] == 413


def test_a_taken_port_and_impossible_faults_get_a_sentence(serve):
    taken = serve().server_address[1]
    for port in (taken, 99_999):
        with pytest.raises(TeacherError, match=f"port {port}"):
            serve(port=port)
    for wrong in ({"cut": 0.6, "prose": 0.6}, {"cut": -0.1}, {"prose": float("nan")}):
        with pytest.raises(TeacherError, match="shares of faults"):
            Faults(**wrong)
