"""Who answers: a student in this process, or a teacher behind its URL, with the name and version that are logged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from time import monotonic

from goldenhour.serve.settings import Settings
from goldenhour.students import Answer, Student, embedded_student, load_student
from goldenhour.students.student import MANIFEST
from goldenhour.teacher.client import Client, Tally
from goldenhour.teacher.cost import Budget
from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.pace import Limits
from goldenhour.teacher.prompt import MODES, system_text
from goldenhour.teacher.reply import assemble
from goldenhour.teacher.request import Asking, Question, questions
from goldenhour.teacher.settings import Endpoint
from goldenhour.tools import Toolset, default_toolset
from goldenhour.tools.version import version_of

FAILURES, PAUSE_SECONDS = 3, 30.0  # after so many in a row a teacher is left alone for so long


@dataclass(frozen=True)
class StudentModel:
    """A student; ``name`` is its family, ``version`` the start of its manifest's SHA-256."""

    student: Student
    name: str
    version: str

    def answer(self, intent: str) -> Answer:
        """Its answer to one intent, alone: the answers of some students vary with what shares their batch."""
        (answer,) = self.student.predict([intent])
        return answer


def open_student(folder: Path | None) -> StudentModel:
    """The student of a folder, or the embedded one; raises StudentError."""
    student = embedded_student() if folder is None else load_student(folder)
    place = folder or Path(str(resources.files("goldenhour.students") / "embedded"))
    manifest = (place / MANIFEST).read_bytes()
    family = str(json.loads(manifest)["family"])
    return StudentModel(student, family, version_of(manifest))


class TeacherModel:
    """A teacher that is asked in the midst of a request: within a time limit, and not while it keeps failing."""

    def __init__(self, endpoint: Endpoint, seconds: float, form: str | None = None, toolset: Toolset | None = None):
        """``form``: the prompt's, one of ``request.FORMS``; ``version`` is the start of the SHA-256 of the prompts.

        ``toolset``: of which tools it is told; the product's must hold all of their values.
        """
        self._toolset = toolset or default_toolset()
        self._asking = Asking(temperature=0, form="per-tool" if form == "per-tool" else "joint")
        self.name, self.url, self.seconds = endpoint.model, endpoint.url, seconds
        prompts = (system_text(one.asked, self._toolset, MODES[0]) for one in self._questions(""))
        self.version = version_of("\n".join(prompts).encode())
        limits = Limits(attempts=2, first_wait=0.2, timeout=seconds, connect_timeout=min(2.0, seconds))
        # with no price there is no cap: whoever sets a teacher for users decides that it may be asked
        self._client = Client(endpoint, self._asking, self._toolset, limits, Budget(None, None), Tally())
        self._failures, self._resting_until = 0, 0.0
        self._asked, self._stopped = 0, False
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self) -> None:
        """Open its connections; within the loop that asks."""
        await self._client.__aenter__()

    async def stop(self) -> None:
        """Close them when all who ask have their answers; from now on it answers nobody."""
        self._stopped = True
        await self._idle.wait()
        await self._client.__aexit__()

    async def answer(self, intent: str) -> Answer:
        """Its answer, with confidence 1.

        Raises AnswerError where there is none in its reply, TeacherError where it fails, takes too long, or is left
        alone because it failed too often.
        """
        if monotonic() < self._resting_until:
            raise TeacherError("it is left alone for a while, since it kept failing")
        if self._stopped:
            raise TeacherError("its experiment has ended")
        try:
            with self._counted():
                async with asyncio.timeout(self.seconds):
                    replies = await asyncio.gather(*map(self._client.ask, self._questions(intent)))
        except TimeoutError:
            self._failed()
            raise TeacherError(f"there was no reply within {self.seconds:g} seconds") from None
        except TeacherError:
            self._failed()
            raise
        self._failures = 0
        recipe, _, repairs = assemble([reply for _, reply in replies], self._toolset)
        return Answer(recipe.carried_to(default_toolset()), 1.0, tuple(repairs))

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._asked += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._asked -= 1
            if not self._asked:
                self._idle.set()

    def _questions(self, intent: str) -> list[Question]:
        return list(questions([intent], self._asking, self._toolset))

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._failures, self._resting_until = 0, monotonic() + PAUSE_SECONDS


def teacher_of(settings: Settings) -> TeacherModel | None:
    """The teacher for intents of which a student is unsure, if one is to be asked."""
    return TeacherModel(settings.teacher, settings.teacher_seconds) if settings.teacher and settings.unsure else None
