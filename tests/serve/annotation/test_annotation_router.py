"""The page's requests: calibration, judging, undo, several annotators; and what stays hidden."""

import json
import socket
from collections.abc import Iterator

import httpx
import pytest

from goldenhour.experiment.annotation_journal import Journal
from goldenhour.serve.annotation.app import annotation_app, serve_annotation
from goldenhour.serve.settings import ServeError, Settings


@pytest.fixture
def client(annotation) -> Iterator[httpx.Client]:
    transport = httpx.ASGITransport(annotation_app(annotation, Settings(host="127.0.0.1")))
    with Asgi(transport) as client:
        yield client


class Asgi:
    """A client without a socket: each request runs the application to its end."""

    def __init__(self, transport):
        self._transport = transport

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def request(self, method, path, **more):
        import asyncio

        async def one():
            async with httpx.AsyncClient(transport=self._transport, base_url="http://127.0.0.1:8400") as client:
                return await client.request(method, path, **more)

        return asyncio.run(one())

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, **more):
        return self.request("POST", path, **more)


def state(client, name="Jane"):
    return client.get("/v1/annotation", params={"annotator": name}).json()


def judge(client, item, relevant, same, name="Jane"):
    body = {"annotator": name, "item": item, "relevant": relevant, "same": same}
    return client.post("/v1/annotation/judgements", json=body)


def known_of(annotation, shown):
    """What is right about a calibration example, on the sides that were shown."""
    example = annotation.item(shown["id"])
    arms = {f"/annotate/pictures/{answer.picture}.jpg": arm for arm, answer in example.answers.items()}
    return [example.known.relevant[arms[url]] for url in shown["pictures"]], example.known.same


def calibrate(client, annotation, name="Jane"):
    now = state(client, name)
    while now["phase"] == "calibration":
        now = judge(client, now["item"]["id"], *known_of(annotation, now["item"]), name).json()
    return now


def test_from_calibration_to_the_last_item(client, annotation):
    now = state(client)
    assert (now["phase"], now["done"], now["of"], now["can_undo"]) == ("calibration", 0, 6, False)
    now = calibrate(client, annotation)
    assert now["rounds"] == [{"right": 18, "of": 18, "passed": True}]
    assert (now["phase"], now["done"], now["of"], now["can_undo"], now["missed"]) == ("items", 0, 5, False, [])
    seen = []
    while now["phase"] == "items":
        seen.append(now["item"]["id"])
        now = judge(client, now["item"]["id"], [True, False], False).json()
    assert (now["phase"], now["done"], now["item"], now["ahead"]) == ("done", 5, None, [])
    assert sorted(seen) == sorted(item.id for item in annotation.items)
    (record,) = Journal(annotation).records()
    for item in annotation.items:  # left was relevant, right was not: whoever stood there
        left, right = annotation.sides(item, "jane")
        assert record.judgements[item.id].relevant == {left: True, right: False}


def test_a_failed_round_shows_what_was_expected_and_starts_again(client, annotation):
    for _ in range(6):
        now = state(client)
        relevant, same = known_of(annotation, now["item"])
        now = judge(client, now["item"]["id"], [not said for said in relevant], not same).json()
    assert (now["phase"], now["done"], now["rounds"]) == ("calibration", 0, [{"right": 0, "of": 18, "passed": False}])
    assert len(now["missed"]) == 6
    for missed in now["missed"]:
        example = next(e for e in annotation.calibration if missed["original"].endswith(f"{e.original}.jpg"))
        assert (missed["relevant"], missed["same"]) == known_of(annotation, {**missed, "id": example.id})
    now = judge(client, now["item"]["id"], *known_of(annotation, now["item"])).json()
    assert now["missed"] == []


def test_nothing_that_is_sent_tells_which_answer_is_whose(client, annotation):
    calibrate(client, annotation)
    now = client.get("/v1/annotation", params={"annotator": "Jane"})
    page = client.get("/annotate")
    pictures = [client.get(url) for url in (now.json()["item"]["original"], *now.json()["item"]["pictures"])]
    said = [now.text, page.text, *(json.dumps(dict(response.headers)) for response in (now, page, *pictures))]
    for word in ("student", "teacher", "recipe", "known", "secret"):
        assert not any(word in text.lower() for text in said)
    assert [picture.status_code for picture in pictures] == [200] * 3
    assert {"last-modified", "etag"}.isdisjoint(header for picture in pictures for header in picture.headers)
    secrets = [
        annotation.secret.hex(),
        *(json.dumps(shown.recipe.to_dict()) for shown in annotation.items[0].answers.values()),
    ]
    assert not any(secret in now.text for secret in secrets)
    for path in ("annotation.json", "../annotation.json", "judgements/jane.jsonl"):
        assert client.get(f"/annotate/pictures/{path}").status_code == 404
        assert client.get(f"/annotate/web/{path}").status_code == 404


def test_what_is_fetched_ahead_comes_in_the_order_of_the_sides_not_of_the_arms(client, annotation):
    """The list of requests that a browser shows must not say more than the page."""
    first = set()
    for name in ("Ann", "Ben", "Cem", "Dan", "Eve", "Fay", "Gus", "Hal"):
        now = state(client, name)
        phases = set()
        while now["phase"] != "done":
            phases.add(now["phase"])
            ahead = [now["ahead"][start : start + 3] for start in range(0, len(now["ahead"]), 3)]
            relevant, same = known_of(annotation, now["item"]) if now["phase"] == "calibration" else ([True] * 2, True)
            phase, now = now["phase"], judge(client, now["item"]["id"], relevant, same, name).json()
            if now["phase"] != phase:
                continue
            item, shown = annotation.item(now["item"]["id"]), now["item"]
            assert ahead[0] == [shown["original"], *shown["pictures"]]
            whose = {f"/annotate/pictures/{answer.picture}.jpg": arm for arm, answer in item.answers.items()}
            first.add((phase, whose[ahead[0][1]]))
        assert phases == {"calibration", "items"}
    arms = {"calibration": ("first", "second"), "items": ("student", "teacher")}
    assert first == {(phase, arm) for phase in arms for arm in arms[phase]}


def test_two_annotators_see_the_items_in_their_own_way(client, annotation):
    first, second = calibrate(client, annotation, "Jane"), calibrate(client, annotation, "Joe")
    seen = {}
    for name, now in (("Jane", first), ("Joe", second)):
        order = []
        while now["phase"] == "items":
            order.append((now["item"]["intent"], *now["item"]["pictures"]))
            now = judge(client, now["item"]["id"], [True, True], True, name).json()
        seen[name] = order
    assert seen["Jane"] != seen["Joe"]
    assert sorted(intent for intent, *_ in seen["Jane"]) == sorted(intent for intent, *_ in seen["Joe"])


def test_the_last_judgement_is_taken_back(client, annotation):
    now = calibrate(client, annotation)
    item = now["item"]
    assert judge(client, item["id"], [True, True], True).json()["done"] == 1
    now = client.post("/v1/annotation/undo", json={"annotator": "Jane"}).json()
    assert (now["done"], now["item"], now["can_undo"]) == (0, item, False)
    refused = client.post("/v1/annotation/undo", json={"annotator": "Jane"})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert refused.json()["detail"].startswith("there is nothing to take back")


def test_what_is_no_judgement_is_one_sentence(client, annotation):
    now = calibrate(client, annotation)
    item = now["item"]["id"]
    judge(client, item, [True, True], True)
    cases = [
        (judge(client, item, [True, True], True), 422, "this was judged already"),
        (judge(client, "nothing", [True, True], True), 404, "there is no such item"),
        (judge(client, item, [True], True), 422, "relevant.1 is missing"),
        (judge(client, item, [True, "yes"], True), 422, "relevant.1 is 'yes'"),
        (judge(client, item, [True, True], 1), 422, "same is 1"),
        (judge(client, item, [True, True], True, "../jane"), 422, "an annotator's name is"),
        (client.get("/v1/annotation"), 422, "annotator is missing"),
        (client.get("/v1/annotation", params={"annotator": " "}), 422, "an annotator's name is"),
        (client.get("/annotate/pictures/none.jpg"), 404, "there is no such picture"),
        (client.get("/v1/annotation?annotator=Jane", headers={"Host": "evil.example"}), 403, "not known as"),
        (client.post("/v1/annotation/undo", json={}, headers={"Origin": "http://evil.example"}), 403, "may not ask"),
    ]
    for response, status, says in cases:
        assert response.status_code == status
        assert says in response.json()["detail"]


def test_a_port_in_use_is_one_sentence(annotation):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=rf"port {port} of 127\.0\.0\.1 cannot be used: .*; choose another --port"):
            serve_annotation(annotation, Settings(port=port), print)
