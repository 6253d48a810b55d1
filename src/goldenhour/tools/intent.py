"""Intents: what users type, its normalised form, and the split that it belongs to for ever."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Literal

from goldenhour.tools.errors import UserError

MAX_CHARACTERS = 500
TEST_SHARE, DEV_SHARE = 0.12, 0.06

Split = Literal["train", "dev", "test"]


class IntentError(UserError):
    """Text that cannot be an intent; one sentence with the remedy."""


def check_intent(text: str) -> str:
    """The text as typed, trimmed, or IntentError if it is empty, too long or has control characters."""
    if not isinstance(text, str):
        raise IntentError(f"an intent is text, not a {type(text).__name__}")
    trimmed = text.strip()
    if len(trimmed) > MAX_CHARACTERS:
        raise IntentError(f"the intent has {len(trimmed):,} characters; say it in at most {MAX_CHARACTERS}")
    for character in trimmed:
        # Cc are control characters, Cs lone surrogates (undecodable bytes from a terminal); line breaks are spaces here
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r":
            raise IntentError(f"the intent has the control character U+{ord(character):04X}; type it in plain text")
    if not normalise(trimmed):
        raise IntentError('the intent is empty; say how the picture should look, for example "golden hour"')
    return trimmed


def normalise(intent: str) -> str:
    """The form by which intents are compared: NFKC, case-folded, single spaces, no punctuation at the ends.

    Text of nothing but punctuation keeps it.
    """
    text = intent
    for _ in range(2):  # case-folding can leave what NFKC composes (Unicode 5.18, "Caseless Matching")
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = " ".join(text.split())
    start, end = 0, len(text)
    while start < end and not _counts(text[start]):
        start += 1
    while end > start and not _counts(text[end - 1]):
        end -= 1
    return text[start:end] or text


def _counts(character: str) -> bool:
    """Whether a character at an end says something: letters, digits, marks and symbols (emoji) do."""
    return unicodedata.category(character)[0] in "LNMS"


def split_of(intent: str) -> Split:
    """The split of an intent, from the SHA-256 of its normalised form: 12 % test, 6 % dev, the rest train."""
    digest = hashlib.sha256(normalise(intent).encode("utf-8", "surrogatepass")).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    if share < TEST_SHARE:
        return "test"
    return "dev" if share < TEST_SHARE + DEV_SHARE else "train"
