"""Which arm a user is in: the same for ever and everywhere, from the names alone.

Weighted rendezvous hashing. With H(k, s) the first 8 bytes, little-endian, of BLAKE2b of s under the key k, cut to
8 bytes of digest, and all of it modulo 2^64:

    key = SHA-256("goldenhour experiment " + experiment's name)
    x = H(key, user) XOR H(key, arm's name)
    u = (mix(x) >> 12) / 2^52 + 2^-53                                            uniform in (0, 1)
    score = -weight / ln(u)                                                      the arm with the highest score answers

``mix`` is the finaliser of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
-ln(u) / weight is exponential with rate ``weight``, and of independent exponentials the one with rate w comes first
with probability w / sum: so shares are exact. An arm's number does not depend on the weights or the other arms, so a
user moves only to an arm whose weight rose against that of the arm left. With two arms nobody moves who need not; with
more, at most 2 d / (1 + d) of the users move where d must (Moulton, Jiang 2018, arXiv 1809.04052).
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from goldenhour.experiment.definition import Arm, Experiment, ExperimentError

_PURPOSE = "goldenhour experiment "


def assign(experiment: Experiment, user: str) -> Arm:
    """The arm of a user, by the name under which the caller knows the person; raises ExperimentError."""
    return experiment.arms[int(assign_many(experiment, (user,))[0])]


def assign_many(experiment: Experiment, users: Iterable[str]) -> NDArray[np.intp]:
    """For each user the place of their arm in ``experiment.arms``; raises ExperimentError for a name that is none."""
    key, salts = _salts(experiment.name, tuple(arm.name for arm in experiment.arms))
    numbers = np.frombuffer(b"".join([_digest(key, _plain(user)) for user in users]), np.dtype("<u8"))
    weights = np.array([arm.weight for arm in experiment.arms])
    with np.errstate(over="ignore"):
        uniform = (_mix(numbers[:, None] ^ salts[None, :]) >> np.uint64(12)) * 2.0**-52 + 2.0**-53
    return np.argmax(-weights / np.log(uniform), axis=1)


@lru_cache(64)
def _salts(experiment: str, arms: Sequence[str]) -> tuple[bytes, NDArray[np.uint64]]:
    key = hashlib.sha256(f"{_PURPOSE}{experiment}".encode()).digest()
    return key, np.frombuffer(b"".join(_digest(key, arm.encode()) for arm in arms), np.dtype("<u8"))


def _digest(key: bytes, text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=8, key=key).digest()


def _plain(user: str) -> bytes:
    """A name as the event store reads it: without spaces around it, its letters composed."""
    name = user.strip()
    if not name:
        raise ExperimentError("a user's name is empty; name the user")
    try:
        return name.encode() if name.isascii() else unicodedata.normalize("NFC", name).encode()
    except UnicodeEncodeError:
        raise ExperimentError("a user's name is no text that can be written; name the user otherwise") from None


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
