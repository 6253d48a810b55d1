"""Repair what a model wrote: any data in, a valid recipe out, and a sentence for everything that was changed."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

from goldenhour.tools.recipe import Recipe
from goldenhour.tools.sentences import is_number, names, shorten
from goldenhour.tools.toolset import Choice, Number, Slot, Tool, Toolset, default_toolset

NEAREST_CUTOFF = 0.6  # difflib similarity below which a misspelt name is not taken for another


def repair(data: Any, toolset: Toolset | None = None) -> tuple[Recipe, list[str]]:
    """The valid recipe nearest to ``data`` and the list of what was done: nothing listed, nothing changed.

    Numbers in text are read, out-of-range ones clamped, missing ones filled with their neutral value (beside a valid
    choice, whose intent a neutral value would undo, with the middle of their range). Unknown names are dropped; names
    are taken whatever their case and separators, and a misspelt option for the nearest. Never raises.
    """
    toolset = toolset or default_toolset()
    repairs: list[str] = []
    if not isinstance(data, Mapping):
        return Recipe.neutral(toolset), [f"took {shorten(data)}, which is not an object, for an empty recipe"]
    tools = _by_name(data, [tool.name for tool in toolset.tools], "tool", repairs)
    repaired = {}
    for tool in toolset.tools:
        if tool.name not in tools:
            repairs.append(f"took the missing tool {tool.name!r} for not used")
        found = tools.get(tool.name)
        repaired[tool.name] = None if found is None else _repair_tool(tool, toolset, found, repairs)
    return Recipe.from_dict(repaired, toolset), repairs


def _repair_tool(tool: Tool, toolset: Toolset, found: Any, repairs: list[str]) -> dict[str, Any] | None:
    if not isinstance(found, Mapping):
        repairs.append(f"dropped {tool.name}: {shorten(found)} is not an object")
        return None
    parameters = [parameter.name for parameter in tool.parameters]
    if tool.groups:
        found = _by_name(found, list(tool.groups), f"colour of {tool.name}", repairs)
        found = {group: _group(f"{tool.name}.{group}", found, group, parameters, repairs) for group in tool.groups}
    else:
        found = _by_name(found, parameters, f"parameter of {tool.name}", repairs)
    chosen = any(isinstance(parameter, Choice) for parameter in tool.parameters)
    result: dict[str, Any] = {}
    missing: list[str] = []
    for slot in toolset.tool_slots[tool.name]:
        place, values = result, found
        for key in slot.keys[:-1]:
            place, values = place.setdefault(key, {}), values[key]
        value = values.get(slot.keys[-1])
        if value is None and isinstance(slot.parameter, Number):
            missing.append(slot.path)
            value = _default(slot.parameter, chosen)
        value = _repair_value(slot, value, chosen, repairs)
        if value is None:
            repairs.append(f"dropped {tool.name}: without {slot.keys[-1]} it does nothing")
            return None
        place[slot.keys[-1]] = value
    if missing:
        repairs.append(f"filled {names(missing)}, missing, with {'the middle of the range' if chosen else 'neutral'}")
    return result


def _group(
    path: str, found: Mapping[str, Any], group: str, parameters: list[str], repairs: list[str]
) -> dict[str, Any]:
    values = found.get(group, {})
    if not isinstance(values, Mapping):
        repairs.append(f"dropped {path}: {shorten(values)} is not an object")
        values = {}
    return _by_name(values, parameters, f"parameter of {path}", repairs)


def _repair_value(slot: Slot, value: Any, chosen: bool, repairs: list[str]) -> float | str | None:
    if isinstance(slot.parameter, Choice):
        option = _nearest(value, list(slot.parameter.options))
        if option is not None and option != value:
            repairs.append(f"took {slot.path} {shorten(value)} for {option!r}")
        return option
    number = _as_number(value)
    if number is None:
        number = _default(slot.parameter, chosen)
        repairs.append(f"replaced {slot.path} {shorten(value)}, which is not a number, by {number:g}")
    elif not is_number(value):
        repairs.append(f"read {slot.path} {shorten(value)} as {number:g}")
    clamped = slot.parameter.clamp(number)
    if clamped != number:
        repairs.append(f"clamped {slot.path} from {number:g} to {clamped:g}")
    return clamped


def _default(parameter: Number, chosen: bool) -> float:
    """What stands for a missing number: neutral; beside a choice, which neutral would undo, the middle of the range."""
    middle = (parameter.minimum + parameter.maximum) / 2
    if not chosen:
        return parameter.neutral
    return middle if middle != parameter.neutral else parameter.maximum


def _as_number(value: Any) -> float | None:
    """A finite number from a number or from text such as "+15" or "15 %"."""
    if isinstance(value, str):
        try:
            value = float(value.strip().removesuffix("%"))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _nearest(name: Any, options: list[str]) -> str | None:
    """The option with this name, letter case, spaces and its pack's prefix aside, or the most similar one."""
    if not isinstance(name, str):
        return None
    if name in options:
        return name
    plain = {plain_name(option): option for option in options}
    tails = {plain_name(option.split("_", 1)[-1]): option for option in options}
    wanted = plain_name(name[:200])
    for table in (plain, tails):
        if wanted in table:
            return table[wanted]
    for word in reversed(name[:200].split()):  # "film noir": the name itself comes last
        if plain_name(word) in tails:
            return tails[plain_name(word)]
    for table in (plain, tails):
        if close := difflib.get_close_matches(wanted, table, n=1, cutoff=NEAREST_CUTOFF):
            return table[close[0]]
    return None


def plain_name(name: str) -> str:
    """A name without letter case and separators, by which names are compared."""
    return "".join(character for character in name.casefold() if character.isalnum())


def _by_name(found: Mapping[Any, Any], expected: list[str], kind: str, repairs: list[str]) -> dict[str, Any]:
    """The expected entries of ``found``; names that differ only in case or separators count, others are dropped."""
    plain = {plain_name(name): name for name in expected}
    result: dict[str, Any] = {name: found[name] for name in expected if name in found}
    for key, value in found.items():
        if key in expected:
            continue
        name = plain.get(plain_name(key[:200])) if isinstance(key, str) else None
        if name is None or name in result:
            repairs.append(f"dropped the unknown {kind} {shorten(key)}")
        else:
            result[name] = value
            repairs.append(f"took the {kind} {shorten(key)} for {name!r}")
    return result
