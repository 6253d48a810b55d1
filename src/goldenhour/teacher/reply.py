"""What a model replied, understood: function calls, JSON by schema, or JSON somewhere in its text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldenhour.teacher.errors import AnswerError
from goldenhour.teacher.loose_json import find_objects
from goldenhour.tools import Recipe, Toolset, repair
from goldenhour.tools.repair import plain_name
from goldenhour.tools.sentences import names, shorten
from goldenhour.tools.toolset import Choice

RATIONALE = "rationale"  # the name under which a reply says why
ENOUGH = 0.75  # of a tool's values must be there where the reply was cut off
ARGUMENTS = ("arguments", "parameters", "args", "input")  # how models write a call in plain text
WRAPPINGS = 3  # objects around the answer that are looked into


@dataclass(frozen=True)
class Reply:
    """An answer to what was asked: for each tool its part as written (None: not used), and why.

    A tool that was asked for and is missing from ``parts`` was forgotten.
    """

    parts: dict[str, Any]
    rationale: str
    repairs: tuple[str, ...]


def read_reply(message: Any, asked: Sequence[str], toolset: Toolset, cut: bool = False) -> Reply:
    """The answer in ``message``, as an OpenAI-compatible server sends it, about the tools ``asked``.

    ``cut`` says that the model ran out of tokens. Raises AnswerError, and nothing else, if there is no answer in it, or
    too little of one.
    """
    try:
        return _read(message, asked, toolset, cut)
    except RecursionError:
        raise AnswerError("the reply is nested too deeply") from None


def assemble(replies: Sequence[Reply], toolset: Toolset) -> tuple[Recipe, str, list[str]]:
    """The recipe of one reply about all tools or several about some; why; and what was repaired."""
    parts = {tool: part for reply in replies for tool, part in reply.parts.items()}
    recipe, repairs = repair(parts, toolset)
    rationale = "; ".join(dict.fromkeys(reply.rationale for reply in replies if reply.rationale))
    return recipe, rationale, [*(sentence for reply in replies for sentence in reply.repairs), *repairs]


@dataclass
class _Draft:
    """What has been read of a reply so far."""

    asked: Sequence[str]
    toolset: Toolset
    cut: bool
    parts: dict[str, Any] = field(default_factory=dict)
    rationale: str = ""
    repairs: list[str] = field(default_factory=list)

    def name(self, written: Any, options: Sequence[str]) -> str | None:
        """Which of ``options`` a name means, letter case and separators aside."""
        if not isinstance(written, str):
            return None
        plain = {plain_name(option): option for option in options}
        return written if written in options else plain.get(plain_name(written[:200]))

    def take(self, tool: str, part: Any) -> None:
        """One tool's part; of several the later fills in and corrects the earlier."""
        if isinstance(part, Mapping) and RATIONALE not in self.inner_names(tool):
            part = {key: value for key, value in part.items() if not self.explains(key, value)}
        if tool in self.parts and self.parts[tool] != part:
            self.repairs.append(f"put several parts of {tool} together")
            part = _merged(self.parts[tool], part)
        self.parts[tool] = part

    def explains(self, key: Any, value: Any) -> bool:
        """Whether an entry is the rationale, which is then kept."""
        if self.name(key, [RATIONALE]) is None:
            return False
        if isinstance(value, str) and value.strip():
            self.rationale = value.strip()
        return True

    def inner_names(self, tool: str) -> list[str]:
        return list(dict.fromkeys(slot.keys[0] for slot in self.toolset.tool_slots[tool]))


def _read(message: Any, asked: Sequence[str], toolset: Toolset, cut: bool) -> Reply:
    if not isinstance(message, Mapping):
        raise AnswerError(f"the reply is {shorten(message)}, not a message")
    draft = _Draft(asked, toolset, cut)
    text = text_of(message)
    called = _read_calls(message, draft)
    if not draft.parts and text:
        _read_text(text, draft)
    if called:
        draft.rationale = draft.rationale or " ".join(text.split())
        if not draft.cut:
            draft.parts = dict.fromkeys((tool for tool in asked if tool not in draft.parts), None) | draft.parts
    if not draft.parts:
        raise AnswerError(_what_instead(message, text))
    _check_usable(draft)
    rationale = draft.rationale[:1000].encode("utf-8", "replace").decode()  # half an emoji cannot be written to a file
    return Reply(draft.parts, rationale, tuple(draft.repairs))


def text_of(message: Mapping[str, Any]) -> str:
    """A message's text, which some servers send in pieces; where a model thinks aloud, its last word counts."""
    content = message.get("content")
    if isinstance(content, list):
        pieces = [piece.get("text") if isinstance(piece, Mapping) else piece for piece in content]
        content = "".join(piece for piece in pieces if isinstance(piece, str))
    return content.rpartition("</think>")[2] if isinstance(content, str) else ""


def _read_calls(message: Mapping[str, Any], draft: _Draft) -> bool:
    """Take the function calls of a message; whether there was any that was asked for."""
    calls = message.get("tool_calls")
    functions = [call.get("function") for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []
    functions.append(message.get("function_call"))
    known = False
    for function in functions:
        if isinstance(function, Mapping):
            known = _take_call(function.get("name"), function.get("arguments"), draft) or known
    return known


def _take_call(name: Any, arguments: Any, draft: _Draft) -> bool:
    if tool := draft.name(name, draft.asked):
        part = _arguments(tool, arguments, draft) or None
        # some models wrap the arguments in the function's name once more
        draft.take(tool, part[tool] if isinstance(part, Mapping) and list(part) == [tool] else part)
        return True
    if draft.name(name, [RATIONALE]):
        given = _arguments(RATIONALE, arguments, draft)
        text = next((value for value in given.values() if isinstance(value, str)), "") if given else ""
        draft.rationale = text.strip() or draft.rationale
        return True
    if name is not None and draft.name(name, [tool.name for tool in draft.toolset.tools]) is None:
        draft.repairs.append(f"dropped the call of the unknown tool {shorten(name)}")
    return False


def _arguments(name: str, arguments: Any, draft: _Draft) -> Any:
    if not isinstance(arguments, str):
        return {} if arguments is None else arguments
    if arguments.strip() in ("", "null"):
        return {}
    found = find_objects(arguments)
    if not found:
        raise AnswerError(f"the call of {name} has arguments that are not JSON: {shorten(arguments)}")
    draft.repairs += found[0].repairs
    draft.cut = draft.cut or found[0].cut
    return found[0].data


def _read_text(text: str, draft: _Draft) -> None:
    """Take the parts that stand as JSON in a text; the draft stays empty if there are none."""
    if len(draft.asked) == 1 and text.strip(" \n`") in ("null", "json\nnull"):
        draft.parts[draft.asked[0]] = None
    for found in find_objects(text):
        if _take_object(found.data, draft, WRAPPINGS):
            draft.repairs += found.repairs
            draft.cut = draft.cut or found.cut


def _take_object(data: Any, draft: _Draft, wrappings: int) -> bool:
    """Take what an object from a text says; whether it says anything that was asked for."""
    if isinstance(data, list):
        return _take_any(data, draft, wrappings)
    if not isinstance(data, Mapping):
        return False
    arguments = next((data[key] for key in ARGUMENTS if key in data), None)
    if arguments is not None and isinstance(called := data.get("name", data.get("tool")), str):
        return _take_call(called, arguments, draft)
    named = {key: tool for key in data if (tool := draft.name(key, draft.asked))}
    inner = draft.inner_names(draft.asked[0]) if len(draft.asked) == 1 else []
    if named:
        for key, tool in named.items():
            draft.take(tool, data[key])
    elif any(draft.name(key, inner) for key in data):
        draft.take(draft.asked[0], dict(data))
    elif not _take_any(data.values(), draft, wrappings):
        return False
    if not draft.name(RATIONALE, draft.asked):
        for key, value in data.items():
            draft.explains(key, value)
    return True


def _take_any(values: Iterable[Any], draft: _Draft, wrappings: int) -> bool:
    taken = [_take_object(value, draft, wrappings - 1) for value in values] if wrappings else []
    return any(taken)


def _merged(old: Any, new: Any) -> Any:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    return {**old, **{key: _merged(old[key], value) if key in old else value for key, value in new.items()}}


def _what_instead(message: Mapping[str, Any], text: str) -> str:
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        return f"the model declined: {shorten(refusal)}"
    return f"the reply names no tool that was asked for: {shorten(text)}" if text.strip() else "the reply is empty"


def _check_usable(draft: _Draft) -> None:
    """Raise AnswerError if the reply breaks off too early, or nothing of it is left when it is repaired."""
    if draft.cut:
        if missing := [tool for tool in draft.asked if tool not in draft.parts]:
            raise AnswerError(f"the reply was cut off before {names(missing)}; allow more with --max-tokens")
        for tool, part in draft.parts.items():
            if part is not None and _share(part, tool, draft.toolset) < ENOUGH:
                raise AnswerError(f"the reply was cut off in the midst of {tool}; allow more with --max-tokens")
    unused = dict.fromkeys(draft.toolset.tool_slots, None)
    recipe, repairs = repair(unused | draft.parts, draft.toolset)
    if repairs and recipe.is_neutral and any(part not in (None, {}) for part in draft.parts.values()):
        raise AnswerError(f"nothing in the reply can be used: {repairs[0]}")


def _share(part: Any, tool: str, toolset: Toolset) -> float:
    """How much of a tool is there, 0..1; none of it without its choices."""
    there = 0
    slots = toolset.tool_slots[tool]
    for slot in slots:
        value = part
        for key in slot.keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        there += value is not None
        if value is None and isinstance(slot.parameter, Choice):
            return 0.0
    return there / len(slots)
