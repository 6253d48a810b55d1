"""Similar intents without a language model: recorded ones that the student has not seen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from goldenhour.augment.refusals import Proposals
from goldenhour.augment.similarity import Similarity
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import normalise
from goldenhour.tools.intent import split_of

Generator = Callable[[Sequence[str]], Proposals]  # parents, normalised → intents like each of them

PROPOSED = 8  # to each parent, so that some are left where nearer parents took others


def recorded_neighbours(pool: Sequence[str], similarity: Similarity, proposed: int = PROPOSED) -> Generator:
    """A generator that proposes the ``proposed`` nearest intents of a pool to each parent, nearest first."""

    def generate(parents: Sequence[str]) -> Proposals:
        if not pool or not parents:
            return dict.fromkeys(parents, ())
        near = similarity.vectors(parents) @ similarity.vectors(pool).T
        order = np.argsort(-near, axis=1, kind="stable")[:, :proposed]
        return {parent: [pool[place] for place in row] for parent, row in zip(parents, order, strict=True)}

    return generate


def unseen_intents(training: Collection[str]) -> list[str]:
    """The recorded intents of the train split, normalised and sorted, that are not among the ``training`` intents."""
    train = {normalise(answer.intent) for answer in recorded_answers() if split_of(answer.intent) == "train"}
    return sorted(train.difference(training))
