"""The client of an OpenAI-compatible server: one request, asked until there is an answer in the reply."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from goldenhour.teacher.cost import Budget, Usage, worst_usage
from goldenhour.teacher.errors import AnswerError, TeacherError
from goldenhour.teacher.pace import Limits, Pace, wait_before
from goldenhour.teacher.problems import Problem, Remedy, connection_problem, status_problem
from goldenhour.teacher.prompt import MODES
from goldenhour.teacher.reply import Reply, read_reply
from goldenhour.teacher.request import Asking, Dialect, Question, body
from goldenhour.teacher.settings import Endpoint
from goldenhour.tools import Toolset
from goldenhour.tools.extras import needs
from goldenhour.tools.sentences import shorten

T = TypeVar("T")
MAX_UNREADABLE = 3  # replies without an answer in them, until a request is given up
KEPT = ("content", "tool_calls", "function_call", "refusal")  # of a reply's message


class CapReachedError(TeacherError):
    """The next request could cost more than is left under the cap."""


class _FailedError(Exception):
    """A request that failed."""

    def __init__(self, problem: Problem):
        super().__init__(problem.sentence)
        self.problem = problem


@dataclass
class Tally:
    """What asking came to: requests, tokens, dollars."""

    answered: int = 0  # requests that were answered now
    cached: int = 0  # requests that had been answered before
    refused: int = 0  # requests without an answer
    retried: int = 0
    usage: Usage = field(default_factory=Usage)  # as the server reported it
    assumed: int = 0  # replies that were lost, or told no usage, and count at their worst


class Client:
    """Asks questions of a server; it learns what the server understands, keeps the pace and the budget, and counts.

    To be entered, and then used from several tasks at once.
    """

    def __init__(
        self, endpoint: Endpoint, asking: Asking, toolset: Toolset, limits: Limits, budget: Budget, tally: Tally
    ):
        with needs("data"):
            import openai  # noqa: PLC0415 - not part of the plain install, and slow to import
        self._openai = openai
        self.endpoint, self._asking, self._toolset, self.limits = endpoint, asking, toolset, limits
        self._budget, self.tally = budget, tally
        self._pace = Pace(limits.per_minute)
        self._dialect = Dialect(asking.mode or MODES[0])
        self._reached = False
        self._money = asyncio.Condition()

    async def __aenter__(self) -> Self:
        timeout = self._openai.Timeout(self.limits.timeout, connect=self.limits.connect_timeout)
        # retries are ours, for the SDK's know neither budget nor pace; local servers want no key, the SDK wants one
        self._sdk = self._openai.AsyncOpenAI(
            base_url=self.endpoint.url, api_key=self.endpoint.key or "none", max_retries=0, timeout=timeout
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sdk.close()

    async def ask(self, question: Question) -> tuple[dict[str, Any], Reply]:
        """The reply to a question, as it can be kept, and as it was understood.

        Raises AnswerError if there is none, CapReachedError, and TeacherError where asking on makes no sense.
        """
        return await self.complete(
            lambda dialect: body(question, self._asking, self._toolset, self.endpoint.model, dialect),
            lambda kept: read_kept(kept, question, self._toolset),
        )

    async def complete(
        self, request: Callable[[Dialect], dict[str, Any]], read: Callable[[dict[str, Any]], T]
    ) -> tuple[dict[str, Any], T]:
        """The reply to a request in the server's dialect, as it can be kept, and what ``read`` makes of it.

        ``read`` raises AnswerError where there is no answer in it: then it is asked again. Raises what ``ask`` raises.
        """
        unreadable = 0
        for attempt in range(1, self.limits.attempts + 1):
            if attempt > 1:
                self.tally.retried += 1
            try:
                kept = await self._send(request)
                return kept, read(kept)
            except AnswerError as error:
                unreadable += 1
                failure = str(error)
                if unreadable == MAX_UNREADABLE:
                    break
            except _FailedError as failed:
                failure = failed.problem.sentence
                if failed.problem.remedy is Remedy.SKIP:
                    break
                if attempt < self.limits.attempts:
                    await self._wait(attempt + 1, failed.problem)
        raise AnswerError(f"{failure} (asked {attempt} times)" if attempt > 1 else failure)

    async def _wait(self, attempt: int, problem: Problem) -> None:
        if problem.wait is None:
            await asyncio.sleep(wait_before(attempt, self.limits))
            return
        if problem.wait > self.limits.longest_asked_wait:
            raise TeacherError(f"{problem.sentence}, and asks to wait {problem.wait:,.0f} seconds; run again then")
        self._pace.pause(problem.wait)

    async def _send(self, request: Callable[[Dialect], dict[str, Any]]) -> dict[str, Any]:
        """One request in the dialect that the server understands, which is found out on the way."""
        while True:
            dialect = self._dialect
            await self._pace.turn()
            try:
                return await self._pay(request(dialect), dialect)
            except _FailedError as failed:
                problem = failed.problem
                if problem.remedy is Remedy.STOP:
                    raise TeacherError(problem.sentence) from None
                if problem.dialect is None:
                    raise
                if self._dialect == dialect:  # else another request has found it out already
                    self._dialect = problem.dialect

    async def _pay(self, request: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
        """One request, for which money is put aside first."""
        worst = worst_usage(request, self._asking.max_tokens)
        async with self._money:
            while not self._budget.promise(worst):
                if not self._budget.open:
                    raise CapReachedError("the next request could cost more than is left under the cap")
                await self._money.wait()
        used = None  # cancelled, lost, or not told: it may have been charged
        try:
            kept = await self._post(request, dialect)
            used = _reported(kept["usage"])
            return kept
        except _FailedError as failed:
            used = None if failed.problem.charged else Usage()
            raise
        finally:
            self.tally.assumed += used is None
            self.tally.usage += used or Usage()
            self._budget.settle(worst, used)
            async with self._money:
                self._money.notify_all()

    async def _post(self, request: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
        create = self._sdk.chat.completions.with_raw_response.create
        try:
            async with asyncio.timeout(self.limits.timeout):
                response = await create(**request)
        except self._openai.APIStatusError as error:
            self._reached = True
            answer = error.response
            problem = status_problem(
                answer.status_code, answer.headers, answer.text, self.endpoint, dialect, self._asking.mode is None
            )
            raise _FailedError(problem) from None
        except (TimeoutError, self._openai.OpenAIError) as error:
            raise _FailedError(connection_problem(error, self.endpoint, self._reached)) from None
        return self._completion(response.text)

    def _completion(self, text: str) -> dict[str, Any]:
        """What is kept of a chat completion."""
        try:
            completion = json.loads(text)
            choice = completion["choices"][0]
            kept = {name: choice["message"][name] for name in KEPT if choice["message"].get(name) is not None}
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            said = shorten(self.endpoint.shown(text))
            sentence = f"{self.endpoint.url} answers, but not as a chat completion: {said}"
            if not self._reached:
                raise _FailedError(Problem(Remedy.STOP, f"{sentence}; does the URL lack /v1?")) from None
            raise _FailedError(Problem(Remedy.AGAIN, sentence, charged=True)) from None
        self._reached = True
        return {"message": kept, "finish_reason": choice.get("finish_reason"), "usage": completion.get("usage")}


def read_kept(kept: Any, question: Question, toolset: Toolset) -> Reply:
    """The answer in a reply that was kept; raises AnswerError."""
    if not isinstance(kept, Mapping):
        raise AnswerError("what was kept is no reply")
    cut = kept.get("finish_reason") in ("length", "content_filter")
    return read_reply(kept.get("message"), question.asked, toolset, cut)


def _reported(usage: Any) -> Usage | None:
    """The usage that a server reports; None if it does not."""
    if not isinstance(usage, Mapping):
        return None
    tokens_in, tokens_out = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(tokens_in, int) or not isinstance(tokens_out, int) or min(tokens_in, tokens_out) < 0:
        return None
    return Usage(tokens_in, tokens_out)
