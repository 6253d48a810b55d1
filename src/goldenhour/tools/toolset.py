"""The toolset: which tools there are, their parameters and ranges. It is data; the packaged one is `toolset.yaml`.

What depends on parameters (vectors, JSON Schema, prompts, model heads, sliders) is derived from `Toolset.slots`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

from goldenhour.tools.errors import UserError
from goldenhour.tools.sentences import is_number, shorten
from goldenhour.tools.strict_yaml import load_yaml

USER_LOOK = re.compile(r"user:([a-z0-9][a-z0-9_-]{0,63})")  # the name of a look that a user has added


class ToolsetError(UserError):
    """A toolset file that cannot be used; one sentence naming the entry."""


@dataclass(frozen=True)
class Number:
    """A numeric parameter, in the units of the toolset; ``noun``: of what there is more or less, where not its name."""

    name: str
    minimum: float
    maximum: float
    neutral: float
    meaning: str
    noun: str

    @cached_property
    def decimals(self) -> int:
        """How many are kept: a ten-thousandth of the range or finer, which no one can see."""
        return max(0, 4 - math.floor(math.log10(self.maximum - self.minimum)))

    def clamp(self, value: float) -> float:
        """The nearest value in range."""
        return min(max(value, self.minimum), self.maximum)


@dataclass(frozen=True)
class Choice:
    """A parameter that is one of several names, which come in packs."""

    neutral: ClassVar[None] = None  # only numbers have a value that changes nothing
    name: str
    packs: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # (pack, ((option, description), ...)), ...

    @cached_property
    def options(self) -> dict[str, str]:
        """Option to description, in order."""
        return {option: text for _, options in self.packs for option, text in options}

    def accepts(self, value: object) -> bool:
        """Whether a recipe may choose it: an option, or a user's own look, which stands outside the toolset's hash.

        Nobody is asked to know the latter: they are in no schema, prompt or vector.
        """
        return isinstance(value, str) and (value in self.options or USER_LOOK.fullmatch(value) is not None)


@dataclass(frozen=True)
class Tool:
    """One tool: its parameters, once, or once for each of its groups (the hue ranges of *selective adjust*)."""

    name: str
    summary: str
    parameters: tuple[Number | Choice, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Slot:
    """One value of a recipe: where it stands in the recipe's JSON and in its vector."""

    tool: str
    keys: tuple[str, ...]  # within the tool: ("exposure",) or ("red", "saturation")
    parameter: Number | Choice
    start: int
    width: int  # 1, or the number of options: a choice is one-hot

    def __hash__(self) -> int:
        return hash((self.tool, self.keys))  # a choice has too many options to hash them for every look-up

    @property
    def path(self) -> str:
        """Dotted name, such as ``selective_adjust.red.saturation``."""
        return ".".join((self.tool, *self.keys))


@dataclass(frozen=True)
class Toolset:
    """A set of tools, in order; equal to another if tools, parameters, ranges, options and application order are."""

    tools: tuple[Tool, ...]
    pointwise: tuple[str, ...]
    spatial: tuple[str, ...]

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Every value of a recipe, in the order of every vector and JSON object."""
        slots: list[Slot] = []
        start = 0
        for tool in self.tools:
            prefixes: list[tuple[str, ...]] = [(group,) for group in tool.groups] or [()]
            for prefix in prefixes:
                for parameter in tool.parameters:
                    width = len(parameter.options) if isinstance(parameter, Choice) else 1
                    slots.append(Slot(tool.name, (*prefix, parameter.name), parameter, start, width))
                    start += width
        return tuple(slots)

    @cached_property
    def width(self) -> int:
        """Length of a recipe's vector."""
        return sum(slot.width for slot in self.slots)

    @cached_property
    def tool_slots(self) -> dict[str, tuple[Slot, ...]]:
        """The slots of each tool."""
        return {tool.name: tuple(slot for slot in self.slots if slot.tool == tool.name) for tool in self.tools}

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what a student depends on: names, order, ranges and options; wording may change freely."""
        layout = [
            [slot.path, list(slot.parameter.options)]
            if isinstance(slot.parameter, Choice)
            else [slot.path, slot.parameter.minimum, slot.parameter.maximum, slot.parameter.neutral]
            for slot in self.slots
        ]
        return hashlib.sha256(json.dumps(layout).encode()).hexdigest()

    @cached_property
    def by_path(self) -> dict[str, Slot]:
        """The slots by their dotted names."""
        return {slot.path: slot for slot in self.slots}

    def cannot_hold(self, other: Toolset) -> str | None:
        """What of another toolset's values has no place in this one: a clause that names the first; None if nothing."""
        for slot in other.slots:
            own = self.by_path.get(slot.path)
            if own is None or type(own.parameter) is not type(slot.parameter):
                return f"{slot.path} is not in it"
            mine, theirs = own.parameter, slot.parameter
            if isinstance(mine, Choice) and isinstance(theirs, Choice):
                if beyond := next((option for option in theirs.options if option not in mine.options), None):
                    return f"{slot.path} has no {shorten(beyond)} in it"
            elif isinstance(mine, Number) and isinstance(theirs, Number):
                if theirs.neutral != mine.neutral:
                    return f"{slot.path} is neutral at {mine.neutral:g} in it, not at {theirs.neutral:g}"
                if theirs.minimum < mine.minimum or theirs.maximum > mine.maximum:
                    return f"{slot.path} goes from {mine.minimum:g} to {mine.maximum:g} in it, not further"
        return None

    def __hash__(self) -> int:
        return hash((self.hash, self.pointwise, self.spatial))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Toolset) and hash(self) == hash(other)


def _number(path: str, name: str, entry: Mapping[str, Any]) -> Number:
    low, high, neutral = entry["min"], entry["max"], entry.get("neutral", 0)
    for value in (low, high, neutral):
        if not is_number(value):
            raise ToolsetError(f"{path}: min, max and neutral must be finite numbers, not {shorten(value)}")
    if not math.isfinite(high - low):
        raise ToolsetError(f"{path}: the range from {low:g} to {high:g} is too wide for a number to span")
    if not low <= neutral <= high or low == high:
        raise ToolsetError(f"{path}: the neutral value {neutral} must lie within min {low} and max {high}")
    number = Number(name, low, high, neutral, str(entry.get("meaning", "")), str(entry.get("noun", name)))
    if any(round(value, number.decimals) != value for value in (low, high, neutral)):
        raise ToolsetError(f"{path}: min, max and neutral have at most {number.decimals} decimals for this range")
    return number


def _parameter(path: str, name: str, entry: Any, data: Mapping[str, Any]) -> Number | Choice:
    if isinstance(entry, Mapping) and "choice" in entry:
        packs = data.get(entry["choice"]) if isinstance(entry["choice"], str) else None
        if not isinstance(packs, Mapping) or not all(isinstance(options, Mapping) for options in packs.values()):
            raise ToolsetError(
                f"{path}: its choice {entry['choice']!r} must be a section of packs, each with its options"
            )
        choice = Choice(name, tuple((str(p), tuple((str(k), str(v)) for k, v in o.items())) for p, o in packs.items()))
        if len(choice.options) < sum(len(options) for _, options in choice.packs):
            raise ToolsetError(f"{path}: an option of {entry['choice']!r} is listed in two packs")
        if not choice.options:
            raise ToolsetError(f"{path}: the section {entry['choice']!r} lists no options")
        return choice
    if isinstance(entry, Mapping) and {"min", "max"} <= entry.keys():
        return _number(path, name, entry)
    raise ToolsetError(f"{path}: a parameter needs min and max, or choice")


def _tool(name: str, entry: Any, data: Mapping[str, Any]) -> Tool:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("parameters"), Mapping):
        raise ToolsetError(f"tools.{name}: a tool needs a section `parameters`")
    parameters = tuple(_parameter(f"tools.{name}.{p}", str(p), e, data) for p, e in entry["parameters"].items())
    if not any(isinstance(parameter, Number) for parameter in parameters):
        raise ToolsetError(f"tools.{name}: a tool needs a numeric parameter, whose neutral value means `not used`")
    groups = entry.get("colors", [])
    if not isinstance(groups, list):
        raise ToolsetError(f"tools.{name}: its `colors` must be a list of names, not {shorten(groups)}")
    tool = Tool(str(name), str(entry.get("summary", "")), parameters, tuple(map(str, groups)))
    for names in (tool.groups, [parameter.name for parameter in parameters]):
        if len(set(names)) < len(names):
            raise ToolsetError(f"tools.{name}: a name stands twice among {', '.join(names)}")
    return tool


def parse_toolset(text: str) -> Toolset:
    """A toolset from YAML text; raises ToolsetError with one sentence that names the entry at fault."""
    try:
        data = load_yaml(text)
    except ValueError as error:
        raise ToolsetError(f"the toolset is not YAML: {error}") from None
    if not isinstance(data, Mapping) or not isinstance(data.get("tools"), Mapping):
        raise ToolsetError("a toolset needs a section `tools`")
    tools = tuple(_tool(name, entry, data) for name, entry in data["tools"].items())
    apply = data.get("apply")
    if not isinstance(apply, Mapping):
        raise ToolsetError("a toolset needs a section `apply` with the lists `pointwise` and `spatial`")
    return Toolset(tools, _steps(apply, "pointwise", tools), _steps(apply, "spatial", tools))


def _steps(apply: Mapping[str, Any], kind: str, tools: tuple[Tool, ...]) -> tuple[str, ...]:
    """Steps are whole tools, or single parameters of a tool without groups."""
    steps = apply.get(kind) or []
    if not isinstance(steps, list):
        raise ToolsetError(f"apply.{kind} must be a list of tools and parameters, not {shorten(steps)}")
    known = {tool.name for tool in tools}
    known |= {f"{tool.name}.{parameter.name}" for tool in tools if not tool.groups for parameter in tool.parameters}
    for step in map(str, steps):
        if step not in known:
            raise ToolsetError(f"apply: there is no tool or parameter {step!r}")
    return tuple(map(str, steps))


def load_toolset(path: Path) -> Toolset:
    """A toolset from a YAML file of your own."""
    try:
        return parse_toolset(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ToolsetError(f"cannot read the toolset {path}: {error}") from None


@cache
def default_toolset() -> Toolset:
    """The packaged toolset: adjust, selective adjust, filter."""
    return parse_toolset((resources.files("goldenhour.tools") / "toolset.yaml").read_text(encoding="utf-8"))
