"""What the heads predict, derived from the toolset, and how a recipe is read off their outputs.

For each tool a probability that it is used; for each number its size and the probability that it moves at all; for each
choice a distribution over its options. A regressor alone smears small values over many parameters, where the teacher
moves a few: whether and how far are therefore predicted apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldenhour.tools import Recipe, Toolset
from goldenhour.tools.toolset import Choice, Number, Slot

Floats = NDArray[np.float32]
OUTPUTS = ("uses", "numbers", "moves", "choices")
LIKENESS = "likeness"  # the network's further output: how like a text is to each example that is remembered


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which a tool is used (in the toolset's order) and a number moves; chosen on the dev split."""

    uses: tuple[float, ...]
    moves: float

    @staticmethod
    def from_dict(data: Any, layout: Layout) -> Thresholds:
        """Of a manifest; raises ValueError."""
        uses, moves = tuple(map(float, data["uses"])), float(data["moves"])
        if len(uses) != len(layout.tools) or not all(0 <= value <= 1 for value in (*uses, moves)):
            raise ValueError(f"thresholds are {len(layout.tools)} probabilities of use and one of moving, not {data}")
        return Thresholds(uses, moves)


@dataclass(frozen=True)
class Layout:
    """Where each head's outputs belong: T tools, N numbers, the options of all choices in a row."""

    toolset: Toolset

    @cached_property
    def tools(self) -> tuple[str, ...]:
        """The tools' names, in order."""
        return tuple(tool.name for tool in self.toolset.tools)

    @cached_property
    def numbers(self) -> tuple[Slot, ...]:
        """The numeric values."""
        return tuple(slot for slot in self.toolset.slots if isinstance(slot.parameter, Number))

    @cached_property
    def choices(self) -> tuple[tuple[Slot, slice], ...]:
        """The choices, and where the options of each stand among the options of all."""
        slots = [slot for slot in self.toolset.slots if isinstance(slot.parameter, Choice)]
        ends = np.cumsum([slot.width for slot in slots]).tolist()
        return tuple((slot, slice(end - slot.width, end)) for slot, end in zip(slots, ends, strict=True))

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The width of each output."""
        options = sum(slot.width for slot, _ in self.choices)
        return dict(zip(OUTPUTS, (len(self.tools), len(self.numbers), len(self.numbers), options), strict=True))

    @cached_property
    def tool_of_number(self) -> NDArray[np.int64]:
        """(N,): the tool of each number."""
        return np.array([self.tools.index(slot.tool) for slot in self.numbers])

    def targets(self, recipes: Sequence[Recipe]) -> dict[str, Floats]:
        """What the heads should say to recipes: uses (n, T), numbers (n, N) from neutral, moves, choices one-hot."""
        vectors = np.array([recipe.to_vector() for recipe in recipes]).reshape(-1, self.toolset.width)
        options = [number for slot, _ in self.choices for number in range(slot.start, slot.start + slot.width)]
        uses = [[recipe.uses(tool) for tool in self.tools] for recipe in recipes]
        numbers = (vectors[:, self._starts] - self.neutral).astype(np.float32)
        return {
            "uses": np.array(uses, dtype=np.float32).reshape(-1, len(self.tools)),
            "numbers": numbers,
            "moves": (numbers != 0).astype(np.float32),
            "choices": vectors[:, options].astype(np.float32),
        }

    @cached_property
    def neutral(self) -> NDArray[np.float64]:
        """(N,): the value of each number that changes nothing."""
        return self._neutral_vector[self._starts]

    def recipe(self, outputs: Mapping[str, Floats], thresholds: Thresholds) -> Recipe:
        """The recipe of one row of outputs: numbers are whole where the range is wide enough not to show it."""
        used = [bool(use >= least) for use, least in zip(outputs["uses"].tolist(), thresholds.uses, strict=True)]
        moved = (outputs["moves"] >= thresholds.moves) & np.array(used)[self.tool_of_number]
        strongest = [
            int(numbers[outputs["moves"][numbers].argmax()])
            for use, numbers in zip(used, self._numbers_of_tool, strict=True)
            if use and len(numbers)
        ]
        moved[strongest] = True
        distances = np.where(moved, self._distances(outputs["numbers"]), 0.0)
        for number in strongest:  # a tool that is used does something, also where its number would leave the range
            distances[number] = distances[number] or self._least[number]
        vector = self._neutral_vector.copy()
        vector[self._starts] += distances
        for slot, span in self.choices:
            if used[self.tools.index(slot.tool)]:
                vector[slot.start + int(outputs["choices"][span].argmax())] = 1
        return Recipe.from_vector(vector, self.toolset)

    def _distances(self, numbers: Floats) -> NDArray[np.float64]:
        """(N,) numbers from neutral, rounded but not to nothing, within the ranges."""
        values = numbers.astype(np.float64)
        rounded = np.round(values / self._steps) * self._steps
        least = np.copysign(self._steps, values) * (values != 0)
        low, high = self._room
        return np.minimum(np.maximum(np.where(rounded == 0, least, rounded), low), high)

    @cached_property
    def _numbers_of_tool(self) -> tuple[NDArray[np.intp], ...]:
        """For each tool, in order, the numbers that are its."""
        return tuple(np.flatnonzero(self.tool_of_number == tool) for tool in range(len(self.tools)))

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.array([slot.start for slot in self.numbers])

    @cached_property
    def _neutral_vector(self) -> NDArray[np.float64]:
        return Recipe.neutral(self.toolset).to_vector()

    @cached_property
    def _steps(self) -> NDArray[np.float64]:
        """(N,): to what each number is rounded."""
        return np.array([10.0 ** -max(0, number.decimals - 2) for number in self._parameters])

    @cached_property
    def _room(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest distance of each number from neutral, both (N,)."""
        low, high = np.array([(number.minimum, number.maximum) for number in self._parameters]).T - self.neutral
        return low, high

    @cached_property
    def _least(self) -> NDArray[np.float64]:
        """(N,): the smallest distance of each number that changes something."""
        return np.where(self._room[1] > 0, self._steps, -self._steps)

    @cached_property
    def _parameters(self) -> list[Number]:
        return [slot.parameter for slot in self.numbers if isinstance(slot.parameter, Number)]

    def ranked(self, outputs: Mapping[str, Floats], count: int = 5) -> dict[str, tuple[str, ...]]:
        """The likeliest options of each choice, best first, by its path."""
        ranked = {}
        for slot, span in self.choices:
            assert isinstance(slot.parameter, Choice)  # noqa: S101 - for the type checker
            options = list(slot.parameter.options)
            best = np.argsort(-outputs["choices"][span], kind="stable")[:count].tolist()
            ranked[slot.path] = tuple(options[number] for number in best)
        return ranked

    def confidence(self, outputs: Mapping[str, Floats]) -> float:
        """How sure the heads are, 0..1: the mean over the tools of the probability of what was decided for each."""
        sure = np.maximum(outputs["uses"], 1 - outputs["uses"]).astype(np.float64)
        for slot, span in self.choices:
            tool = self.tools.index(slot.tool)
            use = float(outputs["uses"][tool])
            sure[tool] = 1 - use + use * float(outputs["choices"][span].max())
        return float(sure.mean())


def by_row(outputs: Mapping[str, Floats]) -> list[dict[str, Floats]]:
    """Outputs (n, width) as n rows of outputs (width,)."""
    return [dict(zip(outputs, row, strict=True)) for row in zip(*outputs.values(), strict=True)]
