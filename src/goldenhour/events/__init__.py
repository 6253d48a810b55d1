"""The event store: what was shown to whom, what they did with it by hand, and what they exported."""

from goldenhour.events.engine import StoreError
from goldenhour.events.event import AnswerShown, Edited, Event, EventError, Exported, Exposed, ProjectStarted
from goldenhour.events.ids import new_id
from goldenhour.events.outcome import Outcome, outcomes
from goldenhour.events.store import Store, open_store

__all__ = [
    "AnswerShown",
    "Edited",
    "Event",
    "EventError",
    "Exported",
    "Exposed",
    "Outcome",
    "ProjectStarted",
    "Store",
    "StoreError",
    "new_id",
    "open_store",
    "outcomes",
]
