"""Ids: of events, made by clients, so that an event sent twice is one event; of users, without their names.

Both are UUIDs of RFC 9562: version 7 (section 5.7) and version 8 (section 5.8).
"""

from __future__ import annotations

import hmac
import secrets
import time
import unicodedata
from uuid import UUID


def new_id(milliseconds: int | None = None, randomness: int | None = None) -> UUID:
    """A UUIDv7: 48 bits of Unix time in milliseconds (default: now), then 74 random bits (default: the system's).

    Ids of different milliseconds sort by time. Simulations give both, so that a seed gives the same ids again.
    """
    if milliseconds is None:
        milliseconds = time.time_ns() // 1_000_000
    if not 0 <= milliseconds < 2**48:
        raise ValueError(f"a UUIDv7 has 48 bits for the time, which {milliseconds} does not fit")
    if randomness is None:
        randomness = secrets.randbits(74)
    a, b = randomness >> 62 & 0xFFF, randomness & (2**62 - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | a << 64 | 0b10 << 62 | b)


def user_id(name: str, salt: bytes) -> UUID:
    """The id of a user in the store that has this salt: 122 bits of HMAC-SHA-256, so the store never has the name."""
    plain = unicodedata.normalize("NFC", name.strip())
    digest = int.from_bytes(hmac.digest(salt, plain.encode(), "sha256")[:16], "big")
    return UUID(int=digest & ~(0xF << 76) & ~(0b11 << 62) | 8 << 76 | 0b10 << 62)
