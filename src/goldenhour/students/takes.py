"""Other takes on the same words: recipes that read them differently enough to see, and obey what they say outright."""

from __future__ import annotations

from collections.abc import Iterator

from goldenhour.students.student import Answer
from goldenhour.students.wish_clauses import neutral
from goldenhour.students.wishes import UNSAID, beyond, explicit, obey, plainly
from goldenhour.tools import Recipe, Toolset
from goldenhour.tools.toolset import Choice, Number, Slot

APART = 40  # hundredths of ranges, summed, by which takes differ at least: a CIEDE2000 of about 2 on real photos
APART_PLAINLY = 10  # and those of a plain correction, whose words say how far it goes: about 1
STRONGER, GENTLER = 150, 50  # percent
ALONE = 140  # percent of the numbers where the look that did half of the work is left out


def takes(intent: str, answer: Answer, count: int) -> list[Recipe]:
    """At most ``count`` readings of an intent, of which the first is the answer to it; valid, and always the same ones.

    In turn come the answer with the next likely looks of ``answer.ranked``, stronger, without its look, gentler, and
    with looks yet less likely; an answer without a look has them at last, but for plain corrections ("a bit warmer"),
    which have none. Each obeys the intent's words, and is clearly apart from those before it, so that there may be
    fewer than ``count``: a request in numbers, or for what no tonal tool can do, has one reading.
    """
    found = [answer.recipe]
    toolset = answer.recipe.toolset
    if explicit(intent, toolset) is not None or beyond(intent, toolset):
        return found
    plain = plainly(intent, toolset)
    apart = APART_PLAINLY if plain else APART
    for candidate in _candidates(answer, plain):
        if len(found) >= count:
            break
        recipe = obey(intent, candidate)
        if all(difference(recipe, other) >= apart for other in found):
            found.append(recipe)
    return found


def difference(one: Recipe, other: Recipe) -> float:
    """How far two recipes of a toolset are apart: the hundredths of the way to its end that each number moves, summed.

    Where a tool's choices differ, its numbers count as moved from neutral and back: a look at 40 is 70 from another at
    30.
    """
    total = 0.0
    differ = {  # tools whose choices do
        slot.tool
        for slot, a, b in zip(one.toolset.slots, one.values, other.values, strict=True)
        if isinstance(slot.parameter, Choice) and a != b
    }
    for slot, a, b in zip(one.toolset.slots, one.values, other.values, strict=True):
        if (a == b and slot.tool not in differ) or isinstance(slot.parameter, Choice):
            continue
        rest = neutral(slot)
        a, b = float(a or 0) - rest, float(b or 0) - rest
        moved = abs(a) + abs(b) if slot.tool in differ else abs(a - b)
        total += moved * 100 / max(slot.parameter.maximum - rest, rest - slot.parameter.minimum)
    return total


def _candidates(answer: Answer, plain: bool) -> Iterator[Recipe]:
    recipe = answer.recipe
    looks = [] if plain else list(_other_looks(answer))
    used = any(isinstance(slot.parameter, Choice) and recipe.uses(slot.tool) for slot in recipe.toolset.slots)
    if used:
        yield from looks[:1]
    yield recipe.scale(STRONGER)
    if used:
        yield from looks[1:2]
        yield _without_choices(recipe)
    yield recipe.scale(GENTLER)
    yield from looks[2:] if used else looks


def _other_looks(answer: Answer) -> Iterator[Recipe]:
    """The answer with each option but its own that the student thought likely, by rank."""
    recipe = answer.recipe
    for slot, own in zip(recipe.toolset.slots, recipe.values, strict=True):
        if not isinstance(slot.parameter, Choice):
            continue
        numbers = [other for other in recipe.toolset.tool_slots[slot.tool] if isinstance(other.parameter, Number)]
        unsaid: dict[Slot, float | str | None] = {} if recipe.uses(slot.tool) else dict.fromkeys(numbers, UNSAID)
        for option in answer.ranked.get(slot.path, ()):
            if option != own:
                yield recipe.with_values({slot: option} | unsaid)


def _without_choices(recipe: Recipe) -> Recipe:
    """The recipe without the tools that have a choice, the rest stronger."""
    chosen = _choosing(recipe.toolset)
    rest = recipe.scale(ALONE)
    return rest.with_values({slot: slot.parameter.neutral for slot in recipe.toolset.slots if slot.tool in chosen})


def _choosing(toolset: Toolset) -> set[str]:
    return {slot.tool for slot in toolset.slots if isinstance(slot.parameter, Choice)}
