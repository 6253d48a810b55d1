"""Similar intents without a language model: small edits of the parent that should keep its answer right."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import numpy as np

from goldenhour.augment.neighbours import Generator
from goldenhour.augment.refusals import Proposals
from goldenhour.augment.similarity import Similarity
from goldenhour.students.wish_words import Word, vocabulary
from goldenhour.tools import Toolset, default_toolset

ALIKE = 0.6  # cosine of two words that may stand for each other
NEAREST = 3  # such words that are tried
TIMES = 2  # in how many intents a word stands, so that it is none of a slip
LETTERS = 3  # of a word that may be replaced
KINDS = ("name", "direction", "up", "down", "more", "less")  # of words that mean the same in any intent
_WORD = re.compile(r"[^\W\d_]+")
_JOINT = re.compile(r"(, | and | & |; )")


def lexical_neighbours(training: Collection[str], similarity: Similarity, toolset: Toolset | None = None) -> Generator:
    """A generator of edits: parts in another order, words for words of the same meaning or of like use.

    Words come from the ``training`` intents, so that they are those of users; meanings from the words of wishes.
    """
    words = sorted(word for word, count in _counted(training).items() if count >= TIMES and len(word) >= LETTERS)
    same = _same_meaning(words, toolset or default_toolset())
    place = {word: number for number, word in enumerate(words)}
    vectors = similarity.vectors(words) if words else np.zeros((0, 1), np.float32)

    def instead(word: str) -> Iterator[str]:
        yield from same.get(word, ())
        if word in place and word not in same:  # of a wish the opposite is near, too: "warm" and "chilly"
            near = vectors @ vectors[place[word]]
            order = np.argsort(-near, kind="stable")[1 : NEAREST + 1]
            yield from (words[other] for other in order if near[other] >= ALIKE and words[other] not in same)

    def generate(parents: Sequence[str]) -> Proposals:
        return {parent: list(dict.fromkeys((*_reordered(parent), *_reworded(parent, instead)))) for parent in parents}

    return generate


def _counted(intents: Collection[str]) -> Counter[str]:
    return Counter(word for intent in intents for word in set(_WORD.findall(intent)))


def _same_meaning(words: Sequence[str], toolset: Toolset) -> dict[str, tuple[str, ...]]:
    """Words by a word that means the same: "darker" for "dimmer"."""
    known = vocabulary(toolset)
    groups: dict[Word, list[str]] = defaultdict(list)
    for word in words:
        read = known.read(word)
        if len(read) == 1 and read[0].kind in KINDS:
            groups[read[0]].append(word)
    return {word: tuple(other for other in group if other != word) for group in groups.values() for word in group}


def _reordered(parent: str) -> Iterator[str]:
    """The parts between commas and "and" with two neighbours swapped."""
    parts = _JOINT.split(parent)
    for place in range(0, len(parts) - 2, 2):
        swapped = [*parts[:place], parts[place + 2], parts[place + 1], parts[place], *parts[place + 3 :]]
        yield "".join(swapped)


def _reworded(parent: str, instead: Callable[[str], Iterable[str]]) -> Iterator[str]:
    """One word after the other, replaced by each that may stand for it."""
    for match in _WORD.finditer(parent):
        for word in instead(match[0]):
            yield parent[: match.start()] + word + parent[match.end() :]
