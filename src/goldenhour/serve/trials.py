"""The experiment that a server runs: its arms' models, who is answered by which, and where it is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from goldenhour.events import Store
from goldenhour.experiment.assignment import assign
from goldenhour.experiment.definition import (
    Arm,
    Experiment,
    ExperimentError,
    check_arms,
    load_experiment,
    read_experiment,
)
from goldenhour.experiment.registry import end, experiments, find_experiment, register
from goldenhour.serve.chain import Panel
from goldenhour.serve.models import TeacherModel, open_student
from goldenhour.serve.problems import Problem
from goldenhour.serve.settings import Settings
from goldenhour.teacher.settings import Endpoint
from goldenhour.tools import load_toolset
from goldenhour.tools.data_folder import data_folder
from goldenhour.tools.errors import UserError
from goldenhour.tools.whole_file import write_text

SUFFIX = ".yaml"
FOLLOWS = 60.0  # seconds between looks at what the store says of the experiment that runs

_log = logging.getLogger("goldenhour.serve")


@dataclass(frozen=True)
class Trial:
    """An experiment, and who answers in each of its arms, by name."""

    experiment: Experiment
    panels: dict[str, Panel]

    @property
    def started(self) -> bool:
        """Whether its start has come: before it, nobody is answered by its arms."""
        return datetime.now(UTC) >= self.experiment.start

    def panel(self, user: str) -> Panel | None:
        """Who answers a user; None before the start."""
        if not self.started:
            return None
        return self.panels[assign(self.experiment, user).name]


class Trials:
    """At most one experiment at a time, for two would both decide who answers. It is kept in the data folder.

    ``turn`` is held by whoever changes it, from the first look at the store on, so that nobody acts on what is old.
    """

    def __init__(self, store: Store, settings: Settings, own: Panel):
        self._store, self._settings, self._own = store, settings, own
        self.running: Trial | None = None
        self.turn = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None

    def load(self) -> None:
        """Run the experiment of the settings, which ends what is kept, or that; raises UserError where it cannot be.

        Its weights are the newest that the store knows: a file may be older.
        """
        kept = sorted(kept_folder().glob(f"*{SUFFIX}"))
        path = self._settings.experiment or (kept[0] if kept else None)
        if path is None:
            return
        experiment = load_experiment(path)
        known = {one.experiment.name: one for one in experiments(self._store)}.get(experiment.name)
        if known and known.ended and not self._settings.experiment:
            path.unlink()
            _log.warning("the experiment %s ended on %s, so it no longer runs here", path.stem, known.ended.date())
            return
        if known and known.experiment.weights != experiment.weights and not known.ended:
            _log.warning(
                "the weights of %s in %s are not the newest that the store knows, which hold; change them with: "
                "goldenhour experiment start FILE",
                *(experiment.name, path),
            )
            experiment = experiment.with_weights(known.experiment.weights)
        trial = self.open(experiment)
        register(self._store, trial.experiment)
        self.running = trial
        for other in kept if self._settings.experiment else ():
            if other.stem != experiment.name:
                other.unlink()
                if other.stem in {one.experiment.name for one in experiments(self._store)}:
                    end(self._store, other.stem)
                _log.warning(
                    "the experiment %s has ended here: --experiment runs %s in its place", other.stem, experiment.name
                )

    def read(self, data: Any) -> Experiment:
        """The experiment of a request; its students are named from the working folder. Raises ExperimentError."""
        return read_experiment(data, Path.cwd())

    def open(self, experiment: Experiment) -> Trial:
        """Load the arms' models; raises UserError for one that is missing, Problem while another experiment runs."""
        running = self.running
        if running and running.experiment.name != experiment.name:
            other = running.experiment
            state = "is running" if running.started else f"is to run from {other.start:%Y-%m-%d %H:%M %Z} on"
            raise Problem(
                409,
                f"the experiment {other.name} {state}, and two would both decide who answers; "
                f"end it first: DELETE /v1/experiments/{other.name}",
            )
        experiment = check_arms(experiment)
        if running and running.experiment.hash == experiment.hash:  # only the weights are new
            return Trial(experiment, running.panels)
        return Trial(experiment, {arm.name: self._panel(arm) for arm in experiment.arms})

    def keep(self, trial: Trial) -> None:
        """Register it, and keep it for the next start; raises ExperimentError if it was changed while running."""
        register(self._store, trial.experiment)
        kept_folder().mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(trial.experiment.to_dict(), sort_keys=False, allow_unicode=True)
        write_text(_kept(trial.experiment.name), text, ExperimentError)

    async def run(self, trial: Trial) -> None:
        """Let its arms answer from now on."""
        if not self.running:  # else only the weights are new
            for teacher in _teachers(trial):
                await teacher.start()
        self.running = trial

    async def end(self, name: str) -> None:
        """Let the server's own model answer everybody again; raises ExperimentError if it is not running."""
        if not self.running or self.running.experiment.name != name:
            raise ExperimentError(f"the experiment {name} is not running here")
        await asyncio.to_thread(_kept(name).unlink, missing_ok=True)
        await asyncio.to_thread(end, self._store, name)
        await self._stop()

    def listed(self) -> list[dict[str, Any]]:
        """All experiments that the store knows, as for JSON."""
        running = self.running.experiment.name if self.running and self.running.started else None
        return [
            one.experiment.to_dict()
            | {
                "since": one.since.isoformat(),
                "ended": one.ended.isoformat() if one.ended else None,
                "running": one.experiment.name == running,
            }
            for one in experiments(self._store)
        ]

    async def start(self) -> None:
        """Open what the running experiment's teachers need; within the loop that asks."""
        if trial := self.running:
            self.running = None
            await self.run(trial)
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Let nobody be answered by its arms, and close what its teachers needed."""
        if self._following:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._stop()

    async def _follow(self) -> None:
        """Do as the store says, again and again: another process may have changed the weights or ended it."""
        while True:
            await asyncio.sleep(FOLLOWS)
            try:
                async with self.turn:
                    await self._take_up()
            except UserError as error:
                _log.warning("the experiment is not looked up: %s", error)

    async def _take_up(self) -> None:
        """Take up newer weights, or the end, of the experiment that runs."""
        trial = self.running
        if not trial:
            return
        name = trial.experiment.name
        known = await asyncio.to_thread(find_experiment, self._store, name)
        if known.ended:
            _log.warning("the experiment %s was ended in the store, so it no longer runs here", name)
            await asyncio.to_thread(_kept(name).unlink, missing_ok=True)
            await self._stop()
        elif known.experiment.weights != trial.experiment.weights:
            _log.warning("the experiment %s has new weights in the store, which hold from now on", name)
            self.running = replace(trial, experiment=trial.experiment.with_weights(known.experiment.weights))

    async def _stop(self) -> None:
        trial, self.running = self.running, None
        for teacher in _teachers(trial) if trial else ():
            await teacher.stop()

    def _panel(self, arm: Arm) -> Panel:
        if arm.teacher is None:
            student = open_student(arm.folder)
            return Panel(student, self._own.teacher, self._own.unsure, arm.name)
        told = load_toolset(arm.toolset_file) if arm.toolset_file else None
        teacher = TeacherModel(self._endpoint(arm), self._settings.teacher_seconds, arm.prompt, told)
        return Panel(None, teacher, arm=arm.name)

    def _endpoint(self, arm: Arm) -> Endpoint:
        """Whom a teacher's arm asks. The key goes to the settings' own URL alone, whatever a definition says."""
        own, teacher = self._settings.teacher, arm.teacher
        url = (teacher and teacher.url) or (own.url if own else None)
        model = (teacher and teacher.model) or (own.model if own else None)
        if not url or not model:
            raise ExperimentError(
                f"the arm {arm.name} asks a teacher, but none is set; start the server with --teacher-url and "
                "--teacher-model, or name both in the arm"
            )
        return Endpoint(url.rstrip("/"), model, own.key if own and own.url == url.rstrip("/") else "")


def kept_folder() -> Path:
    """Where a server keeps what it runs."""
    return data_folder() / "experiments"


def _kept(name: str) -> Path:
    return kept_folder() / f"{name}{SUFFIX}"


def _teachers(trial: Trial) -> Iterator[TeacherModel]:
    return (panel.teacher for panel in trial.panels.values() if panel.teacher and panel.student is None)
