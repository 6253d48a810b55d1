"""What an intent says in so many words is obeyed, whatever a network thinks: numbers, degrees, "no", "don't touch".

An encoder reads moods well and numbers badly. The vocabulary is `wishes.yaml`; nothing is learned here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from goldenhour.students.plain_wishes import corrected, distance, outspoken, plain, told, zeros_as_none
from goldenhour.students.wish_clauses import (
    LARGEST,
    NUMBERS,
    SIGNS,
    TARGETS,
    Wish,
    clamp,
    found_in,
    neutral,
    segments,
    split,
    wishes,
)
from goldenhour.students.wish_shoulds import missed, nothing_else
from goldenhour.students.wish_words import JOINER, Look, Vocabulary, Word, vocabulary
from goldenhour.tools import Recipe, Toolset, default_toolset
from goldenhour.tools.intent import MAX_CHARACTERS, normalise
from goldenhour.tools.toolset import Choice, Number, Slot

MILD = 10  # how far "not too warm" may still go, in the toolset's units; the teacher's answers to such intents
LEFT_ALONE = ("name", "colour", "set")  # kinds of words for what can be left alone
SILENT = ("fillers", "only")
UNSAID = 50  # the share of a look that is named without a number, where the recipe has none

Bounds = Iterable[tuple[Slot, int, float]]  # a slot, a direction (1 or -1), and how far it may go that way from neutral


def explicit(intent: str, toolset: Toolset | None = None) -> Recipe | None:
    """The recipe of an intent that is a request in numbers and nothing else: "lower highlights by 25", "sepia 80".

    Every word must be accounted for: a parameter, a colour or a look with its number, words for up and down, joiners
    and politeness. Else None, and for requests without a number too.
    """
    if len(intent) > MAX_CHARACTERS:
        return None
    return _read(intent, toolset or default_toolset())[1]


@lru_cache(maxsize=1 << 10)  # an intent is asked for its numbers before a network answers, and obeyed after
def _read(intent: str, toolset: Toolset) -> tuple[tuple[Word, ...], Recipe | None]:
    """The words of an intent, and the recipe if they are a request in numbers and nothing else."""
    known = vocabulary(toolset)
    words = tuple(zeros_as_none(known.read(intent), known))
    if not any(word.kind in NUMBERS for word in words):
        return words, None
    asked = wishes(_wanted(words), known)
    if not asked or any(wish.amount is None for wish in asked) or _spared(words, known):
        return words, None
    return words, _changed(Recipe.neutral(toolset), _settings(asked), _looks(asked))


def obey(intent: str, recipe: Recipe) -> Recipe:
    """The recipe, changed where the intent says something in so many words; the same object where it does not.

    Numbers are put in to the number; what must not be touched is neutral; "no filter" removes it; "not warm" lets
    nothing go warmer; a plain correction ("slightly warmer") goes its way, and as far as its degree says; what no tonal
    tool can do ("crop it") changes nothing.
    """
    words, said = _read(intent[:MAX_CHARACTERS], recipe.toolset)
    if only_beyond(words):
        return Recipe.neutral(recipe.toolset)
    if all(word.kind in ("unknown", "joiner", *SILENT) for word in words):
        return recipe
    known = vocabulary(recipe.toolset)
    obeyed = said or _obeyed(words, recipe, known)
    text = normalise(intent[:MAX_CHARACTERS])
    if hues := missed(text, obeyed, known):
        whole = nothing_else(text, known)
        obeyed = Recipe.neutral(recipe.toolset) if whole else obeyed
        for wish in hues:
            if whole or all(slot.tool == known.colour_tool for slot, _ in wish.slots):  # no cast against a look
                obeyed = _changed(obeyed, corrected(wish, obeyed, known, alone=False), {})
    return recipe if obeyed == recipe else obeyed


def beyond(intent: str, toolset: Toolset | None = None) -> bool:
    """Whether an intent asks for what tonal tools cannot do ("crop it"), and for nothing that they can."""
    return only_beyond(_read(intent[:MAX_CHARACTERS], toolset or default_toolset())[0])


def plainly(intent: str, toolset: Toolset | None = None) -> bool:
    """Whether an intent is a correction in so many words, and nothing else: "a bit warmer", "darker shadows"."""
    toolset = toolset or default_toolset()
    known = vocabulary(toolset)
    return bool(plain(_wanted(_read(intent[:MAX_CHARACTERS], toolset)[0]), known))


def only_beyond(words: Sequence[Word]) -> bool:
    """Whether words, as a vocabulary reads them, ask for what tonal tools cannot do, and for nothing that they can."""
    kinds = {word.kind for word in words}
    return "beyond" in kinds and not kinds & {*TARGETS, *SIGNS, "tools", "without", "set"}


def _obeyed(words: Sequence[Word], recipe: Recipe, known: Vocabulary) -> Recipe:
    numbers, alone = found_in(words, known)
    removed = _removed(words, recipe)
    if alone:  # "temperature -15 for winter"
        return _changed(Recipe.neutral(recipe.toolset), _settings(numbers), _looks(numbers), removed)
    wanted = _wanted(words)
    asked = plain(wanted, known)
    settings: dict[Slot, float] = {}
    if asked and outspoken(wanted):
        recipe = told(asked, recipe, known)
    elif asked:
        for wish in asked:
            settings |= corrected(wish, recipe, known, alone=len(asked) == 1)
    else:
        settings |= _bounded(recipe, _bounds(words, known))
    settings |= _settings(numbers) | {slot: neutral(slot) for slot in _untouched(words, known)}
    settings |= _shares(words, recipe)
    looks = _looks(numbers) | _named(words, known)
    if colours := _spared(words, known):
        said = _said_outright(words)
        grey = _colourless(colours, recipe, known)
        settings |= {slot: value for slot, value in grey.items() if slot not in said} | _settings(numbers)
        named = [word.value for word in words if word.kind == "look"]
        looks = {look: amount for look, amount in looks.items() if not known.is_colourless(look)}
        used = {look for look in named if look.option in recipe.values and not known.is_colourless(look)}
        removed |= {look.choice.tool for look in named} - {look.choice.tool for look in {*looks, *used}}
    return _changed(recipe, settings, looks, removed)


# --- what is asked for


def _settings(asked: Sequence[Wish]) -> dict[Slot, float]:
    return {slot: value for wish in asked for slot, value in wish.settings.items()}


def _looks(asked: Sequence[Wish]) -> dict[Look, float | None]:
    return {wish.look: wish.amount for wish in asked if wish.look}


def _named(words: Sequence[Word], known: Vocabulary) -> dict[Look, float | None]:
    """The look of "the noir filter", where a clause says nothing else."""
    clauses = (split(segment, known) or () for segment, _ in segments(words))
    return {wish.look: None for found in clauses for wish in found if wish.look and wish.amount is None}


# --- what is asked not to be


def _bounds(words: Sequence[Word], known: Vocabulary) -> Iterator[tuple[Slot, int, float]]:
    """What may not go on: "not warm", "not too warm" (a little), "less contrast" within a longer text."""
    for segment, _ in segments(words):
        for place, word in enumerate(segment):
            if word.kind == "no":
                yield from forbidden(segment, place, known)
        for wish in split(segment, known) or ():
            if wish.amount is None and any(word.kind in SIGNS for word in segment):
                for slot, sign in wish.slots:
                    yield slot, -sign * (wish.sign or 1), 0.0


def _near(segment: Sequence[Word], place: int) -> Sequence[Word]:
    """The words that a "no" or "leave" is about, nearest first: those behind it, or those before it."""
    before, behind = segment[:place][::-1], segment[place + 1 :]
    return before if segment[place].value or not behind else behind


def forbidden(segment: Sequence[Word], place: int, known: Vocabulary) -> Iterator[tuple[Slot, int, float]]:
    """What the "no" at a place forbids: what follows it, or where nothing follows, what stands before."""
    near = _near(segment, place)
    mild = bool(near) and near[0].kind in ("too", "degrees")
    turn = -1 if any(word.kind == "less" for word in near[:2]) else 1
    rest = [word for word in near if word.kind not in ("too", "degrees", "more", "less")]
    if not rest or (len(rest) > 1 and rest[1].kind in ("tools", "enough")):
        return  # "no warm filter" is about the filter, "not warm enough" wants more
    first, second = rest[0], rest[1] if len(rest) > 1 else rest[0]
    if first.kind == "colour":
        slot = known.part(first.value, known.colour_means)
        yield from [(slot, turn, 0.0)] if slot else []
    elif first.kind == "direction" and first.value.part and second.kind == "name":
        slot = second.value.whole  # "no dark shadows"
        yield from [(slot, first.value.sign * turn, 0.0)] if slot else []
    elif first.kind in ("direction", "name") and first.value.whole:
        yield first.value.whole, first.value.sign * turn, MILD if mild else 0.0


def _bounded(recipe: Recipe, bounds: Bounds) -> dict[Slot, float]:
    values = dict(zip(recipe.toolset.slots, recipe.values, strict=True))
    return {
        slot: clamp(slot, neutral(slot) + way * limit)
        for slot, way, limit in bounds
        if way * distance(slot, values[slot]) > limit
    }


def _untouched(words: Sequence[Word], known: Vocabulary) -> Iterator[Slot]:
    """The slots that are to stay as they are: "don't touch the colours", "keep the contrast"."""
    left = False  # whether the segment before said so: "don't touch the highlights or shadows"
    for segment, _ in segments(words, silent=("fillers",)):
        if left and all(word.kind in LEFT_ALONE for word in segment):
            yield from _meant(segment, known)
            continue
        left = False
        for place, word in enumerate(segment):
            near = _near(segment, place)
            meant = _leading(near)
            if word.kind == "leave":
                left = bool(meant)
                yield from _meant(meant, known)
            elif word.kind == "keep" and len(meant) == len(near):  # not "keep the shadows deep"
                yield from _meant([kept for kept in meant if kept.kind != "colour"], known)


def _leading(words: Sequence[Word]) -> list[Word]:
    """What the words begin with that can be left alone."""
    found = []
    for word in words:
        if word.kind not in LEFT_ALONE:
            break
        found.append(word)
    return found


def _meant(words: Sequence[Word], known: Vocabulary) -> Iterator[Slot]:
    for word in words:
        if word.kind == "set":
            yield from word.value
        elif word.kind == "name" and word.value.whole:
            yield word.value.whole
        elif word.kind == "colour":
            slots = known.toolset.tool_slots[known.colour_tool]
            yield from (slot for slot in slots if slot.keys[0] == word.value)


# --- tools and looks


def _wanted(words: Sequence[Word]) -> list[Word]:
    """The words without those that only refuse: "no filter", "don't touch the colours", "keep the contrast"."""
    rest: list[Word] = []
    place = 0
    while place < len(words):
        if length := _refused_tool(words, place) or _left_alone(words, place):
            place += length
            rest.append(JOINER)
            continue
        if words[place].kind == "leave":  # it stands after what it is about
            while rest and rest[-1].kind in (*LEFT_ALONE, "fillers"):
                rest.pop()
        if words[place].kind not in ("leave", "without"):
            rest.append(words[place])
        place += 1
    return rest


def _refused_tool(words: Sequence[Word], place: int) -> int:
    """How many words say "no filter" there; 0 if they do not."""
    end = place + 1
    while end < len(words) and words[end].kind in SILENT:
        end += 1
    pair = [words[place], words[end]] if end < len(words) else []
    ahead = [word.kind for word in pair] == ["no", "tools"] and not pair[0].value
    behind = [word.kind for word in pair] == ["tools", "no"] and pair[1].value
    return end + 1 - place if ahead or behind else 0


def _left_alone(words: Sequence[Word], place: int) -> int:
    """How many words say "don't touch the colours" there; 0 if they do not, or as in "keep the shadows deep"."""
    if words[place].kind not in ("leave", "keep") or words[place].value:
        return 0
    end = place + 1
    while end < len(words) and words[end].kind in (*LEFT_ALONE, "fillers"):
        end += 1
    complete = end == len(words) or words[end].kind == "joiner" or words[place].kind == "leave"
    return end - place if complete else 0


def _removed(words: Sequence[Word], recipe: Recipe) -> set[str]:
    """The tools that are not to be used: "no filter", "without any warm filter", "no vignette or filter"."""
    removed = {word.value for word in words if word.kind == "without"}
    negated = False  # whether the segment before was a "no" with something short
    for segment, _ in segments(words):
        kinds = [word.kind for word in segment]
        if negated and kinds == ["tools"]:
            removed.add(segment[0].value)
        places = [place for place, kind in enumerate(kinds) if kind == "no"]
        negated = bool(places) and places[-1] + 3 >= len(kinds)  # "no vignette or filter"
        for place in places:
            removed.update(_refused(_near(segment, place), recipe))
    return removed


def _refused(near: Sequence[Word], recipe: Recipe) -> Iterator[str]:
    """The tool that is named first, at most after words for its kind; or that of a look which the recipe uses."""
    for word in near:
        if word.kind == "tools":
            yield word.value
        if word.kind == "look" and word.value.option in recipe.values:
            yield word.value.choice.tool
        if word.kind not in ("too", "more", "direction", "look", "colour", "degrees"):
            return


def _spared(words: Sequence[Word], known: Vocabulary) -> set[str]:
    """The colours of "black and white but keep the red", also of "the red dress", which a network takes for its own."""
    if not any(word.kind == "look" and known.is_colourless(word.value) for word in words):
        return set()
    spared: set[str] = set()
    keeping = False  # whether the segment before does: "keep the blue eyes and the red lips"
    for segment, _ in segments(words):
        kinds = [word.kind for word in segment]
        turned = "leave" in kinds or "no" in kinds or Word("unknown", True) in segment  # "keep the red out"
        kept = segment[kinds.index("keep") + 1 :] if "keep" in kinds else segment if keeping else []
        keeping = bool(kept) and not turned and {word.kind for word in kept} <= {"colour", "unknown", "set"}
        spared |= {word.value for word in kept if keeping and word.kind == "colour"}
    return spared


def _said_outright(words: Sequence[Word]) -> set[Slot]:
    """The slots of "warm" in "black and white, keep the red, warm", but not of "keep the warm light" or "not warm"."""
    return {
        word.value.whole
        for segment, _ in segments(words)
        if not any(word.kind in ("no", "too", "keep", "leave") for word in segment)
        for word in segment
        if word.kind in ("direction", "name") and word.value.whole and not word.value.by_colour
    }


def _colourless(but: Collection[str], recipe: Recipe, known: Vocabulary) -> dict[Slot, float]:
    """No colour but those, which are at least what they were."""
    values = dict(zip(recipe.toolset.slots, recipe.values, strict=True))
    settings = {slot: neutral(slot) for slot in known.colourless_but}
    for slot in recipe.toolset.tool_slots[known.colour_tool]:
        if slot.keys[-1] == known.colour_means:
            own = neutral(slot) + max(distance(slot, values[slot]), 0.0)
            settings[slot] = own if slot.keys[0] in but else clamp(slot, -LARGEST)
    return settings


def _shares(words: Sequence[Word], recipe: Recipe) -> dict[Slot, float]:
    """The number of "filter 30", where no look is named."""
    found: dict[Slot, float] = {}
    for segment, _ in segments(words):
        for word, following in pairwise(segment):
            if word.kind == "tools" and following.kind == "number" and recipe.uses(word.value):
                numbers = [slot for slot in recipe.toolset.tool_slots[word.value] if isinstance(slot.parameter, Number)]
                if len(numbers) == 1 and clamp(numbers[0], following.value) == following.value:
                    found[numbers[0]] = following.value
    return found


def _changed(
    recipe: Recipe, settings: Mapping[Slot, float], looks: Mapping[Look, float | None], removed: Collection[str] = ()
) -> Recipe:
    """The recipe with those values and looks and without those tools."""
    if not (settings or looks or removed):
        return recipe
    vector = recipe.to_vector()
    for slot, value in settings.items():
        vector[slot.start] = value
    for look, amount in looks.items():
        options = list(look.choice.parameter.options) if isinstance(look.choice.parameter, Choice) else []
        vector[look.choice.start : look.choice.start + look.choice.width] = 0
        vector[look.choice.start + options.index(look.option)] = 1
        if amount is not None or vector[look.amount.start] == look.amount.parameter.neutral:
            vector[look.amount.start] = UNSAID if amount is None else amount
    for slot in recipe.toolset.slots:
        if slot.tool in removed:
            vector[slot.start : slot.start + slot.width] = neutral(slot)
    return Recipe.from_vector(vector, recipe.toolset)
