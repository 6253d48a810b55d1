"""Presets that people made, read from a file that the user gives: do students go the way that these go?

Each line is a JSON object: ``name`` (``name_en`` where that is not English) is what a user would type; every object
within it that names numbers of the toolset states settings, such as ``"adjust": {"contrast": 20}``. Those under
``signs``, and all where ``value_trust`` is ``sign-only``, say a direction and no size. What the toolset does not know
is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldenhour.evaluate.candidates import Candidate
from goldenhour.evaluate.material import EvaluationError
from goldenhour.metrics import Measured, measured_mean, measured_ratio
from goldenhour.metrics.directions import Stated, directions
from goldenhour.tools import Toolset, default_toolset, normalise
from goldenhour.tools.sentences import is_number, shorten
from goldenhour.tools.toolset import Number

SIGNS, SIGN_ONLY = "signs", "sign-only"
DEPTH = 4  # no toolset nests its numbers so deeply


@dataclass(frozen=True)
class Preset:
    """What a user would type, and the settings of somebody who made a preset of that name.

    ``stated``: distances from neutral, all of which have a direction; ``sized``: those whose size counts, too.
    """

    name: str
    stated: Stated
    sized: Stated


@dataclass(frozen=True)
class PresetScores:
    """How a candidate goes with presets.

    ``moved``: of the stated numbers, the share that it moves at all; ``agreement``: of these, the share that it moves
    the same way; ``cosine`` of stated numbers with its own, per preset whose sizes count. ``by_parameter``: for each
    path (stated, moved, agreeing).
    """

    moved: Measured
    agreement: Measured
    cosine: Measured
    by_parameter: Mapping[str, tuple[int, int, int]]


def read_presets(path: Path, toolset: Toolset | None = None) -> list[Preset]:
    """The presets of a file that state anything; raises EvaluationError naming the file or the line at fault."""
    toolset = toolset or default_toolset()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise EvaluationError(f"the presets {path} cannot be read: {reason}; name another file") from None
    read = (_preset(f"{path}, line {number}", line, toolset) for number, line in enumerate(lines, 1) if line.strip())
    presets = [preset for preset in read if preset.stated]
    if not presets:
        raise EvaluationError(f"the presets {path} state no number that the toolset knows; name another file")
    return presets


def compare_presets(candidate: Candidate, presets: Sequence[Preset]) -> PresetScores:
    """Ask a candidate for the presets by name, and compare directions."""
    recipes = [answer.recipe for answer in candidate.predict([preset.name for preset in presets])]
    found = directions(recipes, [preset.stated for preset in presets])
    return PresetScores(
        measured_ratio(found.moved, found.stated),
        measured_ratio(found.agreeing, found.moved),
        measured_mean(directions(recipes, [preset.sized for preset in presets]).cosine),
        found.by_parameter,
    )


def _preset(place: str, line: str, toolset: Toolset) -> Preset:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{place}: it is not JSON: {error}") from None
    name = (data.get("name_en") or data.get("name")) if isinstance(data, dict) else None
    if not isinstance(name, str) or not normalise(name):
        raise EvaluationError(f"{place}: a preset is an object with a name, not {shorten(data)}")
    signs, values = (_stated(place, part, toolset) for part in _parts(data))
    return Preset(name, {**signs, **values}, {} if data.get("value_trust") == SIGN_ONLY else values)


def _parts(data: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """What states signs, and what states values."""
    return [data.get(SIGNS)], [value for field, value in data.items() if field != SIGNS]


def _stated(place: str, parts: Sequence[Any], toolset: Toolset) -> dict[str, float]:
    slots = {slot.keys: slot for slot in toolset.slots}
    found = {}
    for keys, value in (pair for part in parts for pair in _leaves(part)):
        slot = slots.get(keys)
        if slot is None or not isinstance(slot.parameter, Number):
            continue
        if not is_number(value):
            raise EvaluationError(f"{place}: {'.'.join(keys)} is {shorten(value)}, but must be a number")
        if value != slot.parameter.neutral:
            found[slot.path] = float(value) - slot.parameter.neutral
    return found


def _leaves(part: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(part, dict) and len(keys) < DEPTH:
        for key, value in part.items():
            yield from _leaves(value, (*keys, key))
    elif keys:
        yield keys, part
