"""An experiment of two arms, and what happens to its users."""

from datetime import UTC, datetime, timedelta
from typing import Any

from goldenhour.events import AnswerShown, Edited, Event, Exported, Exposed, ProjectStarted, new_id
from goldenhour.experiment.definition import Experiment, read_experiment
from goldenhour.tools import Recipe

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BARE = Recipe.neutral()
WARM = Recipe.from_dict({"adjust": None, "selective_adjust": None, "filter": {"name": "warm_Honey", "intensity": 30}})


def define(**changed: Any) -> Experiment:
    arms = [
        {"name": "teacher", "weight": 50, "teacher": None},
        {"name": "student", "weight": 50, "student": "built-in"},
    ]
    return read_experiment({"name": "ab", "arms": arms, "start": START, "planned_users": 1_000} | changed)


def project(
    user: str,
    arm: str | None = None,
    at: datetime = START + MINUTE,
    *,
    export: datetime | bool = False,
    edit: bool = False,
    recipe: Recipe = WARM,
    media_kind: str = "photo",
    experiment: str = "ab",
    simulated: bool = False,
    **answer: Any,
) -> list[Event]:
    """A project that starts, is answered ten seconds later by an arm or by none, and maybe edited and exported."""
    started, shown = new_id(), new_id()
    answered_at = answer.pop("shown_at", at + MINUTE / 6)
    fields = {"intent": "golden hour", "source_model": "m", "source_version": "1", "latency_ms": 5.0} | answer
    events: list[Event] = [
        ProjectStarted(started, user, at, media_kind, arm, simulated),  # type: ignore[arg-type]
        AnswerShown(shown, started, answered_at, recipe=recipe, **fields),
    ]
    if arm:
        events.append(Exposed(new_id(), started, experiment, arm, answered_at))
    if edit:
        events.append(Edited(new_id(), started, shown, at + MINUTE / 2, recipe.scale(50)))
    if export:
        exported_at = at + MINUTE if export is True else export
        events.append(Exported(new_id(), started, shown, exported_at, recipe))
    return events
