"""What words mean beside a recipe that stands already: "a bit warmer", "same but colder", "undo the filter".

The vocabulary is `wishes.yaml`, where `follow-ups` has what only means something beside a recipe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from goldenhour.students.steps import Step, added, applied, back, kept
from goldenhour.students.student import Answer
from goldenhour.students.wish_clauses import NUMBERS, SIGNS, Wish, clause, neutral, segments, split, wishes
from goldenhour.students.wish_words import JOINER, Look, Vocabulary, Word, vocabulary
from goldenhour.students.wishes import UNSAID, beyond, forbidden, only_beyond
from goldenhour.tools import MAX_INTENSITY, Recipe
from goldenhour.tools.intent import MAX_CHARACTERS
from goldenhour.tools.toolset import Choice, Number, Slot

WHOLE = 50  # the degree, in the toolset's units, by which "more moody" goes the whole way to what the student answers

Change = Literal["new", "relative", "mixed", "undone"]

TARGETS = {"name", "direction", "colour", "look", "tools", "set"}
IN_WISHES = {"name", "direction", "colour", "degrees", "unit", *SIGNS, *NUMBERS}
IN_STRENGTHS = {"too", "enough", "no", "times", "tools", "degrees", "unit", *SIGNS, *NUMBERS}
TONAL = {"name", "direction", "colour", "set", "too", "mend", *SIGNS}  # words of corrections


@dataclass(frozen=True)
class FollowUp:
    """The recipe that follows another, and what kind of words led to it; the recipe is always valid.

    ``heard``: whether anything was understood in the words; if not, the recipe is the one that stood. ``beyond``:
    whether a part of them asks for what no tonal tool can do; the rest was followed.
    """

    recipe: Recipe
    change: Change
    heard: bool = field(default=True, compare=False)  # of the words, and no part of what became of the recipe
    beyond: bool = field(default=False, compare=False)


class Beside(NamedTuple):
    """What the words stand beside: a recipe, the vocabulary for it, and whether the words refer to it by "same"."""

    recipe: Recipe
    known: Vocabulary
    same: bool


class Part(NamedTuple):
    """What a segment of the words asks for, and what it wants left as it stands."""

    steps: tuple[Step, ...] = ()
    kept: tuple[Slot, ...] = ()
    undoes: bool = False


def follow_up(intent: str, current: Recipe, answer: Answer | Recipe) -> FollowUp:
    """What an intent makes of the recipe that stands, given a student's answer to the intent alone; never raises.

    Each segment of the words (between commas, "and", "but") is read by itself; fillers and politeness say nothing.

    1. *Relative* words change what they name, from where it stands, and nothing else: "a bit warmer" by the middle of
       its degree, "warmer by 10" and "+10 contrast" by 10; "too warm" and "not so warm" go back a step, "not warm" as
       far as neutral. "contrast 20", "contrast -10", "raise contrast to 20" and "filter 30" say where to end. "noir
       filter" changes the filter alone. "more", "too much", "half of it", "50 %" scale the distance of everything that
       is used from neutral, "less filter" that of one tool; nothing that is switched off is switched on by it.
    2. Words that *undo* set what they name to neutral: "remove the bloom", "no filter", "reset the saturation"; with no
       name, as "undo" or "start over", everything. Earlier recipes are the business of who keeps them. "No contrast"
       takes the contrast of the recipe back, where alone it wants an image with none.
    3. *Absolute* words, such as "morocco", which are not understood here, replace the recipe by the answer, together
       with all that is said beside them ("morocco but less saturated"); what is kept ("but keep the filter") is kept.
    4. *Mixed* words do both. "Same but colder" is the recipe as it stands, colder. Not understood words that compare
       ("more cinematic", "moodier"), that stand beside "same", or that are corrections ("remove the haze"; "brighter
       skin": tonal words, and an answer without a filter) add the answer to the recipe, in the share that their degree
       says; the filter stays if there is one.
    5. A recipe that changes nothing leaves nothing to follow: what is not undone or scaled is the answer. Words whose
       answer changes nothing ("asdfgh", "thanks") leave the recipe as it stands; nothing was ``heard`` in them.
    6. What no tonal tool can do ("crop it") changes nothing, and keeps nothing else from being followed: "crop it and
       warmer" is warmer.

    ``change`` is "relative" where words only change, "undone" where they only take back, "new" where nothing is left of
    the recipe that stood, and "mixed" for the rest of the mixed ones.
    """
    answered = answer.recipe if isinstance(answer, Answer) else answer
    known = vocabulary(current.toolset, beside=True)
    words = _ends(known.read(intent[:MAX_CHARACTERS]))
    if beyond(intent, current.toolset) and not any(word.kind in ("undo", "same", "start") for word in words):
        return FollowUp(current, "relative", heard=False, beyond=True)
    possible = _possible(words)
    found = _followed(possible, current, answered, known)
    return replace(found, beyond=len(possible) < len(words))


def _followed(words: Sequence[Word], current: Recipe, answered: Recipe, known: Vocabulary) -> FollowUp:
    """What words that tonal tools can follow make of the recipe."""
    same = any(word.kind == "same" for word in words)
    mend = any(word.kind == "mend" for word in words)
    read = [
        part for word in words if word.kind != "mend" for part in ([JOINER, word] if word.kind == "same" else [word])
    ]
    parts, rest = _parts(read, Beside(current, known, same))
    steps = [step for part in parts for step in part.steps]
    undoes = any(part.undoes for part in parts)
    relative = all(part.undoes or not part.steps for part in parts)
    if not rest and not (mend and not steps):
        if current.is_neutral and not same and any(step.how in ("add", "set") for step in steps):
            return FollowUp(answered, "new")
        change: Change = "mixed" if same and steps else "undone" if undoes and relative else "relative"
        return FollowUp(applied(current, steps), change, heard=bool(parts))
    share = _share(rest, known, same, mend, answered)
    if share and not current.is_neutral:
        recipe = applied(added(current, answered, share, {step.slot for step in steps}), steps)
        return FollowUp(recipe, "mixed", heard=bool(parts) or recipe != current)
    if answered.is_neutral and not steps:
        return FollowUp(current, "relative", heard=bool(parts))
    left = {slot for part in parts for slot in part.kept}
    refused = [step for part in parts if len(part.steps) < len(current.toolset.slots) for step in part.steps]
    recipe = kept(applied(answered, [step for step in refused if step.how == "back"]), current, left)
    return FollowUp(recipe, "mixed" if left else "new")


# --- what is asked for


def _possible(words: Sequence[Word]) -> list[Word]:
    """The words without the segments that ask for what no tonal tool can do alone."""
    found: list[Word] = []
    segment: list[Word] = []
    for word in (*words, JOINER):
        if word.kind != "joiner":
            segment.append(word)
            continue
        takes_back = any(each.kind in ("undo", "same", "start") for each in segment)
        found += segment if takes_back or not only_beyond(segment) else ()
        found.append(word)
        segment = []
    return found[:-1]


def _ends(words: Sequence[Word]) -> list[Word]:
    """The words, with numbers after "to" as where to end."""
    found: list[Word] = []
    ending = False
    for word in words:
        if word.kind == "to":
            ending = True
            continue
        found.append(word._replace(end=True) if ending and word.kind in NUMBERS else word)
        ending = False
    return found


def _parts(words: Sequence[Word], beside: Beside) -> tuple[list[Part], list[list[Word]]]:
    """What the segments ask for, and the segments that are not understood."""
    parts: list[Part] = []
    rest: list[list[Word]] = []
    cut = [segment for segment, _ in segments(words)]
    if all({word.kind for word in segment} <= {*IN_WISHES, "look"} for segment in cut):
        found = wishes(words, beside.known)  # across commas: "red and orange saturation -20"
        if found:
            return [Part(_steps(found, beside))], []
    before: list[Word] = []
    for segment in cut:
        part = _part(segment, beside) or _part(_carried(before, segment), beside)
        if part:
            parts.append(part)
        else:
            rest.append(segment)
        before = segment if part else []
    return parts, rest


def _carried(before: Sequence[Word], segment: Sequence[Word]) -> list[Word]:
    """A segment of names alone with what was said of the names before: "undo the filter and the bloom"."""
    if not before or any(word.kind not in TARGETS for word in segment):
        return []
    return [word for word in before if word.kind not in TARGETS] + list(segment)


def _part(segment: Sequence[Word], beside: Beside) -> Part | None:
    """What one segment asks for; None if it is not understood."""
    words = [word for word in segment if word.kind != "same"]
    if len(words) < len(segment) and {word.kind for word in words} <= {"name", "set", "tools"}:
        return Part(kept=tuple(_named(words, beside)))  # "same filter"
    readers = (_whole, _left, _scaled, _refused, _look, _wished)
    return next((part for reader in readers if (part := reader(words, beside))), None)


def _whole(segment: Sequence[Word], beside: Beside) -> Part | None:
    """ "Start over"."""
    kinds = {word.kind for word in segment}
    whole = "start" in kinds and kinds <= {"start", "undo"}
    return Part(back(beside.recipe.toolset.slots), undoes=True) if whole else None


def _left(segment: Sequence[Word], beside: Beside) -> Part | None:
    """ "Don't touch the shadows", "keep the filter"."""
    kinds = {word.kind for word in segment}
    left = kinds & {"keep", "leave"} and kinds <= {"keep", "leave", "name", "colour", "set", "tools"}
    return Part(kept=tuple(_named(segment, beside))) if left else None


def _wished(segment: Sequence[Word], beside: Beside) -> Part | None:
    """ "Warmer", "less contrast", "too dark", "warm enough"."""
    kinds = {word.kind for word in segment}
    if not kinds <= {*IN_WISHES, "too", "enough"}:
        return None
    plain = [word for word in segment if word.kind not in ("too", "enough")]
    if "enough" in kinds:
        return Part() if plain else None
    turned = "too" in kinds
    if turned and not kinds & {"direction", *SIGNS}:
        plain, turned = [Word("less"), *plain], False  # "too much contrast"
    found = split(plain, beside.known)
    if found is None or not all(wish.slots for wish in found):
        return None
    steps = _steps(found, beside)
    if turned:
        steps = tuple(step._replace(size=-step.size) for step in steps if isinstance(step.size, int | float))
    return Part(steps)


def _steps(found: Sequence[Wish], beside: Beside) -> tuple[Step, ...]:
    steps: list[Step] = []
    for wish in found:
        if wish.look:
            steps += _looked(wish.look, wish.amount, beside.recipe)
        for slot, way in wish.slots:
            if wish.amount is None:
                low, high = wish.degree or beside.known.plain
                steps.append(Step(slot, "add", way * (wish.sign or 1) * round((low + high) / 2)))
            elif wish.step:
                steps.append(Step(slot, "add", way * wish.amount))
            else:
                steps.append(Step(slot, "set", neutral(slot) + way * wish.amount))
    return tuple(steps)


def _look(segment: Sequence[Word], beside: Beside) -> Part | None:
    """ "The noir filter", "sepia 80", beside "same" also "noir"; of the look that is used, "less noir"."""
    looks = [word.value for word in segment if word.kind == "look"]
    others = [word for word in segment if word.kind != "look"]
    if len(looks) != 1:
        return None
    if others and looks[0].option in beside.recipe.values and all(word.kind in IN_STRENGTHS for word in others):
        tool = Word("tools", looks[0].choice.tool)
        return _scaled([word for word in others if word.kind != "tools"] + [tool], beside)
    if not others:
        return Part(tuple(_looked(looks[0], None, beside.recipe))) if beside.same else None
    wish = clause(segment, beside.known)
    return Part(tuple(_looked(looks[0], wish.amount, beside.recipe))) if wish and wish.look else None


def _looked(look: Look, amount: float | None, current: Recipe) -> Iterator[Step]:
    yield Step(look.choice, "set", look.option)
    if amount is not None or not current.uses(look.choice.tool):
        yield Step(look.amount, "set", UNSAID if amount is None else amount)


# --- how much of it


def _scaled(segment: Sequence[Word], beside: Beside) -> Part | None:
    """ "More", "too much", "half of it", "50 %", "filter 30": of everything, or of the tools that are named."""
    if not segment or not {word.kind for word in segment} <= IN_STRENGTHS:
        return None
    tools = [word.value for word in segment if word.kind == "tools"]
    numbers = [slot for slot in beside.recipe.toolset.slots if isinstance(slot.parameter, Number)]
    slots = [slot for slot in numbers if not tools or slot.tool in tools]
    sizes = [word for word in segment if word.kind == "number"]
    if len(sizes) == 1 and tools and not any(word.kind == "unit" for word in segment):  # "filter 30"
        if len(slots) != 1:
            return None
        way = _way(segment)
        moves = (way or sizes[0].signed) and not sizes[0].end
        step = Step(slots[0], "add" if moves else "set", (way or 1) * sizes[0].value)
        return Part((step,) if beside.recipe.uses(step.slot.tool) else ())
    factor = _factor(segment, beside.known)
    return None if factor is None else Part(tuple(Step(slot, "times", factor) for slot in slots))


def _way(segment: Sequence[Word]) -> int | None:
    """Whether a segment without names says more (1), less (-1) or neither."""
    kinds = [word.kind for word in segment]
    turned = -1 if "no" in kinds else 1
    if "too" in kinds:
        return -1  # "not too much" is said of what is too much, too
    if "enough" in kinds:
        return 1 if turned < 0 else None
    return next((SIGNS[kind] * turned for kind in kinds if kind in SIGNS), None)


def _factor(segment: Sequence[Word], known: Vocabulary) -> float | None:
    """What the distances from neutral are multiplied by; "more" and "less" of a degree undo each other."""
    kinds = [word.kind for word in segment]
    way = _way(segment)
    sizes = [float(word.value) for word in segment if word.kind in (*NUMBERS, "times")]
    if len(sizes) > 1 or (kinds.count("no") and way is None):
        return 1.0 if kinds.count("enough") else None
    if sizes:
        if "times" in kinds or ("number words" in kinds and 0 < sizes[0] < 1):
            return sizes[0]
        if not 0 <= sizes[0] <= MAX_INTENSITY or any(word.value[0] for word in segment if word.kind == "unit"):
            return None
        return sizes[0] / 100 if way is None else max(0.0, 1 + way * sizes[0] / 100)
    if way is None:
        return 1.0 if "enough" in kinds else None
    share = 1 + _degree(segment, known) / WHOLE
    return share if way > 0 else 1 / share


def _degree(segment: Sequence[Word], known: Vocabulary) -> float:
    """The middle of the degree that a segment names, in the toolset's units."""
    low, high = next((word.value for word in segment if word.kind == "degrees"), known.plain)
    return float(low + high) / 2


# --- what is taken back


def _refused(segment: Sequence[Word], beside: Beside) -> Part | None:
    """ "Undo the filter", "no bloom"; "not warm" goes no further than neutral, "not warm enough" wants more."""
    kinds = {word.kind for word in segment}
    if not kinds & {"undo", "no", "without"}:
        return None
    others = [word for word in segment if word.kind not in ("undo", "no", "without")]
    if "no" in kinds and kinds & {"too", "enough"}:
        turned = [word for word in others if word.kind != "enough"]  # "not too warm" is said of what is too warm
        return _wished(turned, beside) if turned else None
    if not {word.kind for word in others} <= {*TARGETS, *SIGNS, "degrees"}:
        return None
    if "undo" not in kinds and kinds & {"direction", "colour"} and not kinds & {"tools", "look"}:
        place = next(place for place, word in enumerate(segment) if word.kind == "no")
        bounds = [
            Step(slot, "at most" if way > 0 else "at least", neutral(slot))
            for slot, way, _ in forbidden(segment, place, beside.known)
        ]
        return Part(tuple(bounds)) if bounds else None
    named = [word for word in segment if word.kind in (*TARGETS, "without")]
    if not named:
        return Part(back(beside.recipe.toolset.slots), undoes=True) if "undo" in kinds else Part()
    return Part(back(list(_named(segment, beside))), undoes=True)


def _named(segment: Sequence[Word], beside: Beside) -> Iterator[Slot]:
    """The slots that the words of a segment name; of a look those of its tool, if it is the one that is used."""
    tools = [word.value for word in segment if word.kind in ("tools", "without")]
    if tools:  # "the warm filter" is a filter
        yield from (slot for slot in beside.recipe.toolset.slots if slot.tool in tools)
        return
    colours = [word.value for word in segment if word.kind == "colour"]
    aims = [word.value for word in segment if word.kind in ("name", "direction")]
    for colour in colours:
        slots = beside.recipe.toolset.tool_slots[beside.known.colour_tool]
        parts = {aim.part for aim in aims if aim.part}
        yield from (slot for slot in slots if slot.keys[0] == colour and (not parts or slot.keys[-1] in parts))
    if not colours:
        yield from (aim.whole for aim in aims if aim.whole)
    for word in segment:
        if word.kind == "set":
            yield from word.value
        elif word.kind == "look" and word.value.option in beside.recipe.values:
            yield from beside.recipe.toolset.tool_slots[word.value.choice.tool]


# --- the recipe


def _share(rest: Sequence[Sequence[Word]], known: Vocabulary, same: bool, mend: bool, answer: Recipe) -> float:
    """How much of the answer is added to the recipe that stands: 0 where it replaces it, 1 for corrections."""
    words = [word for segment in rest for word in segment]
    kinds = {word.kind for word in words}
    chosen = any(isinstance(slot.parameter, Choice) and answer.uses(slot.tool) for slot in answer.toolset.slots)
    if ((mend or kinds & TONAL) and not chosen) or any(segment[0].kind == "undo" for segment in rest):
        return 1.0  # "brighter skin", "remove the haze"
    slight = any(word.kind == "degrees" and word.value[1] < known.plain[0] for word in words)
    compares = slight or any(word.kind == "comparative" or (word.kind in SIGNS and word.value) for word in words)
    return min(_degree(words, known) / WHOLE, 1.0) if same or compares else 0.0
