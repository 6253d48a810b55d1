"""Intents of the training split that all but repeat one of the test split, which would flatter a student's score."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from goldenhour.tools import normalise

# words that say nothing of a look
_EMPTY = {
    *("a", "an", "and", "at", "for", "from", "in", "into", "it", "its", "like", "of"),
    *("on", "or", "some", "the", "this", "to", "very", "with"),
}
_SHORTEST = 6  # letters; below, one letter more or less makes another word


def near_duplicates(test: Iterable[str], train: Iterable[str]) -> pl.DataFrame:
    """Pairs ``test``, ``train`` of intents with the same words, or the same but for a letter or two, sorted.

    Order, number and filler words do not count ("sunset on a beach", "beach sunsets"). Letters are compared by what is
    left when one of them is taken out of each side (Garbe 2012, "SymSpell").
    """
    pairs = (
        _remainders(test, "test")
        .join(_remainders(train, "train"), on="remainder")
        .select("test", "train")
        .unique()
        .filter(pl.col("test") != pl.col("train"))
    )
    return pairs.sort("test", "train")


def _remainders(intents: Iterable[str], name: str) -> pl.DataFrame:
    found = [(intent, remainder) for intent in intents for remainder in _without_a_letter(_signature(intent))]
    return pl.DataFrame(found, schema={name: pl.String, "remainder": pl.String}, orient="row")


def _signature(intent: str) -> str:
    words = re.findall(r"\w+", re.sub(r"['’]s\b", "", normalise(intent)))
    telling = {re.sub(r"(?<=\w\w)s$", "", word) for word in words if word not in _EMPTY}
    return " ".join(sorted(telling or words)) or normalise(intent)  # an emoji has no words


def _without_a_letter(text: str) -> set[str]:
    if len(text) < _SHORTEST:
        return {text}
    return {text, *(text[:i] + text[i + 1 :] for i in range(len(text)) if text[i].isalpha())}
