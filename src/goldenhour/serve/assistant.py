"""What the API's rooms ask with: answers with their ids, projects, and a note to the event store of everything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from uuid import UUID

from goldenhour.events import AnswerShown, Exposed, new_id
from goldenhour.events.event import MediaKind
from goldenhour.experiment.domain import domain_of
from goldenhour.serve.answer import Answered, Note, Unseen
from goldenhour.serve.chain import Chain, Wished
from goldenhour.serve.metrics import Metrics
from goldenhour.serve.projects import REMEMBERED, Project, Projects
from goldenhour.serve.recent import Recent
from goldenhour.serve.trials import Trials
from goldenhour.students.unmet import BEYOND, BEYOND_IN_PART, UNREAD
from goldenhour.tools import Recipe, check_intent, explain
from goldenhour.tools.errors import UserError

AT_ONCE = 2  # intents of a batch: whoever asks for one alone does not wait for a hundred others


@dataclass(frozen=True)
class Wish:
    """What is asked for: an intent, for whom, on which recipe; all of ``count`` takes, or the one that ``take`` names.

    A ``take`` beyond the last starts over. Without a project one is started; one that is named its client starts.
    """

    intent: str
    count: int = 1
    take: int | None = None
    current: Recipe | None = None
    project_id: UUID | None = None
    user: str | None = None
    media_kind: MediaKind = "photo"


@dataclass(frozen=True)
class _Found:
    """What was found for one intent; ``exposed``: the experiment and its arm, if that really answered."""

    shown: list[Answered]
    wished: Wished
    exposed: tuple[str, str] | None


class Assistant:
    """Answers wishes. What is found is noted as shown when the whole response is there, and not before."""

    def __init__(self, chain: Chain, note: Note, metrics: Metrics, projects: Projects, trials: Trials):
        self._chain, self.note, self._metrics, self._trials = chain, note, metrics, trials
        self.projects = projects
        self._exposed: Recent[tuple[UUID, str], bool] = Recent(REMEMBERED)

    async def find(
        self,
        intent: str,
        *,
        media_kind: MediaKind = "photo",
        project_id: UUID | None = None,
        user: str | None = None,
        current: Recipe | None = None,
    ) -> Unseen:
        """One answer, which is not noted yet: an ``Answerer``."""
        wish = Wish(intent, current=current, project_id=project_id, user=user, media_kind=media_kind)
        project, found = await self._find_in_project(wish)
        return Unseen(found.shown[0], partial(self._show, wish, project, [found]))

    async def answers(self, wish: Wish) -> list[Answered]:
        """The answers to a wish. Raises IntentError, EventError, Problem."""
        project, found = await self._find_in_project(wish)
        self._show(wish, project, [found])
        return found.shown

    async def batch(self, wish: Wish, intents: Sequence[str]) -> list[Answered]:
        """An answer to each intent, in their order and in one project: to all of them, or to none.

        Raises UserError for the first that is none, EventError, Problem.
        """
        checked = []
        for number, intent in enumerate(intents):
            try:
                checked.append(check_intent(intent))
            except UserError as error:
                raise UserError(f"intents.{number}: {error}") from None
        project = await self._project(wish)
        turns = asyncio.Semaphore(AT_ONCE)

        async def find(intent: str) -> _Found:
            async with turns:
                return await self._find(replace(wish, intent=intent), project, perf_counter())

        found = await asyncio.gather(*map(find, checked))
        self._show(wish, project, found)
        return [answered for one in found for answered in one.shown]

    async def _find_in_project(self, wish: Wish) -> tuple[Project, _Found]:
        began = perf_counter()
        intent = check_intent(wish.intent)
        project = await self._project(wish)
        return project, await self._find(replace(wish, intent=intent), project, began)

    async def _project(self, wish: Wish) -> Project:
        if wish.project_id is None:
            return self.projects.new(wish.user)
        return await self.projects.find(wish.project_id, wish.user)

    async def _find(self, wish: Wish, project: Project, began: float) -> _Found:
        trial, panel = self._trials.running, self.projects.panel(project)
        wished = await self._chain.wish(wish.intent, wish.current, panel)
        count = len(wished.recipes)
        chosen = range(min(wish.count, count)) if wish.take is None else [wish.take % count]
        arm = panel.arm if panel else None
        shown = [self._shown(wish.intent, project, wished, take, arm, began) for take in chosen]
        reading = wished.reading
        exposed = (trial.experiment.name, arm) if trial and arm else None
        return _Found(shown, wished, None if reading.fallback or reading.refused else exposed)

    def _show(self, wish: Wish, project: Project, found: Sequence[_Found]) -> None:
        """Note what is shown; a project that no client named starts with it."""
        if wish.project_id is None:
            self.projects.begin(project, wish.media_kind)
        for one in found:
            for answered in one.shown:
                self._note(answered, one.wished)
            if one.exposed:
                self._expose(project, *one.exposed)

    def _shown(
        self, intent: str, project: Project, wished: Wished, take: int, arm: str | None, began: float
    ) -> Answered:
        reading, recipe = wished.reading, wished.recipes[take]
        message = None
        if reading.refused and wished.changes[take] != "undone":  # "undo the crop" takes something back
            message = BEYOND
        elif wished.beyond and wished.heard:
            message = BEYOND_IN_PART
        elif not wished.heard or (recipe.is_neutral and wished.changes[take] == "new"):
            message = UNREAD
        return Answered(
            answer_id=new_id(),
            project_id=project.id,
            intent=intent,
            recipe=recipe,
            source=reading.source,
            model=reading.model,
            version=reading.version,
            confidence=reading.confidence,
            repairs=reading.repairs,
            explanation=tuple(explain(recipe)),
            take=take,
            takes=len(wished.recipes),
            change=wished.changes[take],
            message=message,
            latency_ms=1000 * (perf_counter() - began),
            arm=arm,
        )

    def _expose(self, project: Project, experiment: str, arm: str) -> None:
        """Note, once a project, that an arm really answered in it."""
        if self._exposed.get((project.id, experiment)) is None:
            self._exposed.put((project.id, experiment), True)
            self.note(Exposed(new_id(), project.id, experiment, arm, datetime.now(UTC)))

    def _note(self, answered: Answered, wished: Wished) -> None:
        reading = wished.reading
        self._metrics.answers.labels(answered.source).inc()
        if reading.refused:
            self._metrics.refused.inc()
        self.note(
            AnswerShown(
                id=answered.answer_id,
                project_id=answered.project_id,
                shown_at=datetime.now(UTC),
                intent=answered.intent,
                recipe=answered.recipe,
                source_model=answered.model,
                source_version=answered.version,
                latency_ms=answered.latency_ms,
                fallback=reading.fallback,
                domain=domain_of(answered.intent),
                repaired=bool(reading.repairs),
                refused=reading.refused,
                follow_up=answered.change != "new",
            )
        )
