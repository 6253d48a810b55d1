"""Intents that other students answer: which they are, and that none is kept back for measuring."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from goldenhour.students import StudentError
from goldenhour.students.direct.pseudo_labels import new_intents, pseudo_examples, read_unlabelled, unlabelled_intents
from goldenhour.tools import split_of

MANY = [f"a look of {number}" for number in range(60)]


def test_new_intents_are_normalised_once_and_of_train(examples):
    known = examples.train[0].intent
    found = new_intents([*MANY, "A look of 1!", "  ", known.upper()], examples.train)
    assert found == sorted(text for text in MANY if split_of(text) == "train")
    assert 0 < len(found) < len(MANY)


def test_phrases_of_rationales_and_words_of_a_vocabulary_are_unlabelled_intents(examples):
    told = [replace(examples.train[0], rationale="Clay walls, spice and a dry wind over the long empty road")]
    vocabulary = SimpleNamespace(get_vocab=lambda: {"terracotta": 0, "##ing": 1, "sun": 2, examples.train[0].intent: 3})
    wanted = ["clay walls", "spice", "terracotta"]
    assert unlabelled_intents(told, vocabulary) == [text for text in wanted if split_of(text) == "train"]


def test_a_file_has_an_intent_a_line_and_those_of_test_and_dev_are_left_out(tmp_path):
    (tmp_path / "intents.txt").write_text("\n".join(["", *MANY, ""]), encoding="utf-8")
    assert read_unlabelled(tmp_path / "intents.txt") == sorted(text for text in MANY if split_of(text) == "train")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"", b"\n\n"], ids=str)
def test_a_file_without_intents_is_refused_in_one_sentence(tmp_path, content):
    if content is not None:
        (tmp_path / "intents.txt").write_bytes(content)
    with pytest.raises(StudentError, match=r"intents\.txt (cannot be read|has no intents)") as refused:
        read_unlabelled(tmp_path / "intents.txt")
    assert "\n" not in str(refused.value)


def test_an_ensemble_says_the_mean_of_what_its_members_say():
    def saying(value):
        return SimpleNamespace(outputs=lambda intents: [{"uses": np.full(3, value)} for _ in intents])

    found = pseudo_examples(["dusk", "dawn"], [saying(0.2), saying(0.6)])
    assert [row.intent for row in found] == ["dusk", "dawn"]
    assert all(row.targets["uses"] == pytest.approx([0.4] * 3) for row in found)
