"""Prompts: the packaged templates in ``prompts/``, filled in from a toolset."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from string import Template
from typing import Any, Literal

from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.reply import RATIONALE
from goldenhour.tools import Recipe, Toolset, default_toolset, tool_definitions
from goldenhour.tools.schema import tool_schema
from goldenhour.tools.toolset import Choice, Number, Tool

Mode = Literal["calls", "schema", "text"]  # function calls, JSON by a schema that the server enforces, JSON in text
MODES: tuple[Mode, ...] = ("calls", "schema", "text")

WHY = {"type": "string", "description": "one sentence: what the words mean for the picture"}


def messages(intent: str, asked: tuple[str, ...], toolset: Toolset, mode: Mode) -> list[dict[str, str]]:
    """The chat that puts an intent to a teacher: the tools ``asked`` (all: the joint form; one: the paper's form)."""
    return [{"role": "system", "content": system_text(asked, toolset, mode)}, {"role": "user", "content": intent}]


@cache
def system_text(asked: tuple[str, ...], toolset: Toolset, mode: Mode) -> str:
    """What the teacher is told: its part, the tools with ranges and meanings, how to answer, one worked example."""
    if any(tool.name == RATIONALE for tool in toolset.tools):
        raise TeacherError(f"the toolset has a tool named {RATIONALE!r}, as answers name their reason; rename the tool")
    others = [tool.name for tool in toolset.tools if tool.name not in asked]
    intent, recipe, rationale = worked_example(toolset)
    how = _template("answer_by_calls" if mode == "calls" else "answer_by_json")
    show = _example_by_calls if mode == "calls" else _example_by_json
    return _template("one_tool" if len(asked) == 1 and others else "all_tools").substitute(
        tools="\n\n".join(_describe(tool) for tool in toolset.tools if tool.name in asked),
        other_tools=", ".join(others),
        how_to_answer=how.substitute(rationale=RATIONALE, names=", ".join(asked)).strip(),
        intent=intent,
        answer=show(recipe, rationale, asked),
    )


@cache
def offered_functions(asked: tuple[str, ...], toolset: Toolset) -> list[dict[str, Any]]:
    """The tools asked for as OpenAI functions, and the one that takes the rationale."""
    parameters = {"type": "object", "properties": {"text": WHY}, "required": ["text"], "additionalProperties": False}
    explain = {"name": RATIONALE, "description": "Say why.", "parameters": parameters, "strict": True}
    tools = [entry for entry in tool_definitions(toolset) if entry["function"]["name"] in asked]
    return [{"type": "function", "function": explain}, *tools]


@cache
def reply_format(asked: tuple[str, ...], toolset: Toolset) -> dict[str, Any]:
    """The ``response_format`` of a reply: the rationale, then each tool's parameters or null."""
    tools = {
        tool.name: {"anyOf": [tool_schema(tool), {"type": "null"}]} for tool in toolset.tools if tool.name in asked
    }
    properties = {RATIONALE: WHY, **tools}
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


@cache
def worked_example(toolset: Toolset) -> tuple[str, Recipe, str]:
    """Intent, recipe, rationale: the recorded answer that ``prompts/example.txt`` names, which lies in the train split.

    For another toolset one is made up that shows every tool, so that the form of an answer is shown all the same.
    """
    if toolset == default_toolset():
        intent = _read("example").strip()
        answer = next(answer for answer in recorded_answers() if answer.intent == intent and answer.call == 1)
        return intent, answer.recipe, answer.rationale
    chosen = [text for tool in toolset.tools for choice in _choices(tool) for text in choice.options.values()]
    intent = chosen[0] if chosen else toolset.tools[0].summary
    recipe = Recipe.from_dict({tool.name: _example_part(tool) for tool in toolset.tools}, toolset)
    return intent, recipe, "an example of the form of an answer, not of taste"


def _choices(tool: Tool) -> list[Choice]:
    return [parameter for parameter in tool.parameters if isinstance(parameter, Choice)]


def _example_part(tool: Tool) -> dict[str, Any]:
    """Every number a quarter of the way from neutral to the farther end of its range; the first of every choice."""
    values: dict[str, Any] = {}
    for parameter in tool.parameters:
        if isinstance(parameter, Choice):
            values[parameter.name] = next(iter(parameter.options))
        else:
            end = max(parameter.minimum, parameter.maximum, key=lambda end: abs(end - parameter.neutral))
            values[parameter.name] = round(parameter.neutral + (end - parameter.neutral) / 4, parameter.decimals)
    return dict.fromkeys(tool.groups, values) if tool.groups else values


def _describe(tool: Tool) -> str:
    lines = [f"{tool.name}: {tool.summary}".rstrip()]
    if tool.groups:
        lines.append(f"  for each of {', '.join(tool.groups)}:")
    for parameter in tool.parameters:
        lines += [f"    {line}" if tool.groups else f"  {line}" for line in _describe_parameter(parameter)]
    return "\n".join(lines)


def _describe_parameter(parameter: Number | Choice) -> list[str]:
    if isinstance(parameter, Number):
        meaning = f"; {parameter.meaning}" if parameter.meaning else ""
        scale = f"{parameter.minimum:g} to {parameter.maximum:g}, neutral {parameter.neutral:g}"
        return [f"{parameter.name}: {scale}{meaning}"]
    lines = [f"{parameter.name}: one of"]
    for pack, options in parameter.packs:
        lines.append(f"  {pack}:")
        lines += [f"    {option}: {text}" for option, text in options]
    return lines


def _example_by_calls(recipe: Recipe, rationale: str, asked: tuple[str, ...]) -> str:
    data = recipe.to_dict()
    lines = [f"You call {RATIONALE} with {json.dumps({'text': rationale}, ensure_ascii=False)}"]
    lines += [
        f"You do not call {tool}" if data[tool] is None else f"You call {tool} with {json.dumps(data[tool])}"
        for tool in asked
    ]
    return "\n".join(lines)


def _example_by_json(recipe: Recipe, rationale: str, asked: tuple[str, ...]) -> str:
    data = recipe.to_dict()
    answer = {RATIONALE: rationale, **{tool: data[tool] for tool in asked}}
    return f"You answer: {json.dumps(answer, ensure_ascii=False)}"


def _read(name: str) -> str:
    return (resources.files("goldenhour.teacher") / "prompts" / f"{name}.txt").read_text(encoding="utf-8")


def _template(name: str) -> Template:
    return Template(_read(name))
