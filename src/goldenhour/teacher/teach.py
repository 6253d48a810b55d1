"""Many intents to a teacher: what has been asked before comes from the cache, the rest is asked at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from goldenhour.teacher.answers import TeacherAnswer
from goldenhour.teacher.asked import Asked
from goldenhour.teacher.cache import ReplyCache
from goldenhour.teacher.client import Client, Tally, read_kept
from goldenhour.teacher.cost import Budget, Usage, estimated_usage, worst_usage
from goldenhour.teacher.errors import AnswerError
from goldenhour.teacher.pace import Limits
from goldenhour.teacher.prompt import MODES, worked_example
from goldenhour.teacher.recorded import recorded_answers
from goldenhour.teacher.reply import Reply, assemble
from goldenhour.teacher.request import Asking, Dialect, Question, body, key, questions
from goldenhour.teacher.settings import PREFIX, Endpoint
from goldenhour.tools import Toolset, normalise
from goldenhour.tools.sentences import shorten


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
    if not todo:
        return Lesson(_rows(intents, teacher, replies))
    several = teacher.asking.samples > 1
    client = Client(teacher.endpoint, teacher.asking, teacher.toolset, teacher.limits, budget, tally)
    run = Asked(client, Client.ask, lambda question: _about(question, several), cache, progress)
    run.ask_all(todo)
    return Lesson(_rows(intents, teacher, replies | run.replies), run.refusals, run.stopped)


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


def _about(question: Question, several: bool) -> str:
    """A question in words, for a sentence on why it has no answer."""
    about = "" if len(question.asked) > 1 else f", {question.asked[0]}"
    number = f", sample {question.sample}" if several else ""
    return f"{shorten(question.intent)}{number}{about}"


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
