"""What the documentation shows is run, and what it links to is there."""

import re
import shlex
import threading
from importlib import resources
from pathlib import Path

import pytest

from goldenhour.render import look
from goldenhour.render.user_looks import user_looks
from goldenhour.teacher.answers import read_answer_file
from goldenhour.teacher.faults import Faults
from goldenhour.teacher.server import Manner, PracticeServer
from goldenhour.tools import Recipe

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def workplace(photo, clip, monkeypatch, data_folder):
    """A folder with what the reader of a page has: photos, a clip, intents, a recipe, looks from other editors."""
    monkeypatch.chdir(photo.parent)
    Path("holiday").mkdir()
    for copy in ("dune.jpg", "holiday/boat.jpg"):
        Path(copy).write_bytes(photo.read_bytes())
    Path("intents.txt").write_text("morocco\ngolden hour\n")
    Path("morocco.json").write_text(Recipe.neutral().to_json())
    luts = ROOT / "tests" / "render" / "luts"
    Path("teal.cube").write_bytes((luts / "colour_iridas_3d4_negative_and_over_one.cube").read_bytes())
    Path("hald.png").write_bytes((luts / "pillow_hald4_identity.png").read_bytes())
    return photo.parent


@pytest.mark.parametrize("page", ["README.md", "docs/clips.md", "docs/dataset.md", "docs/interchange.md"])
def test_the_commands_of_a_page_run(page, workplace, run):
    commands = [line[2:] for block in blocks(ROOT / page, "console") for line in block.splitlines() if line[:2] == "$ "]
    assert len(commands) >= 5
    for command in commands:
        words, _, target = command.partition(" > ")
        result = run(*shlex.split(words)[1:])
        assert (result.code, result.err) == (0, ""), command
        if target:
            Path(target).write_text(result.out)


def test_the_page_on_events_runs(workplace, run):
    exec(compile("".join(blocks(ROOT / "docs" / "events.md", "python")), "events.md", "exec"), {})
    commands = "".join(blocks(ROOT / "docs" / "events.md", "console")).splitlines()
    results = [run(*shlex.split(command[2:])[1:]) for command in commands]
    assert [(result.code, result.err) for result in results] == [(0, "")] * 5
    assert results[1].out.splitlines()[1] == "users: 20"
    assert results[4].out.startswith("deleted: projects 1, answers 1, edits 1, exports 1, recipes 2")


def test_the_python_of_the_page_on_other_editors_runs(workplace):
    exec(compile("".join(blocks(ROOT / "docs" / "interchange.md", "python")), "interchange.md", "exec"), {})
    assert user_looks() == ["user:teal"]


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


@pytest.fixture
def practice_server():
    """What the page on the teacher serves on port 8600, with the faults that it names."""
    faults = Faults(rate_429=0.1, malformed=0.1, cut=0.05)
    server = PracticeServer(0, Manner(faults, retry_after=0.01))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_commands_of_the_page_on_the_teacher_run(workplace, practice_server, run):
    page = (ROOT / "docs" / "teacher.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ (.*)$", page, re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        result = run(*shlex.split(command.replace(":8600", f":{practice_server.server_address[1]}"))[1:])
        assert result.code == 0, result.err
    assert len(read_answer_file(Path("three.parquet"))) == 6


def test_the_python_of_the_page_on_the_teacher_runs():
    exec(compile("".join(blocks(ROOT / "docs" / "teacher.md", "python")), "teacher.md", "exec"), {})


def test_the_commands_of_the_page_on_students_are_understood(workplace, run):
    page = ROOT / "docs" / "students.md"
    commands = [line for block in blocks(page, "sh") for line in block.splitlines() if line.startswith("goldenhour")]
    assert len(commands) >= 6
    for command in commands:  # a training takes too long; an option that is not there is refused before the help
        result = run(*shlex.split(command)[1:], "--help")
        assert (result.code, result.err) == (0, ""), command
    for command in "".join(blocks(page, "console")).splitlines():
        result = run(*shlex.split(command[2:])[1:])
        assert result.code == 0, result.err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
