"""JSON as models write it: among prose, in fences, with small faults, or cut off before its end."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 100_000  # characters that are read; an answer has about 1,000
MAX_TRIES = 100  # opening braces that are tried
MAX_DEPTH = 20

SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
WORD = re.compile(r"""[^\s,:{}\[\]"']+""")
QUOTES = {'"': '"', "'": "'", "“": "”"}
CONSTANTS = {"null": None, "None": None, "true": True, "True": True, "false": False, "False": False}


@dataclass(frozen=True)
class Found:
    """An object that was found in a text."""

    data: dict[str, Any]
    cut: bool  # the text ended before it did; what was cut in half is left out
    repairs: tuple[str, ...]  # a sentence for whatever was not as JSON has it


def find_objects(text: str) -> list[Found]:
    """The outermost JSON objects in a text, in order; what is no object is passed over. Never raises."""
    text = text[:MAX_TEXT]
    found: list[Found] = []
    place = text.find("{")
    for _ in range(MAX_TRIES):
        if place < 0:
            break
        end = place + 1
        if read := _strictly(text, place) or _loosely(text, place):
            found.append(read[0])
            end = read[1]
        place = text.find("{", end)
    return found


def _strictly(text: str, place: int) -> tuple[Found, int] | None:
    repeated: list[str] = []

    def pairs(entries: list[tuple[str, Any]]) -> dict[str, Any]:
        data = dict(entries)
        if len(data) < len(entries):
            repeated.append("took the last of what stands there twice")
        return data

    try:
        data, end = json.JSONDecoder(object_pairs_hook=pairs).raw_decode(text, place)
    except (ValueError, RecursionError):
        return None
    return Found(data, False, tuple(repeated[:1])), end


def _loosely(text: str, place: int) -> tuple[Found, int] | None:
    reader = _Reader(text, place)
    try:
        data = reader.object(0)
    except ValueError:
        return None
    repair = "closed the JSON, which was cut off" if reader.cut else "read what is not quite JSON"
    return Found(data, reader.cut, (repair,)), reader.place


class _Reader:
    """A reader of JSON that also takes single quotes, bare words, comments, and commas too few or too many.

    At the end of the text it sets ``cut`` and returns what it has; what is not JSON at all raises ValueError.
    """

    def __init__(self, text: str, place: int):
        self.text = text
        self.place = place
        self.cut = False

    def peek(self) -> str:
        """The next character after space, comments aside; empty at the end, where ``cut`` is set."""
        space = SPACE.match(self.text, self.place)
        self.place = space.end() if space else self.place
        self.cut = self.cut or self.place >= len(self.text)
        return self.text[self.place : self.place + 1]

    def skip_commas(self) -> str:
        while self.peek() == ",":
            self.place += 1
        return self.peek()

    def object(self, depth: int) -> dict[str, Any]:
        self.place += 1
        data: dict[str, Any] = {}
        while (following := self.skip_commas()) and following != "}":
            key = self.scalar()
            if self.peek() not in ("", ":"):
                raise ValueError("a name without a value")
            self.place += 1
            if self.cut or not self.peek():
                return data
            value = self.value(depth)
            if value is not _HALF:
                data[str(key)] = value
            if self.cut:
                return data
        self.place += 1
        return data

    def array(self, depth: int) -> list[Any]:
        self.place += 1
        values: list[Any] = []
        while (following := self.skip_commas()) and following != "]":
            value = self.value(depth)
            if value is not _HALF:
                values.append(value)
            if self.cut:
                return values
        self.place += 1
        return values

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        opening = self.peek()
        if opening == "{":
            return self.object(depth + 1)
        return self.array(depth + 1) if opening == "[" else self.scalar()

    def scalar(self) -> Any:
        """A string, number or constant; ``_HALF`` where the text ends in its midst."""
        start = self.place
        if closing := QUOTES.get(self.text[start]):
            self.place = _end_of_string(self.text, start + 1, closing)
            if self.place > len(self.text):
                self.cut = True
                return _HALF
            return _unescaped(self.text[start + 1 : self.place - 1])
        word = WORD.match(self.text, start)
        if word is None:
            raise ValueError("neither a name nor a value")
        self.place = word.end()
        if self.place == len(self.text):
            self.cut = True
            return _HALF
        return _constant(word.group())


_HALF = object()


def _end_of_string(text: str, start: int, closing: str) -> int:
    """Where the string ends, its quote included; beyond the text if it does not."""
    place = start
    while place < len(text) and text[place] != closing:
        place += 2 if text[place] == "\\" else 1
    return place + 1 if place < len(text) else len(text) + 1


def _unescaped(inner: str) -> str:
    try:
        return str(json.loads(f'"{inner}"', strict=False))
    except ValueError:  # quotes of the other kind inside, or escapes that JSON does not know
        return inner


def _constant(word: str) -> Any:
    if word in CONSTANTS:
        return CONSTANTS[word]
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word
