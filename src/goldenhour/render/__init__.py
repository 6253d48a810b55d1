"""Recipe to pixels: colour maths, looks, table compiler and kernel, spatial operations, picture files.

The package itself can be called: ``goldenhour.render(image, recipe)`` is `goldenhour.render.still.render`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    """The package's class: Python lets a module choose its own (data model, "Customizing module attribute access")."""

    def __call__(self, image: Any, recipe: Any) -> Any:
        from goldenhour.render.still import render  # noqa: PLC0415 - the compiler takes a while to import

        return render(image, recipe)


sys.modules[__name__].__class__ = _Callable
