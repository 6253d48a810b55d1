"""What is to be done to which files: words, a recipe's file or a look's name, as ``edit`` and ``preview`` take them."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from goldenhour.cli.recipe import ask, choose_student, read_recipe
from goldenhour.render.clip import CLIP_SUFFIXES
from goldenhour.tools.errors import UserError
from goldenhour.tools.recipe import Recipe

Intensity: TypeAlias = Annotated[float, typer.Option(help="Percent of the recipe, 0 to 150.")]
RecipeFile: TypeAlias = Annotated[
    Path | None, typer.Option(help="Use this recipe (JSON; - for standard input) instead of an intent.")
]
Look: TypeAlias = Annotated[
    str | None, typer.Option(help="Use this look, by name, instead of an intent or a recipe's.")
]
StudentFolder: TypeAlias = Annotated[
    Path | None, typer.Option(help="Folder of the student that answers. Default: built in.")
]


def files_and_recipe(
    command: str,
    arguments: list[str],
    recipe: Path | None,
    look: str | None,
    student: Path | None,
    intensity: float,
) -> tuple[list[Path], Recipe, str]:
    """The files named, the recipe for them, and a label; the last argument is the intent if nothing else says what.

    Where the answer to it changes nothing, nothing is to be done: a sentence says so, and the exit code is 1.
    """
    if recipe or look:
        from goldenhour.render.look import with_look  # noqa: PLC0415 - help should not wait for it

        chosen = read_recipe(recipe) if recipe else Recipe.neutral()
        chosen = with_look(chosen, look) if look else chosen
        label = look.removeprefix("user:") if look else recipe.stem if recipe else ""
        return [Path(name) for name in arguments], chosen.scale(intensity), label
    *files, intent = arguments
    _check_intent_is_none_of_the_files(command, files, intent)
    _check_words_are_quoted(command, files, intent)
    answered = ask(intent, intensity, choose_student(student))
    if answered is None:
        raise typer.Exit(1)
    return [Path(name) for name in files], answered, intent


def _check_intent_is_none_of_the_files(command: str, files: list[str], intent: str) -> None:
    from goldenhour.render.encode import ENCODERS  # noqa: PLC0415 - help should not wait for the codecs

    if Path(intent).suffix.lower() in {*ENCODERS, *CLIP_SUFFIXES}:
        raise UserError(f'say after the files how they should look, as in: goldenhour {command} {intent} "golden hour"')
    if not files:
        raise UserError(f'say which file and how it should look, as in: goldenhour {command} beach.jpg "{intent[:80]}"')


def _check_words_are_quoted(command: str, files: list[str], intent: str) -> None:
    """Words that the shell has parted look like files without a suffix that are not there, after those that are."""
    there = list(takewhile(lambda name: Path(name).exists(), files))
    words = files[len(there) :]
    if there and words and not any(Path(name).suffix or Path(name).exists() for name in words):
        look = " ".join([*words, intent])
        raise UserError(
            f"{words[0]} is no file; if it is a part of the look, put the look in quotes, "
            f'as in: goldenhour {command} {there[0]} "{look[:80]}"'
        )
