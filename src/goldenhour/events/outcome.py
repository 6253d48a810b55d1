"""What became of an answer: the definitions by which answers are counted, here and nowhere else.

* Two answers are the same for a tool when that tool's part has the same hash (``Recipe.part_hash``).
* A tool was exported when the project was exported with that tool's part unchanged: ``kept``.
* ``changed`` or ``removed`` by hand counts as shown, not as exported. A tool added by hand, where null was shown, was
  changed.
* A null part counts like any other answer: shown as null and exported as null is ``kept``.
* An answer is exported once or not at all: of several exports of it the last counts.
* An export of no answer completes its project, and counts for no answer: it was made by hand, or of another's recipe.
"""

from __future__ import annotations

from typing import Literal

from goldenhour.tools.recipe import Recipe

Outcome = Literal["kept", "changed", "removed"]


def outcomes(shown: Recipe, exported: Recipe) -> dict[str, Outcome]:
    """For each tool, what became of the part that was shown. Both recipes are of one toolset."""
    return {tool.name: _outcome(shown, exported, tool.name) for tool in shown.toolset.tools}


def _outcome(shown: Recipe, exported: Recipe, tool: str) -> Outcome:
    if shown.part_hash(tool) == exported.part_hash(tool):
        return "kept"
    return "changed" if exported.uses(tool) else "removed"
