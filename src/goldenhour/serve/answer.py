"""What one intent is answered, as the API gives it; and what other rooms of the server are handed to ask with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias
from uuid import UUID

from goldenhour.events import Event
from goldenhour.events.event import MediaKind
from goldenhour.tools import Recipe

Source = Literal["cache", "student", "teacher"]
Change = Literal["new", "relative", "mixed", "undone"]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer.

    ``take`` of ``takes``: which of the distinct readings of the words it is, from 0. ``change``: how it came from the
    recipe that the request had. ``message``: a sentence for the person where nothing tonal can be done, else None.
    """

    answer_id: UUID
    project_id: UUID
    intent: str
    recipe: Recipe
    source: Source
    model: str
    version: str
    confidence: float
    repairs: tuple[str, ...]
    explanation: tuple[str, ...]
    take: int
    takes: int
    change: Change
    message: str | None
    latency_ms: float
    arm: str | None

    def to_dict(self) -> dict[str, Any]:
        """The answer as in JSON."""
        return {
            "answer_id": str(self.answer_id),
            "project_id": str(self.project_id),
            "intent": self.intent,
            "recipe": self.recipe.to_dict(),
            "source": self.source,
            "model": self.model,
            "version": self.version,
            "confidence": round(self.confidence, 4),
            "repairs": list(self.repairs),
            "explanation": list(self.explanation),
            "take": self.take,
            "takes": self.takes,
            "change": self.change,
            "message": self.message,
            "latency_ms": round(self.latency_ms, 2),
            "arm": self.arm,
        }


@dataclass(frozen=True, slots=True)
class Unseen:
    """An answer that nobody has seen yet; ``show`` notes it, and the start of a new project, as soon as it is sent."""

    answered: Answered
    show: Callable[[], None]


class Answerer(Protocol):
    """Answers one intent; raises IntentError for text that is none, Problem where it cannot."""

    async def __call__(
        self,
        intent: str,
        *,
        media_kind: MediaKind = "photo",
        project_id: UUID | None = None,
        user: str | None = None,
        current: Recipe | None = None,
    ) -> Unseen:
        """The answer; where no project is named, its showing starts one."""
        ...


Note: TypeAlias = Callable[[Event], None]  # hands an event to the store, without waiting for it
