"""The rows that are asked."""

import polars as pl
import pytest

from goldenhour.dataset.folder import write_dataset
from goldenhour.dataset.rows import row_schema, rows_from_recorded
from goldenhour.evaluate.material import EvaluationError, Row, answered_twice, known, read_material
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import UserError, default_toolset, normalise, split_of

TOOLSET = default_toolset()
TOOLS = [tool.name for tool in TOOLSET.tools]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A dataset of a hundred intents; one tool's part of each was exported 0 to 6 times."""
    rows = rows_from_recorded(recorded_answers()[:100], TOOLSET)
    counts = [{TOOLS[0]: number % 7, TOOLS[1]: 5, TOOLS[2]: 1} for number in range(rows.height)]
    exported = pl.Series("exported", counts, dtype=row_schema(TOOLSET)["exported"])
    folder = tmp_path_factory.mktemp("data") / "v1"
    write_dataset(folder, rows.with_columns(exported), TOOLSET, {"source": "events"})
    return folder


@pytest.mark.parametrize("split", ["test", "dev"])
def test_the_rows_asked_and_those_learnt_from_are_of_different_splits(split):
    material = read_material(None, split)
    assert {split_of(row.intent) for row in material.rows} == {split}
    assert {split_of(row.intent) for row in material.train} == {"train"}
    assert len({normalise(row.intent) for row in material.rows}) == len(material.rows)
    assert {row.answer.call for row in material.rows} <= {1, 2}
    assert not material.has_exports


def test_of_a_dataset_the_rows_have_their_counts(dataset):
    material = read_material(dataset, "test")
    assert material.has_exports
    assert {split_of(row.intent) for row in material.rows} == {"test"}
    assert {split_of(row.intent) for row in material.train} == {"train"}
    assert material.source == "the rows of v1"


def test_a_row_says_something_of_a_tool_whose_part_was_exported_often_enough(material):
    answer = material.rows[0].answer
    rows = [Row(answer), Row(answer, {TOOLS[0]: 0, TOOLS[1]: 3, TOOLS[2]: 5})]
    assert known(rows, TOOLSET).tolist() == [[True] * 3, [False, True, True]]
    assert known(rows, TOOLSET, 5).tolist() == [[True] * 3, [False, False, True]]


def test_so_many_rows_are_always_the_same_ones():
    some, more = (read_material(None, "dev", limit).rows for limit in (5, 20))
    assert len(some) == 5
    assert more[:5] == some


def test_a_split_without_rows_is_said(tmp_path):
    train = [answer for answer in recorded_answers()[:60] if split_of(answer.intent) == "train"]
    write_dataset(tmp_path / "v1", rows_from_recorded(train, TOOLSET), TOOLSET, {"source": "recorded"})
    with pytest.raises(EvaluationError, match="the rows of v1 have no rows in the test split"):
        read_material(tmp_path / "v1", "test")


def test_a_folder_that_is_no_dataset_is_said(tmp_path):
    with pytest.raises(UserError, match="not a finished dataset"):
        read_material(tmp_path, "test")


def test_intents_that_were_answered_twice_have_both_answers():
    twice = answered_twice()
    assert len(twice) > 1_000
    assert all(
        (first.call, second.call) == (1, 2) and normalise(first.intent) == normalise(second.intent)
        for first, second in twice
    )
