"""What docs/api.md shows is run, against a real server."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
ADDRESS = "http://127.0.0.1:8000"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def server(serving, data_folder):
    return serving()


def test_its_calls_are_answered(server, photo, monkeypatch):
    if shutil.which("curl") is None:
        pytest.skip("no curl here: install it to try the calls of docs/api.md")
    monkeypatch.chdir(photo.parent)
    commands = [line[2:] for block in blocks("console") for line in block.splitlines()]
    assert len(commands) >= 15
    for command in commands:
        words = shlex.split(command.replace(ADDRESS, server.url))
        result = subprocess.run([*words, "--fail-with-body"], capture_output=True, text=True, check=False)
        assert result.returncode == 0, (command, result.stdout)
    assert Path("table.bin").read_bytes().startswith(b"GHT1")
    assert Path("golden.cube").read_text().count("\n") > 33**3
    assert Path("graded.jpg").read_bytes().startswith(b"\xff\xd8")


def test_its_python_runs(server, capsys):
    for block in blocks("python"):
        exec(compile(block.replace(ADDRESS, server.url), "api.md", "exec"), {})
    assert 'filter {"name"' in capsys.readouterr().out


def test_its_problem_is_what_is_answered(server):
    (shown,) = blocks("json")
    assert server.http.post("/v1/recipes", json={"intent": ""}).text.strip() == shown.strip()


def test_every_route_is_on_the_page(server):
    text = PAGE.read_text(encoding="utf-8")
    for path in server.http.get("/openapi.json").json()["paths"]:
        assert path.partition("/{")[0] in text, path
