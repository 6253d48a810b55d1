"""Many requests of one kind to a server at once: what is answered is kept as it comes, and hopeless asking stops."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from goldenhour.teacher.cache import ReplyCache
from goldenhour.teacher.client import CapReachedError, Client, Tally
from goldenhour.teacher.errors import AnswerError, TeacherError

FAILURES_AT_FIRST = 5  # failed requests without any success, after which nobody is asked further
FAILURES_IN_A_ROW = 20

Q = TypeVar("Q")
R = TypeVar("R")


@dataclass
class Asked(Generic[Q, R]):
    """One run of asking. ``ask`` puts one question and raises what ``Client.ask`` raises; ``about`` names it in words.

    What came of it: ``replies``, a sentence in ``refusals`` for each question without one, why asking ``stopped``
    before its end, and how many requests in a row had ``failures`` last.
    """

    client: Client
    ask: Callable[[Client, Q], Awaitable[tuple[dict[str, Any], R]]]
    about: Callable[[Q], str]
    cache: ReplyCache
    progress: Callable[[int, int], None] | None = None
    replies: dict[Q, R] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    stopped: str = ""
    failures: int = 0

    def ask_all(self, keys: Mapping[Q, str]) -> None:
        """Put questions, each with the key under which its reply is kept; ``progress`` hears of each that is done."""
        if keys:
            asyncio.run(self._ask_all(deque(keys.items())))

    @property
    def _tally(self) -> Tally:
        return self.client.tally

    async def _ask_all(self, todo: deque[tuple[Q, str]]) -> None:
        total = len(todo)
        try:
            async with self.client:
                await self._ask_next(todo, total)  # alone: what is wrong with the endpoint shows before much is asked
                async with asyncio.TaskGroup() as group:
                    for _ in range(self.client.limits.concurrency):
                        group.create_task(self._ask_on(todo, total))
        except* TeacherError as errors:
            self.stopped = str(errors.exceptions[0])

    async def _ask_on(self, todo: deque[tuple[Q, str]], total: int) -> None:
        while todo:
            await self._ask_next(todo, total)

    async def _ask_next(self, todo: deque[tuple[Q, str]], total: int) -> None:
        question, key = todo.popleft()
        try:
            kept, reply = await self.ask(self.client, question)
        except CapReachedError as error:
            self.stopped = str(error)
            todo.clear()  # what is under way may finish
            return
        except AnswerError as error:
            self._refuse(question, error)
        else:
            self.cache.put(key, kept, self.client.endpoint.model)
            self.replies[question] = reply
            self.failures = 0
            self._tally.answered += 1
        if self.progress:
            self.progress(self._tally.answered + self._tally.refused, total)

    def _refuse(self, question: Q, error: AnswerError) -> None:
        self.refusals.append(f"{self.about(question)}: {error}")
        self._tally.refused += 1
        self.failures += 1
        most = FAILURES_IN_A_ROW if self._tally.answered else FAILURES_AT_FIRST
        if self.failures >= most:
            raise TeacherError(
                f"{self.failures} requests in a row failed, the last because: {error}; try another --mode or model"
            )
