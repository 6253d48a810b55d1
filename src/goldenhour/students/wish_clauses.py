"""The wishes of an intent, clause by clause: "raise exposure 8 drop highlights 40" are two, each complete in itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from goldenhour.students.wish_words import Aim, Look, Vocabulary, Word
from goldenhour.tools.toolset import Number, Slot

LARGEST = 1_000  # from here on a number is no setting: kelvins, years, film speeds
FEW = 5  # smaller numbers with decimals are stops where stops are known

TARGETS = ("name", "direction", "colour", "look")
SIGNS = {"more": 1, "less": -1, "up": 1, "down": -1}
NUMBERS = ("number", "number words")
IN_CLAUSES = (*TARGETS, *SIGNS, *NUMBERS, "unit", "degrees", "tools")


@dataclass(frozen=True)
class Wish:
    """One clause: the slots it moves and which way each goes, how far, or the look it names.

    ``amount`` is its number with the sign that was said; ``sign`` is None where nothing says up or down.
    """

    slots: tuple[tuple[Slot, int], ...] = ()
    look: Look | None = None
    sign: int | None = None
    amount: float | None = None
    degree: tuple[float, float] | None = None
    step: bool = False  # whether its number is one from where it stands: "warmer by 10", not "contrast 20"
    sure: bool = True  # whether the number surely belongs to the target, also within a longer text

    @property
    def settings(self) -> dict[Slot, float]:
        """The value that each slot is to have, in the toolset's units, clamped to its range."""
        if self.amount is None:
            return {}
        return {slot: clamp(slot, neutral(slot) + way * self.amount) for slot, way in self.slots}


def neutral(slot: Slot) -> float:
    """The value of a number that changes nothing."""
    return float(slot.parameter.neutral or 0)


def clamp(slot: Slot, value: float) -> float:
    """The nearest value in the slot's range."""
    return slot.parameter.clamp(value) if isinstance(slot.parameter, Number) else value


def segments(words: Sequence[Word], silent: Sequence[str] = ("fillers", "only")) -> Iterator[tuple[list[Word], bool]]:
    """What stands between commas and words like "and", without what says nothing; and whether an "and" led to it."""
    found: list[Word] = []
    joined = False
    for word in words:
        if word.kind == "joiner":
            if found:
                yield found, joined
                found, joined = [], False
            joined = joined or bool(word.value)
        elif word.kind not in silent:
            found.append(word)
    if found:
        yield found, joined


def wishes(words: Sequence[Word], vocabulary: Vocabulary) -> list[Wish] | None:
    """Every clause, in order, if all of the words are understood; else None."""
    found: list[Wish] = []
    waiting: list[Word] = []  # targets whose number follows: "red and orange saturation -20"
    colours: list[Word] = []  # of the clause before
    for segment, joined in _rejoined(segments(words)):
        if all(word.kind in ("name", "colour") for word in segment):
            waiting += segment
            continue
        coloured = _of_kind(segment, "colour")
        if not coloured and any(word.value.by_colour for word in _of_kind(segment, "name")):
            waiting += colours  # "blue saturation 45, luminance -20"
        clauses = split(segment, vocabulary, waiting)
        if clauses is None:
            return None
        colours, waiting = coloured or _of_kind(waiting, "colour"), []
        if joined and found and found[-1].sign == -1 and _says_no_way(clauses[0], segment):
            amount = clauses[0].amount  # "lower highlights by 25 and shadows by 20"
            amount = None if amount is None else -amount
            clauses[0] = replace(clauses[0], sign=-1, amount=amount, step=found[-1].step)
        found += clauses
    return None if waiting else found


def _of_kind(words: Sequence[Word], kind: str) -> list[Word]:
    return [word for word in words if word.kind == kind]


def _says_no_way(wish: Wish, segment: Sequence[Word]) -> bool:
    """Whether only the clause before can say which way a clause goes."""
    return wish.sign is None and not any(word.signed or word.kind in ("direction", "look") for word in segment)


def _rejoined(parts: Iterable[tuple[list[Word], bool]]) -> Iterator[tuple[list[Word], bool]]:
    """The segments, but with a number that stands alone joined to what it belongs to: "less blue, by 15"."""
    held: tuple[list[Word], bool] | None = None
    for segment, joined in parts:
        alone = all(word.kind in (*NUMBERS, "unit") for word in segment)
        if held and alone and not any(word.kind in NUMBERS for word in held[0]):
            held = (held[0] + segment, held[1])
            continue
        if held:
            yield held
        held = (segment, joined)
    if held:
        yield held


def split(segment: Sequence[Word], vocabulary: Vocabulary, waiting: Sequence[Word] = ()) -> list[Wish] | None:
    """The clauses of a text without commas, by the first way of cutting it that leaves only complete ones."""
    for pieces in _ways(segment):
        clauses = [clause(pieces[0], vocabulary, waiting)]
        for before, piece in pairwise(pieces):
            # "blue saturation 45 luminance -20": the colour holds, where the name has a meaning for colours
            holds = not _of_kind(piece, "colour") and any(word.value.part for word in _of_kind(piece, "name"))
            clauses.append(clause(piece, vocabulary, _of_kind(before, "colour") if holds else ()))
        if all(clauses):
            return [found for found in clauses if found]
    return None


def found_in(words: Sequence[Word], vocabulary: Vocabulary) -> tuple[list[Wish], bool]:
    """The clauses with a number within a text of which not all is understood, and whether they are all it wants.

    They are where the rest stands in their own segments: "temperature -15 for winter", but not "..., and feel sad".
    """
    found: list[Wish] = []
    alone = True
    colours = _of_kind(words, "colour")
    for segment, _ in segments(words):
        numbers = 0
        for run in _known_runs(segment):
            best: list[Wish] = []
            for pieces in _ways(run):
                clauses = [_within(piece, vocabulary, colours) for piece in pieces]
                best = max(best, [wish for wish in clauses if wish], key=len)
            found += best
            numbers += len(best)
        other = [word for word in segment if word.kind not in (*IN_CLAUSES, "unknown") or word.kind == "look"]
        alone = alone and numbers == sum(word.kind in NUMBERS for word in segment) > 0 and not other
    return found, alone and bool(found)


def _within(piece: Sequence[Word], vocabulary: Vocabulary, colours: Sequence[Word]) -> Wish | None:
    """A clause whose number surely belongs to its target, though there is more text around it."""
    by_colour = any(word.value.by_colour for word in _of_kind(piece, "name"))
    waiting = colours if by_colour and not _of_kind(piece, "colour") else ()  # "deeper blue, luminance -30"
    wish = clause(piece, vocabulary, waiting)
    return wish if wish and wish.amount is not None and wish.sure else None


def _known_runs(segment: Sequence[Word]) -> Iterator[list[Word]]:
    run: list[Word] = []
    for word in segment:
        if word.kind in IN_CLAUSES:
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _ways(segment: Sequence[Word]) -> Iterator[list[list[Word]]]:
    """The ways to cut a segment: not at all, after numbers, before targets, before colours, before numbers."""
    kinds = [word.kind for word in segment]
    numbers = [place for place, kind in enumerate(kinds) if kind in NUMBERS]
    units = [place + 1 if kinds[place + 1 : place + 2] == ["unit"] else place for place in numbers]
    targets = [
        place
        for place, kind in enumerate(kinds)
        if kind in TARGETS and not (place and kinds[place - 1] == "colour" and kind in ("name", "direction"))
    ]
    tried: tuple[list[int], ...] = (
        [],
        [place + 1 for place in units],
        targets,
        [place for place, kind in enumerate(kinds) if kind == "colour"],
        numbers,
        [place for place, kind in enumerate(kinds) if kind in SIGNS],
    )
    for bounds in dict.fromkeys(tuple(_bounds(segment, places)) for places in tried):
        yield [list(segment[start:end]) for start, end in pairwise(bounds)]


def _bounds(segment: Sequence[Word], places: Sequence[int]) -> list[int]:
    """Where pieces begin and end; what stands before the first place belongs to the first piece."""
    inner = [place for place in places if 0 < place < len(segment)]
    if places and inner and places[0] == inner[0] and not _complete(segment[: inner[0]]):
        inner = inner[1:]
    return [0, *inner, len(segment)]


def _complete(words: Sequence[Word]) -> bool:
    return any(word.kind in TARGETS for word in words)


def clause(words: Sequence[Word], vocabulary: Vocabulary, waiting: Sequence[Word] = ()) -> Wish | None:
    """The wish of one clause, in whatever order its words stand; None if it is not a complete one.

    ``waiting`` are targets that were named before it.
    """
    kinds = [word.kind for word in words]
    numbers = [word for word in words if word.kind in NUMBERS]
    units = [word.value for word in _of_kind(words, "unit")]
    degrees = [word.value for word in _of_kind(words, "degrees")]
    names, directions = _of_kind(words, "name"), _of_kind(words, "direction")
    if set(kinds) - set(IN_CLAUSES) or max(map(len, (numbers, units, degrees, names, directions))) > 1:
        return None
    if "look" in kinds:
        return None if waiting else _look(words, numbers)
    if "tools" in kinds or (numbers and degrees):
        return None
    aims = [word.value for word in (*names, *_of_kind(waiting, "name"))]
    ways, aims = _ways_and_aims(words, aims, [word.value for word in directions])
    colours = [word.value for word in (*_of_kind(words, "colour"), *_of_kind(waiting, "colour"))]
    slots = _slots(aims, colours, vocabulary)
    unit = units[0] if units else (None, 1.0)
    if unit[0] and not (aims or colours) and (ways or any(number.signed for number in numbers)):
        slots = ((unit[0], 1),)  # "down one stop"
    fits = slots and len(ways) <= 1 and unit[0] in (None, slots[0][0])
    said = bool(numbers) or (not units and bool(ways or directions))  # how much, or at least which way
    if not (fits and said):
        return None
    wish = Wish(slots, sign=next(iter(ways), None), degree=degrees[0] if degrees else None)
    wish = replace(wish, step=bool(ways or directions))
    return _with_amount(wish, numbers[0], words, vocabulary) if numbers else replace(wish, sign=wish.sign or 1)


def _ways_and_aims(words: Sequence[Word], aims: list[Aim], directions: Sequence[Aim]) -> tuple[set[int], list[Aim]]:
    """The ways that a clause says (1 up, -1 down), and what it moves."""
    ways = {SIGNS[word.kind] for word in words if word.kind in SIGNS}
    if not directions:
        return ways, aims
    direction = directions[0]
    if not aims:  # "warm it up", "dim it down": the particle says nothing
        return {SIGNS[word.kind] for word in words if word.kind in ("more", "less")}, [direction]
    if direction.part or all(
        direction.whole is aim.whole for aim in aims
    ):  # "darken the shadows", "temperature 3 cooler"
        return ways | {direction.sign}, aims
    return ways, []


def _with_amount(wish: Wish, number: Word, words: Sequence[Word], vocabulary: Vocabulary) -> Wish | None:
    """The clause with its number; None where number and words disagree."""
    units = [word.value for word in _of_kind(words, "unit")]
    directed = bool(_of_kind(words, "direction"))
    size = units[0][1] if units else 1.0
    step = vocabulary.step(wish.slots[0][0])
    if step and not units and number.value % 1 and abs(number.value) <= FEW:
        size = step  # "exposure -0.3" are stops
    amount = float(number.value) * size
    if number.end and _of_kind(words, "name"):  # "lower the contrast to 5"
        return replace(wish, amount=amount, step=False)
    if abs(amount) >= LARGEST or (number.kind == "number words" and 0 < number.value < FEW and not units):
        return None
    sign = wish.sign
    if number.signed:
        sign = -1 if amount < 0 else 1
        if wish.sign not in (None, sign) or (directed and sign < 0):
            return None
    target = next((place for place, word in enumerate(words) if word.kind in TARGETS), 0)
    follows = words.index(number) > target
    named = bool(_of_kind(words, "name"))  # "warm 60 watt bulb", "blue 52" are no settings within a longer text
    sure = number.signed or bool(units) or wish.sign is not None or (named and follows)
    plus = number.signed and (amount > 0 or not follows)  # "contrast -10" is how a slider reads, "-10 contrast" is not
    return replace(wish, amount=(sign or 1) * abs(amount), step=(wish.step or plus) and not number.end, sure=sure)


def _look(words: Sequence[Word], numbers: Sequence[Word]) -> Wish | None:
    """A look with its number: "the teal and orange filter at 40", or as it is: "the noir filter"."""
    kinds = [word.kind for word in words]
    filtered = "tools" in kinds
    if kinds.count("look") > 1 or set(kinds) - {"look", "unit", "tools", *NUMBERS}:
        return None
    look: Look = words[kinds.index("look")].value
    if not numbers:
        return Wish(look=look) if filtered else None
    amount = float(numbers[0].value)
    if numbers[0].kind == "number words" and kinds.index("number words") < kinds.index("look"):
        return None  # "full on teal and orange"
    if numbers[0].kind == "number words" and 0 < amount <= 1:
        amount *= 100  # "half", "full"
    if (
        clamp(look.amount, amount) != amount
        or 0 < amount < FEW
        or any(word.value[0] for word in _of_kind(words, "unit"))
    ):
        return None
    return Wish(look=look, amount=amount, sure=filtered)


def _slots(aims: Sequence[Aim], colours: Sequence[str], vocabulary: Vocabulary) -> tuple[tuple[Slot, int], ...]:
    """The slots that aims move, of each colour if any is named; empty if one of them has none."""
    found: list[tuple[Slot | None, int]] = []
    if colours:
        parts = [(aim.part, aim.sign) for aim in aims] or [(vocabulary.colour_means, 1)]
        for colour in colours:
            found += [(vocabulary.part(colour, part) if part else None, sign) for part, sign in parts]
    else:
        found += [(aim.whole, aim.sign) for aim in aims]
    slots = tuple((slot, sign) for slot, sign in found if slot)
    return slots if len(slots) == len(found) else ()
