"""Pseudo-labels: what larger students answer to intents that no teacher was asked; the small one learns from them too.

An ensemble knows more than each of its members; trained on its probabilities a single network comes near it (Hinton et
al. 2015, "Distilling the knowledge in a neural network").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from goldenhour.students.direct.layout import Floats
from goldenhour.students.direct.serving import DirectStudent
from goldenhour.students.examples import Example
from goldenhour.students.student import StudentError
from goldenhour.tools import normalise
from goldenhour.tools.intent import split_of

MAX_WORDS = 5  # longer phrases are no intents
MIN_LETTERS = 4  # shorter entries of a vocabulary are mostly crumbs
_BREAKS = re.compile(r"[,;:.—–()]|\b(?:and|with|but|for|so|like)\b")


@dataclass(frozen=True)
class PseudoExample:
    """A normalised intent and one row of what the heads should say to it, as ``Layout.targets`` has them."""

    intent: str
    targets: Mapping[str, Floats]


def unlabelled_intents(examples: Sequence[Example], tokenizer: Tokenizer) -> list[str]:
    """Phrases of the rationales and words of the vocabulary that are no intents yet; none of the test or dev split."""
    phrases = (part for example in examples for part in _BREAKS.split(example.rationale.casefold()))
    words = (word for word in tokenizer.get_vocab() if word.isalpha() and len(word) >= MIN_LETTERS)
    return new_intents((text for text in (*phrases, *words) if 1 <= len(text.split()) <= MAX_WORDS), examples)


def read_unlabelled(file: Path) -> list[str]:
    """The normalised intents of a text file, one a line; those of the test and dev split are left out.

    Raises StudentError for a file that cannot be read, or if none are left.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise StudentError(f"the unlabelled intents {file} cannot be read: {error}; name a text file") from None
    intents = new_intents(lines, [])
    if not intents:
        raise StudentError(f"{file} has no intents of the train split: write more of them, one a line")
    return intents


def new_intents(texts: Iterable[str], examples: Sequence[Example]) -> list[str]:
    """Texts as normalised intents, each once, sorted: those that are no examples yet; none of the test or dev split."""
    pool = {normalise(text) for text in texts} - {example.intent for example in examples}
    return sorted(text for text in pool if text and split_of(text) == "train")


def pseudo_examples(intents: Sequence[str], students: Sequence[DirectStudent]) -> list[PseudoExample]:
    """The mean of what students say to normalised intents."""
    answers = [student.outputs(intents) for student in students]
    return [
        PseudoExample(intent, {name: np.mean([row[name] for row in rows], axis=0) for name in rows[0]})
        for intent, *rows in zip(intents, *answers, strict=True)
    ]
