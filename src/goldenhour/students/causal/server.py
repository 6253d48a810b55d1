"""A trained chat model behind an OpenAI-compatible server, such as vLLM with the student's folder as an adapter."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from goldenhour.students.causal.chat import Chat
from goldenhour.students.generative import Writer, Written
from goldenhour.students.student import StudentError
from goldenhour.teacher.client import Client, Tally
from goldenhour.teacher.cost import Budget
from goldenhour.teacher.errors import AnswerError
from goldenhour.teacher.pace import Limits
from goldenhour.teacher.request import Asking, Dialect, completion
from goldenhour.teacher.settings import Endpoint
from goldenhour.tools import default_toolset

PART = "student"
LIMITS = Limits(attempts=3, timeout=60.0)
LEAST = 50  # tokens that a request may always ask for


def endpoint(environment: Mapping[str, str]) -> Endpoint | None:
    """The server that GOLDENHOUR_STUDENT_URL, _MODEL and _KEY name; None without a URL.

    It is no part of a student's folder, so that a folder from elsewhere sends nobody's words anywhere.
    """
    prefix = f"GOLDENHOUR_{PART.upper()}_"
    url, model, key = (environment.get(f"{prefix}{name}", "").strip() for name in ("URL", "MODEL", "KEY"))
    if not url:
        return None
    if not model:
        raise StudentError(f"the student's server {url} needs the name of a model: set {prefix}MODEL")
    return Endpoint(url.rstrip("/"), model, key, part=PART)


def server_writer(where: Endpoint, chat: Chat, most: int) -> Writer:
    """What the server's model writes to requests, at most ``most`` tokens each; it does not say how sure it is.

    A request without a reply is answered by nothing. Raises TeacherError where the server cannot be used at all.
    """

    def write(requests: Sequence[str]) -> list[Written]:
        with ThreadPoolExecutor(1) as thread:  # the caller's own may be running an event loop
            return thread.submit(asyncio.run, _ask_all(requests, where, chat, most)).result()

    return write


async def _ask_all(requests: Sequence[str], where: Endpoint, chat: Chat, most: int) -> list[Written]:
    asking = Asking(temperature=0.0, max_tokens=max(LEAST, most), mode="text")
    turns = asyncio.Semaphore(LIMITS.concurrency)
    async with Client(where, asking, default_toolset(), LIMITS, Budget(None, None), Tally()) as client:

        async def ask(request: str) -> Written:
            def body(dialect: Dialect) -> dict[str, Any]:
                return completion(where.model, chat.messages(request), asking, dialect)

            async with turns:
                try:
                    _, text = await client.complete(body, _text)
                except AnswerError:
                    return Written("", 0.0)
                return Written(text, 1.0)

        return list(await asyncio.gather(*(ask(request) for request in requests)))


def _text(kept: Mapping[str, Any]) -> str:
    content = kept["message"].get("content")
    if not isinstance(content, str) or not content.strip():
        raise AnswerError("the reply is empty")
    return content
