"""``goldenhour tools``: what can be done to a picture."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from goldenhour.tools.schema import recipe_schema, tool_definitions
from goldenhour.tools.toolset import Choice, Number, Tool, default_toolset


class Form(StrEnum):
    """How the toolset is printed."""

    table = "table"
    schema = "schema"
    openai = "openai"


def tools(
    form: Annotated[Form, typer.Option("--as", help="A table, JSON Schema of a recipe, or OpenAI tools.")] = Form.table,
) -> None:
    """List the toolset: tools, parameters with their ranges, and the looks.

    [bold]Examples[/bold]

    goldenhour tools

    goldenhour tools --as openai > tools.json
    """
    toolset = default_toolset()
    if form is Form.table:
        for tool in toolset.tools:
            _print_tool(tool)
    else:
        typer.echo(json.dumps(recipe_schema(toolset) if form is Form.schema else tool_definitions(toolset), indent=2))


def _print_tool(tool: Tool) -> None:
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    console = Console()
    console.print(f"\n[bold]{tool.name}[/bold]  {tool.summary}")
    if tool.groups:
        console.print(f"for each of {', '.join(tool.groups)}:")
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for heading, side in (("parameter", "left"), ("from", "right"), ("to", "right"), ("meaning", "left")):
        table.add_column(heading, justify="right" if side == "right" else "left", header_style="dim")
    for parameter in tool.parameters:
        if isinstance(parameter, Number):
            table.add_row(parameter.name, f"{parameter.minimum:g}", f"{parameter.maximum:g}", parameter.meaning)
        else:
            table.add_row(parameter.name, "", "", f"one of the {len(parameter.options)} below")
    console.print(table)
    for choice in tool.parameters:
        if isinstance(choice, Choice):
            options = Table(box=None, pad_edge=False, padding=(0, 2), show_header=False)
            for option, text in choice.options.items():
                options.add_row(option, text)
            console.print(options)
