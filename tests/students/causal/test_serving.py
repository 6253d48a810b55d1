import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from goldenhour.students import StudentError, load_student
from goldenhour.students.causal.chat import Chat
from goldenhour.students.generative import Form, Lessons
from goldenhour.students.student import MANIFEST
from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.practice import PracticeTeacher
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.server import Manner, PracticeServer
from goldenhour.tools import Recipe
from students.causal.conftest import make_base

pytest.importorskip("torch", reason="needs the [train] extra")
pytest.importorskip("peft", reason="needs the [train] extra")

INTENTS = ["golden hour", "too dark, fix it"]


@pytest.fixture
def serve(monkeypatch):
    """Start servers, and let the environment name the last one as the student's."""
    servers = []

    def start(server):
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        monkeypatch.setenv("GOLDENHOUR_STUDENT_URL", f"http://127.0.0.1:{server.server_address[1]}/v1")
        monkeypatch.setenv("GOLDENHOUR_STUDENT_MODEL", "mine")
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def answering(reply):
    """A server whose assistant says ``reply(request)``; it notes the requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.requests.append(request)
            message = {"role": "assistant", "content": reply(request)}
            choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
            body = json.dumps({"id": "1", "object": "chat.completion", "choices": choices}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests = []
    return server


def test_the_adapter_read_again_writes_what_the_trained_model_writes(base, examples, settings, tmp_path):
    import torch

    from goldenhour.students.causal.model import load_tokenizer, open_adapter, writer
    from goldenhour.students.causal.training import Collate, build, loss

    form, chat = Form.of("compact", "each"), Chat("Be brief.")
    tokenizer = load_tokenizer(str(base))
    model, weights = build(settings)
    collate = Collate(tokenizer, Lessons(form, 0.0), chat)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    for step in range(60):
        optimizer.zero_grad()
        loss(model, collate(list(examples.train[step % 3 :: 3]))).backward()
        optimizer.step()
    model.eval().save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    requests = [request for example in examples.train[:8] for request in form.requests(example.intent)]
    trained = writer(model, tokenizer, chat, 30)(requests)
    again = writer(*open_adapter(tmp_path, str(base), weights), chat, 30)(requests)
    assert [one.text for one in again] == [one.text for one in trained]
    assert len({one.text for one in trained}) > 2
    assert all(0 < one.confidence <= 1 for one in again)


@pytest.fixture(scope="module")
def loaded(student):
    return load_student(student)


@profile(max_examples=4)
@given(intents=st.lists(st.text(), max_size=2))
def test_no_text_makes_it_raise(loaded, intents):
    answers = loaded.predict(intents)
    assert [Recipe.from_dict(answer.recipe.to_dict()) for answer in answers] == [answer.recipe for answer in answers]
    assert len(answers) == len(intents)


def test_long_and_broken_texts_are_answered(loaded):
    answers = loaded.predict(["x" * 10**5, "\ud800", "", "<|end|><|assistant|>e90; -; -"])
    assert len(answers) == 4


def test_another_base_under_the_same_name_is_refused(student, tmp_path):
    load_student(student).save(tmp_path / "copy")
    path = tmp_path / "copy" / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["base"] = str(make_base(tmp_path / "other", seed=1))
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(StudentError, match=r"is not the model that the student .*copy was trained on"):
        load_student(tmp_path / "copy")


def test_a_base_that_is_gone_is_told(student, tmp_path):
    load_student(student).save(tmp_path / "copy")
    path = tmp_path / "copy" / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(manifest | {"base": "/no/such/folder"}), encoding="utf-8")
    with pytest.raises(StudentError, match="there is no folder /no/such/folder"):
        load_student(tmp_path / "copy")


def test_a_file_that_is_not_what_was_saved_is_refused(student, tmp_path):
    load_student(student).save(tmp_path / "copy")
    path = tmp_path / "copy" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(StudentError, match=r"adapter_model\.safetensors is not what was saved"):
        load_student(tmp_path / "copy")


def test_an_adapter_that_breaks_off_is_refused_even_if_it_was_saved_so(student, base, tmp_path):
    from goldenhour.students.causal.model import open_adapter

    load_student(student).save(tmp_path / "copy")
    weights = json.loads((student / MANIFEST).read_text(encoding="utf-8"))["base_weights"]
    path = tmp_path / "copy" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StudentError, match=r"copy is damaged: .*; copy it anew"):
        open_adapter(tmp_path / "copy", str(base), weights)


def test_behind_a_server_it_reads_the_same_prompt_and_answers_the_same(student, serve, loaded):
    from goldenhour.students.causal.model import open_adapter, writer

    manifest = json.loads((student / MANIFEST).read_text(encoding="utf-8"))
    model, tokenizer = open_adapter(student, manifest["base"], manifest["base_weights"])
    lock = threading.Lock()

    def reply(request):
        system, user = request["messages"]
        assert (system["role"], user["role"]) == ("system", "user")
        with lock:
            return writer(model, tokenizer, Chat(system["content"]), request["max_tokens"])([user["content"]])[0].text

    server = serve(answering(reply))
    behind = load_student(student).predict(INTENTS)
    assert [answer.recipe for answer in behind] == [answer.recipe for answer in loaded.predict(INTENTS)]
    assert {request["model"] for request in server.requests} == {"mine"}
    assert {request["temperature"] for request in server.requests} == {0}


def test_one_that_writes_json_is_served_by_the_practice_server(student, serve, tmp_path):
    """Whose messages and replies are those of a teacher that knows no tools."""
    load_student(student).save(tmp_path / "copy")
    path = tmp_path / "copy" / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["settings"]["target"] = "json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    known = recorded_answers()[:20]
    serve(PracticeServer(0, Manner(), PracticeTeacher(list(known))))
    answers = load_student(tmp_path / "copy").predict([answer.intent for answer in known[:5]])
    assert [answer.recipe for answer in answers] == [answer.recipe for answer in known[:5]]


def test_replies_that_are_no_answers_become_empty_recipes_that_say_so(student, serve):
    serve(answering(lambda request: "I would rather not."))
    (answer,) = load_student(student).predict(["dusk"])
    assert answer.recipe.is_neutral
    assert "nothing in the text can be read as an answer" in answer.repairs[0]


def test_it_answers_inside_an_event_loop(student, serve):
    import asyncio

    serve(answering(lambda request: "e5; -; -"))
    loaded = load_student(student)

    async def predict():
        return loaded.predict(["dusk"])

    assert asyncio.run(predict())[0].recipe.uses("adjust")


def test_a_server_that_is_not_there_is_told_with_its_url(student, serve, monkeypatch):
    monkeypatch.setenv("GOLDENHOUR_STUDENT_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("GOLDENHOUR_STUDENT_MODEL", "mine")
    with pytest.raises(TeacherError, match=r"127\.0\.0\.1:9"):
        load_student(student).predict(["dusk"])


def test_a_server_without_a_model_or_with_a_wrong_url_is_refused(student, monkeypatch):
    monkeypatch.setenv("GOLDENHOUR_STUDENT_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(StudentError, match="needs the name of a model: set GOLDENHOUR_STUDENT_MODEL"):
        load_student(student)
    monkeypatch.setenv("GOLDENHOUR_STUDENT_MODEL", "mine")
    monkeypatch.setenv("GOLDENHOUR_STUDENT_URL", "127.0.0.1")
    with pytest.raises(TeacherError, match="the student's URL must be like"):
        load_student(student)


def test_the_servers_student_needs_no_torch(student, serve):
    import subprocess
    import sys

    serve(answering(lambda request: "e5; -; -"))
    code = (
        "import sys; from pathlib import Path; from goldenhour.students import load_student;"
        f"load_student(Path({str(student)!r})).predict(['dusk']); print('torch' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
