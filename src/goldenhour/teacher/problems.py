"""What a server's errors mean: ask again, ask otherwise, give this request up, or stop."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from goldenhour.teacher.pace import asked_wait
from goldenhour.teacher.prompt import MODES
from goldenhour.teacher.request import Dialect
from goldenhour.teacher.settings import Endpoint

# what servers' sentences speak of when they refuse a way of replying
OF_MODE = {
    "calls": re.compile(r"\btools?\b|tool_|function|--jinja|parser", re.IGNORECASE),
    "schema": re.compile(r"response_format|json_schema|schema|structured|grammar", re.IGNORECASE),
}

LOST = (
    502,
    504,
    *range(520, 528),
)  # a gateway lost the reply; a server that says itself that it failed charges nothing


class Remedy(Enum):
    """What to do about a problem."""

    AGAIN = "ask again later"
    OTHERWISE = "ask again in another dialect"
    SKIP = "give this request up"
    STOP = "stop asking"


@dataclass(frozen=True)
class Problem:
    """What went wrong, in a sentence. ``wait``: seconds that the server asks for. ``charged``: it may have been."""

    remedy: Remedy
    sentence: str
    wait: float | None = None
    charged: bool = False
    dialect: Dialect | None = None


def status_problem(
    status: int, headers: Mapping[str, str], text: str, endpoint: Endpoint, dialect: Dialect, may_change: bool
) -> Problem:
    """The problem that an HTTP status tells of. ``may_change``: the mode is not the user's choice."""
    said = _message(text, endpoint)
    whole = f"{endpoint.url} answers {status}: {said}"
    if status in (400, 404, 422, 500, 501) and (simpler := _simpler(dialect, said, may_change)):
        return Problem(Remedy.OTHERWISE, whole, dialect=simpler)
    if status in (401, 403):
        return Problem(Remedy.STOP, f"{endpoint.url} refuses the key ({status}: {said}); set {endpoint.prefix}KEY")
    if status == 402 or (status == 429 and re.search(r"insufficient_quota|current quota|credit", text)):
        return Problem(Remedy.STOP, f"{endpoint.url} says that the account has no money left: {said}")
    if status in (408, 409, 425, 429) or status >= 500:
        return Problem(Remedy.AGAIN, whole, asked_wait(headers), charged=status in LOST)
    if status in (400, 413, 422):
        return Problem(Remedy.SKIP, whole)
    remedy = f"check {endpoint.prefix}URL, which often ends in /v1, and the model {endpoint.model!r}"
    return Problem(Remedy.STOP, f"{whole}; {remedy}")


def connection_problem(error: BaseException, endpoint: Endpoint, reached: bool) -> Problem:
    """The problem that a failed connection tells of. ``reached``: the server has answered before."""
    cause = error.__cause__ or error
    never_arrived = type(cause).__name__ in ("ConnectError", "ConnectTimeout", "UnsupportedProtocol")
    reason = endpoint.shown(" ".join(str(cause).split()))[:200] or type(cause).__name__
    if never_arrived and not reached:
        return Problem(Remedy.STOP, f"{endpoint.url} cannot be reached: {reason}; is the server running?")
    return Problem(Remedy.AGAIN, f"the connection to {endpoint.url} was lost: {reason}", charged=not never_arrived)


def _simpler(dialect: Dialect, said: str, may_change: bool) -> Dialect | None:
    """A dialect without what the server does not understand, if it names anything."""
    if "max_completion_tokens" in said and dialect.length_name == "max_tokens":
        return replace(dialect, length_name="max_completion_tokens")
    if "temperature" in said and "support" in said and dialect.temperature:
        return replace(dialect, temperature=False)
    if may_change and dialect.mode in OF_MODE and OF_MODE[dialect.mode].search(said):
        return replace(dialect, mode=MODES[MODES.index(dialect.mode) + 1])
    return None


def _message(text: str, endpoint: Endpoint) -> str:
    """The sentence in an error's body, which servers wrap differently."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        data = text
    for name in ("error", "message", "detail"):
        if isinstance(data, Mapping) and data.get(name):
            data = data[name]
    said = data if isinstance(data, str) else json.dumps(data)
    return endpoint.shown(" ".join(said.split()))[:300] or "nothing"
