"""How far apart the values of single parameters are: numbers by their error, choices by pack and by rank."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from goldenhour.metrics.rows import Bools, Floats, Rows
from goldenhour.tools import Recipe, Toolset
from goldenhour.tools.toolset import Choice, Number, Slot

TOP = 3

Options = Mapping[str, Sequence[str]]  # the path of each choice to its likeliest options, best first


def absolute_errors(students: Sequence[Recipe], teachers: Sequence[Recipe], rows: Rows) -> dict[str, Floats]:
    """For the path of each number (n,) |student's - teacher's|, in the toolset's units; NaN unless both use the tool.

    ``rows`` are the compared answers, in the same order.
    """
    both = _both(rows)
    vectors = [np.array([recipe.to_vector() for recipe in recipes]) for recipes in (students, teachers)]
    return {
        slot.path: np.where(both[slot.tool], np.abs(vectors[0][:, slot.start] - vectors[1][:, slot.start]), np.nan)
        for slot in rows.toolset.slots
        if isinstance(slot.parameter, Number) and len(students)
    }


def pack_hits(students: Sequence[Recipe], teachers: Sequence[Recipe], rows: Rows) -> dict[str, Floats]:
    """For the path of each choice (n,) whether both chose from the same pack, 1 or 0; NaN unless both use the tool."""

    def same(slot: Slot, choice: Choice) -> list[bool]:
        pack = {option: name for name, options in choice.packs for option, _ in options}
        chosen = [[_chosen(recipe, slot) for recipe in recipes] for recipes in (students, teachers)]
        return [pack.get(one, one) == pack.get(other, other) for one, other in zip(*chosen, strict=True)]

    return _hits(rows, same)


def top_hits(
    students: Sequence[Recipe], ranked: Sequence[Options], teachers: Sequence[Recipe], rows: Rows, top: int = TOP
) -> dict[str, Floats]:
    """For the path of each choice (n,) whether the teacher's option is among the student's ``top`` likeliest, 1 or 0.

    The one that it chose comes first, whatever its rank. NaN unless both use the tool.
    """

    def among(slot: Slot, choice: Choice) -> list[bool]:  # noqa: ARG001 - any choice will do
        found = []
        for student, options, teacher in zip(students, ranked, teachers, strict=True):
            first = dict.fromkeys([_chosen(student, slot), *options.get(slot.path, ())])
            found.append(_chosen(teacher, slot) in list(first)[:top])
        return found

    return _hits(rows, among)


def _hits(rows: Rows, asked: Callable[[Slot, Choice], list[bool]]) -> dict[str, Floats]:
    both = _both(rows)
    return {
        slot.path: np.where(both[slot.tool], np.array(asked(slot, slot.parameter), dtype=np.float64), np.nan)
        for slot in rows.toolset.slots
        if isinstance(slot.parameter, Choice)
    }


def _both(rows: Rows) -> dict[str, Bools]:
    both = rows.student & rows.teacher
    return {tool.name: both[:, number] for number, tool in enumerate(rows.toolset.tools)}


def _chosen(recipe: Recipe, slot: Slot) -> str:
    return str(recipe.values[_places(recipe.toolset)[slot.path]])


def _places(toolset: Toolset) -> dict[str, int]:
    return {slot.path: place for place, slot in enumerate(toolset.slots)}
