"""The real client against the practice server over real HTTP, with every fault that servers have."""

import itertools
import random
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from goldenhour.teacher import server as server_module
from goldenhour.teacher.cost import Usage
from goldenhour.teacher.faults import Faults
from goldenhour.teacher.prompt import MODES
from goldenhour.teacher.request import FORMS
from goldenhour.teacher.server import Manner, _Handler
from goldenhour.tools.extras import install
from teacher.conftest import PRICES, teacher_at

SECRET = "sk-very-secret-key"


@pytest.fixture
def intents(known):
    return list(known)[:20]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mode", MODES)
def test_the_recorded_recipes_come_back_in_every_form_and_mode(serve, ask, known, intents, form, mode):
    server = serve()
    run = ask(server, intents, form=form, mode=mode)
    assert run.recipes() == {intent: known[intent].recipe for intent in intents}
    assert not any(answer.repairs for answer in run.lesson.answers)
    assert {answer.form for answer in run.lesson.answers} == {form}
    requests = len(intents) * (1 if form == "joint" else 3)
    assert (run.tally.answered, run.tally.retried, run.tally.refused, server.requests) == (requests, 0, 0, requests)
    if form == "joint":
        assert [answer.rationale for answer in run.lesson.answers] == [known[intent].rationale for intent in intents]


@pytest.mark.parametrize(("calls", "schema", "refused"), [(False, True, 1), (False, False, 2)])
def test_what_the_server_can_do_is_found_out_once(serve, ask, known, intents, calls, schema, refused):
    server = serve(Manner(calls=calls, schema=schema))
    run = ask(server, intents)
    assert run.recipes() == {intent: known[intent].recipe for intent in intents}
    assert server.requests == run.tally.answered + refused
    assert run.tally.retried == 0


@pytest.mark.parametrize("fault", ["rate_429", "rate_500", "cut"])
def test_failures_of_the_server_are_asked_again_until_all_is_answered(serve, ask, known, intents, fault):
    server = serve(Manner(Faults(**{fault: 0.4}), retry_after=0.01))
    run = ask(server, intents, attempts=20)
    assert run.recipes() == {intent: known[intent].recipe for intent in intents}
    assert run.tally.retried == server.requests - run.tally.answered > 5
    assert run.tally.assumed == (run.tally.retried if fault == "cut" else 0)
    assert not run.lesson.refusals


@pytest.mark.parametrize("fault", ["malformed", "truncated", "wrong_names", "prose"])
@pytest.mark.parametrize(("form", "mode"), [*(("joint", mode) for mode in MODES), ("per-tool", "calls")])
def test_replies_of_models_are_repaired_or_asked_again(serve, ask, known, intents, form, mode, fault):
    server, intents = serve(Manner(Faults(**{fault: 0.3}))), intents[: 20 if form == "joint" else 8]
    run = ask(server, intents, form=form, mode=mode)
    right = {answer.intent for answer in run.lesson.answers if answer.recipe == known[answer.intent].recipe}
    repaired = {answer.intent for answer in run.lesson.answers if answer.repairs}
    assert set(run.recipes()) - right <= repaired  # what is not as it was recorded says so
    assert len(right) >= len(intents) * 0.4
    assert len(run.lesson.answers) + len(run.lesson.refusals) >= len(intents)
    assert len(run.lesson.refusals) <= 0.2 * run.tally.answered
    assert repaired or run.tally.retried
    assert server.requests == run.tally.answered + run.tally.retried + run.tally.refused


def test_all_faults_at_once(serve, ask, intents):
    faults = Faults(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
    run = ask(serve(Manner(faults, calls=False, retry_after=0.01, seed=3)), intents, attempts=10)
    assert len(run.lesson.answers) >= len(intents) * 0.8
    assert not run.lesson.stopped


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honoured_by_every_request(serve, ask, known, as_date):
    """A date has whole seconds, so a wait of 2 may come to little more than 1."""
    wait = 2 if as_date else 0.5
    server = serve(Manner(Faults(rate_429=1), retry_after=wait, retry_after_date=as_date))
    times, attempt = [], server.attempt
    server.attempt = lambda body: times.append(time.monotonic()) or attempt(body)
    run = ask(server, list(known)[:1], attempts=2)
    (gap,) = [after - before for before, after in itertools.pairwise(times)]
    assert (1 if as_date else wait) <= gap < wait + 1
    assert run.tally.retried == 1
    assert "429" in run.lesson.refusals[0]


def test_a_wait_that_is_too_long_stops(serve, ask, intents):
    run = ask(serve(Manner(Faults(rate_429=1), retry_after=3600)), intents)
    assert "asks to wait 3,600 seconds; run again then" in run.lesson.stopped
    assert run.tally.retried == 0


def test_no_more_requests_are_under_way_than_allowed(serve, ask, intents):
    server = serve(Manner(delay=0.03))
    ask(server, intents[:12], concurrency=3)
    assert server.most_at_once == 3
    ask(server, intents[12:], concurrency=1)
    assert server.most_at_once == 3


def test_no_more_requests_a_minute_are_made_than_allowed(serve, ask, intents):
    start = time.monotonic()
    ask(serve(), intents[:5], per_minute=600)
    assert 0.4 <= time.monotonic() - start < 3


def test_a_reply_that_takes_too_long_is_given_up(serve, ask, intents):
    start = time.monotonic()
    run = ask(serve(Manner(delay=3)), intents[:1], timeout=0.2, attempts=2)
    assert time.monotonic() - start < 2.5
    assert "was lost" in run.lesson.refusals[0]
    assert run.tally.assumed == 2


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_what_cannot_be_reached_is_told_quickly(ask, intents, host):
    start = time.monotonic()
    run = ask(f"http://{host}:{free_port()}/v1", intents)
    assert time.monotonic() - start < 4
    assert "cannot be reached" in run.lesson.stopped
    assert (run.tally.retried, run.lesson.answers) == (0, [])


@pytest.mark.parametrize(
    ("key", "url", "sentence"),
    [
        ("wrong-" + SECRET, "/v1", "refuses the key"),
        ("", "/v1", "refuses the key"),
        (SECRET, "", "often ends in /v1"),
        (SECRET, "/v2", "often ends in /v1"),
    ],
)
def test_a_wrong_key_or_address_stops_after_one_request(serve, ask, intents, key, url, sentence):
    server = serve(Manner(key=SECRET))
    run = ask(server.url.removesuffix("/v1") + url, intents, key=key)
    assert sentence in run.lesson.stopped
    assert "\n" not in run.lesson.stopped
    assert SECRET not in run.lesson.stopped
    assert (run.tally.answered, run.tally.refused, run.tally.retried, server.attempts.total()) == (0, 0, 0, 0)


def test_with_the_right_key_all_is_well_and_it_is_kept_nowhere(serve, ask, intents, tmp_path, caplog):
    caplog.set_level("DEBUG")
    run = ask(serve(Manner(Faults(rate_500=0.3), key=SECRET)), intents[:5], key=SECRET)
    assert len(run.lesson.answers) == 5
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or SECRET.encode() not in file.read_bytes()
    assert SECRET not in caplog.text


def test_a_model_that_only_talks_is_not_asked_for_long(serve, ask, known, monkeypatch):
    monkeypatch.setattr("goldenhour.teacher.faults._in_prose", lambda message, chance: {"content": "Lovely!"})
    run = ask(serve(Manner(Faults(prose=1))), list(known), concurrency=4)
    assert "5 requests in a row failed" in run.lesson.stopped
    assert "'Lovely!' (asked 3 times)" in run.lesson.stopped
    assert run.tally.answered == 0
    assert run.tally.refused + run.tally.retried <= 3 * 9


class _Other(BaseHTTPRequestHandler):
    """A server that speaks something else."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.reply)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    "reply", [b"", b"<html>Welcome!</html>", b"[]", b"{}", b'{"choices": []}', b"\xff" * 9, b"[" * 9999]
)
def test_another_kind_of_server_is_told_apart(ask, intents, reply):
    server = HTTPServer(("127.0.0.1", 0), _Other)
    server.reply = reply
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    run = ask(f"http://127.0.0.1:{server.server_port}", intents)
    server.shutdown()
    server.server_close()
    assert "answers, but not as a chat completion" in run.lesson.stopped
    assert "does the URL lack /v1?" in run.lesson.stopped


@pytest.mark.parametrize(
    ("cap", "faults"),
    [(0.0, Faults()), (0.02, Faults()), (0.1, Faults()), (0.05, Faults(cut=0.3)), (0.1, Faults(malformed=0.3))],
)
def test_the_cap_holds_against_whatever_the_server_charges(serve, ask, known, monkeypatch, faults, cap):
    charged, whole, chance = [], server_module.completion, random.Random(5)

    def with_usage_by_chance(*arguments):
        used = Usage(chance.randint(1_000, 7_000), chance.randint(0, 2_000))
        charged.append(PRICES.cost(used))  # a reply that is cut off is charged all the same
        return whole(*arguments) | {"usage": {"prompt_tokens": used.tokens_in, "completion_tokens": used.tokens_out}}

    monkeypatch.setattr(server_module, "completion", with_usage_by_chance)
    run = ask(serve(Manner(faults, delay=0.005)), list(known), cap=cap)
    assert sum(charged) <= cap
    assert run.budget.spent + run.budget.assumed <= cap
    assert not run.budget.open
    assert "left under the cap" in run.lesson.stopped or len(run.lesson.answers) == len(known)
    assert (len(charged) > 0) == (cap > 0.015)
    assert run.tally.answered == len(run.lesson.answers)


def test_a_run_that_the_cap_stopped_goes_on_under_a_higher_one(serve, ask, known):
    server = serve()
    first = ask(server, list(known), cap=0.03)
    assert 0 < len(first.lesson.answers) < len(known)
    second = ask(server, list(known), cap=1.0)
    assert len(second.lesson.answers) == len(known)
    assert second.tally.cached == first.tally.answered
    assert server.requests == len(known)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -1, "completion_tokens": 5}, {"prompt_tokens": "many"}])
def test_a_server_that_reports_no_usage_is_counted_at_its_worst(serve, ask, intents, usage, monkeypatch):
    whole = server_module.completion
    monkeypatch.setattr(server_module, "completion", lambda *arguments: whole(*arguments) | {"usage": usage})
    run = ask(serve(), intents[:3])
    assert (run.tally.assumed, run.tally.usage) == (3, Usage())
    assert run.budget.assumed > 3 * PRICES.cost(Usage(7_000, 2_000))


def test_other_dialects_are_learnt(serve, ask, known, intents, monkeypatch):
    def not_understood(self, request):
        if "max_tokens" in request:
            return "Unsupported parameter: use max_completion_tokens instead"
        return "temperature is not supported with this model" if "temperature" in request else ""

    monkeypatch.setattr(_Handler, "_not_understood", not_understood)
    server = serve()
    run = ask(server, intents)
    assert run.recipes() == {intent: known[intent].recipe for intent in intents}
    assert server.requests == len(intents) + 2


def test_one_request_that_is_refused_does_not_stop_the_others(serve, ask, intents, monkeypatch):
    monkeypatch.setattr(
        _Handler, "_not_understood", lambda self, request: "policy" * (request["messages"][1]["content"] == intents[3])
    )
    run = ask(serve(), intents)
    assert len(run.lesson.answers) == len(intents) - 1
    assert run.lesson.refusals == [f"{intents[3]!r}: {run.lesson.refusals[0].partition(': ')[2]}"]
    assert "answers 400: policy" in run.lesson.refusals[0]
    assert run.tally.retried == 0


def test_progress_is_told(serve, ask, intents):
    run = ask(serve(), intents)
    assert run.seen == [(number, len(intents)) for number in range(1, len(intents) + 1)]


def test_without_the_extra_the_remedy_is_told(monkeypatch, ask, intents):
    monkeypatch.setitem(__import__("sys").modules, "openai", None)
    with pytest.raises(ValueError, match=re.escape(install("data"))):
        ask("http://127.0.0.1:1/v1", intents)


def test_a_teacher_without_prices_costs_nothing_known(serve, ask, intents):
    run = ask(serve(), intents[:2], prices=None)
    assert (run.budget.spent, run.tally.answered) == (0, 2)
    assert teacher_at("http://x/v1", prices=None).endpoint.prices is None
