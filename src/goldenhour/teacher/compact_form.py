"""The compact text form of a recipe, for students that write: a third of the tokens of JSON, and as exact.

``ex10 te-15; -; warm_Honey in40``: the tools in the toolset's order, ``-`` for one not used; of its numbers those that
are not neutral, each by the shortest beginning of its name that no other has; choices by their option.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from goldenhour.teacher.errors import AnswerError
from goldenhour.tools import Recipe, Toolset, default_toolset, repair
from goldenhour.tools.sentences import shorten
from goldenhour.tools.toolset import Choice, Number, Slot

UNUSED = "-"
BETWEEN = ";"
MAX_TEXT = 10_000  # characters that are read; an answer has about 100
_NUMBER = re.compile(r"([^\W\d_]+)[=:]?([+-]?\d{1,20}(?:\.\d{1,20})?(?:e-?\d{1,2})?)")
_OPTION = re.compile(r"\w+")


def to_compact(recipe: Recipe, tool: str | None = None) -> str:
    """The recipe, or the part of one tool, in the compact form, on one line.

    A user's own look is written as it is named, but not read back: it is none that a model may choose.
    """
    tools = list(recipe.toolset.tool_slots) if tool is None else [tool]
    return f"{BETWEEN} ".join(_part(recipe, name) for name in tools)


def from_compact(text: str, toolset: Toolset | None = None, tool: str | None = None) -> tuple[Recipe, list[str]]:
    """What a model wrote instead of ``to_compact(recipe, tool)``: the valid recipe nearest to it, and the repairs.

    Text that ``to_compact`` wrote comes back as it was, without repairs; a part of one tool as the recipe that uses
    only that tool. Raises AnswerError, and nothing else, if nothing in it can be read.
    """
    toolset = toolset or default_toolset()
    tools = list(toolset.tool_slots) if tool is None else [tool]
    parts = text[:MAX_TEXT].split(BETWEEN)
    repairs = [f"dropped {shorten(part.strip())} after the last tool" for part in parts[len(tools) :] if part.strip()]
    read: dict[str, Any] = {name: _read(part, name, toolset, repairs) for name, part in zip(tools, parts, strict=False)}
    if all(part is None for part in read.values()) and not any(part.strip() == UNUSED for part in parts):
        raise AnswerError(f"nothing in the text can be read as an answer: {shorten(text)}")
    others = dict.fromkeys(toolset.tool_slots, None) if tool is not None else {}
    recipe, mended = repair(others | read, toolset)
    return recipe, repairs + mended


@cache
def _codes(tool: str, toolset: Toolset) -> dict[Slot, str]:
    """The code of each number of a tool: the beginnings of its name's parts, or letters where those are unclear."""
    numbers = [slot for slot in toolset.tool_slots[tool] if isinstance(slot.parameter, Number)]
    levels = list(zip(*(slot.keys for slot in numbers), strict=True))
    short = [_beginnings(list(dict.fromkeys(level))) for level in levels]
    codes = ["".join(level[key] for level, key in zip(short, slot.keys, strict=True)) for slot in numbers]
    if len(set(codes)) < len(codes) or not all(re.fullmatch(r"[a-z]+", code) for code in codes):
        codes = [_letters(number) for number in range(len(numbers))]
    return dict(zip(numbers, codes, strict=True))


def _beginnings(names: Sequence[str]) -> dict[str, str]:
    """For each name its shortest beginning that no other has; of several names at least two letters."""
    plain = {name: name.casefold() for name in names}
    return {
        name: next(
            (
                plain[name][:length]
                for length in range(1, len(name))
                if not any(other.startswith(plain[name][:length]) for key, other in plain.items() if key != name)
            ),
            plain[name],
        )
        for name in names
    }


def _letters(number: int) -> str:
    """a, b, … z, ba, bb, …: a number in base 26."""
    text = ""
    while True:
        number, digit = divmod(number, 26)
        text = chr(ord("a") + digit) + text
        if not number:
            return text


def _part(recipe: Recipe, tool: str) -> str:
    if not recipe.uses(tool):
        return UNUSED
    codes = _codes(tool, recipe.toolset)
    words = []
    for slot, value in zip(recipe.toolset.slots, recipe.values, strict=True):
        if slot.tool != tool:
            continue
        if isinstance(slot.parameter, Choice):
            words.append(_option_code(str(value), list(slot.parameter.options)))
        elif value != slot.parameter.neutral:
            words.append(f"{codes[slot]}{value!r}")
    return " ".join(words)


def _option_code(option: str, options: Sequence[str]) -> str:
    """The option's name, or its place where the name could be taken for something else."""
    plain = _OPTION.fullmatch(option) and not _NUMBER.fullmatch(option)
    return option if plain or option not in options else f"#{options.index(option)}"


def _read(part: str, tool: str, toolset: Toolset, repairs: list[str]) -> dict[str, Any] | None:
    """A tool's data as far as they were written; None if nothing was."""
    by_code = {code: slot for slot, code in _codes(tool, toolset).items()}
    choices = [slot for slot in toolset.tool_slots[tool] if isinstance(slot.parameter, Choice)]
    values: dict[Slot, Any] = {}
    words = part.split()
    for word in words if words != [UNUSED] else ():
        number = _NUMBER.fullmatch(word)
        slot = by_code.get(number[1].casefold()) if number else None
        if slot is not None and number is not None:
            if slot in values:
                repairs.append(f"took the last of several values of {slot.path}")
            values[slot] = float(number[2])
        elif number is None and choices:
            slot = choices.pop(0)
            options = list(slot.parameter.options) if isinstance(slot.parameter, Choice) else []
            by_place = {f"#{place}": option for place, option in enumerate(options)}
            values[slot] = by_place.get(word, word)
        else:
            repairs.append(f"dropped {shorten(word)}, which is nothing of {tool}")
    return _nested(values, toolset.tool_slots[tool]) if values else None


def _nested(values: dict[Slot, Any], slots: Sequence[Slot]) -> dict[str, Any]:
    """Values as in JSON. What is omitted is neutral; beside a choice alone it is missing, for ``repair`` to fill in."""
    any_number = any(isinstance(slot.parameter, Number) for slot in values)
    data: dict[str, Any] = {}
    for slot in slots:
        value = values.get(slot, slot.parameter.neutral if any_number else None)
        place = data
        for key in slot.keys[:-1]:
            place = place.setdefault(key, {})
        if value is not None:
            place[slot.keys[-1]] = value
    return data
