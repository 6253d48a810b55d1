"""What a teacher who is asked again and again would show: the recorded answers to an intent, and variations of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from goldenhour.simulate.projects import Answerer
from goldenhour.teacher.recorded import TeacherAnswer, recorded_answers
from goldenhour.tools import Recipe, normalise
from goldenhour.tools.toolset import Number

# Of the intents that two teachers answered, parameters differ by about a third of their value and 4 % of their range,
# and one tool in eight is used by one of them only (shared among the recorded answers, domain second_opinion).
VALUE_SHARE, RANGE_SHARE, DROPPED = 0.3, 0.02, 0.1


def varied_answers(
    answers: Sequence[TeacherAnswer], variants: int, random: np.random.Generator
) -> dict[str, list[Recipe]]:
    """For each intent, by its normalised form, ``variants`` different answers; the first is the recorded one.

    Further recorded answers come next, then perturbed ones.
    """
    by_intent: dict[str, list[Recipe]] = {}
    for answer in sorted(answers, key=lambda answer: answer.call):
        found = by_intent.setdefault(normalise(answer.intent), [])
        if answer.recipe not in found and len(found) < variants:
            found.append(answer.recipe)
    for found in by_intent.values():
        for _ in range(4 * variants):  # a neutral recipe has no other variants
            if len(found) == variants:
                break
            varied = perturbed(found[0], random)
            if varied not in found:
                found.append(varied)
    return by_intent


def of_recorded(variants: int, seed: int) -> tuple[Mapping[str, Recipe], Answerer]:
    """What simulated users want, and who answers them, by the recorded teacher: each variant is as likely."""
    random = np.random.default_rng(seed)
    answers = varied_answers(recorded_answers(), variants, random)

    def answer(_user: str, intent: str, random: np.random.Generator) -> tuple[Recipe, str]:
        found = answers[intent]
        return found[random.integers(len(found))], "recorded"

    return {intent: found[0] for intent, found in answers.items()}, answer


def perturbed(recipe: Recipe, random: np.random.Generator) -> Recipe:
    """The recipe as another call might have written it: numbers of used tools differ, and a tool may be left out."""
    used = {tool: recipe.uses(tool) and random.random() > DROPPED for tool in recipe.toolset.tool_slots}
    vector = recipe.to_vector()
    for slot in recipe.toolset.slots:
        if not used[slot.tool]:
            vector[slot.start : slot.start + slot.width] = slot.parameter.neutral or 0
        elif isinstance(slot.parameter, Number):
            vector[slot.start] = _nudged(slot.parameter, float(vector[slot.start]), random)
    return Recipe.from_vector(vector, recipe.toolset)


def _nudged(parameter: Number, value: float, random: np.random.Generator) -> float:
    """Numbers that are neutral mostly stay so; teachers answer in whole numbers."""
    distance = value - parameter.neutral
    spread = VALUE_SHARE * abs(distance) + RANGE_SHARE * (parameter.maximum - parameter.minimum)
    if distance == 0 and random.random() < 0.8:
        return value
    return parameter.clamp(round(value + random.normal(0, spread)))
