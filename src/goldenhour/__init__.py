"""Say how your footage should look, in your own words, and see it graded at once.

>>> import goldenhour
>>> goldenhour.recipe("morocco").uses("filter")
True

``recipe(intent)`` gives a `Recipe`, ``render(image, recipe)`` grades a picture in memory, ``edit(path, intent, out)`` a
file. Everything is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goldenhour.editing import edit, recipe
    from goldenhour.render.still import render
    from goldenhour.tools import Recipe

__all__ = ["Recipe", "edit", "recipe", "render"]
__version__ = "0.1.0"

_HOMES = {"Recipe": "goldenhour.tools", "edit": "goldenhour.editing", "recipe": "goldenhour.editing"}


def __getattr__(name: str) -> Any:
    if name == "render":  # a package that can be called
        return import_module("goldenhour.render")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'goldenhour' has no attribute {name!r}")
