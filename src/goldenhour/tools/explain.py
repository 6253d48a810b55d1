"""A recipe in words: what it changes, for people who would rather read a sentence than JSON."""

from __future__ import annotations

from goldenhour.tools.recipe import Recipe
from goldenhour.tools.toolset import Choice, Number

STRENGTHS = ((0.12, "slightly "), (0.35, ""), (0.7, "clearly "), (1.0, "strongly "))  # up to this share of the range


def explain(recipe: Recipe) -> list[str]:
    """One line a change, in the order of the toolset; empty for a recipe that changes nothing."""
    lines = []
    data = recipe.to_dict()
    for tool in recipe.toolset.tools:
        if data[tool.name] is None:
            continue
        choices = {parameter.name for parameter in tool.parameters if isinstance(parameter, Choice)}
        if choices:
            lines.append(_chosen(tool.name, data[tool.name], choices, recipe))
            continue
        for slot, value in zip(recipe.toolset.slots, recipe.values, strict=True):
            if slot.tool != tool.name or value == slot.parameter.neutral:
                continue
            if isinstance(slot.parameter, Number) and isinstance(value, int | float):
                lines.append(_changed(slot.keys, slot.parameter, value))
    return lines


def _chosen(tool: str, parameters: dict[str, float | str], choices: set[str], recipe: Recipe) -> str:
    options = {
        option: text
        for slot in recipe.toolset.tool_slots[tool]
        if isinstance(slot.parameter, Choice)
        for option, text in slot.parameter.options.items()
    }
    chosen = [str(parameters[name]) for name in parameters if name in choices]
    numbers = [f"{name} {value:g}" for name, value in parameters.items() if isinstance(value, int | float)]
    return f"{tool} {', '.join(chosen)} at {', '.join(numbers)}: {'; '.join(options[option] for option in chosen)}"


def _changed(keys: tuple[str, ...], parameter: Number, value: float) -> str:
    """Such as ``slightly more contrast (+10)`` or ``warmer: temperature +20``."""
    distance = value - parameter.neutral
    reach = parameter.maximum - parameter.neutral if distance > 0 else parameter.neutral - parameter.minimum
    strength = next(word for limit, word in STRENGTHS if abs(distance) <= reach * limit + 1e-9)
    name = " in ".join(reversed(keys))
    signed = f"{value:+g}" if parameter.minimum < 0 else f"{value:g}"
    if side := _side(parameter.meaning, distance > 0):
        return f"{strength}{side}: {name} {signed}"
    return f"{strength}{'more' if distance > 0 else 'less'} {name} ({signed})"


def _side(meaning: str, positive: bool) -> str | None:
    """What the toolset says about this direction: ``positive = warmer`` or ``negative recovers`` in a meaning."""
    word = "positive" if positive else "negative"
    for clause in meaning.replace(";", ",").split(","):
        start, _, rest = clause.strip().partition(" ")
        if start == word and rest.startswith("= "):
            return rest.removeprefix("= ")
    return None
