"""``goldenhour recipe``: the recipe for an intent, as JSON or in words."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from goldenhour.cli.export import export
from goldenhour.cli.saying import say
from goldenhour.tools.errors import UserError
from goldenhour.tools.intent import check_intent
from goldenhour.tools.recipe import MAX_JSON, Recipe
from goldenhour.tools.sentences import shorten

if TYPE_CHECKING:
    from goldenhour.students import Student


def recipe(
    intent: Annotated[str | None, typer.Argument(help="The look in words.")] = None,
    file: Annotated[
        Path | None, typer.Option("-f", "--file", help="Intents, one a line; - for standard input.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say in words what the recipe changes.")] = False,
    intensity: Annotated[float, typer.Option(help="Percent of the recipe, 0 to 150.")] = 100,
    student: Annotated[Path | None, typer.Option(help="Folder of the student that answers. Default: built in.")] = None,
    cube: Annotated[Path | None, typer.Option(help="Write it as a table for other editors instead.")] = None,
    cube_size: Annotated[int, typer.Option(help="Points a side of that table: 33 or 65.")] = 33,
    xmp: Annotated[Path | None, typer.Option(help="Write it as a preset of Lightroom instead.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write it to this file instead.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Allow writing over a file.")] = False,
) -> None:
    """Print the recipe for an intent as JSON; for a file of intents, one JSON line each.

    Where the answer changes nothing a sentence on standard error says so, and no file is written (exit code 1).

    [bold]Examples[/bold]

    goldenhour recipe "morocco" > morocco.json

    goldenhour recipe "too dark, fix it" --explain

    goldenhour recipe -f intents.txt > recipes.jsonl

    goldenhour recipe "morocco" --cube morocco.cube --xmp morocco.xmp --json morocco.json
    """
    if (intent is None) == (file is None):
        raise UserError('give one intent, as in: goldenhour recipe "morocco", or a file of them with -f')
    files = {suffix: path for suffix, path in ((".cube", cube), (".xmp", xmp), (".json", json_file)) if path}
    if files and (intent is None or explain):
        raise UserError("a file is written of the recipe for one intent: leave out -f and --explain")
    if intent is not None:
        chosen = ask(intent, intensity, choose_student(student))
        if not files:
            _show(chosen or Recipe.neutral(), explain)
        elif chosen:
            export(chosen, intent, files, cube_size, force)
        else:
            raise typer.Exit(1)
    elif file is not None:
        _answer_lines(intent_lines(file), intensity, choose_student(student), explain)


def choose_student(folder: Path | None) -> Student:
    """The student in a folder, or the embedded one."""
    from goldenhour.students import embedded_student, load_student  # noqa: PLC0415 - numpy is slow to import for --help

    return load_student(folder) if folder else embedded_student()


def ask(intent: str, intensity: float, student: Student) -> Recipe | None:
    """The recipe for an intent; None, and a sentence on standard error, if the answer to it changes nothing."""
    from goldenhour.students.unmet import BEYOND, UNREAD  # noqa: PLC0415 - as above
    from goldenhour.students.wishes import beyond  # noqa: PLC0415

    (found,) = student.predict([check_intent(intent)])
    is_beyond = beyond(intent)
    if is_beyond or found.recipe.is_neutral:
        say(f"{shorten(intent.strip())}: {BEYOND if is_beyond else UNREAD}")
        return None
    return found.recipe.scale(intensity)


def read_recipe(path: Path) -> Recipe:
    """A recipe file, strictly; raises a UserError that names it."""
    try:
        with _open(path) as file:
            return Recipe.from_json(file.read(MAX_JSON + 1))
    except OSError as error:
        raise UserError(f"the recipe {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UserError(f"the recipe {path} is not UTF-8 text") from None
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def _open(path: Path, errors: str = "strict") -> TextIO:
    """A text file, or standard input for ``-``; UTF-8, whatever the locale says, with or without a byte-order mark."""
    if str(path) == "-":
        return TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors=errors)
    return path.open(encoding="utf-8-sig", errors=errors)


def _show(chosen: Recipe, in_words: bool) -> None:
    from goldenhour.tools.explain import explain  # noqa: PLC0415

    if not in_words:
        typer.echo(chosen.to_json(indent=2))
        return
    for line in explain(chosen) or ["nothing"]:
        typer.echo(line)


def intent_lines(file: Path) -> Iterator[str]:
    """The lines of a file of intents, - for standard input; what is no text in them, ``check_intent`` refuses."""
    try:
        # bytes that are no text must fail their own line, not the whole of the input
        with _open(file, errors="surrogateescape") as lines:
            yield from lines
    except OSError as error:
        raise UserError(f"the intents {file} cannot be read: {error.strerror}") from None


def _answer_lines(lines: Iterator[str], intensity: float, student: Student, in_words: bool) -> None:
    """One JSON line an intent; a line that cannot be one is reported and passed over, and the exit code says so."""
    from goldenhour.tools.explain import explain  # noqa: PLC0415

    failed = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            chosen = ask(line, intensity, student) or Recipe.neutral()
        except UserError as error:
            typer.echo(f"goldenhour: line {number}: {error}", err=True)
            failed += 1
            continue
        row = {"intent": line.strip(), "recipe": chosen.to_dict()}
        typer.echo(json.dumps(row | ({"changes": explain(chosen)} if in_words else {}), ensure_ascii=False))
    if failed:
        typer.echo(f"goldenhour: {failed} of {number} lines could not be answered", err=True)
        raise typer.Exit(2)
