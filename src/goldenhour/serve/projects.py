"""Projects: whose they are, and who answers in them. The server remembers many; the store knows of the others."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from goldenhour.events import ProjectStarted, Store, StoreError, new_id, schema
from goldenhour.events.event import MediaKind, check_id, check_name, to_milliseconds
from goldenhour.serve.answer import Note
from goldenhour.serve.chain import Panel
from goldenhour.serve.recent import Recent
from goldenhour.serve.trials import Trial, Trials

REMEMBERED = 50_000
PATIENCE = 1.0  # seconds; then it is answered as one of which the store knows nothing

_log = logging.getLogger("goldenhour.serve")


@dataclass(frozen=True)
class Project:
    """A project; ``started``: its start has been noted, now or by an earlier server.

    ``user`` is None where it is not known by name. ``arm`` is that in which the project was started; ``recalled``: the
    experiment in which the store was asked for it, as there was no name to compute it from.
    """

    id: UUID
    user: str | None
    arm: str | None = None
    started: bool = False
    recalled: str | None = None


class Projects:
    """The projects of a server: each stays with the user whom it had first."""

    def __init__(self, store: Store, trials: Trials, note: Note):
        self._store, self._trials, self._note = store, trials, note
        self._known: Recent[UUID, Project] = Recent(REMEMBERED)
        self._threads = ThreadPoolExecutor(2, "projects")

    def close(self) -> None:
        """End its threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def new(self, user: str | None) -> Project:
        """A project that is to be started. Raises EventError for a name that is none."""
        if user is not None:
            check_name("user", user)
        project_id = new_id()
        return Project(project_id, user or nobody(project_id))

    async def find(self, project_id: UUID, user: str | None) -> Project:
        """The project that a client names, with the user whom it names, if any. Raises EventError."""
        check_id("project_id", project_id)
        if user is not None:
            check_name("user", user)
        project = self._known.get(project_id)
        if project is None:
            recalled = await self._recall(project_id, user)
            project = self._known.get(project_id) or recalled  # it may have been started meanwhile
        if project.user is None and not project.started:
            project = replace(project, user=user)
        self._known.put(project_id, project)
        return project

    async def start(self, project_id: UUID, user: str | None, media_kind: MediaKind) -> Project:
        """Start the project that a client names; one that was started stays as it was. Raises EventError."""
        project = await self.find(project_id, user)
        return project if project.started else self.begin(project, media_kind)

    def begin(self, project: Project, media_kind: MediaKind) -> Project:
        """Note the start of a project."""
        user = project.user or nobody(project.id)
        panel = self.panel(replace(project, user=user))
        project = Project(project.id, user, panel.arm if panel else None, started=True)
        self._note(ProjectStarted(project.id, user, datetime.now(UTC), media_kind, project.arm))
        self._known.put(project.id, project)
        return project

    def panel(self, project: Project) -> Panel | None:
        """Who answers in a project, by the experiment that runs; None: the server's own."""
        trial = self._trials.running
        if trial is None:
            return None
        if project.user is not None:
            return trial.panel(project.user)
        recalled = project.recalled == trial.experiment.name
        return trial.panels.get(project.arm) if project.arm and recalled else None

    async def _recall(self, project_id: UUID, user: str | None) -> Project:
        """What the store knows, while it matters to who answers."""
        trial, row = self._trials.running, None
        if trial:
            try:
                async with asyncio.timeout(PATIENCE):
                    row = await asyncio.get_running_loop().run_in_executor(self._threads, self._row, project_id)
            except (TimeoutError, StoreError) as error:
                _log.warning("a project is not looked up: %s", str(error) or "the store is slow")
        return Project(project_id, user) if row is None or trial is None else self._of_row(row, user, trial)

    def _of_row(self, row: Row[Any], user: str | None, trial: Trial) -> Project:
        """A project of the store. It has no names of users: one that is not named again is not known."""
        for name in (user, nobody(row.id)):
            if name is not None and self._store.user_id(name) == row.user_id:
                return Project(row.id, name, row.arm, started=True)
        if row.started_at < to_milliseconds(trial.experiment.start):  # the arm is one of an earlier experiment
            return Project(row.id, None, started=True)
        return Project(row.id, None, row.arm, started=True, recalled=trial.experiment.name)

    def _row(self, project_id: UUID) -> Row[Any] | None:
        return next(self._store.rows(select(schema.projects).where(schema.projects.c.id == project_id)), None)


def nobody(project_id: UUID) -> str:
    """The name of a user who gave none: one for each project, so that nobody is taken for somebody else."""
    return f"nobody:{project_id}"
