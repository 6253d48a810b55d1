"""``goldenhour edit``: grade photos by words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from goldenhour.cli.recipe import ask, choose_student, read_recipe
from goldenhour.tools.errors import UserError
from goldenhour.tools.recipe import Recipe

Photos = list[tuple[Path, Path]]  # each with the folder, below the one that was named, in which it lies


def edit(
    arguments: Annotated[list[str], typer.Argument(metavar="PHOTO... INTENT", help="Photos, then the look in words.")],
    out: Annotated[str | None, typer.Option("-o", "--out", help="File, or folder/. Default: beside the photo.")] = None,
    intensity: Annotated[float, typer.Option(help="Percent of the recipe, 0 to 150.")] = 100,
    recursive: Annotated[bool, typer.Option("-r", "--recursive", help="Take the photos in folders, too.")] = False,
    recipe: Annotated[
        Path | None, typer.Option(help="Use this recipe (JSON; - for standard input) instead of an intent.")
    ] = None,
    student: Annotated[Path | None, typer.Option(help="Folder of the student that answers. Default: built in.")] = None,
    quality: Annotated[int | None, typer.Option(min=1, max=100, help="Of JPEG, WebP, HEIC, AVIF.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Allow writing over a photo that is graded.")] = False,
) -> None:
    """Grade photos by an intent, such as "golden hour"; prints where the graded files are.

    [bold]Examples[/bold]

    goldenhour edit beach.jpg "like an 80s music video" -o out.jpg

    goldenhour edit a.jpg b.heic "morocco" -o graded/ --intensity 70

    goldenhour edit -r holiday/ "golden hour" -o graded/

    goldenhour edit beach.jpg --recipe morocco.json
    """
    named = arguments if recipe else _without_intent(arguments)
    if recipe:
        chosen, label = read_recipe(recipe).scale(intensity), recipe.stem
    else:
        chosen, label = ask(arguments[-1], intensity, choose_student(student)), arguments[-1]
    photos, failures = _find([Path(name) for name in named], recursive, out)
    if not photos and not failures:
        raise UserError(f"there are no pictures in {', '.join(named)}")
    count = len(photos) + len(failures)
    if out is not None and (count > 1 or any(Path(name).is_dir() for name in named)):
        out = _folder(out)
    failures += _edit_all(photos, chosen, label, out, quality, force)
    for failure in failures:
        typer.echo(f"goldenhour: {failure}", err=True)
    if failures:
        if count > 1:
            typer.echo(f"goldenhour: {len(failures)} of {count} could not be graded", err=True)
        raise typer.Exit(2)


def _without_intent(arguments: list[str]) -> list[str]:
    """The photos among the arguments, the last of which is the intent; UserError if either is missing."""
    from goldenhour.render.encode import ENCODERS  # noqa: PLC0415 - help should not wait for the codecs

    *photos, intent = arguments
    if Path(intent).suffix.lower() in ENCODERS:
        raise UserError(f'say after the photos how they should look, as in: goldenhour edit {intent} "golden hour"')
    if not photos:
        raise UserError(f'say which photo and how it should look, as in: goldenhour edit beach.jpg "{intent[:80]}"')
    return photos


def _edit_all(
    photos: Photos, chosen: Recipe, label: str, out: str | None, quality: int | None, force: bool
) -> list[str]:
    """Grade one photo after the other, going on where one fails; returns a sentence for each that did."""
    from rich.console import Console  # noqa: PLC0415 - slow to import, and --help should not wait for it
    from rich.progress import track  # noqa: PLC0415

    from goldenhour.editing import edit, file_identity, output_path  # noqa: PLC0415

    failures = []
    originals = {file_identity(photo) for photo, _ in photos} - {None}
    taken: dict[Path, Path] = {}
    console = Console(stderr=True)
    quiet = len(photos) < 2 or not console.is_terminal
    for photo, inside in track(photos, "Grading", console=console, transient=True, disable=quiet):
        place = f"{Path(out) / inside}/" if out is not None and out.endswith("/") else out
        target = output_path(photo, place, label)
        try:
            if target.resolve() in taken:
                raise UserError(f"{photo} would overwrite the graded {taken[target.resolve()]}; grade it by itself")
            if not force and file_identity(target) in originals:
                raise UserError(f"{target} is an original; choose another output, or add --force to overwrite it")
            edit(photo, chosen, place or target, force=force, quality=quality)
            taken[target.resolve()] = photo
            typer.echo(str(target))
        except (UserError, OSError) as error:
            failures.append(str(error))
    return failures


def _find(named: list[Path], recursive: bool, out: str | None) -> tuple[Photos, list[str]]:
    """The photos to grade, and a sentence for each name that cannot be one."""
    photos: Photos = []
    failures = []
    for path in named:
        if not path.is_dir():
            photos.append((path, Path()))
        elif not recursive:
            failures.append(f"{path} is a folder; add -r to grade the photos in it")
        elif out is None:
            failures.append(f"say where the graded photos of the folder {path} go: add -o FOLDER/")
        else:
            photos += [(photo, photo.parent.relative_to(path)) for photo in _in_folder(path, Path(out))]
    return photos, failures


def _in_folder(folder: Path, out: Path) -> Iterator[Path]:
    """The pictures below a folder, by suffix, in order of their names; an output folder inside it is left out."""
    from goldenhour.render.encode import ENCODERS  # noqa: PLC0415

    inner = out.resolve() if folder.resolve() in out.resolve().parents else None
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in ENCODERS and path.is_file() and not hidden and inner not in path.resolve().parents:
            yield path


def _folder(out: str) -> str:
    """The output folder of several photos, with a slash at its end."""
    from goldenhour.render.encode import ENCODERS  # noqa: PLC0415

    path = Path(out)
    if path.is_file() or (path.suffix.lower() in ENCODERS and not path.is_dir()):
        raise UserError(f"{out} is one file; several graded photos need a folder, as in -o graded/")
    return f"{path}/"
