"""Projects on days before a noon, as events."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from goldenhour.events import AnswerShown, Event, Exported, ProjectStarted, new_id
from goldenhour.events.event import to_milliseconds
from goldenhour.tools import Recipe

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
BARE = Recipe.neutral()
WARM = Recipe.from_dict({"adjust": None, "selective_adjust": None, "filter": {"name": "warm_Honey", "intensity": 30}})
BRIGHT = Recipe.from_dict({**BARE.to_dict(), "adjust": {p.name: 10 for p in BARE.toolset.tools[0].parameters}})
_random = Random(7)


def id_at(at: datetime):
    return new_id(to_milliseconds(at), _random.getrandbits(74))


def project(
    user: str,
    at: datetime,
    *intents: str,
    exported: int | None = None,
    recipe: Recipe = WARM,
    simulated: bool = False,
    **answer: Any,
) -> list[Event]:
    """A project in which intents are answered one after the other; ``exported``: from which of the answers."""
    started = ProjectStarted(id_at(at), user, at, "photo", simulated=simulated)
    events: list[Event] = [started]
    for number, intent in enumerate(intents):
        shown = at + timedelta(seconds=10 * (number + 1))
        fields = {"source_model": "small", "source_version": "1", "latency_ms": 5.0} | answer
        events.append(AnswerShown(id_at(shown), started.id, shown, intent, recipe, **fields))
        if number == exported:
            later = shown + timedelta(minutes=1)
            events.append(Exported(id_at(later), started.id, events[-1].id, later, recipe))
    return events
