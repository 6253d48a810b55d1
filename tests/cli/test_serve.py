"""``goldenhour serve`` as it is started and stopped."""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from goldenhour.events import open_store
from goldenhour.tools.extras import install

PATIENCE = 60  # seconds, for a start on a busy machine


@contextlib.contextmanager
def started(*arguments: object, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, and the first line that it prints."""
    command = [sys.executable, "-m", "goldenhour", "serve", *map(str, arguments)]
    with subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            with selectors.DefaultSelector() as ready:
                ready.register(process.stdout, selectors.EVENT_READ)
                assert ready.select(PATIENCE), "it said nothing"
            yield process, process.stdout.readline()
        finally:
            process.kill()


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_answers_and_stops_clean(tmp_path, how):
    place = tmp_path / "events.sqlite"
    with started("--port", 0, "--store", place) as (process, line):
        address = line.removeprefix("Golden Hour: ").strip()
        assert address.startswith("http://127.0.0.1:")
        assert post(f"{address}/v1/recipes", {"intent": "golden hour"})["recipe"]["filter"]
        # a connection that is open, and a response that goes on, hold nothing up
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 10) as idle:
            idle.sendall(b"GET /v1/too")
            began = time.monotonic()
            process.send_signal(how)
            out, err = process.communicate(timeout=20)
        assert time.monotonic() - began < 10  # about one second, on an idle machine
    assert (out, err) == ("", "")
    assert process.returncode in (0, -how)
    with open_store(str(place)) as store:
        assert store.counts().answers == 1


def test_a_port_in_use_is_one_sentence(run, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = run("serve", "--port", port, "--store", tmp_path / "events.sqlite")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"goldenhour: port {port} of 127.0.0.1 cannot be used: address already in use; choose another --port, or 0\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--host", "0.0.0.0"), "so a token is needed: add --token"),
        (("--host", "no.such.host.invalid", "--token", "x"), "there is no address no.such.host.invalid"),
        (("--port", "70000"), "port 70000 is none"),
        (("--unsure", "0.5"), "--unsure asks a teacher, but none is set"),
        (("--unsure", "1.5"), "a confidence is 0 to 1"),
        (("--student", "nowhere"), "nowhere is not a student's folder"),
        (("--token", "with space"), "the token has characters that no header can carry"),
        (("--store", "mysql://x/y"), "a store is"),
    ],
)
def test_what_cannot_be_is_one_sentence(run, tmp_path, arguments, said):
    store = () if "--store" in arguments else ("--store", tmp_path / "events.sqlite")
    result = run("serve", "--port", 0, *arguments, *store) if "--port" not in arguments else run("serve", *arguments)
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert said in result.err


def test_without_the_extra_it_says_how_to_get_it(tmp_path):
    code = "import sys; sys.modules['uvicorn'] = None; from goldenhour.cli import main; main(['serve'])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert f"goldenhour: this needs uvicorn; {install('serve')}\n" in result.stderr


def test_help_shows_examples_and_does_not_wait_for_heavy_libraries(run):
    result = run("serve", "--help")
    assert result.code == 0
    assert "goldenhour serve --unsure 0.4" in result.out
    code = "import sys; import goldenhour.cli.serve; print([m for m in ('fastapi', 'onnxruntime') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_the_token_may_come_from_the_environment(tmp_path):
    with started("--port", 0, "--store", tmp_path / "e.sqlite", GOLDENHOUR_TOKEN="open-sesame") as (_, line):
        address = line.removeprefix("Golden Hour: ").strip()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{address}/v1/toolset", timeout=10)
        request = urllib.request.Request(f"{address}/v1/toolset", headers={"Authorization": "Bearer open-sesame"})
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.status == 200
