"""Examples that the API's description shows; kept here, since FastAPI takes every null out of what it is given."""

from __future__ import annotations

from typing import Any

from goldenhour.tools import Recipe, default_toolset
from goldenhour.tools.toolset import Choice

# a recipe of one tool, that with the looks
_LOOK = next(slot for slot in default_toolset().slots if isinstance(slot.parameter, Choice))
EXAMPLE_TOOL = _LOOK.tool
EXAMPLE_RECIPE: dict[str, Any] = (
    Recipe.neutral()
    .with_values(
        {slot: "warm_GoldenHour" if slot == _LOOK else 40.0 for slot in default_toolset().tool_slots[EXAMPLE_TOOL]}
    )
    .to_dict()
)
PROJECT_ID, ANSWER_ID, EXPORT_ID = (f"0197f3c2-5d1e-7a{end}-9c1f-3b2a1d0e4f5a" for end in ("00", "01", "02"))
EXAMPLE_ANSWER: dict[str, Any] = {
    "answer_id": ANSWER_ID,
    "project_id": PROJECT_ID,
    "intent": "golden hour in morocco",
    "recipe": EXAMPLE_RECIPE,
    "source": "student",
    "model": "direct",
    "version": "5e1c0de5a3b7",
    "confidence": 0.87,
    "repairs": [],
    "explanation": ["filter warm_GoldenHour at intensity 40: low sun, amber light"],
    "take": 0,
    "takes": 5,
    "change": "new",
    "message": None,
    "latency_ms": 6.3,
    "arm": None,
}

_MARK = "x-example"
_shown: list[Any] = []


def shown(example: Any) -> dict[str, Any]:
    """A mark that stands for an example until the description is made."""
    _shown.append(example)
    return {_MARK: len(_shown) - 1}


def with_examples(data: Any) -> Any:
    """The description with each example in the place of its mark."""
    if isinstance(data, dict):
        if list(data) == [_MARK]:
            return _shown[data[_MARK]]
        return {key: with_examples(value) for key, value in data.items()}
    return [with_examples(value) for value in data] if isinstance(data, list) else data
