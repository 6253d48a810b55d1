"""What is wrong with a recipe: one clear sentence for each fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goldenhour.tools.sentences import is_number, names, shorten
from goldenhour.tools.toolset import Choice, Number, Slot, Tool, Toolset


def _value_fault(path: str, parameter: Number | Choice, value: Any) -> str | None:
    if isinstance(parameter, Choice):
        if not parameter.accepts(value):
            return f"{path} is {shorten(value)}, which is not one of {names(parameter.options)}"
        return None
    if not is_number(value):
        return f"{path} is {shorten(value)}, which is not a finite number"
    if not parameter.minimum <= value <= parameter.maximum:
        return f"{path} is {shorten(value)}, outside {parameter.minimum} to {parameter.maximum}"
    return None


def _key_faults(path: str, found: Any, expected: tuple[str, ...], kind: str) -> list[str]:
    if not isinstance(found, Mapping):
        return [f"{path} is {shorten(found)}, but must be an object with {names(expected)}"]
    unknown = [
        f"{path} has the unknown {kind} {shorten(key)}; it has {names(expected)}"
        for key in found
        if key not in expected
    ]
    missing = [key for key in expected if key not in found]
    return unknown + ([f"{path} lacks {names(missing)}"] if missing else [])


def _tool_faults(tool: Tool, slots: tuple[Slot, ...], found: Any) -> list[str]:
    parameters = tuple(parameter.name for parameter in tool.parameters)
    faults = _key_faults(tool.name, found, tool.groups or parameters, "colour" if tool.groups else "parameter")
    for group in tool.groups:
        if isinstance(found, Mapping) and group in found:
            faults += _key_faults(f"{tool.name}.{group}", found[group], parameters, "parameter")
    for slot in slots:
        value = found
        for key in slot.keys:
            value = value.get(key) if isinstance(value, Mapping) and key in value else _ABSENT
        if value is not _ABSENT and (fault := _value_fault(slot.path, slot.parameter, value)):
            faults.append(fault)
    return faults


_ABSENT = object()


def recipe_faults(data: Any, toolset: Toolset) -> list[str]:
    """Every fault of recipe data, strictly: it has all tools, all parameters of a used one, and nothing else."""
    tools = tuple(tool.name for tool in toolset.tools)
    if not isinstance(data, Mapping):
        return [f"a recipe must be an object with {names(tools)}, not {shorten(data)}"]
    faults = [f"unknown tool {shorten(key)}; the tools are {names(tools)}" for key in data if key not in tools]
    faults += [
        f"the tool {name!r} is missing; write null for a tool that is not used" for name in tools if name not in data
    ]
    for tool in toolset.tools:
        if data.get(tool.name) is not None:
            faults += _tool_faults(tool, toolset.tool_slots[tool.name], data[tool.name])
    return faults
