"""Looks: what a filter name stands for. Each built-in look is one small data file of operations, in order.

A look file ``looks/NAME.yaml`` is a list of single-key mappings, operation to value, for example
``- temperature: 20``; the operations and their values are those of ``operations.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from goldenhour.render import chain
from goldenhour.render.colour import Planes
from goldenhour.render.operations import OPERATIONS, Operation
from goldenhour.tools import UserError
from goldenhour.tools.strict_yaml import load_yaml


class LookError(UserError):
    """A look that does not exist or whose file does not say what to do."""


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


@cache
def look_chain(name: str) -> list[tuple[Operation, Any]]:
    """The operations of a built-in look, for ``chain.run``."""
    file = resources.files("goldenhour.render") / "looks" / f"{name}.yaml"
    if not name.isidentifier() or not file.is_file():
        raise LookError(f"there is no look named {name!r}; `goldenhour tools` lists them")
    return parse_look(file.read_text(encoding="utf-8"), name)


def blend_look(rgb: Planes, filter_parameters: Mapping[str, Any]) -> Planes:
    """The step *filter*: encoded sRGB (3, N) mixed with what the look makes of it, ``intensity`` percent of it."""
    share = filter_parameters["intensity"] / 100
    return (1 - share) * rgb + share * chain.run(look_chain(filter_parameters["name"]), rgb)
