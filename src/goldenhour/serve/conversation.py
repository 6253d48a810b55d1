"""A chat as apps hold it with a teacher: the intent in it, the recipe it has come to, and the form of the reply."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldenhour.serve.bodies import ChatBody
from goldenhour.serve.problems import Problem
from goldenhour.teacher.errors import AnswerError
from goldenhour.teacher.reply import RATIONALE, assemble, read_reply, text_of
from goldenhour.tools import Recipe, Toolset, explain
from goldenhour.tools.sentences import is_number, names, shorten
from goldenhour.tools.toolset import Choice, Number

FAR_BACK = 200  # messages among which the newest recipe is looked for


@dataclass(frozen=True)
class Request:
    """What a chat asks for.

    ``asked``: the tools that the reply is to be about; ``functions``: what may be called, by name, ``None`` if the
    reply is to be JSON. ``required``: one of them must be called. ``rationale``: whether the JSON says why.
    ``reported``: the app has used the tools, and the reply is to be a last word.
    """

    intent: str
    current: Recipe | None
    asked: tuple[str, ...]
    functions: tuple[str, ...] | None
    required: bool
    rationale: bool
    reported: bool


def read_chat(body: ChatBody, toolset: Toolset) -> Request:
    """What a chat asks for; raises Problem where it does not."""
    spoken = [number for number, message in enumerate(body.messages) if message.get("role") == "user"]
    if not spoken:
        raise Problem(422, 'there is no message of the role "user", whose content is the intent')
    last = spoken[-1]
    before, after = body.messages[:last], body.messages[last + 1 :]
    reported = bool(after) and after[-1].get("role") == "tool"
    system = "\n".join(text_of(message) for message in before if message.get("role") in ("system", "developer"))
    (functions, required), schema = _functions(body), _schema(body)
    asked = _asked(functions, schema, system, toolset)
    _check_offered(body.tools or (), asked, toolset)
    return Request(
        intent=text_of(body.messages[last]),
        current=_latest((after if reported else before)[-FAR_BACK:], toolset),
        asked=asked,
        functions=functions,
        required=required,
        rationale=RATIONALE in schema if schema else f'"{RATIONALE}"' in system,
        reported=reported,
    )


def message(request: Request, recipe: Recipe, said: str | None, call_id: str) -> dict[str, Any]:
    """The assistant's message that answers a request by a recipe; ``said``: what it tells the person, if anything."""
    why = said or "; ".join(explain(recipe)) or "nothing is to be changed"
    if request.reported:
        return {"role": "assistant", "content": why}
    data = recipe.to_dict()
    if request.functions is None:
        reply = ({RATIONALE: why} if request.rationale else {}) | {tool: data[tool] for tool in request.asked}
        return {"role": "assistant", "content": json.dumps(reply, ensure_ascii=False)}
    arguments = {tool: data[tool] for tool in request.asked} | {RATIONALE: {"text": why}}
    used = [name for name in request.functions if arguments.get(name) is not None]
    if request.required and not used:
        used = list(request.asked[:1])
        arguments |= {tool: _nothing(tool, recipe.toolset) for tool in used}
    calls = [_call(f"{call_id}_{number}", name, arguments[name]) for number, name in enumerate(used)]
    if not calls:
        return {"role": "assistant", "content": why}
    return {"role": "assistant", "content": said, "tool_calls": calls}


def _nothing(tool: str, toolset: Toolset) -> dict[str, Any]:
    """Arguments by which a tool changes nothing: neutral numbers, and of each choice the first option."""
    arguments: dict[str, Any] = {}
    for slot in toolset.tool_slots[tool]:
        place = arguments
        for key in slot.keys[:-1]:
            place = place.setdefault(key, {})
        parameter = slot.parameter
        place[slot.keys[-1]] = next(iter(parameter.options)) if isinstance(parameter, Choice) else parameter.neutral
    return arguments


def _call(call_id: str, name: str, arguments: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    return {"id": call_id, "type": "function", "function": function}


def _functions(body: ChatBody) -> tuple[tuple[str, ...] | None, bool]:
    """The names of the functions that may be called, in order and each once, and whether one must be.

    None where none are offered, or none may be called. ``tool_choice`` means what it means to OpenAI's API; raises
    Problem (400) where it means nothing there, or nothing that is offered.
    """
    offered = _named(body.tools or ())
    match body.tool_choice:
        case None | "auto":
            chosen, required = offered, False
        case "none":
            return None, False
        case "required":
            chosen, required = offered, True
        case {"type": "function", "function": {"name": str(name)}}:
            chosen, required = (name,), True
        case {"type": "allowed_tools", "allowed_tools": {"mode": "auto" | "required" as mode, "tools": [*tools]}}:
            chosen, required = _named(tools), mode == "required"
        case other:
            raise Problem(
                400,
                f"tool_choice is {shorten(other)}: send auto, none, required, one function by its name, or"
                " allowed_tools with a mode (auto, required) and its tools",
            )
    if strange := next((name for name in chosen if name not in offered), None):
        raise Problem(400, f"tool_choice names {shorten(strange)}, which is not among the tools")
    if required and not chosen:
        raise Problem(400, "tool_choice wants a tool called, and none is offered; send tools, or leave it out")
    return (tuple(name for name in offered if name in chosen) if body.tools else None), required


def _named(tools: Sequence[Any]) -> tuple[str, ...]:
    """The names of the functions among tools, each once."""
    found: dict[str, None] = {}
    for tool in tools:
        match tool:
            case {"function": {"name": str(name)}}:
                found[name] = None
    return tuple(found)


def _check_offered(tools: Sequence[Any], asked: tuple[str, ...], toolset: Toolset) -> None:
    """Raise Problem for an app's own tool of a name of ours: its ranges mean something else than our numbers."""
    for tool in tools:
        match tool:
            case {"function": {"name": str(name), "parameters": dict(schema)}} if name in asked:
                if unlike := _unlike(schema, name, toolset):
                    raise Problem(
                        422, f"the function {name} is not the tool here: {unlike}; offer it as GET /v1/toolset has it"
                    )


def _unlike(schema: Mapping[str, Any], tool: str, toolset: Toolset) -> str | None:
    """What a JSON Schema forbids of the arguments that a tool is called with; what it does not say it allows."""
    for slot in toolset.tool_slots[tool]:
        place: Any = schema
        for key in slot.keys:
            members = place.get("properties") if isinstance(place, Mapping) else None
            if not isinstance(members, Mapping):
                place = None
                break
            if key not in members and place.get("additionalProperties") is False:
                return f"{slot.path} is not among its parameters"
            place = members.get(key)
        if isinstance(slot.parameter, Number) and isinstance(place, Mapping):
            ours = slot.parameter
            ends = [(place.get("minimum"), ours.minimum, 1), (place.get("maximum"), ours.maximum, -1)]
            if any(is_number(end) and sign * (float(end or 0) - own) > 0 for end, own, sign in ends):
                return f"{slot.path} goes from {ours.minimum:g} to {ours.maximum:g} here, and not so far there"
    return None


def _schema(body: ChatBody) -> tuple[str, ...]:
    """The members that a schema for the reply names."""
    place: Any = body.response_format or {}
    for key in ("json_schema", "schema", "properties"):
        place = place.get(key) if isinstance(place, Mapping) else None
    return tuple(place) if isinstance(place, Mapping) else ()


def _asked(
    functions: tuple[str, ...] | None, schema: tuple[str, ...], system: str, toolset: Toolset
) -> tuple[str, ...]:
    """The tools of ours that functions, a schema, or the example in a system message name; without any, all."""
    tools = tuple(toolset.tool_slots)
    named = functions or schema
    found = tuple(tool for tool in tools if tool in named)
    if named and not found and set(named) != {RATIONALE}:
        raise Problem(422, f"none of {names(named)} is a tool here; offer {names(tools)}, as GET /v1/toolset has them")
    return found or tuple(tool for tool in tools if f'"{tool}":' in system) or tools


def _latest(messages: Sequence[Mapping[str, Any]], toolset: Toolset) -> Recipe | None:
    """The recipe of the newest of an assistant's messages that holds one."""
    for one in reversed(messages):
        if one.get("role") == "assistant":
            try:
                recipe, _, _ = assemble([read_reply(one, tuple(toolset.tool_slots), toolset)], toolset)
            except AnswerError:
                continue
            return recipe
    return None
