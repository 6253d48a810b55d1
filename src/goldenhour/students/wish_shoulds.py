"""What "should be" asks for: "the sky should be pink" is the wish for a pink sky, and no complaint that it is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from goldenhour.students.wish_clauses import SIGNS, Wish, neutral, segments, split
from goldenhour.students.wish_words import Vocabulary, Word, shoulds
from goldenhour.tools import Recipe

IN_QUALITIES = {"colour", "direction", "degrees", *SIGNS}


def outright(text: str) -> str:
    """A normalised text, with what should be as an outright wish: "make the sky pink"."""
    for pattern, lead in _said_in(text):
        text = pattern.sub(rf"\g<gap>{lead}\g<subject>\g<quality>", text)
    return text


def missed(text: str, recipe: Recipe, known: Vocabulary) -> list[Wish]:
    """The hues that should be, by a normalised text, where the recipe goes none of their way.

    What is brighter or more saturated may be so in a colour alone ("the sky should be darker"), and is never missed.
    """
    found = [wish for pattern, _ in _said_in(text) for match in pattern.finditer(text) for wish in _hues(match, known)]
    return [wish for wish in found if not any(_goes(recipe, wish))]


def nothing_else(text: str, known: Vocabulary) -> bool:
    """Whether a normalised text says what hue one thing should be, and nothing else: no look, no other clause."""
    return any(
        match[0].strip() == text.strip(" .!?") and _is_thing(match, known) and _is_quality(match, known)
        for pattern, _ in _said_in(text)
        for match in pattern.finditer(text)
    )


def _is_thing(match: re.Match[str], known: Vocabulary) -> bool:
    """Whether the subject is at most a word beside its article: "golden hour but the sky" may be a look."""
    kinds = [word.kind for word in known.read(match["subject"]) if word.kind != "fillers"]
    return kinds in ([], ["unknown"])


def _is_quality(match: re.Match[str], known: Vocabulary) -> bool:
    return all(word.kind in (*IN_QUALITIES, "joiner", "fillers") for word in known.read(match["quality"]))


def _goes(recipe: Recipe, wish: Wish) -> Iterator[bool]:
    values = dict(zip(recipe.toolset.slots, recipe.values, strict=True))
    for slot, way in wish.slots:
        yield way * (wish.sign or 1) * (float(values[slot] or 0) - neutral(slot)) > 0


def _hues(match: re.Match[str], known: Vocabulary) -> Iterator[Wish]:
    for segment, _ in segments(known.read(match["quality"])):
        kinds = {word.kind for word in segment}
        partly = any(word.kind == "direction" and word.value.part for word in segment)
        if not kinds <= IN_QUALITIES or partly:
            return
        bare = "colour" in kinds and not kinds & {"direction", *SIGNS}
        yield from split([Word("more"), *segment] if bare else segment, known) or ()


def _said_in(text: str) -> Iterator[tuple[re.Pattern[str], str]]:
    """The ways to say what should be that a text may use, each with how an outright wish begins."""
    return ((pattern, lead) for begin, pattern, lead in _patterns() if begin in text)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], str]]:
    found = []
    for phrase, lead in shoulds():
        before, _, after = (part.strip() for part in phrase.partition("X"))
        quality, behind = (r"[^,.;!?]+?", rf"\s+{after}\b") if after else (r"[^,.;!?]+", "")
        # from the beginning of a clause only: from each of its words it would take the square of the time
        pattern = rf"(?<![^,.;!?])(?P<gap>\s*)(?P<subject>\b[^,.;!?]*?)\b{before}\s+(?P<quality>{quality}){behind}"
        found.append((before, re.compile(pattern), lead))
    return found
