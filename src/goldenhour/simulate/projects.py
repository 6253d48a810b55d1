"""Users who start projects, are shown answers, change them by hand and export, as events of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from goldenhour.events import AnswerShown, Edited, Event, Exported, ProjectStarted, new_id
from goldenhour.simulate.perception import Eye, Lab, difference
from goldenhour.tools import Recipe

Answerer = Callable[[str, str, np.random.Generator], tuple[Recipe, str]]  # user, intent -> recipe, model

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Simulation:
    """How simulated users behave. Distances are CIEDE2000.

    A user's ``taste`` shifts the look wanted, from the recorded answer, in lightness, contrast, chroma and warmth by
    so much on average. A project is exported with probability 1/2 where the answer is ``tolerance`` from what is
    wanted, and nearly always or never ``sharpness`` nearer or farther. Else a user corrects one tool by hand with
    probability ``by_hand`` and exports. The most common intent is typed as often as Zipf's law with exponent ``zipf``
    says.
    """

    users: int = 1_000
    projects_per_user: float = 10
    seed: int = 0
    first_day: datetime = FIRST_DAY
    days: int = 30
    zipf: float = 1.0
    taste: float = 2.5
    tolerance: float = 5.0
    sharpness: float = 1.5
    by_hand: float = 0.15
    clips: float = 0.6


def simulate(
    simulation: Simulation, wanted: Mapping[str, Recipe], answer: Answerer, eye: Eye | None = None
) -> Iterator[list[Event]]:
    """The events of each simulated user, in no order of time; the same for the same seed.

    ``wanted`` has for each intent the answer around which the users' tastes lie; ``answer`` is what is tried on them:
    a student, a teacher, or an experiment's arms. Every project is marked as simulated.
    """
    eye = eye or Eye()
    random = np.random.default_rng(simulation.seed)
    intents = list(wanted)
    random.shuffle(intents)
    frequency = np.arange(1, len(intents) + 1) ** -simulation.zipf
    cumulated = np.cumsum(frequency / frequency.sum())
    for number in range(simulation.users):
        taste = random.normal(0, 1, 4)
        events: list[Event] = []
        for _ in range(1 + random.poisson(max(simulation.projects_per_user - 1, 0))):
            intent = intents[min(int(np.searchsorted(cumulated, random.random())), len(intents) - 1)]
            events += _project(simulation, f"simulated-{number}", intent, wanted[intent], taste, answer, eye, random)
        yield events


def _project(
    simulation: Simulation,
    user: str,
    intent: str,
    wanted: Recipe,
    taste: NDArray[np.float64],
    answer: Answerer,
    eye: Eye,
    random: np.random.Generator,
) -> Iterator[Event]:
    at = simulation.first_day + timedelta(seconds=float(random.uniform(0, simulation.days * 86_400)))
    project, shown = id_at(at, random), id_at(at, random)
    kind = "clip" if random.random() < simulation.clips else "photo"
    yield ProjectStarted(project, user, at, "clip" if kind == "clip" else "photo", simulated=True)
    recipe, model = answer(user, intent, random)
    latency = float(random.lognormal(np.log(5), 0.3))
    yield AnswerShown(shown, project, at, intent, recipe, model, "simulated", latency)
    distance = difference(tasted(eye.see(wanted), taste, simulation.taste), eye.see(recipe))
    likely = 1 / (1 + np.exp((distance - simulation.tolerance) / (simulation.sharpness / 4)))
    final = None
    if random.random() < likely:
        final = recipe
    elif random.random() < simulation.by_hand:
        final = corrected(recipe, wanted, random)
        yield Edited(id_at(at, random), project, shown, at + timedelta(seconds=30), final)
    if final is not None:
        yield Exported(id_at(at, random), project, shown, at + timedelta(seconds=60), final)


def tasted(lab: Lab, taste: NDArray[np.float64], strength: float) -> Lab:
    """What a user wants instead of ``lab`` (3, N): four shifts, each of about ``strength`` L*a*b* units a unit."""
    lightness, contrast, chroma, warmth = taste * strength
    light = lab[0] + lightness + contrast * (lab[0] - 50) / 25
    return np.stack([light, lab[1] * (1 + chroma / 25), lab[2] * (1 + chroma / 25) + warmth]).astype(np.float32)


def corrected(recipe: Recipe, wanted: Recipe, random: np.random.Generator) -> Recipe:
    """One tool, of those that differ, set by hand to what is wanted, or the recipe itself where none does."""
    shown, target = recipe.to_dict(), wanted.to_dict()
    differing = [tool for tool in shown if shown[tool] != target[tool]]
    if not differing:
        return recipe
    tool = differing[random.integers(len(differing))]
    return Recipe.from_dict(shown | {tool: target[tool]}, recipe.toolset)


def id_at(at: datetime, random: np.random.Generator) -> UUID:
    """An id as it would have been made at a time; the same for the same state of ``random``."""
    return new_id(int(at.timestamp() * 1000), int.from_bytes(random.bytes(10)) >> 6)
