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
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File, or folder. Default: beside the photo.")] = None,
    intensity: Annotated[float, typer.Option(help="Percent of the recipe, 0 to 150.")] = 100,
    recursive: Annotated[bool, typer.Option("-r", "--recursive", help="Take the photos in folders, too.")] = False,
    recipe: Annotated[Path | None, typer.Option(help="Use this recipe (JSON) instead of an intent.")] = None,
    student: Annotated[Path | None, typer.Option(help="Folder of the student that answers. Default: built in.")] = None,
    quality: Annotated[int | None, typer.Option(min=1, max=100, help="Of JPEG, WebP, HEIC, AVIF.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Allow writing over a photo that is read.")] = False,
) -> None:
    """Grade photos by an intent, such as "golden hour"; prints where the graded files are.

    [bold]Examples[/bold]

    goldenhour edit beach.jpg "like an 80s music video" -o out.jpg

    goldenhour edit a.jpg b.heic "morocco" -o graded/ --intensity 70

    goldenhour edit -r holiday/ "golden hour" -o graded/

    goldenhour edit beach.jpg --recipe morocco.json
    """
    named = arguments if recipe else arguments[:-1]
    if not named:
        raise UserError(
            f'say which photo and how it should look, as in: goldenhour edit beach.jpg "{arguments[0][:80]}"'
        )
    if recipe:
        chosen, label = read_recipe(recipe).scale(intensity), recipe.stem
    else:
        chosen, label = ask(arguments[-1], intensity, choose_student(student)), arguments[-1]
    photos, failures = _find([Path(name) for name in named], recursive, out)
    if not photos and not failures:
        raise UserError(f"there are no pictures in {', '.join(named)}")
    in_folder = out is not None and (len(photos) + len(failures) > 1 or recursive)
    if in_folder and out is not None:
        _make_folder(out)
    failures += _edit_all(photos, chosen, label, out, in_folder, quality, force)
    for failure in failures:
        typer.echo(f"goldenhour: {failure}", err=True)
    if failures:
        if len(photos) > 1:
            typer.echo(f"goldenhour: {len(failures)} of {len(photos)} photos could not be graded", err=True)
        raise typer.Exit(2)


def _edit_all(
    photos: Photos, chosen: Recipe, label: str, out: Path | None, in_folder: bool, quality: int | None, force: bool
) -> list[str]:
    """Grade one photo after the other, going on where one fails; returns a sentence for each that did."""
    from rich.console import Console  # noqa: PLC0415 - slow to import, and --help should not wait for it
    from rich.progress import track  # noqa: PLC0415

    from goldenhour.editing import edit as edit_photo  # noqa: PLC0415
    from goldenhour.editing import output_path  # noqa: PLC0415

    failures = []
    taken: dict[Path, Path] = {}
    console = Console(stderr=True)
    quiet = len(photos) < 2 or not console.is_terminal
    for photo, inside in track(photos, "Grading", console=console, transient=True, disable=quiet):
        try:
            folder = out / inside if in_folder and out is not None else None
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            target = output_path(photo, folder or out, label)
            if target in taken:
                raise UserError(f"{photo} would overwrite the graded {taken[target]} in {target}; grade it by itself")
            edit_photo(photo, chosen, target, force=force, quality=quality)
            taken[target] = photo
            typer.echo(str(target))
        except (UserError, OSError) as error:
            failures.append(str(error))
    return failures


def _find(named: list[Path], recursive: bool, out: Path | None) -> tuple[Photos, list[str]]:
    """The photos to grade, and a sentence for each name that cannot be one."""
    photos: Photos = []
    failures = []
    for path in named:
        if not path.is_dir():
            photos.append((path, Path()))
        elif not recursive:
            failures.append(f"{path} is a folder; add -r to grade the photos in it")
        elif out is None:
            failures.append(f"say where the graded photos of the folder {path} go: add -o FOLDER")
        else:
            photos += [(photo, photo.parent.relative_to(path)) for photo in _in_folder(path, out)]
    return photos, failures


def _in_folder(folder: Path, out: Path) -> Iterator[Path]:
    """The pictures below a folder, by suffix, in order of their names; those already graded into ``out`` aside."""
    from goldenhour.render.encode import ENCODERS  # noqa: PLC0415

    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if (
            path.suffix.lower() in ENCODERS
            and path.is_file()
            and not hidden
            and out.resolve() not in path.resolve().parents
        ):
            yield path


def _make_folder(out: Path) -> None:
    from goldenhour.render.encode import ENCODERS  # noqa: PLC0415

    if out.suffix.lower() in ENCODERS and not out.is_dir():
        raise UserError(f"{out} is one file; several graded photos need a folder, as in -o graded/")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UserError(f"{out} is a file; several graded photos need a folder: choose another -o") from None
    except OSError as error:
        raise UserError(f"the folder {out} cannot be made: {error.strerror}") from None
