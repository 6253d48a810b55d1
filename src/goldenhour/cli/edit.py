"""``goldenhour edit``: grade photos and clips by words."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from goldenhour.cli.files import find_files
from goldenhour.cli.wanted import Intensity, Look, RecipeFile, StudentFolder, files_and_recipe
from goldenhour.render.clip_codecs import CODECS, Encoding
from goldenhour.tools.errors import UserError


def edit(
    arguments: Annotated[
        list[str], typer.Argument(metavar="FILE... INTENT", help="Photos and clips, then the look in words.")
    ],
    out: Annotated[str | None, typer.Option("-o", "--out", help="File, or folder/. Default: beside the file.")] = None,
    intensity: Intensity = 100,
    recursive: Annotated[bool, typer.Option("-r", "--recursive", help="Take the files in folders, too.")] = False,
    recipe: RecipeFile = None,
    look: Look = None,
    student: StudentFolder = None,
    force: Annotated[bool, typer.Option("--force", help="Allow writing over a file that is graded.")] = False,
    jobs: Annotated[int | None, typer.Option("-j", "--jobs", min=1, help="Photos at once. Default: all cores.")] = None,
    quality: Annotated[int | None, typer.Option(min=1, max=100, help="Photos: of JPEG, WebP, HEIC, AVIF.")] = None,
    codec: Annotated[str | None, typer.Option(help=f"Clips: {', '.join(CODECS)}. Default: h264.")] = None,
    crf: Annotated[int | None, typer.Option(help="Clips: rate factor, 0 the best. Default: 18 for h264.")] = None,
    preset: Annotated[str | None, typer.Option(help="Clips: speed for size, as of x264. Default: veryfast.")] = None,
    pixel_format: Annotated[
        str | None, typer.Option("--pix-fmt", help="Clips: such as yuv420p10le. Default: yuv420p, which all can play.")
    ] = None,
) -> None:
    """Grade photos and clips by an intent, such as "golden hour"; prints where the graded files are.

    [bold]Examples[/bold]

    goldenhour edit beach.jpg "like an 80s music video" -o out.jpg

    goldenhour edit clip.mov "rainy night in tokyo" -o out.mp4

    goldenhour edit a.jpg b.heic "morocco" -o graded/ --intensity 70

    goldenhour edit -r holiday/ "golden hour" -o graded/

    goldenhour edit beach.jpg --recipe morocco.json

    goldenhour edit beach.jpg --look warm_Honey --intensity 60
    """
    from goldenhour.batch import edit_all  # noqa: PLC0415 - help should not wait for the codecs
    from goldenhour.cli.progress import GradingProgress  # noqa: PLC0415

    named, chosen, label = files_and_recipe("edit", arguments, recipe, look, student, intensity)
    files, failures = find_files(named, recursive, out)
    if not files and not failures:
        raise UserError(f"there are no pictures or clips in {', '.join(map(str, named))}")
    count = len(files) + len(failures)
    with GradingProgress(len(files)) as progress:
        outcomes = edit_all(
            files,
            chosen,
            label,
            jobs=jobs,
            force=force,
            quality=quality,
            encoding=Encoding(codec, crf, preset, pixel_format),
            progress=progress.frame,
        )
        with closing(outcomes):
            for outcome in outcomes:
                progress.file()
                if isinstance(outcome, Path):
                    typer.echo(str(outcome))
                else:
                    failures.append(outcome)
    for failure in failures:
        typer.echo(f"goldenhour: {failure}", err=True)
    if failures:
        if count > 1:
            typer.echo(f"goldenhour: {len(failures)} of {count} could not be graded", err=True)
        raise typer.Exit(2)
