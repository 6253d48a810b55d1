"""The language model as a real server on loopback, which replies well, or junk, or not at all."""

import json
import threading

import pytest

from goldenhour.augment.llm import LanguageModel, conversation, read_similar
from goldenhour.augment.mistakes import AugmentError
from goldenhour.augment.refusals import KNOWN, TOO_FAR, TWICE, Band, accept
from goldenhour.teacher.cache import ReplyCache
from goldenhour.teacher.client import Tally
from goldenhour.teacher.cost import Budget, Prices
from goldenhour.teacher.errors import AnswerError
from goldenhour.teacher.pace import Limits
from goldenhour.teacher.server import Manner
from goldenhour.teacher.settings import Endpoint
from goldenhour.tools import split_of

pytest.importorskip("openai", reason="needs the [data] extra")

PARENTS = [f"cool morning {number}" for number in range(40)]
PRICES = Prices(1, 1)


class Writer:
    """Replies to each parent with what ``write`` makes of it."""

    def __init__(self, write):
        self.write = write

    def reply(self, request):
        return {"role": "assistant", "content": self.write(request["messages"][-1]["content"])}


@pytest.fixture
def serve(practice_servers):
    return lambda write, manner=None, port=0: practice_servers(Writer(write), manner, port)


@pytest.fixture
def cache(tmp_path):
    with ReplyCache(tmp_path / "replies.sqlite") as cache:
        yield cache


def model(server, cache, cap=None, attempts=2, **more):
    limits = Limits(concurrency=4, attempts=attempts, first_wait=0.01)
    endpoint = Endpoint(getattr(server, "url", server), "practice", "", PRICES)
    return LanguageModel(endpoint, cache, Budget(PRICES, cap), Tally(), limits, **more)


def similar(*texts):
    return json.dumps({"similar": texts})


def test_each_parent_gets_what_the_model_says_of_it(serve, cache):
    found = model(serve(lambda parent: similar(f"{parent} tone", f"{parent} light")), cache)(PARENTS)
    assert found == {parent: [f"{parent} tone", f"{parent} light"] for parent in PARENTS}


def test_nothing_is_asked_twice_and_a_later_round_is_asked_anew(serve, cache):
    server = serve(lambda parent: similar(f"{parent} tone"))
    first = model(server, cache)(PARENTS)
    again = model(server, cache)
    assert again(PARENTS) == first
    assert (again.tally.cached, again.tally.answered, server.requests) == (40, 0, 40)
    assert model(server, cache, round=2)(PARENTS) == first
    assert server.requests == 80


def test_the_request_holds_the_parent_and_the_packaged_prompt():
    system, user = conversation("cool morning \ud83d")
    assert user == {"role": "user", "content": "cool morning ?"}
    assert '{"similar": ["...", "..."]}' in system["content"]
    assert "$" not in system["content"]


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ('{"similar": ["a", "b"]}', ["a", "b"]),
        ('Sure! Here you are:\n```json\n{"intents": ["a", 3, null, " ", "b"]}\n``` Enjoy.', ["a", "b"]),
        ('["a", "b"]', ["a", "b"]),
        ("Here: ['a', 'b',] as you asked", ["a", "b"]),
        ('<think>{"similar": ["no"]}</think>{"similar": ["a"]}', ["a"]),
        ('{"similar": ["a", "b', ["a"]),
    ],
)
def test_replies_are_read_as_models_write_them(text, texts):
    assert read_similar({"message": {"content": text}}) == texts


@pytest.mark.parametrize(
    "text", ["", "no", "{}", '{"similar": []}', '{"similar": "a"}', "[1, 2]", "][", "[" * 500, None]
)
def test_replies_without_intents_are_refused(text):
    with pytest.raises(AnswerError, match=r"names no intents|is empty"):
        read_similar({"message": {"content": text}})
    for kept in (None, [], {}, {"message": text}):
        with pytest.raises(AnswerError):
            read_similar(kept)


def test_junk_for_some_parents_leaves_the_others(serve, cache):
    asked = model(serve(lambda parent: "lovely!" if parent.endswith("7") else similar(f"{parent} tone")), cache)
    found = asked(PARENTS)
    assert [parent for parent, texts in found.items() if not texts] == [p for p in PARENTS if p.endswith("7")]
    assert len(asked.unanswered) == 4
    assert "the reply names no intents: " in asked.unanswered[0]


def test_a_model_of_nothing_but_junk_is_not_asked_further(serve, cache):
    server = serve(lambda parent: "lovely!")
    with pytest.raises(AugmentError, match=r"5 requests in a row failed.*0 of 40 replies are kept") as error:
        model(server, cache)(PARENTS)
    assert "\n" not in str(error.value)
    assert server.requests < 20


def test_the_same_intent_again_and_again_is_taken_once_and_counted(serve, cache, by_letters):
    pytest.importorskip("polars", reason="needs the [data] extra")
    assert split_of("cool tone") == "train"
    proposals = model(serve(lambda parent: similar(*["cool tone"] * 5)), cache)(PARENTS[:3])
    found = accept(proposals, set(PARENTS), [], Band(-1, 2, 3), by_letters)
    assert [neighbour.intent for neighbour in found.neighbours] == ["cool tone"]
    assert found.refused[TWICE] == 14


def test_the_parent_itself_and_other_languages_are_counted(serve, cache, by_letters):
    pytest.importorskip("polars", reason="needs the [data] extra")
    foreign = [text for text in ("холодное утро", "寒い朝", "صباح بارد") if split_of(text) == "train"]
    proposals = model(serve(lambda parent: similar(parent, *foreign)), cache)(PARENTS[:1])
    found = accept(proposals, set(PARENTS), [], Band(0.3, 0.97, 3), by_letters)
    assert found.refused[KNOWN] == 1
    assert found.refused[TOO_FAR] == len(foreign) >= 1
    assert found.neighbours == []


def test_a_server_that_goes_down_half_way_loses_nothing_and_the_same_call_goes_on(serve, cache):
    asked = []

    def write(parent):
        asked.append(parent)
        if len(asked) == 12:  # no longer listens, and hangs up
            threading.Thread(target=server.shutdown).start()
            server.socket.close()
        return similar(f"{parent} tone")

    server = serve(write)
    url = server.url
    server.RequestHandlerClass.protocol_version = "HTTP/1.0"  # each request connects anew
    try:
        with pytest.raises(AugmentError, match=r"of 40 replies are kept: the same command goes on") as error:
            model(url, cache)(PARENTS)
    finally:
        server.RequestHandlerClass.protocol_version = "HTTP/1.1"
    assert "\n" not in str(error.value)
    kept = int(str(error.value).split("; ")[-1].split(" of ")[0])
    assert 0 < kept <= 40 - 5
    again = model(url, cache)
    serve(lambda parent: similar(f"{parent} tone"), port=int(url.split(":")[2].split("/")[0]))
    assert again(PARENTS) == {parent: [f"{parent} tone"] for parent in PARENTS}
    assert again.tally.cached == kept


def test_the_cap_holds_and_the_rest_is_asked_when_there_is_money_again(serve, cache):
    server = serve(lambda parent: similar(f"{parent} tone"))
    poor = model(server, cache, cap=0.005)
    with pytest.raises(AugmentError, match=r"could cost more than is left under the cap; .* of 40 replies are kept"):
        poor(PARENTS)
    assert 0 < poor.budget.spent <= 0.005
    rich = model(server, cache)
    assert len(rich(PARENTS)) == 40
    assert rich.tally.cached == poor.tally.answered > 0


def test_rate_limits_and_broken_replies_are_waited_for(serve, cache):
    from goldenhour.teacher.faults import Faults

    manner = Manner(Faults(rate_429=0.1, rate_500=0.1, cut=0.1, prose=0.1), retry_after=0.01)
    asked = model(serve(lambda parent: similar(f"{parent} tone"), manner), cache, attempts=8)
    assert asked(PARENTS) == {parent: [f"{parent} tone"] for parent in PARENTS}
    assert asked.tally.retried > 0
