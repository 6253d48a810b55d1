import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.faults import Faults
from goldenhour.teacher.request import FORMS, Asking, Question, key, questions
from goldenhour.teacher.server import Manner
from goldenhour.teacher.teach import plan, teach_from_records
from goldenhour.tools import default_toolset, normalise
from invented_toolset import invented
from teacher.conftest import teacher_at

TOOLSET = default_toolset()
ALL = tuple(TOOLSET.tool_slots)


@pytest.fixture
def intents(known):
    return list(known)[:12]


def kept(cache):
    file = sqlite3.connect(cache.path)
    (count,) = file.execute("SELECT count(*) FROM replies").fetchone()
    file.close()
    return count


def test_what_differs_has_another_key_and_what_does_not_the_same():
    asking, question = Asking(), Question("morocco", ALL, 1)
    arguments = {"question": question, "asking": asking, "toolset": TOOLSET, "model": "m", "url": "http://x/v1"}
    changes = [
        {},
        {"question": replace(question, intent="Morocco")},
        {"question": replace(question, sample=2)},
        {"question": replace(question, asked=("filter",))},
        {"asking": replace(asking, temperature=0.5)},
        {"asking": replace(asking, max_tokens=500)},
        {"asking": replace(asking, mode="text")},
        {"asking": replace(asking, mode="schema")},
        {"model": "n"},
        {"url": "http://y/v1"},
        {"toolset": invented, "question": Question("morocco", tuple(invented.tool_slots), 1)},
    ]
    keys = [key(**(arguments | change)) for change in changes]
    assert len(set(keys)) == len(keys)
    assert keys == [key(**(arguments | change)) for change in changes]
    assert key(**(arguments | {"asking": replace(asking, samples=5)})) == keys[0]  # asking for more asks only for more
    assert key(**(arguments | {"asking": replace(asking, mode="calls")})) == keys[0]


def test_the_key_is_the_same_on_every_machine_and_run():
    code = (
        "from goldenhour.teacher.request import *; from goldenhour.tools import default_toolset as t;"
        f"print(key(Question('morocco', {ALL!r}, 1), Asking(), t(), 'm', 'u'))"
    )
    ours = key(Question("morocco", ALL, 1), Asking(), TOOLSET, "m", "u")
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == ours


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("calls", [True, False])
def test_a_second_run_asks_nothing_and_gives_the_same_rows(serve, ask, intents, form, calls):
    server = serve(Manner(calls=calls))
    first = ask(server, intents, form=form, samples=2)
    requests = server.requests
    second = ask(server, intents, form=form, samples=2)
    assert server.requests == requests
    assert second.lesson == first.lesson
    assert (second.tally.cached, second.tally.answered) == (first.tally.answered, 0)
    assert second.budget.spent == 0


def test_more_samples_ask_only_for_more(serve, ask, intents):
    server = serve()
    ask(server, intents)
    run = ask(server, intents, samples=3)
    assert (run.tally.cached, run.tally.answered) == (len(intents), 2 * len(intents))
    assert [(answer.intent, answer.call) for answer in run.lesson.answers] == list(
        itertools.product(intents, (1, 2, 3))
    )


def test_only_good_replies_are_kept(serve, ask, cache, intents, monkeypatch):
    monkeypatch.setattr("goldenhour.teacher.faults._in_prose", lambda message, chance: {"content": "Lovely!"})
    server = serve(Manner(Faults(prose=0.5)))
    run = ask(server, intents)
    assert 0 < run.tally.refused < len(intents)
    assert kept(cache) == run.tally.answered == len(run.lesson.answers)
    for _ in range(9):
        run = ask(server, intents)
        if not run.lesson.refusals:
            break
    assert len(run.lesson.answers) == kept(cache) == len(intents)


def test_a_kept_reply_that_can_no_longer_be_read_is_asked_for_again(serve, ask, cache, intents):
    server = serve()
    ask(server, intents)
    with sqlite3.connect(cache.path) as file:
        file.execute("UPDATE replies SET reply = '{\"message\": {}}' WHERE key IN (SELECT min(key) FROM replies)")
    file.close()
    assert ask(server, intents).tally.answered == 1


def test_an_answer_whose_parts_are_not_all_there_is_no_row(serve, ask, intents, monkeypatch):
    from goldenhour.teacher.server import _Handler

    monkeypatch.setattr(
        _Handler,
        "_not_understood",
        lambda self, request: (
            "policy"
            * (request["messages"][1]["content"] == intents[3] and request["tools"][1]["function"]["name"] == "filter")
        ),
    )
    run = ask(serve(), intents, form="per-tool")
    assert [answer.intent for answer in run.lesson.answers] == [*intents[:3], *intents[4:]]
    assert run.lesson.refusals[0].startswith(f"{intents[3]!r}, filter: ")
    assert run.tally.answered == 3 * len(intents) - 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mode", [None, "schema", "text"])
def test_the_plan_is_what_the_run_then_uses(serve, ask, cache, intents, form, mode):
    server = serve()
    teacher = teacher_at(server, form=form, mode=mode, samples=2)
    ask(server, intents[:4], form=form, mode=mode, samples=2)
    planned, asked_before = plan(intents, teacher, cache), server.requests
    run = ask(server, intents, form=form, mode=mode, samples=2)
    assert (planned.requests, planned.cached) == (run.tally.answered, run.tally.cached)
    assert planned.requests == server.requests - asked_before
    for ours, theirs, most in (
        (planned.usage.tokens_in, run.tally.usage.tokens_in, planned.worst.tokens_in),
        (planned.usage.tokens_out, run.tally.usage.tokens_out, planned.worst.tokens_out),
    ):
        assert theirs / 2 <= ours <= theirs * 2  # as docs/teacher.md says
        assert ours < most
    assert plan(intents, teacher, cache).requests == 0
    assert plan(intents, teacher, None).requests == len(list(questions(intents, teacher.asking, TOOLSET)))


def test_a_plan_asks_nothing(cache, intents):
    assert plan(intents, teacher_at("http://127.0.0.1:9/v1"), cache).requests == len(intents)


COMMAND = [sys.executable, "-m", "goldenhour", "teach"]


def start(server, intents, folder):
    (folder / "intents.txt").write_text("\n".join(intents), encoding="utf-8")
    command = [
        *COMMAND,
        "intents.txt",
        "-o",
        "answers.jsonl",
        "--url",
        server.url,
        "--model",
        "m",
        "--concurrency",
        "2",
    ]
    return subprocess.Popen(
        [*command, "--cache", "replies.sqlite"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def until(condition, process, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_loses_nothing_and_goes_on(serve, known, tmp_path, how):
    intents = list(known)[:10]
    server = serve(Manner(delay=0.05))
    killed = start(server, intents, tmp_path)
    until(lambda: server.replies >= 4, killed)
    os.kill(killed.pid, how)
    out, err = killed.communicate(timeout=20)
    assert killed.returncode == (130 if how is signal.SIGINT else -how)
    if how is signal.SIGINT:
        assert "what was answered is kept" in err
        assert "Traceback" not in err
    assert not (tmp_path / "answers.jsonl").exists()
    assert out == ""
    again = start(server, intents, tmp_path)
    out, err = again.communicate(timeout=60)
    assert (again.returncode, out) == (0, "answers.jsonl\n")
    assert len((tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()) == len(intents)
    assert server.replies <= len(intents) + 2  # at most the two that were under way are asked for twice
    assert [path.name for path in tmp_path.glob(".*.part")] == []


def test_the_recorded_answers_are_a_teacher_too(known):
    lesson = teach_from_records(["  Starry NIGHT", "xqzzt"], 3)
    assert [(answer.call, answer.model) for answer in lesson.answers] == [
        (1, "recorded"),
        (2, "recorded"),
        (3, "recorded"),
    ]
    assert {normalise(answer.intent) for answer in lesson.answers} == {"starry night"}
    assert lesson.refusals == ["no answer to 'xqzzt' is recorded; set GOLDENHOUR_TEACHER_URL to ask a teacher"]
    assert len(teach_from_records(list(known), 2).answers) == len(known)


@pytest.mark.parametrize(
    "wrong",
    [
        {"samples": 0},
        {"samples": 5000},
        {"samples": 2, "temperature": 0},
        {"temperature": 3},
        {"temperature": float("nan")},
        {"max_tokens": 5},
    ],
)
def test_what_cannot_be_asked_is_refused(wrong):
    with pytest.raises(TeacherError):
        Asking(**wrong)
