"""``goldenhour looks``: the looks that come with Golden Hour, and the user's own, from other editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from goldenhour.tools.errors import UserError
from goldenhour.tools.toolset import Choice, default_toolset

looks = typer.Typer(
    help="Looks: those that there are, and more from other editors.",
    epilog="Start with: goldenhour looks add teal.cube",
    no_args_is_help=True,
)


@looks.command()
def add(
    file: Annotated[Path, typer.Argument(help="A .cube file, or a HaldCLUT as .png.")],
    name: Annotated[str | None, typer.Option(help="Of a-z, 0-9, - and _. Default: the file's.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the look that has this name.")] = False,
) -> None:
    """Keep a look from another editor; prints the name by which it is used.

    [bold]Examples[/bold]

    goldenhour looks add teal.cube

    goldenhour looks add hald.8.png --name portra --force
    """
    from goldenhour.render.user_looks import add_look  # noqa: PLC0415 - help should not wait for the codecs

    typer.echo(add_look(file, name, force))


@looks.command("list")
def list_() -> None:
    """List all looks: those built in, by pack, and the user's own with kind, size and title.

    [bold]Examples[/bold]

    goldenhour looks list
    """
    from goldenhour.render.user_looks import load_look, user_looks  # noqa: PLC0415

    for slot in default_toolset().slots:
        if isinstance(slot.parameter, Choice):
            for pack, options in slot.parameter.packs:
                typer.echo(f"{pack}: {', '.join(option for option, _ in options)}")
    for name in user_looks():
        try:
            lut = load_look(name)
            typer.echo(f"{name}: {lut.kind}" + (f', "{lut.title}"' if lut.title else ""))
        except UserError as error:  # one damaged file must not hide the others
            typer.echo(f"{name}: {error}")


@looks.command()
def remove(name: Annotated[str, typer.Argument(help="Of the look, with or without user: before it.")]) -> None:
    """Forget a look of your own.

    [bold]Examples[/bold]

    goldenhour looks remove teal
    """
    from goldenhour.render.user_looks import remove_look  # noqa: PLC0415

    typer.echo(f"removed {remove_look(name)}")
