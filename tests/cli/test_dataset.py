"""``goldenhour simulate`` and ``goldenhour dataset``."""

import pytest


@pytest.fixture
def store(run, tmp_path):
    path = tmp_path / "try.sqlite"
    result = run("simulate", "--users", "20", "--seed", "2", "--variants", "2", "--store", path)
    assert result.code == 0
    assert "of 20 simulated users" in result.out
    return path


def test_from_simulated_users_to_a_summary(run, store, tmp_path):
    folder = tmp_path / "data" / "v1"
    assert run("dataset", "build", "--store", store, "-o", folder, "--select", "joint", "--by", "wilson").code == 0
    result = run("dataset", "show", folder, "--svg", tmp_path / "v1.svg")
    assert result.code == 0
    for words in (
        "Used / All",
        "selective_adjust",
        "r5",
        "filter.name",
        "simulated users: it says nothing about people",
    ):
        assert words in result.out
    assert (tmp_path / "v1.svg").read_text(encoding="utf-8").lstrip().startswith("<svg")


def test_the_same_seed_fills_a_store_once(run, store):
    before = run("events", "show", "--store", store).out
    run("simulate", "--users", "20", "--seed", "2", "--variants", "2", "--store", store)
    assert run("events", "show", "--store", store).out == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["build", "--from", "hearsay", "-o", "x"], "hearsay"),
        (["build", "--store", "none.sqlite", "-o", "x"], "there is no store"),
        (["show", "nowhere"], "not a finished dataset"),
    ],
)
def test_bad_input_is_said_and_leaves_nothing(run, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    result = run("dataset", *arguments)
    assert result.code == 2
    assert says in result.err
    assert list(tmp_path.iterdir()) == []
