"""A recipe: one answer to an intent, immutable; for each tool its parameters, or null when it is not used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from goldenhour.tools.errors import UserError
from goldenhour.tools.sentences import is_number, shorten
from goldenhour.tools.toolset import Choice, Number, Slot, Toolset, default_toolset
from goldenhour.tools.validation import recipe_faults

MAX_INTENSITY = 150
MAX_JSON = 100_000  # characters; a recipe has about 1,000


class RecipeError(UserError):
    """A recipe that is not valid; ``faults`` has one sentence for each fault."""

    def __init__(self, faults: Sequence[str]):
        super().__init__("; ".join(faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Recipe:
    """The values of a recipe in the order of ``toolset.slots``; numbers in the units of the toolset.

    Build one with ``from_dict``, ``from_json``, ``from_vector`` or ``neutral``. A tool whose numbers are all neutral is
    the same as one not used, so its choices are None.
    """

    values: tuple[float | str | None, ...]
    toolset: Toolset = field(repr=False)

    @staticmethod
    def neutral(toolset: Toolset | None = None) -> Recipe:
        """The recipe that changes nothing."""
        toolset = toolset or default_toolset()
        return _normalised((slot.parameter.neutral for slot in toolset.slots), toolset)

    @staticmethod
    def from_dict(data: Any, toolset: Toolset | None = None) -> Recipe:
        """A recipe from data as read from JSON, strictly; raises RecipeError."""
        toolset = toolset or default_toolset()
        if faults := recipe_faults(data, toolset):
            raise RecipeError(faults)
        values: list[Any] = []
        for slot in toolset.slots:
            value = data[slot.tool]
            for key in slot.keys:
                value = None if value is None else value[key]
            values.append(slot.parameter.neutral if value is None else value)
        return _normalised(values, toolset)

    @staticmethod
    def from_json(text: str, toolset: Toolset | None = None) -> Recipe:
        """A recipe from JSON text, strictly; NaN, Infinity and repeated names are refused too. Raises RecipeError."""
        if len(text) > MAX_JSON:
            raise RecipeError([f"a recipe has at most {MAX_JSON:,} characters, not {len(text):,}"])
        try:
            data = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeats)
        except RecursionError:
            raise RecipeError(["the recipe is nested too deeply"]) from None
        except ValueError as error:
            if isinstance(error, RecipeError):
                raise
            raise RecipeError([f"the recipe is not JSON: {error}"]) from None
        return Recipe.from_dict(data, toolset)

    @staticmethod
    def from_vector(vector: NDArray[np.floating[Any]], toolset: Toolset | None = None) -> Recipe:
        """The recipe of a vector (toolset.width,): numbers are clamped, a choice is its block's largest entry above 0.

        A tool with a choice is used only if one is made. Raises RecipeError for a wrong shape, NaN or infinity.
        """
        toolset = toolset or default_toolset()
        vector = np.asarray(vector, dtype=np.float64)
        if vector.shape != (toolset.width,) or not np.isfinite(vector).all():
            raise RecipeError([f"a recipe vector has {toolset.width} finite numbers, not {shorten(vector.tolist())}"])
        values: list[Any] = []
        numbers = vector.tolist()
        for slot in toolset.slots:
            if isinstance(slot.parameter, Choice):
                block = numbers[slot.start : slot.start + slot.width]
                best = block.index(max(block))
                values.append(list(slot.parameter.options)[best] if block[best] > 0 else None)
            else:
                values.append(slot.parameter.clamp(numbers[slot.start]))
        return _normalised(values, toolset)

    def to_vector(self) -> NDArray[np.float64]:
        """The values as one vector (toolset.width,), float64, in the units of the toolset; a choice is one-hot.

        A user's own look has no place in it: its block is zeros, as that of no choice.
        """
        vector = np.zeros(self.toolset.width)
        for slot, value in zip(self.toolset.slots, self.values, strict=True):
            if not isinstance(slot.parameter, Choice):
                vector[slot.start] = value
            elif value in slot.parameter.options:
                vector[slot.start + list(slot.parameter.options).index(str(value))] = 1
        return vector

    def with_values(self, changes: Mapping[Slot, float | str | None]) -> Recipe:
        """The recipe with other values in those slots; numbers are clamped, everything else stays to the last bit.

        Raises RecipeError for NaN, infinity, and an option that there is not.
        """
        for slot, value in changes.items():
            if isinstance(slot.parameter, Choice):
                known = value is None or slot.parameter.accepts(value)
            else:
                known = is_number(value)
            if not known:
                raise RecipeError([f"{slot.path} cannot be {shorten(value)}"])
        values: list[Any] = []
        for slot, old in zip(self.toolset.slots, self.values, strict=True):
            value = changes.get(slot, old)
            values.append(slot.parameter.clamp(value) if isinstance(slot.parameter, Number) else value)  # type: ignore[arg-type]
        return _normalised(values, self.toolset)

    def carried_to(self, toolset: Toolset) -> Recipe:
        """The same values in a toolset that can hold this recipe's own; what it has besides is neutral."""
        values = zip(self.toolset.slots, self.values, strict=True)
        return Recipe.neutral(toolset).with_values({toolset.by_path[slot.path]: value for slot, value in values})

    def to_dict(self) -> dict[str, Any]:
        """The recipe as in JSON: all parameters of a used tool, None for one that is not used."""
        data: dict[str, Any] = {tool.name: {} if self.uses(tool.name) else None for tool in self.toolset.tools}
        for slot, value in zip(self.toolset.slots, self.values, strict=True):
            place = data[slot.tool]
            if place is None:
                continue
            for key in slot.keys[:-1]:
                place = place.setdefault(key, {})
            place[slot.keys[-1]] = value
        return data

    def to_json(self, indent: int | None = None) -> str:
        """The recipe as JSON text, always in the same order."""
        return json.dumps(self.to_dict(), indent=indent)

    def uses(self, tool: str) -> bool:
        """Whether any number of the tool differs from neutral."""
        return tool in self._used

    @cached_property
    def _used(self) -> frozenset[str]:
        return frozenset(
            slot.tool
            for slot, value in zip(self.toolset.slots, self.values, strict=True)
            if isinstance(slot.parameter, Number) and value != slot.parameter.neutral
        )

    @property
    def is_neutral(self) -> bool:
        """Whether the recipe changes nothing."""
        return not any(self.uses(tool.name) for tool in self.toolset.tools)

    @property
    def hash(self) -> str:
        """SHA-256 of the recipe and its toolset, the same on every machine."""
        return hashlib.sha256(f"{self.toolset.hash}{self.to_json()}".encode()).hexdigest()

    def part_hash(self, tool: str) -> str:
        """SHA-256 of one tool's part, null too, with the tool's name and the toolset: the same on every machine.

        Two answers are the same for a tool when this is the same.
        """
        return self._part_hashes[tool]

    @cached_property
    def _part_hashes(self) -> dict[str, str]:
        parts = {tool: json.dumps([tool, part]) for tool, part in self.to_dict().items()}
        return {tool: hashlib.sha256(f"{self.toolset.hash}{part}".encode()).hexdigest() for tool, part in parts.items()}

    def scale(self, intensity: float) -> Recipe:
        """The recipe at ``intensity`` percent (0..150): each number's distance from neutral is scaled, then clamped.

        Raises RecipeError.
        """
        if not is_number(intensity) or not 0 <= intensity <= MAX_INTENSITY:
            raise RecipeError([f"the intensity is {shorten(intensity)}, but must be 0 to {MAX_INTENSITY}"])
        values: list[Any] = []
        for slot, value in zip(self.toolset.slots, self.values, strict=True):
            if isinstance(slot.parameter, Number) and not isinstance(value, str) and value is not None:
                neutral = slot.parameter.neutral
                value = slot.parameter.clamp(neutral + (value - neutral) * intensity / 100)
            values.append(value)
        return _normalised(values, self.toolset)


def _normalised(values: Iterable[Any], toolset: Toolset) -> Recipe:
    """Numbers rounded, whole ones as int; a tool with neutral numbers or an open choice is switched off."""
    by_slot = {slot: _canonical(slot.parameter, value) for slot, value in zip(toolset.slots, values, strict=True)}
    for slots in toolset.tool_slots.values():
        # a choice has no neutral value; open, it is None like its neutral
        neutral = all(by_slot[slot] == slot.parameter.neutral for slot in slots if isinstance(slot.parameter, Number))
        if neutral or any(by_slot[slot] is None for slot in slots):
            by_slot |= {slot: _canonical(slot.parameter, slot.parameter.neutral) for slot in slots}
    return Recipe(tuple(by_slot.values()), toolset)


def _canonical(parameter: Number | Choice, value: Any) -> float | str | None:
    """Rounded, so that recipes which look the same are the same to the last bit."""
    if isinstance(parameter, Choice):
        return str(value) if value is not None else None
    rounded = round(float(value), parameter.decimals)
    return int(rounded) if rounded.is_integer() else rounded


def _refuse_constant(name: str) -> NoReturn:
    raise RecipeError([f"the recipe has {name}, which is not a finite number"])


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        repeated = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise RecipeError([f"the recipe has {shorten(repeated)} twice"])
    return data
