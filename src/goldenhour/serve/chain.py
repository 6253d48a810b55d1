"""The chain from an intent to what its words can mean: cache, student, repair, teacher, and what no tool can do."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TypeVar

from goldenhour.serve.answer import Change, Source
from goldenhour.serve.metrics import Metrics
from goldenhour.serve.models import StudentModel, TeacherModel
from goldenhour.serve.problems import Problem
from goldenhour.serve.recent import Recent
from goldenhour.students import Answer
from goldenhour.students.follow_up import follow_up
from goldenhour.students.takes import takes
from goldenhour.students.wishes import beyond
from goldenhour.teacher.errors import AnswerError, TeacherError
from goldenhour.tools import Recipe, repair
from goldenhour.tools.validation import recipe_faults

T = TypeVar("T")
MOST_TAKES = 5
CACHED = 5_000  # answers; each has about five kilobytes

_log = logging.getLogger("goldenhour.serve")


@dataclass(frozen=True)
class Panel:
    """Who answers, in an arm of an experiment or in none: a student, and the teacher that it asks where it is unsure.

    Without a student the teacher is asked about everything. ``arm`` names it in answers.
    """

    student: StudentModel | None
    teacher: TeacherModel | None = None
    unsure: float = 0.0
    arm: str | None = None

    @cached_property
    def key(self) -> str:
        """What tells its answers from others' among those that are cached: one name can stand for many teachers."""
        student = self.student and f"{self.student.name} {self.student.version}"
        teacher = self.teacher and f"{self.teacher.url} {self.teacher.name} {self.teacher.version}"
        return f"{self.arm} {student} {teacher} {self.unsure}"


@dataclass(frozen=True)
class Reading:
    """What one model made of the words: its distinct takes, the first being its answer itself.

    ``fallback``: the model that was wanted could not answer, or was unsure. ``refused``: the words ask for nothing that
    tonal tools can do. ``lasting``: the same words will get the same reading.
    """

    takes: tuple[Recipe, ...]
    confidence: float
    repairs: tuple[str, ...]
    source: Source
    model: str
    version: str
    fallback: bool = False
    refused: bool = False
    lasting: bool = True


@dataclass(frozen=True)
class Wished:
    """A reading on the recipe that the user has: distinct recipes, and for each how it came from the current one.

    ``heard``: whether anything was understood in words that could have changed it. ``beyond``: whether a part of them
    asks for what no tonal tool can do, and the rest was followed.
    """

    reading: Reading
    recipes: tuple[Recipe, ...]
    changes: tuple[Change, ...]
    heard: bool = True
    beyond: bool = False


class Chain:
    """Answers intents, one by one, on a few threads, so that an answer does not depend on what else is asked."""

    def __init__(self, panel: Panel, metrics: Metrics, threads: int | None = None):
        self.panel = panel
        self._metrics = metrics
        # by the text as it was typed: to normalise it would take the sign from the front of "-13 saturation"
        self._cache: Recent[tuple[str, str], Reading] = Recent(CACHED)
        self._threads = ThreadPoolExecutor(threads or max(2, os.cpu_count() or 1), "student")

    def close(self) -> None:
        """End its threads."""
        self._threads.shutdown(cancel_futures=True)

    async def run(self, work: Callable[[], T]) -> T:
        """Do work on one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def wish(self, intent: str, current: Recipe | None = None, panel: Panel | None = None) -> Wished:
        """What an intent, checked and trimmed, comes to on the current recipe, if there is one. Raises Problem."""
        reading = await self.read(intent, panel)
        if current is None:
            return Wished(reading, reading.takes, tuple("new" for _ in reading.takes))
        return await self.run(partial(self._follow_up, intent, current, reading))

    async def read(self, intent: str, panel: Panel | None = None) -> Reading:
        """What a panel, by default the server's own, reads in the words. Raises Problem where no model answers."""
        panel = panel or self.panel
        with self._metrics.stage("cache"):
            known = self._cache.get((panel.key, intent))
        if known is not None:
            return replace(known, source="cache")
        reading = await self._ask(intent, panel)
        if reading.lasting:
            self._cache.put((panel.key, intent), reading)
        return reading

    async def _ask(self, intent: str, panel: Panel) -> Reading:
        reading = await self.run(partial(self._read, intent, panel))
        if panel.teacher and not (reading and (reading.refused or reading.confidence >= panel.unsure)):
            if taught := await self._by_teacher(intent, panel.teacher):
                return replace(taught, fallback=panel.student is not None)
            reading = reading and replace(reading, lasting=False)
        if reading is None and self.panel.student and self.panel.student is not panel.student:
            reading = await self.run(partial(self._by_student, intent, self.panel.student))
            reading = reading and replace(reading, fallback=True, lasting=False)
        if reading is None:
            raise Problem(503, "no model could answer this; the server's log has the reason")
        return reading

    def _read(self, intent: str, panel: Panel) -> Reading | None:
        """What is read without a teacher: that nothing can be done, or what the student says, if there is one."""
        model = panel.student or panel.teacher
        if model and beyond(intent):
            return Reading((Recipe.neutral(),), 1.0, (), "student", model.name, model.version, refused=True)
        return self._by_student(intent, panel.student) if panel.student else None

    def _by_student(self, intent: str, model: StudentModel) -> Reading | None:
        """What a student reads; None, and a line in the log, if it breaks its promise never to fail."""
        try:
            with self._metrics.stage("student"):
                answer = model.answer(intent)
        except Exception:
            _log.exception("the student %s failed", model.name)
            self._metrics.invalid.inc()
            return None
        return self._reading(intent, self._valid(answer), "student", model)

    async def _by_teacher(self, intent: str, model: TeacherModel) -> Reading | None:
        try:
            with self._metrics.stage("teacher"):
                answer = await model.answer(intent)
        except TeacherError as error:
            if isinstance(error, AnswerError):
                self._metrics.invalid.inc()
            self._metrics.fallbacks.labels("failed").inc()
            _log.warning("the teacher %s has no answer: %s", model.name, error)
            return None
        self._metrics.fallbacks.labels("answered").inc()
        return await self.run(partial(self._reading, intent, self._valid(answer), "teacher", model))

    def _valid(self, answer: Answer) -> Answer:
        """The answer with a recipe that is valid, whatever the model promised."""
        with self._metrics.stage("repair"):
            data = answer.recipe.to_dict()
            if recipe_faults(data, answer.recipe.toolset):
                recipe, repairs = repair(data, answer.recipe.toolset)
                answer = replace(answer, recipe=recipe, repairs=(*answer.repairs, *repairs))
        if answer.repairs:
            self._metrics.repaired.inc()
        return answer

    def _reading(self, intent: str, answer: Answer, source: Source, model: StudentModel | TeacherModel) -> Reading:
        with self._metrics.stage("readings"):
            found = tuple(takes(intent, answer, MOST_TAKES))
        return Reading(found, answer.confidence, answer.repairs, source, model.name, model.version)

    def _follow_up(self, intent: str, current: Recipe, reading: Reading) -> Wished:
        with self._metrics.stage("readings"):
            followed = [follow_up(intent, current, take) for take in reading.takes]
        distinct: dict[Recipe, Change] = {}
        for one in followed:
            if one.change == followed[0].change:  # a take with a look on "brighter skin" would replace what stands
                distinct.setdefault(one.recipe, one.change)
        first = followed[0]
        return Wished(reading, tuple(distinct), tuple(distinct.values()), first.heard, first.beyond)
