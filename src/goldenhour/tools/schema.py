"""The toolset for language models: JSON Schema of a recipe, and the tools as OpenAI function definitions."""

from __future__ import annotations

from typing import Any

from goldenhour.tools.toolset import Choice, Number, Tool, Toolset


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    # strict structured output wants every property required and nothing beside them
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _parameter_schema(parameter: Number | Choice) -> dict[str, Any]:
    if isinstance(parameter, Choice):
        return {"type": "string", "enum": list(parameter.options)}
    return {
        "type": "number",
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "description": f"{parameter.meaning} (neutral {parameter.neutral})".strip(),
    }


def tool_schema(tool: Tool) -> dict[str, Any]:
    """JSON Schema of one tool's parameters."""
    schema = _object({parameter.name: _parameter_schema(parameter) for parameter in tool.parameters})
    return _object(dict.fromkeys(tool.groups, schema)) if tool.groups else schema


def recipe_schema(toolset: Toolset) -> dict[str, Any]:
    """JSON Schema (2020-12) of a recipe: every tool is there, null when it is not used."""
    tools = {tool.name: {"anyOf": [tool_schema(tool), {"type": "null"}]} for tool in toolset.tools}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Recipe", **_object(tools)}


def tool_definitions(toolset: Toolset) -> list[dict[str, Any]]:
    """The tools as ``tools`` of an OpenAI chat completion."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.summary,
                "parameters": tool_schema(tool),
                "strict": True,
            },
        }
        for tool in toolset.tools
    ]
