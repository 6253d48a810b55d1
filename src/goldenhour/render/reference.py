"""What a recipe means: its pointwise steps as a chain, evaluated exactly. Tables are made from it and tested by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from goldenhour.render import chain
from goldenhour.render.colour import Planes
from goldenhour.render.look import blend_look
from goldenhour.render.operations import STEPS, Operation
from goldenhour.tools import Recipe, UserError

Registered = TypeVar("Registered")

STEPS["filter"] = Operation("encoded", blend_look)


class RenderError(UserError):
    """A recipe or picture that cannot be rendered; one sentence with the reason."""


def active_steps(
    recipe: Recipe, steps: tuple[str, ...], registry: Mapping[str, Registered]
) -> Iterator[tuple[Registered, Any]]:
    """The registered function and the value of each step that is not neutral: a number, or all parameters of a tool."""
    data = recipe.to_dict()
    for step in steps:
        tool, *keys = step.split(".")
        if not recipe.uses(tool):
            continue
        value = data[tool]
        for key in keys:
            value = value[key]
        if keys and value == next(s.parameter.neutral for s in recipe.toolset.slots if s.path == step):
            continue
        if step not in registry:
            raise RenderError(f"no render function is registered for the step {step!r} of the toolset")
        yield registry[step], value


def recipe_chain(recipe: Recipe) -> list[tuple[Operation, Any]]:
    """The pointwise steps of a recipe that change something, in the toolset's order of application."""
    return list(active_steps(recipe, recipe.toolset.pointwise, STEPS))


def grade_exactly(recipe: Recipe, rgb: Planes) -> Planes:
    """Encoded sRGB planes (3, N) through the pointwise steps of a recipe; a neutral recipe returns them as they are."""
    return chain.run(recipe_chain(recipe), rgb)
