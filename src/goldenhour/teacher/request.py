"""Requests to a teacher: what is asked, in which form, and the key under which the reply is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.prompt import MODES, Mode, messages, offered_functions, reply_format
from goldenhour.tools import Toolset

Form = Literal["joint", "per-tool"]  # one request about all tools, or the paper's: one request a tool
FORMS: tuple[Form, ...] = ("joint", "per-tool")


@dataclass(frozen=True)
class Asking:
    """How a teacher is asked. ``mode`` None: the first that the server can do."""

    form: Form = "joint"
    samples: int = 1
    temperature: float = 0.7
    max_tokens: int = 2000
    mode: Mode | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.samples <= 1000:
            raise TeacherError(f"{self.samples} samples cannot be asked for; choose 1 to 1000")
        if not 0 <= self.temperature <= 2:
            raise TeacherError(f"the temperature is {self.temperature:g}, but must be 0 to 2")
        if self.samples > 1 and self.temperature == 0:
            raise TeacherError("several samples at temperature 0 are the same answer; choose a --temperature above 0")
        if not 50 <= self.max_tokens <= 1_000_000:
            raise TeacherError(f"max-tokens is {self.max_tokens}, but must be 50 to 1,000,000")


@dataclass(frozen=True)
class Question:
    """One request: an intent, the tools that are asked for, and the number of the sample, from 1."""

    intent: str
    asked: tuple[str, ...]
    sample: int


def questions(intents: Sequence[str], asking: Asking, toolset: Toolset) -> Iterator[Question]:
    """All requests for the intents, in order."""
    tools = tuple(tool.name for tool in toolset.tools)
    shares = [tools] if asking.form == "joint" else [(tool,) for tool in tools]
    for intent in intents:
        for sample in range(1, asking.samples + 1):
            for asked in shares:
                yield Question(intent, asked, sample)


@dataclass(frozen=True)
class Dialect:
    """What a server understands of the protocol; found out by asking."""

    mode: Mode = "calls"
    length_name: str = "max_tokens"  # newer models of OpenAI's want max_completion_tokens
    temperature: bool = True  # some reasoning models have a fixed one


def completion(
    model: str, conversation: Sequence[Mapping[str, str]], asking: Asking, dialect: Dialect
) -> dict[str, Any]:
    """The JSON of a request to go on with a conversation, in whatever form."""
    request = {"model": model, "messages": list(conversation), dialect.length_name: asking.max_tokens}
    return request | ({"temperature": asking.temperature} if dialect.temperature else {})


def body(question: Question, asking: Asking, toolset: Toolset, model: str, dialect: Dialect) -> dict[str, Any]:
    """The JSON of a chat completion request that asks for an answer."""
    mode = dialect.mode
    request = completion(model, messages(question.intent, question.asked, toolset, mode), asking, dialect)
    if mode == "calls":
        request["tools"] = offered_functions(question.asked, toolset)
    elif mode == "schema":
        request["response_format"] = reply_format(question.asked, toolset)
    return request


def key(question: Question, asking: Asking, toolset: Toolset, model: str, url: str) -> str:
    """SHA-256 of the canonical request: what would be sent to a server that understands all, where, and the sample.

    It does not depend on what the server turned out to understand, so that a stopped run finds its replies before it
    asks anything. The URL counts: the same name at two servers need not be the same model. The API key does not.
    """
    canonical = body(question, asking, toolset, model, Dialect(asking.mode or MODES[0]))
    text = json.dumps([url, canonical, question.sample], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
