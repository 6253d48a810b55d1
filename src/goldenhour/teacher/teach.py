"""Many intents to a teacher: what has been asked before comes from the cache, the rest is asked at once."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from goldenhour.teacher.answers import TeacherAnswer
from goldenhour.teacher.cache import ReplyCache
from goldenhour.teacher.client import CapReachedError, Client, Tally, read_kept
from goldenhour.teacher.cost import Budget, Usage, estimated_usage, worst_usage
from goldenhour.teacher.errors import AnswerError, TeacherError
from goldenhour.teacher.pace import Limits
from goldenhour.teacher.prompt import MODES, worked_example
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.reply import Reply, assemble
from goldenhour.teacher.request import Asking, Dialect, Question, body, key, questions
from goldenhour.teacher.settings import PREFIX, Endpoint
from goldenhour.tools import Toolset, normalise
from goldenhour.tools.sentences import shorten

FAILURES_AT_FIRST = 5  # failed requests without any success, after which the teacher is not asked further
FAILURES_IN_A_ROW = 20


@dataclass
class Lesson:
    """What came of asking: whole answers in the order of the intents, and a sentence for everything without one."""

    answers: list[TeacherAnswer] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    stopped: str = ""  # why asking stopped before its end


@dataclass(frozen=True)
class Plan:
    """What asking would come to; ``usage`` is a guess, ``worst`` the most, both without retries."""

    requests: int
    cached: int
    usage: Usage
    worst: Usage


@dataclass(frozen=True)
class Teacher:
    """Whom to ask, and how."""

    endpoint: Endpoint
    asking: Asking
    toolset: Toolset
    limits: Limits = field(default_factory=Limits)


def plan(intents: Sequence[str], teacher: Teacher, cache: ReplyCache | None) -> Plan:
    """What ``teach`` would ask, without asking; ``cache`` None where there is none yet."""
    known, todo = _sort(intents, teacher, cache)
    _, example, rationale = worked_example(teacher.toolset)
    data = example.to_dict()
    dialect = Dialect(teacher.asking.mode or MODES[0])
    usage = worst = Usage()
    for question in todo:
        request = body(question, teacher.asking, teacher.toolset, teacher.endpoint.model, dialect)
        answer = json.dumps([rationale, {tool: data[tool] for tool in question.asked}])
        usage += estimated_usage(request, answer)
        worst += worst_usage(request, teacher.asking.max_tokens)
    return Plan(len(todo), len(known), usage, worst)


def teach(
    intents: Sequence[str],
    teacher: Teacher,
    cache: ReplyCache,
    budget: Budget,
    tally: Tally,
    progress: Callable[[int, int], None] | None = None,
) -> Lesson:
    """Ask about intents, each as often as ``teacher`` says, and keep every good reply in the cache as it comes.

    ``budget`` and ``tally`` are the caller's, who may read them after Ctrl+C, too; whatever stops the asking, the same
    call goes on where it was. ``progress`` is told the requests done and all that are to be made.
    """
    replies, todo = _sort(intents, teacher, cache)
    tally.cached += len(replies)
    run = _Run(teacher, cache, tally, progress, deque(todo.items()), replies)
    if todo:
        client = Client(teacher.endpoint, teacher.asking, teacher.toolset, teacher.limits, budget, tally)
        asyncio.run(run.ask_all(client))
    run.lesson.answers = _rows(intents, teacher, replies)
    return run.lesson


def teach_from_records(intents: Sequence[str], samples: int) -> Lesson:
    """The recorded answers to intents, at most ``samples`` each: the teacher where no endpoint is set."""
    by_intent: dict[str, list[TeacherAnswer]] = defaultdict(list)
    for answer in recorded_answers():
        by_intent[normalise(answer.intent)].append(answer)
    lesson = Lesson()
    for intent in intents:
        known = sorted(by_intent[normalise(intent)], key=lambda answer: answer.call)[:samples]
        lesson.answers += [replace(answer, intent=intent, call=number) for number, answer in enumerate(known, 1)]
        if not known:
            lesson.refusals.append(f"no answer to {shorten(intent)} is recorded; set {PREFIX}URL to ask a teacher")
    return lesson


def _sort(
    intents: Sequence[str], teacher: Teacher, cache: ReplyCache | None
) -> tuple[dict[Question, Reply], dict[Question, str]]:
    """The questions that the cache answers, and the others, each with its key."""
    replies, todo = {}, {}
    for question in questions(intents, teacher.asking, teacher.toolset):
        hashed = key(question, teacher.asking, teacher.toolset, teacher.endpoint.model, teacher.endpoint.url)
        try:
            if not cache or (kept := cache.get(hashed)) is None:
                raise AnswerError("it has not been asked")
            replies[question] = read_kept(kept, question, teacher.toolset)
        except AnswerError:
            todo[question] = hashed
    return replies, todo


def _rows(intents: Sequence[str], teacher: Teacher, replies: dict[Question, Reply]) -> list[TeacherAnswer]:
    """The answers all of whose requests have a reply."""
    by_row: dict[tuple[str, int], list[Reply | None]] = defaultdict(list)
    for question in questions(intents, teacher.asking, teacher.toolset):
        by_row[question.intent, question.sample].append(replies.get(question))
    model, form = teacher.endpoint.model, teacher.asking.form
    rows = []
    for (intent, sample), parts in by_row.items():
        whole = [part for part in parts if part is not None]
        if len(whole) == len(parts):
            recipe, rationale, repairs = assemble(whole, teacher.toolset)
            rows.append(TeacherAnswer(intent, "", sample, recipe.to_dict(), rationale, tuple(repairs), model, form))
    return rows


@dataclass
class _Run:
    """One run of asking: what is to be asked yet, each question with its key, and what has come."""

    teacher: Teacher
    cache: ReplyCache
    tally: Tally
    progress: Callable[[int, int], None] | None
    todo: deque[tuple[Question, str]]
    replies: dict[Question, Reply]
    lesson: Lesson = field(default_factory=Lesson)
    failures: int = 0  # in a row

    async def ask_all(self, client: Client) -> None:
        total = len(self.todo)
        try:
            async with client:
                await self._ask_next(client, total)  # alone: what is wrong with the endpoint shows before much is asked
                async with asyncio.TaskGroup() as group:
                    for _ in range(self.teacher.limits.concurrency):
                        group.create_task(self._ask_on(client, total))
        except* TeacherError as errors:
            self.lesson.stopped = str(errors.exceptions[0])

    async def _ask_on(self, client: Client, total: int) -> None:
        while self.todo:
            await self._ask_next(client, total)

    async def _ask_next(self, client: Client, total: int) -> None:
        question, hashed = self.todo.popleft()
        try:
            kept, reply = await client.ask(question)
        except CapReachedError as error:
            self.lesson.stopped = str(error)
            self.todo.clear()  # what is under way may finish
            return
        except AnswerError as error:
            self._refuse(question, error)
        else:
            self.cache.put(hashed, kept, self.teacher.endpoint.model)
            self.replies[question] = reply
            self.failures = 0
            self.tally.answered += 1
        if self.progress:
            self.progress(self.tally.answered + self.tally.refused, total)

    def _refuse(self, question: Question, error: AnswerError) -> None:
        about = "" if len(question.asked) > 1 else f", {question.asked[0]}"
        number = f", sample {question.sample}" if self.teacher.asking.samples > 1 else ""
        self.lesson.refusals.append(f"{shorten(question.intent)}{number}{about}: {error}")
        self.tally.refused += 1
        self.failures += 1
        most = FAILURES_IN_A_ROW if self.tally.answered else FAILURES_AT_FIRST
        if self.failures >= most:
            raise TeacherError(
                f"{self.failures} requests in a row failed, the last because: {error}; try another --mode or model"
            )
