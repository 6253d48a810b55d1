"""goldenhour teach and goldenhour teacher serve."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from goldenhour.teacher.answers import read_answer_file
from goldenhour.teacher.faults import Faults
from goldenhour.teacher.practice import PracticeTeacher
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.server import Manner, PracticeServer

P = "GOLDENHOUR_TEACHER_"
SECRET = "sk-very-secret-key"


def answers_in(name):
    return read_answer_file(Path(name))


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch, data_folder):
    """A folder with three intents, and no ``.env``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "intents.txt").write_text("morocco\ngolden hour\n\ncuba\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def server(monkeypatch):
    """Start a practice server, which the settings name."""
    servers = []

    def start(manner=None):
        server = PracticeServer(0, manner or Manner(), PracticeTeacher(recorded_answers()[:100]))
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        for name, value in (("URL", server.url), ("MODEL", "m"), ("PRICE_IN", "0.4"), ("PRICE_OUT", "1.6")):
            monkeypatch.setenv(f"{P}{name}", value)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", ["answers.parquet", "answers.jsonl"])
def test_without_an_endpoint_the_recorded_answers_answer(run, name):
    result = run("teach", "intents.txt", "-o", name)
    assert (result.code, result.out, result.err) == (0, f"{name}\n", "")
    answers = answers_in(name)
    assert [answer.intent for answer in answers] == ["morocco", "golden hour", "cuba"]
    assert answers[0].recipe == next(a.recipe for a in recorded_answers() if a.intent == "morocco")


def test_an_intent_that_is_not_recorded_is_refused_in_a_sentence(run, workplace):
    (workplace / "intents.txt").write_text("morocco\nxqzzt\n")
    result = run("teach", "intents.txt", "-o", "a.jsonl")
    assert (result.code, result.out) == (2, "a.jsonl\n")
    assert result.err == f"goldenhour: no answer to 'xqzzt' is recorded; set {P}URL to ask a teacher\n"


def test_an_endpoint_is_asked_and_the_end_is_summed_up(run, server):
    server(Manner(Faults(wrong_names=0.9), seed=1))
    result = run("teach", "intents.txt", "-o", "answers.parquet", "--samples", 2, "--form", "per-tool")
    assert (result.code, result.out) == (0, "answers.parquet\n")
    first, second = result.err.splitlines()
    summary = (
        r"18 requests answered, 0 from the cache, 0 refused, \d+ retried, [\d,]+ tokens in and [\d,]+ out, \$0.0\d+"
    )
    assert re.fullmatch(f"goldenhour: {summary}", first)
    assert re.fullmatch(r"goldenhour: \d of 6 answers were repaired, in \d+ places", second)
    assert [answer.call for answer in answers_in("answers.parquet")] == [1, 2] * 3
    again = run("teach", "intents.txt", "-o", "answers.parquet", "--samples", 2, "--form", "per-tool", "--force")
    assert "0 requests answered, 18 from the cache" in again.err


def test_a_dry_run_asks_nothing_and_tells_what_then_happens(run, server, workplace):
    started = server()
    result = run("teach", "intents.txt", "--dry-run", "--samples", 3, "--max-cost", 0.001)
    assert (result.code, result.err, started.requests) == (0, "", 0)
    lines = result.out.splitlines()
    assert lines[:2] == [f"9 requests to m at {started.url}", "0 more are in the cache"]
    assert re.fullmatch(r"about [\d,]+ tokens in and [\d,]+ out", lines[2])
    assert lines[3] == "about $0.0175, and at most $0.0804, without retries"
    assert lines[4] == "the cap of $0.0010 would stop it before its end"
    assert [path.name for path in workplace.iterdir()] == ["intents.txt"]  # not even a cache
    run("teach", "intents.txt", "-o", "a.jsonl")
    assert run("teach", "intents.txt", "--dry-run", "--samples", 3).out.splitlines()[:2] == [
        f"6 requests to m at {started.url}",
        "3 more are in the cache",
    ]


def test_bad_and_repeated_lines_are_named_by_number_and_the_others_go_on(run, workplace):
    (workplace / "intents.txt").write_bytes(
        b"\xef\xbb\xbfmorocco\n\n Morocco! \n\x07\ncuba \xff\ncuba\nCUBA\n" + b"x" * 600
    )
    result = run("teach", "intents.txt", "-o", "a.jsonl")
    assert (result.code, result.out) == (2, "a.jsonl\n")
    assert [answer.intent for answer in answers_in("a.jsonl")] == ["morocco", "cuba"]
    lines = [line.removeprefix("goldenhour: ") for line in result.err.splitlines()]
    assert lines[0] == "line 3 says the same as line 1; line 7 says the same as line 6: asked once"
    assert [line.split(":")[0] for line in lines[1:]] == ["line 4", "line 5", "line 8"]


def test_standard_input_is_a_file_too(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"morocco\n")))
    assert run("teach", "-", "-o", "a.jsonl").code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["intents.txt"], "say where the answers go"),
        (["missing.txt", "-o", "a.jsonl"], "missing.txt cannot be read"),
        (["empty.txt", "-o", "a.jsonl"], "there are no intents in empty.txt"),
        (["intents.txt", "-o", "a.csv"], "must be a name that ends in .parquet or .jsonl"),
        (["intents.txt", "-o", "missing/a.jsonl"], "there is no folder missing"),
        (["intents.txt", "-o", "there.jsonl"], "there.jsonl exists already"),
        (["intents.txt", "-o", "a.jsonl", "--samples", "0"], "0 samples"),
        (["intents.txt", "-o", "a.jsonl", "--samples", "2", "--temperature", "0"], "--temperature above 0"),
        (["intents.txt", "-o", "a.jsonl", "--url", "localhost", "--model", "m"], "must be like https://"),
        (["intents.txt", "-o", "a.jsonl", "--url", "http://x/v1"], f"set {P}MODEL or add --model"),
        (
            ["intents.txt", "-o", "a.jsonl", "--url", "http://x/v1", "--model", "m", "--max-cost", "5"],
            "a cap needs prices",
        ),
        (["intents.txt", "-o", "a.jsonl", "--url", "http://x/v1", "--model", "m", "--per-minute", "0"], "a minute"),
        (
            ["intents.txt", "-o", "a.jsonl", "--url", "http://x/v1", "--model", "m", "--cache", "."],
            "choose another file",
        ),
    ],
)
def test_what_cannot_be_done_gets_one_sentence_before_anything_is_asked(run, workplace, arguments, sentence):
    (workplace / "empty.txt").write_text("\n \n")
    (workplace / "there.jsonl").write_text("mine")
    result = run("teach", *arguments)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1
    assert (workplace / "there.jsonl").read_text() == "mine"


def test_a_teacher_that_is_not_there_gets_one_sentence(run):
    result = run("teach", "intents.txt", "-o", "a.jsonl", "--url", "http://127.0.0.1:9/v1", "--model", "m")
    assert (result.code, result.out) == (2, "")
    assert "http://127.0.0.1:9/v1 cannot be reached" in result.err.splitlines()[-1]


def test_the_cap_stops_what_is_there_is_written_and_a_higher_one_goes_on(run, server, workplace):
    (workplace / "intents.txt").write_text("\n".join(answer.intent for answer in recorded_answers()[:60]))
    server()
    result = run("teach", "intents.txt", "-o", "a.jsonl", "--max-cost", "0.03")
    count = len(answers_in("a.jsonl"))
    assert (result.code, result.out) == (2, "a.jsonl\n")
    assert 0 < count < 60
    assert f"{count} of 60 answers are in a.jsonl: add --force to the same command to go on" in result.err
    result = run("teach", "intents.txt", "-o", "a.jsonl", "--max-cost", "1", "--force")
    assert result.code == 0
    assert f"{count} from the cache" in result.err


def test_the_key_is_shown_and_kept_nowhere(run, server, workplace, monkeypatch):
    server(Manner(key=SECRET))
    for key, code in ((f"{SECRET}-wrong", 2), (SECRET, 0)):
        monkeypatch.setenv(f"{P}KEY", key)
        result = run("teach", "intents.txt", "-o", "a.jsonl")
        assert result.code == code
        assert SECRET not in result.out + result.err
    for file in workplace.rglob("*"):
        assert file.is_dir() or SECRET.encode() not in file.read_bytes()


def test_an_env_file_sets_all(run, server, workplace, monkeypatch):
    started = server(Manner(key=SECRET))
    for name in ("URL", "MODEL", "PRICE_IN", "PRICE_OUT"):
        monkeypatch.delenv(f"{P}{name}")
    (workplace / ".env").write_text(f"{P}URL={started.url}\n{P}MODEL=m\n{P}KEY={SECRET}\n")
    result = run("teach", "intents.txt", "-o", "a.jsonl")
    assert result.code == 0
    assert {answer.model for answer in answers_in("a.jsonl")} == {"m"}


def test_the_practice_server_runs_until_ctrl_c(run, workplace):
    command = [sys.executable, "-m", "goldenhour", "teacher", "serve", "--port", "0", "--rate-500", "0.5"]
    serving = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        settings = dict(word.split("=", 1) for word in serving.stdout.readline().split())
        result = run(
            "teach", "intents.txt", "-o", "a.jsonl", "--url", settings[f"{P}URL"], "--model", settings[f"{P}MODEL"]
        )
        assert result.code == 0
    finally:
        os.kill(serving.pid, signal.SIGINT)
        _, err = serving.communicate(timeout=20)
    assert re.fullmatch(r"3 replies to \d+ requests\n", err)
    rows = [json.loads(line) for line in (workplace / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["intent"] for row in rows] == ["morocco", "golden hour", "cuba"]


@pytest.mark.parametrize("arguments", [["--cut", "0.7", "--prose", "0.7"], ["--port", "99999"]])
def test_a_server_that_cannot_be_gets_one_sentence(run, arguments):
    result = run("teacher", "serve", *arguments)
    assert (result.code, result.out, len(result.err.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("command", [["teach"], ["teacher", "serve"]])
def test_help_has_examples(run, command):
    result = run(*command, "--help")
    assert result.code == 0
    assert f"goldenhour {' '.join(command)}" in result.out
