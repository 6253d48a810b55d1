"""A teacher to practise with: it answers chat completions from the recorded answers."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from goldenhour.teacher.answers import TeacherAnswer
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.reply import RATIONALE
from goldenhour.tools import Toolset, default_toolset, normalise

MODEL = "recorded"
TOKEN = re.compile(r"\w{1,6}|[^\w\s]+")  # what counts as one token here: up to six letters, or signs in a row


class PracticeTeacher:
    """Answers from recorded answers; an intent asked several times gets its several answers in turn."""

    def __init__(self, answers: Sequence[TeacherAnswer] | None = None, toolset: Toolset | None = None):
        self._toolset = toolset or default_toolset()
        self._answers: dict[str, list[TeacherAnswer]] = defaultdict(list)
        for answer in recorded_answers() if answers is None else answers:
            self._answers[normalise(answer.intent)].append(answer)
        self._trigrams = {intent: _trigrams(intent) for intent in self._answers}
        self._asked: Counter[tuple[str, tuple[str, ...]]] = Counter()

    def reply(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The assistant's message to a request: calls if it offers functions, otherwise JSON."""
        texts = {"system": "", "user": ""}
        for message in request["messages"]:
            texts[message["role"]] = message["content"]
        offered = [entry["function"]["name"] for entry in request.get("tools", ())]
        asked = self._asked_tools(request, offered, texts["system"])
        answer = self._answer(texts["user"], asked)
        data = {RATIONALE: answer.rationale, **{tool: answer.recipe_data[tool] for tool in asked}}
        if not offered:
            return {"role": "assistant", "content": json.dumps(data, ensure_ascii=False)}
        data[RATIONALE] = {"text": answer.rationale}
        calls = [_call(number, name, data[name]) for number, name in enumerate(offered) if data.get(name) is not None]
        return {"role": "assistant", "content": None, "tool_calls": calls}

    def _asked_tools(self, request: Mapping[str, Any], offered: list[str], system: str) -> tuple[str, ...]:
        """The tools that a request asks for, by its functions, its schema, or the example in its text; else all."""
        tools = tuple(tool.name for tool in self._toolset.tools)
        schema = (request.get("response_format") or {}).get("json_schema", {}).get("schema", {})
        named = offered or list(schema.get("properties", ())) or [tool for tool in tools if f'"{tool}":' in system]
        return tuple(tool for tool in tools if tool in named) or tools

    def _answer(self, intent: str, asked: tuple[str, ...]) -> TeacherAnswer:
        wanted = normalise(intent)
        if wanted not in self._answers:
            wanted = self._most_similar(wanted)
        answers = self._answers[wanted]
        turn = self._asked[wanted, asked]
        self._asked[wanted, asked] += 1
        return answers[turn % len(answers)]

    def _most_similar(self, intent: str) -> str:
        """The recorded intent that shares most of its letter trigrams (Jaccard)."""
        wanted = _trigrams(intent)
        return max(
            self._trigrams, key=lambda known: len(wanted & self._trigrams[known]) / len(wanted | self._trigrams[known])
        )


def completion(request: Mapping[str, Any], message: dict[str, Any], number: int, cut: bool) -> dict[str, Any]:
    """The chat completion that carries a message; ``cut``: the tokens have run out."""
    finish = "length" if cut else "tool_calls" if message.get("tool_calls") else "stop"
    asked = [entry["content"] for entry in request["messages"]]
    asked += [json.dumps(request[name]) for name in ("tools", "response_format") if name in request]
    tokens_in = sum(count_tokens(text) for text in asked)
    functions = [call["function"] for call in message.get("tool_calls", ())]
    replied = [message.get("content") or "", *(function["name"] + function["arguments"] for function in functions)]
    tokens_out = sum(count_tokens(text) for text in replied)
    limit = request.get("max_tokens", request.get("max_completion_tokens", tokens_out))
    tokens_out = min(tokens_out, limit)
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 0,
        "model": request.get("model", MODEL),
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out},
    }


@cache
def count_tokens(text: str) -> int:
    """The tokens of a text, by this server's own count."""
    return sum(1 for _ in TOKEN.finditer(text))


def _trigrams(text: str) -> frozenset[str]:
    padded = f"  {text} "
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))


def _call(number: int, name: str, arguments: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    return {"id": f"call_{number}", "type": "function", "function": function}
