import pytest

from goldenhour.augment.refusals import (
    ENOUGH,
    KNOWN,
    NO_INTENT,
    SPLIT,
    TOO_FAR,
    TOO_NEAR,
    TWICE,
    TWIN,
    Band,
    accept,
    recorded_test_intents,
)
from goldenhour.tools import split_of

pytest.importorskip("polars", reason="needs the [data] extra")

ALL = Band(-1, 2, 3)
TRAIN = [text for number in range(40) if split_of(text := f"warm evening {number}") == "train"]
FAR = next(text for number in range(40) if split_of(text := f"zzzz {number}") == "train")
KEPT_BACK = next(text for number in range(400) if split_of(text := f"cold morning {number}") != "train")


def refused(found):
    return {reason: count for reason, count in found.refused.items() if count}


def test_what_may_be_learnt_from_is_taken_nearest_first_with_its_parent(by_letters):
    found = accept({"warm evening": TRAIN[:3]}, {"warm evening"}, [], ALL, by_letters)
    assert {neighbour.intent for neighbour in found.neighbours} == set(TRAIN[:3])
    assert {neighbour.parent for neighbour in found.neighbours} == {"warm evening"}
    likeness = [neighbour.similarity for neighbour in found.neighbours]
    assert likeness == sorted(likeness, reverse=True)
    assert refused(found) == {}
    assert found.proposed == 3


@pytest.mark.parametrize(
    ("proposed", "reason"),
    [
        (["", "   ", "a\x00b", "x" * 501, "half an emoji \ud83d"], NO_INTENT),
        (["  Warm EVENING!", "warm evening"], KNOWN),
        ([KEPT_BACK, KEPT_BACK.upper()], SPLIT),
    ],
    ids=["no intent", "a training intent", "kept back"],
)
def test_what_may_not_be_learnt_from_is_refused_and_counted(by_letters, proposed, reason):
    found = accept({"warm evening": proposed}, {"warm evening"}, [], ALL, by_letters)
    assert found.neighbours == []
    assert refused(found) == {reason: len(proposed)}


def test_all_but_a_test_intent_is_refused(by_letters):
    test = [TRAIN[0]]
    twins = [text for end in ("s", "x", "es") if split_of(text := f"the {TRAIN[0]}{end}") == "train"][:1]
    found = accept({"warm evening": twins}, {"warm evening"}, test, ALL, by_letters)
    assert refused(found) == {TWIN: 1}


def test_no_recorded_test_intent_gets_through(by_letters):
    test = recorded_test_intents()
    found = accept({"golden hour": test}, set(), test, Band(-1, 2, 10_000), by_letters)
    assert found.neighbours == []
    assert refused(found) == {SPLIT: len(test)}


def test_the_band_refuses_what_is_too_far_and_too_near(by_letters):
    proposals = {TRAIN[0]: [TRAIN[1], FAR]}
    assert refused(accept(proposals, {TRAIN[0]}, [], Band(0.5, 2, 3), by_letters)) == {TOO_FAR: 1}
    assert refused(accept(proposals, {TRAIN[0]}, [], Band(-1, 0.5, 3), by_letters)) == {TOO_NEAR: 1}


def test_an_intent_goes_to_its_nearest_parent_and_a_parent_gets_no_more_than_enough(by_letters):
    proposals = {"cold snow": [TRAIN[0]], TRAIN[1]: [TRAIN[0], TRAIN[0]]}
    found = accept(proposals, set(proposals), [], ALL, by_letters)
    assert [neighbour.parent for neighbour in found.neighbours] == [TRAIN[1]]
    assert refused(found) == {TWICE: 2}
    few = accept({TRAIN[0]: TRAIN[1:6]}, {TRAIN[0]}, [], Band(-1, 2, 2), by_letters)
    assert len(few.neighbours) == 2
    assert refused(few) == {ENOUGH: 3}


def test_proposals_are_all_accounted_for(by_letters):
    proposals = {"warm evening": [*TRAIN[:5], "", KEPT_BACK, "warm evening"], "cold": [*TRAIN[3:8], FAR]}
    found = accept(proposals, set(proposals), [], Band(0.2, 0.99, 3), by_letters)
    assert found.proposed == 14 == len(found.neighbours) + sum(found.refused.values())
    assert found.as_dict()["accepted"] == len(found.neighbours)
    assert sum(found.as_dict()["refused"].values()) == sum(found.refused.values())
