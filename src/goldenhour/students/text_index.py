"""Similarity of short texts: cosine of TF-IDF weights over whole words and the letter trigrams within them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


def _terms(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """(text number, term code) of every occurrence of every term in normalised texts."""
    joined = "".join(f" {text}\n" for text in texts).replace("\n", " \n")
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    line = np.cumsum(letters == ord("\n")) - (letters == ord("\n"))
    middle = np.flatnonzero((letters[1:-1] != ord(" ")) & (letters[1:-1] != ord("\n"))) + 1
    trigrams = letters[middle - 1] << np.uint64(42) | letters[middle] << np.uint64(21) | letters[middle + 1]
    words = [(number, word) for number, text in enumerate(texts) for word in text.split()]
    codes = np.array([_word_code(word) for _, word in words], dtype=np.uint64)
    numbers = np.array([number for number, _ in words], dtype=np.int64)
    return np.concatenate([line[middle], numbers]), np.concatenate([trigrams, codes])


@lru_cache(maxsize=1 << 16)
def _word_code(word: str) -> int:
    """FNV-1a (Fowler, Noll, Vo 1991), 63 bits and the word mark; Python's own hash differs from run to run."""
    code = 0xCBF29CE484222325
    for letter in word:
        code = (code ^ ord(letter)) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return code | 1 << 63


@lru_cache(maxsize=4)  # several indexes are asked about the same texts
def _counted(texts: tuple[str, ...]) -> tuple[NDArray[np.intp], NDArray[np.uint64], NDArray[np.int64]]:
    """(text number, term code, how often it occurs there) of every term of every text, by text."""
    numbers, codes = _terms(texts)
    vocabulary, ids = np.unique(codes, return_inverse=True)
    pairs, counts = np.unique(numbers * max(len(vocabulary), 1) + ids, return_counts=True)
    numbers, ids = np.divmod(pairs, max(len(vocabulary), 1))
    return numbers, vocabulary[ids], counts


class TextIndex:
    """The texts of a collection, for asking how similar each of them is to another text."""

    def __init__(self, texts: Sequence[str]):
        """Index normalised texts; their order is that of the similarities."""
        self.size = len(texts)
        numbers, codes = _terms(texts)
        self._vocabulary, ids = np.unique(codes, return_inverse=True)
        # one entry for each term of each text, sorted by term: posting lists
        pairs, counts = np.unique(ids.astype(np.int64) * max(self.size, 1) + numbers, return_counts=True)
        ids, texts_of = np.divmod(pairs, max(self.size, 1))
        in_texts = np.bincount(ids, minlength=len(self._vocabulary))
        self._starts = np.concatenate([[0], np.cumsum(in_texts)])
        self._idf = np.log((1 + self.size) / (1 + in_texts)) + 1
        weights = (1 + np.log(counts)) * self._idf[ids]
        norms = np.sqrt(np.bincount(texts_of, weights**2, minlength=self.size))
        self._texts, self._weights = texts_of, weights / norms[texts_of]

    def similarity(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Cosine similarity 0..1 of normalised texts to every text of the index, shape (len(texts), size)."""
        numbers, codes, counts = _counted(tuple(texts))
        if not len(codes) or not len(self._vocabulary):
            return np.zeros((len(texts), self.size))
        places = np.minimum(np.searchsorted(self._vocabulary, codes), len(self._vocabulary) - 1)
        known = self._vocabulary[places] == codes
        # a term seen nowhere counts in the length, so that a text of unknown words is similar to nothing
        weights = (1 + np.log(counts)) * np.where(known, self._idf[places], np.log(1 + self.size) + 1)
        weights /= np.sqrt(np.bincount(numbers, weights**2, len(texts)))[numbers]
        starts, lengths = self._starts[places[known]], np.diff(self._starts)[places[known]]
        # the entries of all posting lists that are asked for, one list behind the other
        first = np.cumsum(lengths) - lengths
        entries = np.arange(lengths.sum()) + np.repeat(starts - first, lengths)
        cells = np.repeat(numbers[known] * self.size, lengths) + self._texts[entries]
        parts = np.repeat(weights[known], lengths) * self._weights[entries]
        found = np.bincount(cells, parts, len(texts) * self.size).reshape(len(texts), self.size)
        return np.minimum(found, 1.0)  # rounding takes equal texts beyond
