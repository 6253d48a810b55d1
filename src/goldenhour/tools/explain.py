"""A recipe in words: what it changes, for people who would rather read a sentence than JSON."""

from __future__ import annotations

from goldenhour.tools.recipe import Recipe
from goldenhour.tools.toolset import Choice, Number, Slot

STRENGTHS = ((0.12, "slightly "), (0.35, ""), (0.7, "clearly "), (1.0, "strongly "))  # up to this share of the range


def explain(recipe: Recipe) -> list[str]:
    """One line a change, in the order of the toolset; empty for a recipe that changes nothing."""
    lines = []
    by_slot = dict(zip(recipe.toolset.slots, recipe.values, strict=True))
    for tool, slots in recipe.toolset.tool_slots.items():
        if not recipe.uses(tool):
            continue
        choices = [slot for slot in slots if isinstance(slot.parameter, Choice)]
        if choices:
            chosen = ", ".join(" ".join((*slot.keys[:-1], str(by_slot[slot]))) for slot in choices)
            numbers = ", ".join(f"{' '.join(slot.keys)} {by_slot[slot]}" for slot in slots if slot not in choices)
            lines.append(
                f"{tool} {chosen} at {numbers}: {'; '.join(_described(slot, by_slot[slot]) for slot in choices)}"
            )
            continue
        for slot in slots:
            value = by_slot[slot]
            if (
                isinstance(slot.parameter, Number)
                and isinstance(value, int | float)
                and value != slot.parameter.neutral
            ):
                lines.append(_changed(slot.keys, slot.parameter, value))
    return lines


def _described(slot: Slot, option: float | str | None) -> str:
    return slot.parameter.options.get(str(option), "a look of your own") if isinstance(slot.parameter, Choice) else ""


def _changed(keys: tuple[str, ...], parameter: Number, value: float) -> str:
    """Such as ``slightly more contrast (+10)`` or ``warmer: temperature +20``."""
    distance = value - parameter.neutral
    reach = parameter.maximum - parameter.neutral if distance > 0 else parameter.neutral - parameter.minimum
    strength = next(word for limit, word in STRENGTHS if abs(distance) <= reach * limit + 1e-9)
    name = " in ".join((parameter.noun, *reversed(keys[:-1])))
    signed = f"{value:+g}" if parameter.minimum < 0 else f"{value:g}"
    if side := _side(parameter.meaning, distance > 0):
        return f"{strength}{side}: {name} {signed}"
    return f"{strength}{'more' if distance > 0 else 'less'} {name} ({signed})"


def _side(meaning: str, positive: bool) -> str | None:
    """What the toolset says about this direction: ``positive = warmer`` in a meaning."""
    word = "positive" if positive else "negative"
    for clause in meaning.replace(";", ",").split(","):
        start, _, rest = clause.strip().partition(" ")
        if start == word and rest.startswith("= "):
            return rest.removeprefix("= ")
    return None
