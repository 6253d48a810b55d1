"""What the API's rooms ask with: answers with their ids, projects, and a note to the event store of everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from uuid import UUID

from goldenhour.events import AnswerShown, Exposed, ProjectStarted, new_id
from goldenhour.events.event import MediaKind
from goldenhour.experiment.domain import domain_of
from goldenhour.serve.answer import Answered, Note
from goldenhour.serve.chain import Chain, Wished
from goldenhour.serve.metrics import Metrics
from goldenhour.serve.recent import Recent
from goldenhour.serve.trials import Trials
from goldenhour.tools import Recipe, check_intent, explain

KNOWN_PROJECTS = 50_000
BEYOND = (
    "This is not something that tonal tools can do; I can change light, colour and mood: "
    'try "golden hour", or "a bit warmer".'
)
UNREAD = 'I read no look in this; try a few words such as "golden hour", "morocco" or "a bit warmer".'


@dataclass(frozen=True)
class Wish:
    """What is asked for: an intent, for whom, on which recipe; all of ``count`` takes, or the one that ``take`` names.

    A ``take`` beyond the last starts over. Without a project one is started.
    """

    intent: str
    count: int = 1
    take: int | None = None
    current: Recipe | None = None
    project_id: UUID | None = None
    user: str | None = None
    media_kind: MediaKind = "photo"


@dataclass(frozen=True)
class Project:
    """A project whose user is known; ``started``: its start has been noted."""

    id: UUID
    user: str
    arm: str | None = None
    started: bool = True


class Assistant:
    """Answers wishes."""

    def __init__(self, chain: Chain, note: Note, metrics: Metrics, trials: Trials):
        self._chain, self.note, self._metrics, self._trials = chain, note, metrics, trials
        self._projects: Recent[UUID, Project] = Recent(KNOWN_PROJECTS)
        self._exposed: Recent[tuple[UUID, str], bool] = Recent(KNOWN_PROJECTS)

    async def answer(
        self,
        intent: str,
        *,
        media_kind: MediaKind = "photo",
        project_id: UUID | None = None,
        user: str | None = None,
        current: Recipe | None = None,
    ) -> Answered:
        """One answer: an ``Answerer``."""
        wish = Wish(intent, current=current, project_id=project_id, user=user, media_kind=media_kind)
        return (await self.answers(wish))[0]

    async def answers(self, wish: Wish) -> list[Answered]:
        """The answers to a wish, each noted as shown. Raises IntentError, EventError, Problem."""
        began = perf_counter()
        intent = check_intent(wish.intent)
        project = self.project(wish)
        trial = self._trials.running
        panel = trial.panel(project.user) if trial else None
        wished = await self._chain.wish(intent, wish.current, panel)
        count = len(wished.recipes)
        chosen = range(min(wish.count, count)) if wish.take is None else [wish.take % count]
        arm = panel.arm if panel else None
        shown = [self._shown(intent, project, wished, take, arm, began) for take in chosen]
        for answered in shown:
            self._note(answered, wished)
        if trial and arm and not wished.reading.fallback and not wished.reading.refused:
            self._expose(project, trial.experiment.name, arm)
        return shown

    def project(self, wish: Wish) -> Project:
        """The project of a wish: the one that it names, or one that is started now."""
        if wish.project_id is None:
            return self.start_project(new_id(), wish.user, wish.media_kind)
        if known := self._projects.get(wish.project_id):
            return known
        project = Project(wish.project_id, wish.user or nobody(wish.project_id), started=False)
        self._projects.put(project.id, project)
        return project

    def start_project(self, project_id: UUID, user: str | None, media_kind: MediaKind) -> Project:
        """Start a project, again if need be: it stays as it was. Raises EventError."""
        known = self._projects.get(project_id)
        if known and known.started:
            return known
        name = user or (known.user if known else nobody(project_id))
        panel = self._trials.running.panel(name) if self._trials.running else None
        project = Project(project_id, name, panel.arm if panel else None)
        self.note(ProjectStarted(project.id, project.user, datetime.now(UTC), media_kind, project.arm))
        self._projects.put(project.id, project)
        return project

    def _shown(
        self, intent: str, project: Project, wished: Wished, take: int, arm: str | None, began: float
    ) -> Answered:
        reading, recipe = wished.reading, wished.recipes[take]
        message = None
        if reading.refused and wished.changes[take] != "undone":  # "undo the crop" takes something back
            message = BEYOND
        elif not reading.confidence and recipe.is_neutral:
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


def nobody(project_id: UUID) -> str:
    """The name of a user who gave none: one for each project, so that nobody is taken for somebody else."""
    return f"nobody:{project_id}"
