"""The domain of an intent: what it is about, guessed from its words and parts of words by a small model.

Multinomial logistic regression on hashed features, learnt from the recorded answers by `training/domains.py`. It is
right for half of the intents that it never saw (docs/experiments.md): enough to see where traffic differs, no more.
"""

from __future__ import annotations

import io
import re
import zlib
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from goldenhour.tools.intent import normalise

FILE = "domains.npz"
DOMAINS = ("place", "light", "film", "mood", "correction", "colour")  # of the recorded ones those that say what about
FEATURES = 1 << 15
SHORTEST, LONGEST = 3, 5  # letters of the parts of words, their edges counted
MOST_CHARACTERS = 200  # what follows is not read
MOST_WORDS = 6  # from here on a text is long
_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")


class Weights(NamedTuple):
    """``weights`` (FEATURES, domains) int8, of which 1 is ``scale`` (domains,) float32; ``bias`` (domains,) float32."""

    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]


def domain_of(intent: str) -> str:
    """The likeliest of DOMAINS; never raises, whatever the text."""
    model = _weights()
    rows = features(intent)
    said = model.weights[rows].sum(axis=0, dtype=np.int32) * model.scale / np.sqrt(len(rows))
    return DOMAINS[int(np.argmax(said + model.bias))]


def features(intent: str) -> NDArray[np.int64]:
    """The features of an intent as rows of the weights, sorted: its words, their parts, and how many they are."""
    text = normalise(intent[:MOST_CHARACTERS])
    words = ["0" if word.isdigit() else word for word in _WORD.findall(text)]  # which number it is says nothing
    found = {f"#{min(len(words), MOST_WORDS)}", *(f"={word}" for word in words)}
    for word in {f" {word} " for word in words}:
        for length in range(SHORTEST, LONGEST + 1):
            found.update(word[start : start + length] for start in range(len(word) - length + 1))
    hashes = {zlib.crc32(feature.encode("utf-8", "surrogatepass")) % FEATURES for feature in found}
    return np.array(sorted(hashes), dtype=np.int64)


@cache
def _weights() -> Weights:
    """Read once, without pickles."""
    data = (resources.files("goldenhour.experiment") / FILE).read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return Weights(arrays["weights"], arrays["scale"], arrays["bias"])
