"""The text form of a recipe: what students are trained to write, and what they wrote read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from goldenhour.teacher.reply import assemble, read_reply
from goldenhour.tools import Recipe, Toolset, default_toolset


def to_text(recipe: Recipe, tool: str | None = None) -> str:
    """The recipe, or the part of one tool, as JSON on one line without spaces, in the toolset's order.

    A tool that is not used is ``null``.
    """
    data = recipe.to_dict()
    return data_text(data if tool is None else data[tool])


def data_text(data: Mapping[str, Any] | None) -> str:
    """What ``to_text`` writes, for a recipe's data that is known to be valid, or the part of one tool."""
    return json.dumps(data, separators=(",", ":"))


def from_text(text: str, toolset: Toolset | None = None, tool: str | None = None) -> tuple[Recipe, list[str]]:
    """What a model wrote instead of ``to_text(recipe, tool)``: the valid recipe nearest to it, and what was repaired.

    Text that ``to_text`` wrote comes back as it was, without repairs; a part of one tool as the recipe that uses only
    that tool. (A user's own look is none that a model may choose: it is dropped.) Raises AnswerError.
    """
    toolset = toolset or default_toolset()
    tools = list(toolset.tool_slots)
    reply = read_reply({"content": text}, tools if tool is None else [tool], toolset)
    if tool is not None:
        reply = replace(reply, parts=dict.fromkeys(tools, None) | reply.parts)
    recipe, _, repairs = assemble([reply], toolset)
    return recipe, repairs
