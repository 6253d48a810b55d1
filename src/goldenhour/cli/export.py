"""A recipe into files for other programs: what ``goldenhour recipe`` writes where an option names a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from goldenhour.tools.errors import UserError
from goldenhour.tools.recipe import Recipe
from goldenhour.tools.whole_file import whole_file


def export(chosen: Recipe, intent: str, files: Mapping[str, Path], cube_size: int, force: bool) -> None:
    """Write the recipe to each of ``files``, by suffix, and print where; nothing is written if one name won't do."""
    for suffix, path in files.items():
        if path.suffix.lower() != suffix:
            raise UserError(f"{path} must be a name that ends in {suffix}")
        if path.exists() and not force:
            raise UserError(f"{path} exists already; choose another name, or add --force to overwrite it")
    if ".cube" in files:
        from goldenhour.render.export import write_cube  # noqa: PLC0415 - the compiler takes a while to import

        write_cube(chosen, files[".cube"], cube_size, intent)
    if ".xmp" in files:
        from goldenhour.render.lightroom import write_preset  # noqa: PLC0415 - as above

        write_preset(chosen, files[".xmp"], intent)
    if ".json" in files:
        _write_json(chosen, files[".json"])
    for path in files.values():
        typer.echo(str(path))


def _write_json(chosen: Recipe, path: Path) -> None:
    try:
        with whole_file(path) as temporary:
            temporary.write_text(chosen.to_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}; choose another place") from None
