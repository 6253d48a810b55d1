"""Which proposed intents become training rows: what is refused, and why, is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldenhour.augment.similarity import Similarity
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.tools import IntentError, check_intent, normalise
from goldenhour.tools.extras import needs
from goldenhour.tools.intent import split_of

NO_INTENT = "no intent"
KNOWN = "already a training intent"
SPLIT = "kept back for dev or test"
TWIN = "all but a test intent"
TOO_FAR, TOO_NEAR = "too far from its parent", "too near to its parent"
TWICE = "proposed for a nearer parent"
ENOUGH = "its parent has enough"
REASONS = (NO_INTENT, KNOWN, SPLIT, TWIN, TOO_FAR, TOO_NEAR, TWICE, ENOUGH)

Proposals = Mapping[str, Sequence[str]]  # normalised intent of the parent → intents like it, as they were written


@dataclass(frozen=True)
class Band:
    """The similarity -1..1 to its parent that a neighbour has, and how many neighbours a parent gets.

    Below ``least`` the parent's answer is no longer right: the agreement of recorded answers falls under that of a
    student that saw an eighth of them.
    """

    least: float = 0.65
    most: float = 0.97
    each: int = 3


@dataclass(frozen=True)
class Neighbour:
    """An accepted intent, its parent (both normalised), and the similarity of the two."""

    intent: str
    parent: str
    similarity: float


@dataclass
class Accepted:
    """The neighbours, nearest first, and how many proposals were refused for each reason."""

    neighbours: list[Neighbour]
    proposed: int
    refused: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """The counts, for a report in JSON."""
        refused = {reason: self.refused[reason] for reason in REASONS}
        return {"proposed": self.proposed, "accepted": len(self.neighbours), "refused": refused}


def accept(
    proposals: Proposals, training: Collection[str], test: Collection[str], band: Band, similarity: Similarity
) -> Accepted:
    """The proposals that may be learnt from. ``training`` and ``test`` are normalised intents.

    An intent goes to the nearest of the parents that it was proposed for; a parent's nearest come first.
    """
    accepted = Accepted([], sum(map(len, proposals.values())))
    fit: list[tuple[str, str]] = []
    for parent, text in ((parent, text) for parent, texts in proposals.items() for text in texts):
        intent = normalise(text)
        if reason := _unfit(intent, text, training):
            accepted.refused[reason] += 1
        else:
            fit.append((intent, parent))
    twins = _twins(test, {intent for intent, _ in fit})
    left = [(intent, parent) for intent, parent in fit if intent not in twins]
    accepted.refused[TWIN] += len(fit) - len(left)
    likeness = similarity.between([intent for intent, _ in left], [parent for _, parent in left])
    ranked = sorted((-float(value), *pair) for value, pair in zip(likeness, left, strict=True))
    taken: set[str] = set()
    per_parent: Counter[str] = Counter()
    for negative, intent, parent in ranked:
        if reason := _unwanted(-negative, band, intent in taken, per_parent[parent] >= band.each):
            accepted.refused[reason] += 1
        else:
            taken.add(intent)
            per_parent[parent] += 1
            accepted.neighbours.append(Neighbour(intent, parent, round(-negative, 4)))
    return accepted


def recorded_test_intents() -> list[str]:
    """The recorded intents of the test split, normalised."""
    return sorted({normalise(answer.intent) for answer in recorded_answers() if split_of(answer.intent) == "test"})


def _unfit(intent: str, text: str, training: Collection[str]) -> str:
    """Why an intent must not be learnt from, whoever its parent; empty if it may."""
    try:
        check_intent(text)
    except IntentError:
        return NO_INTENT
    if intent in training:
        return KNOWN
    return "" if split_of(intent) == "train" else SPLIT


def _unwanted(likeness: float, band: Band, taken: bool, enough: bool) -> str:
    """Why an intent is not taken for a parent; empty if it is."""
    if likeness < band.least:
        return TOO_FAR
    if likeness > band.most:
        return TOO_NEAR
    if taken:
        return TWICE
    return ENOUGH if enough else ""


def _twins(test: Collection[str], intents: Collection[str]) -> set[str]:
    """The intents that are a test intent but for order, filler words, or a letter or two."""
    with needs("data"):
        from goldenhour.dataset.near_duplicates import near_duplicates  # noqa: PLC0415 - not part of the plain install
    return set(near_duplicates(test, intents)["train"])
