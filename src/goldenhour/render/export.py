"""A recipe for other editors: its table as a ``.cube`` file."""

from __future__ import annotations

from pathlib import Path

from goldenhour.render.cube import cube_text
from goldenhour.render.reference import RenderError, active_steps
from goldenhour.render.table import EXPORT_SIZE, PREVIEW_SIZE, compile_table
from goldenhour.tools import Recipe, explain
from goldenhour.tools.whole_file import write_text

CUBE_SIZES = (PREVIEW_SIZE, EXPORT_SIZE)  # every editor takes 33; 65 is what our own pictures are graded by


def write_cube(recipe: Recipe, path: Path, size: int = PREVIEW_SIZE, title: str = "") -> None:
    """Write what ``recipe_cube`` makes of a recipe; raises RenderError."""
    write_text(path, recipe_cube(recipe, size, title), RenderError)


def recipe_cube(recipe: Recipe, size: int = PREVIEW_SIZE, title: str = "") -> str:
    """What a recipe does to each colour as a table of 33 or 65 points a side, for encoded sRGB, full range.

    Comments in the text say what it is, and which of the recipe's spatial steps it lacks. Raises RenderError.
    """
    if size not in CUBE_SIZES:
        raise RenderError(f"a .cube file is written with {' or '.join(map(str, CUBE_SIZES))} points, not {size}")
    comments = [
        "Made by Golden Hour.",
        "Input and output: display-encoded sRGB / Rec.709, full range 0..1.",
        *(f"Recipe: {line}" for line in explain(recipe) or ["nothing"]),
        *(f"Not in here, because no table can hold it: {step}" for step in _spatial_steps(recipe)),
    ]
    return cube_text(compile_table(recipe, size), title, comments)


def _spatial_steps(recipe: Recipe) -> list[str]:
    """The spatial steps that the recipe uses, by their names in the toolset."""
    return [step for step in recipe.toolset.spatial if any(active_steps(recipe, (step,), {step: step}))]
