"""What an intent may say about a person is masked before it is stored: e-mail addresses, phone numbers, URLs, @names.

Best effort on the forms that people type; a name in plain words stays. Numbers of photography stay too: dates, years,
apertures, "24/7", and rows of round numbers such as film speeds.
"""

from __future__ import annotations

import re
import unicodedata

# "@?": fediverse names, @jane@example.org
_EMAIL = re.compile(r"(?:mailto:)?@?[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.\w[\w-]*", re.IGNORECASE)

_HOST = r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+"
_ENDINGS = r"(?:com|net|org|edu|gov|info|biz|io|dev|app|xyz|shop|online|site)"
_URL = re.compile(
    r"\b[a-z][a-z0-9+.-]*://\S+"
    r"|\bwww\.\S+"
    rf"|\b{_HOST}{_ENDINGS}\b(?:[/:?#]\S*)?"
    rf"|\b{_HOST}[a-z]{{2}}/\S*",  # a country's ending only with a path: "brighter.in the middle" is no address
    re.IGNORECASE,
)

# not "@ golden hour", "@35mm", "@f/1.8", "@iso400"
_NAME = re.compile(r"@(?!(?:f/?|iso)\d)[^\W\d][\w.-]*(?<![.-])", re.IGNORECASE)

_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-./ ])\d{1,2}\1\d{1,2}|\d{1,2}([-./ ])\d{1,2}\2(?:19|20)\d\d)(?!\d)(?:[ T]\d\d:?\d\d)?"
)
# digits in groups, at most two separators between; a slash only after an area code
_DIGITS = re.compile(r"(?<![\w.])(?:\+ ?|\(\+?|0\d{1,4} ?/ ?)?\d(?:[ .()-]{0,2}\d){6,}(?!\w)")
_DECIMAL = re.compile(r"\d+\.\d+")
_ROUND = re.compile(r"(?:19|20)\d\d|\d{0,3}[05]")


def mask(text: str) -> str:
    """The text with <email>, <url>, <name> and <phone> in place of what they name; otherwise as it is.

    Text that shows what it hides only in its compatible form (full-width letters and the like) becomes that form.
    """
    compatible = unicodedata.normalize("NFKC", text)
    masked = _mask(compatible)
    return _mask(text) if masked == compatible else masked


def _mask(text: str) -> str:
    if "@" in text or "://" in text or "." in text:
        text = _EMAIL.sub("<email>", text)
        text = _URL.sub("<url>", text)
        text = _NAME.sub("<name>", text)
    if sum(map(str.isdecimal, text)) < 7:
        return text
    pieces = []
    end = 0
    for date in _DATE.finditer(text):
        pieces += [_DIGITS.sub(_phone, text[end : date.start()]), date[0]]
        end = date.end()
    return "".join(pieces) + _DIGITS.sub(_phone, text[end:])


def _phone(found: re.Match[str]) -> str:
    """The mask for a row of digits that is a phone number, or the row."""
    row = found[0]
    groups = re.findall(r"\d+", row)
    is_phone = sum(map(len, groups)) >= (8 if row[0] in "+(0" else 9)  # with or without an area code
    camera = all(map(_ROUND.fullmatch, groups)) and not re.search(r"[()-]", row)
    decimals = sum(bool(_DECIMAL.fullmatch(word)) for word in row.split()) > 1
    return "<phone>" if is_phone and not camera and not decimals else row
