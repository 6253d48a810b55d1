"""Students that err, and similarities that need no pretrained encoder."""

import numpy as np
import pytest

from goldenhour.students.examples import Example, Examples
from goldenhour.students.nearest import NearestStudent
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import normalise, split_of


class ByLetters:
    """The cosine of letter pairs: what ``Similarity`` does, without an encoder."""

    def vectors(self, texts):
        rows = np.zeros((len(texts), 1024), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for pair in zip(f" {text}", f"{text} ", strict=True):
                row[sum(map(ord, pair)) % 1024] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    def between(self, ones, others):
        return (self.vectors(ones) * self.vectors(others)).sum(axis=1)


@pytest.fixture(scope="session")
def by_letters():
    return ByLetters()


@pytest.fixture(scope="session")
def answers():
    """The recorded answers of train and dev of one call, in their order."""
    return [answer for answer in recorded_answers() if answer.call == 1 and split_of(answer.intent) != "test"]


@pytest.fixture(scope="session")
def examples(answers):
    """Sixty-four recorded answers to learn from, sixteen to stop by."""
    split = {"train": [], "dev": []}
    for answer in answers[:1000]:
        row = Example(normalise(answer.intent), answer.recipe, answer.rationale, (True,) * len(answer.recipe_data))
        split[split_of(answer.intent)].append(row)
    return Examples.of(split["train"][:64], split["dev"][:16], "the recorded answers")


@pytest.fixture(scope="session")
def student(answers):
    """A student that has seen other rows than those of ``examples``, and so errs on many of them."""
    return NearestStudent([answer for answer in answers[1000:1400] if split_of(answer.intent) == "train"])
