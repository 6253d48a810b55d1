"""goldenhour recipe and goldenhour tools."""

import json
import sys
from io import BytesIO, TextIOWrapper

import pytest

import goldenhour
from goldenhour.students.unmet import BEYOND, UNREAD
from goldenhour.tools import default_toolset, recipe_schema, tool_definitions


def test_an_intent_gives_its_recipe_as_json(run):
    result = run("recipe", "morocco")
    assert result.code == 0
    assert goldenhour.Recipe.from_json(result.out) == goldenhour.recipe("morocco")


def test_explain_says_what_changes_in_words(run):
    lines = run("recipe", "morocco", "--explain").out.splitlines()
    warmth = goldenhour.recipe("morocco").to_dict()["adjust"]["temperature"]
    assert f"warmer: temperature +{warmth}" in lines
    assert any("warm_Terracotta" in line and "clay" in line for line in lines)


def test_a_file_of_intents_gives_one_json_line_each(run, tmp_path):
    (tmp_path / "intents.txt").write_text("morocco\n\n  golden hour \n", encoding="utf-8")
    rows = [json.loads(line) for line in run("recipe", "-f", tmp_path / "intents.txt").out.splitlines()]
    assert [row["intent"] for row in rows] == ["morocco", "golden hour"]
    assert goldenhour.Recipe.from_dict(rows[1]["recipe"]) == goldenhour.recipe("golden hour")


def test_standard_input_is_a_file_too(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"\xef\xbb\xbfmorocco\n\xff\n")))
    result = run("recipe", "-f", "-")
    assert json.loads(result.out)["intent"] == "morocco"
    assert "line 2" in result.err


def test_a_line_that_is_no_intent_is_reported_and_the_others_go_on(run, tmp_path):
    (tmp_path / "intents.txt").write_bytes(b"morocco\n\x07\nnight \xff\ngolden hour\n" + b"x" * 600)
    result = run("recipe", "-f", tmp_path / "intents.txt")
    assert result.code == 2
    assert [json.loads(line)["intent"] for line in result.out.splitlines()] == ["morocco", "golden hour"]
    assert [line.split(": ")[1] for line in result.err.splitlines()][:3] == ["line 2", "line 3", "line 5"]


def test_words_that_nothing_is_known_about_change_nothing_and_say_so(run):
    result = run("recipe", "xqzzt")
    assert (result.code, json.loads(result.out)) == (0, goldenhour.Recipe.neutral().to_dict())
    assert "xqzzt" in result.err
    assert result.err.count(UNREAD) == result.err.count("\n") == 1


def test_a_wish_beyond_tonal_tools_is_answered_by_nothing_and_the_reason(run):
    result = run("recipe", "crop it to a square", "--explain")
    assert (result.code, result.out) == (0, "nothing\n")
    assert result.err == f"goldenhour: 'crop it to a square': {BEYOND}\n"


@pytest.mark.parametrize("option", ["--json", "--cube", "--xmp"])
def test_what_changes_nothing_is_not_written_to_a_file(run, tmp_path, option):
    result = run("recipe", "asdfghjkl", option, tmp_path / f"look.{option[2:]}")
    assert (result.code, result.out) == (1, "")
    assert result.err == f"goldenhour: 'asdfghjkl': {UNREAD}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["morocco", "-f", "intents.txt"], ["-f", "missing.txt"], [""]])
def test_what_is_no_question_gets_one_sentence(run, arguments):
    result = run("recipe", *arguments)
    assert result.code == 2
    assert len(result.err.strip().splitlines()) == 1


@pytest.mark.parametrize("size", [33, 65])
def test_a_recipe_goes_into_files_for_other_programs(run, tmp_path, size):
    table, data = tmp_path / "morocco.cube", tmp_path / "morocco.json"
    result = run("recipe", "morocco", "--cube", table, "--cube-size", size, "--json", data, "--intensity", 80)
    assert (result.code, result.out, result.err) == (0, f"{table}\n{data}\n", "")
    assert goldenhour.Recipe.from_json(data.read_text()) == goldenhour.recipe("morocco", intensity=80)
    text = table.read_text()
    assert text.startswith('TITLE "morocco"\n')
    assert f"\nLUT_3D_SIZE {size}\n" in text
    assert sorted(tmp_path.iterdir()) == [table, data]


def test_a_preset_for_lightroom_bears_the_words_as_its_name(run, tmp_path):
    preset = tmp_path / "preset.xmp"
    result = run("recipe", "morocco", "--xmp", preset)
    assert (result.code, result.out, result.err) == (0, f"{preset}\n", "")
    text = preset.read_text(encoding="utf-8")
    assert '<rdf:li xml:lang="x-default">morocco</rdf:li>' in text
    warmth = goldenhour.recipe("morocco").to_dict()["adjust"]["temperature"]
    assert f'crs:IncrementalTemperature="+{warmth}"' in text
    preset.write_text("mine")
    assert "--force" in run("recipe", "morocco", "--xmp", preset).err
    assert preset.read_text() == "mine"
    assert run("recipe", "morocco", "--xmp", preset, "--force").code == 0
    assert preset.read_text(encoding="utf-8") == text


def test_a_file_is_only_written_over_with_force(run, tmp_path):
    table, data = tmp_path / "a.cube", tmp_path / "a.json"
    data.write_text("mine")
    result = run("recipe", "morocco", "--cube", table, "--json", data)
    assert result.code == 2
    assert result.err == f"goldenhour: {data} exists already; choose another name, or add --force to overwrite it\n"
    assert data.read_text() == "mine"
    assert not table.exists()
    assert run("recipe", "morocco", "--cube", table, "--json", data, "--force").code == 0
    assert data.read_text() != "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        ["morocco", "--cube", "look.txt"],
        ["morocco", "--cube", "missing/look.cube"],
        ["morocco", "--json", "missing/look.json"],
        ["morocco", "--json", "look.cube"],
        ["morocco", "--xmp", "missing/look.xmp"],
        ["morocco", "--xmp", "look.json"],
        ["-f", "intents.txt", "--xmp", "look.xmp"],
        ["morocco", "--cube", "look.cube", "--cube-size", "17"],
        ["morocco", "--cube", "look.cube", "--explain"],
        ["-f", "intents.txt", "--cube", "look.cube"],
    ],
)
def test_what_cannot_be_written_gets_one_sentence_and_leaves_nothing(run, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    result = run("recipe", *arguments)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_tools_lists_every_tool_parameter_and_look(run):
    text = run("tools").out
    for slot in default_toolset().slots:
        assert slot.keys[-1] in text
    for look in default_toolset().slots[-2].parameter.options:
        assert look in text


def test_tools_are_printed_for_language_models(run):
    assert json.loads(run("tools", "--as", "schema").out) == recipe_schema(default_toolset())
    assert json.loads(run("tools", "--as", "openai").out) == tool_definitions(default_toolset())


@pytest.mark.parametrize("command", [[], ["edit"], ["looks"], ["recipe"], ["tools"]])
def test_help_has_examples(run, command):
    result = run(*command, "--help")
    assert result.code == 0
    assert f"goldenhour {' '.join(command)}".strip() in result.out


def test_version(run):
    assert run("--version").out.strip() == f"goldenhour {goldenhour.__version__}"
