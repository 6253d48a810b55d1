"""What docs/api.md shows is run, against a real server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
FAILING = 'curl() { command curl --fail-with-body "$@"; }\n'  # what is refused ends the script
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
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    scripts = [re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in blocks("console")]
    assert sum(script.count("curl ") for script in scripts) >= 15
    for script in scripts:
        words = ["bash", "-euc", FAILING + script.replace(ADDRESS, server.url)]
        result = subprocess.run(words, capture_output=True, text=True, check=False)
        assert result.returncode == 0, (script, result.stdout)
    server.flushed().close()
    assert server.http.get("/v1/insights").json()["total"]["completed"] == 1  # its ids are of today
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
