"""Intents that are nothing but plain wishes and complaints: "a bit warmer", "too dark and too cold", "no contrast"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from goldenhour.students.wish_clauses import LARGEST, SIGNS, TARGETS, Wish, clamp, neutral, segments, split, wishes
from goldenhour.students.wish_words import UNKNOWN, Vocabulary, Word
from goldenhour.tools import Recipe
from goldenhour.tools.toolset import Number, Slot

IN_PLAIN = {"joiner", "fillers", "only", "degrees", "too", "no", *SIGNS, *TARGETS}


def plain(words: Sequence[Word], known: Vocabulary) -> list[Wish]:
    """The clauses of an intent that is nothing but plain wishes and complaints, with degrees or without; else none."""
    kinds = {word.kind for word in words}
    if kinds - IN_PLAIN or ("no" in kinds and any(word.kind == "fillers" and word.value for word in words)):
        return []  # "no contrast change" is no wish for none of it
    if outspoken(words):
        found = _outspoken(words, known)
    elif {"colour", "direction"} <= kinds and not kinds & {"degrees", *SIGNS}:
        return []  # "dark red" is a mood, "darker reds" cannot be told from it
    else:
        found = wishes(words, known) or []
    moved: dict[Slot, int] = {}
    clear: list[Wish] = []
    for wish in found:
        ways = {slot: way * (wish.sign or 1) for slot, way in wish.slots}
        if not ways or any(moved.get(slot, way) != way for slot, way in ways.items()):
            return []  # "highlights down, whites up"
        if not (outspoken(words) and ways.keys() <= moved.keys()):  # "too dark, brighter please"
            clear.append(wish)
        moved |= ways
    return clear


def outspoken(words: Sequence[Word]) -> bool:
    """Whether something is said to be too much, or not to be."""
    return any(word.kind in ("too", "no") for word in words)


def _outspoken(words: Sequence[Word], known: Vocabulary) -> list[Wish]:
    found: list[Wish] = []
    refused: list[Word] = []  # the "no" of the segment before
    for segment, joined in segments(words):
        kinds = {word.kind for word in segment}
        if refused and kinds <= {"name", "colour"}:
            if not _listed(words):
                return []  # "no saturation, contrast"
            segment = [*refused, *segment]  # "no saturation or contrast"
        elif found and joined and not kinds & {"too", "no", *SIGNS}:
            return []  # "too dark and cold" may complain of both
        refused = [word for word in segment if word.kind == "no"]
        clauses = _none_left(segment, known) if refused else _turned(segment, known)
        if not clauses:
            return []
        found += clauses
    return found


def _listed(words: Sequence[Word]) -> bool:
    """Whether nothing but "and" and "or" parts what is named."""
    last = max(place for place, word in enumerate(words) if word.kind in TARGETS)
    return all(word.end for word in words[:last] if word.kind == "joiner")


def _turned(segment: Sequence[Word], known: Vocabulary) -> list[Wish]:
    """The clauses of a segment, complaints as wishes for the opposite."""
    complaints = [word for word in segment if word.kind == "too"]
    said = [word for word in segment if word.kind != "too"]
    if not complaints:
        return split(said, known) or []
    less = not any(word.kind in ("direction", *SIGNS) for word in said)  # "too much contrast"
    clauses = split([Word("less"), *said] if less else said, known) or []
    if len(complaints) != len(clauses) or not all(word.value for word in complaints):
        return []
    return clauses if less else [replace(wish, sign=-(wish.sign or 1)) for wish in clauses]


def _none_left(segment: Sequence[Word], known: Vocabulary) -> list[Wish]:
    """ "No contrast": the slots that are named, each at its minimum, if that leaves nothing of what they are for."""
    named = [word for word in segment if word.kind != "no"]
    kinds = {word.kind for word in named}
    if "name" not in kinds or kinds - {"name", "colour"} or not all(word.end for word in segment if word.kind == "no"):
        return []
    slots = [slot for wish in split([Word("less"), *named], known) or () for slot, _ in wish.slots]
    if not all(known.none_left(slot) for slot in slots):
        return []
    return [Wish(((slot, 1),), sign=-1, amount=clamp(slot, -LARGEST) - neutral(slot)) for slot in slots]


def zeros_as_none(words: Sequence[Word], known: Vocabulary) -> list[Word]:
    """The words, with the zero of "zero contrast" as a "no"; "contrast zero" and "0 contrast" are numbers."""
    found: list[Word] = []
    target = False  # whether the zero would follow what it may be the number of
    for word, following in pairwise([*words, UNKNOWN]):
        zero = word.kind == "number words" and word.value == 0 and not target
        none = zero and following.kind == "name" and following.value.whole and known.none_left(following.value.whole)
        found.append(Word("no", False, end=True) if none else word)
        target = word.kind in TARGETS or (target and word.kind == "fillers")
    return found


def told(asked: Sequence[Wish], recipe: Recipe, known: Vocabulary) -> Recipe:
    """What wishes and complaints make of a network's recipe: itself where it hears them all, else what they say alone.

    A network hears the first of two complaints and takes the other, or one of another language, for a mood.
    """
    values = dict(zip(recipe.toolset.slots, recipe.values, strict=True))
    settings: dict[Slot, float | str | None] = {}
    heard = True
    for wish in asked:
        low, high = wish.degree or known.plain
        if wish.amount is not None:
            heard = False
            settings.update(wish.settings)
            continue
        for slot, sign in wish.slots:
            way = sign * (wish.sign or 1)
            if clamp(slot, neutral(slot) + way) == neutral(slot):
                continue  # no tool goes that way
            fits = low <= way * distance(slot, values[slot]) <= high
            heard = heard and fits
            settings[slot] = values[slot] if fits else rounded(slot, way * (low + high) / 2)
    return recipe if heard else Recipe.neutral(recipe.toolset).with_values(settings)


def corrected(wish: Wish, recipe: Recipe, known: Vocabulary, alone: bool) -> dict[Slot, float]:
    """A plain correction: its slots as far as it says, and if it stands alone the rest of the tool in proportion."""
    values = dict(zip(recipe.toolset.slots, recipe.values, strict=True))
    first, way = wish.slots[0][0], wish.slots[0][1] * (wish.sign or 1)
    gone = {slot: distance(slot, values[slot]) for slot in recipe.toolset.tool_slots[first.tool]}
    low, high = wish.degree or known.plain
    far = way * gone[first]
    if clamp(first, neutral(first) + way) == neutral(first):
        return {}  # no tool goes that way
    if low <= far <= high and len(wish.slots) == 1:
        return {}
    wanted = min(max(far, low), high) if far > 0 else (low + high) / 2
    most = max(map(abs, gone.values()))
    settings = {}
    if alone and most:
        factor = wanted / most if far > 0 else min(wanted / most, 1.0)  # what misses the wish is not made larger
        settings = {slot: rounded(slot, gap * factor) for slot, gap in gone.items() if gap}
    return settings | {slot: rounded(slot, sign * (wish.sign or 1) * wanted) for slot, sign in wish.slots}


def distance(slot: Slot, value: float | str | None) -> float:
    """How far a value is from neutral; 0 of what is no number."""
    return float(value) - neutral(slot) if isinstance(value, int | float) else 0.0


def rounded(slot: Slot, gap: float) -> float:
    """The value at a distance from neutral, to about a hundredth of the range."""
    decimals = slot.parameter.decimals - 2 if isinstance(slot.parameter, Number) else 0
    return clamp(slot, round(neutral(slot) + gap, decimals))
