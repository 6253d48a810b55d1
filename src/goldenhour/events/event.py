"""What happens: a project starts, an answer is shown, a user edits it by hand, a project is exported.

Where an experiment runs, it is also logged which of its arms answered.

Each event stands for itself and carries the ids that it belongs to, so events may come late, twice, and in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID

from goldenhour.tools.errors import UserError
from goldenhour.tools.intent import check_intent
from goldenhour.tools.recipe import Recipe
from goldenhour.tools.sentences import is_number, shorten

MediaKind = Literal["photo", "clip"]
MAX_NAME = 200  # characters of a user's name, an arm, an experiment, a domain, a model or its version

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class EventError(UserError):
    """Data that cannot be an event; one sentence that names the field."""


def to_milliseconds(at: datetime) -> int:
    """Unix time in whole milliseconds, exactly; what is finer is cut off."""
    return (at - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """The time, in UTC, of Unix time in milliseconds."""
    return _EPOCH + milliseconds * _MILLISECOND


@dataclass(frozen=True, slots=True)
class ProjectStarted:
    """A user began a photo or a clip, in an arm of an experiment or in none.

    ``user`` is any name by which the caller knows the person; the store keeps only a salted hash of it.
    """

    id: UUID
    user: str
    started_at: datetime
    media_kind: MediaKind
    arm: str | None = None
    simulated: bool = False

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_name("user", self.user)
        _check_time("started_at", self.started_at)
        if self.media_kind not in get_args(MediaKind):
            raise EventError(f"media_kind must be photo or clip, not {shorten(self.media_kind)}")
        if self.arm is not None:
            check_name("arm", self.arm)
        _check_flag("simulated", self.simulated)


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """A model's recipe for an intent was shown; ``fallback`` if the model wanted could not answer and this one did.

    ``domain`` is what kind of wish it was, as far as that is known; ``repaired`` says that the model's answer was not
    valid as it came, ``refused`` that the intent asks for what no tool can do, ``follow_up`` that the recipe is what
    the words made of another that stood before: no answer to the words alone, so nothing is learnt from it.
    """

    id: UUID
    project_id: UUID
    shown_at: datetime
    intent: str
    recipe: Recipe
    source_model: str
    source_version: str
    latency_ms: float
    fallback: bool = False
    domain: str | None = None
    repaired: bool = False
    refused: bool = False
    follow_up: bool = False

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_id("project_id", self.project_id)
        _check_time("shown_at", self.shown_at)
        check_intent(self.intent)
        _check_recipe(self.recipe)
        check_name("source_model", self.source_model)
        check_name("source_version", self.source_version)
        if not is_number(self.latency_ms) or self.latency_ms < 0:
            raise EventError(f"latency_ms must be a number of milliseconds, not {shorten(self.latency_ms)}")
        if self.domain is not None:
            check_name("domain", self.domain)
        for name in ("fallback", "repaired", "refused", "follow_up"):
            _check_flag(name, getattr(self, name))


@dataclass(frozen=True, slots=True)
class Edited:
    """A user changed a shown answer by hand; ``recipe`` has the final parameters of every tool, changed or not."""

    id: UUID
    project_id: UUID
    answer_id: UUID
    edited_at: datetime
    recipe: Recipe

    def __post_init__(self) -> None:
        for name in ("id", "project_id", "answer_id"):
            check_id(name, getattr(self, name))
        _check_time("edited_at", self.edited_at)
        _check_recipe(self.recipe)


@dataclass(frozen=True, slots=True)
class Exported:
    """A project was exported; ``recipe`` is what was exported, with all that was done by hand.

    ``answer_id`` is the shown answer that it was made of, None where it was made of none: by hand alone, of a look
    that was picked, of a recipe that was pasted. Such an export completes its project and says nothing of any answer.
    """

    id: UUID
    project_id: UUID
    answer_id: UUID | None
    exported_at: datetime
    recipe: Recipe

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_id("project_id", self.project_id)
        if self.answer_id is not None:
            check_id("answer_id", self.answer_id)
        _check_time("exported_at", self.exported_at)
        _check_recipe(self.recipe)


@dataclass(frozen=True, slots=True)
class Exposed:
    """An arm of an experiment really answered in a project; assigning a user to an arm is no exposure."""

    id: UUID
    project_id: UUID
    experiment: str
    arm: str
    exposed_at: datetime

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_id("project_id", self.project_id)
        check_name("experiment", self.experiment)
        check_name("arm", self.arm)
        _check_time("exposed_at", self.exposed_at)


Event: TypeAlias = ProjectStarted | AnswerShown | Edited | Exported | Exposed


def check_id(name: str, value: Any) -> None:
    """Raise EventError, which calls the value by ``name``, unless it is an id that an event may have."""
    if not isinstance(value, UUID) or value.version != 7:
        raise EventError(f"{name} must be a UUID of version 7, not {shorten(value)}; make one with new_id()")


def check_name(name: str, value: Any) -> None:
    """Raise EventError, which calls the value by ``name``, unless both databases can keep it as a name."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME or not _is_plain(value):
        raise EventError(f"{name} must be 1 to {MAX_NAME} characters of plain text")


def _is_plain(text: str) -> bool:
    """Whether both databases can keep it: PostgreSQL refuses U+0000, neither takes lone surrogates."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _check_time(name: str, value: Any) -> None:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise EventError(f"{name} must be a time with its zone, not {shorten(value)}")


def _check_flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise EventError(f"{name} must be true or false, not {shorten(value)}")


def _check_recipe(value: Any) -> None:
    if not isinstance(value, Recipe):
        raise EventError(f"recipe must be a Recipe, not {shorten(value)}")
