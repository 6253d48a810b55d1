import json
from dataclasses import replace

import pytest

from goldenhour.students import StudentError
from goldenhour.students.examples import read_examples
from goldenhour.teacher.answers import write_answer_file
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import UserError, default_toolset, normalise, split_of
from invented_toolset import invented

TOOLS = list(default_toolset().tool_slots)


@pytest.fixture(scope="module")
def answers():
    """The first recorded answers: thirty of train, five of dev and five of test."""
    room = {"train": 30, "dev": 5, "test": 5}
    found = []
    for answer in recorded_answers():
        split = split_of(answer.intent)
        if answer.call == 1 and room[split]:
            room[split] -= 1
            found.append(answer)
    return found


@pytest.fixture(scope="module")
def rows(answers):
    pytest.importorskip("polars", reason="needs the [data] extra")
    from goldenhour.dataset.rows import rows_from_recorded

    return rows_from_recorded(answers, default_toolset())


def dataset(folder, rows):
    from goldenhour.dataset.folder import write_dataset

    write_dataset(folder, rows, default_toolset(), {"source": "recorded"}, force=True)
    return folder


def of_split(answers, split):
    return {normalise(answer.intent): answer for answer in answers if split_of(answer.intent) == split}


# --- datasets


def test_the_rows_of_train_and_dev_are_read_and_those_of_test_are_not(answers, rows, tmp_path):
    found = read_examples(dataset(tmp_path / "v1", rows))
    for split, examples in (("train", found.train), ("dev", found.dev)):
        expected = of_split(answers, split)
        assert {example.intent: example.recipe for example in examples} == {k: a.recipe for k, a in expected.items()}
        assert all(example.rationale == expected[example.intent].rationale for example in examples)
        assert all(example.known == (True,) * len(TOOLS) for example in examples)
    assert found.source == "v1"


def test_the_hash_is_that_of_what_is_learnt_from(rows, tmp_path):
    import polars as pl

    whole = read_examples(dataset(tmp_path / "v1", rows))
    assert read_examples(dataset(tmp_path / "copy", rows)).hash == whole.hash
    without_test = read_examples(dataset(tmp_path / "v2", rows.filter(pl.col("split") != "test")))
    assert without_test.hash == whole.hash
    assert read_examples(tmp_path / "v1", limit=29).hash != whole.hash
    assert read_examples(tmp_path / "v1", limit=30).hash == whole.hash


def test_a_limit_keeps_the_first_rows_to_learn_from(rows, tmp_path):
    whole, few = (read_examples(dataset(tmp_path / "v1", rows), limit=limit) for limit in (None, 3))
    assert few.train == whole.train[:3]
    assert few.dev == whole.dev


def test_a_tool_that_was_never_exported_is_not_known(rows, tmp_path):
    import polars as pl

    from goldenhour.dataset.rows import row_schema

    data = rows.to_dicts()
    for row in data:
        row["exported"] = dict.fromkeys(TOOLS, 2) | {TOOLS[1]: 0}
    found = read_examples(dataset(tmp_path / "v1", pl.DataFrame(data, schema=row_schema(default_toolset()))))
    assert {example.known for example in (*found.train, *found.dev)} == {(True, False, True)}


@pytest.mark.parametrize(("train", "dev"), [(0, 0), (1, 5), (30, 0)])
def test_too_few_rows_are_said_to_be(rows, tmp_path, train, dev):
    import polars as pl

    few = pl.concat(
        [rows.filter(pl.col("split") == "train").head(train), rows.filter(pl.col("split") == "dev").head(dev)]
    )
    message = f"v1: {train} rows to train on and {dev} to stop by are too few; training needs at least 2 and 1"
    with pytest.raises(StudentError, match=message):
        read_examples(dataset(tmp_path / "v1", few))


def test_a_dataset_of_another_toolset_is_refused(rows, tmp_path):
    folder = dataset(tmp_path / "v1", rows)
    facts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(facts | {"toolset": invented.hash}), encoding="utf-8")
    with pytest.raises(UserError, match="was made for another toolset: build it anew"):
        read_examples(folder)


@pytest.mark.parametrize("name", ["manifest.json", "train.parquet", "dev.parquet"])
def test_a_dataset_that_is_not_whole_is_refused(rows, tmp_path, name):
    folder = dataset(tmp_path / "v1", rows)
    (folder / name).write_bytes((folder / name).read_bytes()[:20])
    with pytest.raises(UserError, match=r"the dataset .* is damaged|is not a finished dataset"):
        read_examples(folder)
    (folder / name).unlink()
    with pytest.raises(UserError, match="is not a finished dataset"):
        read_examples(folder)


# --- further answers


def test_further_answers_are_learnt_from_unless_their_intents_are_kept_back(answers, rows, tmp_path):
    folder, more = dataset(tmp_path / "v1", rows), tmp_path / "more.jsonl"
    own = next(iter(of_split(answers, "train").values()))
    kept_back = [replace(answers[0], intent=f"a new look {number}") for number in range(60)]
    new = [answer for answer in kept_back if split_of(answer.intent) == "train"]
    write_answer_file(more, [replace(own, recipe_data=answers[-1].recipe_data), *kept_back])
    found, before = read_examples(folder, [more]), read_examples(folder)
    assert found.train == (*before.train, *found.train[len(before.train) :])
    assert [example.intent for example in found.train[len(before.train) :]] == [answer.intent for answer in new]
    assert len(new) < len(kept_back)
    assert found.dev == before.dev
    assert found.hash != before.hash
    assert found.source == "v1, more.jsonl"


def test_a_file_that_holds_no_answers_is_refused(rows, tmp_path):
    (tmp_path / "more.jsonl").write_text("not an answer\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"more\.jsonl is not a file of answers: row 1"):
        read_examples(dataset(tmp_path / "v1", rows), [tmp_path / "more.jsonl"])


# --- the recorded answers


def test_without_a_dataset_all_recorded_answers_are_learnt_from_and_none_of_test():
    found = read_examples()
    recorded = {split: [] for split in ("train", "dev", "test")}
    for answer in recorded_answers():
        recorded[split_of(answer.intent)].append(normalise(answer.intent))
    assert sorted(example.intent for example in found.train) == sorted(recorded["train"])
    dev = [example.intent for example in found.dev]
    assert set(dev) == set(recorded["dev"])
    assert len(set(dev)) == len(dev)  # one answer to each, by which students are compared
    assert recorded["test"]
    assert not {example.intent for example in found.train} & {*dev, *recorded["test"]}
    assert found.source == "the recorded answers"
