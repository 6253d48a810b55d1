"""What happens to the values of a recipe that stands, one step after the other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from goldenhour.students.wish_clauses import neutral
from goldenhour.tools import Recipe
from goldenhour.tools.toolset import Choice, Number, Slot

How = Literal["add", "set", "times", "at most", "at least", "back"]


class Step(NamedTuple):
    """What happens to one value: ``size`` is added, set, or multiplies its distance from neutral; or it goes back."""

    slot: Slot
    how: How
    size: float | str | None = None


def back(slots: Sequence[Slot]) -> tuple[Step, ...]:
    """Each value back to neutral."""
    return tuple(Step(slot, "back") for slot in slots)


def applied(recipe: Recipe, steps: Sequence[Step]) -> Recipe:
    """The recipe after the steps, one after the other; the same object where nothing moves."""
    values = dict(zip(recipe.toolset.slots, recipe.values, strict=True))
    for step in steps:
        values[step.slot] = _stepped(step, values[step.slot])
    changed = recipe.with_values(values)
    return recipe if changed == recipe else changed


def _stepped(step: Step, value: float | str | None) -> float | str | None:
    if step.how == "back":
        return step.slot.parameter.neutral
    if isinstance(step.slot.parameter, Choice):
        return step.size
    size, rest = float(step.size or 0), neutral(step.slot)
    moved = float(value or 0)
    match step.how:
        case "add":
            moved += size
        case "times":
            moved = rest + (moved - rest) * size
        case "at most":
            moved = min(moved, size)
        case "at least":
            moved = max(moved, size)
        case _:
            moved = size
    return step.slot.parameter.clamp(moved)


def added(current: Recipe, answer: Recipe, share: float, named: Collection[Slot]) -> Recipe:
    """The recipe with a share of the answer's distances from neutral, but for what is named; its own choices stay."""
    before = dict(zip(current.toolset.slots, current.values, strict=True))
    after = dict(zip(answer.toolset.slots, answer.values, strict=True))
    other = {  # tools whose choices differ: a number of the one says nothing of the other
        slot.tool
        for slot in current.toolset.slots
        if isinstance(slot.parameter, Choice) and current.uses(slot.tool) and before[slot] != after[slot]
    }
    values: dict[Slot, float | str | None] = {}
    for slot in current.toolset.slots:
        if slot in named or slot.tool in other:
            continue
        if isinstance(slot.parameter, Number):
            values[slot] = float(before[slot] or 0) + share * (float(after[slot] or 0) - neutral(slot))
        elif answer.uses(slot.tool):
            values[slot] = after[slot]
    return current.with_values(values)


def kept(recipe: Recipe, current: Recipe, slots: Collection[Slot]) -> Recipe:
    """The recipe with the values of the one that stood where they are kept."""
    values = zip(current.toolset.slots, current.values, strict=True)
    return recipe.with_values({slot: value for slot, value in values if slot in slots}) if slots else recipe
