"""What *direct* remembers beside its weights: the examples themselves, of which the most similar have a say.

A small encoder forgets names that it met once; similar words find them again. After kNN-LM (Khandelwal et al. 2020):
the distribution of the network and that of the nearest examples are mixed.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from goldenhour.students.direct.layout import Floats, Layout
from goldenhour.students.examples import Example
from goldenhour.students.text_index import TextIndex

NEIGHBOURS = 32
_WORD = re.compile(r"[^\W\d_]+")
MIN_SIMILARITY = 0.15  # below it the words have only letters in common with the memory
_DAMAGES = (  # what NumPy and zipfile raise for files that are none of theirs
    *(ValueError, KeyError, TypeError, AttributeError, EOFError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)
SHARPNESS = 4  # a neighbour's weight is its similarity to this power, as in *nearest*
SHARPNESS_OF_MEANING = 20  # of cosines of states, which are all near 1, the exponential; chosen on dev


# for each of n texts the rows of k examples, and their weights, which sum to 1 or are all 0; (n, k) both
Neighbours: TypeAlias = tuple[NDArray[np.intp], Floats]


@dataclass(frozen=True)
class Memory:
    """Normalised intents, why they were answered as they were, and the targets of ``Layout.targets``, n rows each.

    An intent stands once; of several answers to it the targets are the mean.
    """

    intents: tuple[str, ...]
    rationales: tuple[str, ...]
    uses: Floats
    numbers: Floats
    choices: Floats

    @staticmethod
    def of(examples: Sequence[Example], layout: Layout) -> Memory:
        """Remember examples."""
        rows: dict[str, list[int]] = {}
        for number, example in enumerate(examples):
            rows.setdefault(example.intent, []).append(number)
        why = [" ".join(example.rationale.casefold().split()) for example in examples]
        rationales = tuple(" ".join(why[number] for number in numbers) for numbers in rows.values())
        targets = layout.targets([example.recipe for example in examples])
        known = np.array([example.known for example in examples])
        usual = (targets["uses"] * known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        targets["uses"] = np.where(known, targets["uses"], usual).astype(np.float32)  # of what was not said, the usual
        uses, numbers, choices = (
            np.array([targets[name][same].mean(axis=0) for same in rows.values()])
            for name in ("uses", "numbers", "choices")
        )
        return Memory(tuple(rows), rationales, uses, numbers, choices)

    @cached_property
    def _words(self) -> frozenset[str]:
        """English words: those of the rationales, and of the intents that are mostly made of them."""
        words = {word for rationale in self.rationales for word in _split(rationale)}
        intents = [_split(intent) for intent in self.intents]
        return frozenset(words.union(*(intent for intent in intents if 2 * len(intent & words) > len(intent))))

    def english(self, text: str) -> float:
        """The share 0..1 of a normalised text's words that are known to be English; 0 if it has none."""
        words = _split(text)
        return len(words & self._words) / len(words) if words else 0.0

    @cached_property
    def _indexes(self) -> tuple[TextIndex, TextIndex]:
        return TextIndex(self.intents), TextIndex(self.rationales)

    def recall(self, texts: Sequence[str], likeness: Floats, layout: Layout) -> dict[str, Floats]:
        """What the neighbours of normalised texts say: half of the say those by letters have, if there are any.

        ``likeness`` (n, rows) are the cosines of the network's states; each output is (n, its width).
        """
        return self.say([self.near_by_letters(texts), self.near_by_meaning(likeness)], layout)

    def near_by_letters(self, texts: Sequence[str]) -> Neighbours:
        """Those whose intent or rationale has words, or trigrams of letters, in common; of too few, no weight."""
        by_intent, by_rationale = (index.similarity(texts) for index in self._indexes)
        similarity = (by_intent + by_rationale).astype(np.float32)
        nearest = _nearest(similarity)
        near = np.take_along_axis(similarity, nearest, axis=1)
        with np.errstate(divide="ignore"):
            weights = _softmax(SHARPNESS * np.log(np.maximum(near, 1e-9)))
        return nearest, weights * (near.max(axis=1, keepdims=True) >= MIN_SIMILARITY)

    def near_by_meaning(self, likeness: Floats) -> Neighbours:
        """Those nearest by the network's states, of which ``likeness`` (n, rows) are the cosines."""
        nearest = _nearest(likeness)
        return nearest, _softmax(SHARPNESS_OF_MEANING * np.take_along_axis(likeness, nearest, axis=1))

    def say(self, parts: Sequence[Neighbours], layout: Layout) -> dict[str, Floats]:
        """What neighbours say, like the network's outputs; the parts that have any weight share equally."""
        nearest = np.concatenate([rows for rows, _ in parts], axis=1)
        weights = np.concatenate([weights for _, weights in parts], axis=1)
        weights = (weights / weights.sum(axis=1, keepdims=True))[:, None]  # of each text one row
        used = self.uses[nearest]
        uses = (weights @ used)[:, 0]
        share = np.maximum(uses, 1e-6)
        # sizes and options are those of the neighbours that use the tool
        numbers = self.numbers[nearest]
        moved = (numbers != 0) * used[:, :, layout.tool_of_number]
        numbers, moves = ((weights @ part)[:, 0] / share[:, layout.tool_of_number] for part in (numbers, moved))
        choices = (weights @ self.choices[nearest])[:, 0]
        for slot, span in layout.choices:
            choices[:, span] /= share[:, layout.tools.index(slot.tool), None]
        return {"uses": uses, "numbers": numbers, "moves": moves, "choices": choices}

    def save(self, path: Path) -> None:
        """Write plain arrays, no pickles."""
        np.savez_compressed(
            path,
            intents=_encoded(self.intents),
            rationales=_encoded(self.rationales),
            uses=self.uses.astype(np.float16),
            numbers=self.numbers.astype(np.float16),
            choices=self.choices.astype(np.float16),
        )

    @staticmethod
    def load(path: Path, layout: Layout) -> Memory:
        """Read what ``save`` wrote; raises ValueError if it is anything else."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                text = [_decoded(arrays[name].tobytes()) for name in ("intents", "rationales")]
                uses, numbers, choices = (arrays[name].astype(np.float32) for name in ("uses", "numbers", "choices"))
        except _DAMAGES as error:
            raise ValueError(f"{path.name} is no memory of examples: {' '.join(str(error).split())}") from None
        rows, sizes = len(text[0]), layout.sizes
        shapes = [(rows,), *((rows, sizes[name]) for name in ("uses", "numbers", "choices"))]
        found = [(len(text[1]),), uses.shape, numbers.shape, choices.shape]
        if found != shapes:
            raise ValueError(f"{path.name} has arrays of {found}, not of {shapes}")
        return Memory(text[0], text[1], uses, numbers, choices)


def _nearest(scores: Floats) -> NDArray[np.intp]:
    """(n, NEIGHBOURS): for each row of scores (n, rows) the columns with the highest ones, in no order."""
    return np.argpartition(-scores, min(NEIGHBOURS, scores.shape[1] - 1), axis=1)[:, :NEIGHBOURS]


def _softmax(scores: Floats) -> Floats:
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _encoded(lines: Sequence[str]) -> NDArray[np.uint8]:
    """One text a line; undecodable bytes of intents are kept."""
    return np.frombuffer("\n".join(lines).encode("utf-8", "surrogatepass"), np.uint8)


def _decoded(data: bytes) -> tuple[str, ...]:
    return tuple(data.decode("utf-8", "surrogatepass").split("\n"))


def _split(text: str) -> set[str]:
    return set(_WORD.findall(text))


def mix(network: Mapping[str, Floats], recalled: Mapping[str, Floats], share: float) -> dict[str, Floats]:
    """The network's outputs with the neighbours' having a ``share`` 0..1 of the say."""
    return {name: (1 - share) * network[name] + share * said for name, said in recalled.items()}
