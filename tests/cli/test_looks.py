"""goldenhour looks: those that there are, and those from other editors."""

import pytest

from goldenhour.tools import default_toolset


@pytest.fixture
def cube(tmp_path, data_folder):
    """A look of the simplest kind: the negative."""
    path = tmp_path / "Negative film.cube"
    path.write_text('TITLE "The negative"\nLUT_1D_SIZE 2\n1 1 1\n0 0 0\n')
    return path


def test_looks_are_added_listed_and_removed(run, cube):
    assert run("looks", "add", cube) == run("looks", "add", cube, "--force")
    assert run("looks", "add", cube, "--name", "inverse").out == "user:inverse\n"
    lines = run("looks", "list").out.splitlines()
    assert lines[-2:] == [
        'user:inverse: 1D, 2 points, "The negative"',
        'user:negative-film: 1D, 2 points, "The negative"',
    ]
    assert run("looks", "remove", "user:inverse").out == "removed user:inverse\n"
    assert run("looks", "remove", "negative-film").code == 0
    assert not any("user:" in line for line in run("looks", "list").out.splitlines())


def test_the_list_has_every_look_that_is_built_in(run):
    text = run("looks", "list").out
    assert text.startswith("faded: faded_HighNoon, faded_SeaGlass, ")
    for look in default_toolset().slots[-2].parameter.options:
        assert look in text


def test_a_damaged_look_does_not_hide_the_others(run, cube, data_folder):
    run("looks", "add", cube)
    (data_folder / "looks" / "broken.npz").write_text("nothing")
    result = run("looks", "list")
    assert result.code == 0
    assert result.out.splitlines()[-2].startswith("user:broken: the look user:broken is damaged: ")
    assert result.out.splitlines()[-1].startswith("user:negative-film: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "missing.cube"],
        ["add", "look.3dl"],
        ["add", "{cube}"],
        ["add", "{cube}", "--name", "No spaces"],
        ["remove", "nothing"],
        ["remove", "../negative-film"],
    ],
)
def test_what_cannot_be_done_is_one_sentence(run, cube, arguments):
    run("looks", "add", cube)
    result = run("looks", *[argument.format(cube=cube) for argument in arguments])
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("goldenhour: ")
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["add", "list", "remove"])
def test_help_has_examples(run, command):
    result = run("looks", command, "--help")
    assert result.code == 0
    assert f"goldenhour looks {command}" in result.out
