"""What the documentation shows is run, and what it links to is there."""

import re
import shlex
from importlib import resources
from pathlib import Path

import pytest

from goldenhour.render import look

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def workplace(photo, monkeypatch):
    """A folder with what the README's reader has: some photos and a list of intents."""
    monkeypatch.chdir(photo.parent)
    Path("holiday").mkdir()
    for copy in ("dune.jpg", "holiday/boat.jpg"):
        Path(copy).write_bytes(photo.read_bytes())
    Path("intents.txt").write_text("morocco\ngolden hour\n")
    return photo.parent


def test_the_readmes_commands_run(workplace, run):
    commands = [
        line[2:] for block in blocks(ROOT / "README.md", "console") for line in block.splitlines() if line[:2] == "$ "
    ]
    assert len(commands) >= 8
    for command in commands:
        words, _, target = command.partition(" > ")
        result = run(*shlex.split(words)[1:])
        assert (result.code, result.err) == (0, ""), command
        if target:
            Path(target).write_text(result.out)


def test_the_readmes_python_runs(workplace, capsys):
    code = "".join(blocks(ROOT / "README.md", "python"))
    exec(compile(code, "README.md", "exec"), {})
    assert '"filter"' in capsys.readouterr().out
    assert Path("graded.jpg").exists()


def test_the_look_shown_in_the_docs_is_the_look(workplace):
    (shown,) = blocks(ROOT / "docs" / "looks.md", "yaml")
    file = resources.files("goldenhour.render") / "looks" / "warm_GoldenHour.yaml"
    assert shown == file.read_text(encoding="utf-8")
    assert look.parse_look(shown, "warm_GoldenHour")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
