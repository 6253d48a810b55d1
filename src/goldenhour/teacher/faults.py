"""What goes wrong with real servers and models, on purpose and the same at every run with the same seed."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from goldenhour.teacher.errors import TeacherError


@dataclass(frozen=True)
class Faults:
    """How often each fault happens, 0..1; at most one to a request."""

    rate_429: float = 0  # too many requests, with Retry-After
    rate_500: float = 0
    cut: float = 0  # the connection ends in the midst of the reply
    malformed: float = 0  # arguments or content that are nearly JSON, or no longer JSON
    truncated: float = 0  # the reply ends early, as when the tokens run out
    wrong_names: float = 0  # tools, parameters and looks in other spellings, and some that there are not
    prose: float = 0  # text instead of calls, with the JSON among it or without it

    def __post_init__(self) -> None:
        shares = [getattr(self, field.name) for field in fields(self)]
        if not all(0 <= share <= 1 for share in shares) or sum(shares) > 1:
            raise TeacherError("the shares of faults must be 0 to 1, and at most 1 together")

    def choose(self, chance: random.Random) -> str:
        """The name of the fault that happens; empty for none."""
        place = chance.random()
        for field in fields(self):
            place -= getattr(self, field.name)
            if place < 0:
                return field.name
        return ""


def damage(message: dict[str, Any], fault: str, chance: random.Random) -> dict[str, Any]:
    """A chat message as the fault leaves it: its content, or one of its calls' arguments."""
    if fault == "prose":
        return _in_prose(message, chance)
    spoil: Callable[[str, random.Random], str] = {
        "malformed": _malformed,
        "truncated": _truncated,
        "wrong_names": _misnamed,
    }[fault]
    if not message.get("tool_calls"):
        return {**message, "content": spoil(message["content"], chance)}
    calls = json.loads(json.dumps(message["tool_calls"]))
    number = chance.randrange(len(calls))
    function = calls[number]["function"]
    function["arguments"] = spoil(function["arguments"], chance)
    if fault == "truncated":
        calls = calls[: number + 1]
    if fault == "wrong_names":
        function["name"] = chance.choice([function["name"].replace("_", " ").title(), function["name"], "crop"])
    return {**message, "tool_calls": calls}


def _in_prose(message: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.3:
        return {"role": "assistant", "content": "What a lovely idea! I would warm it up a little and lift the shadows."}
    text = message.get("content") or ""
    for call in message.get("tool_calls", []):
        function = call["function"]
        text += f'\n```json\n{{"{function["name"]}": {function["arguments"]}}}\n```\n'
    return {
        "role": "assistant",
        "content": f"Sure! Here are the settings {{as you asked}}:\n{text}\nEnjoy your picture!",
    }


def _malformed(text: str, chance: random.Random) -> str:
    kinds = [
        text.replace('"', "'"),
        text.replace("}", ",}"),
        text.replace(": ", ": +") if '"+' not in text else text,
        text.replace(":", " "),  # the names and values can no longer be told apart
        "".join(character for character in text if character not in "{}"),
    ]
    return chance.choice(kinds)


def _truncated(text: str, chance: random.Random) -> str:
    return text[: chance.randint(len(text) // 3, max(len(text) // 3, len(text) - 1))]


def _misnamed(text: str, chance: random.Random) -> str:
    numbers = sorted(set(re.findall(r'"(\w+)"\s*:\s*-?\d', text)))
    wrong = chance.choice(numbers) if numbers else "rationale"
    kinds = [
        re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text),
        re.sub(r'"(\w+)"(?=\s*:)', lambda name: f'"{name[1].title()}"', text),
        text.replace("_", " "),
        text.replace(f'"{wrong}"', f'"{wrong}iness"'),
    ]
    return chance.choice(kinds)
