"""``goldenhour preview``: before and after on one sheet, to judge a grade by before a long export."""

from __future__ import annotations

from typing import Annotated

import typer

from goldenhour.cli.wanted import Intensity, Look, RecipeFile, StudentFolder, files_and_recipe
from goldenhour.tools.errors import UserError


def preview(
    arguments: Annotated[list[str], typer.Argument(metavar="FILE INTENT", help="A clip or photo, then the look.")],
    out: Annotated[
        str | None, typer.Option("-o", "--out", help="Picture or folder/. Default: beside the file.")
    ] = None,
    moments: Annotated[int, typer.Option(min=1, max=60, help="How many moments of the clip.")] = 6,
    intensity: Intensity = 100,
    recipe: RecipeFile = None,
    look: Look = None,
    student: StudentFolder = None,
    force: Annotated[bool, typer.Option("--force", help="Allow writing over the sheet of another time.")] = False,
) -> None:
    """Draw moments of a clip, or a photo, before and after, on one sheet; prints where it is.

    [bold]Examples[/bold]

    goldenhour preview clip.mov "rainy night in tokyo"

    goldenhour preview clip.mov "golden hour" --moments 12 -o sheet.png
    """
    from goldenhour.editing import preview as draw  # noqa: PLC0415 - help should not wait for the codecs

    named, chosen, label = files_and_recipe("preview", arguments, recipe, look, student, intensity)
    if len(named) > 1:
        raise UserError(f"a sheet shows one file: name one of {', '.join(map(str, named))}")
    typer.echo(str(draw(named[0], chosen, out, moments=moments, label=label, force=force)))
