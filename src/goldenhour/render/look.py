"""Looks: what a filter name stands for. Each built-in look is one small data file of operations, in order.

A look file ``looks/NAME.yaml`` is a list of single-key mappings, operation to value, for example
``- temperature: 20``; the operations and their values are those of ``operations.py``. Names such as ``user:teal`` are
of looks that the user has added (``user_looks.py``): tables, evaluated in encoded sRGB.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from goldenhour.render import chain
from goldenhour.render.colour import Planes
from goldenhour.render.lut import LookError, apply_lut
from goldenhour.render.operations import OPERATIONS, Operation
from goldenhour.render.user_looks import load_look, user_looks
from goldenhour.tools import Recipe
from goldenhour.tools.sentences import shorten
from goldenhour.tools.strict_yaml import load_yaml
from goldenhour.tools.toolset import USER_LOOK, Choice

_TABLE = Operation("encoded", apply_lut)


def parse_look(text: str, name: str) -> list[tuple[Operation, Any]]:
    """The chain of a look file's text; raises LookError naming the entry that is wrong."""
    try:
        entries = load_yaml(text) or []
    except ValueError as error:
        raise LookError(f"look {name!r}: it is not YAML: {error}") from None
    if not isinstance(entries, list):
        raise LookError(f"look {name!r}: a look is a list of operations, not {entries!r:.60}")
    chain = []
    for entry in entries:
        if not isinstance(entry, dict) or len(entry) != 1:
            raise LookError(f"look {name!r}: each entry is one operation and its value, not {entry!r}")
        ((operation, value),) = entry.items()
        if operation not in OPERATIONS:
            raise LookError(f"look {name!r}: unknown operation {operation!r}; there are {', '.join(OPERATIONS)}")
        chain.append((OPERATIONS[operation], value))
    return chain


def look_chain(name: str) -> list[tuple[Operation, Any]]:
    """The operations of a look, for ``chain.run``; raises LookError for one that is not there."""
    return [(_TABLE, load_look(name))] if USER_LOOK.fullmatch(name) else _built_in_chain(name)


@cache
def _built_in_chain(name: str) -> list[tuple[Operation, Any]]:
    file = resources.files("goldenhour.render") / "looks" / f"{name}.yaml"
    if not name.isidentifier() or not file.is_file():
        raise LookError(f"there is no look named {name!r}; `goldenhour tools` lists them")
    return parse_look(file.read_text(encoding="utf-8"), name)


def blend_look(rgb: Planes, filter_parameters: Mapping[str, Any]) -> Planes:
    """The step *filter*: encoded sRGB (3, N) mixed with what the look makes of it, ``intensity`` percent of it."""
    share = filter_parameters["intensity"] / 100
    return (1 - share) * rgb + share * chain.run(look_chain(filter_parameters["name"]), rgb)


def with_look(recipe: Recipe, name: str, intensity: float | None = None) -> Recipe:
    """The recipe with another look, at ``intensity`` percent: by default that of the look it replaces, else 100.

    Raises LookError for a look that is not there, with the names that are most like it.
    """
    choices = [slot.parameter for slot in recipe.toolset.tool_slots["filter"] if isinstance(slot.parameter, Choice)]
    known = [*choices[0].options, *user_looks()]
    if name not in known:
        raise LookError(f"there is no look named {shorten(name)}; {_suggestion(name, known)}")
    before = recipe.to_dict()["filter"] or {"intensity": 100}
    after = {"name": name, "intensity": before["intensity"] if intensity is None else intensity}
    return Recipe.from_dict(recipe.to_dict() | {"filter": after}, recipe.toolset)


def _suggestion(name: str, known: Sequence[str]) -> str:
    """What to say of a name that is not known: those like it, whatever their case and pack."""
    plain = {look.partition("_" if "_" in look else ":")[2].casefold(): look for look in known}
    plain |= {look.casefold(): look for look in known}
    close = difflib.get_close_matches(name[:100].casefold(), plain, n=3, cutoff=0.6)
    if not close:
        return "`goldenhour looks list` shows all of them"
    return f"did you mean {' or '.join(dict.fromkeys(plain[match] for match in close))}?"
