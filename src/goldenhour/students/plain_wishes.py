"""Intents that are nothing but plain wishes and complaints, such as "a bit warmer" or "too dark and too cold"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from goldenhour.students.wish_clauses import SIGNS, TARGETS, Wish, clamp, neutral, segments, split, wishes
from goldenhour.students.wish_words import Vocabulary, Word
from goldenhour.tools import Recipe
from goldenhour.tools.toolset import Number, Slot

IN_PLAIN = {"joiner", "fillers", "only", "degrees", "too", *SIGNS, *TARGETS}


def plain(words: Sequence[Word], known: Vocabulary) -> list[Wish]:
    """The clauses of an intent that is nothing but directions and complaints, with degrees or without; else none."""
    kinds = {word.kind for word in words}
    if kinds - IN_PLAIN:
        return []
    if complains(words):
        found = _complaints(words, known)
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
        if not (complains(words) and ways.keys() <= moved.keys()):  # "too dark, brighter please"
            clear.append(wish)
        moved |= ways
    return clear


def complains(words: Sequence[Word]) -> bool:
    """Whether anything is said to be too much."""
    return any(word.kind == "too" for word in words)


def _complaints(words: Sequence[Word], known: Vocabulary) -> list[Wish]:
    found: list[Wish] = []
    for segment, joined in segments(words):
        kinds = {word.kind for word in segment}
        complaints = [word for word in segment if word.kind == "too"]
        if found and joined and not complaints and not kinds & {*SIGNS}:
            return []  # "too dark and cold" may complain of both
        said = [word for word in segment if word.kind != "too"]
        less = bool(complaints) and not kinds & {"direction", *SIGNS}  # "too much contrast"
        clauses = split([Word("less"), *said] if less else said, known) or []
        if not clauses or len(complaints) not in (0, len(clauses)) or not all(word.value for word in complaints):
            return []
        turn = -1 if complaints and not less else 1
        found += [replace(wish, sign=turn * (wish.sign or 1)) for wish in clauses]
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
