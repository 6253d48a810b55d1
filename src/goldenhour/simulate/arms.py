"""Simulated users in the arms of an experiment: who answers whom, and what a server would note of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from uuid import UUID

import numpy as np

from goldenhour.events import AnswerShown, Event, Exported, Exposed, ProjectStarted
from goldenhour.simulate.projects import Answerer, id_at
from goldenhour.tools import Recipe

ArmOf = Callable[[str], str]  # user -> the name of their arm
DomainOf = Callable[[str], str]  # intent -> what it is about


def answered_by_arm(arm_of: ArmOf, answerers: Mapping[str, Answerer]) -> Answerer:
    """Lets each user be answered by their arm; ``answerers`` has one for each."""

    def answer(user: str, intent: str, random: np.random.Generator) -> tuple[Recipe, str]:
        return answerers[arm_of(user)](user, intent, random)

    return answer


def in_arms(
    events: Iterable[Event],
    experiment: str,
    arm_of: ArmOf,
    domain_of: DomainOf,
    completes: Mapping[str, float],
    random: np.random.Generator,
) -> Iterator[Event]:
    """A user's events as a server that runs the experiment notes them: each project's arm, that it answered, to what.

    ``completes`` has shares 0..1 by arm: of what its users would export, so much is exported; else all of it.
    """
    arms: dict[UUID, str] = {}
    for event in events:
        if isinstance(event, ProjectStarted):
            arms[event.id] = arm_of(event.user)
            yield replace(event, arm=arms[event.id])
            continue
        arm = arms[event.project_id]
        if isinstance(event, Exported) and random.random() >= completes.get(arm, 1.0):
            continue
        if not isinstance(event, AnswerShown):
            yield event
            continue
        yield replace(event, domain=domain_of(event.intent))
        yield Exposed(id_at(event.shown_at, random), event.project_id, experiment, arm, event.shown_at)
