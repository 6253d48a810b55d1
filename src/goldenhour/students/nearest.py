"""The student *nearest*: no training; it blends the recorded answers to the most similar intents.

Similar are intents that share words or parts of words, and answers whose rationale does: the teacher wrote "clay walls,
spice oranges" for "morocco", which brings "spice market" near it. It is the baseline that trained students must beat.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldenhour.students.student import Answer, StudentError, write_manifest
from goldenhour.students.text_index import TextIndex
from goldenhour.teacher.recorded import TeacherAnswer, read_answers
from goldenhour.tools import Recipe, default_toolset, normalise
from goldenhour.tools.toolset import Number

# chosen by the score on the dev split, retrieving from train only
NEIGHBOURS = 32
SHARPNESS = 4  # a neighbour's weight is its similarity to this power
USE_SHARE = 0.4  # a tool is used when neighbours of this share of the weight use it
MIN_SIMILARITY = 0.15  # below it the words have only letters in common with the collection

ANSWERS = "answers.jsonl.gz"


class NearestStudent:
    """Answers from a collection of teacher's answers; of several to one intent the first is kept."""

    def __init__(self, answers: Sequence[TeacherAnswer]):
        by_intent: dict[str, TeacherAnswer] = {}
        for answer in answers:
            by_intent.setdefault(normalise(answer.intent), answer)
        self._answers = list(by_intent.values())
        self._number = {intent: number for number, intent in enumerate(by_intent)}

    @cached_property
    def _intents(self) -> TextIndex:
        # made on demand: an intent that is in the collection needs no index
        return TextIndex(list(self._number))

    @cached_property
    def _rationales(self) -> TextIndex:
        return TextIndex([normalise(answer.rationale) for answer in self._answers])

    def predict(self, intents: Sequence[str]) -> list[Answer]:
        """One answer an intent: the recorded one if the intent is in the collection, else a blend of its neighbours.

        The confidence is the similarity of the most similar intent; where nothing is similar, it is 0 and the recipe
        is neutral.
        """
        return [self._predict(normalise(intent)) for intent in intents]

    def _predict(self, intent: str) -> Answer:
        if intent in self._number:
            return Answer(self._answers[self._number[intent]].recipe, 1.0)
        by_intent = self._intents.similarity([intent])[0]
        similarity = by_intent + self._rationales.similarity([intent])[0]
        nearest = np.argsort(-similarity, kind="stable")[:NEIGHBOURS]
        if not len(nearest) or similarity[nearest[0]] < MIN_SIMILARITY:
            return Answer(Recipe.neutral(), 0.0)
        weights = similarity[nearest] ** SHARPNESS
        recipes = [self._answers[number].recipe for number in nearest]
        return Answer(blend(recipes, weights / weights.sum()), float(by_intent.max()))

    def save(self, folder: Path) -> None:
        """Write the answers and the manifest; ``folder`` is made if needed."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = (
            json.dumps(
                {
                    "intent": a.intent,
                    "domain": a.domain,
                    "call": a.call,
                    "recipe": a.recipe_data,
                    "rationale": a.rationale,
                }
            )
            for a in self._answers
        )
        data = "".join(f"{line}\n" for line in lines).encode()
        (folder / ANSWERS).write_bytes(gzip.compress(data, mtime=0))
        write_manifest(folder, "nearest", default_toolset(), base=None, dataset=hashlib.sha256(data).hexdigest())

    @staticmethod
    def load(folder: Path, manifest: Mapping[str, Any]) -> NearestStudent:
        """A student that ``save`` wrote, with the folder's manifest; raises StudentError if its answers are damaged."""
        try:
            data = gzip.decompress((folder / ANSWERS).read_bytes())
            if hashlib.sha256(data).hexdigest() != manifest.get("dataset"):
                raise ValueError("it is not the file that the manifest names")
            answers = list(read_answers(data.decode().splitlines()))
            if not all(isinstance(answer.intent, str) and isinstance(answer.rationale, str) for answer in answers):
                raise ValueError("an intent or rationale is not text")
            for answer in answers:
                _ = answer.recipe  # a damaged answer must show now, not when somebody asks
        except (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError, zlib.error) as error:
            raise StudentError(f"{folder / ANSWERS} is damaged: {error}") from None
        return NearestStudent(answers)


def blend(recipes: Sequence[Recipe], weights: NDArray[np.float64]) -> Recipe:
    """The weighted mean of recipes, tool by tool; a tool is used if enough of the weight (summing to 1) uses it.

    Numbers are averaged over the recipes that use the tool, to about a hundredth of their range; of a choice the
    heaviest option is taken.
    """
    toolset = recipes[0].toolset
    vectors = np.array([recipe.to_vector() for recipe in recipes])
    mean = Recipe.neutral(toolset).to_vector()
    for tool, slots in toolset.tool_slots.items():
        share = weights * np.array([recipe.uses(tool) for recipe in recipes])
        if share.sum() >= USE_SHARE:
            span = slice(slots[0].start, slots[-1].start + slots[-1].width)
            mean[span] = share @ vectors[:, span] / share.sum()
    for slot in toolset.slots:
        if isinstance(slot.parameter, Number):
            mean[slot.start] = round(mean[slot.start], slot.parameter.decimals - 2)
    return Recipe.from_vector(mean, toolset)
