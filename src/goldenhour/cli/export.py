"""A recipe into files for other programs: what ``goldenhour recipe`` writes where an option names a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from goldenhour.tools.errors import UserError
from goldenhour.tools.recipe import Recipe
from goldenhour.tools.whole_file import write_text


def export(chosen: Recipe, intent: str, files: Mapping[str, Path], cube_size: int, force: bool) -> None:
    """Write the recipe to each of ``files``, by suffix, and print where; nothing is written if one name won't do."""
    for suffix, path in files.items():
        if path.suffix.lower() != suffix:
            raise UserError(f"{path} must be a name that ends in {suffix}")
        refuse_overwriting(path, force)
    if ".cube" in files:
        from goldenhour.render.export import write_cube  # noqa: PLC0415 - the compiler takes a while to import

        write_cube(chosen, files[".cube"], cube_size, intent)
    if ".xmp" in files:
        from goldenhour.render.lightroom import write_preset  # noqa: PLC0415 - as above

        write_preset(chosen, files[".xmp"], intent)
    if ".json" in files:
        write_text(files[".json"], chosen.to_json(indent=2) + "\n")
    for path in files.values():
        typer.echo(str(path))


def refuse_overwriting(path: Path, force: bool) -> None:
    """Raise UserError where a file is in the way, unless ``force``."""
    if path.exists() and not force:
        raise UserError(f"{path} exists already; choose another name, or add --force to overwrite it")
