"""A dataset on disk."""

import json

import polars as pl
import pytest

from goldenhour.dataset.build import build_from_recorded, build_from_store
from goldenhour.dataset.folder import MANIFEST, DatasetError, content_hash, load_dataset
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.text_form import from_text
from goldenhour.tools import Recipe, default_toolset, normalise
from goldenhour.tools.intent import split_of


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "recorded"
    build_from_recorded(folder)
    return folder


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_recorded_answers_make_a_dataset(recorded):
    dataset = load_dataset(recorded)
    keys = {normalise(answer.intent) for answer in recorded_answers()}
    assert set(dataset.rows["intent_key"]) == keys
    assert dataset.rows["intent_key"].is_unique().all()
    assert dataset.rows["id"].is_unique().all()
    assert 900 < dataset.manifest["rows"]["test"] < 1100
    assert dataset.rows["exported"].null_count() == len(keys)


def test_every_intent_lies_in_its_split_for_ever(recorded):
    for intent, split in load_dataset(recorded).rows.select("intent", "split").iter_rows():
        assert split_of(intent) == split


def test_the_first_answer_is_chosen_and_second_opinions_are_alternatives(recorded):
    rows = load_dataset(recorded).rows
    second = {normalise(a.intent): a for a in recorded_answers() if a.call == 2}
    both = rows.filter(pl.col("intent_key").is_in(list(second)))
    assert both.height > 0
    first = {normalise(a.intent): a.recipe for a in reversed(recorded_answers()) if a.call == 1}
    for key, recipe, others in both.select("intent_key", "recipe", "alternatives").iter_rows():
        if key in first:
            assert Recipe.from_json(recipe) == first[key]
            assert second[key].recipe in [Recipe.from_json(other) for other in others]


def test_chats_and_pairs_say_what_the_rows_say(recorded):
    dataset = load_dataset(recorded)
    recipes = {row["intent"]: Recipe.from_json(row["recipe"]) for row in dataset.split("dev").iter_rows(named=True)}
    chats = lines(recorded / "chat" / "dev.jsonl")
    assert len(chats) == len(recipes)
    for chat in chats:
        system, user, assistant = chat["messages"]
        assert [system["role"], user["role"], assistant["role"]] == ["system", "user", "assistant"]
        assert from_text(assistant["content"]) == (recipes[user["content"]], [])
    pairs = lines(recorded / "pairs" / "dev.jsonl")
    assert len(pairs) == len(recipes) * len(default_toolset().tools)
    for pair in pairs[:60]:
        tool, intent = pair["prompt"].split(": ", 1)
        assert pair["tool"] == tool
        assert json.loads(pair["target"]) == recipes[intent].to_dict()[tool]
        assert pair["rationale"]


def test_near_duplicates_are_reported(recorded):
    near = pl.read_parquet(recorded / "near_duplicates.parquet")
    manifest = load_dataset(recorded).manifest
    assert manifest["near_duplicates"]["pairs"] == near.height > 10
    assert all(split_of(test) == "test" and split_of(train) == "train" for test, train in near.iter_rows())


def test_the_same_answers_make_the_same_hash(recorded, tmp_path):
    again = build_from_recorded(tmp_path / "again")
    assert again["hash"] == load_dataset(recorded).manifest["hash"]
    rows = load_dataset(recorded).rows
    assert content_hash(rows.sample(fraction=1, shuffle=True, seed=1)) == again["hash"]
    assert content_hash(rows.head(10)) != content_hash(rows.head(11))


def test_exports_ride_along(history, make, tmp_path):
    history.shown("golden hour", make(10, "warm_Honey"), exported=True, times=4)
    history.shown("golden hour", make(10, "cool_Steel"), final=make(10), user="bob")
    manifest = build_from_store(tmp_path / "d", history.store)
    (row,) = load_dataset(tmp_path / "d").rows.iter_rows(named=True)
    assert row["exported"] == {"adjust": 5, "selective_adjust": 5, "filter": 4}
    assert row["shown"] == {"adjust": 5, "selective_adjust": 5, "filter": 4}
    assert row["domain"] == "light"
    assert manifest["used"][row["split"]] == {"adjust": [1, 1], "selective_adjust": [0, 1], "filter": [1, 1]}
    users = (tmp_path / "d" / "users.txt").read_text().split()
    assert set(users) == {str(history.store.user_id(name)) for name in ("ann", "bob")}


def test_a_tool_of_which_nothing_was_exported_is_no_label(history, make, tmp_path):
    history.shown("dusk", make(10, "warm_Honey"), final=make(10))
    manifest = build_from_store(tmp_path / "d", history.store)
    split = split_of("dusk")
    assert manifest["used"][split]["filter"] == [0, 0]
    assert {pair["tool"] for pair in lines(tmp_path / "d" / "pairs" / f"{split}.jsonl")} == {
        "adjust",
        "selective_adjust",
    }
    assert lines(tmp_path / "d" / "chat" / f"{split}.jsonl") == []


def test_what_is_in_the_way_stays_unless_forced(recorded, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("irreplaceable")
    for force, says in ((False, "exists already: choose another"), (True, "it is no dataset")):
        with pytest.raises(DatasetError, match=says):
            build_from_recorded(tmp_path / "mine", force)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "irreplaceable"
    build_from_recorded(recorded, force=True)
    assert load_dataset(recorded)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_nothing_exported_is_one_sentence(history, make, tmp_path):
    history.shown("sea", make(10))
    with pytest.raises(DatasetError, match="nothing was exported yet"):
        build_from_store(tmp_path / "d", history.store)
    assert not (tmp_path / "d").exists()


def test_an_interrupt_leaves_nothing(recorded, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("goldenhour.dataset.folder.near_duplicates", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build_from_recorded(tmp_path / "d")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / MANIFEST).unlink(), "not a finished dataset: it has no manifest.json"),
        (lambda folder: (folder / "dev.parquet").unlink(), "it has no Parquet file of each split"),
        (lambda folder: (folder / "dev.parquet").write_bytes(b"PAR1"), "is damaged"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "is damaged"),
        (lambda folder: (folder / "dev.parquet").write_bytes((folder / "test.parquet").read_bytes()), "not those of"),
        (lambda folder: (folder / MANIFEST).write_text('{"toolset": "x"}'), "another toolset"),
    ],
)
def test_a_damaged_dataset_is_one_sentence(recorded, tmp_path, spoil, says):
    folder = tmp_path / "d"
    folder.mkdir()
    for path in recorded.glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    spoil(folder)
    with pytest.raises(DatasetError, match=says):
        load_dataset(folder)


def test_a_store_that_is_not_there_is_one_sentence(run, tmp_path):
    result = run("dataset", "build", "--store", tmp_path / "none.sqlite", "-o", tmp_path / "d")
    assert result.code == 2
    assert "there is no store" in result.err
